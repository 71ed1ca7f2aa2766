"""Attested practice: what a person describes, who attests it, what a partner's contact may say of it, and errors.

Ratings stand side by side, each with its source: nobody's overwrites another's, and where they differ that shows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from lms.kernel.errors import Conflict, Fault, Gone, Invalid, NotFound
from lms.kernel.events import Event

PRACTICE_RULE = "practice-1"
MOST_FILES, MOST_WORDS, MOST_INDICATORS = 5, 5_000, 10
YEARS_VALID = 5
"""Years after its last day for which attested practice shows a level."""


class ClaimState(StrEnum):
    """Where a description stands. Only SUBMITTED waits for somebody."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ATTESTED = "attested"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Act(StrEnum):
    """What can be done with a description."""

    CHANGE = "change"
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    ATTEST = "attest"
    REFUSE = "refuse"


class RatedBy(StrEnum):
    """Whose rating it is. A partner's contact rates nothing."""

    ONESELF = "oneself"
    REPORTING_OFFICER = "reporting_officer"


class Answer(StrEnum):
    """What a partner's contact says of one fact."""

    RIGHT = "right"
    NOT_RIGHT = "not_right"
    CANNOT_SAY = "cannot_say"


CONFIRMED_FACTS = ("role", "dates", "place")
"""All that a partner's contact is asked: no rating, and no words that would reach a report or dossier."""

_S = ClaimState
_AFTER: Mapping[Act, tuple[ClaimState, frozenset[ClaimState]]] = {
    Act.CHANGE: (_S.DRAFT, frozenset({_S.DRAFT, _S.REFUSED, _S.WITHDRAWN})),
    Act.SUBMIT: (_S.SUBMITTED, frozenset({_S.DRAFT})),
    Act.WITHDRAW: (_S.WITHDRAWN, frozenset({_S.SUBMITTED})),
    Act.ATTEST: (_S.ATTESTED, frozenset({_S.SUBMITTED})),
    Act.REFUSE: (_S.REFUSED, frozenset({_S.SUBMITTED})),
}


def state_after(state: ClaimState, act: Act) -> ClaimState:
    """The state after an act; raises `ClaimSettled` where it is not open to it: nobody decides twice."""
    after, before = _AFTER[act]
    if state not in before:
        raise ClaimSettled(f"This is {state.value}; nothing was changed.")
    return after


# -- what is described -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Indicator:
    """A result that was agreed, and what was reached."""

    name: str
    reached: str


@dataclass(frozen=True, slots=True)
class Described:
    """Partnership work in a person's own words. Days inclusive; without a last one it goes on."""

    role: str
    partner: str  # key in the register
    from_on: date
    until_on: date | None = None
    place: str = ""
    outcome: str = ""
    indicators: tuple[Indicator, ...] = ()
    has_interest: bool = False  # in the partner, of one's own or of somebody close
    interest_words: str = ""
    levels: Mapping[str, int] = field(default_factory=dict)  # that one claims, by competency


def faults_in_description(described: Described, today: date) -> list[Fault]:
    """What is wrong even with a draft."""
    faults = []
    if not described.role.strip():
        faults.append(Fault("/role", "Say what your part was."))
    if described.from_on > today:
        faults.append(Fault("/from_on", "This day lies ahead."))
    if described.until_on and described.until_on < described.from_on:
        faults.append(Fault("/until_on", "It cannot end before it begins."))
    if described.until_on and described.until_on > today:
        faults.append(Fault("/until_on", "This day lies ahead; leave it out while the work goes on."))
    if len(described.indicators) > MOST_INDICATORS:
        faults.append(Fault("/indicators", f"{MOST_INDICATORS} indicators at most."))
    return faults + _too_long(described) + faults_in_levels(described.levels, least=1)


def _too_long(described: Described) -> list[Fault]:
    return [
        Fault(f"/{name}", f"{MOST_WORDS} characters at most.")
        for name in ("role", "place", "outcome", "interest_words")
        if len(getattr(described, name)) > MOST_WORDS
    ]


def faults_in_submission(described: Described) -> list[Fault]:
    """What somebody who is to attest it must be told, and is missing."""
    missing = {
        "/outcome": (not described.outcome.strip(), "Say what came of it."),
        "/place": (not described.place.strip(), "Say where it was."),
        "/levels": (not described.levels, "Name the competencies that it shows, with a level each."),
        "/interest_words": (
            described.has_interest and not described.interest_words.strip(),
            "Say which interest it is.",
        ),
    }
    return [Fault(pointer, sentence) for pointer, (wrong, sentence) in missing.items() if wrong]


