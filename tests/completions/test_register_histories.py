"""Random histories of the register: what stands is what can be reached from what stands, and nothing else."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from lms.catalogue.queries import CourseRef, refs_by_key
from lms.completions import equivalences
from lms.completions.domain.equivalences import AlreadyEquivalent, EquivalenceLoop, Register
from lms.completions.equivalence_queries import read_register
from lms.completions.equivalences import Decision
from lms.completions.service import Finished, record_elsewhere, revoke_completion
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import Database
from lms.people.queries import get_actor
from lms.rebuild import compare_projections
from tests.cast import COLLEAGUE, HR, LEARNER, Cast

COURSES = [
    "partnership-essentials",
    "legal-foundations",
    "budgeting-a-partnership",
    "evaluating-partnerships",
]
BEGIN = clock.today() - timedelta(days=200)
DAYS = st.integers(20, 90).map(lambda days: BEGIN + timedelta(days=days))
FIRST_DAYS = st.integers(0, 40).map(lambda days: BEGIN + timedelta(days=days))
DECIDE = st.tuples(
    st.just("decide"),
    st.sampled_from(COURSES),
    st.sampled_from(COURSES),
    DAYS,
    st.none() | st.integers(0, 60),
)
RECORD = st.tuples(st.just("record"), st.sampled_from([LEARNER, COLLEAGUE]), st.sampled_from(COURSES), DAYS)
REVOKE, WITHDRAW = (st.tuples(st.just(act), st.integers(0, 30)) for act in ("revoke", "withdraw"))
SETTLE = st.tuples(st.just("settle"))
HISTORY = st.lists(DECIDE | RECORD | RECORD | RECORD | REVOKE | WITHDRAW | SETTLE, min_size=20, max_size=30)


class World:
    """The database, and beside it what a person could say of it by hand."""

    def __init__(self, database: Database, hr: Actor, cast: Cast, refs: Mapping[str, CourseRef]) -> None:
        self.database, self.hr, self.cast, self.refs = database, hr, cast, refs
        self.grounds: dict[UUID, tuple[UUID, date]] = {}  # those that stand: course and day
        self.expected: set[tuple[UUID, UUID]] = set()  # (ground, course) that stand
        self.decided: list[UUID] = []

    async def take(self, step: tuple[Any, ...]) -> None:
        """One step in a transaction of its own, and what it must do."""
        await getattr(self, f"_{step[0]}")(*step[1:])
        equivalences.queries.forget_courses_giving()  # as if some seconds had gone by

    async def _decide(self, held: str, gives: str, first: date, days: int | None) -> None:
        last = None if days is None else first + timedelta(days=days)
        decision = Decision(held, gives, "uneo", first, last, "The same content.")
        try:
            async with self.database.transaction() as session:
                self.decided.append(await equivalences.decide(session, acting=self.hr, decision=decision))
        except (EquivalenceLoop, AlreadyEquivalent):
            return

    async def _withdraw(self, number: int) -> None:
        if self.decided:
            chosen = self.decided.pop(number % len(self.decided))
            async with self.database.transaction() as session:
                await equivalences.withdraw(session, acting=self.hr, equivalence_id=chosen, reason="Changed.")

    async def _record(self, person: str, course: str, day: date) -> None:
        ref = self.refs[course]
        finished = Finished(self.cast.ids[person], ref.id, ref.version_id, 60, day, None, sender="history")
        async with self.database.transaction() as session:
            made = await record_elsewhere(session, acting=self.hr, finished=[finished])
        [(completion, repeated)] = made
        if not repeated:
            self.grounds[completion] = (ref.id, day)
            await self._expect([completion])

    async def _revoke(self, number: int) -> None:
        if self.grounds:
            chosen = sorted(self.grounds)[number % len(self.grounds)]
            async with self.database.transaction() as session:
                await revoke_completion(session, acting=self.hr, completion_id=chosen, reason="Mistaken.")
            del self.grounds[chosen]
            self.expected = {each for each in self.expected if each[0] != chosen}

    async def _settle(self) -> None:
        async with self.database.transaction() as session:
            await equivalences.settle(session, after=None)
        await self._expect(list(self.grounds))

    async def _expect(self, grounds: list[UUID]) -> None:
        async with self.database.reading() as session:
            register = await read_register(session)
        for ground in grounds:
            self.expected |= {(ground, course) for course in _reachable(register, *self.grounds[ground])}

    async def standing(self) -> set[tuple[UUID, UUID]]:
        """(ground, course) of the equivalents that stand, of completions that these histories recorded."""
        statement = text(
            """SELECT m.ground_id, m.course_id FROM completions m JOIN completions g ON g.id = m.ground_id
                WHERE g.sender = 'history'
                  AND NOT EXISTS (SELECT 1 FROM completion_revocations r WHERE r.completion_id = m.id)"""
        )
        async with self.database.reading() as session:
            return {(row[0], row[1]) for row in await session.execute(statement)}


def _reachable(register: Register, course: UUID, day: date) -> set[UUID]:
    """By adding what follows until nothing does; all equivalences here are of one entity."""
    known = {course}
    while (
        more := {each.gives for each in register.rules if each.held in known and each.is_in_force(day)}
        - known
    ):
        known |= more
    return known - {course}


@pytest.fixture(scope="module")
async def world(database: Database, cast: Cast) -> World:
    async with database.reading() as session:
        hr = await get_actor(session, cast.ids[HR])
        return World(database, hr, cast, await refs_by_key(session, COURSES))


# One world for all histories: each goes on where the one before ended, which only makes them longer.
@given(history=HISTORY)
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_after_any_history_stands_what_is_reached_from_what_stands(
    world: World, history: list[tuple[Any, ...]]
) -> None:
    for step in history:
        await world.take(step)
        assert await world.standing() == world.expected
    async with world.database.reading() as session:
        differences = await compare_projections(session)
    assert set(differences.values()) == {0}, "neither standings nor totals count an equivalent"


async def test_these_histories_gave_and_took_something(world: World) -> None:
    async with world.database.reading() as session:
        given, taken = (
            await session.execute(
                text(
                    """SELECT count(*), count(r.completion_id) FROM completions m
                         LEFT JOIN completion_revocations r ON r.completion_id = m.id
                        WHERE m.ground_id IS NOT NULL"""
                )
            )
        ).one()
    assert given > 20
    assert taken > 5
