"""Completions of programmes against the database: appended with the course that was missing, revoked with it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from httpx2 import AsyncClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.beside import library_beside
from lms.catalogue.domain import CourseItem, Programme, Programmes, last_valid_day
from lms.catalogue.loader import Library
from lms.catalogue.queries import get_programmes, refs_by_key
from lms.catalogue.service import publish_library
from lms.completions.programmes import settle_programmes
from lms.completions.service import Finished, record_elsewhere, revoke_completion
from lms.kernel import clock
from lms.kernel.database import Database
from lms.people.queries import get_actor
from lms.settings import Settings
from tests.cast import COLLEAGUE, HR, LEARNER, SUPERVISOR, VOLUNTEER, Cast

ESSENTIALS, LEGAL, IN_NONE = "partnership-essentials", "legal-foundations", "evaluating-partnerships"
INTRODUCTION = "of-two-courses"  # made for these tests: essentials and legal


class World:
    """Records and revokes as human resources; `days` ago."""

    def __init__(self, database: Database, cast: Cast) -> None:
        self.database, self.cast = database, cast

    async def record(
        self,
        session: AsyncSession,
        person: str,
        course: str,
        days: int,
        *,
        sender: str = "test",
        until: int = 0,
    ) -> UUID:
        ref = (await refs_by_key(session, [course]))[course]
        finished = Finished(
            person_id=self.cast.ids[person],
            course_id=ref.id,
            course_version_id=ref.version_id,
            minutes=60,
            occurred_on=ago(days),
            valid_until=last_valid_day(ago(days), until or None),
            sender=sender,
        )
        acting = await get_actor(session, self.cast.ids[HR])
        return (await record_elsewhere(session, acting=acting, finished=[finished]))[0][0]

    async def recorded(self, person: str, course: str, days: int, **more: Any) -> UUID:
        async with self.database.transaction() as session:
            return await self.record(session, person, course, days, **more)

    async def revoke(self, completion: UUID) -> None:
        async with self.database.transaction() as session:
            acting = await get_actor(session, self.cast.ids[HR])
            await revoke_completion(session, acting=acting, completion_id=completion, reason="Mistaken.")

    async def facts(self, person: str, programme: str = INTRODUCTION) -> list[Any]:
        """(day, round, revoked, what it rests on) of each fact, in the order of recording."""
        async with self.database.reading() as session:
            rows = await session.execute(
                text(
                    """SELECT d.occurred_on, d.round, r.completion_id IS NOT NULL AS revoked,
                              ARRAY(SELECT g.completion_id FROM programme_grounds g
                                     WHERE g.programme_completion_id = d.id) AS rests_on
                         FROM programme_completions d
                         LEFT JOIN programme_revocations r ON r.programme_completion_id = d.id
                        WHERE d.person_id = :person AND d.programme = :programme ORDER BY d.id"""
                ),
                {"person": self.cast.ids[person], "programme": programme},
            )
            return list(rows)


@pytest.fixture(scope="module")
async def world(database: Database, cast: Cast, settings: Settings) -> World:
    """With the programmes of courses/ but for those that `IN_NONE` counts for, and one of two courses."""
    library = library_beside(settings.courses_dir)
    some = [
        each
        for each in library.programmes.programmes
        if IN_NONE not in library.programmes.courses_of(each.key)
    ]
    async with database.transaction() as session:
        published = Programmes((*some, _of_two(library)))
        await publish_library(session, replace(library, programmes=published), acting=None)
    return World(database, cast)


def _of_two(library: Library) -> Programme:
    like = library.programmes.programmes[0]
    return replace(like, key=INTRODUCTION, items=(CourseItem(ESSENTIALS), CourseItem(LEGAL)))


def ago(days: int) -> Any:
    return clock.today() - timedelta(days=days)


async def test_the_course_that_was_missing_completes_it_on_the_day_it_was_complete(world: World) -> None:
    first = await world.recorded(LEARNER, ESSENTIALS, 30)
    assert await world.facts(LEARNER) == []
    second = await world.recorded(LEARNER, LEGAL, 50)
    [fact] = await world.facts(LEARNER)
    assert (fact.occurred_on, fact.round, fact.revoked) == (ago(30), 0, False)
    assert set(fact.rests_on) == {first, second}
    await world.recorded(LEARNER, LEGAL, 5, sender="again")
    assert len(await world.facts(LEARNER)) == 1
    async with world.database.reading() as session:
        events = await session.execute(
            text(
                "SELECT data FROM events WHERE type = 'completions.programme_completed' AND data->>'person' = :who"
            ),
            {"who": str(world.cast.ids[LEARNER])},
        )
        [row] = events
        digest = (await get_programmes(session)).programmes.digest_of(INTRODUCTION)
    assert row.data == {
        "person": str(world.cast.ids[LEARNER]),
        "programme": INTRODUCTION,
        "digest": digest,
        "occurred_on": ago(30).isoformat(),
    }


async def test_both_courses_in_one_transaction_complete_it(world: World) -> None:
    async with world.database.transaction() as session:
        await world.record(session, SUPERVISOR, ESSENTIALS, 3)
        await world.record(session, SUPERVISOR, LEGAL, 2)
    assert [(fact.occurred_on, fact.revoked) for fact in await world.facts(SUPERVISOR)] == [(ago(2), False)]


async def test_two_courses_completed_at_once_complete_it_once(world: World) -> None:
    """The second waits for the person's first, and then sees it."""
    first_done, person = asyncio.Event(), VOLUNTEER

    async def first() -> None:
        async with world.database.transaction() as session:
            await world.record(session, person, IN_NONE, 9)
            await world.record(session, person, LEGAL, 9, sender="first")
            first_done.set()
            await asyncio.sleep(0.3)

    async def second() -> None:
        await first_done.wait()
        async with world.database.transaction() as session:
            # Essentials stands in the demo's history already; without it, nothing is complete.
            await world.record(session, person, ESSENTIALS, 8, sender="second")

    history = await _unrevoked(world, person, ESSENTIALS)
    for completion in history:
        await world.revoke(completion)
    await asyncio.gather(first(), second())
    standing = [fact for fact in await world.facts(person) if not fact.revoked]
    assert [fact.occurred_on for fact in standing] == [ago(8)]


