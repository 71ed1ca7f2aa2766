"""Needs of entities, offers of partners and providers, and how two of them are brought together: no I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar

from lms.kernel.errors import Conflict, Fault, Invalid, NotAllowed, NotFound
from lms.kernel.events import Event


class NoticeKind(StrEnum):
    """What is posted: an entity says what its people are to learn, or somebody what they can teach."""

    NEED = "need"
    OFFER = "offer"

    @property
    def other(self) -> "NoticeKind":
        """What it is brought together with."""
        return NoticeKind.OFFER if self is NoticeKind.NEED else NoticeKind.NEED


class NoticeState(StrEnum):
    """What its owner last said of a need or an offer."""

    DRAFT = "draft"
    POSTED = "posted"
    MET = "met"
    WITHDRAWN = "withdrawn"


class Standing(StrEnum):
    """Where it stands on a day: the state, or lapsed, which nobody says and no job writes."""

    DRAFT = "draft"
    POSTED = "posted"
    LAPSED = "lapsed"
    MET = "met"
    WITHDRAWN = "withdrawn"


class Act(StrEnum):
    """What its owner can do with it."""

    POST = "post"
    MEET = "meet"
    WITHDRAW = "withdraw"


class Setting(StrEnum):
    """Where people meet."""

    ONLINE = "online"
    ON_SITE = "on_site"
    EITHER = "either"


PUBLIC_STATES = frozenset({NoticeState.POSTED, NoticeState.MET})
"""In these others see it; drafts and what was withdrawn are their owners' alone."""
_AFTER: Mapping[Act, tuple[NoticeState, frozenset[NoticeState]]] = {
    Act.POST: (
        NoticeState.POSTED,
        frozenset({NoticeState.DRAFT, NoticeState.WITHDRAWN, NoticeState.MET}),
    ),
    Act.MEET: (NoticeState.MET, frozenset({NoticeState.POSTED})),
    Act.WITHDRAW: (NoticeState.WITHDRAWN, frozenset({NoticeState.DRAFT, NoticeState.POSTED})),
}


def state_after(state: NoticeState, act: Act) -> NoticeState:
    """The state after an act; one that leads where it stands already changes nothing, so that twice is once."""
    after, before = _AFTER[act]
    if state is not after and state not in before:
        raise NotFromHere(f"This is {state.value}; nothing was changed.")
    return after


def standing_of(state: NoticeState, stands_until: date | None, today: date) -> Standing:
    """Where it stands on a day; it still stands on its last one."""
    if state is NoticeState.POSTED and stands_until is not None and stands_until < today:
        return Standing.LAPSED
    return Standing(state.value)


# -- what is posted ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Notice:
    """What a need or an offer says. Of a need, `seats` is how many are to learn; of an offer, how many may come."""

    title: str
    words: str = ""
    language: str = "en"  # of the words
    languages: tuple[str, ...] = ()  # it is to be held in one of these
    skill_areas: tuple[str, ...] = ()
    competencies: tuple[str, ...] = ()
    focuses: tuple[str, ...] = ()  # none: for every focus
    audiences: tuple[str, ...] = ()
    audience_words: str = ""
    seats: int | None = None
    from_on: date | None = None
    until_on: date | None = None
    stands_until: date | None = None  # the last day on which it is posted
    setting: Setting = Setting.EITHER
    place: str = ""
    teachers: str = ""  # of an offer
    in_return: str = ""  # of an offer


FIELDS = tuple(each.name for each in fields(Notice))
OFFER_ONLY = frozenset({"teachers", "in_return"})


def notice_from(values: Mapping[str, Any]) -> Notice:
    """What a mapping with every field says; lists become tuples, others are left aside."""
    given: dict[str, Any] = {}
    for name in FIELDS:
        given[name] = tuple(values[name]) if isinstance(values[name], list) else values[name]
    given["setting"] = Setting(given["setting"])
    return Notice(**given)


