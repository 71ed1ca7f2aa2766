"""Pages of lessons: written, approved, handed in, read by somebody else, found, translated, withdrawn."""

import re
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from lms.kernel import clock
from lms.kernel.database import Database
from tests.cast import COORDINATOR, FOCAL_POINT, HR, LEARNER, OTHER_LEARNER, SENIOR, Cast
from tests.joint_trainings.lesson_samples import WORDS, over, published
from tests.joint_trainings.samples import AFRICA, PARTNER, make_clear
from tests.partners.samples import appoint
from tests.web.readers import Reader, words

PARTNERS = OTHER_LEARNER
WITH_PARTNER = [{"entity": AFRICA}, {"partner": PARTNER}]
FIELDS: dict[str, Any] = WORDS | {"language": "en", "competencies": ["legal-instruments"]}


@pytest.fixture(scope="module", autouse=True)
async def partner(client: AsyncClient, cast: Cast, database: Database) -> None:
    await make_clear(client, cast, database, PARTNER)
    await appoint(client, cast, PARTNER, PARTNERS)


def revision(page: str) -> str:
    found = re.search(r'name="revision" value="(\d+)"', page)
    assert found
    return found[1]


async def test_a_lesson_from_its_first_word_to_the_library(
    app: FastAPI, client: AsyncClient, cast: Cast, database: Database
) -> None:
    training = await over(client, cast, database, hosts=WITH_PARTNER)
    place = f"/trainings/{training}/lesson"
    host = await Reader(app).sign_in(cast, FOCAL_POINT)
    await host.get(place)
    page = await host.send(
        place, 422, **FIELDS | {"failed": "Nothing.", "title": "Typed & kept"}, do="submit"
    )
    assert "Say in a sentence at least what did not work" in page
    assert 'value="Typed &amp; kept"' in page
    named = FIELDS | {"worked": "Baobab Solar brought its meters.", "private_part": "Only for us."}
    page = await host.send(place, **named)
    assert "The lesson is saved." in page
    assert "ask this host to approve exactly this text" in words(page)
    assert "Approve this text" not in page, "the partner approves, not the entity"
    seen = revision(page)

    other = await Reader(app).sign_in(cast, PARTNERS)
    page = await other.get(place)
    assert "Only for us." not in page
    assert "private_part" not in page
    assert "hand in" not in words(page)
    theirs = {name: value for name, value in named.items() if name != "private_part"}
    page = await other.send(place, **theirs | {"done": "They read it with us.", "revision": seen})
    assert "The lesson is saved." in page
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', page)
    assert digest
    await other.send(f"{place}/approve", digest="0" * 64)
    assert "The text has changed since you opened it" in other.page
    await other.send(f"{place}/approve", digest=digest[1])
    assert "This host has approved exactly this text." in words(other.page)

    page = await host.send(place, 422, **named, revision=seen, do="submit")
    assert "Somebody else wrote meanwhile" in page
    page = await host.get(place)
    assert "They read it with us." in page
    both = named | {"done": "They read it with us.", "revision": revision(page)}
    page = await host.send(place, **both, do="submit")
    assert "The lesson is handed in." in page
    assert "Waits to be reviewed" in words(page)

    reviewer = await Reader(app).sign_in(cast, COORDINATOR)
    assert WORDS["title"] in await reviewer.get("/lessons/review")
    page = await reviewer.get(f"/lessons/review/{training}")
    assert "Only for us." in page, "who coordinates holds the right for every entity"
    decision = {"revision": revision(page)}
    page = await reviewer.send(f"/lessons/review/{training}", 422, **decision, do="returned")
    assert "Say what is to be changed; the authors read it." in page
    await reviewer.send(f"/lessons/review/{training}", **decision, do="published")
    assert "The lesson is published." in reviewer.page

    reader = await Reader(app).sign_in(cast, LEARNER)
    found = await reader.get("/lessons?q=aloud&host_kind=company&competency=legal-instruments")
    link = re.search(r'href="(/lessons/read-the-draft[a-z-]*)"', found)
    assert link
    page = await reader.get(link[1])
    assert "Baobab Solar brought its meters." in page
    assert "With a company" in words(page)
    assert "Only for us." not in page
    assert WORDS["title"] in await reader.get("/courses/legal-foundations")
    assert WORDS["title"] in await reader.get("/lessons?course=legal-foundations")
    assert "No lesson fits" in await reader.get("/lessons?course=no-such-course")
    assert WORDS["title"] in await reader.get(f"/lessons/digest/{clock.today():%Y-%m}")
    await reader.get("/lessons/digest/2026-13", 404)

    page = await host.send(f"{place}/withdraw", because="")
    assert "Say why it is withdrawn" in page
    await host.send(f"{place}/withdraw", because="The meters were measured wrongly.")
    page = await reader.get(link[1], 410)
    assert "The meters were measured wrongly." in page
    assert "Baobab" not in page


