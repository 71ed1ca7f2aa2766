"""Every SELECT about topic sessions and working groups.

Focal points of all entities see them all, since they are how they learn from each other. Whoever is none any more sees
what they took part in, and nobody else sees any.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from lms.focal_points.domain import GroupNotFound, SessionNotFound, SessionState, Timing
from lms.focal_points.models import GroupMember, SessionMember, TopicSession, WorkingGroup
from lms.focal_points.queries import is_focal_point
from lms.kernel.access import Actor
from lms.kernel.database import table_of
from lms.people.models import Person

sessions = table_of(TopicSession)
session_members = table_of(SessionMember)
groups = table_of(WorkingGroup)
group_members = table_of(GroupMember)
persons = table_of(Person)

ENDS_AT = sessions.c.starts_at + func.make_interval(0, 0, 0, 0, 0, sessions.c.minutes)
_joined = (
    select(func.count())
    .where(session_members.c.session_id == sessions.c.id, session_members.c.left_at.is_(None))
    .scalar_subquery()
)
_members = (
    select(func.count())
    .where(group_members.c.group_id == groups.c.id, group_members.c.left_at.is_(None))
    .scalar_subquery()
)


def timing_of(row: Any) -> Timing:
    """What the rules look at."""
    return Timing(SessionState(row.state), row.starts_at, row.minutes)


# -- sessions ----------------------------------------------------------------------------------------------


def _visible(actor: Actor) -> ColumnElement[bool]:
    if is_focal_point(actor):
        return true()
    return exists().where(
        session_members.c.session_id == sessions.c.id, session_members.c.person_id == actor.person_id
    )


def _is_in(actor: Actor) -> ColumnElement[bool]:
    return exists().where(
        session_members.c.session_id == sessions.c.id,
        session_members.c.person_id == actor.person_id,
        session_members.c.left_at.is_(None),
    )


def _sessions(actor: Actor) -> Select[Any]:
    return (
        select(
            sessions,
            persons.c.name.label("host_name"),
            groups.c.title.label("group_title"),
            _joined.label("joined"),
            _is_in(actor).label("am_in"),
        )
        .join(persons, persons.c.id == sessions.c.host_id)
        .join(groups, groups.c.id == sessions.c.group_id, isouter=True)
        .where(_visible(actor))
    )


async def list_sessions(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    past: bool = False,
    topics: Sequence[str] = (),
    group_id: UUID | None = None,
    after: Sequence[str] | None = None,
    limit: int,
) -> Sequence[Any]:
    """Topic sessions whom `actor` may see: those to come, the next first, or those that are over, the latest first."""
    order = sessions.c.starts_at.desc() if past else sessions.c.starts_at
    statement = _sessions(actor).where(now >= ENDS_AT if past else now < ENDS_AT)
    if topics:
        statement = statement.where(sessions.c.topic.in_(topics))
    if group_id is not None:
        statement = statement.where(sessions.c.group_id == group_id)
    if after is not None:
        at = datetime.fromisoformat(after[0])
        further = sessions.c.starts_at < at if past else sessions.c.starts_at > at
        statement = statement.where(
            or_(further, and_(sessions.c.starts_at == at, sessions.c.id > UUID(after[1])))
        )
    rows: Sequence[Any] = (await session.execute(statement.order_by(order, sessions.c.id).limit(limit))).all()
    return rows


async def get_session(session: AsyncSession, session_id: UUID, *, actor: Actor, lock: bool = False) -> Any:
    """One topic session, if the actor may see it. With `lock` nobody joins, leaves or ends it meanwhile."""
    statement = _sessions(actor).where(sessions.c.id == session_id)
    if lock:
        statement = statement.with_for_update(of=sessions)
    found = (await session.execute(statement)).one_or_none()
    if found is None:
        raise SessionNotFound()
    return found


async def people_of(session: AsyncSession, session_id: UUID) -> Sequence[Any]:
    """Who has joined a session and not left it (id, name, came), in name order."""
    statement = (
        select(persons.c.id, persons.c.name, session_members.c.came)
        .join(session_members, session_members.c.person_id == persons.c.id)
        .where(session_members.c.session_id == session_id, session_members.c.left_at.is_(None))
        .order_by(persons.c.sort_key, persons.c.id)
    )
    return (await session.execute(statement)).all()


async def sessions_joined_by(session: AsyncSession, person_id: UUID, *, now: datetime) -> Sequence[Any]:
    """A person's topic sessions for their calendar: those of the last month and those to come, called off ones too."""
    statement = (
        select(sessions)
        .join(session_members, session_members.c.session_id == sessions.c.id)
        .where(session_members.c.person_id == person_id, session_members.c.left_at.is_(None))
        .where(sessions.c.starts_at > now - timedelta(days=31))
        .order_by(sessions.c.starts_at, sessions.c.id)
    )
    return (await session.execute(statement)).all()


# -- groups ------------------------------------------------------------------------------------------------


def _groups(actor: Actor) -> Select[Any]:
    own = (group_members.c.group_id == groups.c.id, group_members.c.person_id == actor.person_id)
    visible = true() if is_focal_point(actor) else exists().where(*own)
    is_in = exists().where(*own, group_members.c.left_at.is_(None))
    return (
        select(
            groups,
            persons.c.name.label("convener_name"),
            _members.label("members"),
            is_in.label("am_in"),
        )
        .join(persons, persons.c.id == groups.c.convener_id)
        .where(visible)
    )


async def list_groups(
    session: AsyncSession,
    *,
    actor: Actor,
    state: str | None = None,
    after: Sequence[str] | None = None,
    limit: int,
) -> Sequence[Any]:
    """Working groups whom `actor` may see, the latest first."""
    statement = _groups(actor).order_by(groups.c.id.desc()).limit(limit)
    if state:
        statement = statement.where(groups.c.state == state)
    if after is not None:
        statement = statement.where(groups.c.id < UUID(after[0]))
    rows: Sequence[Any] = (await session.execute(statement)).all()
    return rows


async def get_group(session: AsyncSession, group_id: UUID, *, actor: Actor, lock: bool = False) -> Any:
    """One working group, if the actor may see it. With `lock` nobody joins, leaves, meets in or closes it meanwhile."""
    statement = _groups(actor).where(groups.c.id == group_id)
    if lock:
        statement = statement.with_for_update(of=groups)
    found = (await session.execute(statement)).one_or_none()
    if found is None:
        raise GroupNotFound()
    return found


async def members_of(session: AsyncSession, group_id: UUID) -> Sequence[Any]:
    """Who belongs to a group now (id, name), in name order."""
    statement = (
        select(persons.c.id, persons.c.name)
        .join(group_members, group_members.c.person_id == persons.c.id)
        .where(group_members.c.group_id == group_id, group_members.c.left_at.is_(None))
        .order_by(persons.c.sort_key, persons.c.id)
    )
    return (await session.execute(statement)).all()
