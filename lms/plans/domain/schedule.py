"""When the steps of a plan come, with the learning time of a week and weeks of absence."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from lms.people.clocks import MINUTES_A_DAY

WEEK = timedelta(days=7)
MOST_WEEKS = 520
"""A plan that takes longer than ten years has no useful dates."""

DAYS_A_YEAR = 5
"""Learning days a year where an entity sets no number of its own."""
WEEKS_A_YEAR = 52


@dataclass(frozen=True, slots=True)
class Span:
    """Days from the first to the last, both included."""

    from_on: date
    until_on: date


def default_weekly_minutes(learning_days: int = DAYS_A_YEAR, working_time_percent: int = 100) -> int:
    """Minutes a week from the year's learning days, part-time in proportion; rounded to five, and 5 at least."""
    exact = Fraction(learning_days * MINUTES_A_DAY * working_time_percent, WEEKS_A_YEAR * 100)
    return max(5, round(exact / 5) * 5)


def weeks_present(start_on: date, until_on: date, absences: Iterable[Span]) -> int:
    """Weeks from `start_on` to `until_on` in which a person is there on at least four days."""
    away = list(absences)
    count, week = 0, start_on
    while week + WEEK - timedelta(days=1) <= until_on and count < MOST_WEEKS:
        count += _is_present(week, away)
        week += WEEK
    return count


def budget(weekly_minutes: int, start_on: date, due_on: date | None, absences: Iterable[Span]) -> int | None:
    """Minutes there are until the due day; None without one."""
    if due_on is None:
        return None
    return weekly_minutes * weeks_present(start_on, due_on, absences)


def scheduled(
    minutes: Sequence[int], *, weekly_minutes: int, start_on: date, absences: Iterable[Span] = ()
) -> list[Span | None]:
    """For each step the days from the week it begins to the end of the week it is done in; None beyond ten years.

    Steps follow one another without a pause; weeks of absence are passed over. A step without minutes
    (practice) has the days of the step before it.
    """
    weeks = _Weeks(start_on, list(absences))
    spans: list[Span | None] = []
    spent = 0
    for step in minutes:
        first, last = spent, max(spent, spent + step - 1)
        if not step and spent:
            first = last = spent - 1
        spent += step
        begins, ends = weeks.number(first // weekly_minutes), weeks.number(last // weekly_minutes)
        spans.append(Span(begins, ends + WEEK - timedelta(days=1)) if begins and ends else None)
    return spans


class _Weeks:
    """The first days of the weeks in which a person is there, found as far as they are asked for."""

    def __init__(self, start_on: date, absences: Sequence[Span]) -> None:
        self._absences = absences
        self._all = (start_on + number * WEEK for number in range(MOST_WEEKS))
        self._present: list[date] = []

    def number(self, wanted: int) -> date | None:
        """The `wanted`th of them, from 0; None beyond ten years."""
        while len(self._present) <= wanted:
            week = next(self._all, None)
            if week is None:
                return None
            if _is_present(week, self._absences):
                self._present.append(week)
        return self._present[wanted]


def _is_present(week: date, absences: Sequence[Span]) -> bool:
    if not absences:
        return True
    days = [week + timedelta(days=number) for number in range(7)]
    away = sum(any(span.from_on <= day <= span.until_on for span in absences) for day in days)
    return away <= 3