async def test_a_translation_is_made_and_checked_on_pages(
    app: FastAPI, client: AsyncClient, cast: Cast, database: Database
) -> None:
    _, key = await published(
        client, cast, database, title="To be translated", training={"hosts": WITH_PARTNER}
    )
    host = await Reader(app).sign_in(cast, FOCAL_POINT)
    assert f'href="/lessons/{key}/translate/fr"' in await host.get(f"/lessons/{key}?read_in=en")
    french = {name: f"{name} en français, en une phrase" for name in WORDS}
    page = await host.send(f"/lessons/{key}/translate/fr", 422, **french | {"advice": ""})
    assert "Translate this part." in page
    await host.send(f"/lessons/{key}/translate/fr", **french)
    link = re.search(rf'href="(/lessons/{key}/translations/[0-9a-f-]+)"', host.page)
    assert link
    assert "Somebody else decides." in words(await host.get(link[1]))
    partners = await Reader(app).sign_in(cast, PARTNERS)
    assert "Your decision" not in words(await partners.get(link[1]))
    reviewer = await Reader(app).sign_in(cast, COORDINATOR)
    await reviewer.get(link[1])
    assert "Say what is to be changed" in await reviewer.send(link[1], 422, do="return")
    await reviewer.send(link[1], do="accept")
    assert "The translation is shown from now on." in reviewer.page
    reader = await Reader(app).sign_in(cast, HR, "fr")
    page = await reader.get(f"/lessons/{key}")
    assert french["title"] in page
    assert "To be translated" in await reader.get(f"/lessons/{key}?read_in=en")
    await reader.get(link[1], 404)
    await reader.get(f"/lessons/{key}/translate/ar", 404)


async def test_lessons_by_mail_are_asked_for_on_the_account_s_page(app: FastAPI, cast: Cast) -> None:
    reader = await Reader(app).sign_in(cast, LEARNER)
    checked = 'value="monthly" checked'
    assert checked not in reader.page
    page = await reader.send("/account/lessons", lessons_by_mail="monthly")
    assert "come by e-mail from now on" in page
    assert checked in page
    assert checked not in await reader.send("/account/lessons", lessons_by_mail="never")


async def test_a_lesson_is_read_and_not_written_by_who_only_reads_trainings(
    app: FastAPI, client: AsyncClient, cast: Cast, database: Database
) -> None:
    training = await over(client, cast, database)
    senior = await Reader(app).sign_in(cast, SENIOR)
    place = f"/trainings/{training}/lesson"
    assert "The lesson is not begun yet" in await senior.get(place)
    await senior.send(place, 403, **FIELDS)
    host = await Reader(app).sign_in(cast, FOCAL_POINT)
    await host.get(place)
    await host.send(place, **FIELDS, private_part="Between us.")
    page = await senior.get(place)
    assert "Between us." in page
    assert "<textarea" not in page
    learner = await Reader(app).sign_in(cast, LEARNER)
    await learner.get(place, 403)
    await learner.get("/lessons/review", 403)
