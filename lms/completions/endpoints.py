"""HTTP of completions: list, record many, revoke."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from lms.catalogue.queries import get_course
from lms.completions import queries, service
from lms.completions.batch import record_batch
from lms.completions.domain import BadPeriod, Source
from lms.completions.schemas import Batch, BatchRead, CompletionRead, Revocation, completion_read
from lms.kernel.access import Actor, Permission
from lms.kernel.http import Day, DbSession, StrictRoute
from lms.kernel.pagination import Page, PageTurn
from lms.people.permits import permit
from lms.people.queries import resolve_person

router = APIRouter(route_class=StrictRoute, tags=["completions"])


@router.get("/completions")
async def list_completions(
    session: DbSession,
    turn: PageTurn,
    actor: Actor = permit(Permission.SELF),
    person: Annotated[str | None, Query(max_length=254, description="An id or an e-mail.")] = None,
    course: Annotated[str | None, Query(max_length=100)] = None,
    from_on: Annotated[Day | None, Query(alias="from", description="First day it may be about.")] = None,
    until_on: Annotated[Day | None, Query(alias="to", description="Last day it may be about.")] = None,
    source: Annotated[Source | None, Query(description="How they came about.")] = None,
) -> Page[CompletionRead]:
    """Completions one may see (one's own; for HR those of their people), latest recorded first."""
    if from_on and until_on and until_on < from_on:
        raise BadPeriod()
    days = {"from": from_on, "to": until_on}
    filters = {"list": "completions", "person": person, "course": course, "source": source, **days}
    person_id = None
    if person is not None:
        person_id = await resolve_person(session, person, actor=actor, permission=Permission.COMPLETIONS_READ)
    rows = await queries.list_completions(
        session,
        actor=actor,
        person_id=person_id,
        course_id=(await get_course(session, course)).id if course else None,
        source=source,
        from_on=from_on,
        until_on=until_on,
        after=turn.after(filters, (UUID,)),
        limit=turn.wanted,
    )
    return turn.page(rows, filters, key=lambda row: [row.id], read=completion_read)


@router.get("/completions/{completion_id}")
async def read_completion(
    completion_id: UUID, session: DbSession, actor: Actor = permit(Permission.SELF)
) -> CompletionRead:
    """One completion, with its evidence."""
    return completion_read(await queries.get_completion_visible_to(session, completion_id, actor=actor))


@router.post("/completions/batch")
async def post_batch(
    batch: Batch, session: DbSession, actor: Actor = permit(Permission.COMPLETIONS_RECORD)
) -> BatchRead:
    """Record completions made elsewhere; sent again, each answers with the first one's id."""
    return await record_batch(session, acting=actor, rows=batch.completions)


@router.post("/completions/{completion_id}/revoke")
async def revoke(
    completion_id: UUID,
    given: Revocation,
    session: DbSession,
    actor: Actor = permit(Permission.COMPLETIONS_REVOKE),
) -> CompletionRead:
    """Have a completion stop counting, with a reason; it stays on the record."""
    await service.revoke_completion(session, acting=actor, completion_id=completion_id, reason=given.reason)
    return completion_read(await queries.get_completion_visible_to(session, completion_id, actor=actor))
