"""HTTP of evaluations: forms for those who are asked, levels and figures for those who host."""

from collections.abc import Callable, Coroutine
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response, status
from sqlalchemy.ext.asyncio import AsyncSession

from lms.evaluations.domain.happenings import NoEvaluation, NotAsked
from lms.evaluations.domain.levels import LEVEL_OF, TESTS, Kind, Level
from lms.evaluations.forms import form_of
from lms.evaluations.queries import asks, counting, reading
from lms.evaluations.queries.results import results_of
from lms.evaluations.schemas import (
    AnswerCreate,
    AskRead,
    BehaviourCreate,
    ConsentCreate,
    ConsentRead,
    EvaluationRow,
    FormRead,
    LevelRead,
    QuestionCreate,
    ResultCreate,
    ResultRead,
    ScoreRead,
    TestAnswers,
    TestAsSet,
    TestRead,
    TestSet,
    ask_read,
    form_read,
    level_read,
    result_read,
)
from lms.evaluations.service import behaviour, learning, results
from lms.evaluations.service import counting as closing
from lms.evaluations.service.reacting import react
from lms.joint_trainings.queries.trainings import get_training, lock_training
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession, StrictRoute
from lms.kernel.pagination import Page, PageTurn
from lms.people.permits import permit
from lms.people.schemas import PersonRef

router = APIRouter(route_class=StrictRoute, tags=["evaluations"])
_READ, _HOST, _SELF = Permission.EVALUATIONS_READ, Permission.TRAININGS_HOST, Permission.SELF
OfKey = Annotated[str | None, Query(max_length=100)]


class UnkeptRoute(StrictRoute):
    """A route that keeps no answer for an Idempotency-Key: it would say when its sender answered, and what.

    Sent again, an answer is refused as given before, which tells as much.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def unkept(request: Request) -> Response:
            headers = [pair for pair in request.scope["headers"] if pair[0].lower() != b"idempotency-key"]
            return await handle(Request({**request.scope, "headers": headers}, request.receive))

        return unkept


unkept = APIRouter(route_class=UnkeptRoute, tags=["evaluations"])


# -- those who are asked -----------------------------------------------------------------------------------


@router.get("/me/evaluations")
async def list_own(session: DbSession, turn: PageTurn, actor: Actor = permit(_SELF)) -> Page[AskRead]:
    """Forms that one is asked to fill in now, what closes first first."""
    filters = {"list": "own-evaluations"}
    after = turn.after(filters, (_day_part, UUID))
    rows = await asks.list_open_asks(
        session, actor=actor, today=clock.today(), after=after, limit=turn.wanted
    )
    return turn.page(rows, filters, key=lambda row: [row.closes_on, row.id], read=ask_read)


def _day_part(text: str) -> Any:
    return date.fromisoformat(text)


@router.get("/me/test-scores")
async def list_scores(session: DbSession, actor: Actor = permit(_SELF)) -> Page[ScoreRead]:
    """What one's own tests before and after trainings were worth; nobody else sees them by name."""
    rows = await asks.scores_of(session, actor=actor)
    return Page(
        items=[
            ScoreRead(kind=row.kind, training_id=row.training_id, title=row.title, score=row.score / 100)
            for row in rows
        ]
    )


@router.get("/evaluations/{training_id}/forms/{kind}")
async def read_form(
    training_id: UUID,
    kind: Kind,
    session: DbSession,
    about: Annotated[UUID | None, Query(description="The learner, for a supervisor.")] = None,
    actor: Actor = permit(_SELF),
) -> FormRead | TestRead:
    """A form one is asked to fill in, in one's own language; the test in a language in which it is written."""
    row = await asks.get_own_ask(session, training_id, kind, actor=actor, about_id=about)
    if kind not in TESTS:
        return form_read(row, form_of(kind), actor.language)
    paper = await learning.paper_for(session, row, actor.language)
    return TestRead(
        kind=kind,
        title=row.title,
        closes_on=row.closes_on,
        language=paper.language,
        questions=paper.served(),
    )


@unkept.post("/evaluations/{training_id}/reaction", status_code=status.HTTP_204_NO_CONTENT)
async def send_reaction(
    training_id: UUID, answer: AnswerCreate, session: DbSession, actor: Actor = permit(_SELF)
) -> None:
    """Give one's reaction. It is anonymous, so it cannot be read, changed or taken back; no key is kept for it."""
    await react(session, acting=actor, training_id=training_id, scores=answer.scores, words=answer.words)


