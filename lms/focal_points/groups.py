"""Use cases of working groups: a topic session carries on as one, people join and leave it, it ends with an outcome."""

from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from lms.focal_points import session_queries as queries
from lms.focal_points.domain import (
    CarriedOn,
    GroupEnded,
    GroupFormed,
    GroupJoined,
    GroupState,
    JoinedAlready,
    NotJoined,
    NotOfGroup,
    SessionState,
    check_group_open,
    check_over,
)
from lms.focal_points.models import WorkingGroup
from lms.focal_points.session_queries import group_members, groups, session_members, sessions
from lms.focal_points.sessions import call_off_all, require_focal_point
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.events import publish
from lms.kernel.ids import new_id


async def carry_on(
    session: AsyncSession, *, acting: Actor, session_id: UUID, title: str, purpose: str
) -> UUID:
    """Have a session that is over carry on as a working group of those who came; the group's id.

    Where nobody noted who came, of those who joined. Whoever took part may take this step, and it is taken once.
    """
    require_focal_point(acting)
    row = await queries.get_session(session, session_id, actor=acting, lock=True)
    check_over(queries.timing_of(row), clock.now())
    if row.group_id is not None:
        raise CarriedOn()
    if not row.am_in:
        raise NotJoined("Whoever took part in the session carries it on.")
    group = WorkingGroup(title=title, purpose=purpose, convener_id=acting.person_id)
    session.add(group)
    await session.flush()
    await session.execute(update(sessions).where(sessions.c.id == session_id).values(group_id=group.id))
    people = await queries.people_of(session, session_id)
    for each in people:
        if each.came is not False or each.id == acting.person_id:
            await _enter(session, group.id, each.id)
    event = GroupFormed(subject_id=group.id, data={"session": str(session_id)})
    await publish(session, [event], acting=acting)
    return group.id


async def _enter(session: AsyncSession, group_id: UUID, person_id: UUID) -> bool:
    row = {"id": new_id(), "group_id": group_id, "person_id": person_id, "joined_at": clock.now()}
    statement = insert(group_members).values(row).on_conflict_do_nothing().returning(group_members.c.id)
    return await session.scalar(statement) is not None


async def join(session: AsyncSession, *, acting: Actor, group_id: UUID) -> None:
    """Join a working group that is open."""
    require_focal_point(acting)
    await _open(session, acting, group_id)
    if not await _enter(session, group_id, acting.person_id):
        raise JoinedAlready()
    await _tell(session, acting, group_id, is_in=True)


async def leave(session: AsyncSession, *, acting: Actor, group_id: UUID) -> None:
    """Leave a group, and with it the meetings to come that others host."""
    row = await _open(session, acting, group_id)
    if not row.am_in:
        raise NotJoined()
    gone = {"left_at": clock.now()}
    await session.execute(
        update(group_members)
        .where(
            group_members.c.group_id == group_id,
            group_members.c.person_id == acting.person_id,
            group_members.c.left_at.is_(None),
        )
        .values(gone)
    )
    ahead = select(sessions.c.id).where(
        sessions.c.group_id == group_id,
        sessions.c.starts_at > clock.now(),
        sessions.c.host_id != acting.person_id,
    )
    await session.execute(
        update(session_members)
        .where(session_members.c.session_id.in_(ahead), session_members.c.person_id == acting.person_id)
        .where(session_members.c.left_at.is_(None))
        .values(gone)
    )
    await _tell(session, acting, group_id, is_in=False)


async def _open(session: AsyncSession, acting: Actor, group_id: UUID) -> Any:
    row = await queries.get_group(session, group_id, actor=acting, lock=True)
    check_group_open(GroupState(row.state))
    return row


async def _tell(session: AsyncSession, acting: Actor, group_id: UUID, *, is_in: bool) -> None:
    data = {"person": str(acting.person_id), "is_in": is_in}
    await publish(session, [GroupJoined(subject_id=group_id, data=data)], acting=acting)


async def close(session: AsyncSession, *, acting: Actor, group_id: UUID, outcome: str) -> None:
    """End a group with what came of it; any member may. Its meetings to come are called off."""
    row = await _open(session, acting, group_id)
    if not row.am_in:
        raise NotOfGroup()
    values = {
        "state": GroupState.CLOSED.value,
        "outcome": outcome,
        "closed_at": clock.now(),
        "closed_by_id": acting.person_id,
    }
    await session.execute(update(groups).where(groups.c.id == group_id).values(values))
    ahead = await session.scalars(
        select(sessions.c.id)
        .where(sessions.c.group_id == group_id, sessions.c.state == SessionState.ANNOUNCED.value)
        .where(sessions.c.starts_at > clock.now())
        .order_by(sessions.c.id)
        .with_for_update()
    )
    await call_off_all(session, acting=acting, session_ids=list(ahead))
    await publish(session, [GroupEnded(subject_id=group_id)], acting=acting)
