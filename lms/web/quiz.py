"""The quiz in the player: begin, answer, keep for later, hand in, see what became of each answer."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from lms.catalogue.domain import Activity, Edition, Question, Source
from lms.catalogue.queries import get_edition
from lms.enrolments import queries, service
from lms.enrolments.domain.drawing import serve
from lms.enrolments.domain.states import (
    AttemptNotFound,
    AttemptOver,
    EnrolmentState,
    NoAttemptsLeft,
    as_taken,
    wait_until,
)
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession
from lms.kernel.i18n import translator
from lms.web.course_view import after, cited, foreign, html_of, inline, title_of
from lms.web.quiz_form import Answered, Answers, Fields, answered, fields_of, name_of, read_answers
from lms.web.session import page_permit, redirect, show
from lms.web.way import Way, frame, way_through

router = APIRouter()


async def show_quiz(request: Request, session: DbSession, way: Way, activity: Activity) -> Response:
    """The open attempt's questions; else what the quiz is, how the last try went, and the way in."""
    tries = await queries.attempts_of(session, way.row.id, activity.key)
    now = clock.now()
    for attempt in tries:
        if attempt.submitted_at is None and (attempt.due_at is None or attempt.due_at > now):
            questions = _questions(way.edition, attempt, way.row.language)
            fields = fields_of(questions, attempt.responses or {})
            return show_questions(request, way, activity, attempt, fields)
    text = way.edition.quiz(activity.key, way.row.language)
    tries = await _that_count(session, way, activity, tries)
    allowed = wait_until(activity.attempts, [each.started_at for each in tries], now)
    done = [each for each in tries if each.submitted_at is not None]
    context = {
        **frame(request, way, activity),
        "introduction": html_of(text.introduction, way.edition.course.sources),
        "sources": cited(way.edition.course.sources, html_of(text.introduction, way.edition.course.sources)),
        "count": activity.draw or len(text.questions),
        "latest": done[-1] if done else None,
        "tries": len(tries),
        "may_try": allowed is not None and allowed <= now,
        "try_from": allowed if allowed is not None and allowed > now else None,
        "open": way.row.state != EnrolmentState.WITHDRAWN,
    }
    return show(request, "learner/quiz_start.html", context)


async def _that_count(session: DbSession, way: Way, activity: Activity, tries: Sequence[Any]) -> list[Any]:
    """Tries at this quiz as it is in the learner's version; those at another one are history."""
    row = way.row
    return await service.that_count(
        session, way.edition, activity.key, tries, version_id=row.course_version_id
    )


def _questions(edition: Edition, attempt: Any, language: str) -> list[Question]:
    bank = edition.quiz(attempt.activity, edition.language_for(language)).questions
    return [question for question in bank if question.id in attempt.drawn]


def show_questions(
    request: Request,
    way: Way,
    activity: Activity,
    attempt: Any,
    fields: Fields,
    *,
    answers: Answers | None = None,
    status: int = 200,
) -> Response:
    """The form of an open attempt. With `answers` it says what has to be corrected, or was left empty."""
    sources = way.edition.course.sources
    questions = _questions(way.edition, attempt, way.row.language)
    views = [question_view(serve(each, attempt.drawn[each.id]), fields, sources) for each in questions]
    introduction = html_of(way.edition.quiz(attempt.activity, way.row.language).introduction, sources)
    texts = [str(introduction), *(str(view["prompt"]) for view in views)]
    context = {
        **frame(request, way, activity),
        "introduction": introduction,
        "questions": views,
        "attempt": attempt,
        "errors": _errors(request, questions, answers) if answers else {},
        "mistakes": answers.mistakes if answers else {},
        "unanswered": answers.unanswered if answers else [],
        "sources": cited(sources, *texts),
    }
    return show(request, "learner/quiz.html", context, status=status)


def _errors(request: Request, questions: Sequence[Question], answers: Answers) -> dict[str, str]:
    """Words for the summary, by question."""
    _ = translator(request.state.language).gettext
    says = {
        "order": _("Give every item a place of its own, from 1 to the last."),
        "number": _("Write the number in figures."),
    }
    errors = {}
    for at, question in enumerate(questions, 1):
        if question.id in answers.mistakes:
            mistake = says[answers.mistakes[question.id]]
            errors[question.id] = _("Question %(number)s: %(says)s", number=at, says=mistake)
        elif question.id in answers.unanswered:
            errors[question.id] = _("Question %(number)s is not answered.", number=at)
    return errors


