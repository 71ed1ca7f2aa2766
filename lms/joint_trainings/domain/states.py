"""The way of a joint training: its states, which move leads where, and why a move cannot be made now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class TrainingState(StrEnum):
    """Where a joint training stands."""

    DRAFT = "draft"
    ASSESSED = "assessed"
    AGREED = "agreed"
    PUBLISHED = "published"
    RUNNING = "running"
    CLOSED = "closed"
    REVIEWED = "reviewed"
    CANCELLED = "cancelled"


_S = TrainingState
SHORT_WAY = (_S.DRAFT, _S.PUBLISHED, _S.RUNNING, _S.CLOSED, _S.REVIEWED)
"""Of entities and units alone: no gate, no agreement."""
LONG_WAY = (_S.DRAFT, _S.ASSESSED, _S.AGREED, *SHORT_WAY[1:])
"""With a partner among the hosts."""
OPEN_STATES = frozenset({_S.PUBLISHED, _S.RUNNING})
"""Seats are booked in these."""
PREPARED_IN = frozenset({_S.DRAFT, _S.ASSESSED})
"""What was agreed is not changed later: title, hosts, days and whatever an agreement speaks of."""
_BEFORE_ITS_END = frozenset({*LONG_WAY} - {_S.CLOSED, _S.REVIEWED})


def way_of(*, with_partner: bool) -> tuple[TrainingState, ...]:
    """The states a training goes through, in order."""
    return LONG_WAY if with_partner else SHORT_WAY


def next_state(state: TrainingState, *, with_partner: bool) -> TrainingState | None:
    """Where it goes from `state`; None at the end, and for a way that does not hold this state."""
    way = way_of(with_partner=with_partner)
    if state not in way or state is way[-1]:
        return None
    return way[way.index(state) + 1]


def is_on_the_way(state: TrainingState, to: TrainingState, *, with_partner: bool) -> bool:
    """Whether a move is of the right shape, whatever stands in its way.

    Forward by one state; back to the draft from what was only assessed or agreed, to change it; cancelled before it
    is closed.
    """
    if to is _S.CANCELLED:
        return state in _BEFORE_ITS_END
    if to is _S.DRAFT:
        return with_partner and state in (_S.ASSESSED, _S.AGREED)
    return next_state(state, with_partner=with_partner) is to


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing that must be done before a move: `key` for pages and clients, `pointer` to what it is about."""

    key: str
    pointer: str = ""
    of: str = ""  # which one: a host's name, an item of the checklist, a line of costs


OBSTACLES: Mapping[str, str] = {
    "host_not_accepted": "A host has not accepted yet.",
    "one_host": "A joint training has two hosts at least.",
    "no_lead": "An entity leads a joint training and keeps its content.",
    "no_content": "Name a course, or add a session, before it is published.",
    "not_begun": "It begins with its first session, or on its first day.",
    "attendance_open": "A host has not signed for its people's attendance.",
    "not_over": "A session is still to come.",
    "no_days": "Give the first day.",
    "not_evaluated": "Its results are not in yet.",
    "no_lesson": "Its lesson is not reviewed yet.",
    "not_clear": "This partner is not clear now; ask your screening officer.",
    "not_assessed": "Answer the five questions.",
    "un_not_assessed": "The entities have not answered the five questions.",
    "side_not_assessed": "This partner has not answered the five questions.",
    "no_indicator": "Agree on an indicator.",
    "indicator_not_whole": "This indicator lacks its baseline, target, unit, means of verification or day.",
    "item_not_answered": "This item of the checklist has no answer that holds.",
    "item_answered_no": "This item of the checklist was answered no, and nobody can clear that.",
    "partner_pays_un_people": "A partner pays no UN participant's travel, lodging, fee or gift.",
    "cost_not_accepted": "The host who is to bear this has not accepted it.",
    "standard_not_cleared": "The legal office has not cleared this version of the standard agreement.",
    "not_cleared": "The legal office has not cleared this agreement as it stands.",
    "not_signed": "Nobody has signed for this host.",
    "signed_before_change": "What was signed for this host is no longer what is agreed; it has to be signed anew.",
    "no_signatory": "Nobody is named who may sign for this host.",
    "signatory_left": "Who could sign for this host has left, or their authority has ended.",
    "signatory_above_limit": "The value lies above what anybody named may sign for this host.",
}
"""A sentence for each obstacle."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What the shape of every training asks, whoever hosts it."""

    hosts: int
    waiting_hosts: Sequence[str]  # names of hosts that have not accepted
    has_lead: bool
    has_content: bool  # a course or a session
    has_days: bool
    has_begun: bool
    is_over: bool


def obstacles_on_the_ground(to: TrainingState, ground: Ground) -> list[Obstacle]:
    """What the training itself lacks for a move to `to`."""
    found: list[Obstacle] = []
    if to not in (_S.DRAFT, _S.CANCELLED):
        found += [Obstacle("one_host", "/hosts")] if ground.hosts < 2 else []
        found += [] if ground.has_lead else [Obstacle("no_lead", "/lead")]
        found += [Obstacle("host_not_accepted", "/hosts", name) for name in ground.waiting_hosts]
    if to in (_S.AGREED, _S.PUBLISHED):
        found += [] if ground.has_days else [Obstacle("no_days", "/starts_on")]
    if to is _S.PUBLISHED and not ground.has_content:
        found.append(Obstacle("no_content", "/course"))
    if to is _S.RUNNING and not ground.has_begun:
        found.append(Obstacle("not_begun", "/starts_on"))
    if to is _S.CLOSED and not ground.is_over:
        found.append(Obstacle("not_over", "/ends_on"))
    return found
