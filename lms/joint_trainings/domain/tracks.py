"""Light or full: how much a joint training must show, computed from what it is and shown with its reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from lms.partners.domain.gate import Effort, effort_needed

ONE_DAY = 480  # minutes
RULE = "tracks-1"


class Track(StrEnum):
    """Light: five questions, one or two indicators, reaction and learning. Full: both sides, four levels."""

    LIGHT = "light"
    FULL = "full"


class Why(StrEnum):
    """What makes a training full."""

    LONGER_THAN_A_DAY = "longer_than_a_day"
    MONEY = "money"
    CHANGED_AGREEMENT = "changed_agreement"


@dataclass(frozen=True, slots=True)
class Shape:
    """What the track is computed from."""

    minutes: int  # of teaching, all sessions that one participant sits in
    days: int  # calendar days from the first to the last, at the place
    has_money: bool  # a cost line that is paid, not given in kind
    agreement_changed: bool  # a clause differs from the standard agreement
    has_partner: bool
    name_or_emblem: bool
    experts_only: bool  # the partners bring their experts and nothing else


@dataclass(frozen=True, slots=True)
class Tracked:
    """The track, why it is full (nothing: it is light), and how deeply each partner must have been screened."""

    track: Track
    why: tuple[Why, ...]
    effort: Effort
    rule: str = RULE


def track_of(shape: Shape) -> Tracked:
    """The track of a training. More of anything never makes a full one light."""
    why = tuple(reason for reason, holds in _reasons(shape) if holds)
    effort = effort_needed(
        experts_only=shape.experts_only,
        trainings=1,
        money=shape.has_money,
        name_or_emblem=shape.name_or_emblem,
    )
    return Tracked(Track.FULL if why else Track.LIGHT, why, effort)


def _reasons(shape: Shape) -> Sequence[tuple[Why, bool]]:
    return (
        (Why.LONGER_THAN_A_DAY, shape.minutes > ONE_DAY or shape.days > 1),
        (Why.MONEY, shape.has_money),
        (Why.CHANGED_AGREEMENT, shape.has_partner and shape.agreement_changed),
    )
