"""Programmes: ordered sets of courses, with choices between courses and whole programmes within programmes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, TypeAlias

from .codec import encode
from .edition import canonical_json
from .taxonomy import Label


@dataclass(frozen=True, slots=True)
class CourseItem:
    """One course, by key."""

    kind: ClassVar[str] = "course"
    course: str


@dataclass(frozen=True, slots=True)
class AnyItem:
    """Any `any` of these courses."""

    kind: ClassVar[str] = "any"
    any: int
    of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProgrammeItem:
    """All that another programme asks for."""

    kind: ClassVar[str] = "programme"
    programme: str


Item: TypeAlias = CourseItem | AnyItem | ProgrammeItem


@dataclass(frozen=True, slots=True)
class Programme:
    """One entry of courses/programmes.yaml. The order of `items` is the order of study; nobody is held to it."""

    key: str
    name: Label
    summary: Label
    items: tuple[Item, ...]
    audiences: tuple[str, ...] = ()
    validity_months: int | None = None

    @property
    def nested(self) -> tuple[str, ...]:
        """Keys of the programmes that stand among its items."""
        return tuple(each.programme for each in self.items if isinstance(each, ProgrammeItem))


@dataclass(frozen=True)
class Programmes:
    """All programmes as published together, in the order of the file; none contains itself."""

    programmes: tuple[Programme, ...] = ()

    def get(self, key: str) -> Programme | None:
        """The programme with this key; None when there is none."""
        return next((each for each in self.programmes if each.key == key), None)

    def items_of(self, key: str) -> tuple[Item, ...]:
        """The items of a programme that is known to be there."""
        found = self.get(key)
        if found is None:
            raise KeyError(key)
        return found.items

    def courses_of(self, key: str) -> frozenset[str]:
        """Every course that counts for a programme, also within the programmes it holds."""
        return self._courses[key]

    @cached_property
    def _courses(self) -> Mapping[str, frozenset[str]]:
        return {each.key: frozenset(self._courses_in(each)) for each in self.programmes}

    def _courses_in(self, programme: Programme) -> Iterable[str]:
        for item in programme.items:
            if isinstance(item, CourseItem):
                yield item.course
            elif isinstance(item, AnyItem):
                yield from item.of
            elif (within := self.get(item.programme)) is not None:
                yield from self._courses_in(within)

    @cached_property
    def by_course(self) -> Mapping[str, frozenset[str]]:
        """Keys of the programmes that each course counts for: asked for by every completion, worked out once."""
        found: dict[str, set[str]] = {}
        for programme in self.programmes:
            for course in self.courses_of(programme.key):
                found.setdefault(course, set()).add(programme.key)
        return {course: frozenset(keys) for course, keys in found.items()}

    def digest_of(self, key: str) -> str:
        """sha256 over what the programme asks for: another word in its name leaves it as it is."""
        return self._digests[key]

    @cached_property
    def _digests(self) -> Mapping[str, str]:
        rules = {
            each.key: {"items": self._rule(each.key), "validity_months": each.validity_months}
            for each in self.programmes
        }
        return {key: hashlib.sha256(canonical_json(rule).encode()).hexdigest() for key, rule in rules.items()}

    def _rule(self, key: str) -> list[Any]:
        return [
            self._rule(item.programme) if isinstance(item, ProgrammeItem) else encode(item)
            for item in self.items_of(key)
        ]


def find_circle(nested: Mapping[str, Iterable[str]], start: str) -> list[str] | None:
    """The way from a programme back to itself, both ends named; None when there is none.

    `nested` maps each programme to those among its items; one that it does not know leads nowhere.
    """
    ways, seen = [[start]], set[str]()
    while ways:
        way = ways.pop(0)  # the shortest first: what is told is then the circle itself
        for each in nested.get(way[-1], ()):
            if each == start:
                return [*way, start]
            if each not in seen:
                seen.add(each)
                ways.append([*way, each])
    return None
