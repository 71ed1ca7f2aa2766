"""A partner's people are invited by e-mail: a seat is held, and accepted once or twice it is one booking."""

from datetime import timedelta
from typing import Any

import pytest
from httpx2 import AsyncClient
from sqlalchemy import text

from lms.joint_trainings.service.days import due_sessions, follow_session
from lms.kernel import clock
from lms.kernel.database import Database
from lms.people.invitations import service as invitations
from lms.settings import Settings
from tests.cast import FOCAL_POINT, SENIOR, Cast
from tests.joint_trainings.samples import (
    AFRICA,
    PARTNER,
    PARTNERS_COORDINATOR,
    book,
    make_clear,
    planned,
    propose,
)
from tests.partners.samples import appoint, make
from tests.people.invited import PASSWORD, link_of

SESSIONS, PARTNERS = "/api/v1/sessions", PARTNERS_COORDINATOR
STATES = text("SELECT state FROM bookings WHERE session_id = :id ORDER BY number")


@pytest.fixture(scope="module", autouse=True)
async def partners(client: AsyncClient, cast: Cast, database: Database) -> None:
    await make_clear(client, cast, database, PARTNER)
    await appoint(client, cast, PARTNER, PARTNERS)


async def held_training(client: AsyncClient, cast: Cast, database: Database, **values: Any) -> dict[str, Any]:
    """A published training of an entity and a partner; how it came to be agreed is another's test."""
    hosts = [{"entity": AFRICA}, {"partner": PARTNER}]
    training = await propose(client, cast, hosts=hosts, **{"every_session": False, **values})
    async with database.transaction() as session:
        await session.execute(
            text("UPDATE joint_trainings SET state = 'published' WHERE id = :id"), {"id": training["id"]}
        )
    return training


async def invite(client: AsyncClient, cast: Cast, session_id: str, email: str, by: str = PARTNERS) -> Any:
    return await client.post(
        f"{SESSIONS}/{session_id}/bookings",
        json={"person": email, "name": "Awa Traoré"},
        headers=cast.token(by),
    )


async def accept(database: Database, settings: Settings, invitation: Any, sending: int = 1) -> str:
    """The person opens the letter's link and makes an account; the secret of their sign-in."""
    link = await link_of(settings, {"id": invitation}, sending)
    async with database.transaction() as session:
        secret, _ = await invitations.accept_with_password(
            session,
            secret=link.removeprefix("/invitations/"),
            name="Awa Traoré",
            language="fr",
            password=PASSWORD,
            hours=1,
            tries=10,
        )
    return secret


async def states(database: Database, session_id: str) -> list[str]:
    async with database.reading() as session:
        return list(await session.scalars(STATES, {"id": session_id}))


async def invitation_of(database: Database, session_id: str) -> Any:
    statement = text("SELECT invitation_id FROM bookings WHERE session_id = :id ORDER BY number DESC LIMIT 1")
    async with database.reading() as session:
        return await session.scalar(statement, {"id": session_id})


async def test_accepted_twice_is_one_booking(
    client: AsyncClient, cast: Cast, database: Database, settings: Settings
) -> None:
    training = await held_training(client, cast, database)
    made = await planned(client, cast, training["id"], seats=2)
    for outcome in ("invited", "already"):
        answer = await invite(client, cast, made["id"], "awa@baobab.example")
        assert (answer.status_code, answer.json()["outcome"]) == (201, outcome), answer.text
    assert await states(database, made["id"]) == ["held"]
    listed = await client.get(f"/api/v1/bookings?session={made['id']}", headers=cast.token(PARTNERS))
    assert listed.json()["items"][0]["person"] is None
    invitation = await invitation_of(database, made["id"])
    for _ in range(2):
        await accept(database, settings, invitation)
    assert await states(database, made["id"]) == ["seated"]
    listed = await client.get(f"/api/v1/bookings?session={made['id']}", headers=cast.token(PARTNERS))
    assert listed.json()["items"][0]["person"]["name"] == "Awa Traoré"
    theirs = await client.get(f"/api/v1/bookings?session={made['id']}", headers=cast.token(FOCAL_POINT))
    assert theirs.json()["items"] == [], "the entity's side sees counts of the partner's people"


async def test_a_held_seat_is_taken_until_it_expires(
    client: AsyncClient, cast: Cast, database: Database, settings: Settings
) -> None:
    training = await held_training(client, cast, database)
    made = await planned(client, cast, training["id"], seats=1)
    assert (await invite(client, cast, made["id"], "late@baobab.example")).json()["outcome"] == "invited"
    full = await invite(client, cast, made["id"], "more@baobab.example")
    assert (full.status_code, full.json()["type"]) == (409, "/problems/no-seat-left")
    waiting = (await book(client, cast, made["id"], FOCAL_POINT)).json()
    assert waiting["state"] == "waitlisted"
    await link_of(settings, {"id": await invitation_of_held(database, made["id"])})
    async with database.transaction() as session:
        await session.execute(
            text("UPDATE bookings SET held_until = now() - interval '1 hour' WHERE state = 'held'")
        )
    async with database.transaction() as session:
        for each in await due_sessions(session):
            await follow_session(session, each)
    assert await states(database, made["id"]) == ["lapsed", "seated"]
    await accept(database, settings, await invitation_of_held(database, made["id"]))
    assert await states(database, made["id"]) == ["lapsed", "seated", "waitlisted"], "they are next in line"


