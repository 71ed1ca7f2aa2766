"""Pages of hosts and readers of totals: the evaluation of one training, its test, and the report over several."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from lms.evaluations.domain.happenings import (
    BadResult,
    BadTest,
    LevelClosed,
    LevelIncomplete,
    ResultNotFound,
    TestInUse,
)
from lms.evaluations.domain.learning import FEWEST_QUESTIONS, MOST_QUESTIONS, Written
from lms.evaluations.domain.levels import Kind, Level
from lms.evaluations.endpoints import levels_read, test_as_set
from lms.evaluations.queries import reading
from lms.evaluations.queries.reading import Filters
from lms.evaluations.schemas import report_read
from lms.evaluations.service import counting as closing
from lms.evaluations.service import learning, results
from lms.evaluations.service.results import Reached
from lms.joint_trainings.domain.trainings import NotYourHost
from lms.joint_trainings.queries.trainings import get_training, lock_training, own_hosts
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.http import DbSession
from lms.reports.evaluations import build
from lms.web.evaluation_results import number_in, results_part
from lms.web.evaluation_view import forms as form_names
from lms.web.evaluation_view import gained_view, level_view, questions_view
from lms.web.given import Errors, Values, day_in, given, require, texts
from lms.web.session import page_permit, redirect, show
from lms.web.templating import with_query

router = APIRouter()
_READ, _HOST = Permission.EVALUATIONS_READ, Permission.TRAININGS_HOST
REPORT = "/reports/evaluations"


@router.get("/trainings/{training_id:uuid}/evaluation")
async def overview(
    request: Request, session: DbSession, training_id: UUID, actor: Actor = page_permit(_READ)
) -> Response:
    """The levels of one training: who was asked, what was told, and what the lead may do."""
    return await overview_page(request, session, training_id, actor)


async def overview_page(
    request: Request,
    session: AsyncSession,
    training_id: UUID,
    actor: Actor,
    values: Values | None = None,
    errors: Errors | None = None,
) -> Response:
    """The same with a form that has to be corrected."""
    row = await get_training(session, training_id, actor=actor, permission=_READ)
    levels = (await levels_read(session, [training_id], with_words=reading.sees_words(actor)))[training_id]
    leads = await _leads(session, training_id, actor)
    context = {
        "training": row,
        "levels": [level_view(each, request.state.language) for each in levels],
        "leads": leads,
        "test": await test_as_set(session, row) if leads else None,
        "sees_words": reading.sees_words(actor),
        "today": clock.today(),
        **await results_part(session, training_id, actor, request.state.language),
        "values": values or {},
        "errors": errors or {},
    }
    return show(request, "evaluations/overview.html", context, status=422 if errors else 200)


async def _leads(session: AsyncSession, training_id: UUID, actor: Actor) -> bool:
    return any(host.is_lead for host in await own_hosts(session, training_id, actor=actor))


@router.post("/trainings/{training_id:uuid}/evaluation/levels/{level}/close")
async def close_level(
    request: Request, session: DbSession, training_id: UUID, level: Level, actor: Actor = page_permit(_HOST)
) -> Response:
    """Close a level before its last day."""
    training = await lock_training(session, training_id, actor=actor)
    here, _ = f"/trainings/{training_id}/evaluation", texts(request).gettext
    try:
        await closing.close_by_lead(session, acting=actor, training=training, level=level)
    except (LevelClosed, LevelIncomplete) as error:
        await roll_back(session)
        closed = isinstance(error, LevelClosed)
        said = (
            _("It is closed already.")
            if closed
            else _("Something is missing: it opens later, or a value is not recorded or confirmed.")
        )
        return redirect(request, here, flash=said, kind="attention")
    return redirect(request, here, flash=_("It is closed; what is told of it stands below."))


# -- the test ----------------------------------------------------------------------------------------------


@router.get("/trainings/{training_id:uuid}/evaluation/test")
async def show_test(
    request: Request, session: DbSession, training_id: UUID, actor: Actor = page_permit(_HOST)
) -> Response:
    """What is asked before and after, as a form for the lead."""
    row = await get_training(session, training_id, actor=actor, permission=_HOST)
    test = await test_as_set(session, row)
    values = {"activity": test.activity or "", "questions": _as_text(test.questions)}
    return await _test_form(request, session, row, values, {})


def _as_text(questions: Any) -> str:
    blocks = []
    for each in questions:
        options = [f"{'*' if place == each.right else '-'} {text}" for place, text in enumerate(each.options)]
        blocks.append("\n".join([each.prompt, *options]))
    return "\n\n".join(blocks)


async def _test_form(
    request: Request, session: DbSession, row: Any, values: Values, errors: Errors
) -> Response:
    context = {
        "training": row,
        "test": await test_as_set(session, row),
        "values": values,
        "errors": errors,
        "fewest": FEWEST_QUESTIONS,
        "most": MOST_QUESTIONS,
    }
    return show(request, "evaluations/test_form.html", context, status=422 if errors else 200)


def questions_in(text: str) -> list[Written]:
    """Questions as they are written: blocks with an empty line between, the right option with `*` before it.

    What cannot be one is read all the same, so that the rules say what is wrong with it: no mark is no right option.
    """
    found = []
    for block in text.replace("\r\n", "\n").split("\n\n"):
        lines = [line.strip() for line in block.splitlines() if line.strip()]
        if lines:
            marks = [number for number, line in enumerate(lines[1:]) if line.startswith("*")]
            options = tuple(line.lstrip("*-").strip() for line in lines[1:])
            found.append(Written(lines[0], options, marks[0] if len(marks) == 1 else -1))
    return found


@router.post("/trainings/{training_id:uuid}/evaluation/test")
async def set_test(
    request: Request, session: DbSession, training_id: UUID, actor: Actor = page_permit(_HOST)
) -> Response:
    """Keep what is asked before and after."""
    values = await given(request)
    training = await lock_training(session, training_id, actor=actor)
    _ = texts(request).gettext
    activity = values.get("activity") or None
    questions = [] if activity else questions_in(values.get("questions", ""))
    try:
        await learning.set_test(
            session, acting=actor, training=training, activity=activity, questions=questions
        )
    except (BadTest, TestInUse, LevelClosed, NotYourHost) as error:
        await roll_back(session)
        row = await get_training(session, training_id, actor=actor, permission=_HOST)
        return await _test_form(request, session, row, values, _wrong(request, error))
    flash = _("The test is kept. Those who have a seat are asked before the first day, and again afterwards.")
    return redirect(request, f"/trainings/{training_id}/evaluation", flash=flash)


def _wrong(request: Request, error: Any) -> Errors:
    _ = texts(request).gettext
    if isinstance(error, TestInUse):
        return {"": _("Somebody has taken this test already; it stays as it is.")}
    if isinstance(error, NotYourHost):
        return {"": _("The entity that leads does this.")}
    if isinstance(error, LevelClosed):
        return {"": _("The training is over; a test before and after it cannot be set any more.")}
    numbers = sorted({int(p[2]) + 1 for fault in error.faults if len(p := fault.pointer.split("/")) > 3})
    if numbers:
        which = ", ".join(str(each) for each in numbers)
        return {
            "questions": _(
                "Question %(numbers)s: write the question, two to six different options, and * before the right one.",
                numbers=which,
            )
        }
    return {
        "questions": _(
            "Choose a quiz, or write %(fewest)s to %(most)s questions.",
            fewest=FEWEST_QUESTIONS,
            most=MOST_QUESTIONS,
        )
    }


# -- the report --------------------------------------------------------------------------------------------


@router.get(REPORT)
async def report(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(_READ),
    course: Annotated[str, Query(max_length=100)] = "",
    partner: Annotated[str, Query(max_length=100)] = "",
    entity: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Sums over the trainings whose totals one may read."""
    asked = Filters(course=course or None, partner=partner or None, entity=entity or None)
    found = report_read(await build(session, actor=actor, filters=asked))
    language, values = request.state.language, {"course": course, "partner": partner, "entity": entity}
    names = form_names(language)
    context = {
        "report": found,
        "forms": [
            {
                "sum": each,
                "name": names[each.kind],
                "view": questions_view(each.kind, dict(each.questions), language),
            }
            for each in found.forms
        ],
        "gained": gained_view(found.tests.gained, language),
        "trainings": await reading.list_evaluated(session, actor=actor, filters=asked, after=None, limit=50),
        "choices": await reading.report_choices(session, actor=actor),
        "values": values,
        "address": REPORT,
        "files": [
            (
                "CSV",
                with_query("/api/v1/evaluations/report.csv", **{k: v or None for k, v in values.items()}),
            )
        ],
        "reaction": Kind.REACTION.value,
    }
    return show(request, "evaluations/report.html", context)


