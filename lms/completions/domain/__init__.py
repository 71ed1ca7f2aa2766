"""What a completion is, where it may come from, and what happens when one is made or revoked."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from lms.kernel.errors import Conflict, Invalid, NotFound
from lms.kernel.events import Event

RULE = "completion-1"
"""Version of the rule: every required activity of the pinned version is satisfied; raise it when that changes."""

EARLIEST = date(1990, 1, 1)


class Source(StrEnum):
    """How a completion came about; visible wherever it is shown."""

    ACTIVITIES = "activities"  # the product's own activities
    RECORDED = "recorded"  # recorded elsewhere and sent to us
    PRIOR_LEARNING = "prior_learning"  # learned elsewhere, confirmed by an assessor
    EQUIVALENCE = "equivalence"  # of another course, completed; names that completion
    WAIVER = "waiver"  # exempted by an official, until a day
    JOINT_TRAINING = "joint_training"  # attended where it was held; names that attendance


TAKEN = frozenset({Source.ACTIVITIES, Source.RECORDED})
"""Sources that say the course itself was taken: it taught what it teaches, and took its hours."""

UNCOUNTED = frozenset({Source.WAIVER, Source.EQUIVALENCE})
"""Sources that count in no report: an exemption is no learning, and an equivalent was counted as the other course."""


class EvidenceKind(StrEnum):
    """What an evidence row holds."""

    REFERENCE = "reference"  # words or a link that came with a completion recorded elsewhere
    REVOCATION = "revocation"  # the reason of a revocation
    WAIVER = "waiver"  # the reason of a waiver
    PRIOR_LEARNING = "prior_learning"  # an assessor's words about what was learned elsewhere
    PRACTICE = "practice"  # a reporting officer's words about practice


def fault_in_day(occurred_on: date, *, today: date) -> str | None:
    """Why a completion cannot have happened on this day; None when it can."""
    if occurred_on > today:
        return "A completion cannot lie in the future."
    if occurred_on < EARLIEST:
        return f"A completion before {EARLIEST.year} is not taken."
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseCompleted(Event):
    """A completion was recorded. The fields are what the reactions need, so that they read nothing again."""

    type: ClassVar[str] = "completions.course_completed"
    subject_type: ClassVar[str] = "completion"

    person_id: UUID
    course_id: UUID
    course_version_id: UUID
    source: Source
    minutes: int
    occurred_on: date
    valid_until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionRevoked(Event):
    """A completion stopped counting."""

    type: ClassVar[str] = "completions.completion_revoked"
    subject_type: ClassVar[str] = "completion"

    person_id: UUID
    revoked_by_id: UUID
    occurred_on: date


class CompletionNotFound(NotFound):
    type, title = "completion-not-found", "There is no such completion here"


class AlreadyRevoked(Conflict):
    type, title = "already-revoked", "This completion was revoked before"


class BadPeriod(Invalid):
    type, title = "bad-period", "The period ends before it starts"
