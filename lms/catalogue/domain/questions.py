"""The kinds of question a quiz may hold, each with its answer key and its feedback.

Prompts, texts and feedback are Markdown as written; rendering happens elsewhere. What a learner may see
before answering is made by `lms.enrolments.domain.grading.serve`, never by passing these on.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Literal, TypeAlias, get_args

FULL = 100
HALF = 50
NOTHING = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """An option and its `worth` in hundredths of a point: 100 `[x]`, 50 `[~]` (in scenarios), 0 `[ ]`."""

    id: str
    text: str
    worth: int
    feedback: str = ""

    @property
    def is_right(self) -> bool:
        """Whether it earns everything."""
        return self.worth == FULL


@dataclass(frozen=True, slots=True)
class Item:
    """Something to be ordered or matched; it is neither right nor wrong by itself."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Pair:
    """A left side and the right side that belongs to it."""

    left: Item
    right: Item


@dataclass(frozen=True, slots=True)
class Step:
    """One decision in a scenario; at least one option is worth everything."""

    id: str
    prompt: str
    options: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class OneChoice:
    """Exactly one option is right."""

    kind: ClassVar[Literal["one_choice"]] = "one_choice"
    id: str
    prompt: str
    options: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class SeveralChoices:
    """One or more options are right; the learner ticks every one that applies."""

    kind: ClassVar[Literal["several_choices"]] = "several_choices"
    id: str
    prompt: str
    options: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Ordering:
    """`items` stand in the right order. `feedback` is shown when the order is wrong."""

    kind: ClassVar[Literal["ordering"]] = "ordering"
    id: str
    prompt: str
    items: tuple[Item, ...]
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class Matching:
    """Left sides and the right sides that belong to them. `feedback` is shown when a pair is wrong."""

    kind: ClassVar[Literal["matching"]] = "matching"
    id: str
    prompt: str
    pairs: tuple[Pair, ...]
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class Number:
    """A number within `tolerance` of `value`. `feedback` explains the answer, so it gives the answer away."""

    kind: ClassVar[Literal["number"]] = "number"
    id: str
    prompt: str
    value: Decimal
    tolerance: Decimal = Decimal(0)
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Decisions that follow one another; worth the mean of its steps."""

    kind: ClassVar[Literal["scenario"]] = "scenario"
    id: str
    prompt: str
    steps: tuple[Step, ...]


Question: TypeAlias = OneChoice | SeveralChoices | Ordering | Matching | Number | Scenario

QUESTION_KINDS: tuple[str, ...] = tuple(kind.kind for kind in get_args(Question))
