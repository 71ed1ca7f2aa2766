"""HTTP of moving to the newest version of a course: what it would come to, and the move."""

from uuid import UUID

from fastapi import APIRouter

from lms.catalogue.queries import get_edition
from lms.enrolments import queries, service
from lms.enrolments.move_schemas import MoveCreate, MoveRead, move_read
from lms.enrolments.schemas import EnrolmentRead, enrolment_read
from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession, StrictRoute
from lms.people.permits import permit

router = APIRouter(route_class=StrictRoute, tags=["learning"])


@router.get("/enrolments/{enrolment_id}/move")
async def look_at_move(
    enrolment_id: UUID, session: DbSession, actor: Actor = permit(Permission.SELF)
) -> MoveRead:
    """What moving to the newest version would keep, and what would be new; nothing is changed."""
    row = await queries.get_own_enrolment(session, enrolment_id, actor=actor)
    return move_read(await service.prospect_of(session, row))


@router.post("/enrolments/{enrolment_id}/move")
async def move(
    enrolment_id: UUID, given: MoveCreate, session: DbSession, actor: Actor = permit(Permission.SELF)
) -> EnrolmentRead:
    """Move to the newest version with what still counts; who is on it already stays there.

    Tries and pieces of work are kept. Refused while one of them is under way, and for a course that is completed.
    """
    await service.move_on(session, acting=actor, enrolment_id=enrolment_id, to=given.version)
    row = await queries.get_own_enrolment(session, enrolment_id, actor=actor)
    return enrolment_read(row, await get_edition(session, row.course_version_id))
