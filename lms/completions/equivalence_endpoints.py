"""HTTP of the equivalence register: read it, look before deciding, decide, withdraw."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response, status

from lms.completions import equivalence_queries as queries
from lms.completions import equivalences as service
from lms.completions.equivalence_preview import preview
from lms.completions.equivalence_schemas import (
    EquivalenceAsked,
    EquivalenceCreate,
    EquivalenceRead,
    PreviewRead,
    WithdrawalCreate,
    equivalence_read,
    preview_read,
)
from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession, StrictRoute, etag, require_match
from lms.kernel.pagination import Page, PageTurn
from lms.people.change_endpoints import ETAG, IF_MATCH
from lms.people.permits import permit

router = APIRouter(route_class=StrictRoute, tags=["completions"])
_DECIDE = Permission.EQUIVALENCES_DECIDE


@router.get("/equivalences")
async def list_equivalences(
    session: DbSession,
    turn: PageTurn,
    actor: Actor = permit(_DECIDE),
    course: Annotated[str | None, Query(max_length=100, description="On either side.")] = None,
) -> Page[EquivalenceRead]:
    """The register: what holds for everybody and for one's entities, latest decided first; withdrawn ones too."""
    filters = {"list": "equivalences", "course": course}
    rows = await queries.list_equivalences(
        session, actor=actor, course=course, after=turn.after(filters, (UUID,)), limit=turn.wanted
    )
    return turn.page(rows, filters, key=lambda row: [row.id], read=equivalence_read)


@router.post("/equivalences", status_code=status.HTTP_201_CREATED)
async def decide(
    new: EquivalenceCreate, session: DbSession, response: Response, actor: Actor = permit(_DECIDE)
) -> EquivalenceRead:
    """Enter an equivalence; it is applied to all past holders by a job, and to future ones at once."""
    made = await service.decide(session, acting=actor, decision=new.as_decision(new.reason))
    return await _read(session, response, made, actor)


@router.post("/equivalences/preview")
async def preview_equivalence(
    asked: EquivalenceAsked, session: DbSession, actor: Actor = permit(_DECIDE)
) -> PreviewRead:
    """How many people an equivalence would give the course to now, by entity; nothing is decided."""
    return preview_read(await preview(session, actor=actor, decision=asked.as_decision()))


@router.get("/equivalences/{equivalence_id}", responses={200: ETAG})
async def read_equivalence(
    equivalence_id: UUID, session: DbSession, response: Response, actor: Actor = permit(_DECIDE)
) -> EquivalenceRead:
    """One equivalence, with its ETag."""
    return await _read(session, response, equivalence_id, actor)


@router.post("/equivalences/{equivalence_id}/withdraw", responses={200: ETAG}, openapi_extra=IF_MATCH)
async def withdraw(
    request: Request,
    equivalence_id: UUID,
    given: WithdrawalCreate,
    session: DbSession,
    response: Response,
    actor: Actor = permit(_DECIDE),
) -> EquivalenceRead:
    """Have it give nothing new; what it gave stays. Needs If-Match."""
    row = await queries.get_equivalence(session, equivalence_id, actor=actor)
    require_match(request, _revision(equivalence_read(row)))
    await service.withdraw(session, acting=actor, equivalence_id=equivalence_id, reason=given.reason)
    return await _read(session, response, equivalence_id, actor)


async def _read(
    session: DbSession, response: Response, equivalence_id: UUID, actor: Actor
) -> EquivalenceRead:
    read = equivalence_read(await queries.get_equivalence(session, equivalence_id, actor=actor))
    response.headers["ETag"] = etag(_revision(read))
    return read


def _revision(read: EquivalenceRead) -> int:
    """It changes once: when it is withdrawn."""
    return 1 if read.withdrawal is None else 2
