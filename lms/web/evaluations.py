"""Pages of those who are asked: what is open, each form, and the consent to have a supervisor asked."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from lms.catalogue.domain import Edition
from lms.evaluations.domain.forms import MOST_WORDS, SCALE
from lms.evaluations.domain.happenings import (
    AlreadyAnswered,
    BadAnswer,
    FormClosed,
    LevelClosed,
    NobodyToAsk,
    NotAsked,
)
from lms.evaluations.domain.levels import TESTS, Kind
from lms.evaluations.forms import form_of
from lms.evaluations.queries import asks
from lms.evaluations.service import behaviour, learning
from lms.evaluations.service.reacting import react, require_open
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError
from lms.kernel.http import DbSession
from lms.web import evaluation_view
from lms.web.given import Errors, Values, given, texts
from lms.web.quiz import fields_in, question_view
from lms.web.quiz_form import Fields, read_answers
from lms.web.session import page_permit, redirect, show

router = APIRouter()
_SELF = Permission.SELF
MOST = 100
"""Forms shown at once: more than anybody is asked."""


@router.get("/evaluations")
async def list_open(request: Request, session: DbSession, actor: Actor = page_permit(_SELF)) -> Response:
    """What one is asked now, and what one's tests were worth."""
    context = {
        "rows": await asks.list_open_asks(session, actor=actor, today=clock.today(), after=None, limit=MOST),
        "scores": await asks.scores_of(session, actor=actor),
        "forms": evaluation_view.forms(request.state.language),
    }
    return show(request, "evaluations/mine.html", context)


@router.get("/evaluations/{training_id:uuid}/{kind}")
async def form_page(
    request: Request,
    session: DbSession,
    training_id: UUID,
    kind: str,
    about: Annotated[str, Query(max_length=50)] = "",
    actor: Actor = page_permit(_SELF),
) -> Response:
    """One form; who has answered it, or comes too late or too soon, is told so."""
    row = await asks.get_own_ask(session, training_id, _kind(kind), actor=actor, about_id=_about(about))
    return await _page(request, session, actor, row, {}, {})


def _kind(written: str) -> Kind:
    if written not in set(Kind):
        raise NotAsked()
    return Kind(written)


def _about(written: str) -> UUID | None:
    try:
        return UUID(written) if written else None
    except ValueError as error:
        raise NotAsked() from error


async def _page(
    request: Request, session: DbSession, actor: Actor, row: Any, fields: Fields, errors: Errors
) -> Response:
    kind, language = Kind(row.kind), request.state.language
    context = {
        "row": row,
        "kind": kind.value,
        "heading": evaluation_view.forms(language)[kind],
        "state": _state(row),
        "fields": fields,
        "errors": errors,
        "action": f"/evaluations/{row.training_id}/{kind.value}"
        + (f"?about={row.about_id}" if kind is Kind.SUPERVISOR else ""),
    }
    if kind in TESTS:
        return await _test_page(request, session, context)
    form = form_of(kind)
    context |= {
        "scaled": {key: words[language] for key, words in form.scaled.items()},
        "open": {key: words[language] for key, words in form.open.items()},
        "scale": [(score, words[language]) for score, words in zip(SCALE, form.scale, strict=True)],
        "values": {name: values[0] for name, values in fields.items()},
        "most": MOST_WORDS,
        **(await _consent(session, actor, row) if kind is Kind.BEHAVIOUR else {}),
    }
    return show(request, "evaluations/form.html", context, status=422 if errors else 200)


def _state(row: Any) -> str:
    """open, answered, early or closed."""
    try:
        require_open(row)
    except AlreadyAnswered:
        return "answered"
    except FormClosed:
        return "early" if row.is_answered is False and clock.today() < row.opens_on else "closed"
    return "open"


async def _test_page(request: Request, session: DbSession, context: dict[str, Any]) -> Response:
    row, fields = context["row"], context["fields"]
    paper = await learning.paper_for(session, row, request.state.language)
    sources = await _sources(session, row)
    context |= {
        "questions": [question_view(each, fields, sources) for each in paper.served()],
        "language": paper.language,
    }
    return show(request, "evaluations/test.html", context, status=422 if context["errors"] else 200)


async def _sources(session: DbSession, row: Any) -> Any:
    edition: Edition | None = await learning.edition_of(session, row)
    return edition.course.sources if edition else ()


async def _consent(session: DbSession, actor: Actor, row: Any) -> dict[str, Any]:
    found = await asks.find_consent(session, row.training_id, actor=actor)
    may = await asks.who_may_be_asked(session, actor=actor, today=clock.today())
    return {"consent": found, "may_be_asked": [(each.id, each.name) for each in may]}


