"""A quiz as a form: fields for each kind of question, answers read back from them, and what a result shows.

Names of fields: `q.<question>` for one choice, several choices and a number; `q.<question>.<part>` for the
position of an item, the partner of a left side, the choice at a step. All of it works without script.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from lms.catalogue.domain import Matching, Number, OneChoice, Ordering, Question, Scenario, SeveralChoices
from lms.enrolments.domain.responses import LARGEST_NUMBER

Fields = Mapping[str, Sequence[str]]
"""What a form sent, or is filled with: every value of a field, by its name."""

Mistake = Literal["order", "number"]
_GROUP_MARKS = {"en": ",", "zh": ",", "ar": ",", "es": "."}  # fr and ru put a space between thousands


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers as the API takes them; which fields hold something that is no answer, and what was left empty."""

    responses: dict[str, Any]
    mistakes: dict[str, Mistake]
    unanswered: list[str]


def read_answers(questions: Sequence[Question], fields: Fields, language: str) -> Answers:
    """What the learner answered, as far as it can be read."""
    responses: dict[str, Any] = {}
    mistakes: dict[str, Mistake] = {}
    unanswered = []
    for question in questions:
        try:
            response = _response(question, fields, language)
        except ValueError:
            mistakes[question.id] = "number" if isinstance(question, Number) else "order"
            continue
        if response is None:
            unanswered.append(question.id)
        else:
            responses[question.id] = response
    return Answers(responses, mistakes, unanswered)


def name_of(question: str, part: str | None = None) -> str:
    """The name of a question's field."""
    return f"q.{question}" if part is None else f"q.{question}.{part}"


def _one(fields: Fields, name: str) -> str | None:
    values = fields.get(name) or [""]
    return values[0].strip() or None


def _response(question: Question, fields: Fields, language: str) -> Any:
    """The response, or None for no answer; ValueError for what cannot be one."""
    match question:
        case OneChoice():
            return _one(fields, name_of(question.id))
        case SeveralChoices():
            return list(fields.get(name_of(question.id), ())) or None
        case Number():
            text = _one(fields, name_of(question.id))
            return None if text is None else read_number(text, language)
        case Ordering():
            return _order({item.id: _one(fields, name_of(question.id, item.id)) for item in question.items})
        case Matching():
            pairs = {
                pair.left.id: _one(fields, name_of(question.id, pair.left.id)) for pair in question.pairs
            }
            return {left: right for left, right in pairs.items() if right} or None
        case Scenario():
            chosen = [_one(fields, name_of(question.id, step.id)) for step in question.steps]
            return chosen if any(chosen) else None


def _order(places: Mapping[str, str | None]) -> list[str] | None:
    """Items by the place each was given; all different, or none at all."""
    if not any(places.values()):
        return None
    numbers = {item: int(place or 0) for item, place in places.items()}
    if sorted(numbers.values()) != list(range(1, len(places) + 1)):
        raise ValueError("places are missing or given twice")
    return sorted(numbers, key=lambda item: numbers[item])


def read_number(text: str, language: str) -> float:
    """A number as people write it: with a decimal point or comma, spaces between thousands, any digits.

    "1,250" is a thousand and more where the comma groups (en, zh, ar), one and a quarter where it is decimal;
    "1.250" is a thousand and more where the point groups (es). What `format_number` writes is read back.
    """
    plain = re.sub(r"[\s\u00a0\u202f'’٬_]", "", text).replace("٫", ".").replace("−", "-").removesuffix("%")
    if "," in plain and "." in plain:
        last = max(plain.rfind(","), plain.rfind("."))
        plain = re.sub(r"[.,]", "", plain[:last]) + "." + plain[last + 1 :]
    elif (mark := _GROUP_MARKS.get(language)) and re.fullmatch(rf"[+-]?\d{{1,3}}(?:\{mark}\d{{3}})+", plain):
        plain = plain.replace(mark, "")
    try:
        value = Decimal(plain.replace(",", "."))
    except InvalidOperation as error:
        raise ValueError(f"{text!r} is no number") from error
    if not value.is_finite() or abs(value) > LARGEST_NUMBER:
        raise ValueError(f"{text!r} is out of range")
    return int(value) if value == int(value) else float(value)


