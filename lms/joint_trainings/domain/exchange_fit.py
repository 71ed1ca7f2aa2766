"""Which offers fit a need, how well and why: the same both ways, and the same answer to the same facts.

Two fit when they share a skill area, a language and a day that is still to come. What is shared is the reason, and
the order goes by it: first the competencies both name, then skill areas, focus, languages, the setting, how many
people it would reach, and the days. Nothing is weighed against anything else, so that a reader can check the order.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from lms.joint_trainings.domain.exchange import Setting

RULE = "exchange-fit-1"


@dataclass(frozen=True, slots=True)
class Side:
    """What counts of a need or an offer. `skill_areas` holds those of its competencies as well."""

    id: UUID
    competencies: frozenset[str]
    skill_areas: frozenset[str]
    focuses: frozenset[str]  # none: every focus
    languages: frozenset[str]
    from_on: date
    until_on: date
    seats: int
    setting: Setting


@dataclass(frozen=True, slots=True)
class Fit:
    """What two share, each list in order of its keys; `days` are both included."""

    competencies: tuple[str, ...]
    skill_areas: tuple[str, ...]
    focuses: tuple[str, ...]  # that both name
    every_focus: bool  # one of them at least is for every focus
    languages: tuple[str, ...]
    same_setting: bool
    seats: int  # the smaller of the two
    from_on: date
    until_on: date

    @property
    def rank(self) -> tuple[int, ...]:
        """What the order goes by, the most important first, more being better."""
        return (
            len(self.competencies),
            len(self.skill_areas),
            len(self.focuses) or int(self.every_focus),
            len(self.languages),
            int(self.same_setting),
            self.seats,
            (self.until_on - self.from_on).days,
        )


def fit(one: Side, other: Side, today: date) -> Fit | None:
    """What the two share; None where they cannot come together."""
    areas = one.skill_areas & other.skill_areas
    languages = one.languages & other.languages
    first, last = max(one.from_on, other.from_on, today), min(one.until_on, other.until_on)
    if not areas or not languages or first > last:
        return None
    return Fit(
        competencies=tuple(sorted(one.competencies & other.competencies)),
        skill_areas=tuple(sorted(areas)),
        focuses=tuple(sorted(one.focuses & other.focuses)),
        every_focus=not one.focuses or not other.focuses,
        languages=tuple(sorted(languages)),
        same_setting=one.setting is other.setting or Setting.EITHER in (one.setting, other.setting),
        seats=min(one.seats, other.seats),
        from_on=first,
        until_on=last,
    )


def in_order(one: Side, others: Iterable[Side], today: date) -> list[tuple[UUID, Fit]]:
    """The others that fit, best first; equals stand by their id, which is the order they were made in."""
    found = [(other.id, fit(one, other, today)) for other in others]
    fits = [(each, shared) for each, shared in found if shared is not None]
    return sorted(fits, key=lambda each: (tuple(-part for part in each[1].rank), each[0]))
