"""What a rule would do, at a glance: whom it reaches, who holds it already, and the time it costs the others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from lms.people.clocks import MINUTES_A_DAY


@dataclass(frozen=True, slots=True)
class UnitPreview:
    """An office's share of it."""

    unit: str
    unit_name: str
    people: int
    holds: int
    fresh: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Preview:
    """People the rule reaches: those who hold it, those it has reached before, and the `fresh` ones.

    Each is one of the three. `minutes` are what is left to do for the fresh ones together.
    """

    people: int
    holds: int
    assigned: int
    fresh: int
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
        holds=sum(unit.holds for unit in units),
        assigned=sum(each.is_assigned and not each.holds for each in everybody),
        fresh=sum(unit.fresh for unit in units),
        minutes=sum(unit.minutes for unit in units),
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
