"""Clocks that stand still in a person's absence: when a period ends if days of absence do not count."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

MINUTES_A_DAY = 450
"""A working day of seven and a half hours."""

LEFT_ON_RETURN = 30
"""Days that are left at least, counting the day of the return."""


def extended(start: date, until: date, absences: Sequence[tuple[date, date]]) -> date:
    """The last day of a period that began on `start` and would end on `until`, days of absence not counted.

    `absences` are first and last days, in any order; they may overlap. An absence that only comes within reach
    through an earlier one counts too, and after each return within the period at least thirty days are left of it.
    What lies before `start` or after the end changes nothing. `date.max` stands for an absence without an end.
    """
    end = until
    for first, last in _merged(absences):
        first = max(first, start)
        if first > end:
            break
        if last >= first:
            away = (last - first).days + 1
            end = max(_later(end, away), _later(last, LEFT_ON_RETURN))
    return end


def _merged(absences: Iterable[tuple[date, date]]) -> Iterator[tuple[date, date]]:
    """The same days as spans that do not overlap, the earliest first."""
    known: tuple[date, date] | None = None
    for first, last in sorted(span for span in absences if span[0] <= span[1]):
        if known is None:
            known = first, last
        elif first <= known[1]:
            known = known[0], max(known[1], last)
        else:
            yield known
            known = first, last
    if known is not None:
        yield known


def _later(day: date, days: int) -> date:
    """`days` later, or the last day there is."""
    return day + timedelta(days=min(days, (date.max - day).days))
