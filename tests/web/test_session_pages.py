"""Pages of sessions and seats: planned by hosts, booked by learners, kept by those who look after their people."""

import re
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from sqlalchemy import text

from lms.kernel.database import Database
from tests.cast import FOCAL_POINT, HR, LEARNER, OTHER_LEARNER, SUPERVISOR, Cast
from tests.joint_trainings.samples import (
    AFRICA,
    PARTNER,
    book,
    in_days,
    make_clear,
    planned,
    propose,
    published,
)
from tests.partners.samples import appoint
from tests.web.readers import Reader, words

FORM: dict[str, Any] = {
    "title": "Clauses",
    "local_on": in_days(30).isoformat(),
    "local_at": "09:00",
    "zone": "Africa/Nairobi",
    "minutes": "180",
    "place": "Room 3",
    "link": "https://meet.example/clauses",
    "languages": ["en", "fr"],
    "seats": "1",
}


async def test_a_host_plans_moves_and_cancels(app: FastAPI, client: AsyncClient, cast: Cast) -> None:
    training = await published(client, cast, every_session=False)
    reader = await Reader(app).sign_in(cast, FOCAL_POINT)
    page = await reader.get(f"/trainings/{training['id']}/sessions")
    assert "No session is planned yet" in page
    new = f"/trainings/{training['id']}/sessions/new"
    await reader.get(new)
    page = await reader.send(new, 422, **FORM | {"title": "", "seats": "many", "place": "", "link": ""})
    assert "Give the title." in page and "Write how many seats there are" in page and 'value="180"' in page
    skipped = {"zone": "Europe/Paris", "local_on": "2027-03-28", "local_at": "02:30"}
    assert "Choose 01:30 or 03:30." in await reader.send(new, 422, **FORM | skipped)
    twice = {"zone": "Europe/Paris", "local_on": "2027-10-31", "local_at": "02:30"}
    assert "The second, after clocks are set back" in await reader.send(new, 422, **FORM | twice)
    quota = f"quota-{training['hosts'][0]['id']}"
    assert "no more than the seats there are" in await reader.send(new, 422, **FORM | {quota: "9"})
    page = await reader.send(new, **FORM | {quota: "1"})
    assert "The session is planned." in page and "https://meet.example/clauses" in page
    session = reader.path
    page = await reader.send(f"{session}/facilitators", person="nobody@x.example")
    assert "Nobody of a host for which you act" in page
    assert "Daniel Okafor" in words(await reader.send(f"{session}/facilitators", person=SUPERVISOR))
    edit = await reader.get(f"{session}/edit")
    revision = re.search(r'name="revision" value="(\d+)"', edit)
    assert revision
    sent = FORM | {"local_at": "11:30", "revision": revision[1], quota: "1"}
    assert "Who has a seat keeps it" in await reader.send(f"{session}/edit", **sent)
    assert "Somebody changed this session meanwhile" in await reader.send(f"{session}/edit", 422, **sent)
    assert "Say why" in await reader.send(f"{session}/cancel", reason="")
    page = words(await reader.send(f"{session}/cancel", reason="A flood."))
    assert "This session is not held. A flood." in page
    assert "Cancelled" in words(await reader.get(f"/trainings/{training['id']}/sessions"))


async def test_a_learner_books_waits_and_gives_back(app: FastAPI, client: AsyncClient, cast: Cast) -> None:
    training = await published(client, cast, every_session=False)
    made = await planned(client, cast, training["id"], seats=1, title="Budgets")
    reader = await Reader(app).sign_in(cast, LEARNER)
    listed = words(await reader.get("/sessions"))
    assert "Budgets" in listed and "1 seat free" in listed
    page = await reader.get(f"/sessions/{made['id']}")
    assert "https://meet.example/first" not in page, "the link is for those who have a seat"
    page = await reader.send(f"/sessions/{made['id']}/book")
    assert "You have a seat" in words(page) and "https://meet.example/first" in page
    other = await Reader(app).sign_in(cast, SUPERVISOR)
    assert "Join the waitlist" in await other.get(f"/sessions/{made['id']}")
    assert "You are the next." in words(await other.send(f"/sessions/{made['id']}/book"))
    assert "You are on the waitlist" in words(await other.get("/sessions"))
    back = re.search(r'action="(/bookings/[0-9a-f-]+/cancel)"', page)
    assert back
    await reader.get(f"/sessions/{made['id']}")
    assert "The seat is given back" in words(await reader.send(back[1]))
    assert "You have a seat" in words(await other.get(f"/sessions/{made['id']}"))
    stranger = await Reader(app).sign_in(cast, HR)
    await stranger.get(f"/sessions/{made['id']}", 404)


