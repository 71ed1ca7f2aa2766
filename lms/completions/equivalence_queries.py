"""Every SELECT of the equivalence register: the register itself, whose completions it concerns, how many people."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.models import Course
from lms.catalogue.queries import DOCUMENT_SECONDS
from lms.completions.domain.equivalences import (
    EVERYWHERE,
    EquivalenceNotFound,
    Register,
    Rule,
    Span,
    courses_that_give,
)
from lms.completions.models import Equivalence, EquivalenceWithdrawal
from lms.completions.validity_queries import valid_until_sql
from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.kernel.statements import fetch
from lms.people.models import Entity, Person
from lms.people.queries import main_on

equivalences = table_of(Equivalence)
withdrawals = table_of(EquivalenceWithdrawal)
entities = table_of(Entity)
courses = table_of(Course)
persons = table_of(Person)

_REGISTER = f"""
SELECT q.id, q.held_id, q.gives_id, coalesce(e.path, '{EVERYWHERE}') AS path, q.from_on, q.until_on
  FROM equivalences q LEFT JOIN entities e ON e.id = q.entity_id
 WHERE NOT EXISTS (SELECT 1 FROM equivalence_withdrawals w WHERE w.equivalence_id = q.id)"""
_giving: WeakKeyDictionary[Any, tuple[float, frozenset[UUID]]] = WeakKeyDictionary()


async def read_register(session: AsyncSession) -> Register:
    """The equivalences that are in the register now."""
    rows = await fetch(session, _REGISTER)
    return Register(tuple(Rule(*row.values()) for row in rows))


async def courses_giving(session: AsyncSession) -> frozenset[UUID]:
    """Courses of which a completion gives something, as of some seconds ago.

    Every completion asks this. What a decision of these seconds gives, its own job finds, which waits as long.
    """
    seen = _giving.get(session.bind)
    if seen is None or time.monotonic() >= seen[0] + DOCUMENT_SECONDS:
        register = await read_register(session)
        seen = (time.monotonic(), frozenset(courses_that_give(register.rules)))
        _giving[session.bind] = seen
    return seen[1]


def forget_courses_giving() -> None:
    """Have the next completion look again: this process has just changed the register."""
    _giving.clear()


# -- whose completions -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ground:
    """A completion that may give others."""

    id: UUID
    person_id: UUID
    course_id: UUID
    occurred_on: date


_PATHS = """
SELECT a.person_id, array_agg(DISTINCT e.path) AS paths FROM affiliations a JOIN entities e ON e.id = a.entity_id
 WHERE a.person_id = ANY($1) AND a.from_on <= current_date AND (a.until_on IS NULL OR a.until_on >= current_date)
 GROUP BY 1"""
_PEOPLE = """
SELECT p.id FROM persons p
 WHERE ($1::uuid IS NULL OR p.id > $1) AND p.erased_at IS NULL
   AND EXISTS (SELECT 1 FROM completions m WHERE m.person_id = p.id AND m.course_id = ANY ($2))
 ORDER BY p.id LIMIT $3"""
# Whoever revokes one of these waits for the lock, and then sees what was given by it.
_LOCK = "SELECT 1 FROM persons WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE"
_GROUNDS = """
SELECT m.id, m.person_id, m.course_id, m.occurred_on FROM completions m
 WHERE m.person_id = ANY ($1) AND m.course_id = ANY ($2) AND m.source NOT IN ('waiver', 'equivalence')
   AND NOT EXISTS (SELECT 1 FROM completion_revocations r WHERE r.completion_id = m.id)"""
_GIVEN = "SELECT ground_id, course_id FROM completions WHERE ground_id = ANY ($1)"
_RESTING = """
SELECT m.id, m.person_id, m.occurred_on, v.reason_id, v.revoked_by_id
  FROM completions m JOIN completion_revocations v ON v.completion_id = m.ground_id
 WHERE m.ground_id = ANY ($1)
   AND NOT EXISTS (SELECT 1 FROM completion_revocations r WHERE r.completion_id = m.id)
 ORDER BY m.id"""


async def paths_of(session: AsyncSession, people: Iterable[UUID]) -> Mapping[UUID, list[str]]:
    """Paths of the entities that people work for today; somebody of none is left out."""
    return {row["person_id"]: row["paths"] for row in await fetch(session, _PATHS, list(set(people)))}


async def people_with_grounds(
    session: AsyncSession, giving: Iterable[UUID], *, after: UUID | None, most: int
) -> list[UUID]:
    """The next people, by id, with a completion of any of these courses."""
    return [row["id"] for row in await fetch(session, _PEOPLE, after, list(giving), most)]


async def grounds_of(session: AsyncSession, people: Sequence[UUID], giving: Iterable[UUID]) -> list[Ground]:
    """Unrevoked completions of these courses that may give others, each person locked; never waivers."""
    await fetch(session, _LOCK, list(people))
    return [Ground(*row.values()) for row in await fetch(session, _GROUNDS, list(people), list(giving))]


async def given_by(session: AsyncSession, grounds: Iterable[UUID]) -> set[tuple[UUID, UUID]]:
    """(ground, course) of what these completions gave already, be it revoked since or not."""
    return {(row[0], row[1]) for row in await fetch(session, _GIVEN, list(grounds))}


async def resting_on(session: AsyncSession, completions: Iterable[UUID]) -> Sequence[Any]:
    """Unrevoked equivalents of these revoked completions, each with who revoked its ground and why."""
    return await fetch(session, _RESTING, list(completions))


# -- the register, to be read ------------------------------------------------------------------------------

_held, _gives = courses.alias("held"), courses.alias("gives")
_decider, _withdrawer = persons.alias("decider"), persons.alias("withdrawer")


def _readable_by(actor: Actor) -> Any:
    """Those for everybody, and those of entities above and below where one may decide oneself."""
    paths = actor.paths(Permission.EQUIVALENCES_DECIDE)
    return or_(
        equivalences.c.entity_id.is_(None),
        *(entities.c.path.startswith(path, autoescape=True) for path in paths),
        *(func.starts_with(path, entities.c.path) for path in paths),
    )


def _register_for(actor: Actor) -> Any:
    return (
        select(
            equivalences,
            _held.c.key.label("held"),
            _gives.c.key.label("gives"),
            _held.c.current_version_id.label("held_version_id"),
            _gives.c.current_version_id.label("gives_version_id"),
            entities.c.key.label("entity"),
            entities.c.name.label("entity_name"),
            entities.c.path,
            _decider.c.name.label("decided_by"),
            withdrawals.c.recorded_at.label("withdrawn_at"),
            withdrawals.c.withdrawn_by_id,
            withdrawals.c.reason.label("withdrawal_reason"),
            _withdrawer.c.name.label("withdrawn_by"),
        )
        .join(_held, _held.c.id == equivalences.c.held_id)
        .join(_gives, _gives.c.id == equivalences.c.gives_id)
        .join(entities, entities.c.id == equivalences.c.entity_id, isouter=True)
        .join(_decider, _decider.c.id == equivalences.c.decided_by_id)
        .join(withdrawals, withdrawals.c.equivalence_id == equivalences.c.id, isouter=True)
        .join(_withdrawer, _withdrawer.c.id == withdrawals.c.withdrawn_by_id, isouter=True)
        .where(_readable_by(actor))
    )


async def list_equivalences(
    session: AsyncSession,
    *,
    actor: Actor,
    course: str | None = None,
    after: Sequence[str] | None = None,
    limit: int = 50,
) -> Sequence[Any]:
    """The register as far as `actor` may read it, latest decided first; withdrawn ones too."""
    statement = _register_for(actor)
    if course is not None:
        statement = statement.where(or_(_held.c.key == course, _gives.c.key == course))
    if after is not None:
        statement = statement.where(equivalences.c.id < UUID(after[0]))
    return (await session.execute(statement.order_by(equivalences.c.id.desc()).limit(limit))).all()


async def get_equivalence(session: AsyncSession, equivalence_id: UUID, *, actor: Actor) -> Any:
    """One equivalence, if `actor` may read it."""
    statement = _register_for(actor).where(equivalences.c.id == equivalence_id)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise EquivalenceNotFound()
    return row


# -- how many people ---------------------------------------------------------------------------------------

# Each person once, in the entity of the main affiliation; who belongs to none counts in none. Only who does not hold
# the course is hit: what an equivalence gives is worth nothing to the others.
_HIT = f"""
WITH asked AS (SELECT * FROM unnest($1::uuid[], $2::text[], $3::date[], $4::date[]) AS s(course, path, first, last)),
hit AS (
    SELECT DISTINCT m.person_id
      FROM asked s JOIN completions m ON m.course_id = s.course AND m.occurred_on >= s.first
           AND (s.last IS NULL OR m.occurred_on <= s.last) AND m.source NOT IN ('waiver', 'equivalence')
     WHERE NOT EXISTS (SELECT 1 FROM completion_revocations r WHERE r.completion_id = m.id)
       AND (s.path = '{EVERYWHERE}' OR EXISTS (
           SELECT 1 FROM affiliations a JOIN entities e ON e.id = a.entity_id
            WHERE a.person_id = m.person_id AND starts_with(e.path, s.path)
              AND a.from_on <= current_date AND (a.until_on IS NULL OR a.until_on >= current_date)))
       AND NOT EXISTS (SELECT 1 FROM completions g WHERE g.person_id = m.person_id AND g.course_id = $5
              AND g.source <> 'waiver' AND coalesce({valid_until_sql("g")}, 'infinity') >= current_date
              AND NOT EXISTS (SELECT 1 FROM completion_revocations r WHERE r.completion_id = g.id)))
SELECT e.key, e.name, e.path, count(h.person_id) AS people
  FROM entities e
  LEFT JOIN affiliations a ON a.entity_id = e.id AND {main_on("a", "current_date")}
       AND a.person_id IN (SELECT person_id FROM hit)
  LEFT JOIN hit h ON h.person_id = a.person_id
 WHERE starts_with(e.path, $6)
 GROUP BY e.id ORDER BY e.path"""


async def count_hit(session: AsyncSession, spans: Sequence[Span], *, gives: UUID, path: str) -> Sequence[Any]:
    """Every entity at `path` and below (key, name, path) with how many of its own people would get the course."""
    columns = [
        [span.course for span in spans],
        [span.path for span in spans],
        [span.from_on for span in spans],
        [span.until_on for span in spans],
    ]
    return await fetch(session, _HIT, *columns, gives, path)
