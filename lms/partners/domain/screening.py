"""Words of screening: kinds of confidential facts, the circle, the neutral answer, what a waiver may be."""

from collections.abc import Collection
from datetime import date
from enum import StrEnum
from uuid import UUID

from lms.kernel.errors import Conflict, Fault, Invalid, NotAllowed, NotFound
from lms.partners.domain.gate import Policy, Rule

CLEAR = "clear"
NOT_CLEAR = "not clear, ask your screening officer"
"""All that anyone outside the circle is told, whatever the reason."""


class FactKind(StrEnum):
    """Kinds of facts that the gate looks at."""

    DECISION = "decision"
    EXCLUSION = "exclusion"
    BID = "bid"
    WAIVER = "waiver"


class FactNotFound(NotFound):
    type, title = "screening-not-found", "There is no such screening here"


class FactEnded(Conflict):
    type, title = "screening-ended", "This does not count any more already"


class NotInCircle(NotAllowed):
    type, title = "not-in-circle", "A screening or legal officer of the entity names who may do this"


class OwnHand(NotAllowed):
    type, title = "own-hand", "Nobody waives for an agreement they proposed or manage"


class NotClear(Conflict):
    """The gate does not let it; the same words and no reason, for the partner and for its host alike."""

    type, title = "partner-not-clear", "Not clear, ask your screening officer"


class NotWaivable(Invalid):
    type, title = "not-waivable", "This is never waived"


class BadDay(Invalid):
    type, title = "bad-screening-day", "These days do not fit"


class NoManager(Invalid):
    type, title = "no-senior-manager", "This person is no senior manager of the entity"


def check_days(occurred_on: date, valid_until: date | None, today: date) -> None:
    """Raise for a fact about a day to come, or one that ended before it began."""
    if occurred_on > today:
        sentence = "This day lies ahead."
        raise BadDay(sentence, faults=[Fault("/occurred_on", sentence)])
    if valid_until is not None and valid_until < max(occurred_on, today):
        sentence = "It would have ended already."
        raise BadDay(sentence, faults=[Fault("/valid_until", sentence)])


def check_waiver(rule: Rule, policy: Policy, giver: UUID, hands: Collection[UUID]) -> None:
    """Raise unless the policy lets `rule` be waived, by somebody who is not among `hands`: who proposed or manages."""
    if rule not in policy.waivable:
        raise NotWaivable(faults=[Fault("/waives", NotWaivable.title)])
    if giver in hands:
        raise OwnHand()
