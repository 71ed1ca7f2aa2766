"""HTTP of sessions: planned, moved, cancelled, led, and seen by those whom they are open to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response, status
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.queries import sessions as queries
from lms.joint_trainings.queries.bookings import live_bookings_of
from lms.joint_trainings.queries.trainings import get_training, hosts_of, lock_training, own_hosts
from lms.joint_trainings.schemas.sessions import (
    CancellationCreate,
    ConsentUpdate,
    FacilitatorCreate,
    SessionCreate,
    SessionRead,
    SessionRow,
    SessionUpdate,
    session_read,
    session_row,
)
from lms.joint_trainings.service import sessions as service
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession, StrictRoute, etag, require_match
from lms.kernel.pagination import Page, PageTurn
from lms.people.change_endpoints import ETAG, IF_MATCH
from lms.people.change_schemas import PageLanguage
from lms.people.permits import permit

router = APIRouter(route_class=StrictRoute, tags=["joint trainings"])
_READ, _HOST, _SELF = Permission.TRAININGS_READ, Permission.TRAININGS_HOST, Permission.SELF


async def rows_read(
    session: AsyncSession, rows: Sequence[Any], *, actor: Actor, tell_link: bool
) -> list[SessionRow]:
    """Sessions of a list, each with how many seats are taken and the reader's own booking."""
    ids = [row.id for row in rows]
    counts = await queries.counts_of(session, ids)
    own = await live_bookings_of(session, actor.person_id, ids)
    return [session_row(row, counts[row.id], own.get(row.id), tell_link=tell_link) for row in rows]


async def answer(session: AsyncSession, session_id: UUID, actor: Actor, response: Response) -> SessionRead:
    """The session as this reader may see it, with its ETag."""
    row = await queries.get_session(session, session_id, actor=actor)
    response.headers["ETag"] = etag(row.revision)
    ids, training = [session_id], row.training_id
    own = await live_bookings_of(session, actor.person_id, ids)
    return session_read(
        row,
        (await hosts_of(session, [training]))[training],
        (await queries.quotas_of(session, ids))[session_id],
        (await queries.counts_of(session, ids))[session_id],
        own.get(session_id),
        (await queries.facilitators_of(session, ids))[session_id],
        inside=bool(await own_hosts(session, training, actor=actor, permission=_READ)),
        reader=actor.person_id,
    )


@router.get("/joint-trainings/{training_id}/sessions")
async def list_sessions_of(
    training_id: UUID, session: DbSession, actor: Actor = permit(_READ)
) -> list[SessionRow]:
    """All sessions of a training of one's hosts, in time order, cancelled ones among them."""
    await get_training(session, training_id, actor=actor)
    rows = await queries.sessions_of(session, training_id)
    return await rows_read(session, rows, actor=actor, tell_link=True)


@router.post(
    "/joint-trainings/{training_id}/sessions", status_code=status.HTTP_201_CREATED, responses={201: ETAG}
)
async def plan_session(
    training_id: UUID,
    new: SessionCreate,
    response: Response,
    session: DbSession,
    actor: Actor = permit(_HOST),
) -> SessionRead:
    """Plan a session. A local time that clocks skip is refused; for one that comes twice `fold` says which."""
    training = await lock_training(session, training_id, actor=actor)
    made = await service.plan_session(session, acting=actor, training=training, terms=new.terms())
    return await answer(session, made.id, actor, response)


@router.get("/sessions")
async def list_sessions(
    session: DbSession,
    turn: PageTurn,
    actor: Actor = permit(_SELF),
    training: UUID | None = None,
    language: PageLanguage | None = None,
    past: Annotated[bool, Query(description="Also those that are over.")] = False,
) -> Page[SessionRow]:
    """Sessions that one may book, has booked or leads, the next one first."""
    filters = {"list": "sessions", "training": training, "language": language, "past": past}
    rows = await queries.list_sessions(
        session,
        actor=actor,
        training_id=training,
        language=language,
        since=None if past else clock.now(),
        after=turn.after(filters, (datetime.fromisoformat, UUID)),
        limit=turn.wanted,
    )
    read = {each.id: each for each in await rows_read(session, rows, actor=actor, tell_link=False)}
    return turn.page(
        rows, filters, key=lambda row: [row.starts_at.isoformat(), row.id], read=lambda row: read[row.id]
    )


@router.get("/sessions/{session_id}", responses={200: ETAG})
async def read_session(
    session_id: UUID, response: Response, session: DbSession, actor: Actor = permit(_SELF)
) -> SessionRead:
    """One session: of one's hosts, or that one may book, has booked or leads."""
    return await answer(session, session_id, actor, response)


@router.patch("/sessions/{session_id}", responses={200: ETAG}, openapi_extra=IF_MATCH)
async def change_session(
    session_id: UUID,
    change: SessionUpdate,
    request: Request,
    response: Response,
    session: DbSession,
    actor: Actor = permit(_HOST),
) -> SessionRead:
    """Change or move it. Seats stay with those who have them, and their calendars are told."""
    locked = await service.lock_session(session, session_id, actor=actor)
    require_match(request, locked[0].revision)
    quotas = (await queries.quotas_of(session, [session_id]))[session_id]
    before = service.terms_of(locked[0], quotas)
    await service.change_session(
        session, acting=actor, locked=locked, before=before, after=change.onto(before)
    )
    return await answer(session, session_id, actor, response)


@router.post("/sessions/{session_id}/cancellation", responses={200: ETAG})
async def cancel_session(
    session_id: UUID,
    new: CancellationCreate,
    response: Response,
    session: DbSession,
    actor: Actor = permit(_HOST),
) -> SessionRead:
    """Say that it is not held; bookings lapse and everybody is told. Twice is once."""
    locked = await service.lock_session(session, session_id, actor=actor)
    await service.cancel_session(session, acting=actor, locked=locked, reason=new.reason)
    return await answer(session, session_id, actor, response)


# -- facilitators ------------------------------------------------------------------------------------------


@router.post("/sessions/{session_id}/facilitators", status_code=status.HTTP_201_CREATED)
async def add_facilitator(
    session_id: UUID,
    new: FacilitatorCreate,
    response: Response,
    session: DbSession,
    actor: Actor = permit(_HOST),
) -> SessionRead:
    """Name who leads it; each host names its own people. Twice is once."""
    row, _ = await service.lock_session(session, session_id, actor=actor)
    await service.add_facilitator(session, acting=actor, row=row, email=new.person)
    return await answer(session, session_id, actor, response)


@router.delete("/sessions/{session_id}/facilitators/{person_id}", status_code=status.HTTP_204_NO_CONTENT)
async def remove_facilitator(
    session_id: UUID, person_id: UUID, session: DbSession, actor: Actor = permit(_HOST)
) -> None:
    """Somebody does not lead it after all."""
    row, _ = await service.lock_session(session, session_id, actor=actor)
    await service.remove_facilitator(session, acting=actor, row=row, person_id=person_id)


@router.put("/me/facilitation/{session_id}")
async def consent(
    session_id: UUID,
    change: ConsentUpdate,
    response: Response,
    session: DbSession,
    actor: Actor = permit(_SELF),
) -> SessionRead:
    """Who leads a session says whether those who take part read their name."""
    await service.consent_to_be_named(
        session, acting=actor, session_id=session_id, may_be_named=change.may_be_named
    )
    return await answer(session, session_id, actor, response)
