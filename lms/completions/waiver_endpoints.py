"""HTTP of waivers: give one, list them. A waiver is a completion, and is revoked as one."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status

from lms.catalogue.queries import get_course
from lms.completions import queries
from lms.completions.domain import Source
from lms.completions.waiver_schemas import WaiverCreate, WaiverRead, waiver_read
from lms.completions.waivers import waive
from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession, StrictRoute
from lms.kernel.pagination import Page, PageTurn
from lms.people.permits import permit
from lms.people.queries import names_of, resolve_person

router = APIRouter(route_class=StrictRoute, tags=["completions"])
_WAIVE = Permission.COMPLETIONS_WAIVE


@router.post("/waivers", status_code=status.HTTP_201_CREATED)
async def give_waiver(new: WaiverCreate, session: DbSession, actor: Actor = permit(_WAIVE)) -> WaiverRead:
    """Waive a course for one of one's people, never for oneself; sent again it is the first one."""
    waiver_id, duplicate = await waive(
        session,
        acting=actor,
        person=new.person,
        course=new.course,
        reason=new.reason,
        valid_until=new.valid_until,
    )
    row = await queries.get_completion_visible_to(session, waiver_id, actor=actor, permission=_WAIVE)
    return waiver_read(row, await names_of(session, [row.recorded_by_id]), duplicate=duplicate)


@router.get("/waivers")
async def list_waivers(
    session: DbSession,
    turn: PageTurn,
    actor: Actor = permit(_WAIVE),
    person: Annotated[str | None, Query(max_length=254, description="An id or an e-mail.")] = None,
    course: Annotated[str | None, Query(max_length=100)] = None,
) -> Page[WaiverRead]:
    """Waivers given to one's people, whoever gave them, latest first; revoked ones too."""
    filters = {"list": "waivers", "person": person, "course": course}
    person_id = None
    if person is not None:
        person_id = await resolve_person(session, person, actor=actor, permission=_WAIVE)
    rows = await queries.list_completions(
        session,
        actor=actor,
        person_id=person_id,
        course_id=(await get_course(session, course)).id if course else None,
        source=Source.WAIVER,
        after=turn.after(filters, (UUID,)),
        limit=turn.wanted,
        permission=_WAIVE,
    )
    names = await names_of(session, [row.recorded_by_id for row in rows])
    return turn.page(rows, filters, key=lambda row: [row.id], read=lambda row: waiver_read(row, names))
