"""What a rule assigns, to whom and by when; what is wrong with one that was written down."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from lms.kernel.errors import Conflict, Fault, Invalid, NotAllowed, NotFound

STAFF = ("staff",)
MOST_DAYS = 1826
"""A due day lies five years ahead at most."""

LEAST_DAYS = 30
"""Whom a rule reaches late has so many days at least, unless the rule gives nobody as many."""


class RuleState(StrEnum):
    """Where a rule stands. It is changed as a draft only; once it has ended it stays so."""

    DRAFT = "draft"
    ACTIVE = "active"
    ENDED = "ended"


class DueFrom(StrEnum):
    """From when the days of a rule count."""

    JOINING = "joining"  # the first day with the entity
    ASSIGNED = "assigned"  # the day on which the rule reached the person


@dataclass(frozen=True, slots=True)
class Due:
    """Either a fixed day, or a number of days from the day that `since` names."""

    on: date | None = None
    days: int | None = None
    since: DueFrom | None = None


@dataclass(frozen=True, slots=True)
class Whom:
    """Whom a rule reaches in its entity and below: all of these hold; an empty list asks for nothing.

    `kinds` are kinds of affiliation, `roles` granted roles, `profiles` target profiles as they hold for a post.
    """

    kinds: tuple[str, ...] = STAFF
    grades: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    new_joiners: bool = False


@dataclass(frozen=True, slots=True)
class RuleTerms:
    """A rule as it is written down: a course or a programme, for whom, by when, and with which force.

    `starts_on` is the day from which joiners count as new; None is the day of activation. `decision` is the
    reference of the decision that makes the learning compulsory.
    """

    course: str | None = None
    programme: str | None = None
    whom: Whom = Whom()
    due: Due = Due()
    starts_on: date | None = None
    compulsory: bool = False
    decision: str | None = None
    reason: str | None = None


def faults_in(terms: RuleTerms, *, today: date) -> list[Fault]:
    """What is wrong with a rule by itself; whether its course and its entity are there the caller knows."""
    return [*_faults_in_what(terms), *_faults_in_due(terms.due, today)]


def _faults_in_what(terms: RuleTerms) -> Iterator[Fault]:
    if (terms.course is None) == (terms.programme is None):
        yield Fault("/course", "A rule assigns a course or a programme, one of the two.")
    if not terms.whom.kinds:
        yield Fault("/kinds", "Name at least one kind of personnel.")
    if terms.compulsory and not terms.decision:
        yield Fault("/decision", "What is compulsory names the decision that makes it so.")


def _faults_in_due(due: Due, today: date) -> Iterator[Fault]:
    if (due.on is None) == (due.days is None):
        yield Fault("/due_on", "Give a day, or a number of days.")
    elif due.on is not None and due.on <= today:
        yield Fault("/due_on", "A due day lies in the future.")
    elif due.on is not None and due.on > today + timedelta(days=MOST_DAYS):
        yield Fault("/due_on", "A due day lies within five years.")
    if due.days is not None and not 1 <= due.days <= MOST_DAYS:
        yield Fault("/due_days", f"Give 1 to {MOST_DAYS} days.")
    if due.days is not None and due.since is None:
        yield Fault("/due_from", "Say from when the days count.")


def first_due(due: Due, *, started_on: date, joined_on: date, assigned_on: date) -> date:
    """The day by which someone is to be done whom a rule reaches on `assigned_on`, before any absence.

    Never so soon that it cannot be met: whoever is reached late has thirty days, or as many as the rule gave those
    whom it reached on `started_on`, the day of its activation, if those were fewer.
    """
    if due.on is not None:
        given = (due.on - started_on).days
        return max(due.on, assigned_on + timedelta(days=min(LEAST_DAYS, max(0, given))))
    assert due.days is not None
    since = joined_on if due.since is DueFrom.JOINING else assigned_on
    return max(_later(since, due.days), _later(assigned_on, min(LEAST_DAYS, due.days)))


def _later(day: date, days: int) -> date:
    return day + timedelta(days=days)


# -- errors ------------------------------------------------------------------------------------------------


class RuleNotFound(NotFound):
    """No such rule, or one of an entity that is not the asker's."""

    type, title = "assignment-rule-not-found", "There is no such rule here"


class RuleNotDraft(Conflict):
    """Only a draft is changed, thrown away or activated."""

    type, title = "assignment-rule-not-draft", "This rule is no draft any more"


class RuleNotActive(Conflict):
    """Only what is active can be ended."""

    type, title = "assignment-rule-not-active", "This rule is not active"


class NotTheHead(NotAllowed):
    """Compulsory learning is decided by the head of the entity or a delegate."""

    type, title = "not-the-head", "Only the head of the entity, or a delegate, makes learning compulsory"


class BadRule(Invalid):
    """A rule that cannot be; its faults say why."""

    type, title = "bad-assignment-rule", "This rule cannot be as it is written"
