"""What a person's completions make of a programme: which items are met by what, what remains, when it was complete."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from lms.catalogue.domain import CourseItem, ProgrammeItem, Programmes
from lms.catalogue.domain.programmes import AnyItem, Item
from lms.kernel.errors import NotFound
from lms.kernel.events import Event

PROGRAMME_RULE = "programme-1"
"""Version of the rule: every item is met on one day by completions valid on it; raise it when that changes."""


@dataclass(frozen=True, slots=True)
class Done:
    """An unrevoked completion, as far as programmes are concerned: any version of the course, any language."""

    id: UUID
    course: str
    occurred_on: date
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class ItemState:
    """An item: by which completions it is met so far, how many courses are missing, and which could be taken."""

    item: Item
    by: tuple[Done, ...]
    missing: int  # courses; of an item that is a programme, all that it still misses
    open: tuple[str, ...]  # courses that would count and are not done
    within: ProgrammeState | None = None  # of an item that is a programme

    @property
    def is_met(self) -> bool:
        """Whether nothing is missing."""
        return self.missing == 0


@dataclass(frozen=True, slots=True)
class ProgrammeState:
    """How far someone is in a programme, item by item in its order."""

    items: tuple[ItemState, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every item is met."""
        return all(each.is_met for each in self.items)

    @property
    def rests_on(self) -> tuple[Done, ...]:
        """The completions that meet its items, each once, the earliest first."""
        found = {done.id: done for item in self.items for done in item.by}
        return tuple(sorted(found.values(), key=_order))

    @property
    def missing(self) -> int:
        """How many courses are missing, one that two items miss counted twice."""
        return sum(each.missing for each in self.items)

    def done_and_all(self) -> tuple[int, int]:
        """How many courses count and how many are needed."""
        pairs = [_done_and_all(each) for each in self.items]
        return sum(done for done, _ in pairs), sum(needed for _, needed in pairs)


def _done_and_all(state: ItemState) -> tuple[int, int]:
    if state.within is not None:
        return state.within.done_and_all()
    needed = state.item.any if isinstance(state.item, AnyItem) else 1
    return needed - state.missing, needed


def programme_state(programmes: Programmes, key: str, done: Iterable[Done], on: date) -> ProgrammeState:
    """How far someone with these completions is in a programme on a day.

    A completion counts if it happened by that day and is valid on it. Their order does not matter, and one more
    never makes a programme less complete. KeyError when there is no such programme.
    """
    return _state(programmes, key, _best(done, on))


def _best(done: Iterable[Done], on: date) -> dict[str, Done]:
    """Of each course the completion that is valid longest, then the latest."""
    best: dict[str, Done] = {}
    for each in done:
        if each.occurred_on <= on and (each.valid_until is None or each.valid_until >= on):
            known = best.get(each.course)
            if known is None or _worth(each) > _worth(known):
                best[each.course] = each
    return best


def _worth(done: Done) -> tuple[date, date, str]:
    return done.valid_until or date.max, done.occurred_on, str(done.id)


def _state(programmes: Programmes, key: str, best: Mapping[str, Done]) -> ProgrammeState:
    return ProgrammeState(tuple(_item(programmes, each, best) for each in programmes.items_of(key)))


def _item(programmes: Programmes, item: Item, best: Mapping[str, Done]) -> ItemState:
    if isinstance(item, ProgrammeItem):
        within = _state(programmes, item.programme, best)
        to_take = tuple(dict.fromkeys(course for each in within.items for course in each.open))
        return ItemState(item, within.rests_on, within.missing, to_take, within)
    courses, needed = ((item.course,), 1) if isinstance(item, CourseItem) else (item.of, item.any)
    by = sorted((best[course] for course in courses if course in best), key=_order)[:needed]
    missing = needed - len(by)
    to_take = tuple(course for course in courses if course not in best) if missing else ()
    return ItemState(item, tuple(by), missing, to_take)


