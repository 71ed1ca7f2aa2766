"""Pages of invitations: sent by a coordinator, opened by whoever got the letter, on one device or two, once."""

import re

from fastapi import FastAPI
from httpx2 import AsyncClient
from sqlalchemy import text

from lms.kernel.database import Database
from lms.settings import Settings
from tests.cast import FOCAL_POINT, LEARNER, OTHER_LEARNER, Cast
from tests.partners.samples import appoint, make
from tests.people.invited import PASSWORD, invite, link_of, make_partner
from tests.web.readers import Reader, words

_CHOSEN = {"name": "Ada  Lovelace", "language": "en", "password": PASSWORD, "password_again": PASSWORD}


async def _sent(
    app: FastAPI, client: AsyncClient, cast: Cast, settings: Settings, key: str, address: str
) -> str:
    hers = await make_partner(client, cast, key, OTHER_LEARNER)
    return await link_of(settings, await invite(client, key, hers, address))


async def test_a_coordinator_invites_and_a_person_joins(
    app: FastAPI, client: AsyncClient, cast: Cast, settings: Settings, database: Database
) -> None:
    await make(client, cast, "joined-co")
    await appoint(client, cast, "joined-co", OTHER_LEARNER)
    desk = await Reader(app).sign_in(cast, OTHER_LEARNER)
    assert "/partners/joined-co/invitations" in await desk.get("/partners/joined-co")
    await desk.get("/partners/joined-co/invitations")
    page = await desk.send("/partners/joined-co/invitations", 422, email="ada at firm", name="Ada")
    assert "Write the whole address" in page
    assert 'value="ada at firm"' in page
    page = await desk.send("/partners/joined-co/invitations", email="ada@joined.example", language="fr")
    assert "on its way to ada@joined.example" in words(page)
    path = re.search(r"/partners/joined-co/invitations/[0-9a-f-]+", page)
    assert path
    await link_of(settings, {"id": path[0].rpartition("/")[2]})
    assert "A new letter is on its way" in await desk.send(f"{path[0]}/send-again")
    link = await link_of(settings, {"id": path[0].rpartition("/")[2]}, sending=2)

    ada = Reader(app)
    page = await ada.get(link)
    assert "invites you to learn here" in page
    assert 'value="ada@joined.example"' in page
    for wrong, says in (
        ({"password_again": "other"}, "This is not what you typed above"),
        ({"password": "short", "password_again": "short"}, "Use 12 characters at least"),
        ({"name": " "}, "Give your name."),
        ({"password": "", "password_again": ""}, "Give a password."),
    ):
        page = await ada.send(link, 422, **_CHOSEN | wrong)
        assert says in words(page)
        assert PASSWORD not in page
    page = await ada.send(link, **_CHOSEN)
    assert "You have accepted the invitation." in page
    assert "Ada Lovelace" in page
    for place in ("/learning", "/courses", "/plan", "/record", "/account", "/courses/partnership-essentials"):
        await ada.get(place)
    for place in ("/partners", "/people", "/reports/recognition", "/team", "/partners/joined-co/people"):
        await ada.get(place, 403)
    assert "There is nothing more to do." in await ada.get(link)

    assert "accepted: " in words(await desk.get("/partners/joined-co/invitations"))
    page = await desk.get("/partners/joined-co/people")
    assert "Ada Lovelace" in page
    end = re.search(r'action="(/partners/joined-co/people/[0-9a-f-]+/end)"', page)
    assert end
    assert "last day" in words(await desk.send(end[1]))


async def test_reading_accepts_nothing_and_a_second_device_finds_it_accepted(
    app: FastAPI, client: AsyncClient, cast: Cast, settings: Settings, database: Database
) -> None:
    link = await _sent(app, client, cast, settings, "devices-co", "two@devices.example")
    for _ in range(3):
        assert (await client.get(link)).status_code == 200
        await client.head(link)
    first, second = Reader(app), Reader(app)
    await first.get(link)
    await second.get(link)
    await first.send(link, **_CHOSEN)
    page = await second.send(link, 401, **_CHOSEN | dict.fromkeys(("password", "password_again"), "x" * 20))
    assert "This invitation was accepted" in page
    assert "two@devices.example" not in page
    assert "lms_session" not in second.client.cookies
    page = await second.send(link, **_CHOSEN)  # the same again, as a second click would: the same answer
    assert "You have accepted the invitation." in page
    async with database.reading() as session:
        counted = "SELECT count(*) FROM persons WHERE email_key = 'two@devices.example'"
        assert await session.scalar(text(counted)) == 1