# -- results -----------------------------------------------------------------------------------------------


@router.post("/trainings/{training_id:uuid}/evaluation/results")
async def record_result(
    request: Request, session: DbSession, training_id: UUID, actor: Actor = page_permit(_HOST)
) -> Response:
    """Record what an indicator reached."""
    values, errors = await given(request), Errors()
    says = texts(request)
    day = day_in(values, "occurred_on", errors, says)
    number = number_in(values.get("value", ""))
    if number is None:
        errors["value"] = says.gettext("Write the value in figures.")
    require(
        values,
        errors,
        {
            "source": says.gettext("Say where the value comes from."),
            "occurred_on": says.gettext("Give the day on which it was measured."),
        },
    )
    training = await lock_training(session, training_id, actor=actor)
    if not errors and number is not None and day is not None:
        indicator = values.get("indicator", "")
        try:
            reached = Reached(UUID(indicator), number, day, values["source"], values.get("note"))
            await results.record_value(session, acting=actor, training=training, reached=reached)
        except (BadResult, LevelClosed, ValueError):
            errors["occurred_on"] = says.gettext("This day is still to come, or the results are closed.")
    if errors:
        await roll_back(session)
        return await overview_page(request, session, training_id, actor, values, errors)
    flash = says.gettext("The value is recorded; the other hosts are to confirm it.")
    return redirect(request, f"/trainings/{training_id}/evaluation#results", flash=flash)


@router.post("/trainings/{training_id:uuid}/evaluation/results/{value_id:uuid}/confirm")
async def confirm_result(
    request: Request, session: DbSession, training_id: UUID, value_id: UUID, actor: Actor = page_permit(_HOST)
) -> Response:
    """Confirm a value for the hosts for which one acts."""
    training = await lock_training(session, training_id, actor=actor)
    here, _ = f"/trainings/{training_id}/evaluation#results", texts(request).gettext
    try:
        await results.confirm_value(session, acting=actor, training=training, value_id=value_id)
    except (ResultNotFound, LevelClosed):
        await roll_back(session)
        said = _("A later value counts, or the results are closed; look again.")
        return redirect(request, here, flash=said, kind="attention")
    return redirect(request, here, flash=_("You have confirmed the value."))
