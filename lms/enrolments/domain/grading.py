"""How answers become points and feedback, as courses/README.md says ("Every question is worth one point").

Pure and exact: sums are fractions, and only what is handed out is rounded, so that nobody misses a pass mark
by rounding. Points and scores are integers in hundredths.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lms.catalogue.domain import (
    FULL,
    Choice,
    Matching,
    Number,
    OneChoice,
    Ordering,
    Question,
    Scenario,
    SeveralChoices,
)

from .drawing import Drawn, Order, draw, serve
from .responses import (
    InvalidResponse,
    Problem,
    Response,
    is_answered,
    validate_response,
    validate_responses,
)

__all__ = [
    "Drawn",
    "Feedback",
    "Graded",
    "InvalidResponse",
    "Order",
    "Problem",
    "Response",
    "Result",
    "answer_to",
    "draw",
    "feedback",
    "grade",
    "is_answered",
    "serve",
    "validate_response",
    "validate_responses",
]


@dataclass(frozen=True, slots=True)
class Feedback:
    """What is said about one choice, or (with neither option nor step) about the whole answer. Markdown."""

    text: str
    option: str | None = None
    step: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """One question's outcome. `points` is hundredths of the question's one point, 0 to 100."""

    question: str
    correct: bool
    points: int
    feedback: tuple[Feedback, ...] = ()


@dataclass(frozen=True, slots=True)
class Graded:
    """A graded attempt. `score` is hundredths of a per cent, 0 to 10000. Holds nothing of the answer key."""

    score: int
    results: tuple[Result, ...]

    @property
    def per_cent(self) -> Decimal:
        """The score as people read it, 0.00 to 100.00."""
        return Decimal(self.score).scaleb(-2)

    def passes(self, pass_mark: int) -> bool:
        """Whether the score reaches a pass mark in whole per cent."""
        return self.score >= pass_mark * 100


def grade(questions: Sequence[Question], responses: Mapping[str, Response]) -> Graded:
    """Grade an attempt: `questions` are those that were asked, `responses` maps question id to answer.

    A question without an answer earns nothing. `InvalidResponse` for malformed answers and for answers to
    questions that were not asked; ValueError when nothing was asked.
    """
    if not questions:
        raise ValueError("an attempt asks at least one question")
    validate_responses(questions, responses)
    earned = [_earned(question, responses.get(question.id)) for question in questions]
    results = tuple(
        _result(question, responses.get(question.id), points)
        for question, points in zip(questions, earned, strict=True)
    )
    return Graded(_hundredths(sum(earned, Fraction()) * 100 / len(questions)), results)


def feedback(graded: Graded, questions: Iterable[Question], *, reveal: bool = False) -> list[dict[str, Any]]:
    """What goes over the wire for each: `{question, correct, points, feedback: [{option?, step?, text}]}`.

    With `reveal` (for someone who has passed) each also has `answer`, in the shape of a response, and a
    number's explanation. Without it nothing tells the right answer to a question answered wrongly.
    """
    by_id = {question.id: question for question in questions}
    return [_shown(result, by_id[result.question], reveal) for result in graded.results]


def answer_to(question: Question) -> Response:
    """The right answer, in the shape of a response. Never to be sent to someone who has not passed."""
    match question:
        case OneChoice():
            return _best(question.options)
        case SeveralChoices():
            return [option.id for option in question.options if option.is_right]
        case Ordering():
            return [item.id for item in question.items]
        case Matching():
            return {pair.left.id: pair.right.id for pair in question.pairs}
        case Number():
            return int(question.value) if question.value == int(question.value) else float(question.value)
        case Scenario():
            return [_best(step.options) for step in question.steps]


def _earned(question: Question, response: Response) -> Fraction:
    """Points from 0 to 1, exactly, for a response that has been validated."""
    if not is_answered(response):
        return Fraction()
    match question:
        case OneChoice():
            return Fraction(_by_id(question.options)[response].worth, FULL)
        case SeveralChoices():
            return _boxes(question, response)
        case Ordering():
            return Fraction(list(response) == answer_to(question))
        case Matching():
            right = sum(response.get(pair.left.id) == pair.right.id for pair in question.pairs)
            return Fraction(right, len(question.pairs))
        case Number():
            return Fraction(
                abs(Fraction(str(response)) - Fraction(question.value)) <= Fraction(question.tolerance)
            )
        case Scenario():
            worths = (option.worth for _, option in _steps_taken(question, response))
            return Fraction(sum(worths), FULL * len(question.steps))


def _boxes(question: SeveralChoices, ticked: Sequence[str]) -> Fraction:
    """Each box rightly ticked or left counts, a wrong one costs as much, never below zero."""
    right = sum((option.id in ticked) == option.is_right for option in question.options)
    wrong = len(question.options) - right
    return Fraction(max(0, right - wrong), len(question.options))


def _result(question: Question, response: Response, points: Fraction) -> Result:
    correct = points == 1
    said = tuple(_said(question, response, correct)) if is_answered(response) else ()
    return Result(question.id, correct, _hundredths(points), said)


def _said(question: Question, response: Response, correct: bool) -> Iterable[Feedback]:
    """Feedback for what was chosen and nothing else: what is said of other options would tell the key."""
    match question:
        case OneChoice():
            return _about(question.options, [response])
        case SeveralChoices():
            return _about(question.options, response)
        case Scenario():
            return [
                Feedback(option.feedback, option.id, step)
                for step, option in _steps_taken(question, response)
                if option.feedback
            ]
        case Number():  # it explains the answer
            return [Feedback(question.feedback)] if correct and question.feedback else []
        case Ordering() | Matching():  # it helps who went wrong
            return [Feedback(question.feedback)] if not correct and question.feedback else []


def _about(options: Iterable[Choice], chosen: Sequence[str]) -> list[Feedback]:
    return [Feedback(each.feedback, each.id) for each in options if each.id in chosen and each.feedback]


def _shown(result: Result, question: Question, reveal: bool) -> dict[str, Any]:
    said = list(result.feedback)
    if reveal and isinstance(question, Number) and question.feedback and not said:
        said = [Feedback(question.feedback)]
    shown = {
        "question": result.question,
        "correct": result.correct,
        "points": result.points / 100,
        "feedback": [_shown_feedback(each) for each in said],
    }
    return {**shown, "answer": answer_to(question)} if reveal else shown


def _shown_feedback(each: Feedback) -> dict[str, str]:
    place = {"step": each.step, "option": each.option}
    return {**{name: key for name, key in place.items() if key is not None}, "text": each.text}


def _steps_taken(question: Scenario, response: Sequence[str | None]) -> list[tuple[str, Choice]]:
    """The steps that were answered, with the option chosen in each."""
    return [
        (step.id, _by_id(step.options)[chosen])
        for step, chosen in zip(question.steps, response, strict=False)
        if chosen is not None
    ]


def _by_id(options: Iterable[Choice]) -> dict[str, Choice]:
    return {option.id: option for option in options}


def _best(options: Sequence[Choice]) -> str:
    return max(options, key=lambda option: option.worth).id


def _hundredths(value: Fraction) -> int:
    """Times a hundred, to the nearest whole number, halves up."""
    return (value * 200 + 1) // 2
