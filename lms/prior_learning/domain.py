"""States of a request for prior learning, what an assessor may confirm, and what can go wrong."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from lms.kernel.errors import Conflict, Fault, Invalid, NotFound
from lms.kernel.events import Event

PRIOR_LEARNING_RULE = "prior-learning-1"
MOST_FILES, MOST_LINKS, MOST_WORDS = 5, 10, 20_000
_LINK = re.compile(r"https?://[^\s/]+\.[^\s/]+\S*")


class RequestState(StrEnum):
    """Where a request stands. Only SUBMITTED is open."""

    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


class Act(StrEnum):
    """What can be done with a request."""

    WITHDRAW = "withdraw"
    CONFIRM = "confirm"
    REFUSE = "refuse"


class Outcome(StrEnum):
    """What an assessor decided."""

    CONFIRMED = "confirmed"
    REFUSED = "refused"


_AFTER = {
    Act.WITHDRAW: RequestState.WITHDRAWN,
    Act.CONFIRM: RequestState.CONFIRMED,
    Act.REFUSE: RequestState.REFUSED,
}


def state_after(state: RequestState, act: Act) -> RequestState:
    """The state after an act; `RequestClosed` unless the request is open: nobody decides twice."""
    if state is not RequestState.SUBMITTED:
        raise RequestClosed(f"This request was {state.value} before; nothing was changed.")
    return _AFTER[act]


# -- what is handed in -------------------------------------------------------------------------------------


def faults_in_request(words: str, links: Sequence[str], files: int) -> list[Fault]:
    """What is wrong with what somebody hands in; nothing at all is wrong, too."""
    faults = [
        Fault(f"/links/{place}", "A link begins with https:// and names a place on the web.")
        for place, link in enumerate(links)
        if len(link) > 2000 or not _LINK.fullmatch(link)
    ]
    if len(words) > MOST_WORDS:
        faults.append(Fault("/words", f"{MOST_WORDS} characters at most."))
    if len(links) > MOST_LINKS:
        faults.append(Fault("/links", f"{MOST_LINKS} links at most."))
    if files > MOST_FILES:
        faults.append(Fault("/files", f"{MOST_FILES} files at most."))
    if not words and not links and not files:
        faults.append(Fault("/words", "Say what you have learned and where, or show it by a link or a file."))
    return faults


# -- what is confirmed -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A level for one competency, 0 where it was not shown, with the assessor's words about it."""

    competency: str
    level: int
    words: str = ""


def faults_in_levels(
    levels: Mapping[str, int], taught: Sequence[str], ceiling: int, words: Sequence[str] = ()
) -> list[Fault]:
    """What is wrong with the levels an assessor gives: one for each competency that the course teaches, no other.

    `words` are the competencies that words were given for.
    """
    unknown = sorted({*levels, *words} - set(taught))
    faults = [Fault(f"/levels/{each}", "The course does not teach this competency.") for each in unknown]
    for competency in taught:
        if not 0 <= levels.get(competency, -1) <= ceiling:
            faults.append(Fault(f"/levels/{competency}", f"Give a level from 0 to {ceiling}."))
    if not faults and not any(levels.values()):
        faults.append(Fault("/levels", "Confirm one competency at least, or refuse the request."))
    return faults


# -- errors ------------------------------------------------------------------------------------------------


class RequestNotFound(NotFound):
    """No such request, or someone else's."""

    type, title = "request-not-found", "There is no such request here"


class RequestClosed(Conflict):
    """It was decided or withdrawn before, perhaps a moment ago by somebody else."""

    type, title = "request-closed", "This request is no longer open"


class AlreadyAsked(Conflict):
    """A request for the same course waits for its assessor."""

    type, title = "already-asked", "Your request for this course waits for its assessor"


class BadRequest(Invalid):
    """What was handed in is not right, or nothing was."""

    type, title = "bad-prior-learning", "Something in this request is not right"


# -- events ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningSubmitted(Event):
    """Somebody submitted what they learned elsewhere."""

    type: ClassVar[str] = "prior_learning.learning_submitted"
    subject_type: ClassVar[str] = "learning_request"


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningWithdrawn(Event):
    """Somebody took their request back."""

    type: ClassVar[str] = "prior_learning.learning_withdrawn"
    subject_type: ClassVar[str] = "learning_request"


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningDecided(Event):
    """An assessor confirmed prior learning or refused to; `data.outcome` says which."""

    type: ClassVar[str] = "prior_learning.learning_decided"
    subject_type: ClassVar[str] = "learning_request"

    person_id: UUID
