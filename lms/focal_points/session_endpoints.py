"""HTTP of topic sessions and working groups, for focal points and those who took part while they were."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status

from lms.catalogue.queries import get_taxonomy
from lms.focal_points import groups, sessions
from lms.focal_points import session_queries as queries
from lms.focal_points.domain import GroupState
from lms.focal_points.endpoints import topics_beside
from lms.focal_points.session_schemas import (
    GroupClose,
    GroupCreate,
    GroupRead,
    GroupRow,
    Notes,
    SessionCreate,
    SessionRead,
    SessionRow,
    When,
    group_read,
    group_row,
    session_read,
    session_row,
)
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import Session
from lms.kernel.http import DbSession, StrictRoute
from lms.kernel.pagination import Page, PageTurn
from lms.people.permits import permit

router = APIRouter(route_class=StrictRoute, tags=["focal points"])
_SELF = Permission.SELF


def moment_part(text: str) -> datetime:
    """A part of a sort key that is an aware moment."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError
    return moment


@router.get("/topic-sessions")
async def list_sessions(
    session: DbSession,
    turn: PageTurn,
    actor: Actor = permit(_SELF),
    when: Annotated[When, Query(description="Those that are not over, or those that are.")] = "coming",
    topic: Annotated[str | None, Query(max_length=100, description="A skill area or competency.")] = None,
    group: UUID | None = None,
) -> Page[SessionRow]:
    """Topic sessions: the next first, or of those that are over the latest first."""
    asked = {"list": "topic-sessions", "when": when, "topic": topic, "group": group}
    rows = await queries.list_sessions(
        session,
        actor=actor,
        now=clock.now(),
        past=when == "past",
        topics=topics_beside(await get_taxonomy(session), topic) if topic else (),
        group_id=group,
        after=turn.after(asked, (moment_part, UUID)),
        limit=turn.wanted,
    )
    return turn.page(rows, asked, key=lambda row: [row.starts_at.isoformat(), row.id], read=session_row)


@router.post("/topic-sessions", status_code=status.HTTP_201_CREATED)
async def announce(new: SessionCreate, session: DbSession, actor: Actor = permit(_SELF)) -> SessionRead:
    """Announce a topic session, or a meeting of one's working group. Whoever asked for it gets a mail."""
    made = await sessions.announce(session, acting=actor, new=new.new())
    return await _session(session, made, actor)


async def _session(session: Session, session_id: UUID, actor: Actor) -> SessionRead:
    row = await queries.get_session(session, session_id, actor=actor)
    return session_read(row, await queries.people_of(session, session_id))


@router.get("/topic-sessions/{topic_session_id}")
async def read_session(
    topic_session_id: UUID, session: DbSession, actor: Actor = permit(_SELF)
) -> SessionRead:
    """One session with who joined."""
    return await _session(session, topic_session_id, actor)


@router.post("/topic-sessions/{topic_session_id}/join")
async def join_session(
    topic_session_id: UUID, session: DbSession, actor: Actor = permit(_SELF)
) -> SessionRead:
    """Join it; joining twice is a 409."""
    await sessions.join(session, acting=actor, session_id=topic_session_id)
    return await _session(session, topic_session_id, actor)


@router.post("/topic-sessions/{topic_session_id}/leave")
async def leave_session(
    topic_session_id: UUID, session: DbSession, actor: Actor = permit(_SELF)
) -> SessionRead:
    """Leave it."""
    await sessions.leave(session, acting=actor, session_id=topic_session_id)
    return await _session(session, topic_session_id, actor)


@router.post("/topic-sessions/{topic_session_id}/call-off")
async def call_off(topic_session_id: UUID, session: DbSession, actor: Actor = permit(_SELF)) -> SessionRead:
    """Have a session that one hosts not take place."""
    await sessions.call_off(session, acting=actor, session_id=topic_session_id)
    return await _session(session, topic_session_id, actor)


@router.put("/topic-sessions/{topic_session_id}/notes")
async def note(
    topic_session_id: UUID, notes: Notes, session: DbSession, actor: Actor = permit(_SELF)
) -> SessionRead:
    """Write down what came out of a session that one hosted, and who came."""
    await sessions.note(
        session, acting=actor, session_id=topic_session_id, notes=notes.notes, came=notes.came
    )
    return await _session(session, topic_session_id, actor)


@router.post("/topic-sessions/{topic_session_id}/carry-on", status_code=status.HTTP_201_CREATED)
async def carry_on(
    topic_session_id: UUID, new: GroupCreate, session: DbSession, actor: Actor = permit(_SELF)
) -> GroupRead:
    """Have a session that is over carry on as a working group of those who came, or joined where nobody noted it."""
    made = await groups.carry_on(
        session, acting=actor, session_id=topic_session_id, title=new.title, purpose=new.purpose
    )
    return await _group(session, made, actor)


# -- groups ------------------------------------------------------------------------------------------------


@router.get("/working-groups")
async def list_groups(
    session: DbSession, turn: PageTurn, actor: Actor = permit(_SELF), state: GroupState | None = None
) -> Page[GroupRow]:
    """Working groups, the latest first."""
    asked = {"list": "working-groups", "state": state}
    rows = await queries.list_groups(
        session, actor=actor, state=state, after=turn.after(asked, (UUID,)), limit=turn.wanted
    )
    return turn.page(rows, asked, key=lambda row: [row.id], read=group_row)


async def _group(session: Session, group_id: UUID, actor: Actor) -> GroupRead:
    row = await queries.get_group(session, group_id, actor=actor)
    return group_read(row, await queries.members_of(session, group_id))


@router.get("/working-groups/{working_group_id}")
async def read_group(working_group_id: UUID, session: DbSession, actor: Actor = permit(_SELF)) -> GroupRead:
    """One group with its members."""
    return await _group(session, working_group_id, actor)


@router.post("/working-groups/{working_group_id}/join")
async def join_group(working_group_id: UUID, session: DbSession, actor: Actor = permit(_SELF)) -> GroupRead:
    """Join it; joining twice is a 409."""
    await groups.join(session, acting=actor, group_id=working_group_id)
    return await _group(session, working_group_id, actor)


@router.post("/working-groups/{working_group_id}/leave")
async def leave_group(working_group_id: UUID, session: DbSession, actor: Actor = permit(_SELF)) -> GroupRead:
    """Leave it, and the meetings to come that others host."""
    await groups.leave(session, acting=actor, group_id=working_group_id)
    return await _group(session, working_group_id, actor)


@router.post("/working-groups/{working_group_id}/close")
async def close_group(
    working_group_id: UUID, end: GroupClose, session: DbSession, actor: Actor = permit(_SELF)
) -> GroupRead:
    """End it with what came of it; its meetings to come are called off."""
    await groups.close(session, acting=actor, group_id=working_group_id, outcome=end.outcome)
    return await _group(session, working_group_id, actor)