async def _unrevoked(world: World, person: str, course: str) -> list[UUID]:
    async with world.database.reading() as session:
        rows = await session.scalars(
            text(
                """SELECT m.id FROM completions m JOIN courses c ON c.id = m.course_id
                    WHERE m.person_id = :person AND c.key = :course
                      AND NOT EXISTS (SELECT 1 FROM completion_revocations r WHERE r.completion_id = m.id)"""
            ),
            {"person": world.cast.ids[person], "course": course},
        )
        return list(rows)


async def test_it_falls_only_when_the_rest_no_longer_suffices(world: World) -> None:
    """Two completions of one course: the first may go, the second takes the programme with it."""
    person = COLLEAGUE
    [essentials] = await _unrevoked(world, person, ESSENTIALS)  # of the demo's history, 75 days ago
    named = await world.recorded(person, LEGAL, 60)
    spare = await world.recorded(person, LEGAL, 70, sender="spare")
    [fact] = await world.facts(person)
    assert set(fact.rests_on) == {essentials, named}
    await world.revoke(named)
    assert [fact.revoked for fact in await world.facts(person)] == [False]
    later = await world.recorded(person, LEGAL, 10, sender="later")
    await world.revoke(spare)
    facts = await world.facts(person)
    assert [(fact.occurred_on, fact.round, fact.revoked) for fact in facts] == [
        (ago(60), 0, True),
        (ago(10), 1, False),
    ]
    assert set(facts[1].rests_on) == {essentials, later}
    await world.revoke(later)
    assert [fact.revoked for fact in await world.facts(person)] == [True, True]
    await world.recorded(person, LEGAL, 4, sender="anew")
    assert [(fact.round, fact.revoked) for fact in await world.facts(person)] == [
        (0, True),
        (1, True),
        (2, False),
    ]


