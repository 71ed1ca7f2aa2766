"""Every SELECT about skill records and standings."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from lms.completions.models import Completion
from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.people.models import Person
from lms.people.queries import fact_visible_to
from lms.skills.domain import Held
from lms.skills.models import SkillRecord, SkillRevocation

records = table_of(SkillRecord)
revocations = table_of(SkillRevocation)
persons = table_of(Person)
completions = table_of(Completion)


async def list_skill_records(
    session: AsyncSession,
    *,
    actor: Actor,
    person_id: UUID,
    from_on: date | None = None,
    until_on: date | None = None,
    after: Sequence[str] | None = None,
    limit: int = 50,
    permission: Permission = Permission.SKILLS_READ,
) -> Sequence[Any]:
    """A person's records that `actor` may see under `permission`, latest first, with when each was revoked."""
    statement = (
        select(
            records,
            persons.c.name.label("person_name"),
            completions.c.course_id,
            completions.c.source.label("completion_source"),
            revocations.c.recorded_at.label("revoked_at"),
        )
        .join(persons, persons.c.id == records.c.person_id)
        .join(completions, completions.c.id == records.c.completion_id, isouter=True)
        .join(revocations, revocations.c.skill_record_id == records.c.id, isouter=True)
        .where(records.c.person_id == person_id)
        .where(fact_visible_to(actor, permission, records.c.person_id, records.c.occurred_on))
        .order_by(records.c.id.desc())
        .limit(limit)
    )
    if from_on is not None:
        statement = statement.where(records.c.occurred_on >= from_on)
    if until_on is not None:
        statement = statement.where(records.c.occurred_on <= until_on)
    if after is not None:
        statement = statement.where(records.c.id < UUID(after[0]))
    return (await session.execute(statement)).all()


async def held_as_at(session: AsyncSession, *, actor: Actor, person_id: UUID, moment: datetime) -> list[Held]:
    """Records known at `moment` and not revoked by then, as far as `actor` may see them."""
    revoked = exists().where(
        and_(revocations.c.skill_record_id == records.c.id, revocations.c.recorded_at <= moment)
    )
    statement = select(
        records.c.competency,
        records.c.level,
        records.c.source,
        records.c.occurred_on,
        records.c.valid_until,
        records.c.id,
    ).where(
        records.c.person_id == person_id,
        records.c.recorded_at <= moment,
        ~revoked,
        or_(fact_visible_to(actor, Permission.SKILLS_READ, records.c.person_id, records.c.occurred_on)),
    )
    return [Held(*row) for row in await session.execute(statement)]


async def records_of_completion(session: AsyncSession, completion_id: UUID) -> Sequence[Any]:
    """Unrevoked records that rest on a completion."""
    statement = select(records.c.id, records.c.person_id, records.c.competency, records.c.occurred_on).where(
        records.c.completion_id == completion_id,
        ~exists().where(revocations.c.skill_record_id == records.c.id),
    )
    return (await session.execute(statement)).all()


PROJECTED = text(
    """SELECT r.person_id, r.competency, r.level, r.source,
              max(coalesce(r.valid_until, 'infinity'::date)) AS valid_until
         FROM skill_records r
        WHERE NOT EXISTS (SELECT 1 FROM skill_revocations v WHERE v.skill_record_id = r.id)
          AND (CAST(:person AS uuid) IS NULL OR r.person_id = :person)
        GROUP BY 1, 2, 3, 4"""
)
