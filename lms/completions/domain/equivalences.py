"""The equivalence register: whoever completed one course within some days holds another, and what follows from that.

Equivalences chain: a completion of A gives B by A → B, and C by B → C, all on the day of A's completion, by the
equivalences in force on that day for one of the person's entities.
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import ClassVar
from uuid import UUID

from lms.kernel.errors import Conflict, Invalid, NotFound
from lms.kernel.events import Event

EQUIVALENCE_RULE = "equivalence-1"
EVERYWHERE = "/"  # the path of an equivalence for everybody


@dataclass(frozen=True, slots=True)
class Rule:
    """An equivalence as the rules see it: courses by id, the entity it covers by its path."""

    id: UUID
    held: UUID
    gives: UUID
    path: str
    from_on: date
    until_on: date | None

    def is_in_force(self, day: date) -> bool:
        """Whether a completion of this day counts."""
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)

    def covers(self, paths: Collection[str]) -> bool:
        """Whether a person of the entities at these paths is covered; everybody is by one for everybody."""
        return self.path == EVERYWHERE or any(path.startswith(self.path) for path in paths)


@dataclass(frozen=True)
class Register:
    """The equivalences that were not withdrawn."""

    rules: tuple[Rule, ...] = ()

    @cached_property
    def by_held(self) -> Mapping[UUID, tuple[Rule, ...]]:
        """Those that a course gives something by, in the order they were decided."""
        found: dict[UUID, tuple[Rule, ...]] = {}
        for rule in sorted(self.rules, key=lambda each: each.id):
            found[rule.held] = (*found.get(rule.held, ()), rule)
        return found


def reached_from(register: Register, course: UUID, day: date, paths: Collection[str]) -> dict[UUID, Rule]:
    """What a completion of `course` on `day` gives somebody of these entities: each other course, and its last step.

    The same register, day and paths give the same steps, the shortest way and on it the oldest equivalence.
    """
    found: dict[UUID, Rule] = {}
    queue = deque([course])
    while queue:
        for rule in register.by_held.get(queue.popleft(), ()):
            if rule.gives not in found and rule.gives != course and _counts(rule, day, paths):
                found[rule.gives] = rule
                queue.append(rule.gives)
    return found


def _counts(rule: Rule, day: date, paths: Collection[str]) -> bool:
    return rule.is_in_force(day) and rule.covers(paths)


def closes_loop(register: Register, new: Rule) -> bool:
    """Whether by `new` a course would in the end give itself to somebody on some day.

    Looked at are those that could cover the same people; if there is such a day at all, one of the days on which one
    of them begins is such a day.
    """
    near = Register(tuple(each for each in register.rules if _meet(each.path, new.path)))
    days = {new.from_on, *(each.from_on for each in near.rules if new.is_in_force(each.from_on))}
    return new.held == new.gives or any(_leads(near, new.gives, new.held, day) for day in days)


def _meet(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _leads(register: Register, start: UUID, end: UUID, day: date) -> bool:
    seen, queue = {start}, [start]
    while queue:
        gives = {each.gives for each in register.by_held.get(queue.pop(), ()) if each.is_in_force(day)}
        queue += gives - seen
        seen |= gives
    return end in seen


@dataclass(frozen=True, slots=True)
class Span:
    """Completions of `course` within these days, by people at `path` and below, reach what one asks about."""

    course: UUID
    path: str
    from_on: date
    until_on: date | None


def spans_reaching(register: Register, new: Rule) -> list[Span]:
    """Whose completions `new` would give something for: of its own course, and of those that lead to it."""
    found: list[Span] = []
    queue = [Span(new.held, new.path, new.from_on, new.until_on)]
    while queue:
        span = queue.pop()
        if span not in found:
            found.append(span)
            queue += _steps_before(register, span)
    return found


def _steps_before(register: Register, span: Span) -> Iterator[Span]:
    for rule in register.rules:
        if rule.gives == span.course and _meet(rule.path, span.path):
            path = max(rule.path, span.path, key=len)
            from_on, until_on = max(rule.from_on, span.from_on), _earlier(rule.until_on, span.until_on)
            if until_on is None or from_on <= until_on:
                yield Span(rule.held, path, from_on, until_on)


def _earlier(one: date | None, other: date | None) -> date | None:
    return min((each for each in (one, other) if each is not None), default=None)


def courses_that_give(rules: Iterable[Rule]) -> set[UUID]:
    """Courses of which a completion gives something."""
    return {rule.held for rule in rules}


# -- errors and events -------------------------------------------------------------------------------------


class EquivalenceNotFound(NotFound):
    """No such equivalence, or one of an entity that is no business of the asker's."""

    type, title = "equivalence-not-found", "There is no such equivalence here"


class EquivalenceLoop(Invalid):
    """A course would give itself, at once or by way of others."""

    type, title = "equivalence-loop", "This equivalence would lead back to its own course"


class AlreadyEquivalent(Conflict):
    """The same stands in the register."""

    type, title = "already-equivalent", "This equivalence stands in the register already"


class AlreadyWithdrawn(Conflict):
    """It was withdrawn before."""

    type, title = "already-withdrawn", "This equivalence was withdrawn before"


@dataclass(frozen=True, slots=True, kw_only=True)
class EquivalenceDecided(Event):
    """An equivalence was entered in the register."""

    type: ClassVar[str] = "completions.equivalence_decided"
    subject_type: ClassVar[str] = "equivalence"


@dataclass(frozen=True, slots=True, kw_only=True)
class EquivalenceWithdrawn(Event):
    """An equivalence gives nothing new any more."""

    type: ClassVar[str] = "completions.equivalence_withdrawn"
    subject_type: ClassVar[str] = "equivalence"
