"""Hypothesis strategies for questions and editions, as any sound course could hold them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lms.catalogue.domain import (
    FULL,
    HALF,
    NOTHING,
    Activity,
    ActivityKind,
    AssignmentText,
    Attempts,
    Change,
    Choice,
    Course,
    CourseText,
    Criterion,
    Edition,
    Item,
    Matching,
    Module,
    Number,
    OneChoice,
    Ordering,
    PageText,
    Pair,
    Question,
    QuizText,
    Release,
    Scenario,
    SeveralChoices,
    Source,
    Step,
    Teaches,
)


def law(*arguments: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """`given`, with examples enough for rules this small, and no deadline on a busy machine."""

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        return settings(deadline=None, max_examples=50)(given(*arguments)(test))

    return decorate


texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)
ids = st.sampled_from([f"{first}{second}" for first in "abcde" for second in ("", "-1", "-b", "x-y", "z")])
decimals = st.decimals(-1_000_000, 1_000_000, allow_nan=False, places=2)


def id_lists(at_least: int = 2, at_most: int = 6) -> st.SearchStrategy[list[str]]:
    """Different ids."""
    return st.lists(ids, min_size=at_least, max_size=at_most, unique=True)


@st.composite
def choices(draw: Any, worths: Sequence[int], right: int | None = None) -> tuple[Choice, ...]:
    """Options with ids of their own; at least one is right, exactly `right` if that is given."""
    names = draw(id_lists())
    marks = draw(st.lists(st.sampled_from(worths), min_size=len(names), max_size=len(names)))
    if right == 1:
        marks = [NOTHING] * len(names)
    marks[draw(st.integers(0, len(names) - 1))] = FULL
    return tuple(
        Choice(name, f"text of {name}", mark, f"feedback to {name}" if draw(st.booleans()) else "")
        for name, mark in zip(names, marks, strict=True)
    )


@st.composite
def questions(draw: Any, question_id: str | None = None) -> Question:
    """A question of any kind."""
    key = question_id or draw(ids)
    kind = draw(st.sampled_from([one_choice, several_choices, ordering, matching, number, scenario]))
    question: Question = draw(kind(key))
    return question


def one_choice(key: str) -> st.SearchStrategy[Question]:
    """Exactly one right."""
    return choices([NOTHING], right=1).map(lambda options: OneChoice(key, "prompt", options))


def several_choices(key: str) -> st.SearchStrategy[Question]:
    """At least one right."""
    return choices([NOTHING, FULL]).map(lambda options: SeveralChoices(key, "prompt", options))


def ordering(key: str) -> st.SearchStrategy[Question]:
    """Two to six items."""
    items = id_lists().map(lambda names: tuple(Item(each, f"text of {each}") for each in names))
    return items.map(lambda each: Ordering(key, "prompt", each, "feedback on the order"))


@st.composite
def matching(draw: Any, key: str) -> Question:
    """Ids may stand on both sides."""
    left = draw(id_lists())
    right = draw(st.permutations(left))
    pairs = [Pair(Item(a, f"left {a}"), Item(b, f"right {b}")) for a, b in zip(left, right, strict=True)]
    return Matching(key, "prompt", tuple(pairs), "feedback on the pairs")


def number(key: str) -> st.SearchStrategy[Question]:
    """With any tolerance from 0."""
    return st.builds(Number, st.just(key), texts, decimals, decimals.map(abs), st.just("feedback: the sum"))


@st.composite
def scenario(draw: Any, key: str) -> Question:
    """One to four steps with every mark."""
    steps = [
        Step(name, f"prompt of {name}", draw(choices([NOTHING, HALF, FULL]))) for name in draw(id_lists(1, 4))
    ]
    return Scenario(key, "prompt", tuple(steps))


@st.composite
def banks(draw: Any, at_least: int = 1) -> list[Question]:
    """Questions with different ids."""
    return [draw(questions(each)) for each in draw(id_lists(at_least, 5))]


pages = st.builds(PageText, texts, texts, st.booleans())
quizzes = st.builds(QuizText, texts, texts, banks().map(tuple), st.booleans())
criteria = st.builds(Criterion, ids, texts, st.lists(texts, min_size=2, max_size=4).map(tuple))
assignments = st.builds(AssignmentText, texts, texts, st.lists(criteria, min_size=1, max_size=3).map(tuple))
course_texts = st.builds(
    CourseText,
    texts,
    texts,
    texts,
    st.dictionaries(ids, texts, max_size=3),
    st.dictionaries(ids, st.one_of(pages, quizzes, assignments), max_size=3),
    st.booleans(),
)
optional_counts = st.none() | st.integers(1, 9)
activities = st.builds(
    Activity,
    ids,
    st.sampled_from(ActivityKind),
    st.integers(1, 90),
    st.booleans(),
    optional_counts,
    optional_counts,
    st.none() | st.builds(Attempts, st.integers(1, 9), optional_counts),
    optional_counts,
)
modules = st.builds(Module, ids, st.integers(1, 90), st.lists(activities, min_size=1, max_size=3).map(tuple))
days = st.dates(date(1990, 1, 1), date(2100, 1, 1))
id_tuples = id_lists(0, 3).map(tuple)
courses = st.builds(
    Course,
    key=ids,
    provider=ids,
    original=st.just("en"),
    languages=st.just(("en", "fr")),
    audiences=id_tuples,
    focuses=id_tuples,
    modalities=id_tuples,
    prerequisites=id_tuples,
    teaches=st.lists(st.builds(Teaches, ids, st.integers(1, 4), optional_counts), max_size=2).map(tuple),
    release=st.builds(Release, st.sampled_from(Change), texts, st.none() | days),
    modules=st.lists(modules, min_size=1, max_size=2).map(tuple),
    sources=st.lists(
        st.builds(Source, ids, texts, st.integers(1900, 2100), days, st.none() | texts), max_size=2
    ).map(tuple),
    validity_months=optional_counts,
)
editions = st.builds(Edition, courses, st.fixed_dictionaries({"en": course_texts, "fr": course_texts}))
