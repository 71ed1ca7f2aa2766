"""States of an enrolment and its activities, what counts as done, and what can go wrong on the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Any, ClassVar
from uuid import UUID

from lms.catalogue.domain import Activity, ActivityKind, Attempts, Course, Edition
from lms.kernel.errors import Conflict, Gone, Invalid, NotFound
from lms.kernel.events import Event


class EnrolmentState(StrEnum):
    """Where a person stands with a course."""

    ACTIVE = "active"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"


class ActivityState(StrEnum):
    """Where a person stands with an activity. Only COMPLETED satisfies."""

    NOT_STARTED = "not_started"
    STARTED = "started"
    SUBMITTED = "submitted"  # a piece of work that waits for its assessor
    FAILED = "failed"  # tried, and to be tried again
    COMPLETED = "completed"


class SubmissionState(StrEnum):
    """Where a piece of work stands."""

    SUBMITTED = "submitted"
    ASSESSED = "assessed"


Progress = Mapping[str, Mapping[str, Any]]
"""Activity key → {"state": ActivityState, "at": RFC 3339}; an activity not begun is not in it."""

_ORDER = [
    ActivityState.NOT_STARTED,
    ActivityState.STARTED,
    ActivityState.FAILED,
    ActivityState.SUBMITTED,
    ActivityState.COMPLETED,
]


def state_of(progress: Progress, key: str) -> ActivityState:
    """The state of one activity."""
    return ActivityState(progress.get(key, {}).get("state", ActivityState.NOT_STARTED))


def moved_forward(progress: Progress, key: str, state: ActivityState, at: datetime) -> Progress:
    """Progress with one activity moved on. It never moves back: a late message from another device changes nothing."""
    if _ORDER.index(state) <= _ORDER.index(state_of(progress, key)):
        return progress
    return {**progress, key: {"state": state.value, "at": at.isoformat()}}


def as_taken(edition: Edition, enrolment: Any) -> Edition:
    """The edition as this enrolment takes it: whole, or by the shorter path of a renewal (`renews_id`)."""
    return edition if enrolment.renews_id is None else replace(edition, course=edition.course.for_renewal())


def share_done(course: Course, progress: Progress) -> float:
    """Minutes of required activities done, of all required ones, 0 to 1; without any, of all activities."""
    counted = course.required_activities or course.activities
    total = sum(each.minutes for each in counted)
    done = sum(each.minutes for each in counted if state_of(progress, each.key) is ActivityState.COMPLETED)
    return float(Fraction(done, total)) if total else 1.0


def minutes_left(course: Course, progress: Progress) -> int:
    """Minutes of required activities still to do."""
    return sum(
        each.minutes
        for each in course.required_activities
        if state_of(progress, each.key) is not ActivityState.COMPLETED
    )


def is_complete(course: Course, progress: Progress) -> bool:
    """Whether every required activity is satisfied: the rule that makes a completion."""
    return all(state_of(progress, each.key) is ActivityState.COMPLETED for each in course.required_activities)


def next_activity(course: Course, progress: Progress) -> Activity | None:
    """The first activity still to do: required ones in order, then optional ones; None when all are done."""
    todo = [each for each in course.activities if state_of(progress, each.key) in _ORDER[:3]]
    return next((each for each in todo if each.required), todo[0] if todo else None)


def wait_until(limit: Attempts | None, earlier: Sequence[datetime], now: datetime) -> datetime | None:
    """The moment from which one more try is allowed: `now` or earlier means at once, None means never.

    `earlier` are the starts of all tries so far, in any order.
    """
    if limit is None or len(earlier) < limit.limit:
        return now
    if limit.per_hours is None:
        return None
    window = timedelta(hours=limit.per_hours)
    # The try that must fall out of the window before there is room for one more.
    blocking = sorted(earlier)[-limit.limit]
    return max(now, blocking + window)


def require_kind(activity: Activity, kind: ActivityKind) -> None:
    """Raise unless the activity is of this kind."""
    if activity.kind is not kind:
        raise WrongActivityKind(f"{activity.key!r} is a {activity.kind.value}, not a {kind.value}.")


# -- errors ------------------------------------------------------------------------------------------------


class EnrolmentNotFound(NotFound):
    """No such enrolment, or someone else's."""

    type, title = "enrolment-not-found", "There is no such enrolment here"


class ActivityNotFound(NotFound):
    """The course version has no such activity."""

    type, title = "activity-not-found", "This course has no such activity"


class AttemptNotFound(NotFound):
    """No such attempt, or someone else's."""

    type, title = "attempt-not-found", "There is no such attempt here"


class SubmissionNotFound(NotFound):
    """No such piece of work, or not for this assessor."""

    type, title = "submission-not-found", "There is no such piece of work here"


class AlreadyEnrolled(Conflict):
    """The person is on this course now."""

    type, title = "already-enrolled", "You are enrolled in this course already"


class PrerequisiteMissing(Conflict):
    """Another course comes first."""

    type, title = "prerequisite-missing", "Another course comes first"


class EnrolmentClosed(Conflict):
    """The enrolment was withdrawn."""

    type, title = "enrolment-closed", "You have withdrawn from this course"


class CannotMove(Conflict):
    """Something stands in the way of moving to the newest version: it is completed, or a part of it is under way."""

    type, title = "cannot-move", "You cannot move to the newest version now"


class AnotherVersion(Conflict):
    """The version that was looked at is not the newest any more."""

    type, title = "another-version", "Another version of this course is the newest by now"


class NoAttemptsLeft(Conflict):
    """The course allows so many tries."""

    type, title = "no-attempts-left", "There is no try left"


class AttemptOver(Gone):
    """A timed attempt ran out."""

    type, title = "attempt-over", "The time for this attempt is over"


class WrongActivityKind(Conflict):
    """A page cannot be answered, a quiz cannot be marked as read."""

    type, title = "wrong-activity-kind", "This activity is of another kind"


class BadAnswer(Invalid):
    """An answer no choice could have made, or to a question that was not asked."""

    type, title = "bad-answer", "Some answers do not fit their questions"


# -- events ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled(Event):
    """A person was put on a course."""

    type: ClassVar[str] = "enrolments.enrolled"
    subject_type: ClassVar[str] = "enrolment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn(Event):
    """A person left a course without completing it."""

    type: ClassVar[str] = "enrolments.withdrawn"
    subject_type: ClassVar[str] = "enrolment"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentMoved(Event):
    """A learner moved to the newest version; `kept` and `again` name activities."""

    type: ClassVar[str] = "enrolments.moved"
    subject_type: ClassVar[str] = "enrolment"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkSubmitted(Event):
    """A piece of work was handed in."""

    type: ClassVar[str] = "enrolments.work_submitted"
    subject_type: ClassVar[str] = "submission"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkAssessed(Event):
    """A piece of work was assessed."""

    type: ClassVar[str] = "enrolments.work_assessed"
    subject_type: ClassVar[str] = "submission"

    person_id: UUID