async def test_who_leads_a_session_says_whether_they_are_named(
    app: FastAPI, client: AsyncClient, cast: Cast
) -> None:
    training = await published(client, cast, every_session=True)
    made = await planned(client, cast, training["id"])
    await planned(client, cast, training["id"], title="Second", local_on=in_days(31).isoformat())
    host = await Reader(app).sign_in(cast, FOCAL_POINT)
    await host.get(f"/sessions/{made['id']}")
    await host.send(f"/sessions/{made['id']}/facilitators", person=SUPERVISOR)
    learner = await Reader(app).sign_in(cast, LEARNER)
    page = words(await learner.get(f"/sessions/{made['id']}"))
    assert "a facilitator who is not named here" in page and "Daniel Okafor" not in page
    assert "its 2 sessions are booked together" in page
    leader = await Reader(app).sign_in(cast, SUPERVISOR)
    assert "You lead it" in words(await leader.get("/sessions"))
    await leader.get(f"/sessions/{made['id']}")
    await leader.send(f"/sessions/{made['id']}/consent", may_be_named="yes")
    assert "Daniel Okafor" in words(await learner.get(f"/sessions/{made['id']}"))


@pytest.fixture(scope="module")
async def partners_session(client: AsyncClient, cast: Cast, database: Database) -> str:
    """A session of an entity and a partner, whose coordinator is a colleague."""
    await make_clear(client, cast, database, PARTNER)
    await appoint(client, cast, PARTNER, OTHER_LEARNER)
    hosts = [{"entity": AFRICA}, {"partner": PARTNER}]
    training = await propose(client, cast, hosts=hosts, every_session=False)
    published = text("UPDATE joint_trainings SET state = 'published' WHERE id = :id")
    async with database.transaction() as session:
        await session.execute(published, {"id": training["id"]})
    return str((await planned(client, cast, training["id"], seats=3))["id"])


async def test_a_partner_s_coordinator_books_and_invites(
    app: FastAPI, client: AsyncClient, cast: Cast, partners_session: str
) -> None:
    await book(client, cast, partners_session, LEARNER)
    path = f"/sessions/{partners_session}/bookings"
    reader = await Reader(app).sign_in(cast, OTHER_LEARNER)
    page = words(await reader.get(path))
    assert "None of your people is booked yet" in page and "Amina Otieno" not in page
    assert "This is not an e-mail address." in await reader.send(path, 422, person="nonsense")
    page = words(await reader.send(path, person="awa@baobab.example", name="Awa", language="fr"))
    assert "awa@baobab.example: Invited, seat held" in page
    sent = "awa@baobab.example\nissa@baobab.example, Issa\nnobody\nlast@baobab.example"
    page = words(await reader.send(f"{path}/import", act="check", addresses=sent))
    assert "What would happen" in page and "Was booked or invited already" in page
    page = words(await reader.send(f"{path}/import", act="book", addresses=sent))
    assert "What became of each address" in page and "No seat is left to hold" in page
    assert "500 at most" in await reader.send(f"{path}/import", 422, act="book", addresses="")
    gone = re.search(r'action="(/bookings/[0-9a-f-]+/cancel)"', await reader.get(path))
    assert gone
    assert "Given back" in words(await reader.send(gone[1]))


async def test_a_focal_point_books_their_own_people(
    app: FastAPI, client: AsyncClient, cast: Cast, partners_session: str
) -> None:
    path = f"/sessions/{partners_session}/bookings"
    reader = await Reader(app).sign_in(cast, FOCAL_POINT)
    page = words(await reader.get(path))
    assert "Amina Otieno" in page and "Language of the invitation" not in page
    assert "Nobody of a host" in await reader.send(path, 422, person=OTHER_LEARNER)
    assert f"{LEARNER}: Was booked or invited already" in words(await reader.send(path, person=LEARNER))
