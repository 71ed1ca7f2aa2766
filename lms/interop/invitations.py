"""Invitations of sessions for people's calendars by mail: iTIP (RFC 5546) over iCalendar (RFC 5545).

One UID per booking for as long as it lives: a later SEQUENCE moves the entry, CANCEL takes it away.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vCalAddress, vText

PRODUCT = "-//Partnership Learning//Joint trainings//EN"
Method = Literal["REQUEST", "CANCEL"]


@dataclass(frozen=True, slots=True)
class Sitting:
    """A session as one person's calendar knows it. `fold`: 1 where the local time is the second of two."""

    booking_id: UUID
    sequence: int
    starts_at: datetime
    ends_at: datetime
    zone: str
    fold: int
    summary: str
    description: str
    place: str | None
    link: str | None
    attendee: str = ""
    attendee_name: str = ""
    organizer: str = ""


def invitation(sitting: Sitting, method: Method, *, stamp: datetime) -> str:
    """The text of an invitation, or of its cancellation, for one person."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)  # RFC 5546, 3.2
    calendar.add_component(event_of(sitting, method, stamp=stamp))
    # Rules of the zone for the days around it only: all since 1970 are longer than the invitation.
    around = timedelta(days=400)
    calendar.add_missing_timezones(
        first_date=(sitting.starts_at - around).date(), last_date=(sitting.ends_at + around).date()
    )
    text: str = calendar.to_ical().decode()
    return text


def event_of(sitting: Sitting, method: Method, *, stamp: datetime) -> Event:
    """The VEVENT of an invitation, with who invites whom."""
    event = _event(sitting, method, stamp)
    event["organizer"] = vCalAddress(f"mailto:{sitting.organizer}")
    attendee = vCalAddress(f"mailto:{sitting.attendee}")
    attendee.params["CN"] = vText(sitting.attendee_name)
    attendee.params["PARTSTAT"] = vText("ACCEPTED")  # they booked it themselves, or their host did
    attendee.params["RSVP"] = vText("FALSE")
    event.add("attendee", attendee, encode=False)
    return event


def seat_in_feed(sitting: Sitting, *, stamp: datetime) -> Event:
    """The same for a feed, which names nobody; its UID is that of the invitation, so that it stands there once."""
    return _event(sitting, "REQUEST", stamp)


def _event(sitting: Sitting, method: Method, stamp: datetime) -> Event:
    event = Event()
    event.add("uid", f"booking-{sitting.booking_id}@partnership-learning")
    event.add("dtstamp", stamp.astimezone(UTC))
    event.add("sequence", sitting.sequence)
    event.add("dtstart", _local(sitting, sitting.starts_at))
    event.add("dtend", _local(sitting, sitting.ends_at))
    event.add("summary", sitting.summary)
    event.add("description", sitting.description)
    place = " / ".join(each for each in (sitting.place, sitting.link) if each)
    if place:
        event.add("location", place)
    if sitting.link:
        event.add("url", sitting.link)
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    event.add("transp", "OPAQUE")
    return event


def _local(sitting: Sitting, moment: datetime) -> datetime:
    """In the session's zone; in UTC where clocks show the time twice and calendars would take the first (3.3.5)."""
    local = moment.astimezone(ZoneInfo(sitting.zone))
    return moment.astimezone(UTC) if local.fold else local
