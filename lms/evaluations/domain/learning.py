"""Questions that hosts write for a test before and after, where no course has any; and what is wrong with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lms.catalogue.domain import Choice, OneChoice
from lms.catalogue.domain.questions import FULL, NOTHING
from lms.kernel.errors import Fault

FEWEST_QUESTIONS, MOST_QUESTIONS = 3, 10
FEWEST_OPTIONS, MOST_OPTIONS = 2, 6


@dataclass(frozen=True, slots=True)
class Written:
    """A question with one right option, `right` its place in the list."""

    prompt: str
    options: tuple[str, ...]
    right: int


def faults_in_questions(questions: Sequence[Written]) -> list[Fault]:
    """What is wrong with the questions of a test."""
    faults = []
    if not FEWEST_QUESTIONS <= len(questions) <= MOST_QUESTIONS:
        faults.append(Fault("/questions", f"Write {FEWEST_QUESTIONS} to {MOST_QUESTIONS} questions."))
    for number, each in enumerate(questions):
        faults += _faults_in(each, f"/questions/{number}")
    prompts = [each.prompt.strip() for each in questions]
    for number, prompt in enumerate(prompts):
        if prompt and prompt in prompts[:number]:
            faults.append(Fault(f"/questions/{number}/prompt", "This question is asked twice."))
    return faults


def _faults_in(question: Written, place: str) -> list[Fault]:
    faults = []
    options = [each.strip() for each in question.options]
    if not question.prompt.strip():
        faults.append(Fault(f"{place}/prompt", "Write the question."))
    if not FEWEST_OPTIONS <= len(options) <= MOST_OPTIONS or not all(options):
        faults.append(Fault(f"{place}/options", f"Give {FEWEST_OPTIONS} to {MOST_OPTIONS} options."))
    elif len(set(options)) < len(options):
        faults.append(Fault(f"{place}/options", "An option is given twice."))
    if not 0 <= question.right < len(options):
        faults.append(Fault(f"{place}/right", "Say which option is right."))
    return faults


def stored(questions: Sequence[Written]) -> list[dict[str, Any]]:
    """Questions as JSON."""
    return [
        {"prompt": each.prompt.strip(), "options": [o.strip() for o in each.options], "right": each.right}
        for each in questions
    ]


def written_from(document: Sequence[Any]) -> list[Written]:
    """Questions from their JSON."""
    return [Written(each["prompt"], tuple(each["options"]), each["right"]) for each in document]


def as_bank(questions: Sequence[Written]) -> list[OneChoice]:
    """The same as the questions of a quiz: drawn, shown and graded as any."""
    return [
        OneChoice(
            id=f"q{number}",
            prompt=each.prompt,
            options=tuple(
                Choice(f"o{place}", text, FULL if place == each.right else NOTHING)
                for place, text in enumerate(each.options)
            ),
        )
        for number, each in enumerate(questions, 1)
    ]