async def test_a_course_in_no_programme_costs_no_round_trip_and_another_one_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    fetch = asyncpg.Connection.fetch

    async def noted(connection: Any, sql: str, *values: Any, **options: Any) -> Any:
        sent.append(sql)
        return await fetch(connection, sql, *values, **options)

    await world.recorded(HR, IN_NONE, 20)  # editions and documents are at hand from here on
    await world.recorded(HR, ESSENTIALS, 20)
    monkeypatch.setattr(asyncpg.Connection, "fetch", noted)
    for course, reads in ((IN_NONE, 0), (ESSENTIALS, 1), (LEGAL, 1)):
        sent.clear()
        await world.recorded(HR, course, 10, sender=f"counted {course}")
        assert sum("FROM programme_ground(" in each for each in sent) == reads
        assert sum(each.startswith("WITH w0") for each in sent) == 1, sent
    written = next(each for each in sent if each.startswith("WITH w0"))
    assert "INSERT INTO programme_completions" in written
    assert "INSERT INTO programme_grounds" in written


async def test_facts_are_append_only(world: World) -> None:
    for statement in (
        "UPDATE programme_completions SET round = 9",
        "DELETE FROM programme_grounds",
        "TRUNCATE programme_revocations",
    ):
        with pytest.raises(DBAPIError, match="append-only"):
            async with world.database.transaction() as session:
                await session.execute(text(statement))


async def test_what_was_complete_before_it_was_published_is_found_afterwards_and_once(
    world: World, settings: Settings
) -> None:
    """Published anew with something else to do: holders keep what they have, others are found."""
    library = library_beside(settings.courses_dir)
    await world.recorded("admin@demo.example", IN_NONE, 12)
    shorter = replace(_of_two(library), key="shorter", items=(CourseItem(IN_NONE),))
    more = Programmes((*library.programmes.programmes, _of_two(library), shorter))
    async with world.database.transaction() as session:
        await publish_library(session, replace(library, programmes=more), acting=None)
    async with world.database.reading() as session:
        job = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'programmes.settle'"
        assert (await session.scalar(text(job)) or 0) >= 1
    before = await world.facts(LEARNER)
    for _ in range(2):
        await _settle(world)
        [fact] = await world.facts("admin@demo.example", "shorter")
        assert fact.occurred_on == ago(12)
    assert await world.facts(LEARNER) == before


async def _settle(world: World) -> None:
    last: UUID | None = None
    while True:
        async with world.database.transaction() as session:
            last = await settle_programmes(session, after=last, most=3)
        if last is None:
            return


async def test_one_s_own_are_read_over_the_api_and_hr_s_of_their_people(
    client: AsyncClient, cast: Cast, world: World
) -> None:
    own = await client.get("/api/v1/programme-completions", headers=cast.token(LEARNER))
    [item] = [each for each in own.json()["items"] if each["programme"] == INTRODUCTION]
    assert item["rests_on"] and item["revoked_at"] is None
    of_hr = await client.get(f"/api/v1/programme-completions?person={LEARNER}", headers=cast.token(HR))
    assert item in of_hr.json()["items"]
    other = await client.get(f"/api/v1/programme-completions?person={LEARNER}", headers=cast.token(COLLEAGUE))
    assert other.status_code == 404


async def test_a_programme_is_read_with_one_s_own_progress(
    client: AsyncClient, cast: Cast, world: World
) -> None:
    whole = (await client.get(f"/api/v1/programmes/{INTRODUCTION}", headers=cast.token(LEARNER))).json()
    assert whole["progress"]["is_complete"]
    assert whole["progress"]["completed_on"] == ago(30).isoformat()
    begun = (
        await client.get("/api/v1/programmes/partnership-practitioner", headers=cast.token(LEARNER))
    ).json()["progress"]
    assert (begun["courses_done"], begun["courses_needed"]) == (2, 7)
    assert begun["left"][0] == "strategy-and-local-ownership"
    assert begun["minutes_left"] > 60
    nested = await client.get(
        "/api/v1/programmes/humanitarian-partnership-practitioner?language=fr", headers=cast.token(LEARNER)
    )
    assert nested.json()["language"] == "fr"
    assert nested.json()["items"][0] == {
        "kind": "programme", "course": None, "any": None, "of": None, "programme": "partnership-practitioner",
    }  # fmt: skip
    gone = await client.get("/api/v1/programmes/nothing", headers=cast.token(LEARNER))
    assert (gone.status_code, gone.json()["type"]) == (404, "/problems/programme-not-found")
