"""What a session of a joint training is: when and where, and what can be wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from lms.joint_trainings.domain.states import TrainingState
from lms.kernel.errors import Conflict, Fault, Invalid, NotAllowed, NotFound
from lms.kernel.events import Event
from lms.kernel.i18n import LANGUAGES

PLANNED_IN = frozenset(TrainingState) - {
    TrainingState.CLOSED,
    TrainingState.REVIEWED,
    TrainingState.CANCELLED,
}
"""States of the training in which sessions are made, moved and cancelled."""


@dataclass(frozen=True, slots=True)
class SessionTerms:
    """What a session is to be. `fold` is asked for only where the local time comes twice: 0 the first, 1 the second."""

    title: str
    local_on: date
    local_at: time
    zone: str
    minutes: int
    seats: int
    languages: tuple[str, ...]
    place: str | None = None
    link: str | None = None
    fold: int | None = None
    release_on: date | None = None
    quotas: Mapping[UUID, int] = field(default_factory=dict)  # by host

    def starts_at(self) -> datetime:
        """The moment it begins; raises `BadSession` where there is none, or which of two is not said."""
        return moment_of(self.local_on, self.local_at, self.zone, self.fold)


@cache
def zones() -> frozenset[str]:
    """Names of the time zones of IANA that this system knows."""
    return frozenset(available_timezones()) - {"localtime"}


def moment_of(on: date, at: time, zone: str, fold: int | None = None) -> datetime:
    """The moment (UTC) of a local day and time.

    Raises `BadSession` for a time that clocks skip on that day, naming those around it, and for one that comes twice
    unless `fold` says which. Where a time comes once, `fold` changes nothing.
    """
    if zone not in zones():
        raise _bad("/zone", f"There is no time zone {zone!r}; write one like Africa/Nairobi.")
    first, second = _both(datetime.combine(on, at), ZoneInfo(zone))
    if first == second:
        return first
    if second < first:
        # In a gap the rule of before reads a later moment than the rule of after.
        raise TimeSkipped(zone, [f"{each.astimezone(ZoneInfo(zone)):%H:%M}" for each in (second, first)])
    if fold is None:
        raise TimeTwice(zone, [_offset(each, zone) for each in (first, second)])
    return second if fold else first


def _both(local: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    first, second = (
        local.replace(tzinfo=zone, fold=each).astimezone(UTC).replace(microsecond=0) for each in (0, 1)
    )
    return first, second


def _offset(moment: datetime, zone: str) -> str:
    minutes = int((moment.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()).total_seconds()) // 60
    return f"UTC{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def local_day(moment: datetime, zone: str) -> date:
    """The day that a moment falls on in a zone."""
    return moment.astimezone(ZoneInfo(zone)).date()


def faults_in_session(terms: SessionTerms) -> list[Fault]:
    """What is wrong with a session by itself; its time is looked at by `moment_of`."""
    found = []
    if not terms.title.strip():
        found.append(Fault("/title", "Give a title."))
    if not (terms.place or terms.link):
        found.append(Fault("/place", "Give a place, or a link."))
    if terms.link and not terms.link.startswith(("https://", "http://")):
        found.append(Fault("/link", "A link begins with https://."))
    for number, each in enumerate(terms.languages):
        if each not in LANGUAGES:
            found.append(Fault(f"/languages/{number}", f"{each!r} is none of the six languages."))
    return found


# -- errors ------------------------------------------------------------------------------------------------


class SessionNotFound(NotFound):
    type, title = "session-not-found", "There is no such session here"


class BadSession(Invalid):
    type, title = "bad-session", "Something about this session is not right"


class TimeSkipped(BadSession):
    """`near`: the local times around it."""

    type, title = "session-time-skipped", "Clocks skip this time on that day"

    def __init__(self, zone: str, near: list[str]) -> None:
        said = f"Clocks in {zone} skip this time on that day. Choose {' or '.join(near)}."
        super().__init__(said, faults=[Fault("/local_at", said)])
        self.near = near


class TimeTwice(BadSession):
    """`offsets`: those of the first and the second."""

    type, title = "session-time-twice", "This time comes twice on that day"

    def __init__(self, zone: str, offsets: list[str]) -> None:
        choices = " or ".join(f"{fold} for {offset}" for fold, offset in enumerate(offsets))
        said = f"Clocks in {zone} are set back on that day and this time comes twice. Give fold: {choices}."
        super().__init__(said, faults=[Fault("/fold", said)])
        self.offsets = offsets


class SessionOver(Conflict):
    type, title = "session-over", "This session has begun, is over or was cancelled"


class NotYourPeople(NotAllowed):
    type, title = "not-your-people", "This is nobody of a host for which you act"


def _bad(pointer: str, sentence: str) -> BadSession:
    return BadSession(sentence, faults=[Fault(pointer, sentence)])


# -- events ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPlanned(Event):
    """A session was made; `data.training`."""

    type: ClassVar[str] = "joint_trainings.session_planned"
    subject_type: ClassVar[str] = "session"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionChanged(Event):
    """It changed: `data.fields`."""

    type: ClassVar[str] = "joint_trainings.session_changed"
    subject_type: ClassVar[str] = "session"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionMoved(Event):
    """What stands in people's calendars changed; `data.sequence`."""

    type: ClassVar[str] = "joint_trainings.session_moved"
    subject_type: ClassVar[str] = "session"


@dataclass(frozen=True, slots=True, kw_only=True)
class FacilitatorNamed(Event):
    """Somebody was named as leading a session: `data.session`, `data.person`."""

    type: ClassVar[str] = "joint_trainings.facilitator_named"
    subject_type: ClassVar[str] = "facilitator"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCancelled(Event):
    """It is not held; its bookings lapsed."""

    type: ClassVar[str] = "joint_trainings.session_cancelled"
    subject_type: ClassVar[str] = "session"
