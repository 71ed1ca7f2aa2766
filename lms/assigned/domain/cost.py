"""What a rule would do, at a glance: whom it reaches, who holds it already, and the time it costs the others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from lms.kernel.small_cells import LEAST
from lms.people.clocks import MINUTES_A_DAY


@dataclass(frozen=True, slots=True)
class UnitPreview:
    """An office's share of it; None stands for what its reader is not told, see `without_done`."""

    unit: str
    unit_name: str
    people: int
    holds: int | None
    fresh: int | None
    minutes: int


@dataclass(frozen=True, slots=True)
class Preview:
    """People the rule reaches: those who hold it, those it has reached before, and the `fresh` ones.

    Each is one of the three. `minutes` are what is left to do for the fresh ones together. Who may not know completions
    is told the people, and the most minutes it can be: see `without_done`.
    """

    people: int
    holds: int | None
    assigned: int | None
    fresh: int | None
    minutes: int
    units: tuple[UnitPreview, ...]

    @property
    def hours(self) -> float:
        """The minutes as hours, to one decimal."""
        return round(self.minutes / 60, 1)

    @property
    def days(self) -> float:
        """The minutes as working days, to one decimal."""
        return round(self.minutes / MINUTES_A_DAY, 1)


@dataclass(frozen=True, slots=True)
class Hit:
    """Someone a rule reaches, as far as a preview counts them."""

    person_id: UUID
    unit: str
    unit_name: str
    holds: bool
    is_assigned: bool

    @property
    def is_fresh(self) -> bool:
        """Whether the rule would assign it to them now."""
        return not self.holds and not self.is_assigned


def preview_of(hits: Iterable[Hit], minutes: Mapping[UUID, int]) -> Preview:
    """Count `hits`; `minutes` says how long it takes each of the fresh ones."""
    by_unit: dict[tuple[str, str], list[Hit]] = {}
    for each in hits:
        by_unit.setdefault((each.unit_name, each.unit), []).append(each)
    units = tuple(_unit(unit, name, some, minutes) for (name, unit), some in sorted(by_unit.items()))
    everybody = [each for some in by_unit.values() for each in some]
    return Preview(
        people=len(everybody),
        holds=sum(each.holds for each in everybody),
        assigned=sum(each.is_assigned and not each.holds for each in everybody),
        fresh=sum(each.is_fresh for each in everybody),
        minutes=sum(minutes[each.person_id] for each in everybody if each.is_fresh),
        units=units,
    )


def _unit(unit: str, name: str, hits: list[Hit], minutes: Mapping[UUID, int]) -> UnitPreview:
    fresh = [each for each in hits if each.is_fresh]
    return UnitPreview(
        unit=unit,
        unit_name=name,
        people=len(hits),
        holds=sum(each.holds for each in hits),
        fresh=len(fresh),
        minutes=sum(minutes[each.person_id] for each in fresh),
    )


# -- for whom names are known, and completions are not -----------------------------------------------------


def few(people: Mapping[str, int]) -> frozenset[str]:
    """Groups of which nothing is told that is about fewer than five people, their sum being known.

    Those of fewer than five, and the next smallest as long as all that are hidden are together fewer than five.
    """
    by_size = sorted((each for each in people.items() if each[1]), key=lambda each: (each[1], each[0]))
    hidden = {key: size for key, size in by_size if size < LEAST}
    rest = (each for each in by_size if each[1] >= LEAST)
    while hidden and sum(hidden.values()) < LEAST and (more := next(rest, None)) is not None:
        hidden[more[0]] = more[1]
    return frozenset(hidden)


def without_done(people: Iterable[Hit], minutes: Mapping[UUID, int]) -> Preview:
    """A preview for whoever may know whom a rule reaches, and not who of them has completed what.

    The time is counted as if nobody had, `minutes` each. Of any figure that depends on it two previews that differ by
    one person would tell what that person has completed.
    """
    whole = preview_of((replace(each, holds=False, is_assigned=False) for each in people), minutes)
    units = tuple(replace(each, holds=None, fresh=None) for each in whole.units)
    return replace(whole, holds=None, assigned=None, fresh=None, units=units)
