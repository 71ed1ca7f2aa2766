"""Who was there and for how long: marks, which of them holds, and what can be wrong with one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from lms.kernel.errors import Conflict, Fault, Invalid, NotAllowed, NotFound, TooMany
from lms.kernel.events import Event


class MarkSource(StrEnum):
    """How somebody was marked, the weakest first. A later mark from a weaker source changes nothing."""

    CODE = "code"  # by themselves
    LIST = "list"  # by a facilitator, there
    LATE = "late"  # by a facilitator or the host's coordinator, after the session, with a reason
    CORRECTION = "correction"  # by the host, after it had signed, with a reason

    @property
    def strength(self) -> int:
        """The greater holds."""
        return tuple(MarkSource).index(self)


WITH_REASON = frozenset({MarkSource.LATE, MarkSource.CORRECTION})


@dataclass(frozen=True, slots=True)
class Mark:
    """Somebody was there for so many minutes; 0: was not there. `at` is when it was seen, wherever it lay since."""

    id: str  # decides between marks of the same moment, the same way everywhere
    person: UUID
    source: MarkSource
    minutes: int
    at: datetime


def holding(marks: Iterable[Mark], *, opens_at: datetime) -> dict[UUID, Mark]:
    """The mark that holds for each person: the newest of the strongest source, in whichever order they came.

    Marks of before `opens_at` are of another time: the session was moved since.
    """
    found: dict[UUID, Mark] = {}
    for mark in marks:
        if mark.at >= opens_at and (mark.person not in found or _rank(mark) > _rank(found[mark.person])):
            found[mark.person] = mark
    return found


def _rank(mark: Mark) -> tuple[int, datetime, str]:
    return mark.source.strength, mark.at, mark.id


def minutes_between(starts_at: datetime, minutes: int, came_at: datetime, left_at: datetime | None) -> int:
    """Whole minutes of a session that lie between coming and leaving; none left: until its end."""
    last = minutes * 60.0
    came = min(max(0.0, (came_at - starts_at).total_seconds()), last)
    left = last if left_at is None else min(max(0.0, (left_at - starts_at).total_seconds()), last)
    return int(max(0.0, left - came)) // 60


def present(minutes: int, session_minutes: int) -> int:
    """Minutes that count: none below nothing, none above what the session has, also where it was shortened since."""
    return max(0, min(minutes, session_minutes))


# -- having attended a training ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sat:
    """One session for one person: `is_closed` once their host signed, or it was closed by the list."""

    minutes: int  # the session's
    present: int
    is_closed: bool

    def is_attended(self, percent: int) -> bool:
        """Whether so much of it was attended that it counts."""
        return self.is_closed and self.present > 0 and self.present * 100 >= self.minutes * percent


def attended_minutes(sessions: Mapping[UUID, Sat], *, every_session: bool, percent: int) -> int | None:
    """Minutes with which somebody has attended a training; None: they have not, or not yet.

    `sessions` are all that are held. With `every_session` each is needed; else any one of them.
    """
    counted = [each for each in sessions.values() if each.is_attended(percent)]
    needed = len(sessions) if every_session else 1
    if not sessions or len(counted) < needed:
        return None
    return sum(each.present for each in sessions.values() if each.is_closed)


# -- errors ------------------------------------------------------------------------------------------------


class AttendanceNotFound(NotFound):
    type, title = "attendance-not-found", "There is no attendance here for you"


class OwnAttendance(NotAllowed):
    type, title = (
        "own-attendance",
        "Nobody who facilitates marks their own attendance; another facilitator or your coordinator does",
    )


class NotYourParticipant(NotAllowed):
    type, title = "not-your-participant", "This is nobody whom you mark here"


class NoSeat(NotAllowed):
    type, title = "no-seat", "There is no seat of yours in this session"


class OnWaitlist(Conflict):
    type, title = "on-waitlist", "You are on the waitlist of this session and have no seat"


class CheckInEarly(Conflict):
    type, title = "check-in-early", "Checking in has not begun"


class CheckInLate(Conflict):
    type, title = "check-in-late", "Checking in is over; ask a facilitator to mark you"


class WrongCode(Invalid):
    type, title = "wrong-code", "This is not the code that is shown now"

    def __init__(self, detail: str, *, faults: Sequence[Fault] = (), is_of_another: bool = False) -> None:
        super().__init__(detail, faults=faults)
        self.is_of_another = is_of_another


class TooManyCodes(TooMany):
    type, title = "too-many-codes", "Too many wrong codes; wait a while or ask a facilitator"


class SessionOff(Conflict):
    type, title = "session-off", "This session is cancelled"


class NotBegun(Conflict):
    type, title = "session-not-begun", "This session has not begun"


class NotOver(Conflict):
    type, title = "session-not-over", "This session is not over"


class AttendanceSigned(Conflict):
    type, title = "attendance-signed", "The host has signed; only a correction by the host changes this now"


class NotSigned(Conflict):
    type, title = "attendance-not-signed", "The host has not signed yet; mark it instead"


class AttendanceChanged(Conflict):
    type, title = "attendance-changed", "The list has changed since you read it; look at it again"


class BadMark(Invalid):
    type, title = "bad-mark", "This mark cannot be taken as it is"


# -- events ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceMarked(Event):
    """Somebody was marked: `data.person`, `data.minutes`, `data.source`."""

    type: ClassVar[str] = "joint_trainings.attendance_marked"
    subject_type: ClassVar[str] = "session"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceClosed(Event):
    """A host signed for its people, or the list closed it: `data.host`, `data.kind`, `data.digest`."""

    type: ClassVar[str] = "joint_trainings.attendance_closed"
    subject_type: ClassVar[str] = "session"


@dataclass(frozen=True, slots=True, kw_only=True)
class HostReminded(Event):
    """A host was reminded to sign: `data.session`, `data.host`."""

    type: ClassVar[str] = "joint_trainings.host_reminded"
    subject_type: ClassVar[str] = "attendance_reminder"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingAttended(Event):
    """Somebody attended a joint training: `data.person`, `data.training`, `data.minutes`, `data.completion`."""

    type: ClassVar[str] = "joint_trainings.training_attended"
    subject_type: ClassVar[str] = "training_attendance"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceRevoked(Event):
    """After a correction somebody has not attended, or for another time: `data.person`, `data.training`."""

    type: ClassVar[str] = "joint_trainings.attendance_revoked"
    subject_type: ClassVar[str] = "training_attendance"
