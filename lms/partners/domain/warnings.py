"""Early warnings: facts about a partner, told in confidence by one person and approved by another, for a time."""

import calendar
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from lms.kernel.errors import Conflict, Fault, Invalid, NotAllowed

LONGEST_MONTHS = 6
_ADDRESS = re.compile(r"\S+@\S+\.\S+")
_TITLE = re.compile(r"\b(?:Mr|Mrs|Ms|Mme|Dr|Sr|Sra|M)\.? [A-ZÀ-Þ][\w'’-]+")


class Category(StrEnum):
    """What a warning is about."""

    HUMAN_RIGHTS = "human_rights"
    LABOUR = "labour"
    ENVIRONMENT = "environment"
    CORRUPTION = "corruption"
    SANCTIONS = "sanctions"
    CONDUCT = "conduct"  # in work together


class SourceKind(StrEnum):
    """Where its facts come from."""

    PUBLIC_RECORD = "public_record"
    COURT_OR_REGULATOR = "court_or_regulator"
    OWN_EXPERIENCE = "own_experience"
    OTHER_ENTITY = "other_entity"
    MEDIA = "media"
    CIVIL_SOCIETY = "civil_society"


class StepKind(StrEnum):
    """What can happen to a warning."""

    APPROVED = "approved"
    RENEWED = "renewed"
    ANSWERED = "answered"  # the partner was heard
    CLOSED = "closed"


class Outcome(StrEnum):
    """What came of it."""

    CONFIRMED = "confirmed"
    RESOLVED = "resolved"
    UNFOUNDED = "unfounded"


class WarningState(StrEnum):
    """How a warning stands on a day."""

    PROPOSED = "proposed"
    IN_FORCE = "in_force"
    LAPSED = "lapsed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to a warning. `stands_in_the_way` and `review_on` come with approval and renewal."""

    kind: StepKind
    by_id: UUID
    occurred_on: date
    review_on: date | None = None
    stands_in_the_way: bool | None = None


class StepNotPossible(Conflict):
    type, title = "warning-step-not-possible", "The warning's state does not allow this"


class SecondPersonNeeded(NotAllowed):
    type, title = "second-person-needed", "Another person than the one who wrote the warning approves it"


class BadReviewDay(Invalid):
    type, title = "bad-review-day", "A warning is reviewed within six months"


class PersonNamed(Invalid):
    type, title = "person-named", "A warning names no person"


def state_of(steps: Sequence[Step], on: date) -> WarningState:
    """How the warning stands on a day, by its steps in their order."""
    if any(step.kind is StepKind.CLOSED for step in steps):
        return WarningState.CLOSED
    until = review_day(steps)
    if until is None:
        return WarningState.PROPOSED
    return WarningState.IN_FORCE if on <= until else WarningState.LAPSED


def review_day(steps: Iterable[Step]) -> date | None:
    """The last day on which the warning counts; None before it is approved."""
    days = [step.review_on for step in steps if step.review_on is not None]
    return days[-1] if days else None


def stands_in_the_way(steps: Iterable[Step]) -> bool:
    """Whether the entity judged so, the last time it looked."""
    judged = [step.stands_in_the_way for step in steps if step.stands_in_the_way is not None]
    return bool(judged) and bool(judged[-1])


def latest_review(on: date) -> date:
    """The last day to which a warning looked at on `on` may run: six months on, or that month's last day."""
    months = on.month - 1 + LONGEST_MONTHS
    year, month = on.year + months // 12, months % 12 + 1
    return date(year, month, min(on.day, calendar.monthrange(year, month)[1]))


_AFTER = {
    StepKind.APPROVED: {WarningState.PROPOSED},
    StepKind.RENEWED: {WarningState.IN_FORCE, WarningState.LAPSED},
    StepKind.ANSWERED: {WarningState.IN_FORCE, WarningState.LAPSED},
    StepKind.CLOSED: {WarningState.PROPOSED, WarningState.IN_FORCE, WarningState.LAPSED},
}


def check_step(steps: Sequence[Step], new: Step, *, author_id: UUID, is_heard: bool) -> None:
    """Raise unless `new` may come after `steps`. `is_heard`: the entity decided that the partner is heard."""
    state = state_of(steps, new.occurred_on)
    if state not in _AFTER[new.kind]:
        raise StepNotPossible(
            f"A warning that is {state.value.replace('_', ' ')} cannot be {new.kind.value}."
        )
    if new.kind is StepKind.ANSWERED and not is_heard:
        raise StepNotPossible("The entity did not decide that the partner is heard on this warning.")
    if new.kind is StepKind.APPROVED and new.by_id == author_id:
        raise SecondPersonNeeded()
    if new.kind in (StepKind.APPROVED, StepKind.RENEWED):
        _check_review_day(new)


def _check_review_day(step: Step) -> None:
    latest = latest_review(step.occurred_on)
    if step.review_on is None or not step.occurred_on < step.review_on <= latest:
        sentence = f"Choose a day after today and no later than {latest}."
        raise BadReviewDay(sentence, faults=[Fault("/review_on", sentence)])


def check_facts(facts: str, names: Collection[str]) -> None:
    """Raise if the words hold an address, a titled name, or one of `names`: people known at the partner."""
    folded = facts.casefold()
    named = any(name.casefold() in folded for name in names if name.strip())
    if named or _ADDRESS.search(facts) or _TITLE.search(facts):
        sentence = "Say what happened, when and by which source, without naming a person."
        raise PersonNamed(sentence, faults=[Fault("/facts", sentence)])
