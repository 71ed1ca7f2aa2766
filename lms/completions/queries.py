"""Every SELECT about completions."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, func, or_, select, text, true
from sqlalchemy.dialects.postgresql import aggregate_order_by, distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.models import Course
from lms.completions.domain import CompletionNotFound, Source
from lms.completions.domain.programmes import Done, Earlier
from lms.completions.models import (
    Completion,
    CompletionRevocation,
    Evidence,
    ProgrammeCompletion,
    ProgrammeGround,
    ProgrammeRevocation,
)
from lms.completions.validity_queries import but_valid_until, days_added, superseded_by, valid_until
from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.kernel.statements import fetch
from lms.people.models import Person
from lms.people.queries import fact_visible_to

completions = table_of(Completion)
revocations = table_of(CompletionRevocation)
evidence = table_of(Evidence)
courses = table_of(Course)
persons = table_of(Person)
programme_completions = table_of(ProgrammeCompletion)
programme_revocations = table_of(ProgrammeRevocation)
grounds = table_of(ProgrammeGround)
_reasons = evidence.alias("reasons")

_rested = completions.alias("ground")
_ground_course = courses.alias("ground_course")
_COLUMNS = (
    *but_valid_until(completions),
    valid_until(completions),
    completions.c.valid_until.label("recorded_valid_until"),
    superseded_by(completions),
    days_added(completions),
    persons.c.name.label("person_name"),
    courses.c.key.label("course"),
    # None for most completions, so looked up where one is named, not joined everywhere.
    select(_ground_course.c.key)
    .join(_rested, _rested.c.course_id == _ground_course.c.id)
    .where(_rested.c.id == completions.c.ground_id)
    .scalar_subquery()
    .label("ground_course"),
    select(_rested.c.course_version_id)
    .where(_rested.c.id == completions.c.ground_id)
    .scalar_subquery()
    .label("ground_version_id"),
    revocations.c.recorded_at.label("revoked_at"),
    _reasons.c.words.label("revocation_reason"),
    evidence.c.words.label("evidence_words"),
    evidence.c.link.label("evidence_link"),
)


def _completions_visible_to(actor: Actor, permission: Permission = Permission.COMPLETIONS_READ) -> Any:
    return (
        select(*_COLUMNS)
        .join(persons, persons.c.id == completions.c.person_id)
        .join(courses, courses.c.id == completions.c.course_id)
        .join(revocations, revocations.c.completion_id == completions.c.id, isouter=True)
        .join(_reasons, _reasons.c.id == revocations.c.reason_id, isouter=True)
        .join(evidence, evidence.c.id == completions.c.evidence_id, isouter=True)
        .where(fact_visible_to(actor, permission, completions.c.person_id, completions.c.occurred_on))
    )


async def list_completions(
    session: AsyncSession,
    *,
    actor: Actor,
    person_id: UUID | None = None,
    course_id: UUID | None = None,
    source: Source | None = None,
    from_on: date | None = None,
    until_on: date | None = None,
    after: Sequence[str] | None = None,
    limit: int = 50,
    permission: Permission = Permission.COMPLETIONS_READ,
) -> Sequence[Any]:
    """Completions that `actor` may see under `permission`, latest recorded first."""
    statement = _completions_visible_to(actor, permission)
    for column, value in (
        (completions.c.person_id, person_id),
        (completions.c.course_id, course_id),
        (completions.c.source, source),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if from_on is not None:
        statement = statement.where(completions.c.occurred_on >= from_on)
    if until_on is not None:
        statement = statement.where(completions.c.occurred_on <= until_on)
    if after is not None:
        statement = statement.where(completions.c.id < UUID(after[0]))
    # UUIDv7 sorts by the moment it was made, which is the moment of recording.
    result = await session.execute(statement.order_by(completions.c.id.desc()).limit(limit))
    return result.all()


async def get_completion_visible_to(
    session: AsyncSession,
    completion_id: UUID,
    *,
    actor: Actor,
    permission: Permission = Permission.COMPLETIONS_READ,
) -> Any:
    """One completion if `actor` may see it under `permission`; else as if it were not there."""
    statement = _completions_visible_to(actor, permission).where(completions.c.id == completion_id)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise CompletionNotFound()
    return row


async def find_attended(session: AsyncSession, attendance_id: UUID) -> Any | None:
    """The unrevoked completion that rests on somebody's attendance of a joint training."""
    statement = (
        select(completions.c.id, completions.c.person_id, completions.c.occurred_on)
        .join(revocations, revocations.c.completion_id == completions.c.id, isouter=True)
        .where(completions.c.attendance_id == attendance_id, revocations.c.completion_id.is_(None))
    )
    return (await session.execute(statement)).one_or_none()


