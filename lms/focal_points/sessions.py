"""Use cases of topic sessions: announce, join, leave, call off, write down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from lms.focal_points import session_queries as queries
from lms.focal_points.domain import (
    NO_TOPIC,
    BadSession,
    GroupState,
    HostStays,
    JoinedAlready,
    NoFocalPoint,
    NotJoined,
    NotOfGroup,
    SessionAnnounced,
    SessionCalledOff,
    SessionJoined,
    SessionNoted,
    SessionState,
    check_group_open,
    check_open,
    check_over,
    check_time,
)
from lms.focal_points.models import TopicSession
from lms.focal_points.queries import is_focal_point
from lms.focal_points.service import known_topics
from lms.focal_points.session_queries import session_members, sessions
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.errors import Fault
from lms.kernel.events import publish
from lms.kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session as it is announced: when by the clocks of its zone, and by link, at a place, or both."""

    title: str
    topic: str
    local_date: date
    local_time: time
    time_zone: str
    minutes: int
    language: str
    link: str | None = None
    place: str | None = None
    group_id: UUID | None = None


async def announce(
    session: AsyncSession, *, acting: Actor, new: NewSession, now: datetime | None = None
) -> UUID:
    """Announce a topic session, or a meeting of a working group that one belongs to; its id. The host has joined.

    `now` is another moment than this one for a demo that has a past.
    """
    require_focal_point(acting)
    starts_at = check_time(new.local_date, new.local_time, new.time_zone, now or clock.now())
    await _check(session, new)
    if new.group_id is not None:
        group = await queries.get_group(session, new.group_id, actor=acting, lock=True)
        check_group_open(GroupState(group.state))
        _require_member(group)
    made = TopicSession(
        title=new.title,
        topic=new.topic,
        local_date=new.local_date,
        local_time=new.local_time,
        time_zone=new.time_zone,
        starts_at=starts_at,
        minutes=new.minutes,
        language=new.language,
        link=new.link,
        place=new.place,
        host_id=acting.person_id,
        group_id=new.group_id,
    )
    session.add(made)
    await session.flush()
    await _enter(session, made.id, acting.person_id)
    group_id = None if new.group_id is None else str(new.group_id)
    data = {"topic": new.topic, "starts_at": starts_at.isoformat(), "group": group_id}
    await publish(session, [SessionAnnounced(subject_id=made.id, data=data)], acting=acting)
    return made.id


def require_focal_point(acting: Actor) -> None:
    """Raise unless the actor holds the role today."""
    if not is_focal_point(acting):
        raise NoFocalPoint()


async def _check(session: AsyncSession, new: NewSession) -> None:
    faults = [] if new.topic in await known_topics(session) else [Fault("/topic", NO_TOPIC)]
    if not (new.link or new.place):
        faults.append(Fault("/link", "Say where: a link, a place, or both."))
    if faults:
        raise BadSession("Something in this session is not right; see errors.", faults=faults)


def _require_member(group: Any) -> None:
    if not group.am_in:
        raise NotOfGroup()


async def _enter(session: AsyncSession, session_id: UUID, person_id: UUID) -> bool:
    """Whether the person was not in it: the index lets nobody in twice, however often they send it at once."""
    row = {"id": new_id(), "session_id": session_id, "person_id": person_id, "joined_at": clock.now()}
    statement = insert(session_members).values(row).on_conflict_do_nothing().returning(session_members.c.id)
    return await session.scalar(statement) is not None


async def join(
    session: AsyncSession, *, acting: Actor, session_id: UUID, now: datetime | None = None
) -> None:
    """Join a session that is not over; a group's meeting is for its members. `now` as for `announce`."""
    require_focal_point(acting)
    row = await queries.get_session(session, session_id, actor=acting, lock=True)
    check_open(queries.timing_of(row), now or clock.now())
    if row.group_id is not None:
        _require_member(await queries.get_group(session, row.group_id, actor=acting))
    if not await _enter(session, session_id, acting.person_id):
        raise JoinedAlready()
    await _tell(session, acting, session_id, is_in=True)


async def leave(session: AsyncSession, *, acting: Actor, session_id: UUID) -> None:
    """Leave a session that is not over; its host calls it off instead."""
    row = await queries.get_session(session, session_id, actor=acting, lock=True)
    check_open(queries.timing_of(row), clock.now())
    if row.host_id == acting.person_id:
        raise HostStays()
    if not row.am_in:
        raise NotJoined()
    await session.execute(
        update(session_members)
        .where(
            session_members.c.session_id == session_id,
            session_members.c.person_id == acting.person_id,
            session_members.c.left_at.is_(None),
        )
        .values(left_at=clock.now())
    )
    await _tell(session, acting, session_id, is_in=False)


async def _tell(session: AsyncSession, acting: Actor, session_id: UUID, *, is_in: bool) -> None:
    data = {"person": str(acting.person_id), "is_in": is_in}
    await publish(session, [SessionJoined(subject_id=session_id, data=data)], acting=acting)


async def call_off(session: AsyncSession, *, acting: Actor, session_id: UUID) -> None:
    """Have a session of one's own not take place; calendars that hold it show it as cancelled."""
    row = await _own(session, acting, session_id)
    check_open(queries.timing_of(row), clock.now())
    await call_off_all(session, acting=acting, session_ids=[session_id])


async def call_off_all(session: AsyncSession, *, acting: Actor, session_ids: Sequence[UUID]) -> None:
    """The same for sessions that the caller knows may be called off."""
    if not session_ids:
        return
    values = {"state": SessionState.CALLED_OFF.value, "revision": sessions.c.revision + 1}
    await session.execute(update(sessions).where(sessions.c.id.in_(session_ids)).values(values))
    await publish(session, [SessionCalledOff(subject_id=each) for each in session_ids], acting=acting)


async def _own(session: AsyncSession, acting: Actor, session_id: UUID) -> Any:
    row = await queries.get_session(session, session_id, actor=acting, lock=True)
    if row.host_id != acting.person_id:
        raise NoFocalPoint("The host of this session does this.")
    return row


async def note(
    session: AsyncSession, *, acting: Actor, session_id: UUID, notes: str, came: Sequence[UUID]
) -> None:
    """Write down what came out of a session of one's own that is over, and who of those who joined came."""
    row = await _own(session, acting, session_id)
    check_over(queries.timing_of(row), clock.now())
    joined = {each.id for each in await queries.people_of(session, session_id)}
    faults = [
        Fault(f"/came/{place}", "This person has not joined the session.")
        for place, each in enumerate(came)
        if each not in joined
    ]
    if faults:
        raise BadSession("Something in these notes is not right; see errors.", faults=faults)
    await session.execute(
        update(session_members)
        .where(session_members.c.session_id == session_id, session_members.c.left_at.is_(None))
        .values(came=session_members.c.person_id.in_(list(came)))
    )
    values = {"notes": notes, "revision": sessions.c.revision + 1}
    await session.execute(update(sessions).where(sessions.c.id == session_id).values(values))
    event = SessionNoted(subject_id=session_id, data={"came": len(set(came))})
    await publish(session, [event], acting=acting)
