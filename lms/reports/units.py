"""Whose figures a report of counts shows, and which of them are the reader's own.

One's own entity is where one may read reports on people, with all that lies below. Outside it (which a system-wide
coordinator may see, and for whom everything is outside) whole organisations are shown, never their offices: figures of
an organisation without those of its offices would tell of the few who are left.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel.access import Actor, Permission
from lms.kernel.errors import Fault
from lms.kernel.i18n import translator
from lms.people.domain import EntityNotFound
from lms.people.models import Entity
from lms.people.queries import list_entities
from lms.reports.errors import OutsideOwnEntity


@dataclass(frozen=True, slots=True)
class Unit:
    """An entity with the offices below it. `focuses` are its own, or those of the nearest above that has any."""

    key: str
    name: str
    path: str
    focuses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """In which units (by number) an entity's own people count, whether they are the reader's own, and its focuses."""

    units: tuple[int, ...]
    own: bool
    focuses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """The units of a report.

    All of `units` are counted; only those of `shown` are told (numbers; None stands for all together). `outside`: not
    everything is the reader's own, so small figures are hidden.
    """

    entity: str | None
    units: tuple[Unit, ...]
    shown: tuple[int | None, ...]
    outside: bool
    places: Mapping[UUID, Place]
    everywhere: bool

    @property
    def entity_ids(self) -> list[UUID] | None:
        """The entities whose people are counted; None when it is every one there is."""
        return None if self.everywhere else list(self.places)

    def unit(self, number: int | None) -> Unit | None:
        """The unit with this number; None for all together."""
        return None if number is None else self.units[number]


async def reach_of(
    session: AsyncSession,
    *,
    actor: Actor,
    entity: str | None,
    language: str,
    permission: Permission = Permission.COVERAGE_READ,
) -> Reach:
    """The units for an entity, or for all that the actor may see. Raises EntityNotFound, OutsideOwnEntity."""
    entities = await list_entities(session)
    return plan_reach(entities, _Reader(actor, permission), entity, language)


class _Reader:
    """What an actor may see, and what of it is theirs: a token's scopes narrow the first alone."""

    def __init__(self, actor: Actor, permission: Permission = Permission.COVERAGE_READ) -> None:
        self._seen = actor.paths(permission)
        self._own = actor.permissions.get(Permission.REPORTS_READ, ())

    def sees(self, entity: Entity) -> bool:
        return any(entity.path.startswith(path) for path in self._seen)

    def owns(self, entity: Entity) -> bool:
        return any(entity.path.startswith(path) for path in self._own)


@dataclass(frozen=True, slots=True)
class Choosable:
    """Entities that a reader may ask for, as (key, name) in the order of the tree; whether some are not their own."""

    entities: tuple[tuple[str, str], ...]
    outside: bool


async def choosable(
    session: AsyncSession, *, actor: Actor, permission: Permission = Permission.COVERAGE_READ
) -> Choosable:
    """What `reach_of` takes from this actor."""
    reader = _Reader(actor, permission)
    seen = [each for each in await list_entities(session) if reader.sees(each)]
    ids = {each.id for each in seen}
    asked = [each for each in seen if each.parent_id not in ids or reader.owns(each)]
    return Choosable(
        tuple((each.key, each.name) for each in asked), outside=not all(reader.owns(each) for each in seen)
    )


def plan_reach(entities: Sequence[Entity], reader: _Reader, asked: str | None, language: str) -> Reach:
    """The same as `reach_of`, of entities in the order of their tree."""
    seen = [each for each in entities if reader.sees(each)]
    ids = {each.id for each in seen}
    tops = [each for each in seen if each.parent_id not in ids]
    chosen = next((each for each in seen if each.key == asked), None)
    if asked is not None and chosen is None:
        raise EntityNotFound(f"There is no entity {asked!r} for which you may do this.")
    outside = not all(reader.owns(each) for each in ([chosen] if chosen else tops))
    if outside and chosen is not None and chosen not in tops:
        says = translator(language).gettext(
            "Outside your own entity whole organisations are shown, not their offices."
        )
        raise OutsideOwnEntity(says, faults=[Fault("/entity", says)])
    listed = tops if outside else _opened(chosen, tops, seen)
    shown: list[int | None] = list(range(len(listed)))
    if chosen is not None and outside:
        shown = [listed.index(chosen)]
    elif chosen is None and len(tops) > 1:
        shown.append(None)
    focuses = _focuses(entities)
    units = tuple(Unit(each.key, each.name, each.path, focuses[each.id]) for each in listed)
    places = {
        each.id: Place(_among(each, units), reader.owns(each), focuses[each.id])
        for each in seen
        if _among(each, units)
    }
    return Reach(asked, units, tuple(shown), outside, places, everywhere=len(places) == len(entities))


def _opened(chosen: Entity | None, tops: list[Entity], seen: list[Entity]) -> list[Entity]:
    """An entity and the offices straight under it; several at the top, if that is what one has."""
    head = chosen or (tops[0] if len(tops) == 1 else None)
    return tops if head is None else [head, *(each for each in seen if each.parent_id == head.id)]


def _among(entity: Entity, units: Sequence[Unit]) -> tuple[int, ...]:
    return tuple(n for n, unit in enumerate(units) if entity.path.startswith(unit.path))


def _focuses(entities: Iterable[Entity]) -> dict[UUID, tuple[str, ...]]:
    """Focuses by entity, parents before children."""
    found: dict[UUID | None, tuple[str, ...]] = {}
    for each in entities:
        found[each.id] = tuple(each.focuses) or found.get(each.parent_id, ())
    return {key: value for key, value in found.items() if key is not None}


@dataclass(frozen=True, slots=True)
class Count:
    """People of a unit, and how many of them are outside the reader's own entity."""

    people: int = 0
    outside: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(self.people + other.people, self.outside + other.outside)


Counts = dict[tuple[int | None, Hashable], Count]


def tally(reach: Reach, counted: Iterable[tuple[UUID, Hashable, int]]) -> Counts:
    """People by (unit, what they are counted for), from people by entity. None: all units together, each person once.

    Units overlap where one lies in another; then nobody asks for all together.
    """
    found: Counts = {}
    for entity_id, what, people in counted:
        place = reach.places.get(entity_id)
        if place is not None:
            count = Count(people, 0 if place.own else people)
            for unit in (*place.units, None):
                found[unit, what] = found.get((unit, what), Count()) + count
    return found


def refuse_outside(reach: Reach, filters: Mapping[str, Any], sentence: str) -> None:
    """Raise OutsideOwnEntity for any of these filters that is given where not everything is the reader's own."""
    given = [Fault(f"/{name}", sentence) for name, value in filters.items() if value]
    if reach.outside and given:
        raise OutsideOwnEntity(faults=given)
