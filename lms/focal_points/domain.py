"""Words and rules of focal points: profiles, exchanges with companies, topic sessions, working groups."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import ClassVar
from zoneinfo import ZoneInfo

from lms.kernel.errors import Conflict, Fault, Invalid, NotAllowed, NotFound
from lms.kernel.events import Event

LATEST = timedelta(days=730)
"""How far ahead a session may be announced: what a zone's clocks do later nobody has decided yet."""
LONGEST_EXCHANGE = 3 * 366


class ExchangeKind(StrEnum):
    """How people of an entity and of a company came together. Who stays with whom is a part of the word."""

    VISIT = "visit"
    STAY_AT_COMPANY = "stay_at_company"
    COMPANY_STAYS_HERE = "company_stays_here"
    JOB_SHADOWING = "job_shadowing"


class SessionState(StrEnum):
    """Whether a topic session takes place; whether it is over its moment says."""

    ANNOUNCED = "announced"
    CALLED_OFF = "called_off"


class GroupState(StrEnum):
    """Whether a working group still works."""

    OPEN = "open"
    CLOSED = "closed"


class Share(StrEnum):
    """Shares of working time as the report counts them."""

    UNSAID = "unsaid"
    TENTH = "tenth"  # 1 to 10 per cent
    HALF = "half"  # 11 to 50
    MORE = "more"  # 51 to 100


def share_of(percent: int | None) -> Share:
    """Where a share of working time counts; nought is none, which is said."""
    if percent is None:
        return Share.UNSAID
    return Share.TENTH if percent <= 10 else Share.HALF if percent <= 50 else Share.MORE


# -- profiles ----------------------------------------------------------------------------------------------


def faults_in_topics(topics: Sequence[str], known: Collection[str]) -> list[Fault]:
    """Topics are skill areas and competencies of the vocabulary; each that is neither is a fault at its place."""
    return [Fault(f"/topics/{place}", NO_TOPIC) for place, each in enumerate(topics) if each not in known]


NO_TOPIC = "This is no skill area and no competency of the vocabulary."


def faults_in_exchange(from_on: date, until_on: date, today: date) -> list[Fault]:
    """An exchange is recorded once it is over, and lasts three years at most."""
    if until_on > today:
        return [Fault("/until_on", "Record an exchange once it is over.")]
    if until_on < from_on:
        return [Fault("/until_on", "It cannot end before it begins.")]
    if (until_on - from_on).days > LONGEST_EXCHANGE:
        return [Fault("/from_on", "An exchange lasts three years at most.")]
    return []


# -- when a session is -------------------------------------------------------------------------------------