async def test_guesses_at_an_accepted_one_are_counted_with_failed_sign_ins(
    app: FastAPI, client: AsyncClient, cast: Cast, settings: Settings
) -> None:
    link = await _sent(app, client, cast, settings, "guess-co", "guess@firm.example")
    await Reader(app).send(link, **_CHOSEN)
    guesser = Reader(app)
    wrong = _CHOSEN | dict.fromkeys(("password", "password_again"), "a guess of some length")
    for _ in range(settings.sign_in_tries):
        await guesser.send(link, 401, **wrong)
    assert "Too many failed sign-ins" in await guesser.send(link, 429, **_CHOSEN)
    sent = {"email": "guess@firm.example", "password": PASSWORD}
    assert "Too many failed sign-ins" in await guesser.send("/sign-in", 429, **sent)


async def test_another_s_form_and_another_s_session_accept_nothing(
    app: FastAPI, client: AsyncClient, cast: Cast, settings: Settings
) -> None:
    link = await _sent(app, client, cast, settings, "mine-co", "mine@firm.example")
    foreign = await client.post(link, data=_CHOSEN, headers={"sec-fetch-site": "cross-site"})
    assert foreign.status_code == 403
    other = await Reader(app).sign_in(cast, LEARNER)
    page = await other.get(link, 403)
    assert "This invitation is for somebody else" in page
    for secret in ("mine@firm.example", "Mine Co", "Amina Juma"):
        assert secret not in page[page.index("<main") :]
    assert "for somebody else" in await other.send(link, 403, **_CHOSEN)
    await client.post(link, data={}, headers={"cookie": f"lms_session={other.client.cookies['lms_session']}"})
    assert "Accept and make your account" in await Reader(app).get(link)


async def test_an_address_with_an_account_signs_in_and_accepts_as_that_person(
    app: FastAPI, client: AsyncClient, cast: Cast, settings: Settings, database: Database
) -> None:
    first = await _sent(app, client, cast, settings, "has-one", "has@account.example")
    await Reader(app).send(first, **_CHOSEN)
    link = await _sent(app, client, cast, settings, "has-two", "has@account.example")
    reader = Reader(app)
    page = await reader.get(link)
    assert "Sign in to accept" in page
    assert 'name="password"' not in page
    await reader.send(link, 401, **_CHOSEN)
    way = re.search(r'href="(/sign-in\?next=[^"]+)"', page[page.index("<main") :])
    assert way
    await reader.get(way[1].replace("&amp;", "&"))
    page = await reader.send("/sign-in", email="has@account.example", password=PASSWORD, next=link)
    assert reader.path == link
    assert "Accept" in words(page)
    await reader.client.post(link, data={})  # without the token of our own form
    assert "Accept" in words(await reader.get(link))
    assert "You have accepted the invitation." in await reader.send(link)


async def test_each_that_is_over_says_so(
    app: FastAPI, client: AsyncClient, cast: Cast, settings: Settings, database: Database
) -> None:
    reader = Reader(app)
    assert "This link opens nothing" in await reader.get("/invitations/" + "x" * 43, 404)
    assert "This link opens nothing" in await reader.send("/invitations/%00", 404, **_CHOSEN)
    for key, column, says in (
        ("over-late", "expires_at", "This invitation has expired"),
        ("over-gone", "withdrawn_at", "This invitation was withdrawn"),
    ):
        link = await _sent(app, client, cast, settings, key, f"{key}@firm.example")
        async with database.transaction() as session:
            await session.execute(
                text(f"UPDATE invitations SET {column} = now() WHERE email_key = :key"),
                {"key": f"{key}@firm.example"},
            )
        assert says in await reader.get(link, 410)
        assert says in await reader.send(link, 410, **_CHOSEN)
    link = await _sent(app, client, cast, settings, "over-un", LEARNER)
    page = await reader.get(link, 409)
    assert "personnel of an entity" in page
    own = await Reader(app).sign_in(cast, LEARNER)
    assert "personnel of an entity" in await own.send(link, 409)


async def test_a_focal_point_chooses_the_side_and_sees_no_people(
    app: FastAPI, client: AsyncClient, cast: Cast
) -> None:
    await make(client, cast, "focal-co")
    point = await Reader(app).sign_in(cast, FOCAL_POINT)
    assert "/partners/focal-co/people" not in await point.get("/partners/focal-co")
    await point.get("/partners/focal-co/people", 404)
    assert 'name="entity"' in await point.get("/partners/focal-co/invitations")
    sent = {"email": "f@focal.example", "entity": "uneo-africa"}
    page = await point.send("/partners/focal-co/invitations", 422, **sent)
    assert "Not clear, ask your screening officer." in page
    assert 'value="f@focal.example"' in page