def _order(done: Done) -> tuple[date, str]:
    return done.occurred_on, str(done.id)


def courses_left(state: ProgrammeState, minutes: Mapping[str, int]) -> tuple[str, ...]:
    """The courses to take, in the order of the programme; where there is a choice, the shortest by `minutes`.

    A course that counts for two items is taken once. One that `minutes` does not know is not on offer.
    """
    chosen: dict[str, None] = {}
    items = list(_leaves(state))
    for each in items:
        if not isinstance(each.item, AnyItem):
            chosen.update(dict.fromkeys(each.open))
    for each in items:
        if isinstance(each.item, AnyItem):
            taken = sum(course in chosen for course in each.open)
            rest = sorted(
                (minutes.get(course, 10**6), course) for course in each.open if course not in chosen
            )
            chosen.update({course: None for _, course in rest[: max(0, each.missing - taken)]})
    order = [course for each in items for course in each.open]
    return tuple(course for course in dict.fromkeys(order) if course in chosen)


def _leaves(state: ProgrammeState) -> Iterable[ItemState]:
    for each in state.items:
        if each.within is not None:
            yield from _leaves(each.within)
        else:
            yield each


@dataclass(frozen=True, slots=True)
class Earlier:
    """A completion of a programme that was recorded and not revoked."""

    id: UUID
    programme: str
    digest: str  # of what the programme asked for
    document_id: UUID  # the publication that says so
    rests_on: frozenset[UUID]
    occurred_on: date
    valid_until: date | None

    def holds_on(self, day: date) -> bool:
        """Whether it has not lapsed by then."""
        return self.valid_until is None or self.valid_until >= day


def completed_anew(
    programmes: Programmes, key: str, done: Iterable[Done], earlier: Sequence[Earlier], today: date
) -> tuple[date, ProgrammeState] | None:
    """The first day on which a programme was complete, and by what; None if it is not, or is recorded already.

    `earlier` are the person's completions of this programme, of any of its versions. What one of them that has
    lapsed rests on does not count again: a programme that is to be renewed is done anew.
    """
    if any(each.digest == programmes.digest_of(key) and each.holds_on(today) for each in earlier):
        return None
    courses = programmes.courses_of(key)
    counting = [each for each in unspent(done, earlier, today) if each.course in courses]
    if not _state(programmes, key, {each.course: each for each in counting}).is_complete:
        return None  # not even if all of them were valid at once: most often, and quickly found
    for day in sorted({each.occurred_on for each in counting}):
        state = programme_state(programmes, key, counting, day)
        if day <= today and state.is_complete:
            return day, state
    return None


def still_holds(
    programmes: Programmes, recorded: Earlier, done: Iterable[Done], others: Sequence[Earlier]
) -> bool:
    """Whether a programme was complete on its day also by the completions that have not been revoked since.

    `programmes` as published when it was recorded; `others` are the person's other completions of it.
    """
    counting = unspent(done, others, recorded.occurred_on)
    return programme_state(programmes, recorded.programme, counting, recorded.occurred_on).is_complete


def unspent(done: Iterable[Done], earlier: Iterable[Earlier], day: date) -> list[Done]:
    """Completions but for those that a completion of the programme rests on that had lapsed by `day`."""
    spent = {completion for each in earlier if not each.holds_on(day) for completion in each.rests_on}
    return [each for each in done if each.id not in spent]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeCompleted(Event):
    """A completion of a programme was recorded."""

    type: ClassVar[str] = "completions.programme_completed"
    subject_type: ClassVar[str] = "programme_completion"

    person_id: UUID
    programme: str
    occurred_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeRevoked(Event):
    """A completion of a programme stopped counting: a completion it rests on was revoked."""

    type: ClassVar[str] = "completions.programme_revoked"
    subject_type: ClassVar[str] = "programme_completion"

    person_id: UUID
    programme: str


class ProgrammeCompletionNotFound(NotFound):
    type, title = "programme-completion-not-found", "There is no such completion of a programme here"
