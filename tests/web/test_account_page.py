"""My account: who one is, language and time zone, the password; each by form, without script."""

import re

import pytest
from fastapi import FastAPI
from sqlalchemy import delete, update

from lms.kernel.database import Database, table_of
from lms.kernel.i18n import LANGUAGES
from lms.people.models import Account, Affiliation, Person
from tests.cast import ADMIN, ASSESSOR, HR, LEARNER, OTHER_LEARNER, SENIOR, SUPERVISOR, Cast
from tests.web.readers import Reader

NEW = "harbour lantern seventeen"


async def reader_of(app: FastAPI, cast: Cast, email: str, language: str = "en") -> Reader:
    return await Reader(app).sign_in(cast, email, language)


# -- who one is --------------------------------------------------------------------------------------------


def facts_of(page: str) -> str:
    facts = page[page.index('<dl class="facts">') : page.index("</dl>")]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", facts))


async def test_it_says_who_one_is_and_who_corrects_it(app: FastAPI, cast: Cast) -> None:
    page = await (await reader_of(app, cast, LEARNER)).get("/account")
    for fact in (
        "Amina Otieno",
        LEARNER,
        "UNEO Kenya",
        "Programme Officer",
        "P-3",
        "Nairobi",
        "Daniel Okafor",
    ):
        assert fact in facts_of(page), fact
    assert "ask them to correct it" in page


async def test_who_left_is_not_shown_an_old_post(app: FastAPI, cast: Cast, database: Database) -> None:
    affiliations = table_of(Affiliation)
    reader = await reader_of(app, cast, ASSESSOR)
    assert "Legal Officer" in facts_of(reader.page)
    async with database.transaction() as session:
        mine = update(affiliations).where(affiliations.c.person_id == cast.ids[ASSESSOR])
        await session.execute(mine.values(until_on=affiliations.c.from_on))
    page = await reader.get("/account")
    assert "Legal Officer" not in page
    assert "No affiliation is recorded" in facts_of(page)


# -- language and time zone --------------------------------------------------------------------------------


def chosen_in(page: str, field: str) -> list[str]:
    found = re.search(rf'<select [^>]*name="{field}".*?</select>', page, re.S)
    assert found
    return re.findall(r'<option value="([^"]+)" selected', found[0])


async def test_language_and_time_zone_are_saved_and_shown_at_once(app: FastAPI, cast: Cast) -> None:
    reader = await reader_of(app, cast, OTHER_LEARNER)
    assert (chosen_in(reader.page, "language"), chosen_in(reader.page, "time_zone")) == (
        ["ar"],
        ["Africa/Lubumbashi"],
    )
    page = await reader.send("/account/settings", language="fr", time_zone="Africa/Dakar")
    assert reader.path == "/account"
    assert '<html lang="fr" dir="ltr">' in page
    assert "Votre langue et votre fuseau horaire sont enregistrés." in page
    assert "Dakar" in page[page.index('id="help-time_zone"') : page.index('id="field-time_zone"')]
    assert (chosen_in(page, "language"), chosen_in(page, "time_zone")) == (["fr"], ["Africa/Dakar"])
    other = await Reader(app).sign_in(cast, OTHER_LEARNER, "en")
    assert '<html lang="en"' in other.page, "another browser keeps the language chosen in it"
    assert chosen_in(other.page, "language") == ["fr"]


async def test_what_no_list_offers_is_not_taken(app: FastAPI, cast: Cast) -> None:
    reader = await reader_of(app, cast, HR)
    page = await reader.send("/account/settings", 422, language="tlh", time_zone="Mars/Olympus_Mons")
    assert page.count("Choose one from the list.") == 4  # twice in the summary, once at each field
    assert 'href="#field-time_zone"' in page


