"""The one source of time. Moments are aware and in UTC; days are UTC days."""

from datetime import UTC, date, datetime


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """This day in UTC, the day that records and reports speak of."""
    return now().date()


def first_of_month(day: date) -> date:
    """The first day of the month that `day` lies in."""
    return day.replace(day=1)
