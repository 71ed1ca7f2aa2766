"""Waivers: how long one may run, and what can go wrong."""

from datetime import date

from lms.catalogue.domain import last_valid_day
from lms.kernel.errors import Conflict, Invalid

WAIVER_RULE = "waiver-1"
MOST_MONTHS = 36
"""How long a waiver runs at most for a course that does not lapse."""


def last_day_of_waiver(today: date, course_ends: date | None) -> date:
    """The last day that a waiver given today may run to: no longer than the course completed today would count."""
    last = course_ends or last_valid_day(today, MOST_MONTHS)
    assert last is not None
    return last


def fault_in_expiry(valid_until: date, *, today: date, course_ends: date | None) -> str | None:
    """Why a waiver cannot end on this day; None when it can."""
    last = last_day_of_waiver(today, course_ends)
    if valid_until <= today:
        return "A waiver ends on a day after today."
    if valid_until > last:
        return f"A waiver of this course ends on {last} at the latest."
    return None


class AlreadyWaived(Conflict):
    """A waiver runs as long or longer; revoke it to give another."""

    type, title = "already-waived", "This course is waived for this person already"


class BadExpiry(Invalid):
    """A day that is past, or further off than the course would be valid."""

    type, title = "bad-expiry", "A waiver cannot end on this day"
