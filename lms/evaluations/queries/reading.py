"""Evaluations as hosts and readers of reports see them: trainings of their own, and nobody by name."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.models import Course
from lms.evaluations.domain.levels import Level
from lms.evaluations.domain.report import ClosedLevel
from lms.evaluations.models import EvaluationLevel
from lms.joint_trainings.models.trainings import JointTraining, TrainingHost
from lms.joint_trainings.queries.trainings import visible_to
from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.partners.models import Partner
from lms.people.models import Entity

levels = table_of(EvaluationLevel)
trainings = table_of(JointTraining)
hosts = table_of(TrainingHost)
courses = table_of(Course)
entities = table_of(Entity)
partners = table_of(Partner)


@dataclass(frozen=True, slots=True)
class Filters:
    """What a report speaks of. Days: trainings that ended in them. An entity holds what lies under it."""

    training_id: UUID | None = None
    course: str | None = None
    partner: str | None = None
    entity: str | None = None
    from_on: date | None = None
    until_on: date | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """A condition for each that is given."""
        last = func.coalesce(trainings.c.ends_on, trainings.c.starts_on)
        if self.training_id:
            yield trainings.c.id == self.training_id
        if self.course:
            yield trainings.c.course_id.in_(select(courses.c.id).where(courses.c.key == self.course))
        if self.partner:
            theirs = select(partners.c.id).where(partners.c.key == self.partner)
            yield _hosted(hosts.c.partner_id.in_(theirs))
        if self.entity:
            above = select(entities.c.path).where(entities.c.key == self.entity).scalar_subquery()
            under = select(entities.c.id).where(func.starts_with(entities.c.path, above))
            yield _hosted(hosts.c.entity_id.in_(under))
        if self.from_on:
            yield last >= self.from_on
        if self.until_on:
            yield last <= self.until_on


def _hosted(by: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(select(literal(1)).where(hosts.c.training_id == trainings.c.id, by))


def _seen_by(actor: Actor) -> ColumnElement[bool]:
    return visible_to(actor, Permission.EVALUATIONS_READ)


async def closed_levels(session: AsyncSession, *, actor: Actor, filters: Filters) -> list[ClosedLevel]:
    """Closed levels of the trainings `actor` may read totals of, for a report."""
    statement = (
        select(levels)
        .join(trainings, trainings.c.id == levels.c.training_id)
        .where(_seen_by(actor), levels.c.closed_at.isnot(None), *filters.conditions())
        .order_by(levels.c.training_id, levels.c.level)
    )
    return [closed_level(row) for row in await session.execute(statement)]


def closed_level(row: Any) -> ClosedLevel:
    """A closed level from its row."""
    return ClosedLevel(
        row.training_id,
        Level(row.level),
        row.form_version,
        row.form_digest,
        row.asked or 0,
        row.answered or 0,
        row.result or {},
    )


async def list_evaluated(
    session: AsyncSession, *, actor: Actor, filters: Filters, after: Sequence[str] | None, limit: int
) -> Sequence[Any]:
    """Trainings with an evaluation, the latest first."""
    statement = (
        select(trainings, courses.c.key.label("course"))
        .join(courses, courses.c.id == trainings.c.course_id, isouter=True)
        .where(_seen_by(actor), *filters.conditions())
        .where(exists(select(literal(1)).where(levels.c.training_id == trainings.c.id)))
    )
    if after:
        statement = statement.where(trainings.c.id < UUID(after[0]))
    statement = statement.order_by(trainings.c.id.desc()).limit(limit)
    rows: Sequence[Any] = (await session.execute(statement)).all()
    return rows


async def report_choices(session: AsyncSession, *, actor: Actor) -> dict[str, list[tuple[str, str]]]:
    """Courses, partners and entities of trainings that `actor` may read totals of: (key, name), in name order."""
    seen = select(trainings.c.id).where(_seen_by(actor))
    of_courses = (
        select(courses.c.key, courses.c.key)
        .where(courses.c.id.in_(select(trainings.c.course_id).where(trainings.c.id.in_(seen))))
        .order_by(courses.c.key)
    )
    found = {"course": [(row[0], row[1]) for row in await session.execute(of_courses)]}
    for name, table, column in (
        ("partner", partners, hosts.c.partner_id),
        ("entity", entities, hosts.c.entity_id),
    ):
        hosting = select(column).where(hosts.c.training_id.in_(seen))
        statement = (
            select(table.c.key, table.c.name).where(table.c.id.in_(hosting)).order_by(table.c.sort_key)
        )
        found[name] = [(row[0], row[1]) for row in await session.execute(statement)]
    return found


def sees_words(actor: Actor) -> bool:
    """Whether open words are shown: to entities. A partner reads figures, since words may name people."""
    return bool(actor.paths(Permission.EVALUATIONS_READ))
