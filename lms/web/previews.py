"""An author's previews: a course from a folder or an archive, as a learner would see it. Nothing is recorded.

The pages are the player's own, at an address of the preview; a try at a quiz lives in that address alone.
"""

from types import SimpleNamespace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from fastapi.responses import RedirectResponse

from lms.catalogue import previews
from lms.catalogue.domain.errors import PreviewNotFound
from lms.catalogue.preview_endpoints import make
from lms.catalogue.preview_queries import get_preview, get_previewed, list_previews
from lms.enrolments import service
from lms.enrolments.domain.states import EnrolmentState
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError, Invalid, TooLarge, Unavailable
from lms.kernel.http import DbSession
from lms.kernel.i18n import LANGUAGES
from lms.kernel.ids import new_id
from lms.web import quiz
from lms.web.author import library_of
from lms.web.course_view import foreign, html_of, title_of
from lms.web.given import Errors, texts
from lms.web.player import show_activity, show_outline
from lms.web.quiz_form import Answers, read_answers
from lms.web.session import page_permit, redirect, show
from lms.web.way import PreviewPlace, Way

router = APIRouter()
PLACE = "/author/previews/{preview_id:uuid}"
COURSE = PLACE + "/{language}"
TRIES = COURSE + "/{activity}/attempts"


# -- making and taking away --------------------------------------------------------------------------------


@router.get("/author/previews")
async def page(
    request: Request, session: DbSession, actor: Actor = page_permit(Permission.COURSES_WRITE)
) -> Response:
    """The form, and one's own previews of the last day."""
    return await _form(request, session, actor, {})


async def _form(
    request: Request, session: DbSession, actor: Actor, errors: Errors, *, folder: str = "", status: int = 200
) -> Response:
    library = await library_of(request)
    context = {
        "folder_options": [(each, each) for each in sorted(library.digests)] if library else [],
        "previews": await list_previews(session, actor=actor),
        "upload_limit": request.app.state.settings.upload_limit_mb * 1_000_000,
        "values": {"folder": folder},
        "errors": errors,
    }
    return show(request, "author/previews.html", context, status=status)


