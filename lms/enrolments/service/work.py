"""Pieces of work: handed in, and assessed against their rubric."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from lms.adapters.storage import StoredFile
from lms.catalogue.domain import ActivityKind, Edition
from lms.catalogue.queries import get_edition
from lms.enrolments import queries
from lms.enrolments.domain.states import (
    ActivityState,
    NoAttemptsLeft,
    SubmissionState,
    WorkAssessed,
    WorkSubmitted,
    require_kind,
    state_of,
)
from lms.enrolments.models import Submission
from lms.enrolments.service.progress import advance, change_enrolment, find_activity, require_open
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import table_of
from lms.kernel.errors import Fault, Invalid
from lms.kernel.events import publish
from lms.skills.service import Assessed, record_assessed_work

submissions = table_of(Submission)


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
    require_open(row)
    if not (words and words.strip()) and file is None:
        raise Invalid("Hand in words or a file.", faults=[Fault("/words", "Words or a file are needed.")])
    earlier = await queries.submissions_of(session, enrolment_id, activity)
    if earlier and earlier[-1].state == SubmissionState.SUBMITTED:
        raise NoAttemptsLeft("Your work waits for its assessor; you may hand in again once it is assessed.")
    if state_of(row.progress, activity) is ActivityState.COMPLETED:
        raise NoAttemptsLeft("This piece of work has been assessed and passed.")
    submission = Submission(
        enrolment_id=enrolment_id,
        course_version_id=row.course_version_id,
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
    await advance(session, row, edition, activity, ActivityState.SUBMITTED, acting=acting)
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
    enrolment = await queries.get_enrolment(session, row.enrolment_id)
    state = ActivityState.COMPLETED if passed else ActivityState.FAILED
    if not passed:
        # The one step back there is: from waiting to "again", decided by an assessor.
        again = {**enrolment.progress, row.activity: {"state": state.value, "at": clock.now().isoformat()}}
        await change_enrolment(session, enrolment.id, progress=again)
        return
    await advance(session, enrolment, edition, row.activity, state, acting=acting)
    assessed = Assessed(
        submission_id=row.id,
        person_id=row.person_id,
        course_version_id=row.course_version_id,
        assessor_id=acting.person_id,
        occurred_on=today,
        valid_until=edition.course.last_valid_day(today),
    )
    await record_assessed_work(session, acting=acting, assessed=assessed)