@pytest.mark.parametrize(
    ("kept", "shown"),
    [("Asia/Calcutta", "Asia/Kolkata"), ("Etc/UTC", "UTC"), ("Etc/GMT+5", "Etc/GMT+5"), ("UTC", "UTC")],
)
async def test_saving_the_form_as_it_is_changes_no_ones_time(
    app: FastAPI, cast: Cast, database: Database, kept: str, shown: str
) -> None:
    persons = table_of(Person)
    async with database.transaction() as session:
        await session.execute(update(persons).where(persons.c.id == cast.ids[ADMIN]).values(time_zone=kept))
    reader = await reader_of(app, cast, ADMIN)
    assert chosen_in(reader.page, "time_zone") == [shown]
    page = await reader.send("/account/settings", language="en", time_zone=shown)
    assert chosen_in(page, "time_zone") == [shown]


# -- the password ------------------------------------------------------------------------------------------


async def test_the_password_changes_and_only_this_browser_stays(app: FastAPI, cast: Cast) -> None:
    here, there = await reader_of(app, cast, LEARNER), await reader_of(app, cast, LEARNER)
    page = await here.send(
        "/account/password", current_password=cast.passwords[LEARNER], new_password=NEW, new_again=NEW
    )
    assert here.path == "/account"
    assert "Every other browser is signed out; in this one you stay signed in." in page
    await there.get("/account")
    assert there.path == "/sign-in"
    await there.send("/sign-in", 401, email=LEARNER, password=cast.passwords[LEARNER])
    await there.send("/sign-in", email=LEARNER, password=NEW)


async def test_what_is_to_be_corrected_is_said_and_nothing_typed_comes_back(app: FastAPI, cast: Cast) -> None:
    reader, present = await reader_of(app, cast, SENIOR), cast.passwords[SENIOR]
    for current, new, again, says, at in (
        ("", NEW, NEW, "Give your present password.", "current_password"),
        (present, "", "", "Give a new password.", "new_password"),
        (present, NEW, NEW + "!", "This is not what you typed above.", "new_again"),
        (present, "too short", "too short", "Use 12 characters at least.", "new_password"),
        (present, SENIOR, SENIOR, "This is your name or e-mail", "new_password"),
        (present, "password1234", "password1234", "among the most common ones", "new_password"),
        (present, present, present, "This is your present password.", "new_password"),
        ("not the present one", NEW, NEW, "This is not your present password.", "current_password"),
    ):
        page = await reader.send(
            "/account/password", 422, current_password=current, new_password=new, new_again=again
        )
        assert says in page, says
        assert f'href="#field-{at}"' in page, says
        assert '<details class="confirm" open>' in page
        assert present not in page
        assert NEW not in page
    await reader.send("/sign-out")
    await reader.send("/sign-in", email=SENIOR, password=present)


async def test_guessing_the_present_one_is_soon_over(app: FastAPI, cast: Cast) -> None:
    reader, right = await reader_of(app, cast, SUPERVISOR), cast.passwords[SUPERVISOR]
    for _ in range(app.state.settings.sign_in_tries):
        await reader.send("/account/password", 422, current_password="guess", new_password=NEW, new_again=NEW)
    page = await reader.send(
        "/account/password", 429, current_password=right, new_password=NEW, new_again=NEW
    )
    assert "Too many wrong passwords." in page


async def test_who_signs_in_otherwise_sees_no_form_for_it(
    app: FastAPI, cast: Cast, database: Database
) -> None:
    reader = await reader_of(app, cast, HR)
    assert 'action="/account/password"' in reader.page
    accounts = table_of(Account)
    async with database.transaction() as session:
        await session.execute(delete(accounts).where(accounts.c.person_id == cast.ids[HR]))
    assert 'action="/account/password"' not in await reader.get("/account")
    await reader.send("/account/password", 409, current_password="x", new_password=NEW, new_again=NEW)


# -- what it costs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_page_with_all_time_zones_is_small(app: FastAPI, cast: Cast, language: str) -> None:
    reader = await reader_of(app, cast, OTHER_LEARNER, language)
    assert len((await reader.get("/account")).encode()) < 50_000
