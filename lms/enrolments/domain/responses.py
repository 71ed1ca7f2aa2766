"""What a learner may send as an answer to each kind of question, and what is said of anything else."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from lms.catalogue.domain import Matching, Number, OneChoice, Ordering, Question, Scenario, SeveralChoices

LARGEST_NUMBER = 10**15

Response: TypeAlias = Any
"""As it came over the wire: one_choice `"id"`; several_choices and ordering `["id", ...]`; matching
`{"left id": "right id"}`; number `12.5`; scenario `["option id" for each step]`. Not answered: null, an empty
list or object; within matching and scenario also a missing or null entry."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a response. `pointer` is a JSON pointer (RFC 6901) into what was sent."""

    pointer: str
    sentence: str


class InvalidResponse(ValueError):
    """A response that no learner's choice could have made: a door answers 422 with these problems."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{each.pointer or '/'}: {each.sentence}" for each in problems))
        self.problems = tuple(problems)


def is_answered(response: Response) -> bool:
    """Whether anything was chosen at all; zero is an answer, ticking nothing is not."""
    if isinstance(response, Mapping):
        return any(each is not None for each in response.values())
    if isinstance(response, list | tuple):
        return any(each is not None for each in response)
    return response is not None


def validate_response(question: Question, response: Response) -> None:
    """Raise `InvalidResponse`, with every problem, unless this is an answer to this question or no answer."""
    if problems := list(problems_with(question, response)):
        raise InvalidResponse(problems)


def validate_responses(questions: Sequence[Question], responses: Mapping[str, Response]) -> None:
    """Raise `InvalidResponse` with every problem of a whole attempt, pointers starting at the question's id.

    A question without an answer is no problem; an answer to a question that was not asked is.
    """
    asked = {question.id: question for question in questions}
    problems = [
        Problem(_pointer(key) + each.pointer, each.sentence)
        for key, response in responses.items()
        for each in (problems_with(asked[key], response) if key in asked else [_NOT_ASKED])
    ]
    if problems:
        raise InvalidResponse(problems)


def problems_with(question: Question, response: Response) -> Iterator[Problem]:
    """Every problem with one response, pointers relative to it."""
    if response is None:
        return
    match question:
        case OneChoice():
            yield from _choice(response, [option.id for option in question.options], "")
        case SeveralChoices():
            yield from _list(response, [option.id for option in question.options])
        case Ordering():
            yield from _permutation(response, [item.id for item in question.items])
        case Matching():
            yield from _pairs(question, response)
        case Number():
            yield from _number(response)
        case Scenario():
            yield from _steps(question, response)


_NOT_ASKED = Problem("", "this question was not asked in this attempt")
_NOT_A_LIST = Problem("", "must be a list of option ids")


def _choice(given: object, known: Collection[str], at: str) -> Iterator[Problem]:
    if not isinstance(given, str):
        yield Problem(at, "must be the id of an option, as a string")
    elif given not in known:
        yield Problem(at, f"no option has the id {given[:80]!r}")


def _list(given: object, known: Collection[str]) -> Iterator[Problem]:
    if not isinstance(given, list | tuple):
        yield _NOT_A_LIST
        return
    if len(given) > len(known):
        yield Problem("", f"there are only {len(known)} options")
        return
    for index, each in enumerate(given):
        yield from _choice(each, known, f"/{index}")
        if each in given[:index]:
            yield Problem(f"/{index}", "the same option is named twice")


def _permutation(given: object, known: Collection[str]) -> Iterator[Problem]:
    problems = list(_list(given, known))
    yield from problems
    if not problems and isinstance(given, list | tuple) and 0 < len(given) < len(known):
        yield Problem("", f"must name all {len(known)} options, in order")


def _pairs(question: Matching, given: object) -> Iterator[Problem]:
    if not isinstance(given, Mapping):
        yield Problem("", "must be an object of left ids and right ids")
        return
    left = {pair.left.id for pair in question.pairs}
    right = {pair.right.id for pair in question.pairs}
    for key, value in given.items():
        if key not in left:
            yield Problem(_pointer(key), "no left side has this id")
        elif value is not None:
            yield from _choice(value, right, _pointer(key))


def _number(given: object) -> Iterator[Problem]:
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    if not is_number or not -LARGEST_NUMBER <= given <= LARGEST_NUMBER:  # type: ignore[operator]  # a number
        yield Problem("", "must be a number, of fifteen digits at most")


def _steps(question: Scenario, given: object) -> Iterator[Problem]:
    if not isinstance(given, list | tuple):
        yield Problem("", "must be a list with one option id for each step")
        return
    if len(given) > len(question.steps):
        yield Problem("", f"there are only {len(question.steps)} steps")
    for index, (step, each) in enumerate(zip(question.steps, given, strict=False)):
        if each is not None:
            yield from _choice(each, [option.id for option in step.options], f"/{index}")


def _pointer(key: object) -> str:
    return "/" + str(key).replace("~", "~0").replace("/", "~1")