@router.post("/evaluations/{training_id}/tests/{kind}")
async def take_test(
    training_id: UUID, kind: Kind, given: TestAnswers, session: DbSession, actor: Actor = permit(_SELF)
) -> ScoreRead:
    """Take the test before or after, once. Only what it was worth is kept."""
    if kind not in TESTS:
        raise NotAsked()
    score = await learning.take_test(
        session, acting=actor, training_id=training_id, kind=kind, responses=given.responses
    )
    row = await asks.get_own_ask(session, training_id, kind, actor=actor)
    return ScoreRead(kind=kind, training_id=training_id, title=row.title, score=score / 100)


@router.post("/evaluations/{training_id}/behaviour", status_code=status.HTTP_204_NO_CONTENT)
async def send_behaviour(
    training_id: UUID, answer: BehaviourCreate, session: DbSession, actor: Actor = permit(_SELF)
) -> None:
    """Say after ninety days what came of it, of oneself or, where they agreed, of a learner."""
    await behaviour.answer_behaviour(
        session,
        acting=actor,
        training_id=training_id,
        scores=answer.scores,
        words=answer.words,
        about_id=answer.about,
    )


@router.get("/evaluations/{training_id}/consent")
async def read_consent(training_id: UUID, session: DbSession, actor: Actor = permit(_SELF)) -> ConsentRead:
    """Who of one's own side may be asked what one does differently, and who is, by one's own consent."""
    await asks.get_own_ask(session, training_id, Kind.BEHAVIOUR, actor=actor)
    return await _consent(session, training_id, actor)


async def _consent(session: AsyncSession, training_id: UUID, actor: Actor) -> ConsentRead:
    found = await asks.find_consent(session, training_id, actor=actor)
    return ConsentRead(
        may_be_asked=[
            PersonRef(id=each.id, name=each.name)
            for each in await asks.who_may_be_asked(session, actor=actor, today=clock.today())
        ],
        asked=PersonRef(id=found.asked_id, name=found.asked) if found else None,
    )


@router.put("/evaluations/{training_id}/consent")
async def give_consent(
    training_id: UUID, given: ConsentCreate, session: DbSession, actor: Actor = permit(_SELF)
) -> ConsentRead:
    """Agree that somebody of one's own side is asked. Naming another takes the first consent back."""
    await behaviour.give_consent(session, acting=actor, training_id=training_id, asked_id=given.person)
    return await _consent(session, training_id, actor)


@router.delete("/evaluations/{training_id}/consent", status_code=status.HTTP_204_NO_CONTENT)
async def withdraw_consent(training_id: UUID, session: DbSession, actor: Actor = permit(_SELF)) -> None:
    """Take it back: the form is closed, an answer that was not counted yet is deleted. Twice is once."""
    await behaviour.withdraw_consent(session, acting=actor, training_id=training_id)


# -- those who host ----------------------------------------------------------------------------------------


@router.get("/evaluations")
async def list_evaluations(
    session: DbSession,
    turn: PageTurn,
    actor: Actor = permit(_READ),
    course: OfKey = None,
    partner: OfKey = None,
    entity: OfKey = None,
) -> Page[EvaluationRow]:
    """Trainings of one's hosts that are or were evaluated, the latest first; totals and nobody by name."""
    asked = reading.Filters(course=course, partner=partner, entity=entity)
    filters = {"list": "evaluations", **asdict(asked)}
    after = turn.after(filters, (UUID,))
    rows = await reading.list_evaluated(session, actor=actor, filters=asked, after=after, limit=turn.wanted)
    ids = [row.id for row in rows]
    levels = await levels_read(session, ids, with_words=False)

    def read(row: Any) -> EvaluationRow:
        return _row(row, levels[row.id])

    return turn.page(rows, filters, key=lambda row: [row.id], read=read)


def _row(row: Any, levels: list[LevelRead]) -> EvaluationRow:
    return EvaluationRow(
        training_id=row.id,
        title=row.title,
        course=row.course,
        ends_on=row.ends_on or row.starts_on,
        evaluated_at=row.evaluated_at,
        levels=levels,
    )


