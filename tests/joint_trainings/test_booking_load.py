"""Two hundred people book the last fifty seats at once: exactly fifty get one, in order, and none is lost."""

import asyncio
import time
from datetime import timedelta
from uuid import UUID

from httpx2 import AsyncClient
from sqlalchemy import text

from lms.kernel import clock
from lms.kernel.database import Database
from lms.people.domain import digest_of
from lms.people.models import Affiliation, ApiToken, Person
from lms.people.queries import get_entity
from tests.cast import Cast
from tests.joint_trainings.samples import planned, published

PEOPLE, SEATS = 200, 50
# Hundreds of times what it takes: it says whether bookings wait for each other only, not how fast the machine is.
AT_MOST_SECONDS = 60


async def people_of_kenya(database: Database, number: int) -> list[dict[str, str]]:
    """So many new people, each as the headers they ask with."""
    async with database.transaction() as session:
        entity = await get_entity(session, "uneo-kenya")
        for each in range(number):
            email = f"person-{each:03}@many.example"
            person = Person(name=email, sort_key=email, email=email, email_key=email)
            session.add(person)
            await session.flush()
            tied = {"person_id": person.id, "kind": "staff", "from_on": clock.today() - timedelta(days=99)}
            session.add(Affiliation(entity_id=entity.id, **tied))
            until = clock.now() + timedelta(days=1)
            secret = digest_of(f"one-of-many-{each}")
            session.add(ApiToken(token_hash=secret, person_id=person.id, name="test", expires_at=until))
    return [{"Authorization": f"Bearer one-of-many-{each}"} for each in range(number)]


async def test_two_hundred_book_fifty_seats_at_once(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    training = await published(client, cast, every_session=False)
    made = await planned(client, cast, training["id"], seats=SEATS)
    everybody = await people_of_kenya(database, PEOPLE)

    async def book(headers: dict[str, str]) -> tuple[int, str, str]:
        answer = await client.post("/api/v1/me/bookings", json={"session": made["id"]}, headers=headers)
        assert answer.status_code == 201, answer.text
        booking = answer.json()
        return booking["number"], booking["state"], booking["id"]

    began = time.monotonic()
    # Each sends it twice, as a double click does.
    answers = await asyncio.gather(*(book(headers) for headers in everybody * 2))
    assert time.monotonic() - began < AT_MOST_SECONDS
    assert answers[:PEOPLE] == answers[PEOPLE:], "both clicks are answered with the one booking"
    line = sorted(answers[:PEOPLE])
    assert [number for number, _, _ in line] == list(range(1, PEOPLE + 1)), "none lost, none twice"
    assert [state for _, state, _ in line] == ["seated"] * SEATS + ["waitlisted"] * (PEOPLE - SEATS)
    await _give_back(client, cast, database, made["id"], [UUID(key) for _, _, key in line])


async def _give_back(
    client: AsyncClient, cast: Cast, database: Database, session_id: str, line: list[UUID]
) -> None:
    """Twenty who have a seat give it back at once; the next twenty in line have theirs."""
    gone = line[:SEATS:2][:20]
    headers = cast.token("officer.three@demo.example")
    answers = await asyncio.gather(
        *(client.post(f"/api/v1/bookings/{each}/cancellation", headers=headers) for each in gone)
    )
    assert {answer.status_code for answer in answers} == {200}
    seated = text("SELECT id FROM bookings WHERE session_id = :id AND state = 'seated' ORDER BY number")
    async with database.reading() as session:
        found = list(await session.scalars(seated, {"id": session_id}))
    assert found == [each for each in line[: SEATS + 20] if each not in gone]
