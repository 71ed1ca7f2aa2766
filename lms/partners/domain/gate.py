"""May this partner do this now, for this entity, and why not: one pure function over facts that are in force.

Everything is looked at, whatever the first thing found: the answer to those outside the circle takes no longer for
one reason than for another, and the circle sees all of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Rule(StrEnum):
    """What the gate looks at, in the order in which it says so."""

    EXCLUSION = "exclusion"
    DECISION = "decision"
    BASELINE = "baseline"
    WARNING = "warning"
    BIDDER = "bidder"


WAIVABLE = frozenset({Rule.BASELINE, Rule.WARNING})
"""What a policy may let senior managers waive; nothing else, whatever a policy says."""


class Scope(StrEnum):
    """What a decision speaks of. A partnership holds the joint trainings in it."""

    JOINT_TRAINING = "joint_training"
    PARTNERSHIP = "partnership"


class Effort(StrEnum):
    """How deeply was looked: full covers light."""

    LIGHT = "light"
    FULL = "full"


class Standing(StrEnum):
    """How one rule came out."""

    MET = "met"
    WAIVED = "waived"
    NOT_MET = "not_met"


@dataclass(frozen=True, slots=True)
class Policy:
    """An entity's parameters; `version` and `digest` are named by every answer."""

    version: str
    digest: str
    exclusions: frozenset[str]
    waivable: frozenset[Rule]
    participation_checked_within_days: int


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: for which entity, on which day, for what, looked at how deeply."""

    entity_path: str
    on: date
    scope: Scope
    effort: Effort


@dataclass(frozen=True, slots=True)
class Exclusion:
    """The partner, or the group it belongs to, stands on a list; without a path for every entity."""

    on_list: str
    entity_path: str | None
    occurred_on: date


@dataclass(frozen=True, slots=True)
class Decision:
    """A due-diligence decision on the partner or on the group it belongs to."""

    id: str
    entity_path: str
    scope: Scope
    effort: Effort
    may_proceed: bool
    occurred_on: date
    valid_until: date


@dataclass(frozen=True, slots=True)
class Baseline:
    """The Global Compact participation, or the signed commitment, of the partner or its parent."""

    ground: str  # participation, parent_participation or commitment
    is_active: bool
    checked_on: date | None  # of a participation; a commitment: the day it was signed


@dataclass(frozen=True, slots=True)
class Warned:
    """An early warning that its entity has judged to stand in the way, until its review."""

    id: str
    entity_path: str
    from_on: date
    review_on: date


@dataclass(frozen=True, slots=True)
class Bid:
    """The partner bids in a procurement of an entity that is open."""

    reference: str
    entity_path: str
    opened_on: date


@dataclass(frozen=True, slots=True)
class Waiver:
    """A senior manager lets one rule pass, under conditions, until a day."""

    id: str
    rule: Rule
    entity_path: str
    from_on: date
    valid_until: date


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a partner and not revoked, of whichever entity."""

    exclusions: Sequence[Exclusion] = ()
    decisions: Sequence[Decision] = ()
    baselines: Sequence[Baseline] = ()
    warnings: Sequence[Warned] = ()
    bids: Sequence[Bid] = ()
    waivers: Sequence[Waiver] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """How one rule came out, and on what ground: words of this file, keys of lists, ids of facts."""

    rule: Rule
    standing: Standing
    grounds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gate's answer. `reasons` are for the circle only."""

    is_clear: bool
    reasons: tuple[Reason, ...]
    policy_version: str
    policy_digest: str


def judge(known: Known, question: Question, policy: Policy) -> Verdict:
    """Whether the partner may do it, by every rule. Facts in any order give the same answer."""
    reasons = (
        _exclusion(known, question, policy),
        _decision(known, question),
        _waivable(_baseline(known, question, policy), known, question, policy),
        _waivable(_warning(known, question), known, question, policy),
        _bidder(known, question),
    )
    is_clear = all(reason.standing is not Standing.NOT_MET for reason in reasons)
    return Verdict(is_clear, reasons, policy.version, policy.digest)