def faults_in_levels(levels: Mapping[str, int], *, least: int = 0, most: int = 4) -> list[Fault]:
    """A fault for each level that is none."""
    sentence = f"Give a level from {least} to {most}."
    return [Fault(f"/levels/{key}", sentence) for key, level in levels.items() if not least <= level <= most]


def faults_in_attestation(levels: Mapping[str, int], claimed: Iterable[str], ceiling: int) -> list[Fault]:
    """What is wrong with the levels that an officer gives: one for each that was claimed, 0 where it was not shown."""
    named = set(claimed)
    faults = [
        Fault(f"/levels/{key}", "The description does not name this competency.")
        for key in sorted(set(levels) - named)
    ]
    faults += [Fault(f"/levels/{key}", "Give a level, or 0.") for key in sorted(named - set(levels))]
    faults += faults_in_levels({key: levels[key] for key in sorted(named & set(levels))}, most=ceiling)
    if not faults and not any(levels.values()):
        faults.append(Fault("/levels", "Attest one competency at least, or refuse."))
    return faults


# -- who attests -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Officers:
    """Whom a person reported to on a day, first and second; None where there was nobody."""

    first: UUID | None
    second: UUID | None


def who_attests(person: UUID, then: Officers, now: Officers, *, serving: frozenset[UUID]) -> UUID | None:
    """The reporting officer of that time, or the second, or who came after them; never oneself, nor one who left.

    `serving` are those of them who still serve the organisation. None: human resources find somebody.
    """
    for each in (then.first, then.second, now.first, now.second):
        if each is not None and each != person and each in serving:
            return each
    return None


# -- ratings side by side ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rating:
    """A level that somebody gave one competency."""

    competency: str
    level: int
    by: RatedBy


@dataclass(frozen=True, slots=True)
class SideBySide:
    """What each source says of one competency, and whether they differ."""

    competency: str
    levels: tuple[tuple[RatedBy, int], ...]
    disagree: bool


def side_by_side(ratings: Sequence[Rating]) -> list[SideBySide]:
    """Ratings by competency, each source's last one; the order of competencies is that of their keys."""
    found: dict[str, dict[RatedBy, int]] = {}
    for rating in ratings:
        found.setdefault(rating.competency, {})[rating.by] = rating.level
    return [
        SideBySide(
            key,
            tuple((by, levels[by]) for by in RatedBy if by in levels),
            len(set(levels.values())) > 1,
        )
        for key, levels in sorted(found.items())
    ]


def last_valid_day(described_until: date | None, attested_on: date) -> date:
    """Until when attested practice shows a level: years after its last day, or after it was attested."""
    last = described_until or attested_on
    try:
        return last.replace(year=last.year + YEARS_VALID)
    except ValueError:  # 29 February
        return last.replace(year=last.year + YEARS_VALID, day=28)


# -- errors ------------------------------------------------------------------------------------------------


class ClaimNotFound(NotFound):
    type, title = "practice-not-found", "There is no such description of practice here"


class ClaimSettled(Conflict):
    type, title = "practice-settled", "This description is not open to that any more"


class BadClaim(Invalid):
    type, title = "bad-practice", "Something in this description is not right"


class NobodyAttests(Conflict):
    type, title = (
        "nobody-attests",
        "Nobody you reported to then, or report to now, is here to attest it; ask human resources",
    )


class ConfirmationOver(Gone):
    type, title = "confirmation-over", "This request to confirm was answered, or its time is over"


# -- events ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeSubmitted(Event):
    """Somebody asks that their practice be attested; `data.officer` is asked."""

    type: ClassVar[str] = "practice.submitted"
    subject_type: ClassVar[str] = "practice"


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeDecided(Event):
    """It was attested or refused, or taken back; `data.state` says which."""

    type: ClassVar[str] = "practice.decided"
    subject_type: ClassVar[str] = "practice"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationAsked(Event):
    """A partner's contact is asked to confirm facts; the letter carries the link."""

    type: ClassVar[str] = "practice.confirmation_asked"
    subject_type: ClassVar[str] = "practice_confirmation"


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsConfirmed(Event):
    """A partner's contact answered; `data` holds an answer for each fact."""

    type: ClassVar[str] = "practice.facts_confirmed"
    subject_type: ClassVar[str] = "practice_confirmation"