@router.post("/evaluations/{training_id:uuid}/consent")
async def give_consent(
    request: Request, session: DbSession, training_id: UUID, actor: Actor = page_permit(_SELF)
) -> Response:
    """Agree that somebody is asked, or take it back: no name is chosen then."""
    asked = _about((await given(request)).get("person", ""))
    _ = texts(request).gettext
    here = f"/evaluations/{training_id}/{Kind.BEHAVIOUR.value}"
    try:
        if asked is None:
            await behaviour.withdraw_consent(session, acting=actor, training_id=training_id)
            flash = _("Nobody is asked about you; what was answered and not yet counted is deleted.")
        else:
            await behaviour.give_consent(session, acting=actor, training_id=training_id, asked_id=asked)
            flash = _("The person you named is asked. You can take this back until it is counted.")
    except (FormClosed, LevelClosed, NobodyToAsk) as error:
        await roll_back(session)
        return redirect(request, here, flash=_refused(request, error), kind="attention")
    return redirect(request, here, flash=flash)


@router.post("/evaluations/{training_id:uuid}/{kind}")
async def send(
    request: Request,
    session: DbSession,
    training_id: UUID,
    kind: str,
    about: Annotated[str, Query(max_length=50)] = "",
    actor: Actor = page_permit(_SELF),
) -> Response:
    """Send it. What has to be corrected comes back with all that was given."""
    fields = await fields_in(request)
    row = await asks.get_own_ask(session, training_id, _kind(kind), actor=actor, about_id=_about(about))
    try:
        errors = await _take(request, session, actor, row, fields)
    except (AlreadyAnswered, FormClosed) as error:
        await roll_back(session)
        return redirect(request, "/evaluations", flash=_refused(request, error), kind="attention")
    except BadAnswer as error:
        await roll_back(session)
        errors = _wrong(request, error)
    if errors:
        return await _page(request, session, actor, row, fields, errors)
    return redirect(request, "/evaluations", flash=_thanks(request, Kind(row.kind)))


async def _take(request: Request, session: DbSession, actor: Actor, row: Any, fields: Fields) -> Errors:
    kind, training_id = Kind(row.kind), row.training_id
    if kind in TESTS:
        paper = await learning.paper_for(session, row, request.state.language)
        answers = read_answers(paper.questions, fields, request.state.language)
        if answers.mistakes or answers.unanswered:
            return _unanswered(request, [each.id for each in paper.questions], answers)
        await learning.take_test(
            session, acting=actor, training_id=training_id, kind=kind, responses=answers.responses
        )
        return {}
    scores, words = _answer_in(kind, {name: values[0] for name, values in fields.items()})
    if kind is Kind.REACTION:
        await react(session, acting=actor, training_id=training_id, scores=scores, words=words)
    else:
        about_id = row.about_id if kind is Kind.SUPERVISOR else None
        await behaviour.answer_behaviour(
            session, acting=actor, training_id=training_id, scores=scores, words=words, about_id=about_id
        )
    return {}


def _answer_in(kind: Kind, values: Values) -> tuple[dict[str, int], dict[str, str]]:
    """Scores and words of a form's fields; what is no score is left out, and then missing."""
    form = form_of(kind)
    written = {key: values.get(f"score-{key}", "") for key in form.scaled}
    scores = {key: int(value) for key, value in written.items() if value in {str(each) for each in SCALE}}
    return scores, {key: values.get(f"words-{key}", "").replace("\r\n", "\n") for key in form.open}


def _unanswered(request: Request, questions: list[str], answers: Any) -> Errors:
    _ = texts(request).gettext
    missing = {*answers.mistakes, *answers.unanswered}
    return {
        key: _("Question %(number)s is not answered.", number=number)
        for number, key in enumerate(questions, 1)
        if key in missing
    }


def _wrong(request: Request, error: BadAnswer) -> Errors:
    _ = texts(request).gettext
    errors: Errors = {}
    for fault in error.faults:
        _empty, part, key = fault.pointer.split("/", 2)
        if part == "scores":
            errors[f"score-{key}"] = _("Choose one answer for each statement.")
        elif part == "words":
            errors[f"words-{key}"] = _("Write %(most)s characters at most.", most=MOST_WORDS)
        else:
            errors[key] = fault.detail
    return errors


def _refused(request: Request, error: DomainError) -> str:
    _ = texts(request).gettext
    words: dict[type[DomainError], str] = {
        AlreadyAnswered: _("You have answered this before, perhaps on another device; nothing was changed."),
        FormClosed: _("Answers are not taken any more, or not yet."),
        LevelClosed: _("What was answered has been counted already; only totals remain."),
        NobodyToAsk: _("This person cannot be asked: choose somebody of your own side."),
    }
    return words[type(error)]


def _thanks(request: Request, kind: Kind) -> str:
    _ = texts(request).gettext
    if kind is Kind.REACTION:
        return _("Thank you. Your answers are counted; nobody can find out that they are yours.")
    if kind in TESTS:
        return _("Thank you. Your score stands below; only you see it.")
    return _("Thank you. Your answers are counted with the others’ when the time is over.")