def effort_needed(*, experts_only: bool, trainings: int, money: bool, name_or_emblem: bool) -> Effort:
    """Light for a partner's experts at one training without money, name or emblem; full otherwise."""
    light = experts_only and trainings == 1 and not money and not name_or_emblem
    return Effort.LIGHT if light else Effort.FULL


def speaks_for(path: str, question: Question) -> bool:
    """Whether what the entity at `path` says holds for the one asked about: itself, or one that it lies under."""
    return question.entity_path.startswith(path)


def _reason(rule: Rule, is_met: bool, grounds: Iterable[str] = ()) -> Reason:
    return Reason(rule, Standing.MET if is_met else Standing.NOT_MET, tuple(sorted(set(grounds))))


def _exclusion(known: Known, question: Question, policy: Policy) -> Reason:
    found = [
        each.on_list
        for each in known.exclusions
        if each.on_list in policy.exclusions
        and each.occurred_on <= question.on
        and (each.entity_path is None or speaks_for(each.entity_path, question))
    ]
    return _reason(Rule.EXCLUSION, not found, found)


def _decision(known: Known, question: Question) -> Reason:
    own = [
        each
        for each in known.decisions
        if speaks_for(each.entity_path, question) and each.occurred_on <= question.on
    ]
    running = [
        each for each in own if each.valid_until >= question.on and _covers(each.scope, question.scope)
    ]
    against = [each.id for each in running if not each.may_proceed]
    good = [each.id for each in running if each.may_proceed and _is_deep_enough(each.effort, question.effort)]
    if good and not against:
        return _reason(Rule.DECISION, True, good)
    return _reason(Rule.DECISION, False, against or [_why_no_decision(own, running, question)])


def _why_no_decision(own: Sequence[Decision], running: Sequence[Decision], question: Question) -> str:
    if running:
        return "not_deep_enough"
    if any(each.valid_until >= question.on for each in own):
        return "other_scope"
    return "lapsed" if own else "no_decision"


def _covers(scope: Scope, asked: Scope) -> bool:
    return scope is asked or scope is Scope.PARTNERSHIP


def _is_deep_enough(effort: Effort, asked: Effort) -> bool:
    return effort is asked or effort is Effort.FULL


def _baseline(known: Known, question: Question, policy: Policy) -> Reason:
    good = [each.ground for each in known.baselines if _holds(each, question.on, policy)]
    if good:
        return _reason(Rule.BASELINE, True, good)
    stale = any(each.is_active for each in known.baselines)
    return _reason(Rule.BASELINE, False, ["not_checked_lately" if stale else "no_baseline"])


def _holds(baseline: Baseline, on: date, policy: Policy) -> bool:
    if not baseline.is_active or baseline.checked_on is None or baseline.checked_on > on:
        return False
    oldest = on - timedelta(days=policy.participation_checked_within_days)
    return baseline.ground == "commitment" or baseline.checked_on >= oldest


def _warning(known: Known, question: Question) -> Reason:
    found = [
        each.id
        for each in known.warnings
        if speaks_for(each.entity_path, question) and each.from_on <= question.on <= each.review_on
    ]
    return _reason(Rule.WARNING, not found, found)


def _bidder(known: Known, question: Question) -> Reason:
    """A bid to the entity, to one above it or to one of its offices: none of them trains with who hopes to sell."""
    found = [
        each.reference
        for each in known.bids
        if each.opened_on <= question.on
        and (speaks_for(each.entity_path, question) or each.entity_path.startswith(question.entity_path))
    ]
    return _reason(Rule.BIDDER, not found, found)


def _waivable(reason: Reason, known: Known, question: Question, policy: Policy) -> Reason:
    if reason.standing is Standing.MET or reason.rule not in policy.waivable & WAIVABLE:
        return reason
    by = [each.id for each in known.waivers if each.rule is reason.rule and _is_given(each, question)]
    return Reason(reason.rule, Standing.WAIVED, (*reason.grounds, *sorted(by))) if by else reason


def _is_given(waiver: Waiver, question: Question) -> bool:
    return speaks_for(waiver.entity_path, question) and waiver.from_on <= question.on <= waiver.valid_until
