"""Pages of programmes: all of them, and one with what is done and what comes next."""

from fastapi import APIRouter, Request, Response

from lms.catalogue.domain.errors import ProgrammeNotFound
from lms.catalogue.queries import get_programmes
from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession
from lms.people.queries import focuses_of
from lms.web.course_view import said
from lms.web.own_courses import own_courses
from lms.web.programme_view import desk_of, in_order
from lms.web.session import page_permit, show

router = APIRouter()


@router.get("/programmes")
async def programmes_page(
    request: Request, session: DbSession, actor: Actor = page_permit(Permission.SELF)
) -> Response:
    """Every programme, with how far the reader is."""
    desk = await desk_of(request, session, actor, await own_courses(session, actor))
    focuses = await focuses_of(session, actor.person_id)
    context = {"programmes": [desk.card(each) for each in in_order(desk, focuses)]}
    return show(request, "programmes/programmes.html", context)


@router.get("/programmes/{key}")
async def programme_page(
    request: Request, key: str, session: DbSession, actor: Actor = page_permit(Permission.SELF)
) -> Response:
    """One programme: its courses in order, done or not, and the one to go on with."""
    found = (await get_programmes(session)).programmes.get(key)
    if found is None:
        raise ProgrammeNotFound()
    desk = await desk_of(request, session, actor, await own_courses(session, actor), wanted=[key])
    progress, reader = desk.progress(found), request.state.language
    context = {
        "name": said(found.name, reader),
        "summary": said(found.summary, reader),
        "progress": progress,
        "validity_months": found.validity_months,
        "steps": desk.steps(progress.state),
        "next": desk.next_course(progress.left),
    }
    return show(request, "programmes/programme.html", context)
