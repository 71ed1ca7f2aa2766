"""Courses and people as tailoring sees them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from lms.catalogue.domain import ActivityKind, Course

Levels = Mapping[str, int]
"""Competency → level."""

HIGHEST_LEVEL = 4
HIGHEST_BY_COURSE = 2
"""No course gives more: level 1 by its quizzes, 2 by work assessed. Higher levels are shown in practice."""


@dataclass(frozen=True)
class Offer:
    """A course on offer. `minutes` of its required activities, `work_minutes` of the piece of work beyond them.

    `levels` are those its own activities give, `work_levels` those it gives once its work has been assessed.
    """

    key: str
    minutes: int
    work_minutes: int
    levels: Levels
    work_levels: Levels
    prerequisites: tuple[str, ...] = ()
    focuses: frozenset[str] = frozenset()
    modalities: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    audiences: frozenset[str] = frozenset()

    @cached_property
    def teaches(self) -> Levels:
        """The highest levels it can give."""
        both = {*self.levels, *self.work_levels}
        return {key: max(self.levels.get(key, 0), self.work_levels.get(key, 0)) for key in both}


def offer_of(course: Course) -> Offer:
    """The offer that a published course is."""
    required = sum(each.minutes for each in course.required_activities)
    levels = {each.competency: each.level for each in course.teaches}
    assessed = {each.competency: each.assessed_level for each in course.teaches if each.assessed_level}
    work = [each for each in course.activities if each.kind is ActivityKind.ASSIGNMENT]
    if any(each.required for each in work):  # whoever completes the course has had work assessed
        levels, assessed = levels | assessed, {}
    elif not work:
        assessed = {}
    return Offer(
        key=course.key,
        minutes=required,
        work_minutes=course.minutes - required if assessed else 0,
        levels=levels,
        work_levels=assessed,
        prerequisites=course.prerequisites,
        focuses=frozenset(course.focuses),
        modalities=frozenset(course.modalities),
        languages=frozenset(course.languages),
        audiences=frozenset(course.audiences),
    )


@dataclass(frozen=True, slots=True)
class Learner:
    """Whom a plan is for.

    `wanted` is the target profile; `held` the standing on the day of planning. `completed` are courses whose
    completion is valid, `worked` those of them whose work has been assessed too. `budget` is in minutes, None for
    as long as it takes. Courses in `pinned` and `assigned` are part of the plan whatever they give, those in
    `dropped` never are.
    """

    wanted: Levels
    held: Levels
    completed: frozenset[str] = frozenset()
    worked: frozenset[str] = frozenset()
    focuses: frozenset[str] = frozenset()
    modality: str | None = None
    languages: frozenset[str] = frozenset()
    audience: str | None = None
    budget: int | None = None
    pinned: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()
    assigned: frozenset[str] = frozenset()

    @property
    def fixed(self) -> frozenset[str]:
        """Courses that are in the plan whatever they give."""
        return self.pinned | self.assigned

    @property
    def gap(self) -> Levels:
        """Levels that are wanted and not held: competency → the level wanted."""
        return {key: level for key, level in self.wanted.items() if level > self.held.get(key, 0)}

    def missing(self, competency: str) -> int:
        """How many levels are missing that a course can give."""
        wanted = min(self.wanted.get(competency, 0), HIGHEST_BY_COURSE)
        return max(0, wanted - self.held.get(competency, 0))
