"""Whose work an assessor may look at, what was said of it, and whom partners named."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.models.assessments import PartnerAssessor, TrainingAssessment
from lms.joint_trainings.queries.attendance import marks, sessions
from lms.joint_trainings.queries.trainings import hosts, persons
from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.people.models import Affiliation
from lms.people.queries.visible import current_on, person_ids_in_scope

assessors = table_of(PartnerAssessor)
assessments = table_of(TrainingAssessment)
affiliations = table_of(Affiliation)


def _own_side(actor: Actor) -> ColumnElement[bool]:
    """Whether a mark's person is of the side that `actor` assesses: by entity, or by a partner that named them."""
    un = person_ids_in_scope(actor, Permission.WORK_ASSESS)
    is_un = and_(hosts.c.entity_id.isnot(None), marks.c.person_id.in_(un))
    named = exists().where(
        assessors.c.partner_id == hosts.c.partner_id,
        assessors.c.person_id == actor.person_id,
        assessors.c.ended_at.is_(None),
        assessors.c.partner_id == affiliations.c.partner_id,
        affiliations.c.person_id == actor.person_id,
        current_on(func.current_date()),
    )
    return or_(is_un, named) if actor.entity_path is not None else named


async def people_to_assess(
    session: AsyncSession, training_id: UUID, *, actor: Actor, person_id: UUID | None = None
) -> Sequence[Any]:
    """Those marked as present whose work `actor` may assess, in name order, each with what was said of it."""
    statement = (
        select(
            persons.c.id,
            persons.c.name,
            hosts.c.id.label("host_id"),
            assessments.c.id.label("assessment_id"),
            assessments.c.levels,
            assessments.c.recorded_at,
            func.max(sessions.c.ends_at).label("ended_at"),
        )
        .select_from(marks)
        .join(sessions, sessions.c.id == marks.c.session_id)
        .join(hosts, hosts.c.id == marks.c.host_id)
        .join(persons, persons.c.id == marks.c.person_id)
        .join(
            assessments,
            and_(assessments.c.training_id == training_id, assessments.c.person_id == persons.c.id),
            isouter=True,
        )
        .where(
            sessions.c.training_id == training_id,
            sessions.c.cancelled_at.is_(None),
            marks.c.minutes > 0,
            persons.c.id != actor.person_id,
            _own_side(actor),
        )
        .group_by(persons.c.id, hosts.c.id, assessments.c.id)
        .order_by(persons.c.sort_key, persons.c.id)
    )
    if person_id is not None:
        statement = statement.where(persons.c.id == person_id)
    return (await session.execute(statement)).all()


async def was_there(session: AsyncSession, training_id: UUID, person_id: UUID) -> bool:
    """Whether somebody was marked as present at a training."""
    statement = (
        select(marks.c.id)
        .join(sessions, sessions.c.id == marks.c.session_id)
        .where(sessions.c.training_id == training_id, marks.c.person_id == person_id, marks.c.minutes > 0)
    )
    return await session.scalar(statement.limit(1)) is not None


async def assessors_of(session: AsyncSession, partner_id: UUID) -> Sequence[Any]:
    """Those whom a partner has named, in name order."""
    statement = (
        select(assessors, persons.c.name)
        .join(persons, persons.c.id == assessors.c.person_id)
        .where(assessors.c.partner_id == partner_id, assessors.c.ended_at.is_(None))
        .order_by(persons.c.sort_key, assessors.c.id)
    )
    return (await session.execute(statement)).all()


async def is_of_partner(session: AsyncSession, person_id: UUID, partner_id: UUID) -> bool:
    """Whether somebody belongs to a partner today."""
    statement = select(literal(1)).where(
        affiliations.c.person_id == person_id,
        affiliations.c.partner_id == partner_id,
        current_on(func.current_date()),
    )
    return (await session.execute(statement)).first() is not None
