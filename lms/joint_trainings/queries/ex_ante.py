"""Assessments of trainings."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.models.ex_ante import ExAnteAssessment
from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.partners.models import Partner
from lms.people.models import Person

assessments = table_of(ExAnteAssessment)
partners, persons = table_of(Partner), table_of(Person)


async def assessments_of(session: AsyncSession, training_id: UUID) -> Sequence[Any]:
    """The newest of each side, the entities' first, each with its partner's key and name and who answered."""
    newest = (
        select(assessments.c.id)
        .where(assessments.c.training_id == training_id)
        .ext(distinct_on(assessments.c.partner_id))
        .order_by(assessments.c.partner_id, assessments.c.id.desc())
    )
    statement = (
        select(
            assessments,
            partners.c.key.label("partner"),
            partners.c.name.label("partner_name"),
            persons.c.name.label("by"),
        )
        .join(partners, partners.c.id == assessments.c.partner_id, isouter=True)
        .join(persons, persons.c.id == assessments.c.by_id)
        .where(assessments.c.id.in_(newest))
        .order_by(assessments.c.partner_id.isnot(None), partners.c.name, assessments.c.id)
    )
    return (await session.execute(statement)).all()


def may_read(actor: Actor, row: Any, hosts: Sequence[Any]) -> bool:
    """Whether `actor` reads a side's answers: who acts for an entity reads all, a partner its own."""
    permission = Permission.TRAININGS_READ
    if any(host.path and actor.may(permission, host.path) for host in hosts):
        return True
    return row.partner_id is not None and row.partner_id in actor.partners(permission)