@router.post("/author/previews")
async def make_preview(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(Permission.COURSES_WRITE),
    folder: Annotated[str, Form(max_length=100)] = "",
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Read the folder or the archive; what is wrong with an archive is said at the form, every mistake at once."""
    _ = texts(request).gettext
    try:
        preview_id = await make(request, session, actor, folder=folder or None, file=file)
    except Unavailable:
        raise
    except DomainError as error:
        await roll_back(session)
        status = error.status if isinstance(error, Invalid | TooLarge) or error.status == 429 else 422
        return await _form(request, session, actor, _said(request, error), folder=folder, status=status)
    return redirect(request, f"/author/previews/{preview_id}")


def _said(request: Request, error: DomainError) -> Errors:
    """Words for the form; what is wrong inside an archive is named entry by entry."""
    _ = texts(request).gettext
    if error.status == 429:
        return {"": _("You have made many previews in the last hour. Wait a while.")}
    if isinstance(error, TooLarge):
        return {"file": _("This file is too large.")}
    if error.type == "bad-archive":
        says = _("This archive is not taken:")
        return {"file": " ".join([says, *(fault.detail for fault in error.faults)])}
    if error.type == "no-such-folder":
        return {"folder": _("There is no such folder of course files.")}
    return {"folder": _("Choose a folder, or choose a file: one of the two.")}


@router.get(PLACE)
async def preview(
    request: Request,
    session: DbSession,
    preview_id: UUID,
    actor: Actor = page_permit(Permission.COURSES_WRITE),
) -> Response:
    """What the check found, and the way into each language."""
    found = await get_preview(session, preview_id, actor=actor)
    edition = await get_previewed(session, found) if found.sound else None
    languages = []
    for language in edition.course.languages if edition else ():
        words = edition.texts[language] if edition else None
        if words is not None and edition is not None:
            about = html_of(words.about, edition.course.sources, 4)
            languages.append(
                {"code": language, "name": LANGUAGES[language].own_name, "words": words, "about": about}
            )
    context = {
        "preview": found,
        "errors_found": sum(each.is_error for each in found.findings),
        "languages_found": languages,
        "course": edition.course if edition else None,
    }
    return show(request, "author/preview.html", context)


@router.post(PLACE + "/delete")
async def delete_preview(
    request: Request,
    session: DbSession,
    preview_id: UUID,
    actor: Actor = page_permit(Permission.COURSES_WRITE),
) -> Response:
    """Take it away at once."""
    await previews.delete_preview(session, acting=actor, preview_id=preview_id)
    return redirect(request, "/author/previews", flash=texts(request).gettext("The preview is deleted."))


# -- as a learner would see it -----------------------------------------------------------------------------


async def _way(request: Request, session: DbSession, actor: Actor, preview_id: UUID, language: str) -> Way:
    """The way of a learner who has just begun; `PreviewNotFound` for another's preview or a language it has not."""
    found = await get_preview(session, preview_id, actor=actor)
    edition = await get_previewed(session, found)
    if language not in edition.texts:
        raise PreviewNotFound("The course is not written in this language.")
    home = f"/author/previews/{preview_id}"
    rest = request.path_params.get("activity", "")
    languages = [
        (
            f"{home}/{each}" + (f"/{rest}" if rest else ""),
            foreign(LANGUAGES[each].own_name, each, ""),
            each == language,
        )
        for each in edition.course.languages
    ]
    row = SimpleNamespace(
        id=preview_id,
        language=language,
        progress={},
        place=None,
        state=EnrolmentState.ACTIVE.value,
        course_version_id=None,
        current_version_id=None,
        completed_at=None,
        renews_id=None,
    )
    return Way(row, edition, PreviewPlace(home, f"{home}/{language}", languages))


@router.get(COURSE)
async def outline(
    request: Request,
    session: DbSession,
    preview_id: UUID,
    language: str,
    actor: Actor = page_permit(Permission.COURSES_WRITE),
) -> Response:
    """The course's outline."""
    return show_outline(request, await _way(request, session, actor, preview_id, language))


@router.get(COURSE + "/{activity}")
async def activity(
    request: Request,
    session: DbSession,
    preview_id: UUID,
    language: str,
    activity: str,
    actor: Actor = page_permit(Permission.COURSES_WRITE),
) -> Response:
    """A page, a quiz or a piece of work."""
    way = await _way(request, session, actor, preview_id, language)
    return await show_activity(request, session, way, service.find_activity(way.edition, activity))


@router.post(COURSE + "/{activity}/read")
async def go_on(
    request: Request,
    session: DbSession,
    preview_id: UUID,
    language: str,
    activity: str,
    actor: Actor = page_permit(Permission.COURSES_WRITE),
) -> Response:
    """On to what comes next, as a page that is read leads on."""
    way = await _way(request, session, actor, preview_id, language)
    service.find_activity(way.edition, activity)
    return RedirectResponse(way.address(way.onward(activity)), status_code=303)


# -- quizzes -----------------------------------------------------------------------------------------------


@router.post(TRIES)
async def begin(
    request: Request,
    session: DbSession,
    preview_id: UUID,
    language: str,
    activity: str,
    actor: Actor = page_permit(Permission.COURSES_WRITE),
) -> Response:
    """Begin a try: its address is all there is of it."""
    way = await _way(request, session, actor, preview_id, language)
    address = way.address(service.find_activity(way.edition, activity))
    return RedirectResponse(f"{address}/attempts/{new_id()}", status_code=303)


@router.get(TRIES + "/{attempt_id:uuid}")
async def questions(
    request: Request,
    session: DbSession,
    preview_id: UUID,
    language: str,
    activity: str,
    attempt_id: UUID,
    actor: Actor = page_permit(Permission.COURSES_WRITE),
) -> Response:
    """The questions of this try; the same address draws the same."""
    way = await _way(request, session, actor, preview_id, language)
    attempt = service.try_out(way.edition, activity, language, attempt_id, None)
    return quiz.show_questions(request, way, way.edition.course.activity(activity), attempt, {})


@router.post(TRIES + "/{attempt_id:uuid}")
async def answer(
    request: Request,
    session: DbSession,
    preview_id: UUID,
    language: str,
    activity: str,
    attempt_id: UUID,
    actor: Actor = page_permit(Permission.COURSES_WRITE),
) -> Response:
    """Grade what was answered, and show it; nothing of it is kept."""
    way = await _way(request, session, actor, preview_id, language)
    attempt = service.try_out(way.edition, activity, language, attempt_id, None)
    found, fields = way.edition.course.activity(activity), await quiz.fields_in(request)
    do = (fields.get("do") or ["submit"])[0]
    asked = service.questions_of(attempt, way.edition)
    answers = read_answers(asked, fields, request.state.language)
    if answers.mistakes or (do == "submit" and answers.unanswered):
        return quiz.show_questions(request, way, found, attempt, fields, answers=answers, status=422)
    if do == "save":
        says = texts(request).gettext("In a preview nothing is kept: your answers are gone.")
        return redirect(request, way.base, flash=says, kind="attention")
    return _result(request, way, attempt_id, activity, answers)


def _result(request: Request, way: Way, attempt_id: UUID, activity: str, answers: Answers) -> Response:
    attempt = service.try_out(way.edition, activity, way.row.language, attempt_id, answers.responses)
    following = way.onward(activity)
    title: Any = following and foreign(
        title_of(way.edition, way.row, following.key), way.row.language, request.state.language
    )
    onward = {"onward": way.address(following), "going_on": title, "completed": False}
    found = way.edition.course.activity(activity)
    return quiz.show_result(request, way, found, attempt, clock.now(), onward)
