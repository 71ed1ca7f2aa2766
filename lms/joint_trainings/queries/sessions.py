"""Sessions as far as an actor may see them: of their hosts, open to them, booked or facilitated by them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, any_, exists, func, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.sessions import SessionNotFound
from lms.joint_trainings.domain.states import OPEN_STATES, TrainingState
from lms.joint_trainings.models.sessions import Booking, SeatQuota, SessionFacilitator, TrainingSession
from lms.joint_trainings.queries.trainings import hosts, leads, persons, trainings, visible_to
from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.people.models import Affiliation, Entity
from lms.people.queries.visible import current_on

sessions = table_of(TrainingSession)
quotas = table_of(SeatQuota)
facilitators = table_of(SessionFacilitator)
bookings = table_of(Booking)
affiliations = table_of(Affiliation)
host_entities = table_of(Entity).alias("host_entities")
LIVE_STATES = ("held", "seated", "waitlisted")


def open_to(actor: Actor) -> ColumnElement[bool]:
    """Trainings that can be booked by people of the organisation that `actor` belongs to today."""
    own = select(affiliations.c.partner_id).where(
        affiliations.c.person_id == actor.person_id,
        affiliations.c.partner_id.isnot(None),
        current_on(func.current_date()),
    )
    theirs = or_(
        func.starts_with(literal(actor.entity_path or ""), host_entities.c.path), hosts.c.partner_id.in_(own)
    )
    of_hosts = (
        select(literal(1))
        .select_from(hosts.outerjoin(host_entities, host_entities.c.id == hosts.c.entity_id))
        .where(hosts.c.training_id == trainings.c.id, theirs)
    )
    return and_(trainings.c.state.in_([each.value for each in OPEN_STATES]), exists(of_hosts))


def booked_by(person_id: UUID) -> ColumnElement[bool]:
    """Sessions in which somebody has a booking, whatever became of it."""
    return exists(
        select(literal(1)).where(bookings.c.session_id == sessions.c.id, bookings.c.person_id == person_id)
    )


def facilitated_by(person_id: UUID) -> ColumnElement[bool]:
    """Sessions that somebody leads."""
    return exists(
        select(literal(1)).where(
            facilitators.c.session_id == sessions.c.id, facilitators.c.person_id == person_id
        )
    )


def _seen_by(actor: Actor) -> ColumnElement[bool]:
    mine = or_(open_to(actor), booked_by(actor.person_id), facilitated_by(actor.person_id))
    return or_(visible_to(actor, Permission.TRAININGS_READ), mine)


def _read() -> Select[Any]:
    """Sessions with what is asked of their training."""
    of_training = (
        trainings.c.title.label("training_title"),
        trainings.c.language.label("training_language"),
        trainings.c.state.label("training_state"),
        trainings.c.every_session,
        trainings.c.lead_entity_id,
        leads.c.name.label("lead_name"),
    )
    return (
        select(sessions, *of_training)
        .join(trainings, trainings.c.id == sessions.c.training_id)
        .join(leads, leads.c.id == trainings.c.lead_entity_id, isouter=True)
    )


async def sessions_of(session: AsyncSession, training_id: UUID) -> Sequence[Any]:
    """A training's sessions in time order, cancelled ones among them, for those who may see the training."""
    statement = _read().where(sessions.c.training_id == training_id)
    rows: Sequence[Any] = (
        await session.execute(statement.order_by(sessions.c.starts_at, sessions.c.id))
    ).all()
    return rows


async def list_sessions(
    session: AsyncSession,
    *,
    actor: Actor,
    training_id: UUID | None = None,
    language: str | None = None,
    since: datetime | None = None,
    after: Sequence[str] | None = None,
    limit: int,
) -> Sequence[Any]:
    """Sessions that `actor` may book, has booked or leads, the next one first; `since`: those that end later."""
    mine = or_(open_to(actor), booked_by(actor.person_id), facilitated_by(actor.person_id))
    statement = _read().where(mine)
    if training_id:
        statement = statement.where(sessions.c.training_id == training_id)
    if language:
        statement = statement.where(literal(language) == any_(sessions.c.languages))
    if since:
        statement = statement.where(sessions.c.ends_at > since)
    if after:
        key = tuple_(sessions.c.starts_at, sessions.c.id)
        statement = statement.where(key > (datetime.fromisoformat(after[0]), UUID(after[1])))
    statement = statement.order_by(sessions.c.starts_at, sessions.c.id).limit(limit)
    rows: Sequence[Any] = (await session.execute(statement)).all()
    return rows