RecordedKey = tuple[UUID, UUID, date, str]
"""What makes a completion recorded elsewhere one of a kind: person, course, day, sender."""


async def ids_of_recorded(session: AsyncSession, keys: Sequence[RecordedKey]) -> dict[RecordedKey, UUID]:
    """Ids of unrevoked recorded completions by (person, course, day, sender)."""
    statement = text(
        """SELECT c.person_id, c.course_id, c.occurred_on, c.sender, c.id
             FROM unnest(CAST(:persons AS uuid[]), CAST(:courses AS uuid[]), CAST(:days AS date[]),
                         CAST(:senders AS text[])) AS k(person_id, course_id, occurred_on, sender)
             JOIN completions c USING (person_id, course_id, occurred_on, sender)
            WHERE NOT EXISTS (SELECT 1 FROM completion_revocations r WHERE r.completion_id = c.id)"""
    )
    columns = zip(*keys, strict=True) if keys else ((), (), (), ())
    names = ("persons", "courses", "days", "senders")
    rows = await session.execute(statement, dict(zip(names, map(list, columns), strict=True)))
    return {(row[0], row[1], row[2], row[3]): row[4] for row in rows}


async def completed_course_ids(
    session: AsyncSession, *, person_id: UUID, course_ids: Sequence[UUID]
) -> set[UUID]:
    """Which of these courses the person has an unrevoked completion of, or a waiver still in force."""
    statement = (
        select(completions.c.course_id)
        .join(revocations, revocations.c.completion_id == completions.c.id, isouter=True)
        .where(
            and_(completions.c.person_id == person_id, completions.c.course_id.in_(course_ids)),
            revocations.c.completion_id.is_(None),
            or_(
                completions.c.source != Source.WAIVER.value, completions.c.valid_until >= func.current_date()
            ),
        )
    )
    return set((await session.scalars(statement)).all())


async def latest_by_course(session: AsyncSession, *, person_id: UUID) -> dict[UUID, Any]:
    """A person's own standing in each course: the unrevoked completion that is valid longest, then the latest.

    A waiver stands only where nothing else is valid today. With the version on offer now, by which it would be renewed;
    none for a course that was retired.
    """
    today, until = func.current_date(), valid_until(completions)
    statement = (
        select(
            completions.c.course_id,
            completions.c.id,
            completions.c.course_version_id,
            completions.c.enrolment_id,
            completions.c.occurred_on,
            until,
            superseded_by(completions),
            days_added(completions),
            completions.c.source,
            case((courses.c.retired_at.is_(None), courses.c.current_version_id)).label("current_version_id"),
        )
        .ext(distinct_on(completions.c.course_id))
        .join(courses, courses.c.id == completions.c.course_id)
        .join(revocations, revocations.c.completion_id == completions.c.id, isouter=True)
        .where(completions.c.person_id == person_id, revocations.c.completion_id.is_(None))
        .order_by(
            completions.c.course_id,
            func.coalesce(until.element >= today, true()).desc(),
            (completions.c.source == Source.WAIVER.value),
            until.element.desc().nulls_first(),
            completions.c.occurred_on.desc(),
        )
    )
    return {row.course_id: row for row in await session.execute(statement)}


