"""Pages of what is agreed of a joint training: assessment, indicators, checklist, costs."""

from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.checklist import Answer, BadAnswer, Item, Setting, may_not_apply
from lms.joint_trainings.domain.costs import line_of, totals
from lms.joint_trainings.domain.ex_ante import Question
from lms.joint_trainings.models.trainings import JointTraining
from lms.joint_trainings.queries.checklist import answers_of
from lms.joint_trainings.queries.costs import costs_of
from lms.joint_trainings.queries.ex_ante import assessments_of, may_read
from lms.joint_trainings.queries.indicators import indicators_of
from lms.joint_trainings.schemas.costs import CostCreate
from lms.joint_trainings.schemas.ex_ante import AssessmentCreate
from lms.joint_trainings.schemas.indicators import IndicatorCreate
from lms.joint_trainings.service import costs, ex_ante, indicators
from lms.joint_trainings.service.checklist import answer_item
from lms.joint_trainings.service.papers import track_now
from lms.kernel.access import Actor, Permission
from lms.kernel.errors import Fault
from lms.kernel.http import DbSession
from lms.reports import agreement_words as words
from lms.web.given import given
from lms.web.session import page_permit
from lms.web.training_parts import Part, Seen

router = APIRouter()
_READ, _HOST = Permission.TRAININGS_READ, Permission.TRAININGS_HOST


# -- assessment --------------------------------------------------------------------------------------------


async def _assessment(part: Seen, session: AsyncSession) -> dict[str, Any]:
    rows = await assessments_of(session, part.training.id)
    tracked = await track_now(session, part.training, part.hosts)
    own = part.own[0] if part.own else None
    mine = next((row for row in rows if own is not None and row.partner_id == own.partner_id), None)
    return {
        "questions": words.questions(part.language),
        "tracked": tracked,
        "track_whys": words.track_whys(part.language),
        "rows": [row for row in rows if may_read(part.actor, row, part.hosts)],
        "answered": {row.partner_id for row in rows},
        "written": mine.answers if mine else {},
    }


ASSESSMENT = Part("trainings/assessment.html", _assessment, "/assessment")


@router.get("/trainings/{training_id:uuid}/assessment")
async def assessment_page(
    request: Request, session: DbSession, training_id: UUID, actor: Actor = page_permit(_READ)
) -> Response:
    """The five questions, and what the sides answered."""
    return await ASSESSMENT.page(request, session, actor, training_id)


@router.post("/trainings/{training_id:uuid}/assessment")
async def assess(
    request: Request, session: DbSession, training_id: UUID, actor: Actor = page_permit(_HOST)
) -> Response:
    """Answer them for one's side."""

    async def work(at: AsyncSession, who: Actor, training: JointTraining, values: dict[str, str]) -> None:
        told = {each.value: values.get(each.value, "") for each in Question}
        new = AssessmentCreate.model_validate({"answers": told})
        await ex_ante.assess(at, acting=who, training=training, answers=new.answers)

    return await ASSESSMENT.act(request, session, actor, training_id, work)


# -- indicators --------------------------------------------------------------------------------------------


async def _indicators(part: Seen, session: AsyncSession) -> dict[str, Any]:
    tracked = await track_now(session, part.training, part.hosts)
    return {
        "rows": await indicators_of(session, part.training.id),
        "tracked": tracked,
        "track_whys": words.track_whys(part.language),
    }


INDICATORS = Part("trainings/indicators.html", _indicators, "/indicators")


@router.get("/trainings/{training_id:uuid}/indicators")
async def indicators_page(
    request: Request, session: DbSession, training_id: UUID, actor: Actor = page_permit(_READ)
) -> Response:
    """What is to be measured."""
    return await INDICATORS.page(request, session, actor, training_id)


@router.post("/trainings/{training_id:uuid}/indicators")
async def add_indicator(
    request: Request, session: DbSession, training_id: UUID, actor: Actor = page_permit(_HOST)
) -> Response:
    """Agree on one more."""

    async def work(at: AsyncSession, who: Actor, training: JointTraining, values: dict[str, str]) -> None:
        new = IndicatorCreate.model_validate(_filled(values, IndicatorCreate.model_fields))
        await indicators.add_indicator(at, acting=who, training=training, indicator=new.indicator())

    return await INDICATORS.act(request, session, actor, training_id, work)


def _filled(values: dict[str, str], names: Any) -> dict[str, str]:
    return {name: values[name] for name in names if values.get(name)}


