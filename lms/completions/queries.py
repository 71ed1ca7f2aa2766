"""Every SELECT about completions."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.models import Course
from lms.completions.domain import CompletionNotFound
from lms.completions.models import Completion, CompletionRevocation, Evidence
from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.people.models import Person
from lms.people.queries import fact_visible_to

completions = table_of(Completion)
revocations = table_of(CompletionRevocation)
evidence = table_of(Evidence)
courses = table_of(Course)
persons = table_of(Person)
_reasons = evidence.alias("reasons")

_COLUMNS = (
    completions,
    persons.c.name.label("person_name"),
    courses.c.key.label("course"),
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
    from_on: date | None = None,
    until_on: date | None = None,
    after: Sequence[str] | None = None,
    limit: int = 50,
    permission: Permission = Permission.COMPLETIONS_READ,
) -> Sequence[Any]:
    """Completions that `actor` may see under `permission`, latest recorded first."""
    statement = _completions_visible_to(actor, permission)
    for column, value in ((completions.c.person_id, person_id), (completions.c.course_id, course_id)):
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


async def get_completion_visible_to(session: AsyncSession, completion_id: UUID, *, actor: Actor) -> Any:
    """One completion if `actor` may see it; else as if it were not there."""
    statement = _completions_visible_to(actor).where(completions.c.id == completion_id)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise CompletionNotFound()
    return row


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
    """Which of these courses the person has an unrevoked completion of."""
    statement = (
        select(completions.c.course_id)
        .join(revocations, revocations.c.completion_id == completions.c.id, isouter=True)
        .where(
            and_(completions.c.person_id == person_id, completions.c.course_id.in_(course_ids)),
            or_(revocations.c.completion_id.is_(None)),
        )
    )
    return set((await session.scalars(statement)).all())


async def latest_by_course(session: AsyncSession, *, person_id: UUID) -> dict[UUID, Any]:
    """A person's own standing in each course: the unrevoked completion that is valid longest, then the latest."""
    statement = (
        select(
            completions.c.course_id,
            completions.c.id,
            completions.c.course_version_id,
            completions.c.enrolment_id,
            completions.c.occurred_on,
            completions.c.valid_until,
            completions.c.source,
        )
        .ext(distinct_on(completions.c.course_id))
        .join(revocations, revocations.c.completion_id == completions.c.id, isouter=True)
        .where(completions.c.person_id == person_id, revocations.c.completion_id.is_(None))
        .order_by(
            completions.c.course_id,
            completions.c.valid_until.desc().nulls_first(),
            completions.c.occurred_on.desc(),
        )
    )
    return {row.course_id: row for row in await session.execute(statement)}
