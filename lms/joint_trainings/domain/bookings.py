"""Words and rules of bookings: their states, when a cancellation is late, whose person somebody is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from lms.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.kernel.events import Event


class BookingState(StrEnum):
    """How a booking stands. Held: a seat is kept for somebody invited who has not answered."""

    HELD = "held"
    SEATED = "seated"
    WAITLISTED = "waitlisted"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"


SEATS = frozenset({BookingState.HELD, BookingState.SEATED})
LIVE = SEATS | {BookingState.WAITLISTED}


class Cause(StrEnum):
    """Why a booking came to its state."""

    BOOKED = "booked"
    INVITED = "invited"
    ACCEPTED = "accepted"
    PROMOTED = "promoted"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"  # the invitation
    EXPIRED = "expired"  # the invitation
    SESSION_CANCELLED = "session_cancelled"
    SESSION_BEGAN = "session_began"  # while it waited
    NO_SHOW = "no_show"  # seated, and not there


@dataclass(frozen=True, slots=True)
class BookingPolicy:
    """Until when a seat is given back freely, and what follows on seats left empty. `no_shows` 0: nothing does."""

    late_hours: int = 48
    no_shows: int = 2
    months: int = 12
    open_hours: int = 48


def counted_since(now: datetime, policy: BookingPolicy) -> datetime:
    """From when seats left empty count; a month is thirty days."""
    return now - timedelta(days=30 * policy.months)


def is_late(starts_at: datetime, now: datetime, policy: BookingPolicy) -> bool:
    """Whether a seat given back now is given back late."""
    return now > starts_at - timedelta(hours=policy.late_hours)


def has_to_wait(no_shows: int, starts_at: datetime, now: datetime, policy: BookingPolicy) -> bool:
    """Whether somebody who left so many seats empty may book this one later only: what is free near the day."""
    if not policy.no_shows or no_shows < policy.no_shows:
        return False
    return now < starts_at - timedelta(hours=policy.open_hours)


@dataclass(frozen=True, slots=True)
class Belonging:
    """What somebody belongs to today: the path of their main entity, and partners."""

    path: str | None
    partners: frozenset[UUID] = frozenset()


def host_of(hosts: Iterable[Any], belonging: Belonging) -> Any | None:
    """The host whose person this is: the nearest entity at or above theirs, else their partner; None: no host's.

    `hosts` are rows with `id`, `entity_id`, `partner_id` and `path`. People of an entity come for the entity, also
    where they are of a partner besides.
    """
    found = list(hosts)
    above = [each for each in found if each.path and (belonging.path or "").startswith(each.path)]
    if above:
        return max(above, key=lambda each: len(each.path))
    return next((each for each in found if each.partner_id in belonging.partners), None)


# -- errors ------------------------------------------------------------------------------------------------


class BookingNotFound(NotFound):
    type, title = "booking-not-found", "There is no such booking here"


class NotOpenToYou(NotAllowed):
    type, title = "not-open-to-you", "This training is not open to people of your organisation"


class NotOpen(Conflict):
    type, title = "not-open", "Seats of this training are not booked now"


class NoSeatLeft(Conflict):
    type, title = "no-seat-left", "No seat of the partner is left to hold for an invitation"


class BooksLater(Conflict):
    type, title = "books-later", "You left seats empty lately; you can book what is free shortly before"


class BadImport(Invalid):
    type, title = "bad-booking-import", "This is no list of e-mail addresses that can be taken in"


# -- events ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingMoved(Event):
    """A booking came to a state: `data.session`, `data.state`, `data.cause`."""

    type: ClassVar[str] = "joint_trainings.booking_moved"
    subject_type: ClassVar[str] = "booking"
