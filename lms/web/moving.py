"""The page on which a learner decides: stay on the version they began, or move to the newest one."""

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from lms.catalogue.domain import Edition
from lms.enrolments import service
from lms.enrolments.domain.states import (
    AnotherVersion,
    CannotMove,
    EnrolmentNotFound,
    EnrolmentState,
    minutes_left,
)
from lms.enrolments.service import Prospect
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.http import DbSession
from lms.kernel.i18n import translator
from lms.web.course_view import foreign
from lms.web.session import page_permit, redirect, show
from lms.web.way import Way, way_through

router = APIRouter()


@router.get("/courses/{course}/move")
async def look_at_move(
    request: Request, course: str, session: DbSession, actor: Actor = page_permit(Permission.SELF)
) -> Response:
    """What is kept, what is to be done again, what is new, and how long it takes; then the choice."""
    try:
        way = await way_through(session, course, actor=actor)
    except EnrolmentNotFound:
        return RedirectResponse(f"/courses/{course}", status_code=303)
    prospect = await service.prospect_of(session, way.row)
    if way.row.state != EnrolmentState.ACTIVE or prospect.is_there:
        return RedirectResponse(f"/learn/{course}", status_code=303)
    return show(request, "learner/move.html", _context(request, way, prospect))


def _context(request: Request, way: Way, prospect: Prospect) -> dict[str, Any]:
    row, move, new, old = way.row, prospect.move, prospect.new, prospect.old
    reader, written = request.state.language, new.language_for(row.language)

    def titles(keys: Iterable[str], edition: Edition, language: str) -> list[Any]:
        return [foreign(edition.activity_text(key, language).title, language, reader) for key in keys]

    return {
        "key": new.key,
        "title": foreign(old.texts[row.language].title, row.language, reader),
        "now": prospect.now,
        "newest": prospect.newest,
        "kept": titles(move.kept, new, written),
        "again": titles(move.again, new, written),
        "new": titles(move.new, new, written),
        "gone": titles(move.gone, old, row.language),
        "under_way": [
            (f"/learn/{new.key}/{key}", *titles([key], old, row.language)) for key in prospect.under_way
        ],
        "minutes_now": minutes_left(old.course, row.progress),
        "minutes_then": move.minutes_left,
        "completes": move.completes,
    }


@router.post("/courses/{course}/move")
async def move(
    request: Request,
    course: str,
    session: DbSession,
    actor: Actor = page_permit(Permission.SELF),
    version: Annotated[int, Form(ge=1, le=2**31 - 1)] = 1,
) -> Response:
    """Move to the version that was looked at; sent twice it is done once."""
    _ = translator(request.state.language).gettext
    way = await way_through(session, course, actor=actor)
    try:
        await service.move_on(session, acting=actor, enrolment_id=way.row.id, to=version)
    except (AnotherVersion, CannotMove):
        await roll_back(session)
        says = _("Nothing was changed. This is how it is now.")
        return redirect(request, f"/courses/{course}/move", flash=says, kind="attention")
    row = (await way_through(session, course, actor=actor)).row
    if row.state == EnrolmentState.COMPLETED:
        return redirect(request, f"/courses/{course}/completed")
    says = _("You are on the newest version. What you have done and still counts is kept.")
    return redirect(request, f"/learn/{course}", flash=says)
