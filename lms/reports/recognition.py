"""The recognition report: facts first, points only where a policy is adopted, every total opening into its lines.

`RecognitionRow` is a row, `build_page` a page of them with headline figures, `stream` all of them.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from lms.completions.queries import list_completions
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.people.queries import get_entity_visible_to
from lms.recognition.domain import Counted, Facts, Period, RecognitionPolicy, count, days_in_service
from lms.recognition.queries import adopted_policy, facts_by_person
from lms.reports import queries
from lms.reports.errors import NotInReport
from lms.reports.queries import Scope
from lms.skills.queries import list_skill_records

KINDS = ("staff", "un_volunteer", "consultant", "intern", "gratis")
"""Kinds of affiliation a report can show, one at a time: they are never mixed in one average."""

_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy a report counts by, with what names it exactly."""

    rules: RecognitionPolicy
    digest: str
    adopted_by_entity: str
    from_on: date


@dataclass(frozen=True, slots=True)
class Frame:
    """What a report is of; every page and file of it says so."""

    entity: str
    entity_name: str
    scope: Scope
    policy: Policy | None
    moment: datetime


@dataclass(frozen=True, slots=True)
class RecognitionRow:
    """One person: the facts by column and, where a policy is adopted, the points by line and their total."""

    person_id: UUID
    name: str
    sort_key: str
    entity: str
    grade: str | None
    days_in_service: int
    facts: Facts
    counted: Counted


@dataclass(frozen=True, slots=True)
class Summary:
    """Headline figures of all people of the report."""

    people: int
    learners: int
    courses: int
    minutes: int
    people_with_skill_records: int


async def frame(
    session: AsyncSession, *, actor: Actor, entity: str, period: Period, kind: str = "staff"
) -> Frame:
    """Fix what the report is of; the entity must be one whose reports `actor` may read."""
    owner = await get_entity_visible_to(session, entity, actor=actor, permission=Permission.REPORTS_READ)
    day = period.last_day(clock.today())
    adopted = await adopted_policy(session, entity_path=owner.path, day=day)
    policy = None
    if adopted is not None:
        rules, digest, adoption = adopted
        policy = Policy(rules, digest, adoption.entity, adoption.from_on)
    return Frame(owner.key, owner.name, Scope(owner.path, (kind,), period, day), policy, clock.now())


async def build_page(
    session: AsyncSession, frame: Frame, *, after: Sequence[str] | None = None, limit: int = 50
) -> tuple[list[RecognitionRow], bool]:
    """A page of rows in name order, and whether there are more."""
    people = await queries.list_people_in(session, frame.scope, after=after, limit=limit + 1)
    return await _rows(session, frame, people[:limit]), len(people) > limit


async def stream(session: AsyncSession, frame: Frame) -> AsyncIterator[RecognitionRow]:
    """All rows in name order, a chunk at a time, so that memory stays flat."""
    after: list[str] | None = None
    while True:
        rows, more = await build_page(session, frame, after=after, limit=_CHUNK)
        for row in rows:
            yield row
        if not more:
            return
        after = [rows[-1].sort_key, str(rows[-1].person_id)]


async def _rows(session: AsyncSession, frame: Frame, people: Sequence[Any]) -> list[RecognitionRow]:
    ids = [person.id for person in people]
    if not ids:
        return []
    period = frame.scope.period
    facts = await facts_by_person(session, person_ids=ids, period=period)
    spans, away = await queries.service_spans(session, ids, period)
    # Days still to come are no service yet; a period that has not begun has none.
    served = Period(period.from_on, frame.scope.day) if period.from_on <= frame.scope.day else None
    rules = frame.policy.rules if frame.policy else None
    return [
        RecognitionRow(
            person_id=person.id,
            name=person.name,
            sort_key=person.sort_key,
            entity=person.entity,
            grade=person.grade,
            days_in_service=days_in_service(served, spans[person.id], away[person.id]) if served else 0,
            facts=facts[person.id],
            counted=count(facts[person.id], rules),
        )
        for person in people
    ]


async def build_summary(session: AsyncSession, frame: Frame) -> Summary:
    """The headline figures."""
    row = await queries.summary_of(session, frame.scope)
    return Summary(row.people, row.learners, row.courses, row.minutes, row.skilled)


@dataclass(frozen=True, slots=True)
class Opened:
    """One person's row with the facts that it was added up from."""

    row: RecognitionRow
    completions: Sequence[Any]
    skill_records: Sequence[Any]


async def open_person(session: AsyncSession, frame: Frame, person_id: UUID, *, actor: Actor) -> Opened:
    """Open one person's totals into completions and skill records of the period, with their evidence."""
    person = await queries.find_person_in(session, frame.scope, person_id)
    if person is None:
        raise NotInReport()
    rows = await _rows(session, frame, [person])
    period = frame.scope.period
    span: dict[str, Any] = {
        "from_on": period.from_on,
        "until_on": period.until_on,
        "limit": 1000,
        "permission": Permission.REPORTS_READ,  # who may read a total may open it
    }
    return Opened(
        row=rows[0],
        completions=await list_completions(session, actor=actor, person_id=person_id, **span),
        skill_records=await list_skill_records(session, actor=actor, person_id=person_id, **span),
    )
