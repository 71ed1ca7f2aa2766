"""The agreement: its clauses beside the standard ones, what needs the legal office, and the digests of what is said."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from lms.joint_trainings.domain.checklist import Answer, Item
from lms.joint_trainings.domain.costs import is_below
from lms.joint_trainings.domain.states import Obstacle
from lms.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.kernel.events import Event

FURTHER = "further_terms"
"""The key of what is agreed beyond the standard clauses."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause in one language."""

    key: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Standard:
    """The standard agreement: `clauses` by language, in the same order in each; `digest` of all of them."""

    version: str
    digest: str
    clauses: Mapping[str, tuple[Clause, ...]]

    def in_language(self, language: str) -> tuple[Clause, ...]:
        """The clauses in one of the six languages."""
        return self.clauses[language]

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of its clauses, in their order."""
        return tuple(each.key for each in self.clauses["en"])


class Decision(StrEnum):
    """What a legal office says of an agreement that is not the standard one."""

    CLEARED = "cleared"
    REFUSED = "refused"


class WhyClearance(StrEnum):
    """What makes an agreement need the legal office's clearance of its own."""

    CLAUSE_CHANGED = "clause_changed"
    VALUE = "value"
    NAME_OR_EMBLEM = "name_or_emblem"
    ANSWERED_NO = "answered_no"


@dataclass(frozen=True, slots=True)
class Deviations:
    """What of a training decides whether the standard agreement carries it."""

    changed: Sequence[str]  # keys of clauses that are not the standard ones
    values: Mapping[str, Decimal]  # by currency
    name_or_emblem: bool
    answers: Mapping[Item, Answer]


def why_clearance(found: Deviations, limits: Mapping[str, Decimal]) -> list[WhyClearance]:
    """Why the legal office must look at it; nothing: the standard clearance is enough."""
    said_no = any(answer is Answer.NO for answer in found.answers.values())
    return [
        why
        for why, holds in (
            (WhyClearance.CLAUSE_CHANGED, bool(found.changed)),
            (WhyClearance.VALUE, not is_below(found.values, limits)),
            (WhyClearance.NAME_OR_EMBLEM, found.name_or_emblem),
            (WhyClearance.ANSWERED_NO, said_no),
        )
        if holds
    ]


@dataclass(frozen=True, slots=True)
class Given:
    """A clearance that a legal office gave or refused, for its entity and what lies under it, of one digest."""

    path: str
    digest: str
    decision: Decision
    at: datetime


def is_cleared(path: str, digest: str, given: Sequence[Given]) -> bool:
    """Whether the latest word of an office at or above `path` on this very digest is that it is cleared."""
    own = [each for each in given if path.startswith(each.path) and each.digest == digest]
    return bool(own) and max(own, key=lambda each: each.at).decision is Decision.CLEARED


def obstacles_by_clearance(
    hosts: Mapping[str, str], *, of_standard: str, of_this: str | None, given: Sequence[Given]
) -> list[Obstacle]:
    """Entities (name by path) whose legal office has not cleared it.

    `of_standard` is the digest of the standard text, `of_this` that of the agreement's own terms where it needs a
    clearance of its own: then that one alone counts.
    """
    digest, key = (of_standard, "standard_not_cleared") if of_this is None else (of_this, "not_cleared")
    return [
        Obstacle(key, "/agreement/clearances", name)
        for path, name in hosts.items()
        if not is_cleared(path, digest, given)
    ]


def canonical(content: Any) -> str:
    """Canonical JSON (RFC 8785) of what holds text, whole numbers, truth values and nothing else below ASCII keys."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest_of(content: Any) -> str:
    """SHA-256 of the canonical JSON, as 64 hex digits."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()


LEGAL_PARTS = ("hosts", "costs", "clauses", "standard", "language")


def legal_part(content: Mapping[str, Any]) -> dict[str, Any]:
    """What of an agreement a legal office clears: a new day of the training, say, does not ask it again."""
    training = {name: content["training"][name] for name in ("id", "name_or_emblem", "is_recorded")}
    noes = [each for each in content["checklist"] if each["answer"] == Answer.NO.value]
    return {name: content[name] for name in LEGAL_PARTS} | {"training": training, "checklist": noes}


# -- errors ------------------------------------------------------------------------------------------------


class NoAgreement(Conflict):
    type, title = "no-agreement", "A training of entities alone needs no agreement"


class ClauseNotFound(NotFound):
    type, title = "clause-not-found", "There is no such clause"


class BadClause(Invalid):
    type, title = "bad-clause", "Something about this clause is not right"


class NotLegalOffice(NotAllowed):
    type, title = "not-legal-office", "The legal office of a hosting entity does this"


class NothingToClear(Conflict):
    type, title = "nothing-to-clear", "This agreement needs no clearance of its own"


class AgreementChanged(Conflict):
    type, title = (
        "agreement-changed",
        "The agreement is no longer what you saw; read it again before you decide",
    )


# -- events ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearanceAsked(Event):
    """An agreement that is not the standard one waits for the legal office; `data.digest`."""

    type: ClassVar[str] = "joint_trainings.clearance_asked"
    subject_type: ClassVar[str] = "training"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearanceDecided(Event):
    """A legal office cleared an agreement or refused to; `data.digest`, `data.decision`."""

    type: ClassVar[str] = "joint_trainings.clearance_decided"
    subject_type: ClassVar[str] = "training"


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardCleared(Event):
    """A legal office cleared a version of the standard agreement for its entity; `data.version`, `data.digest`."""

    type: ClassVar[str] = "joint_trainings.standard_cleared"
    subject_type: ClassVar[str] = "entity"