def question_view(asked: Mapping[str, Any], fields: Fields, sources: tuple[Source, ...]) -> dict[str, Any]:
    """A question as the form draws it: names and values of its fields, words as HTML."""

    def shown(options: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
        return [
            {"id": each["id"], "text": inline(each["text"], sources), "plain": each["text"]}
            for each in options
        ]

    def part(key: str) -> dict[str, Any]:
        return {
            "name": name_of(asked["id"], key),
            "given": (fields.get(name_of(asked["id"], key)) or [""])[0],
        }

    name = name_of(asked["id"])
    view: dict[str, Any] = {
        "id": asked["id"],
        "kind": asked["kind"],
        "prompt": html_of(asked["prompt"], sources, 4),
        "name": name,
        "given": list(fields.get(name) or ()),
    }
    if asked["kind"] == "matching":
        left = [{**each, **part(each["id"])} for each in shown(asked["left"])]
        return {**view, "left": left, "right": shown(asked["right"])}
    if asked["kind"] == "scenario":
        steps = [
            {
                "id": step["id"],
                "prompt": html_of(step["prompt"], sources, 5),
                "options": shown(step["options"]),
            }
            | part(step["id"])
            for step in asked["steps"]
        ]
        return {**view, "steps": steps}
    if asked["kind"] == "ordering":
        return {**view, "options": [{**each, **part(each["id"])} for each in shown(asked["options"])]}
    return {**view, "options": shown(asked.get("options") or ())}


# -- begin, keep, hand in ----------------------------------------------------------------------------------


@router.post("/learn/{course}/{activity}/attempts")
async def start_attempt(
    request: Request,
    course: str,
    activity: str,
    session: DbSession,
    actor: Actor = page_permit(Permission.SELF),
) -> Response:
    """Begin a try, or come back to the one that is open."""
    way = await way_through(session, course, actor=actor)
    here = f"/learn/{course}/{activity}"
    try:
        await service.start_attempt(session, acting=actor, enrolment_id=way.row.id, activity=activity)
    except NoAttemptsLeft:
        return RedirectResponse(here, status_code=303)
    await service.remember_place(session, acting=actor, enrolment_id=way.row.id, place=activity)
    return RedirectResponse(here, status_code=303)


@router.post("/learn/{course}/{activity}/attempts/{attempt_id}")
async def answer(
    request: Request,
    course: str,
    activity: str,
    attempt_id: UUID,
    session: DbSession,
    actor: Actor = page_permit(Permission.SELF),
) -> Response:
    """Take the form of an attempt: `do` is `draft` (from script), `save`, `submit` or `submit-anyway`."""
    attempt = await _own_attempt(session, attempt_id, course, activity, actor)
    edition = await get_edition(session, attempt.course_version_id)
    questions = _questions(edition, attempt, attempt.language)
    fields = await fields_in(request)
    do = (fields.get("do") or ["submit"])[0]
    answers = read_answers(questions, fields, request.state.language)
    if attempt.submitted_at is not None:
        return RedirectResponse(f"/learn/{course}/{activity}/attempts/{attempt_id}", status_code=303)
    if do == "draft":
        await service.save_responses(
            session, acting=actor, attempt_id=attempt_id, responses=answers.responses
        )
        return Response(status_code=204)
    complete = not answers.mistakes and (do != "submit" or not answers.unanswered)
    if not complete:
        way = await way_through(session, course, actor=actor)
        if do == "save":
            answers = Answers(answers.responses, answers.mistakes, [])
        found = service.find_activity(way.edition, activity)
        return show_questions(request, way, found, attempt, fields, answers=answers, status=422)
    if do == "save":
        return await _keep(request, session, actor, attempt, answers)
    return await _hand_in(request, session, actor, attempt, answers)


async def _own_attempt(session: DbSession, attempt_id: UUID, course: str, activity: str, actor: Actor) -> Any:
    attempt = await queries.get_own_attempt(session, attempt_id, actor=actor)
    if (attempt.course, attempt.activity) != (course, activity):
        raise AttemptNotFound()
    return attempt


async def fields_in(request: Request) -> Fields:
    """What the form of an attempt sent."""
    form = await request.form()
    return {name: [str(value) for value in form.getlist(name)] for name in form}


async def _keep(
    request: Request, session: DbSession, actor: Actor, attempt: Any, answers: Answers
) -> Response:
    _ = translator(request.state.language).gettext
    await service.save_responses(session, acting=actor, attempt_id=attempt.id, responses=answers.responses)
    says = _("Your answers are kept. You find them here when you come back.")
    return redirect(request, f"/learn/{attempt.course}", flash=says)


async def _hand_in(
    request: Request, session: DbSession, actor: Actor, attempt: Any, answers: Answers
) -> Response:
    _ = translator(request.state.language).gettext
    try:
        await service.submit_attempt(
            session, acting=actor, attempt_id=attempt.id, responses=answers.responses
        )
    except AttemptOver:
        says = _("The time for this attempt was over. You can begin a new one.")
        return redirect(request, f"/learn/{attempt.course}/{attempt.activity}", flash=says, kind="attention")
    return RedirectResponse(
        f"/learn/{attempt.course}/{attempt.activity}/attempts/{attempt.id}", status_code=303
    )


# -- what became of it -------------------------------------------------------------------------------------


@router.get("/learn/{course}/{activity}/attempts/{attempt_id}")
async def read_result(
    request: Request,
    course: str,
    activity: str,
    attempt_id: UUID,
    session: DbSession,
    actor: Actor = page_permit(Permission.SELF),
) -> Response:
    """Score, passed or not, and beside each answer what is said about it."""
    attempt = await _own_attempt(session, attempt_id, course, activity, actor)
    if attempt.submitted_at is None:
        return RedirectResponse(f"/learn/{course}/{activity}", status_code=303)
    way = await way_through(session, course, actor=actor)
    if attempt.enrolment_id != way.row.id:
        raise AttemptNotFound("This attempt belongs to an earlier time you took the course.")
    edition = as_taken(await get_edition(session, attempt.course_version_id), way.row)
    is_now = attempt.course_version_id == way.row.course_version_id
    if not is_now:  # as the attempt was made, though its learner has moved on since
        language = edition.language_for(way.row.language)
        way = Way(SimpleNamespace(**way.row._mapping | {"language": language}), edition)
    found = service.find_activity(edition, activity)
    tries = await queries.attempts_of(session, way.row.id, activity)
    tries = await _that_count(session, way, found, tries)
    allowed = wait_until(found.attempts, [each.started_at for each in tries], clock.now()) if is_now else None
    return show_result(request, way, found, attempt, allowed, _onward(request, way, found, attempt))


def show_result(
    request: Request,
    way: Way,
    activity: Activity,
    attempt: Any,
    allowed: datetime | None,
    onward: dict[str, Any],
) -> Response:
    """What became of an attempt. `allowed`: from when there may be another one; `onward`: where to go after it."""
    edition, outcome = way.edition, service.outcome_of(attempt, way.edition)
    said = {each["question"]: each for each in outcome.feedback}
    results = [
        answered(each, attempt.drawn[each.id], (attempt.responses or {}).get(each.id), said[each.id])
        for each in _questions(edition, attempt, attempt.language)
    ]
    context = {
        **frame(request, way, activity),
        "attempt": attempt,
        "outcome": outcome,
        "results": [_result_view(each, edition.course.sources) for each in results],
        "anything_said": any(each.says or any(line.says for line in each.lines) for each in results),
        "may_try": allowed is not None and allowed <= clock.now(),
        "try_from": allowed if allowed is not None and allowed > clock.now() else None,
        **onward,
    }
    return show(request, "learner/quiz_result.html", context)


def _onward(request: Request, way: Way, activity: Activity, attempt: Any) -> dict[str, Any]:
    """Where to go after a quiz: to what the course has brought, when this quiz completed it, else on."""
    row, course = way.row, way.edition.course
    completed = row.state == EnrolmentState.COMPLETED and activity.required
    just_now = completed and abs((row.completed_at - attempt.submitted_at).total_seconds()) < 60
    going_on = None if just_now else after(course, row.progress, activity.key)
    title = going_on and foreign(
        title_of(way.edition, row, going_on.key), row.language, request.state.language
    )
    return {"onward": way.address(going_on), "going_on": title, "completed": going_on is None and completed}


def _result_view(result: Answered, sources: tuple[Source, ...]) -> dict[str, Any]:
    return {
        "id": result.id,
        "kind": result.kind,
        "verdict": result.verdict,
        "prompt": html_of(result.prompt, sources, 4),
        "lines": [
            {
                "text": inline(line.text, sources),
                "label": inline(line.label, sources) if line.label else "",
                "says": inline(line.says, sources) if line.says else "",
                "chosen": line.chosen,
                "right": line.right,
            }
            for line in result.lines
        ],
        "says": [inline(each, sources) for each in result.says],
        "right_answer": [inline(each, sources) for each in result.right_answer],
    }
