"""Until when what was completed counts: for some months, until a day of the year, or both."""

from calendar import monthrange
from datetime import date, timedelta

RENEWAL_WINDOW_DAYS = 90
"""Days before its end from which a completion can be renewed, where a course says nothing else."""


def last_valid_day(occurred_on: date, months: int | None, each_year_on: str | None = None) -> date | None:
    """The last day of a validity of `months`, and then until the next day of the year ("12-31") where one is given.

    None when it does not lapse. 31 January + 1 month is 28 February; without `months`, what is completed on the day
    itself counts for a year.
    """
    if each_year_on is not None:
        at_least = occurred_on + timedelta(days=1) if months is None else _months_later(occurred_on, months)
        return _next_of_the_year(at_least, each_year_on)
    return None if months is None else _months_later(occurred_on, months)


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _next_of_the_year(at_least: date, each_year_on: str) -> date:
    month, day = (int(part) for part in each_year_on.split("-"))
    this_year = date(at_least.year, month, day)
    return this_year if this_year >= at_least else date(at_least.year + 1, month, day)
