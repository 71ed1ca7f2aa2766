"""HTTP of the event log: what happened, in an order in which nothing committed late is skipped."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel
from sqlalchemy import text

from lms.kernel.access import Actor, Permission
from lms.kernel.errors import NotAllowed
from lms.kernel.http import DbSession, StrictRoute
from lms.kernel.pagination import DEFAULT_LIMIT, Limit, count_part, decode_cursor, encode_cursor
from lms.people.permits import permit

router = APIRouter(route_class=StrictRoute, tags=["events"])


class EventRead(BaseModel):
    """One event; `data` holds ids and values of facts, never a name."""

    id: int
    at: datetime
    type: str
    v: int
    actor_id: UUID | None
    subject_type: str
    subject_id: UUID
    entity_id: UUID | None
    data: dict[str, Any]


class EventsRead(BaseModel):
    """Events in order; `next` is where to go on, also when there is nothing new yet."""

    items: list[EventRead]
    next: str | None


_LIST = {"list": "events"}

# Ids are given out before commit. Reading by (xid, id) and stopping before the oldest transaction still running
# means that what commits late has not been passed yet.
_AFTER = text(
    """SELECT id, at, xid::text AS xid, type, v, actor_id, subject_type, subject_id, entity_id, data FROM events
        WHERE (xid, id) > (CAST(CAST(:xid AS text) AS xid8), CAST(:id AS bigint))
          AND xid < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY xid, id LIMIT :limit"""
)


@router.get("/events")
async def read_events(
    session: DbSession,
    actor: Actor = permit(Permission.EVENTS_READ),
    after: Annotated[str | None, Query(max_length=500, description="`next` of the answer before.")] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> EventsRead:
    """What happened after a place in the log: for audit, and for systems that follow along."""
    if not actor.may(Permission.EVENTS_READ, "/"):
        raise NotAllowed("The event log is of the whole system; it is read by those who run all of it.")
    parts = (count_part, count_part)
    xid, event_id = decode_cursor(after, filters=_LIST, parts=parts) or ("0", "0")
    values = {"xid": str(int(xid)), "id": int(event_id), "limit": limit}
    rows = (await session.execute(_AFTER, values)).all()
    place = encode_cursor([rows[-1].xid, rows[-1].id], filters=_LIST) if rows else after
    return EventsRead(items=[EventRead.model_validate(row, from_attributes=True) for row in rows], next=place)