def fields_of(questions: Sequence[Question], responses: Mapping[str, Any]) -> dict[str, list[str]]:
    """The fields that say these responses, to fill the form of someone who comes back."""
    fields: dict[str, list[str]] = {}
    for question in questions:
        response = responses.get(question.id)
        if response is not None:
            fields |= _fields(question, response)
    return fields


def _fields(question: Question, response: Any) -> dict[str, list[str]]:
    match question:
        case OneChoice() | Number():
            return {name_of(question.id): [str(response)]}
        case SeveralChoices():
            return {name_of(question.id): list(response)}
        case Ordering():
            return {name_of(question.id, item): [str(at)] for at, item in enumerate(response, 1)}
        case Matching():
            return {name_of(question.id, left): [right] for left, right in response.items() if right}
        case Scenario():
            steps = zip(question.steps, response, strict=False)
            return {name_of(question.id, step.id): [chosen] for step, chosen in steps if chosen}


# -- results -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an answered question. `right` is None where nothing may be told yet. Texts are Markdown."""

    text: str
    chosen: bool = False
    right: bool | None = None
    says: str = ""
    label: str = ""  # what it belongs to: a left side, a step


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a question: beside what was answered stands what is said about it."""

    id: str
    prompt: str
    kind: str
    verdict: Literal["right", "partly", "wrong", "unanswered"]
    lines: list[Line]
    says: list[str]
    right_answer: list[str]  # of an ordering, matching or number, once it may be told


def answered(
    question: Question, order: Mapping[str, Sequence[str]], response: Any, said: Mapping[str, Any]
) -> Answered:
    """A question with its answer; `said` is its entry in the feedback of the outcome."""
    about = {(each.get("step"), each.get("option")): each["text"] for each in said["feedback"]}
    return Answered(
        id=question.id,
        prompt=question.prompt,
        kind=question.kind,
        verdict=_verdict(said, response),
        lines=_lines(question, order, response, said, about),
        says=[about[None, None]] if (None, None) in about else [],
        right_answer=[]
        if said["correct"] or "answer" not in said
        else _right_answer(question, said["answer"]),
    )


def _verdict(said: Mapping[str, Any], response: Any) -> Literal["right", "partly", "wrong", "unanswered"]:
    if said["correct"]:
        return "right"
    if not response:
        return "unanswered"
    return "partly" if said["points"] > 0 else "wrong"


def _lines(
    question: Question,
    order: Mapping[str, Sequence[str]],
    response: Any,
    said: Mapping[str, Any],
    about: Mapping[tuple[str | None, str | None], str],
) -> list[Line]:
    match question:
        case OneChoice() | SeveralChoices():
            texts = {option.id: option.text for option in question.options}
            chosen = [response] if isinstance(response, str) else list(response or ())
            right = _listed(said.get("answer"))
            return [
                Line(
                    texts[each],
                    each in chosen,
                    None if right is None else each in right,
                    about.get((None, each), ""),
                )
                for each in order["options"]
            ]
        case Ordering():
            texts = {item.id: item.text for item in question.items}
            return [Line(texts[each], chosen=True) for each in response or ()]
        case Matching():
            return _pairs(question, response or {})
        case Number():
            return [] if response is None else [Line(str(response), chosen=True)]
        case Scenario():
            return _steps(question, response or (), about)


def _listed(answer: Any) -> list[str] | None:
    return [answer] if isinstance(answer, str) else answer


def _pairs(question: Matching, response: Mapping[str, str]) -> list[Line]:
    right = {pair.right.id: pair.right.text for pair in question.pairs}
    return [
        Line(
            right.get(response.get(pair.left.id, ""), ""),
            chosen=pair.left.id in response,
            label=pair.left.text,
        )
        for pair in question.pairs
    ]


def _steps(
    question: Scenario, response: Sequence[str | None], about: Mapping[tuple[str | None, str | None], str]
) -> list[Line]:
    given = list(response) + [None] * len(question.steps)
    lines = []
    for step, chosen in zip(question.steps, given, strict=False):
        text = next((option.text for option in step.options if option.id == chosen), "")
        lines.append(Line(text, bool(text), says=about.get((step.id, chosen), ""), label=step.prompt))
    return lines


def _right_answer(question: Question, answer: Any) -> list[str]:
    match question:
        case Ordering():
            texts = {item.id: item.text for item in question.items}
            return [texts[each] for each in answer]
        case Matching():
            return [f"{pair.left.text} → {pair.right.text}" for pair in question.pairs]
        case Number():
            return [str(answer)]
        case _:
            return []
