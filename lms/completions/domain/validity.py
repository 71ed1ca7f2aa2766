"""Until when a fact counts: by its validity, by a newer edition that asks for renewal, by clocks that stand still.

Nothing is re-dated: a fact keeps the validity it was recorded with, and what changes it is recorded beside it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar
from uuid import UUID

from lms.kernel.events import Event
from lms.people.clocks import LEFT_ON_RETURN, extended

Span = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Newer:
    """A material version published after the one a fact rests on: who holds that one renews by a day."""

    version_id: UUID
    published_on: date
    renew_by: date


@dataclass(frozen=True, slots=True)
class Validity:
    """The last day on which a fact counts (None: it does not lapse), and why that is not as it was recorded.

    `days_added` are the days by which absences have moved this end; `superseded_by_id` names the version that set it.
    """

    until: date | None
    days_added: int = 0
    superseded_by_id: UUID | None = None


def validity_of(
    occurred_on: date, recorded: date | None, absences: Sequence[Span], newer: Iterable[Newer] = ()
) -> Validity:
    """The earliest of the ends that a fact has, each moved by the absences that lie in its period.

    `recorded` is the last day of the validity it was recorded with. A newer version gives at least thirty days, also
    to who completed the older one when the day for renewal was near or past.
    """
    ends = [_moved(occurred_on, recorded, absences)] if recorded is not None else []
    ends += [_to_renew(occurred_on, each, absences) for each in newer]
    return min(ends, key=lambda each: (each.until, str(each.superseded_by_id)), default=Validity(None))


def _moved(start: date, end: date, absences: Sequence[Span], version_id: UUID | None = None) -> Validity:
    until = extended(start, end, absences)
    return Validity(until, (until - end).days, version_id)


def _to_renew(occurred_on: date, newer: Newer, absences: Sequence[Span]) -> Validity:
    start = max(occurred_on, newer.published_on)
    end = max(newer.renew_by, start + timedelta(days=LEFT_ON_RETURN))
    return _moved(start, end, absences, newer.version_id)


def counts_on(day: date, occurred_on: date, until: date | None) -> bool:
    """Whether a fact counts on a day."""
    return occurred_on <= day and (until is None or day <= until)


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidityChanged(Event):
    """A completion counts for longer or for less long than was known before."""

    type: ClassVar[str] = "completions.validity_changed"
    subject_type: ClassVar[str] = "completion"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeValidityChanged(Event):
    """The same, of a completion of a programme."""

    type: ClassVar[str] = "completions.programme_validity_changed"
    subject_type: ClassVar[str] = "programme_completion"
