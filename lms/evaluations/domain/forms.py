"""A form: questions on a scale of 1 to 5 and open ones, with a version; and what can be wrong with an answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lms.kernel.errors import Fault

LOWEST, HIGHEST = 1, 5
SCALE = range(LOWEST, HIGHEST + 1)
MOST_WORDS = 2_000

Words = Mapping[str, str]
"""A sentence by language."""


@dataclass(frozen=True, slots=True)
class Form:
    """Questions by key, in order. `digest` is of the file they stand in: an answer names what was asked."""

    name: str
    version: int
    digest: str
    scaled: Mapping[str, Words]
    open: Mapping[str, Words]
    scale: tuple[Words, ...]  # what each score means, from 1 to 5


def form_from(name: str, document: Mapping[str, Any], digest: str) -> Form:
    """A form as its file holds it."""
    return Form(
        name=name,
        version=document["version"],
        digest=digest,
        scaled=document["forms"][name]["scaled"],
        open=document["forms"][name]["open"],
        scale=tuple(document["scale"]),
    )


def faults_in_answer(form: Form, scores: Mapping[str, int], words: Mapping[str, str]) -> list[Fault]:
    """What is wrong with an answer: every scaled question has a score of 1 to 5, open ones may stay empty."""
    faults = [
        Fault(f"/scores/{key}", f"Give a score from {LOWEST} to {HIGHEST}.")
        for key in form.scaled
        if scores.get(key) not in SCALE
    ]
    faults += [
        Fault(f"/scores/{key}", "This form does not ask that.") for key in sorted({*scores} - {*form.scaled})
    ]
    for key in sorted(words):
        if key not in form.open:
            faults.append(Fault(f"/words/{key}", "This form does not ask that."))
        elif len(words[key]) > MOST_WORDS:
            faults.append(Fault(f"/words/{key}", f"{MOST_WORDS} characters at most."))
    return faults
