"""A translation against its original: the same keys and the same marks; only words differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Protocol, TypeAlias, TypeVar

from .domain import (
    Choice,
    FindingList,
    Matching,
    Number,
    OneChoice,
    Ordering,
    Question,
    Scenario,
    SeveralChoices,
)
from .quiz_text import MARKS, IdPath, ParsedQuiz
from .rubric_text import ParsedAssignment

Difference: TypeAlias = tuple[IdPath, str]
"""Where in the translation, and a sentence that says what differs."""

_MARK = {worth: f"[{mark}]" for mark, worth in MARKS.items()}


def compare_quizzes(original: ParsedQuiz, translation: ParsedQuiz, findings: FindingList) -> None:
    """Write down, at its line in the translation, whatever differs but words."""
    ours, theirs = _by_id(translation.questions), _by_id(original.questions)
    differences = list(_ids((), "question", list(ours), list(theirs)))
    for key in theirs:
        if key in ours:
            differences.extend(_questions(ours[key], theirs[key]))
    for path, sentence in differences:
        findings.error(translation.line(*path), sentence)


def compare_assignments(
    original: ParsedAssignment, translation: ParsedAssignment, findings: FindingList
) -> None:
    """Write down criteria that are missing, added, in another order or with other points."""
    ours, theirs = _by_id(translation.criteria), _by_id(original.criteria)
    for path, sentence in _ids((), "criterion", list(ours), list(theirs)):
        findings.error(translation.lines.get(path[0]) if path else None, sentence)
    for key, criterion in ours.items():
        if key in theirs and criterion.max_points != theirs[key].max_points:
            points = f"{criterion.max_points} points at most, in the original {theirs[key].max_points}"
            findings.error(translation.lines[key], f'Criterion "{key}" has {points}.')


def _questions(ours: Question, theirs: Question) -> Iterator[Difference]:
    """What differs between two questions with the same id."""
    path = (ours.id,)
    if ours.kind != theirs.kind:
        yield path, f'Question "{ours.id}" is {ours.kind} here, and {theirs.kind} in the original.'
    elif isinstance(ours, OneChoice | SeveralChoices) and isinstance(theirs, OneChoice | SeveralChoices):
        yield from _choices(path, ours.options, theirs.options)
    elif isinstance(ours, Ordering) and isinstance(theirs, Ordering):
        yield from _ids(path, "step", [each.id for each in ours.items], [each.id for each in theirs.items])
    elif isinstance(ours, Matching) and isinstance(theirs, Matching):
        yield from _pairs(path, ours, theirs)
    elif isinstance(ours, Number) and isinstance(theirs, Number):
        yield from _numbers(path, ours, theirs)
    elif isinstance(ours, Scenario) and isinstance(theirs, Scenario):
        yield from _scenarios(path, ours, theirs)


def _choices(path: IdPath, ours: Sequence[Choice], theirs: Sequence[Choice]) -> Iterator[Difference]:
    yield from _ids(path, "choice", [each.id for each in ours], [each.id for each in theirs])
    marks = {each.id: each.worth for each in theirs}
    for each in ours:
        if each.id in marks and each.worth != marks[each.id]:
            sentence = f'"{each.id}" is marked {_MARK[each.worth]}, in the original {_MARK[marks[each.id]]}.'
            yield (*path, each.id), sentence


def _pairs(path: IdPath, ours: Matching, theirs: Matching) -> Iterator[Difference]:
    partners = {pair.left.id: pair.right.id for pair in theirs.pairs}
    yield from _ids(path, "left id", [pair.left.id for pair in ours.pairs], list(partners))
    for pair in ours.pairs:
        if pair.left.id in partners and pair.right.id != partners[pair.left.id]:
            sentence = f'"{pair.left.id}" goes with "{pair.right.id}", in the original with '
            yield (*path, pair.left.id), f'{sentence}"{partners[pair.left.id]}".'


def _numbers(path: IdPath, ours: Number, theirs: Number) -> Iterator[Difference]:
    def said(number: Number) -> tuple[Decimal, Decimal]:
        return number.value, number.tolerance

    if said(ours) != said(theirs):
        original = f"{theirs.value} +- {theirs.tolerance}"
        yield path, f"The answer is {ours.value} +- {ours.tolerance}, in the original {original}."


def _scenarios(path: IdPath, ours: Scenario, theirs: Scenario) -> Iterator[Difference]:
    yield from _ids(path, "step", [step.id for step in ours.steps], [step.id for step in theirs.steps])
    originals = _by_id(theirs.steps)
    for step in ours.steps:
        if step.id in originals:
            yield from _choices((*path, step.id), step.options, originals[step.id].options)


def _ids(path: IdPath, what: str, ours: Sequence[str], theirs: Sequence[str]) -> Iterator[Difference]:
    """What is missing, what is too much, or (with the same ids) another order."""
    for key in theirs:
        if key not in ours:
            yield path, f'The {what} "{key}" of the original is missing here.'
    for key in ours:
        if key not in theirs:
            yield (*path, key), f'The {what} "{key}" is not in the original.'
    if sorted(ours) == sorted(theirs) and list(ours) != list(theirs):
        yield path, f"The order of each {what} differs from the original's: {', '.join(theirs)}."


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


_T = TypeVar("_T", bound=_HasId)


def _by_id(things: Sequence[_T]) -> dict[str, _T]:
    return {thing.id: thing for thing in things}