# -- programmes --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ground:
    """What a person has that programmes can rest on, and what was recorded of programmes.

    `recorded` counts completions of each (programme, digest), revoked ones too.
    """

    done: tuple[Done, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    recorded: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def with_done(self, more: Iterable[Done]) -> "Ground":
        """With completions that this transaction has made, be they sent already or not."""
        known = {each.id: each for each in (*self.done, *more)}
        return replace(self, done=tuple(known.values()))


_GROUND = "SELECT * FROM programme_ground($1::uuid[], $2::text[])"


async def ground_of(
    session: AsyncSession, people: Sequence[UUID], courses: Iterable[str]
) -> dict[UUID, Ground]:
    """What these people have of these courses, and their completions of programmes; each person is locked first.

    So two transactions that each complete a course of one programme meet one after the other, and the second sees
    both. One round trip, whoever has to wait.
    """
    rows: dict[UUID, list[Any]] = {person: [] for person in people}
    for row in await fetch(session, _GROUND, list(people), sorted(courses)):
        rows[row["person_id"]].append(row)
    return {person: _ground(own) for person, own in rows.items()}


def _ground(rows: Sequence[Any]) -> Ground:
    facts = [row for row in rows if row["completion_id"] is None]
    return Ground(
        done=tuple(
            Done(row["completion_id"], row["course"], row["occurred_on"], row["valid_until"])
            for row in rows
            if row["completion_id"] is not None
        ),
        earlier=tuple(_earlier(row) for row in facts if not row["is_revoked"]),
        recorded=Counter((row["programme"], row["digest"]) for row in facts),
    )


def _earlier(row: Any) -> Earlier:
    return Earlier(
        id=row["programme_completion_id"],
        programme=row["programme"],
        digest=row["digest"],
        document_id=row["document_id"],
        rests_on=frozenset(row["rests_on"]),
        occurred_on=row["occurred_on"],
        valid_until=row["valid_until"],
    )


async def people_with(
    session: AsyncSession, courses: Iterable[str], *, after: UUID | None, most: int
) -> list[UUID]:
    """The next people, by id, who have completed any of these courses."""
    statement = """SELECT p.id FROM persons p
        WHERE ($1::uuid IS NULL OR p.id > $1) AND p.erased_at IS NULL
          AND EXISTS (SELECT 1 FROM completions m JOIN courses c ON c.id = m.course_id
                       WHERE m.person_id = p.id AND c.key = ANY ($2))
        ORDER BY p.id LIMIT $3"""
    return [row["id"] for row in await fetch(session, statement, after, sorted(courses), most)]


async def done_of(session: AsyncSession, *, person_id: UUID) -> list[Done]:
    """A person's own unrevoked completions, for the rules of programmes."""
    statement = (
        select(completions.c.id, courses.c.key, completions.c.occurred_on, valid_until(completions))
        .join(courses, courses.c.id == completions.c.course_id)
        .join(revocations, revocations.c.completion_id == completions.c.id, isouter=True)
        .where(completions.c.person_id == person_id, revocations.c.completion_id.is_(None))
    )
    return [Done(*row) for row in await session.execute(statement)]


_RESTS_ON = (
    select(func.array_agg(aggregate_order_by(grounds.c.completion_id, grounds.c.completion_id)))
    .where(grounds.c.programme_completion_id == programme_completions.c.id)
    .scalar_subquery()
)


async def list_programme_completions(
    session: AsyncSession,
    *,
    actor: Actor,
    person_id: UUID | None = None,
    programme: str | None = None,
    after: Sequence[str] | None = None,
    limit: int = 50,
) -> Sequence[Any]:
    """Completions of programmes that `actor` may see, latest recorded first."""
    visible = fact_visible_to(
        actor,
        Permission.COMPLETIONS_READ,
        programme_completions.c.person_id,
        programme_completions.c.occurred_on,
    )
    statement = (
        select(
            *but_valid_until(programme_completions),
            valid_until(programme_completions),
            persons.c.name.label("person_name"),
            programme_revocations.c.recorded_at.label("revoked_at"),
            programme_revocations.c.completion_id.label("revoked_with_id"),
            _RESTS_ON.label("rests_on"),
        )
        .join(persons, persons.c.id == programme_completions.c.person_id)
        .join(
            programme_revocations,
            programme_revocations.c.programme_completion_id == programme_completions.c.id,
            isouter=True,
        )
        .where(visible)
    )
    if person_id is not None:
        statement = statement.where(programme_completions.c.person_id == person_id)
    if programme is not None:
        statement = statement.where(programme_completions.c.programme == programme)
    if after is not None:
        statement = statement.where(programme_completions.c.id < UUID(after[0]))
    result = await session.execute(statement.order_by(programme_completions.c.id.desc()).limit(limit))
    return result.all()


async def own_completions_by_id(
    session: AsyncSession, ids: Sequence[UUID], *, person_id: UUID
) -> dict[UUID, Any]:
    """Those of a person's own completions that one of their programmes rests on: course, version and day, by id."""
    if not ids:
        return {}
    statement = (
        select(
            completions.c.id,
            completions.c.course_version_id,
            completions.c.occurred_on,
            courses.c.key.label("course"),
        )
        .join(courses, courses.c.id == completions.c.course_id)
        .where(completions.c.id.in_(set(ids)), completions.c.person_id == person_id)
    )
    return {row.id: row for row in await session.execute(statement)}
