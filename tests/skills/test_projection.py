"""Random histories: completions, assessments, revocations; the projections always are what the facts give."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from lms.catalogue.beside import library_beside
from lms.catalogue.domain import last_valid_day
from lms.catalogue.queries import CourseRef, refs_by_key
from lms.completions.service import Finished, record_elsewhere, revoke_completion
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import Database
from lms.kernel.ids import new_id
from lms.people.queries import get_actor
from lms.rebuild import compare_projections, rebuild_projections
from lms.settings import Settings
from lms.skills.domain import standing_on
from lms.skills.queries import held_as_at
from lms.skills.service import Assessed, record_assessed_work
from tests.cast import COLLEAGUE, HR, LEARNER, SUPERVISOR, Cast

COURSES = ["partnership-essentials", "legal-foundations", "budgeting-a-partnership"]
ONLY_HERE = "facilitating-across-cultures"
PEOPLE = [LEARNER, COLLEAGUE]
# Within the affiliations of these people: what is dated before, HR may record and not see.
DAYS = st.integers(0, 300).map(lambda days: clock.today() - timedelta(days=days))
COMPLETE = st.tuples(
    st.just("complete"),
    st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(COURSES), DAYS), min_size=1, max_size=4),
    st.none() | st.integers(1, 36),
)
ASSESS = st.tuples(st.just("assess"), st.sampled_from(PEOPLE), st.sampled_from(COURSES), DAYS)
REVOKE = st.tuples(st.just("revoke"), st.integers(0, 30))
HISTORY = st.lists(COMPLETE | ASSESS | REVOKE, min_size=1, max_size=8)


class World:
    """The database with what the steps of a history need."""

    def __init__(self, database: Database, cast: Cast, hr: Actor, refs: dict[str, CourseRef]) -> None:
        self.database, self.cast, self.hr, self.refs = database, cast, hr, refs
        self.recorded: list[UUID] = []
        self.revoked: set[UUID] = set()

    async def take(self, step: tuple[Any, ...]) -> None:
        """One step of a history, in a transaction of its own."""
        async with self.database.transaction() as session:
            if step[0] == "complete":
                finished = [self._finished(*each, months=step[2]) for each in step[1]]
                made = await record_elsewhere(session, acting=self.hr, finished=finished)
                self.recorded += [completion for completion, repeated in made if not repeated]
            elif step[0] == "assess":
                await record_assessed_work(session, acting=self.hr, assessed=self._assessed(*step[1:]))
            elif left := [each for each in self.recorded if each not in self.revoked]:
                chosen = left[step[1] % len(left)]
                self.revoked.add(chosen)
                await revoke_completion(session, acting=self.hr, completion_id=chosen, reason="Mistaken.")

    def _finished(self, person: str, course: str, day: date, *, months: int | None) -> Finished:
        ref = self.refs[course]
        return Finished(
            person_id=self.cast.ids[person],
            course_id=ref.id,
            course_version_id=ref.version_id,
            minutes=60 + day.day,
            occurred_on=day,
            valid_until=last_valid_day(day, months),
            sender="history",
        )

    def _assessed(self, person: str, course: str, day: date) -> Assessed:
        return Assessed(
            submission_id=new_id(),
            person_id=self.cast.ids[person],
            course_version_id=self.refs[course].version_id,
            assessor_id=self.hr.person_id,
            occurred_on=day,
            valid_until=last_valid_day(day, 24),
        )

    async def stored_levels(self, person: UUID, day: date) -> dict[str, int]:
        """The standing on a day as the projection has it."""
        sql = """SELECT competency, max(level) FROM standings
                  WHERE person_id = :person AND valid_until >= :day GROUP BY 1"""
        async with self.database.reading() as session:
            rows = await session.execute(text(sql), {"person": person, "day": day})
            return {row[0]: row[1] for row in rows}

    async def computed_levels(self, person: UUID, day: date) -> dict[str, int]:
        """The standing on a day as the pure rule makes it from the records."""
        async with self.database.reading() as session:
            actor = await get_actor(session, person)
            held = await held_as_at(session, actor=actor, person_id=person, moment=clock.now())
        return {each.competency: each.level for each in standing_on(day, held) if each.level}


@pytest.fixture(scope="module")
async def world(database: Database, cast: Cast) -> World:
    async with database.reading() as session:
        hr = await get_actor(session, cast.ids[HR])
        return World(database, cast, hr, await refs_by_key(session, [*COURSES, ONLY_HERE]))


async def differences(database: Database) -> dict[str, int]:
    async with database.reading() as session:
        return await compare_projections(session)


# One world for all histories: each goes on where the one before ended, which only makes them longer.
@given(histories=st.lists(HISTORY, min_size=2, max_size=3))
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_after_any_history_projections_are_what_the_facts_give(
    world: World, histories: Sequence[list[tuple[Any, ...]]]
) -> None:
    for history in histories:
        for step in history:
            await world.take(step)
        assert set((await differences(world.database)).values()) == {0}
    today = clock.today()
    for email in PEOPLE:
        person = world.cast.ids[email]
        assert await world.stored_levels(person, today) == await world.computed_levels(person, today)


async def test_what_one_transaction_records_and_revokes_leaves_nothing_standing(
    world: World, database: Database
) -> None:
    person = world.cast.ids[LEARNER]
    async with database.transaction() as session:
        finished = [world._finished(LEARNER, ONLY_HERE, clock.today(), months=None)]
        made = await record_elsewhere(session, acting=world.hr, finished=finished)
        await revoke_completion(session, acting=world.hr, completion_id=made[0][0], reason="At once.")
    assert set((await differences(database)).values()) == {0}
    assert "facilitation" not in await world.stored_levels(person, clock.today())


async def test_rebuilding_gives_the_same_rows(world: World) -> None:
    async def rows() -> list[Any]:
        async with world.database.reading() as session:
            sql = "SELECT s::text FROM standings s UNION ALL SELECT t::text FROM recognition_totals t ORDER BY 1"
            return list(await session.scalars(text(sql)))

    before = await rows()
    assert before
    async with world.database.transaction() as session:
        await rebuild_projections(session)
    assert await rows() == before


async def test_a_projection_that_went_wrong_is_found_and_made_anew(world: World) -> None:
    async with world.database.transaction() as session:
        await session.execute(text("UPDATE recognition_totals SET amount = amount + 1"))
        await session.execute(
            text("DELETE FROM standings WHERE competency = (SELECT min(competency) FROM standings)")
        )
    assert all((await differences(world.database)).values())
    async with world.database.transaction() as session:
        await rebuild_projections(session)
    assert set((await differences(world.database)).values()) == {0}


async def test_what_is_revoked_or_completed_during_a_rebuild_is_counted(world: World) -> None:
    """Each waits for the rebuild to end, and then sees the rows it made."""
    day = clock.today() - timedelta(days=340)
    await world.take(("complete", [(SUPERVISOR, COURSES[0], day)], None))
    last = len([each for each in world.recorded if each not in world.revoked]) - 1
    async with world.database.transaction() as session:
        await rebuild_projections(session)
        meanwhile = [
            asyncio.create_task(world.take(("revoke", last))),
            asyncio.create_task(world.take(("complete", [(COLLEAGUE, COURSES[0], day)], None))),
        ]
        await asyncio.wait(meanwhile, timeout=0.5)
    await asyncio.gather(*meanwhile)
    assert set((await differences(world.database)).values()) == {0}


async def test_no_level_is_above_the_ceiling_of_its_source(world: World, settings: Settings) -> None:
    taxonomy = library_beside(settings.courses_dir).taxonomy
    assert taxonomy is not None
    async with world.database.reading() as session:
        highest = await session.execute(text("SELECT source, max(level) FROM skill_records GROUP BY 1"))
        found = {row[0]: row[1] for row in highest}
    assert found == {"course": 1, "assessed_work": 2}
    assert all(level <= taxonomy.ceiling(source) for source, level in found.items())
