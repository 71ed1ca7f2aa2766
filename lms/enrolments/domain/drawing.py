"""What a learner is asked in one attempt, and in which order: drawn by seed, so it can be drawn again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from lms.catalogue.domain import (
    Choice,
    Item,
    Matching,
    Number,
    OneChoice,
    Ordering,
    Question,
    Scenario,
    SeveralChoices,
)

Order: TypeAlias = Mapping[str, Sequence[str]]
"""Option ids as shown. Keys: `options` for choices and ordering; `left` and `right` for matching; the id of
each step for a scenario; none for a number. JSON as it stands, so an attempt can keep it."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A question as asked in one attempt. `encode` and `decode` of `lms.catalogue.domain` make it JSON."""

    question: str
    order: Mapping[str, tuple[str, ...]]


def draw(bank: Sequence[Question], *, count: int | None = None, seed: str | int) -> tuple[Drawn, ...]:
    """Draw `count` questions (None: all) and shuffle their options; the same seed draws the same.

    Questions keep the order of the bank, since an author may build one on another; a scenario's steps keep
    theirs. Shuffling goes by digest, not by `random`, whose algorithms may change between Python versions;
    a seed must differ for each attempt, or attempts look alike. ValueError when the bank is too small.
    """
    wanted = len(bank) if count is None else count
    if not 0 <= wanted <= len(bank):
        raise ValueError(f"cannot draw {wanted} from a bank of {len(bank)}")
    chosen = set(_shuffled((question.id for question in bank), seed, "")[:wanted])
    return tuple(Drawn(each.id, _order(each, seed)) for each in bank if each.id in chosen)


def serve(question: Question, order: Order) -> dict[str, Any]:
    """The question as it goes over the wire before it is answered: no mark, no feedback, no right order.

    `order` must name exactly the question's options (ValueError otherwise): without it an ordering would
    be served solved.
    """
    served: dict[str, Any] = {"id": question.id, "kind": question.kind, "prompt": question.prompt}
    match question:
        case OneChoice() | SeveralChoices():
            served["options"] = _shown(question.options, order, "options")
        case Ordering():
            served["options"] = _shown(question.items, order, "options")
        case Matching():
            served["left"] = _shown([pair.left for pair in question.pairs], order, "left")
            served["right"] = _shown([pair.right for pair in question.pairs], order, "right")
        case Scenario():
            served["steps"] = [
                {"id": step.id, "prompt": step.prompt, "options": _shown(step.options, order, step.id)}
                for step in question.steps
            ]
        case Number():
            pass
    return served


def _order(question: Question, seed: str | int) -> dict[str, tuple[str, ...]]:
    return {
        name: _shuffled(ids, seed, f"{question.id}/{name}") for name, ids in _option_ids(question).items()
    }


def _option_ids(question: Question) -> dict[str, list[str]]:
    match question:
        case OneChoice() | SeveralChoices():
            return {"options": [option.id for option in question.options]}
        case Ordering():
            return {"options": [item.id for item in question.items]}
        case Matching():
            pairs = question.pairs
            return {"left": [pair.left.id for pair in pairs], "right": [pair.right.id for pair in pairs]}
        case Scenario():
            return {step.id: [option.id for option in step.options] for step in question.steps}
        case Number():
            return {}


def _shuffled(ids: Iterable[str], seed: str | int, salt: str) -> tuple[str, ...]:
    def place(each: str) -> bytes:
        return hashlib.sha256(f"{seed}\n{salt}\n{each}".encode()).digest()

    return tuple(sorted(ids, key=place))


def _shown(things: Sequence[Choice | Item], order: Order, name: str) -> list[dict[str, str]]:
    texts = {thing.id: thing.text for thing in things}
    ids = list(order.get(name, ()))
    if sorted(ids) != sorted(texts):
        raise ValueError(f"the order of {name} does not name exactly this question's options")
    return [{"id": each, "text": texts[each]} for each in ids]
