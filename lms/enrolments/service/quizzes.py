"""Tries at a quiz: begun, kept, handed in once, graded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.domain import Activity, ActivityKind, Edition, Question
from lms.catalogue.queries import get_edition
from lms.enrolments import queries
from lms.enrolments.domain.drawing import draw
from lms.enrolments.domain.grading import feedback, grade
from lms.enrolments.domain.responses import InvalidResponse, validate_responses
from lms.enrolments.domain.states import (
    ActivityState,
    AttemptOver,
    BadAnswer,
    EnrolmentClosed,
    EnrolmentState,
    NoAttemptsLeft,
    moved_forward,
    require_kind,
    wait_until,
)
from lms.enrolments.models import Attempt
from lms.enrolments.service.moving import that_count
from lms.enrolments.service.progress import advance, change_enrolment, find_activity, require_open
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import table_of
from lms.kernel.errors import Fault
from lms.kernel.ids import new_id

attempts = table_of(Attempt)


async def start_attempt(session: AsyncSession, *, acting: Actor, enrolment_id: UUID, activity: str) -> UUID:
    """Begin a try at a quiz, or come back to the one that is open.

    Raises `NoAttemptsLeft`, which says from when one more is allowed.
    """
    row = await queries.get_own_enrolment(session, enrolment_id, actor=acting, lock=True)
    edition = await get_edition(session, row.course_version_id)
    quiz = find_activity(edition, activity)
    require_kind(quiz, ActivityKind.QUIZ)
    require_open(row)
    earlier = await queries.attempts_of(session, enrolment_id, activity)
    now = clock.now()
    for attempt in earlier:
        if attempt.submitted_at is None and (attempt.due_at is None or attempt.due_at > now):
            return UUID(str(attempt.id))
        if attempt.submitted_at is None:
            await _close(session, attempt.id, responses=attempt.responses or {}, score=0, passed=False)
    if quiz.attempts is not None:  # leaving a course and coming back gives no new tries
        before = await queries.starts_before_leaving(session, row, activity)
        tries = [*before, *earlier]
        same = await that_count(session, edition, activity, tries, version_id=row.course_version_id)
        _check_attempts_left(quiz, [each.started_at for each in same])
    return await _open_attempt(session, row, edition, quiz, number=len(earlier) + 1)


def _check_attempts_left(quiz: Activity, earlier: Sequence[Any]) -> None:
    now = clock.now()
    allowed = wait_until(quiz.attempts, earlier, now)
    if allowed is None:
        raise NoAttemptsLeft()
    if allowed > now:
        seconds = int((allowed - now).total_seconds()) + 1
        raise NoAttemptsLeft(
            f"The next try is possible from {allowed.isoformat(timespec='minutes')}.",
            headers={"Retry-After": str(seconds)},
        )


async def _open_attempt(
    session: AsyncSession, row: Any, edition: Edition, quiz: Activity, *, number: int
) -> UUID:
    attempt_id, now = new_id(), clock.now()
    bank = edition.quiz(quiz.key, row.language).questions
    drawn = draw(bank, count=quiz.draw, seed=str(attempt_id))
    due = now + timedelta(minutes=quiz.time_limit_minutes) if quiz.time_limit_minutes else None
    await session.execute(
        insert(attempts).values(
            id=attempt_id,
            enrolment_id=row.id,
            course_version_id=row.course_version_id,
            activity=quiz.key,
            number=number,
            drawn={each.question: dict(each.order) for each in drawn},
            started_at=now,
            due_at=due,
        )
    )
    progress = moved_forward(row.progress, quiz.key, ActivityState.STARTED, now)
    if progress is not row.progress:
        await change_enrolment(session, row.id, progress=progress)
    return attempt_id


def questions_of(attempt: Any, edition: Edition) -> list[Question]:
    """The questions an attempt asks, in the order they are shown."""
    # The learner may read on in a language that the version of this attempt was not written in.
    quiz = edition.quiz(attempt.activity, edition.language_for(attempt.language))
    return [question for question in quiz.questions if question.id in attempt.drawn]


async def save_responses(
    session: AsyncSession, *, acting: Actor, attempt_id: UUID, responses: Mapping[str, Any]
) -> None:
    """Keep answers of an open attempt, to go on later or elsewhere; they are not graded yet."""
    attempt = await queries.get_own_attempt(session, attempt_id, actor=acting, lock=True)
    if attempt.submitted_at is not None:
        raise AttemptOver("This attempt was submitted.")
    _require_still_on(attempt)
    edition = await get_edition(session, attempt.course_version_id)
    _check_answers(questions_of(attempt, edition), responses)
    await session.execute(
        update(attempts).where(attempts.c.id == attempt_id).values(responses=dict(responses))
    )


def _require_still_on(attempt: Any) -> None:
    if attempt.enrolment_state == EnrolmentState.WITHDRAWN:
        raise EnrolmentClosed()


@dataclass(frozen=True, slots=True)
class Outcome:
    """A graded attempt. `score` is per cent with two decimals."""

    attempt_id: UUID
    score: float
    passed: bool
    feedback: list[dict[str, Any]]
    repeated: bool = False  # it was submitted before; this is what it was worth then


async def submit_attempt(
    session: AsyncSession, *, acting: Actor, attempt_id: UUID, responses: Mapping[str, Any]
) -> Outcome:
    """Grade an attempt. Submitted twice it was submitted once: the second gets the first one's outcome.

    Raises `BadAnswer` for an answer that no choice could have made, `AttemptOver` for a timed one run out.
    """
    attempt = await queries.get_own_attempt(session, attempt_id, actor=acting, lock=True)
    edition = await get_edition(session, attempt.course_version_id)
    questions = questions_of(attempt, edition)
    if attempt.submitted_at is not None:
        return outcome_of(attempt, edition)
    _require_still_on(attempt)
    _check_answers(questions, responses)
    if attempt.due_at is not None and clock.now() > attempt.due_at + timedelta(seconds=30):
        raise AttemptOver()
    graded = grade(questions, responses)
    passed = graded.passes(edition.course.activity(attempt.activity).pass_mark or 0)
    said = feedback(graded, questions, reveal=passed)
    outcome = Outcome(attempt.id, float(graded.per_cent), passed, said)
    await _close(
        session, attempt_id, responses=responses, score=round(outcome.score * 100), passed=outcome.passed
    )
    enrolment = await queries.get_own_enrolment(session, attempt.enrolment_id, actor=acting)
    state = ActivityState.COMPLETED if outcome.passed else ActivityState.FAILED
    await advance(session, enrolment, edition, attempt.activity, state, acting=acting)
    return outcome


def outcome_of(attempt: Any, edition: Edition) -> Outcome:
    """What a submitted attempt was worth, to look at again: as it was decided then, with what is said of its answers.

    One whose time ran out was worth nothing, whatever answers it kept, and so tells no right answer either.
    """
    questions = questions_of(attempt, edition)
    said = feedback(grade(questions, attempt.responses or {}), questions, reveal=attempt.passed)
    return Outcome(attempt.id, attempt.score / 100, attempt.passed, said, repeated=True)


def try_out(
    edition: Edition, activity: str, language: str, attempt_id: UUID, responses: Mapping[str, Any] | None
) -> Any:
    """A try at a quiz that is only looked at: drawn, checked and graded as any, and kept nowhere.

    The same id draws the same questions. Without `responses` it is not handed in. Raises `BadAnswer`.
    """
    quiz = find_activity(edition, activity)
    require_kind(quiz, ActivityKind.QUIZ)
    drawn = draw(edition.quiz(activity, language).questions, count=quiz.draw, seed=str(attempt_id))
    attempt = SimpleNamespace(
        id=attempt_id,
        activity=activity,
        language=language,
        drawn={each.question: dict(each.order) for each in drawn},
        due_at=None,
        responses=responses,
    )
    if responses is not None:
        questions = questions_of(attempt, edition)
        _check_answers(questions, responses)
        graded = grade(questions, responses)
        attempt.passed = graded.passes(quiz.pass_mark or 0)
        attempt.score = round(float(graded.per_cent) * 100)
    return attempt


def _check_answers(questions: list[Question], responses: Mapping[str, Any]) -> None:
    try:
        validate_responses(questions, responses)
    except InvalidResponse as error:
        faults = [Fault(f"/responses{each.pointer}", each.sentence) for each in error.problems]
        raise BadAnswer(faults=faults) from error


async def _close(
    session: AsyncSession, attempt_id: UUID, *, responses: Mapping[str, Any], score: int, passed: bool
) -> None:
    await session.execute(
        update(attempts)
        .where(attempts.c.id == attempt_id)
        .values(responses=dict(responses), submitted_at=clock.now(), score=score, passed=passed)
    )