async def levels_read(
    session: AsyncSession, training_ids: list[UUID], *, with_words: bool
) -> dict[UUID, list[LevelRead]]:
    """The levels of trainings, with their figures where they are closed."""
    counted = await counting.asked_and_answered(session, training_ids)
    found = await counting.levels_of(session, training_ids)
    kinds = {LEVEL_OF[kind]: kind for kind in (Kind.REACTION, Kind.POST_TEST, Kind.BEHAVIOUR)}
    return {
        training_id: [
            level_read(
                row,
                counted.get((training_id, kinds[level])) if level in kinds else None,
                with_words=with_words,
            )
            for row in rows
            for level in (Level(row.level),)
        ]
        for training_id, rows in found.items()
    }


@router.get("/evaluations/{training_id}")
async def read_evaluation(
    training_id: UUID, session: DbSession, actor: Actor = permit(_READ)
) -> EvaluationRow:
    """The levels of one training. Figures stand in those that are closed; open words for entities only."""
    row = await get_training(session, training_id, actor=actor, permission=_READ)
    levels = await levels_read(session, [training_id], with_words=reading.sees_words(actor))
    if not levels[training_id]:
        raise NoEvaluation()
    return _row(row, levels[training_id])


@router.get("/evaluations/{training_id}/test")
async def read_test(training_id: UUID, session: DbSession, actor: Actor = permit(_HOST)) -> TestAsSet:
    """What is asked before and after, with the right answers, for hosts."""
    row = await get_training(session, training_id, actor=actor, permission=_HOST)
    return await test_as_set(session, row)


async def test_as_set(session: AsyncSession, training: Any) -> TestAsSet:
    """The test of a training as its hosts see it."""
    test = await counting.find_test(session, training.id)
    return TestAsSet(
        activity=test.activity if test else None,
        questions=[QuestionCreate(**each) for each in (test.questions or [])] if test else [],
        quizzes=learning.quizzes_of(await learning.edition_of(session, training)),
        is_taken=await counting.test_is_taken(session, training.id),
    )


@router.put("/evaluations/{training_id}/test")
async def set_test(
    training_id: UUID, given: TestSet, session: DbSession, actor: Actor = permit(_HOST)
) -> TestAsSet:
    """Say what is asked before and after; the lead does, before anybody has taken it."""
    training = await lock_training(session, training_id, actor=actor)
    await learning.set_test(
        session,
        acting=actor,
        training=training,
        activity=given.activity,
        questions=[each.written() for each in given.questions],
    )
    return await test_as_set(session, training)


@router.post("/evaluations/{training_id}/levels/{level}/closing")
async def close_level(
    training_id: UUID, level: Level, session: DbSession, actor: Actor = permit(_HOST)
) -> EvaluationRow:
    """Close a level before its last day; the lead does. What it was counted from is deleted."""
    training = await lock_training(session, training_id, actor=actor)
    await closing.close_by_lead(session, acting=actor, training=training, level=level)
    row = await get_training(session, training_id, actor=actor, permission=_HOST)
    return _row(row, (await levels_read(session, [training_id], with_words=False))[training_id])


# -- results -----------------------------------------------------------------------------------------------


async def results_read(session: AsyncSession, training_id: UUID) -> list[ResultRead]:
    """The agreed indicators with what they reached."""
    return [result_read(each) for each in await results_of(session, training_id)]


@router.get("/evaluations/{training_id}/results")
async def read_results(
    training_id: UUID, session: DbSession, actor: Actor = permit(_READ)
) -> Page[ResultRead]:
    """The agreed indicators: where one began, what was to be reached, and what was."""
    await get_training(session, training_id, actor=actor, permission=_READ)
    return Page(items=await results_read(session, training_id))


@router.post("/evaluations/{training_id}/results", status_code=status.HTTP_201_CREATED)
async def record_result(
    training_id: UUID, new: ResultCreate, session: DbSession, actor: Actor = permit(_HOST)
) -> Page[ResultRead]:
    """Record what an indicator reached; the lead does. The latest value counts and is confirmed anew."""
    training = await lock_training(session, training_id, actor=actor)
    await results.record_value(session, acting=actor, training=training, reached=new.reached())
    return Page(items=await results_read(session, training_id))


@router.post("/evaluations/{training_id}/results/{value_id}/confirmation")
async def confirm_result(
    training_id: UUID, value_id: UUID, session: DbSession, actor: Actor = permit(_HOST)
) -> Page[ResultRead]:
    """Confirm a value for the hosts for which one acts, the lead aside. Twice is once."""
    training = await lock_training(session, training_id, actor=actor)
    await results.confirm_value(session, acting=actor, training=training, value_id=value_id)
    return Page(items=await results_read(session, training_id))
