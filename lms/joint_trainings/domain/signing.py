"""Who may sign for a host, and whether what was signed still counts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from lms.joint_trainings.domain.states import Obstacle
from lms.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.kernel.events import Event


class AuthorityStanding(StrEnum):
    """How somebody's delegated authority stands on a day, for an agreement of some value."""

    GOOD = "good"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    ENDED = "ended"
    LEFT = "left"
    ABOVE_LIMIT = "above_limit"


WHY_NOT: Mapping[AuthorityStanding, str] = {
    AuthorityStanding.NOT_YET: "Your authority to sign for this host has not begun.",
    AuthorityStanding.EXPIRED: "Your authority to sign for this host has expired.",
    AuthorityStanding.ENDED: "Your authority to sign for this host was ended.",
    AuthorityStanding.LEFT: "Who has left a host signs for it no more, whatever authority was recorded.",
    AuthorityStanding.ABOVE_LIMIT: "The agreement's value lies above the limit of your authority.",
}
"""A sentence for each standing but the good one."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Up to which value somebody signs; the currency is part of it."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Authority:
    """A delegated authority as recorded. `belongs`: whether the person is of that host today, and not erased."""

    from_on: date
    until_on: date | None
    is_ended: bool
    belongs: bool
    limit: Limit | None = None


@dataclass(frozen=True, slots=True)
class NewAuthority:
    """Who may sign for an entity or a partner, by which instrument, until when, up to which value."""

    person: str  # e-mail
    source: str
    from_on: date
    until_on: date | None = None
    entity: str | None = None
    partner: str | None = None
    limit_amount: Decimal | None = None
    limit_currency: str | None = None


def standing_of(authority: Authority, on: date, values: Mapping[str, Decimal]) -> AuthorityStanding:
    """How it stands. `values` are the agreement's totals by currency."""
    if authority.is_ended:
        return AuthorityStanding.ENDED
    if not authority.belongs:
        return AuthorityStanding.LEFT
    if on < authority.from_on:
        return AuthorityStanding.NOT_YET
    if authority.until_on is not None and on > authority.until_on:
        return AuthorityStanding.EXPIRED
    return AuthorityStanding.GOOD if _is_within(authority.limit, values) else AuthorityStanding.ABOVE_LIMIT


def _is_within(limit: Limit | None, values: Mapping[str, Decimal]) -> bool:
    """A limit in one currency says nothing of another, so that a value there is above it."""
    if limit is None:
        return True
    return all(
        value == 0 or (currency == limit.currency and value <= limit.amount)
        for currency, value in values.items()
    )


def how_stands(row: Any, on: date, values: Mapping[str, Decimal]) -> AuthorityStanding:
    """The same of an authority's row that says `belongs` and `ended_at`."""
    limit = Limit(row.limit_amount, row.limit_currency) if row.limit_currency else None
    ended = row.ended_at is not None
    return standing_of(Authority(row.from_on, row.until_on, ended, row.belongs, limit), on, values)


def best_of(standings: Collection[AuthorityStanding]) -> AuthorityStanding | None:
    """The one that counts where somebody, or a host, has several; None where there is none."""
    order = list(AuthorityStanding)
    return min(standings, key=order.index, default=None)


@dataclass(frozen=True, slots=True)
class HostToSign:
    """A host, the digests that were signed for it, and how the authorities recorded for it stand."""

    name: str
    signed: Collection[str]
    standings: Collection[AuthorityStanding]


def obstacles_by_signatures(hosts: Sequence[HostToSign], digest: str) -> list[Obstacle]:
    """Hosts for which this very digest is not signed, and why nobody can, where that is so.

    What was signed stays signed whatever became of who signed; what was changed since is another digest.
    """
    return [
        Obstacle(_why(host, digest), "/agreement/signatures", host.name)
        for host in hosts
        if digest not in host.signed
    ]


def _why(host: HostToSign, digest: str) -> str:
    best = best_of(host.standings)
    if best is AuthorityStanding.GOOD:
        return "signed_before_change" if host.signed else "not_signed"
    if best is AuthorityStanding.ABOVE_LIMIT:
        return "signatory_above_limit"
    return "no_signatory" if best is None else "signatory_left"


# -- errors ------------------------------------------------------------------------------------------------


class NoAuthority(NotAllowed):
    type, title = "no-authority", "You hold no authority to sign for this host"


class NotReadyToSign(Conflict):
    type, title = "not-ready-to-sign", "Something is left to do before this agreement is signed"


class AuthorityNotFound(NotFound):
    type, title = "authority-not-found", "There is no such authority to sign here"


class AuthorityOver(Conflict):
    type, title = "authority-over", "This authority was ended already"


class BadAuthority(Invalid):
    type, title = "bad-authority", "Something about this authority to sign is not right"


# -- events ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementSigned(Event):
    """Somebody signed for a host; `data.host`, `data.digest`."""

    type: ClassVar[str] = "joint_trainings.agreement_signed"
    subject_type: ClassVar[str] = "training"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityRecorded(Event):
    """Somebody's delegated authority to sign was recorded; `data.partner` where it is for a partner."""

    type: ClassVar[str] = "joint_trainings.authority_recorded"
    subject_type: ClassVar[str] = "signing_authority"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityEnded(Event):
    """A delegated authority to sign was ended before its day."""

    type: ClassVar[str] = "joint_trainings.authority_ended"
    subject_type: ClassVar[str] = "signing_authority"
