"""Tests before and after: set by the lead, drawn alike for both, graded as quizzes are. Only scores are kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.domain import ActivityKind, Edition, Question
from lms.catalogue.models import Course
from lms.catalogue.queries import get_edition
from lms.enrolments.domain.drawing import Drawn, draw, serve
from lms.enrolments.domain.grading import grade
from lms.enrolments.domain.responses import InvalidResponse, validate_responses
from lms.evaluations.domain.happenings import BadAnswer, BadTest, LevelClosed, NotAsked, TestInUse, TestSet
from lms.evaluations.domain.learning import Written, as_bank, faults_in_questions, stored, written_from
from lms.evaluations.domain.levels import Kind
from lms.evaluations.models import EvaluationAsk, TestScore, TrainingTest
from lms.evaluations.queries import counting
from lms.evaluations.queries.asks import get_own_ask
from lms.evaluations.service.reacting import require_open
from lms.joint_trainings.domain.states import OPEN_STATES, PREPARED_IN, TrainingState
from lms.joint_trainings.models.trainings import JointTraining
from lms.joint_trainings.service.trainings import require_lead
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import table_of
from lms.kernel.errors import Fault
from lms.kernel.events import publish

asks = table_of(EvaluationAsk)
scores = table_of(TestScore)
tests = table_of(TrainingTest)
_BEFORE_ITS_END = PREPARED_IN | OPEN_STATES | {TrainingState.AGREED}


async def set_test(
    session: AsyncSession,
    *,
    acting: Actor,
    training: JointTraining,
    activity: str | None,
    questions: Sequence[Written],
) -> None:
    """Say what is asked before and after: a quiz of the training's course, or questions. `training` is locked.

    The lead does, before the training is closed and before anybody has taken it.
    """
    await require_lead(session, training, acting=acting)
    if TrainingState(training.state) not in _BEFORE_ITS_END:
        raise LevelClosed("The training is over; a test before and after it cannot be set any more.")
    if await counting.test_is_taken(session, training.id):
        raise TestInUse()
    await _check(session, training, activity, questions)
    values = {
        "activity": activity,
        "questions": None if activity else stored(questions),
        "set_by_id": acting.person_id,
        "set_at": clock.now(),
    }
    statement = insert(tests).values(training_id=training.id, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["training_id"], set_=values))
    said = TestSet(subject_id=training.id, entity_id=training.lead_entity_id)
    await publish(session, [said], acting=acting)


async def _check(
    session: AsyncSession, training: JointTraining, activity: str | None, questions: Sequence[Written]
) -> None:
    if (activity is None) == (not questions):
        sentence = "Name a quiz of the course, or write questions."
        raise BadTest(sentence, faults=[Fault("/questions", sentence)])
    if activity is None:
        faults = faults_in_questions(questions)
        if faults:
            raise BadTest(faults[0].detail, faults=faults)
    elif activity not in quizzes_of(await edition_of(session, training)):
        sentence = "The training's course has no quiz of this key."
        raise BadTest(sentence, faults=[Fault("/activity", sentence)])


async def edition_of(session: AsyncSession, training: Any) -> Edition | None:
    """The course version that the training is pinned to, or the current one before that; None: no course."""
    version = training.course_version_id
    if version is None and training.course_id is not None:
        version = (await session.get_one(Course, training.course_id)).current_version_id
    return await get_edition(session, version) if version else None


def quizzes_of(edition: Edition | None) -> list[str]:
    """Keys of the quizzes of a course, in order."""
    if edition is None:
        return []
    return [each.key for each in edition.course.activities if each.kind is ActivityKind.QUIZ]


# -- taking it ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Paper:
    """What one person is asked, the same before and after, in `language`."""

    questions: tuple[Question, ...]
    drawn: tuple[Drawn, ...]
    language: str

    def served(self) -> list[dict[str, Any]]:
        """As it goes over the wire, without the answers."""
        orders = {each.question: each.order for each in self.drawn}
        return [serve(each, orders[each.id]) for each in self.questions]


async def paper_for(session: AsyncSession, ask: Any, language: str) -> Paper:
    """The questions of a test for whoever is asked; drawn by training and person, so that both tests ask the same."""
    test = await counting.find_test(session, ask.training_id)
    if test is None:
        raise NotAsked()
    bank, count, written_in = await _bank(session, ask, test, language)
    drawn = draw(bank, count=count, seed=f"{ask.training_id}:{ask.person_id}")
    asked = {each.question for each in drawn}
    return Paper(tuple(each for each in bank if each.id in asked), drawn, written_in)


async def _bank(
    session: AsyncSession, ask: Any, test: Any, language: str
) -> tuple[Sequence[Question], int | None, str]:
    if test.activity is None:
        return as_bank(written_from(test.questions)), None, ask.language
    edition = await edition_of(session, ask)
    if test.activity not in quizzes_of(
        edition
    ):  # the course went on without it before the training was published
        raise NotAsked()
    assert edition is not None
    shown = edition.language_for(language)
    quiz = edition.course.activity(test.activity)
    return edition.quiz(test.activity, shown).questions, quiz.draw, shown


async def take_test(
    session: AsyncSession, *, acting: Actor, training_id: UUID, kind: Kind, responses: Mapping[str, Any]
) -> int:
    """Grade a test and keep what it was worth, in hundredths of a per cent. Twice raises `AlreadyAnswered`."""
    own = await get_own_ask(session, training_id, kind, actor=acting, lock=True)
    require_open(own)
    paper = await paper_for(session, own, acting.language)
    try:
        validate_responses(paper.questions, responses)
    except InvalidResponse as error:
        faults = [Fault(f"/responses{each.pointer}", each.sentence) for each in error.problems]
        raise BadAnswer(faults=faults) from error
    score = grade(paper.questions, responses).score
    row = {"training_id": training_id, "person_id": acting.person_id, "kind": kind.value}
    await session.execute(insert(scores).values(**row, score=score, recorded_at=clock.now()))
    await session.execute(update(asks).where(asks.c.id == own.id).values(is_answered=True))
    return score
