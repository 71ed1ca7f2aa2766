"""The player: a course's outline, its pages and pieces of work, and a module to print.

Every page of it costs the same few queries; the words come from the edition that the enrolment pins.
"""

from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from lms.catalogue.domain import Activity, ActivityKind, PageText
from lms.enrolments import queries, service
from lms.enrolments.domain.drawing import draw, serve
from lms.enrolments.domain.states import (
    ActivityState,
    EnrolmentNotFound,
    EnrolmentState,
    minutes_left,
    state_of,
)
from lms.enrolments.endpoints import keep_upload
from lms.kernel.access import Actor, Permission
from lms.kernel.errors import Invalid, TooLarge
from lms.kernel.http import DbSession
from lms.kernel.i18n import translator
from lms.web import quiz
from lms.web.course_view import (
    after,
    cited,
    enrolment_state,
    foreign,
    html_of,
    inline,
    language_choices,
    outline,
    resume_at,
    title_of,
)
from lms.web.session import page_permit, redirect, show
from lms.web.static_files import OWN
from lms.web.way import Way, frame, way_through

router = APIRouter()
WORDS_MOST = 100_000


# -- the outline -------------------------------------------------------------------------------------------


@router.get("/learn/{course}")
async def read_outline(
    request: Request, course: str, session: DbSession, actor: Actor = page_permit(Permission.SELF)
) -> Response:
    """The course with one's own progress, and where to go on."""
    try:
        way = await way_through(session, course, actor=actor)
    except EnrolmentNotFound:
        return RedirectResponse(f"/courses/{course}", status_code=303)
    return show_outline(request, way)


def show_outline(request: Request, way: Way) -> Response:
    """The course's modules and activities, with what is done of them."""
    row, edition, reader = way.row, way.edition, request.state.language
    at = resume_at(edition, row)
    context = {
        "base": way.base,
        "preview": way.preview,
        "course": edition.course,
        "title": foreign(edition.texts[row.language].title, row.language, reader),
        "row": row,
        "modules": outline(edition, row, reader, base=way.base),
        "state": enrolment_state(row, edition),
        "resume": at
        and {"href": way.address(at), "title": foreign(title_of(edition, row, at.key), row.language, reader)},
        "begun": bool(row.progress),
        "minutes_left": minutes_left(edition.course, row.progress),
        "minutes": sum(each.minutes for each in edition.course.required_activities),
        "language_choices": language_choices(edition.course.languages, reader),
    }
    return show(request, "learner/outline.html", context)