def begins_at(day: date, at: time, zone: str) -> datetime:
    """The moment (UTC) at which clocks in `zone` show `at` on `day`.

    Raises `TimeSkipped` where they never show it and `TimeTwice` where they show it twice: nobody guesses for others.
    """
    written, place = datetime.combine(day, at), ZoneInfo(zone)
    first, second = (written.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return first
    if first.astimezone(place).replace(tzinfo=None) == written:
        raise TimeTwice(
            faults=[Fault("/local_time", f"{TimeTwice.title}: choose an earlier or a later one.")]
        )
    raise TimeSkipped(
        faults=[Fault("/local_time", f"{TimeSkipped.title}: choose an earlier or a later one.")]
    )


def check_time(day: date, at: time, zone: str, now: datetime) -> datetime:
    """When a session that is announced now begins. Raises `InThePast`, `TooFarAhead`, `TimeSkipped`, `TimeTwice`."""
    if day < now.date() - timedelta(days=1):  # before it is reckoned with: year 1 has no moment in every zone
        raise InThePast(faults=[Fault("/local_date", InThePast.title)])
    if day > now.date() + LATEST:
        raise TooFarAhead(faults=[Fault("/local_date", TooFarAhead.title)])
    moment = begins_at(day, at, zone)
    if moment <= now:
        raise InThePast(faults=[Fault("/local_date", InThePast.title)])
    return moment


# -- what may be done with a session -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Timing:
    """What rules look at: whether a session takes place, from when, and how long by the clock that never jumps."""

    state: SessionState
    begins_at: datetime
    minutes: int

    @property
    def ends_at(self) -> datetime:
        """The moment after its last minute; a change of clocks in between neither adds nor takes any."""
        return self.begins_at + timedelta(minutes=self.minutes)

    def is_over(self, now: datetime) -> bool:
        """Whether its last minute has passed."""
        return now >= self.ends_at


def check_open(timing: Timing, now: datetime) -> None:
    """Raise unless it can still be joined, left or called off: until its end, and not once it is called off."""
    if timing.state is SessionState.CALLED_OFF:
        raise SessionClosed("This session was called off.")
    if timing.is_over(now):
        raise SessionClosed("This session is over.")


def check_over(timing: Timing, now: datetime) -> None:
    """Raise unless it took place: only then it has notes and carries on."""
    if timing.state is SessionState.CALLED_OFF:
        raise SessionClosed("This session was called off.")
    if not timing.is_over(now):
        raise NotOverYet()


def check_group_open(state: GroupState) -> None:
    """Raise for a group that is closed: nobody joins, leaves or meets in it any more."""
    if state is GroupState.CLOSED:
        raise GroupClosed()


# -- errors ------------------------------------------------------------------------------------------------


class FocalPointNotFound(NotFound):
    """No such focal point, none any more, or one that did not agree to be shown to who asks."""

    type, title = "focal-point-not-found", "There is no such focal point here"


class NoFocalPoint(NotAllowed):
    """The asker holds the role for no entity today."""

    type, title = "no-focal-point", "Focal points do this"


class ExchangeNotFound(NotFound):
    type, title = "company-exchange-not-found", "There is no such exchange of yours"


class BadProfile(Invalid):
    type, title = "bad-focal-point-profile", "Something in this profile is not right"


class BadSponsor(Invalid):
    """Nobody with this e-mail works for an entity today, or it is oneself."""

    type, title = "bad-sponsor", "A sponsor is somebody else who works for an entity today"


class BadExchange(Invalid):
    type, title = "bad-company-exchange", "Something in this exchange is not right"


class SessionNotFound(NotFound):
    type, title = "topic-session-not-found", "There is no such topic session here"


class BadSession(Invalid):
    type, title = "bad-topic-session", "Something in this topic session is not right"


class InThePast(Invalid):
    type, title = "topic-session-in-the-past", "This moment has passed"


class TooFarAhead(Invalid):
    type, title = "topic-session-too-far-ahead", "A session is announced two years ahead at most"


class TimeSkipped(Invalid):
    type, title = "time-skipped", "On this day the clocks there go forward past this time"


class TimeTwice(Invalid):
    type, title = "time-twice", "On this day the clocks there go back and show this time twice"


class SessionClosed(Conflict):
    type, title = "topic-session-closed", "This session is over or was called off"


class NotOverYet(Conflict):
    type, title = "topic-session-not-over", "This session is not over yet"


class JoinedAlready(Conflict):
    type, title = "joined-already", "You have joined already"


class NotJoined(Conflict):
    type, title = "not-joined", "You have not joined"


class HostStays(Conflict):
    type, title = "host-stays", "A host calls a session off, and does not leave it"


class CarriedOn(Conflict):
    type, title = "carried-on", "This session belongs to a working group already"


class GroupNotFound(NotFound):
    type, title = "working-group-not-found", "There is no such working group here"


class GroupClosed(Conflict):
    type, title = "working-group-closed", "This working group is closed"


class NotOfGroup(NotAllowed):
    type, title = "not-of-working-group", "Members of the working group do this; join it first"


# -- events ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChanged(Event):
    """A focal point changed their profile; `data.fields` names what."""

    type: ClassVar[str] = "focal_points.profile_changed"
    subject_type: ClassVar[str] = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRecorded(Event):
    """An exchange with a company was recorded: `person`, `kind`, `partner`, days."""

    type: ClassVar[str] = "focal_points.exchange_recorded"
    subject_type: ClassVar[str] = "company_exchange"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeWithdrawn(Event):
    """It was recorded by mistake and counts no more."""

    type: ClassVar[str] = "focal_points.exchange_withdrawn"
    subject_type: ClassVar[str] = "company_exchange"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionAnnounced(Event):
    """A topic session was announced."""

    type: ClassVar[str] = "focal_points.session_announced"
    subject_type: ClassVar[str] = "topic_session"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCalledOff(Event):
    """It does not take place."""

    type: ClassVar[str] = "focal_points.session_called_off"
    subject_type: ClassVar[str] = "topic_session"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionJoined(Event):
    """A focal point joined a topic session; `data.is_in` false: left it."""

    type: ClassVar[str] = "focal_points.session_joined"
    subject_type: ClassVar[str] = "topic_session"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionNoted(Event):
    """Its host wrote down what came out of it and who came."""

    type: ClassVar[str] = "focal_points.session_noted"
    subject_type: ClassVar[str] = "topic_session"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFormed(Event):
    """A topic session carries on as a working group (`session`)."""

    type: ClassVar[str] = "focal_points.group_formed"
    subject_type: ClassVar[str] = "working_group"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupJoined(Event):
    """A focal point joined a working group; `data.is_in` false: left it."""

    type: ClassVar[str] = "focal_points.group_joined"
    subject_type: ClassVar[str] = "working_group"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupEnded(Event):
    """A working group ended; its outcome stands on its page."""

    type: ClassVar[str] = "focal_points.group_ended"
    subject_type: ClassVar[str] = "working_group"