async def get_session(
    session: AsyncSession, session_id: UUID, *, actor: Actor, permission: Permission | None = None
) -> Any:
    """The session with its training's title and state, if `actor` may see it; else as if it were not there.

    `permission`: only where it is held for a host of the training.
    """
    seen = visible_to(actor, permission) if permission else _seen_by(actor)
    statement = _read().where(sessions.c.id == session_id, seen)
    found = (await session.execute(statement)).one_or_none()
    if found is None:
        raise SessionNotFound()
    return found


async def find_session(session: AsyncSession, session_id: UUID) -> Any | None:
    """The same for those who know already that they may."""
    return (await session.execute(_read().where(sessions.c.id == session_id))).one_or_none()


async def quotas_of(session: AsyncSession, session_ids: Sequence[UUID]) -> dict[UUID, dict[UUID, int]]:
    """Seats by session and host."""
    found: dict[UUID, dict[UUID, int]] = {each: {} for each in session_ids}
    for row in await session.execute(select(quotas).where(quotas.c.session_id.in_(session_ids))):
        found[row.session_id][row.host_id] = row.seats
    return found


async def facilitators_of(session: AsyncSession, session_ids: Sequence[UUID]) -> dict[UUID, list[Any]]:
    """Who leads each session, in name order, each with the host."""
    statement = (
        select(facilitators, persons.c.name, persons.c.sort_key)
        .join(persons, persons.c.id == facilitators.c.person_id)
        .where(facilitators.c.session_id.in_(session_ids))
        .order_by(persons.c.sort_key, persons.c.id)
    )
    found: dict[UUID, list[Any]] = {each: [] for each in session_ids}
    for row in await session.execute(statement):
        found[row.session_id].append(row)
    return found


async def counts_of(
    session: AsyncSession, session_ids: Sequence[UUID]
) -> dict[UUID, dict[UUID, tuple[int, int]]]:
    """Seats taken or held, and people waiting, by session and host."""
    taken = func.count().filter(bookings.c.state.in_(("held", "seated")))
    waiting = func.count().filter(bookings.c.state == "waitlisted")
    statement = (
        select(bookings.c.session_id, bookings.c.host_id, taken.label("taken"), waiting.label("waiting"))
        .where(bookings.c.session_id.in_(session_ids), bookings.c.state.in_(LIVE_STATES))
        .group_by(bookings.c.session_id, bookings.c.host_id)
    )
    found: dict[UUID, dict[UUID, tuple[int, int]]] = {each: {} for each in session_ids}
    for row in await session.execute(statement):
        found[row.session_id][row.host_id] = (row.taken, row.waiting)
    return found


async def first_and_last(session: AsyncSession, training_id: UUID) -> tuple[datetime, datetime] | None:
    """When the first session of a training begins and the last one ends; None where there are none to be held."""
    statement = select(func.min(sessions.c.starts_at), func.max(sessions.c.ends_at)).where(
        sessions.c.training_id == training_id, sessions.c.cancelled_at.is_(None)
    )
    begins, ends = (await session.execute(statement)).one()
    return (begins, ends) if begins is not None else None


async def trainings_begun(session: AsyncSession, *, today: date, now: datetime) -> list[UUID]:
    """Published trainings that have begun: with their first session, else on their first day."""
    first = (
        select(func.min(sessions.c.starts_at))
        .where(sessions.c.training_id == trainings.c.id, sessions.c.cancelled_at.is_(None))
        .scalar_subquery()
    )
    begun = or_(first <= now, and_(first.is_(None), trainings.c.starts_on <= today))
    statement = select(trainings.c.id).where(trainings.c.state == TrainingState.PUBLISHED.value, begun)
    return list(await session.scalars(statement.order_by(trainings.c.id)))


def due_for_days(now: datetime) -> Select[Any]:
    """Ids of sessions with an invitation that is over, a day of release that has come, or a line that must end."""
    live = bookings.c.session_id == sessions.c.id
    over = exists(select(literal(1)).where(live, bookings.c.state == "held", bookings.c.held_until <= now))
    waits = exists(select(literal(1)).where(live, bookings.c.state.in_(("held", "waitlisted"))))
    local_day = func.date(func.timezone(sessions.c.zone, now))
    released = and_(
        sessions.c.release_on <= local_day, sessions.c.released_at.is_(None), sessions.c.starts_at > now
    )
    due = or_(over, and_(waits, sessions.c.starts_at <= now), released)
    return select(sessions.c.id).where(sessions.c.cancelled_at.is_(None), due).order_by(sessions.c.id)
