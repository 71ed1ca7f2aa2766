"""Target profiles: the levels a post asks for, and which profile holds for whom."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from .taxonomy import Label


@dataclass(frozen=True, slots=True)
class Requirement:
    """A competency at a level, 1 to 4, and why the post asks for it."""

    competency: str
    level: int
    why: Label


@dataclass(frozen=True, slots=True)
class DefaultFor:
    """Whose profile it is unless their post names another: every list that is not empty must hold one of theirs.

    `roles` are granted roles, `focuses` those of the entity, `kinds` kinds of affiliation.
    """

    roles: tuple[str, ...] = ()
    focuses: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TargetProfile:
    """courses/profiles/<key>.yaml."""

    key: str
    name: Label
    says: Label
    requires: tuple[Requirement, ...]
    default_for: DefaultFor = field(default_factory=DefaultFor)

    @property
    def levels(self) -> Mapping[str, int]:
        """The level wanted of each competency."""
        return {each.competency: each.level for each in self.requires}


@dataclass(frozen=True, slots=True)
class Profiles:
    """All target profiles as published together, by key."""

    profiles: tuple[TargetProfile, ...] = ()

    def get(self, key: str) -> TargetProfile | None:
        """The profile with this key; None when there is none."""
        return next((each for each in self.profiles if each.key == key), None)


class Basis(StrEnum):
    """Why a profile holds for someone, the strongest reason first."""

    POST = "post"  # their affiliation names it
    ROLE_AND_FOCUS = "role_and_focus"
    ROLE = "role"
    FOCUS = "focus"
    KIND = "kind"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a profile holds: the basis, and what of the person's own met the default."""

    basis: Basis
    role: str | None = None
    focus: str | None = None
    kind_of_affiliation: str | None = None


def profile_for(
    profiles: Iterable[TargetProfile],
    *,
    chosen: str | None,
    roles: Collection[str],
    focuses: Collection[str],
    kind: str | None,
) -> tuple[TargetProfile, Reason] | None:
    """The profile that holds for someone, with the reason; None when there is none.

    `chosen` is the key on the primary affiliation: it wins where it is one of `profiles`, and is passed over where
    it is not (any more). Otherwise the default that says most about the person: role and focus, then role, then
    focus, then kind; ties go to the first key.
    """
    by_key = {each.key: each for each in profiles}
    if chosen is not None and chosen in by_key:
        return by_key[chosen], Reason(Basis.POST)
    met = [
        (reason, each)
        for each in by_key.values()
        if (reason := _met(each.default_for, roles, focuses, kind)) is not None
    ]
    if not met:
        return None
    reason, profile = min(met, key=lambda pair: (_RANKS[pair[0].basis], pair[1].key))
    return profile, reason


_RANKS = {basis: rank for rank, basis in enumerate(Basis)}


def _met(
    default: DefaultFor, roles: Collection[str], focuses: Collection[str], kind: str | None
) -> Reason | None:
    """How a default meets someone; None when it states nothing, or something that is not theirs."""
    role = _first_common(default.roles, roles)
    focus = _first_common(default.focuses, focuses)
    own_kind = _first_common(default.kinds, [kind] if kind else [])
    stated = (default.roles, role), (default.focuses, focus), (default.kinds, own_kind)
    if not any(asked for asked, _ in stated) or any(asked and found is None for asked, found in stated):
        return None
    return Reason(_basis(role, focus), role, focus, own_kind)


def _first_common(asked: Iterable[str], own: Collection[str]) -> str | None:
    return min((each for each in asked if each in own), default=None)


def _basis(role: str | None, focus: str | None) -> Basis:
    if role is not None:
        return Basis.ROLE if focus is None else Basis.ROLE_AND_FOCUS
    return Basis.KIND if focus is None else Basis.FOCUS
