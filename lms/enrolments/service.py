"""Enrol, learn, answer, hand in, assess. Progress and completion are decided here alone, on the server.

Every change of progress holds the enrolment's row lock, so two devices, a double click or a late message
meet one after the other, and the second finds the first one's work done.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from lms.adapters.storage import StoredFile
from lms.catalogue.domain import Activity, ActivityKind, Course, Edition, Question
from lms.catalogue.queries import get_course, get_edition, refs_by_key
from lms.completions.domain import last_valid_day
from lms.completions.queries import completed_course_ids
from lms.completions.service import Finished, record_own
from lms.enrolments import queries
from lms.enrolments.domain.drawing import draw
from lms.enrolments.domain.grading import feedback, grade
from lms.enrolments.domain.responses import InvalidResponse, validate_responses
from lms.enrolments.domain.states import (
    ActivityNotFound,
    ActivityState,
    AlreadyEnrolled,
    AttemptOver,
    BadAnswer,
    Enrolled,
    EnrolmentClosed,
    EnrolmentState,
    NoAttemptsLeft,
    PrerequisiteMissing,
    Progress,
    SubmissionState,
    Withdrawn,
    WorkAssessed,
    WorkSubmitted,
    is_complete,
    moved_forward,
    require_kind,
    wait_until,
)
from lms.enrolments.models import Attempt, Enrolment, Submission
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.kernel.errors import Fault, Invalid, NotAllowed
from lms.kernel.events import publish
from lms.kernel.ids import new_id
from lms.kernel.writes import flush, gather_update
from lms.people.queries import team_of
from lms.skills.service import Assessed, record_assessed_work

enrolments = table_of(Enrolment)
attempts = table_of(Attempt)
submissions = table_of(Submission)


# -- on and off a course -----------------------------------------------------------------------------------


async def enrol(
    session: AsyncSession,
    *,
    acting: Actor,
    course: str,
    language: str | None = None,
    person_id: UUID | None = None,
    due_on: date | None = None,
) -> UUID:
    """Put the actor on a course, on the version current now; with `person_id`, someone of the actor's team.

    Raises `AlreadyEnrolled` and `PrerequisiteMissing`.
    """
    learner = person_id or acting.person_id
    if learner != acting.person_id:
        await _check_in_team(session, acting, learner)
    ref = await get_course(session, course)
    edition = await get_edition(session, ref.version_id)
    await _check_prerequisites(session, edition, learner)
    enrolment_id = new_id()
    row = {
        "id": enrolment_id,
        "person_id": learner,
        "course_id": ref.id,
        "course_version_id": ref.version_id,
        "state": EnrolmentState.ACTIVE.value,
        "language": edition.language_for(language or acting.language),
        "progress": {},
        "assigned_by_id": acting.person_id if learner != acting.person_id else None,
        "due_on": due_on,
        "enrolled_at": clock.now(),
    }
    statement = insert(enrolments).values(row).on_conflict_do_nothing().returning(enrolments.c.id)
    if await session.scalar(statement) is None:
        raise AlreadyEnrolled()
    data = {"person": str(learner), "course": course, "version": ref.version}
    await publish(session, [Enrolled(subject_id=enrolment_id, data=data)], acting=acting)
    return enrolment_id


async def _check_in_team(session: AsyncSession, acting: Actor, learner: UUID) -> None:
    team = await team_of(session, acting.person_id)
    if not acting.may(Permission.TEAM_READ) or learner not in {member.id for member in team}:
        raise NotAllowed("You assign courses to those who report to you.")


async def _check_prerequisites(session: AsyncSession, edition: Edition, learner: UUID) -> None:
    wanted = edition.course.prerequisites
    if not wanted:
        return
    refs = await refs_by_key(session, wanted)
    held = await completed_course_ids(
        session, person_id=learner, course_ids=[ref.id for ref in refs.values()]
    )
    missing = [key for key in wanted if key in refs and refs[key].id not in held]
    if missing:
        faults = [Fault("/course", f"Complete {key} first.") for key in missing]
        raise PrerequisiteMissing(f"Complete {', '.join(missing)} first.", faults=faults)


async def withdraw(session: AsyncSession, *, acting: Actor, enrolment_id: UUID) -> None:
    """Leave a course; what was done stays on record, and one may enrol anew."""
    row = await queries.get_own_enrolment(session, enrolment_id, actor=acting, lock=True)
    if row.state == EnrolmentState.WITHDRAWN:
        return
    if row.state == EnrolmentState.COMPLETED:
        raise EnrolmentClosed("This course is completed; there is nothing to withdraw from.")
    await _update(session, enrolment_id, state=EnrolmentState.WITHDRAWN.value, withdrawn_at=clock.now())
    event = Withdrawn(subject_id=enrolment_id, data={"person": str(row.person_id), "course": row.course})
    await publish(session, [event], acting=acting)


# -- progress ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Moved:
    """Where an enrolment stands after a change."""

    course: Course
    progress: Progress
    state: str


async def complete_page(
    session: AsyncSession, *, acting: Actor, enrolment_id: UUID, activity: str, state: ActivityState
) -> Moved:
    """Mark a page as begun or read; twice is once."""
    row = await queries.get_own_enrolment(session, enrolment_id, actor=acting, lock=True)
    edition = await get_edition(session, row.course_version_id)
    require_kind(find_activity(edition, activity), ActivityKind.PAGE)
    _require_open(row)
    return await _advance(session, row, edition, activity, state, acting=acting)


async def remember_place(session: AsyncSession, *, acting: Actor, enrolment_id: UUID, place: str) -> None:
    """Remember where the actor reads, to open there on any device."""
    await session.execute(
        update(enrolments)
        .where(enrolments.c.id == enrolment_id, enrolments.c.person_id == acting.person_id)
        .values(place=place)
    )


async def choose_language(session: AsyncSession, *, acting: Actor, enrolment_id: UUID, language: str) -> None:
    """Go on in another language the course has; progress and open attempts stay, since ids are the same in all."""
    row = await queries.get_own_enrolment(session, enrolment_id, actor=acting, lock=True)
    edition = await get_edition(session, row.course_version_id)
    await _update(session, enrolment_id, language=edition.language_for(language, row.language))


def find_activity(edition: Edition, key: str) -> Activity:
    """The activity of this version; `ActivityNotFound` when it has none by this key."""
    try:
        return edition.course.activity(key)
    except KeyError as error:
        raise ActivityNotFound(f"This course has no activity {key!r}.") from error


def _require_open(row: Any) -> None:
    if row.state == EnrolmentState.WITHDRAWN:
        raise EnrolmentClosed()


async def _advance(
    session: AsyncSession,
    row: Any,
    edition: Edition,
    activity: str,
    state: ActivityState,
    *,
    acting: Actor | None,
) -> Moved:
    """Move one activity on and, when that satisfies the last required one, complete the course."""
    now = clock.now()
    progress = moved_forward(row.progress, activity, state, now)
    if progress is row.progress:
        return Moved(edition.course, progress, row.state)
    values: dict[str, Any] = {"progress": progress}
    if row.state == EnrolmentState.ACTIVE and is_complete(edition.course, progress):
        values |= {"state": EnrolmentState.COMPLETED.value, "completed_at": now}
        await record_own(session, acting=acting, finished=_finished(row, edition))
    # One statement writes this together with the completion and all that follows from it; sent here, so that
    # whoever reads on in this transaction sees it.
    gather_update(session, enrolments, row.id, values)
    await flush(session)
    return Moved(edition.course, progress, values.get("state", row.state))


def _finished(row: Any, edition: Edition) -> Finished:
    return Finished(
        person_id=row.person_id,
        course_id=row.course_id,
        course_version_id=row.course_version_id,
        minutes=sum(each.minutes for each in edition.course.required_activities),
        validity_months=edition.course.validity_months,
        occurred_on=clock.today(),
        enrolment_id=row.id,
    )


async def _update(session: AsyncSession, enrolment_id: UUID, **values: Any) -> None:
    await session.execute(update(enrolments).where(enrolments.c.id == enrolment_id).values(**values))


# -- quizzes -----------------------------------------------------------------------------------------------


async def start_attempt(session: AsyncSession, *, acting: Actor, enrolment_id: UUID, activity: str) -> UUID:
    """Begin a try at a quiz, or come back to the one that is open.

    Raises `NoAttemptsLeft`, which says from when one more is allowed.
    """
    row = await queries.get_own_enrolment(session, enrolment_id, actor=acting, lock=True)
    edition = await get_edition(session, row.course_version_id)
    quiz = find_activity(edition, activity)
    require_kind(quiz, ActivityKind.QUIZ)
    _require_open(row)
    earlier = await queries.attempts_of(session, enrolment_id, activity)
    now = clock.now()
    for attempt in earlier:
        if attempt.submitted_at is None and (attempt.due_at is None or attempt.due_at > now):
            return UUID(str(attempt.id))
        if attempt.submitted_at is None:
            await _close(session, attempt.id, responses=attempt.responses or {}, score=0, passed=False)
    _check_attempts_left(quiz, [attempt.started_at for attempt in earlier])
    return await _open_attempt(session, row, edition, quiz, number=len(earlier) + 1)


def _check_attempts_left(quiz: Activity, earlier: list[Any]) -> None:
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
            activity=quiz.key,
            number=number,
            drawn={each.question: dict(each.order) for each in drawn},
            started_at=now,
            due_at=due,
        )
    )
    progress = moved_forward(row.progress, quiz.key, ActivityState.STARTED, now)
    if progress is not row.progress:
        await _update(session, row.id, progress=progress)
    return attempt_id


def questions_of(attempt: Any, edition: Edition) -> list[Question]:
    """The questions an attempt asks, in the order they are shown."""
    quiz = edition.quiz(attempt.activity, attempt.language)
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
        return _outcome(attempt, edition, questions, attempt.responses or {}, repeated=True)
    _require_still_on(attempt)
    _check_answers(questions, responses)
    if attempt.due_at is not None and clock.now() > attempt.due_at + timedelta(seconds=30):
        raise AttemptOver()
    outcome = _outcome(attempt, edition, questions, responses)
    await _close(
        session, attempt_id, responses=responses, score=round(outcome.score * 100), passed=outcome.passed
    )
    enrolment = await queries.get_own_enrolment(session, attempt.enrolment_id, actor=acting)
    state = ActivityState.COMPLETED if outcome.passed else ActivityState.FAILED
    await _advance(session, enrolment, edition, attempt.activity, state, acting=acting)
    return outcome


def outcome_of(attempt: Any, edition: Edition) -> Outcome:
    """What a submitted attempt was worth, to look at again."""
    return _outcome(attempt, edition, questions_of(attempt, edition), attempt.responses or {}, repeated=True)


def _outcome(
    attempt: Any,
    edition: Edition,
    questions: list[Question],
    responses: Mapping[str, Any],
    *,
    repeated: bool = False,
) -> Outcome:
    graded = grade(questions, responses)
    passed = graded.passes(edition.course.activity(attempt.activity).pass_mark or 0)
    said = feedback(graded, questions, reveal=passed)
    return Outcome(attempt.id, float(graded.per_cent), passed, said, repeated)


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


# -- assignments -------------------------------------------------------------------------------------------


async def submit_work(
    session: AsyncSession,
    *,
    acting: Actor,
    enrolment_id: UUID,
    activity: str,
    words: str | None,
    file: StoredFile | None,
) -> UUID:
    """Hand in a piece of work: words, a file, or both. While one waits for its assessor no other is taken."""
    row = await queries.get_own_enrolment(session, enrolment_id, actor=acting, lock=True)
    edition = await get_edition(session, row.course_version_id)
    require_kind(find_activity(edition, activity), ActivityKind.ASSIGNMENT)
    _require_open(row)
    if not (words and words.strip()) and file is None:
        raise Invalid("Hand in words or a file.", faults=[Fault("/words", "Words or a file are needed.")])
    earlier = await queries.submissions_of(session, enrolment_id, activity)
    if earlier and earlier[-1].state == SubmissionState.SUBMITTED:
        raise NoAttemptsLeft("Your work waits for its assessor; you may hand in again once it is assessed.")
    if any(each.passed for each in earlier):
        raise NoAttemptsLeft("This piece of work has been assessed and passed.")
    submission = Submission(
        enrolment_id=enrolment_id,
        activity=activity,
        number=len(earlier) + 1,
        words=words.strip() if words else None,
        file_name=file.name if file else None,
        file_key=file.key if file else None,
        file_type=file.type if file else None,
        file_size=file.size if file else None,
    )
    session.add(submission)
    await session.flush()
    await _advance(session, row, edition, activity, ActivityState.SUBMITTED, acting=acting)
    data = {"person": str(row.person_id), "course": row.course, "activity": activity}
    await publish(session, [WorkSubmitted(subject_id=submission.id, data=data)], acting=acting)
    return submission.id


async def assess_work(
    session: AsyncSession,
    *,
    acting: Actor,
    submission_id: UUID,
    points: Mapping[str, int],
    comment: str,
) -> bool:
    """Grade a piece of work against its rubric; whether it passed. Passed work becomes skill records."""
    row = await queries.get_submission_to_assess(session, submission_id, actor=acting, lock=True)
    if row.state == SubmissionState.ASSESSED:
        raise NoAttemptsLeft("This piece of work was assessed already.")
    edition = await get_edition(session, row.course_version_id)
    score, passed = _assess(edition, row, points)
    await session.execute(
        update(submissions)
        .where(submissions.c.id == submission_id)
        .values(
            state=SubmissionState.ASSESSED.value,
            assessor_id=acting.person_id,
            assessed_at=clock.now(),
            points=dict(points),
            comment=comment.strip() or None,
            score=score,
            passed=passed,
        )
    )
    await _after_assessment(session, row, edition, passed=passed, acting=acting)
    return passed


def _assess(edition: Edition, row: Any, points: Mapping[str, int]) -> tuple[int, bool]:
    """Score in hundredths of a per cent and whether it passes; `Invalid` unless each criterion has its points."""
    work = edition.assignment(row.activity, edition.course.original)
    known = {criterion.id: criterion.max_points for criterion in work.criteria}
    faults = [Fault(f"/points/{key}", "There is no such criterion.") for key in points if key not in known]
    for key, most in known.items():
        if not isinstance(points.get(key), int) or not 0 <= points[key] <= most:
            faults.append(Fault(f"/points/{key}", f"Give 0 to {most} points."))
    if faults:
        raise Invalid("The points do not fit the rubric.", faults=faults)
    score = round(10000 * sum(points.values()) / work.max_points)
    return score, score >= (edition.course.activity(row.activity).pass_mark or 0) * 100


async def _after_assessment(
    session: AsyncSession, row: Any, edition: Edition, *, passed: bool, acting: Actor
) -> None:
    today = clock.today()
    event = WorkAssessed(
        subject_id=row.id, person_id=row.person_id, data={"person": str(row.person_id), "passed": passed}
    )
    await publish(session, [event], acting=acting)
    enrolment = (await session.execute(enrolments.select().where(enrolments.c.id == row.enrolment_id))).one()
    state = ActivityState.COMPLETED if passed else ActivityState.FAILED
    if not passed:
        # The one step back there is: from waiting to "again", decided by an assessor.
        again = {**enrolment.progress, row.activity: {"state": state.value, "at": clock.now().isoformat()}}
        await _update(session, enrolment.id, progress=again)
        return
    await _advance(session, enrolment, edition, row.activity, state, acting=acting)
    assessed = Assessed(
        submission_id=row.id,
        person_id=row.person_id,
        course_version_id=row.course_version_id,
        assessor_id=acting.person_id,
        occurred_on=today,
        valid_until=last_valid_day(today, edition.course.validity_months),
    )
    await record_assessed_work(session, acting=acting, assessed=assessed)