@router.post("/learn/{course}/language")
async def choose_language(
    request: Request,
    course: str,
    session: DbSession,
    actor: Actor = page_permit(Permission.SELF),
    language: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Read the rest of the course in another language it has."""
    way = await way_through(session, course, actor=actor)
    await service.choose_language(session, acting=actor, enrolment_id=way.row.id, language=language)
    return redirect(request, f"/learn/{course}")


# -- one activity ------------------------------------------------------------------------------------------


@router.get("/learn/{course}/{activity}")
async def read_activity(
    request: Request,
    course: str,
    activity: str,
    session: DbSession,
    actor: Actor = page_permit(Permission.SELF),
) -> Response:
    """A page to read, a quiz or a piece of work."""
    try:
        way = await way_through(session, course, actor=actor)
    except EnrolmentNotFound:
        return RedirectResponse(f"/courses/{course}", status_code=303)
    return await show_activity(request, session, way, service.find_activity(way.edition, activity))


async def show_activity(request: Request, session: DbSession, way: Way, found: Activity) -> Response:
    """An activity as its learner sees it."""
    if found.kind is ActivityKind.QUIZ:
        return await quiz.show_quiz(request, session, way, found)
    if found.kind is ActivityKind.ASSIGNMENT:
        return await show_work(request, session, way, found)
    return show_page(request, way, found)


def show_page(request: Request, way: Way, activity: Activity) -> Response:
    """A page to read."""
    row, edition = way.row, way.edition
    text = edition.page(activity.key, row.language)
    body = html_of(text.body, edition.course.sources)
    key, _, paragraph = (row.place or "").partition("#")
    going_on = way.onward(activity.key)
    context = {
        **frame(request, way, activity),
        "body": body,
        "sources": cited(edition.course.sources, body),
        "place": paragraph if key == activity.key and paragraph.isdigit() else "",
        "going_on": going_on
        and foreign(title_of(edition, row, going_on.key), row.language, request.state.language),
    }
    return show(request, "learner/page.html", context)


@router.post("/learn/{course}/{activity}/read")
async def mark_as_read(
    request: Request,
    course: str,
    activity: str,
    session: DbSession,
    actor: Actor = page_permit(Permission.SELF),
) -> Response:
    """A page is read: on to what comes next, or to what the course has brought when this was the last."""
    way = await way_through(session, course, actor=actor)
    moved = await service.complete_page(
        session, acting=actor, enrolment_id=way.row.id, activity=activity, state=ActivityState.COMPLETED
    )
    if moved.state == EnrolmentState.COMPLETED and way.row.state == EnrolmentState.ACTIVE:
        return redirect(request, f"/courses/{course}/completed")
    going_on = after(moved.course, moved.progress, activity)
    if going_on is not None:
        await service.remember_place(session, acting=actor, enrolment_id=way.row.id, place=going_on.key)
    return redirect(request, way.address(going_on))


@router.post("/learn/{course}/{activity}/place")
async def remember_place(
    course: str,
    activity: str,
    session: DbSession,
    actor: Actor = page_permit(Permission.SELF),
    paragraph: Annotated[int, Form(ge=0, le=9999)] = 0,
) -> Response:
    """Where the reader is, told by script; a page that is read has been begun."""
    way = await way_through(session, course, actor=actor)
    found = service.find_activity(way.edition, activity)
    if found.kind is ActivityKind.PAGE:
        await service.complete_page(
            session, acting=actor, enrolment_id=way.row.id, activity=activity, state=ActivityState.STARTED
        )
    place = f"{activity}#{paragraph}"
    await service.remember_place(session, acting=actor, enrolment_id=way.row.id, place=place)
    return Response(status_code=204)


# -- a piece of work ---------------------------------------------------------------------------------------


async def show_work(
    request: Request,
    session: DbSession,
    way: Way,
    activity: Activity,
    *,
    words: str = "",
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    """A piece of work: what to hand in, how it is assessed, and what became of it."""
    row, edition = way.row, way.edition
    text = edition.assignment(activity.key, row.language)
    sources = edition.course.sources
    brief = html_of(text.brief, sources)
    handed_in = list(await queries.submissions_of(session, row.id, activity.key))
    latest = handed_in[-1] if handed_in and _is_of_now(row, handed_in[-1]) else None
    criteria = [
        {
            "id": each.id,
            "prompt": inline(each.prompt, sources),
            "levels": [inline(level, sources) for level in each.levels],
            "most": each.max_points,
        }
        for each in text.criteria
    ]
    context = {
        **frame(request, way, activity),
        "brief": brief,
        "criteria": criteria,
        "most_points": text.max_points,
        "sources": cited(sources, brief),
        "latest": latest,
        "earlier": handed_in[:-1] if latest else handed_in,
        "may_hand_in": not way.preview
        and (latest is None or (latest.state == "assessed" and not latest.passed)),
        "values": {"words": words or (latest.words if latest and not latest.passed else "") or ""},
        "errors": errors or {},
        "upload_limit": request.app.state.settings.upload_limit_mb * 1_000_000,
    }
    return show(request, "learner/work.html", context, status=status)


def _is_of_now(row: Any, submission: Any) -> bool:
    """Whether what was handed in counts: for the version one is on, or kept as done when one moved to it."""
    done = state_of(row.progress, submission.activity) is ActivityState.COMPLETED
    return done or bool(submission.course_version_id == row.course_version_id)


@router.post("/learn/{course}/{activity}/work")
async def submit_work(
    request: Request,
    course: str,
    activity: str,
    session: DbSession,
    actor: Actor = page_permit(Permission.SELF),
    words: Annotated[str, Form()] = "",
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Hand in a piece of work; what was written comes back with whatever has to be corrected."""
    way = await way_through(session, course, actor=actor)
    found = service.find_activity(way.edition, activity)
    _ = translator(request.state.language).gettext
    errors: dict[str, str] = {}
    if len(words) > WORDS_MOST:
        errors["words"] = _("This is too long. Hand it in as a file.")
    elif not words.strip() and (file is None or not file.filename):
        errors["words"] = _("Write your work here, or choose a file.")
    try:
        kept = None if errors else await keep_upload(request, file)
    except TooLarge:
        errors["file"] = _("This file is too large.")
    except Invalid:
        errors["file"] = _("This file is not taken: choose a PDF, DOCX, XLSX, ODT, ODS, TXT or MD file.")
    if errors:
        return await show_work(request, session, way, found, words=words, errors=errors, status=422)
    await service.submit_work(
        session, acting=actor, enrolment_id=way.row.id, activity=activity, words=words or None, file=kept
    )
    return redirect(request, f"/learn/{course}/{activity}", flash=_("Your work was handed in."))


# -- to print ----------------------------------------------------------------------------------------------


@router.get("/learn/{course}/{module}/print")
async def print_module(
    request: Request,
    course: str,
    module: str,
    session: DbSession,
    actor: Actor = page_permit(Permission.SELF),
    download: bool = False,
) -> Response:
    """A module as one small page, tasks included; with `download` as a file to keep."""
    way = await way_through(session, course, actor=actor)
    row, edition = way.row, way.edition
    found = next((each for each in edition.course.modules if each.key == module), None)
    if found is None:
        raise EnrolmentNotFound("This course has no such module.")
    attempts = await queries.open_attempts_of(session, row.id)
    parts = [_printed(way, each, attempts.get(each.key)) for each in found.activities]
    shown = [str(html) for part in parts for html in part["htmls"]]
    context = {
        "course_title": edition.texts[row.language].title,
        "module_title": edition.texts[row.language].modules[module],
        "minutes": found.minutes,
        "written": row.language,
        "parts": parts,
        "sources": cited(edition.course.sources, *shown),
        "download": download,
        "style": _paper_style() if download else "",
        "back": f"/learn/{course}",
    }
    response = show(request, "learner/print.html", context)
    if download:
        response.headers["content-disposition"] = f'attachment; filename="{course}-{module}.html"'
    return response


@cache
def _paper_style() -> Markup:
    """The style that a downloaded module carries with it: there is no server beside it, and no policy."""
    rules = (OWN / "paper.css").read_text(encoding="utf-8")
    return Markup(f"<style>{rules}</style>")  # noqa: S704 — our own file


def _printed(way: Way, activity: Activity, attempt: Any) -> dict[str, Any]:
    """An activity on paper: the questions of the open attempt, else a draw to practise with."""
    edition, row, sources = way.edition, way.row, way.edition.course.sources
    text = edition.activity_text(activity.key, row.language)
    part: dict[str, Any] = {"title": text.title, "minutes": activity.minutes, "kind": activity.kind.value}
    if isinstance(text, PageText):
        return {**part, "htmls": [html_of(text.body, sources, 3)]}
    if activity.kind is ActivityKind.ASSIGNMENT:
        work = edition.assignment(activity.key, row.language)
        return {**part, "htmls": [html_of(work.brief, sources, 3)], "criteria": work.criteria}
    bank = edition.quiz(activity.key, row.language)
    drawn = (
        attempt.drawn
        if attempt is not None
        else {
            each.question: each.order for each in draw(bank.questions, count=activity.draw, seed=f"{row.id}")
        }
    )
    asked = [serve(each, drawn[each.id]) for each in bank.questions if each.id in drawn]
    views = [quiz.question_view(each, {}, sources) for each in asked]
    htmls = [html_of(bank.introduction, sources, 3), *(view["prompt"] for view in views)]
    return {**part, "htmls": htmls, "introduction": htmls[0], "questions": views, "practice": attempt is None}
