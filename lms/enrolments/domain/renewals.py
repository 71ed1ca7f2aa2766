"""When a completion can be renewed, and whether by the course's shorter path."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from lms.catalogue.domain import Course

OPENED, ENDED = 1_000_000, -1
"""Reminders beside those of the ladder: it can be renewed from now on; it has lapsed."""

TOLD_WITHIN_DAYS = 7
"""For so long after its end somebody is told that it has lapsed."""


class RenewalState(StrEnum):
    """Where a completion stands on a day."""

    STANDS = "stands"  # it counts, and it is too early to renew it
    OPEN = "open"  # it counts and can be renewed
    LAPSED = "lapsed"  # it counts no more


@dataclass(frozen=True, slots=True)
class Lapsing:
    """What is known of a completion's end: the last day on which it counts, and whether a newer version set it."""

    until: date | None
    superseded: bool = False

    @classmethod
    def of(cls, completion: Any) -> "Lapsing":
        """Of a row of `completions.queries.latest_by_course`."""
        return cls(completion.valid_until, completion.superseded_by_id is not None)

    def opens_on(self, course: Course) -> date | None:
        """The first day on which it can be renewed; None: it does not lapse. A newer version asks for it at once."""
        if self.until is None:
            return None
        if self.superseded:
            return date.min
        return self.until - timedelta(days=course.renewal.window_days)

    def state_on(self, day: date, course: Course) -> RenewalState:
        """Where it stands."""
        opens_on = self.opens_on(course)
        if opens_on is None or self.until is None or day < opens_on:
            return RenewalState.STANDS
        return RenewalState.OPEN if day <= self.until else RenewalState.LAPSED

    def reminder_on(self, day: date, course: Course, ladder: Sequence[int]) -> int | None:
        """Which reminder is due: the rung of `ladder` (days before the end) reached last, `OPENED` or `ENDED`.

        None: none is. Whoever sends each once for an end sends one a rung, and makes up for days of standstill.
        """
        if self.until is None or self.state_on(day, course) is RenewalState.STANDS:
            return None
        left = (self.until - day).days
        if left < 0:
            return ENDED if left >= -TOLD_WITHIN_DAYS else None
        return min((rung for rung in ladder if rung >= left), default=OPENED)

    def takes_short_path(self, day: date, course: Course) -> bool:
        """Whether the shorter path renews it: once it has lapsed, the whole course is asked for again."""
        return bool(course.renewal.modules) and self.state_on(day, course) is RenewalState.OPEN
