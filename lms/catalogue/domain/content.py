"""A course as its folder says it: structure once (`Course`), words once per language (`CourseText`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import ClassVar, Literal, TypeAlias

from .questions import Question
from .validity import RENEWAL_WINDOW_DAYS, last_valid_day


class ActivityKind(StrEnum):
    """What a learner does in an activity: read, answer, hand in."""

    PAGE = "page"
    QUIZ = "quiz"
    ASSIGNMENT = "assignment"


class Change(StrEnum):
    """What an edition asks of those who took an earlier one: nothing; nothing; to renew by a day."""

    EDITORIAL = "editorial"
    MINOR = "minor"
    MATERIAL = "material"


class ProviderKind(StrEnum):
    """Who offers a course."""

    ENTITY = "entity"
    PARTNER = "partner"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Provider:
    """An office, company or body that offers courses; courses name it by key."""

    key: str
    name: str
    kind: ProviderKind


@dataclass(frozen=True, slots=True)
class Attempts:
    """At most `limit` tries in any `per_hours` hours; in all, when `per_hours` is None."""

    limit: int
    per_hours: int | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    """The smallest thing a learner does. `key` is unique within the course.

    `pass_mark` is a whole per cent from 1 to 100, never None for a quiz or an assignment and always None
    for a page. `draw` None means every question. `attempts` None means as many as wanted.
    """

    key: str
    kind: ActivityKind
    minutes: int
    required: bool = True
    pass_mark: int | None = None
    draw: int | None = None
    attempts: Attempts | None = None
    time_limit_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Module:
    """A unit of study. `minutes` is the sum of its activities' minutes (the loader checks it)."""

    key: str
    minutes: int
    activities: tuple[Activity, ...]


@dataclass(frozen=True, slots=True)
class Teaches:
    """A competency, the level the course's quizzes give, and the level once its final work is assessed."""

    competency: str
    level: int
    assessed_level: int | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """What this edition is. `renew_by` is set exactly when `change` is material."""

    change: Change
    note: str
    renew_by: date | None = None


@dataclass(frozen=True, slots=True)
class Renewal:
    """How a completion is renewed: from `window_days` before its end, by `modules` alone (none: the whole course)."""

    window_days: int = RENEWAL_WINDOW_DAYS
    modules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A document the course rests on. `checked_on` is the day someone last looked it up."""

    id: str
    title: str
    year: int
    checked_on: date
    symbol: str | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """The structure: what `course.yaml` says, with no words a learner reads but titles of sources."""

    key: str
    provider: str
    original: str
    languages: tuple[str, ...]
    audiences: tuple[str, ...]
    focuses: tuple[str, ...]
    modalities: tuple[str, ...]
    prerequisites: tuple[str, ...]
    teaches: tuple[Teaches, ...]
    release: Release
    modules: tuple[Module, ...]
    sources: tuple[Source, ...] = ()
    validity_months: int | None = None
    lapses_each_year_on: str | None = None  # "12-31"
    renewal: Renewal = Renewal()

    @property
    def minutes(self) -> int:
        """How long the whole course takes, optional activities included."""
        return sum(module.minutes for module in self.modules)

    @property
    def activities(self) -> tuple[Activity, ...]:
        """Every activity, in the order of study."""
        return tuple(activity for module in self.modules for activity in module.activities)

    @property
    def required_activities(self) -> tuple[Activity, ...]:
        """What must be satisfied before the course counts as completed."""
        return tuple(activity for activity in self.activities if activity.required)

    def last_valid_day(self, completed_on: date) -> date | None:
        """The last day on which a completion of `completed_on` counts; None when it does not lapse."""
        return last_valid_day(completed_on, self.validity_months, self.lapses_each_year_on)

    def for_renewal(self) -> Course:
        """The course as it is renewed: what lies outside the shorter path is there to read and not required."""
        if not self.renewal.modules:
            return self
        modules = tuple(
            each if each.key in self.renewal.modules else replace(each, activities=_optional(each.activities))
            for each in self.modules
        )
        return replace(self, modules=modules)

    def activity(self, key: str) -> Activity:
        """The activity with this key; KeyError when there is none."""
        for activity in self.activities:
            if activity.key == key:
                return activity
        raise KeyError(key)

    def module_of(self, activity_key: str) -> Module:
        """The module an activity stands in; KeyError when there is none."""
        for module in self.modules:
            if any(activity.key == activity_key for activity in module.activities):
                return module
        raise KeyError(activity_key)


def _optional(activities: tuple[Activity, ...]) -> tuple[Activity, ...]:
    return tuple(replace(each, required=False) for each in activities)


@dataclass(frozen=True, slots=True)
class PageText:
    """A page's words. `outdated`: a translation whose original has changed since it was translated."""

    kind: ClassVar[Literal["page"]] = "page"
    title: str
    body: str
    outdated: bool = False


@dataclass(frozen=True, slots=True)
class QuizText:
    """A quiz's words and, with them, its answer key. Ids, kinds and marks are the same in every language."""

    kind: ClassVar[Literal["quiz"]] = "quiz"
    title: str
    introduction: str
    questions: tuple[Question, ...]
    outdated: bool = False

    def question(self, question_id: str) -> Question:
        """The question with this id; KeyError when there is none."""
        for question in self.questions:
            if question.id == question_id:
                return question
        raise KeyError(question_id)


@dataclass(frozen=True, slots=True)
class Criterion:
    """A line of a rubric. `levels[n]` says what work looks like that earns n points, from 0 without gaps."""

    id: str
    prompt: str
    levels: tuple[str, ...]

    @property
    def max_points(self) -> int:
        """The most that can be earned, in whole points."""
        return len(self.levels) - 1


@dataclass(frozen=True, slots=True)
class AssignmentText:
    """A piece of work: what to hand in, and the rubric it is assessed against."""

    kind: ClassVar[Literal["assignment"]] = "assignment"
    title: str
    brief: str
    criteria: tuple[Criterion, ...]
    outdated: bool = False

    @property
    def max_points(self) -> int:
        """The most that can be earned over all criteria, in whole points."""
        return sum(criterion.max_points for criterion in self.criteria)


ActivityText: TypeAlias = PageText | QuizText | AssignmentText


@dataclass(frozen=True, slots=True)
class CourseText:
    """A course's words in one language: `modules` maps module key to title, `activities` key to words."""

    title: str
    summary: str
    about: str
    modules: Mapping[str, str] = field(default_factory=dict)
    activities: Mapping[str, ActivityText] = field(default_factory=dict)
    outdated: bool = False