def faults_in_notice(notice: Notice) -> list[Fault]:
    """What is wrong even with a draft."""
    faults = [] if notice.title.strip() else [Fault("/title", "Give a title.")]
    if notice.from_on and notice.until_on and notice.until_on < notice.from_on:
        faults.append(Fault("/until_on", "The latest day lies before the earliest."))
    if notice.stands_until and notice.until_on and notice.stands_until > notice.until_on:
        faults.append(Fault("/stands_until", "It cannot stand longer than the days it is about."))
    return faults


def faults_in_posting(kind: NoticeKind, notice: Notice, today: date) -> list[Fault]:
    """What others must be told before they can answer it, and is missing or past."""
    missing = {
        "/languages": (not notice.languages, "Say in which languages it may be held."),
        "/competencies": (
            not notice.competencies and not notice.skill_areas,
            "Name a competency or a skill area.",
        ),
        "/seats": (not notice.seats, "Say how many people it is for."),
        "/from_on": (notice.from_on is None, "Give the earliest day."),
        "/until_on": (notice.until_on is None, "Give the latest day."),
        "/stands_until": (notice.stands_until is None, "Say until when it is posted."),
        "/teachers": (
            kind is NoticeKind.OFFER and not notice.teachers.strip(),
            "Say who teaches.",
        ),
    }
    faults = [Fault(pointer, sentence) for pointer, (wrong, sentence) in missing.items() if wrong]
    for name in ("until_on", "stands_until"):
        day = getattr(notice, name)
        if day is not None and day < today:
            faults.append(Fault(f"/{name}", "This day is past."))
    return faults


# -- introductions -----------------------------------------------------------------------------------------


class IntroductionState(StrEnum):
    """What came of an introduction."""

    OPEN = "open"
    DECLINED = "declined"
    DRAFTED = "drafted"


def introduction_state(*, declined: bool, drafted: bool) -> IntroductionState:
    """A draft is made of what nobody declined, and is not declined afterwards: both are said once."""
    if declined:
        return IntroductionState.DECLINED
    return IntroductionState.DRAFTED if drafted else IntroductionState.OPEN


# -- errors ------------------------------------------------------------------------------------------------


class NoticeNotFound(NotFound):
    type, title = "notice-not-found", "There is no such need or offer here"


class IntroductionNotFound(NotFound):
    type, title = "introduction-not-found", "There is no such introduction here"


class BadNotice(Invalid):
    type, title = "bad-notice", "Something in this need or offer is not right"


class NotFromHere(Conflict):
    type, title = "notice-state", "This need or offer is not in a state that allows this"


class NotOpen(Conflict):
    type, title = "notice-not-open", "This need or offer is not posted, or its last day is past"


class AlreadyIntroduced(Conflict):
    type, title = "already-introduced", "These two were introduced before"


class IntroductionClosed(Conflict):
    type, title = "introduction-closed", "This introduction was declined, or has become a training"


class NotYourSide(NotAllowed):
    type, title = "not-your-introduction", "Only one of the two sides may do this"


# -- events ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedPosted(Event):
    """An entity posted a training need, for the first time or again."""

    type: ClassVar[str] = "exchange.need_posted"
    subject_type: ClassVar[str] = "need"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferPosted(Event):
    """A partner or an entity posted an offer, for the first time or again."""

    type: ClassVar[str] = "exchange.offer_posted"
    subject_type: ClassVar[str] = "offer"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeChanged(Event):
    """A need or an offer says something else, `data.fields` name what; or `data.state` is another."""

    type: ClassVar[str] = "exchange.notice_changed"
    subject_type: ClassVar[str] = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduced(Event):
    """The coordinator introduced a need and an offer; `data` names both."""

    type: ClassVar[str] = "exchange.introduced"
    subject_type: ClassVar[str] = "introduction"


@dataclass(frozen=True, slots=True, kw_only=True)
class IntroductionDeclined(Event):
    """One side declined; `data.side` says which."""

    type: ClassVar[str] = "exchange.introduction_declined"
    subject_type: ClassVar[str] = "introduction"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingDrafted(Event):
    """A need, an offer or both became a draft joint training; `data` names them and the training."""

    type: ClassVar[str] = "exchange.training_drafted"
    subject_type: ClassVar[str] = "introduction"
