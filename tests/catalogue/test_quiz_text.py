"""Whatever a writer does to a quiz or a rubric, it is read or told of; and what passes can be graded."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from lms.catalogue.domain import (
    FindingList,
    Matching,
    Number,
    OneChoice,
    Ordering,
    Question,
    Scenario,
    decode,
    encode,
)
from lms.catalogue.quiz_text import parse_quiz
from lms.catalogue.rubric_text import parse_assignment

from .small_library import ASSIGNMENT, QUIZ
from .strategies import law

PIECES = [
    "- [x] a: A",
    "- [ ] b: B",
    "  > no",
    "> no",
    "## q [one_choice]",
    "## r [scenario]",
    "### s",
    "1. a: A",
    "",
]
PIECES += [
    "- a: A = b: B",
    "= 1 +- 0",
    "```",
    "## t [matching]",
    "## u [number]",
    "text",
    "  text",
    "- 0: None",
    "## c [criterion]",
]
COUNTS = st.integers(0, 400)


@st.composite
def spoilt(draw: Any, text: str) -> str:
    """A text with some lines taken out, doubled, moved, cut or put in from elsewhere."""
    lines = text.split("\n")
    for _ in range(draw(st.integers(1, 4))):
        at = draw(COUNTS) % len(lines)
        kind = draw(st.sampled_from(["drop", "double", "move", "cut", "put"]))
        line = lines[at]
        if kind == "drop" and len(lines) > 1:
            del lines[at]
        elif kind == "double":
            lines.insert(at, line)
        elif kind == "move":
            lines.insert(draw(COUNTS) % len(lines), lines.pop(at))
        elif kind == "cut":
            lines[at] = line[: draw(COUNTS) % (len(line) + 1)]
        else:
            lines.insert(at, draw(st.sampled_from(PIECES)))
    return "\n".join(lines)


@law(spoilt(QUIZ.split("---\n")[2]))
def test_a_spoilt_quiz_is_told_of_or_sound(body: str) -> None:
    findings = FindingList("q.md")
    quiz = parse_quiz(body, 1, findings)
    last = body.count("\n") + 1
    assert all(each.line is not None and 1 <= each.line <= last for each in findings.found)
    if not any(each.is_error for each in findings.found):
        assert quiz.questions
        for question in quiz.questions:
            assert_sound(question)


def assert_sound(question: Question) -> None:
    """What grading takes for granted."""
    assert question.prompt
    match question:
        case Ordering():
            assert_options([item.id for item in question.items])
        case Matching():
            assert_options([pair.left.id for pair in question.pairs])
            assert_options([pair.right.id for pair in question.pairs])
        case Number():
            assert question.tolerance >= 0
        case Scenario():
            assert question.steps
            for step in question.steps:
                assert_options([option.id for option in step.options])
                assert any(option.is_right for option in step.options)
        case _:
            assert_options([option.id for option in question.options])
            right = sum(option.is_right for option in question.options)
            assert right == 1 if isinstance(question, OneChoice) else right >= 1
            assert all(option.feedback for option in question.options if not option.is_right)
    assert decode(type(question), json.loads(json.dumps(encode(question)))) == question


def assert_options(ids: list[str]) -> None:
    assert len(ids) == len(set(ids)) >= 2


@law(spoilt(ASSIGNMENT.split("---\n")[2]))
def test_a_spoilt_rubric_is_told_of_or_sound(body: str) -> None:
    findings = FindingList("w.md")
    work = parse_assignment(body, 1, findings)
    if not findings.found:
        assert work.brief and work.criteria
        assert len({criterion.id for criterion in work.criteria}) == len(work.criteria)
        assert all(criterion.max_points >= 1 and criterion.prompt for criterion in work.criteria)


def test_headings_within_code_are_text() -> None:
    findings = FindingList("q.md")
    prompt = "What is this?\n\n```\n## r [one_choice]\n```\n"
    body = f"## q [one_choice]\n{prompt}\n- [x] a: Code.\n- [ ] b: Prose.\n  > No."
    quiz = parse_quiz(body, 1, findings)
    assert findings.found == []
    assert "## r [one_choice]" in quiz.questions[0].prompt


def test_feedback_and_answers_may_have_paragraphs() -> None:
    findings = FindingList("q.md")
    body = (
        "## q [one_choice]\n?\n\n- [x] a: One.\n\n  Two.\n- [ ] b: B.\n  > First,\n  > still first.\n  >\n"
        "  > Second.\n\n  > Third.\n"
    )
    (question,) = parse_quiz(body, 1, findings).questions
    assert findings.found == [] and isinstance(question, OneChoice)
    assert question.options[0].text == "One.\n\nTwo."
    assert question.options[1].feedback == "First,\nstill first.\n\nSecond.\n\nThird."


def test_numbers_may_be_negative_decimal_and_exact() -> None:
    forms = [("= -2.50", "-2.50", "0"), ("= 0.1 +- 0.01", "0.1", "0.01"), ("=7 ±1", "7", "1")]
    for written, value, tolerance in forms:
        findings = FindingList("q.md")
        (question,) = parse_quiz(f"## q [number]\n?\n\n{written}\n> So.", 1, findings).questions
        assert isinstance(question, Number) and not findings.found
        assert (str(question.value), str(question.tolerance)) == (value, tolerance)