@router.post("/trainings/{training_id:uuid}/indicators/{indicator_id:uuid}/remove")
async def remove_indicator(
    request: Request,
    session: DbSession,
    training_id: UUID,
    indicator_id: UUID,
    actor: Actor = page_permit(_HOST),
) -> Response:
    """Take one away."""

    async def work(at: AsyncSession, who: Actor, training: JointTraining, _values: dict[str, str]) -> None:
        await indicators.remove_indicator(at, acting=who, training=training, indicator_id=indicator_id)

    return await INDICATORS.act(request, session, actor, training_id, work)


# -- checklist ---------------------------------------------------------------------------------------------


async def _checklist(part: Seen, session: AsyncSession) -> dict[str, Any]:
    training = part.training
    setting = Setting(
        part.with_partner, training.name_or_emblem, training.is_recorded, bool(training.course_id)
    )
    given_answers = {row.item: row for row in await answers_of(session, training.id)}
    return {
        "items": words.items(part.language),
        "answers": words.answers(part.language),
        "given": given_answers,
        "left": len(Item) - len(given_answers),
        "may_not_apply": {item.value for item in Item if may_not_apply(item, setting)},
    }


CHECKLIST = Part("trainings/checklist.html", _checklist, "/checklist")


@router.get("/trainings/{training_id:uuid}/checklist")
async def checklist_page(
    request: Request, session: DbSession, training_id: UUID, actor: Actor = page_permit(_READ)
) -> Response:
    """The twelve items, all on one page."""
    return await CHECKLIST.page(request, session, actor, training_id)


@router.post("/trainings/{training_id:uuid}/checklist")
async def answer_checklist(
    request: Request, session: DbSession, training_id: UUID, actor: Actor = page_permit(_HOST)
) -> Response:
    """Record every answer that was given; one that is as before is not recorded again."""
    values = await given(request)
    wrong: dict[str, str] = {}

    async def work(at: AsyncSession, who: Actor, training: JointTraining, _values: dict[str, str]) -> None:
        for item in Item:
            if values.get(item.value) in set(Answer):
                answer, note = Answer(values[item.value]), values.get(f"note-{item.value}", "")
                try:
                    await answer_item(at, acting=who, training=training, item=item, answer=answer, note=note)
                except BadAnswer as error:
                    wrong[item.value] = error.detail
        if wrong:
            faults = [Fault(f"/{name}", sentence) for name, sentence in wrong.items()]
            raise BadAnswer(faults[0].detail, faults=faults)

    return await CHECKLIST.act(request, session, actor, training_id, work)


# -- costs -------------------------------------------------------------------------------------------------


async def _costs(part: Seen, session: AsyncSession) -> dict[str, Any]:
    rows = await costs_of(session, part.training.id)
    return {
        "rows": rows,
        "totals": totals(line_of(row) for row in rows),
        "kinds": words.cost_kinds(part.language),
        "whom": words.for_whom(part.language),
        "bearers": [(str(host.id), host.name) for host in part.hosts],
    }


COSTS = Part("trainings/costs.html", _costs, "/costs")


@router.get("/trainings/{training_id:uuid}/costs")
async def costs_page(
    request: Request, session: DbSession, training_id: UUID, actor: Actor = page_permit(_READ)
) -> Response:
    """Who bears what."""
    return await COSTS.page(request, session, actor, training_id)


@router.post("/trainings/{training_id:uuid}/costs")
async def add_cost(
    request: Request, session: DbSession, training_id: UUID, actor: Actor = page_permit(_HOST)
) -> Response:
    """Propose a line."""

    async def work(at: AsyncSession, who: Actor, training: JointTraining, values: dict[str, str]) -> None:
        new = CostCreate.model_validate(_filled(values, CostCreate.model_fields))
        await costs.add_cost(at, acting=who, training=training, new=new.new())

    return await COSTS.act(request, session, actor, training_id, work)


@router.post("/trainings/{training_id:uuid}/costs/{cost_id:uuid}/{act}")
async def act_on_cost(
    request: Request,
    session: DbSession,
    training_id: UUID,
    cost_id: UUID,
    act: Literal["accept", "remove"],
    actor: Actor = page_permit(_HOST),
) -> Response:
    """Accept a line for the host that is to bear it, or take it away."""
    do = costs.accept_cost if act == "accept" else costs.remove_cost

    async def work(at: AsyncSession, who: Actor, training: JointTraining, _values: dict[str, str]) -> None:
        await do(at, acting=who, training=training, cost_id=cost_id)

    return await COSTS.act(request, session, actor, training_id, work)
