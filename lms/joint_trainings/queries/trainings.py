"""Joint trainings and their hosts, as far as an actor may see them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, any_, exists, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.models import Course
from lms.joint_trainings.domain.states import TrainingState
from lms.joint_trainings.domain.trainings import TrainingNotFound
from lms.joint_trainings.models.trainings import JointTraining, TrainingHost, TrainingMove
from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.partners.models import Partner
from lms.people.models import Entity, Person
from lms.people.queries.visible import in_scope

trainings = table_of(JointTraining)
hosts = table_of(TrainingHost)
moves = table_of(TrainingMove)
courses = table_of(Course)
entities = table_of(Entity)
partners = table_of(Partner)
persons = table_of(Person)
leads = entities.alias("leads")


def visible_to(actor: Actor, permission: Permission = Permission.TRAININGS_READ) -> ColumnElement[bool]:
    """Trainings of which `actor` holds `permission` for a host, entity or partner."""
    return exists(_of_hosts(actor, permission).where(hosts.c.training_id == trainings.c.id))


def _of_hosts(actor: Actor, permission: Permission) -> Select[Any]:
    return (
        select(literal(1))
        .select_from(hosts.outerjoin(entities, entities.c.id == hosts.c.entity_id))
        .where(or_(in_scope(actor, permission), hosts.c.partner_id.in_(actor.partners(permission))))
    )


def read_with_names() -> Select[Any]:
    """Trainings with the lead's key, name and path, and the course's key."""
    named = (leads.c.key.label("lead"), leads.c.name.label("lead_name"), leads.c.path.label("lead_path"))
    return (
        select(trainings, *named, courses.c.key.label("course"))
        .join(leads, leads.c.id == trainings.c.lead_entity_id, isouter=True)
        .join(courses, courses.c.id == trainings.c.course_id, isouter=True)
    )


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of trainings is narrowed to. Days: trainings that lie in them, even in part."""

    state: TrainingState | None = None
    entity: str | None = None
    partner: str | None = None
    competency: str | None = None
    from_on: date | None = None
    until_on: date | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """A condition for each that is given."""
        if self.state:
            yield trainings.c.state == self.state.value
        if self.competency:
            yield literal(self.competency) == any_(trainings.c.competencies)
        if self.entity:
            yield _has_host(entities, self.entity)
        if self.partner:
            yield _has_host(partners, self.partner)
        if self.from_on:
            yield func.coalesce(trainings.c.ends_on, trainings.c.starts_on) >= self.from_on
        if self.until_on:
            yield trainings.c.starts_on <= self.until_on


async def list_trainings(
    session: AsyncSession, *, actor: Actor, filters: Filters, after: Sequence[str] | None, limit: int
) -> Sequence[Any]:
    """Trainings that `actor` may see, the latest proposed first."""
    statement = read_with_names().where(visible_to(actor), *filters.conditions())
    if after:
        statement = statement.where(trainings.c.id < UUID(after[0]))
    statement = statement.order_by(trainings.c.id.desc()).limit(limit)
    rows: Sequence[Any] = (await session.execute(statement)).all()
    return rows


def _has_host(table: Any, key: str) -> ColumnElement[bool]:
    column = hosts.c.entity_id if table is entities else hosts.c.partner_id
    named = select(literal(1)).select_from(hosts.join(table, table.c.id == column))
    return exists(named.where(hosts.c.training_id == trainings.c.id, table.c.key == key))


async def get_training(
    session: AsyncSession,
    training_id: UUID,
    *,
    actor: Actor,
    permission: Permission = Permission.TRAININGS_READ,
) -> Any:
    """The training, if `actor` holds `permission` for one of its hosts; else as if it were not there."""
    statement = read_with_names().where(trainings.c.id == training_id, visible_to(actor, permission))
    found = (await session.execute(statement)).one_or_none()
    if found is None:
        raise TrainingNotFound()
    return found


async def lock_training(
    session: AsyncSession,
    training_id: UUID,
    *,
    actor: Actor,
    permission: Permission = Permission.TRAININGS_HOST,
) -> JointTraining:
    """The same as an object to change, locked until the transaction ends."""
    statement = (
        select(JointTraining).where(trainings.c.id == training_id, visible_to(actor, permission))
    ).with_for_update(of=trainings)
    found: JointTraining | None = await session.scalar(statement)
    if found is None:
        raise TrainingNotFound()
    return found


async def hosts_of(session: AsyncSession, training_ids: Sequence[UUID]) -> dict[UUID, list[Any]]:
    """Hosts by training, entities first: each with `key`, `name`, the entity's `path`, and whether it leads."""
    name, key = (func.coalesce(entities.c[each], partners.c[each]) for each in ("name", "key"))
    statement = (
        select(
            hosts,
            key.label("key"),
            name.label("name"),
            entities.c.path,
            func.coalesce(hosts.c.entity_id == trainings.c.lead_entity_id, False).label("is_lead"),
        )
        .join(trainings, trainings.c.id == hosts.c.training_id)
        .join(entities, entities.c.id == hosts.c.entity_id, isouter=True)
        .join(partners, partners.c.id == hosts.c.partner_id, isouter=True)
        .where(hosts.c.training_id.in_(training_ids))
        .order_by(hosts.c.training_id, hosts.c.partner_id.isnot(None), hosts.c.id)
    )
    found: dict[UUID, list[Any]] = {each: [] for each in training_ids}
    for row in await session.execute(statement):
        found[row.training_id].append(row)
    return found


async def moves_of(session: AsyncSession, training_id: UUID) -> Sequence[Any]:
    """The way a training went, the first move first, each with who made it."""
    statement = (
        select(moves, persons.c.name.label("by"))
        .join(persons, persons.c.id == moves.c.by_id, isouter=True)
        .where(moves.c.training_id == training_id)
        .order_by(moves.c.id)
    )
    return (await session.execute(statement)).all()


def acts_for(actor: Actor, host: Any, permission: Permission = Permission.TRAININGS_HOST) -> bool:
    """Whether `actor` holds `permission` for this host, a row of `hosts_of`."""
    if host.entity_id is None:
        return host.partner_id in actor.partners(permission)
    return actor.may(permission, host.path)


async def own_hosts(
    session: AsyncSession,
    training_id: UUID,
    *,
    actor: Actor,
    permission: Permission = Permission.TRAININGS_HOST,
) -> list[Any]:
    """Those hosts of a training for which `actor` holds `permission`."""
    return [
        each
        for each in (await hosts_of(session, [training_id]))[training_id]
        if acts_for(actor, each, permission)
    ]