async def invitation_of_held(database: Database, session_id: str) -> Any:
    statement = text("SELECT invitation_id FROM bookings WHERE session_id = :id ORDER BY number LIMIT 1")
    async with database.reading() as session:
        return await session.scalar(statement, {"id": session_id})


async def test_taken_back_it_frees_the_seat(client: AsyncClient, cast: Cast, database: Database) -> None:
    training = await held_training(client, cast, database)
    made = await planned(client, cast, training["id"], seats=1)
    await invite(client, cast, made["id"], "gone@baobab.example")
    waiting = (await book(client, cast, made["id"], FOCAL_POINT)).json()
    listed = await client.get(f"/api/v1/bookings?session={made['id']}", headers=cast.token(PARTNERS))
    held = listed.json()["items"][0]["id"]
    assert (
        await client.post(f"/api/v1/bookings/{held}/cancellation", headers=cast.token(SENIOR))
    ).status_code == 404
    answer = await client.post(f"/api/v1/bookings/{held}/cancellation", headers=cast.token(PARTNERS))
    assert answer.json()["state"] == "cancelled"
    assert await states(database, made["id"]) == ["cancelled", "seated"]
    read = await client.get(f"/api/v1/bookings/{waiting['id']}", headers=cast.token(FOCAL_POINT))
    assert read.json()["state"] == "seated"
    async with database.reading() as session:
        withdrawn = text(
            "SELECT withdrawn_at IS NOT NULL FROM invitations WHERE email_key = 'gone@baobab.example'"
        )
        assert await session.scalar(withdrawn)


async def test_the_gate_stands_at_each_invitation(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    training = await held_training(client, cast, database)
    made = await planned(client, cast, training["id"], seats=5)
    with_gate = {"person": "shut@baobab.example"}
    assert (await invite(client, cast, made["id"], "open@baobab.example")).status_code == 201
    async with database.transaction() as session:
        await session.execute(
            text("UPDATE partners SET committed_on = NULL WHERE key = :key"), {"key": PARTNER}
        )
    answer = await client.post(
        f"{SESSIONS}/{made['id']}/bookings", json=with_gate, headers=cast.token(PARTNERS)
    )
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/partner-not-clear")
    assert await states(database, made["id"]) == ["held"], "what was held before stays"
    async with database.transaction() as session:
        day = clock.today() - timedelta(days=20)
        await session.execute(
            text("UPDATE partners SET committed_on = :day WHERE key = :key"), {"day": day, "key": PARTNER}
        )


async def test_a_list_of_the_partner_s_people(client: AsyncClient, cast: Cast, database: Database) -> None:
    training = await held_training(client, cast, database)
    partner = next(host["id"] for host in training["hosts"] if host["kind"] == "partner")
    made = await planned(client, cast, training["id"], seats=5, quotas=[{"host": partner, "seats": 2}])
    africa = next(host["id"] for host in training["hosts"] if host["kind"] == "entity")
    headers = cast.token(FOCAL_POINT) | {"If-Match": "*"}
    quotas = [{"host": partner, "seats": 2}, {"host": africa, "seats": 3}]
    answer = await client.patch(f"{SESSIONS}/{made['id']}", json={"quotas": quotas}, headers=headers)
    assert answer.status_code == 200
    sent = "one@baobab.example\ntwo@baobab.example\nthree@baobab.example\n"
    address = f"{SESSIONS}/{made['id']}/booking-imports"
    csv = cast.token(PARTNERS) | {"Content-Type": "text/csv"}
    dry = await client.post(f"{address}?dry_run=true", content=sent.encode(), headers=csv)
    assert [each["outcome"] for each in dry.json()["results"]] == ["invited", "invited", "refused"]
    assert await states(database, made["id"]) == []
    done = await client.post(address, content=sent.encode(), headers=csv)
    assert done.json()["results"] == dry.json()["results"]
    assert done.json()["results"][2]["problem"] == "no-seat-left"
    assert await states(database, made["id"]) == ["held", "held"]


async def test_another_partner_s_coordinator_finds_nothing(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    training = await held_training(client, cast, database)
    made = await planned(client, cast, training["id"], seats=5)
    await make(client, cast, "other-co")
    await appoint(client, cast, "other-co", "volunteer@demo.example")
    for method, path in (("GET", ""), ("POST", "/bookings"), ("POST", "/cancellation")):
        sent = {"person": "x@y.example"} if path == "/bookings" else {"reason": "x"}
        answer = await client.request(
            method,
            f"{SESSIONS}/{made['id']}{path}",
            headers=cast.token("volunteer@demo.example"),
            **({} if method == "GET" else {"json": sent}),
        )
        wanted = 200 if not path else 404  # the volunteer is of the entity that hosts, and may book it
        assert answer.status_code == wanted, (path, answer.text)
