"""Words and rules of invitations: how one stands, what whoever opens one is asked, errors and events."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from lms.kernel.errors import Conflict, Fault, Gone, NotAllowed, NotFound, NotSignedIn
from lms.kernel.events import Event


class InvitationState(StrEnum):
    """How an invitation stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


PARTNER = "partner"
"""Kind of the purpose of an invitation to nothing but the partner's people; its id is the partner's."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """What somebody is invited to; it lies in a room above, which hears `InvitationAccepted`.

    `title` is shown to whoever is invited, in the words it has there; `path` is the page of ours that accepting leads
    to. Neither names a person.
    """

    kind: str
    id: UUID
    title: str | None = None
    path: str | None = None


def state_of(
    accepted_at: datetime | None, withdrawn_at: datetime | None, expires_at: datetime, now: datetime
) -> InvitationState:
    """How an invitation stands at `now`. What was accepted stays accepted; it expires at `expires_at` itself."""
    if accepted_at is not None:
        return InvitationState.ACCEPTED
    if withdrawn_at is not None:
        return InvitationState.WITHDRAWN
    return InvitationState.EXPIRED if now >= expires_at else InvitationState.OPEN


class WayIn(StrEnum):
    """What the page of an invitation asks of whoever opens it."""

    OVER = "over"  # accepted, expired or withdrawn; the state says which
    FOR_ANOTHER = "for_another"  # somebody else is signed in, and is told nothing more
    UN_PERSONNEL = "un_personnel"
    MAKE_ACCOUNT = "make_account"
    SIGN_IN = "sign_in"
    ACCEPT = "accept"


def way_in(
    state: InvitationState,
    *,
    invited: UUID | None,
    has_account: bool,
    is_un_personnel: bool,
    reader: UUID | None,
) -> WayIn:
    """What is asked: `invited` is the person of the address (None: unknown), `reader` the person signed in."""
    if reader is not None and reader != invited:
        return WayIn.FOR_ANOTHER
    if state is not InvitationState.OPEN:
        return WayIn.OVER
    if is_un_personnel:
        return WayIn.UN_PERSONNEL
    if reader is not None:
        return WayIn.ACCEPT
    return WayIn.SIGN_IN if has_account else WayIn.MAKE_ACCOUNT


# -- errors ------------------------------------------------------------------------------------------------


class InvitationNotFound(NotFound):
    type, title = "invitation-not-found", "There is no such invitation"


class InvitationOver(Gone):
    type, title = "invitation-over", "This invitation is no longer open"

    def __init__(self, state: InvitationState) -> None:
        super().__init__(f"This invitation is {state.value}.")
        self.state = state


class InvitationAnswered(Conflict):
    type, title = (
        "invitation-answered",
        "This invitation was accepted; nothing is left to withdraw or to send",
    )


class InvitationForAnother(NotAllowed):
    type, title = "invitation-for-another", "This invitation is for somebody else"


class SignInToAccept(NotSignedIn):
    type, title = "sign-in-to-accept", "Sign in to accept this invitation"


class UnPersonnel(Conflict):
    type, title = "un-personnel", "Who belongs to an entity does not become personnel of a partner"


class NotTheirCoordinator(NotAllowed):
    type, title = "not-their-coordinator", "You cannot invite people for this partner"


class CoordinatorStays(Conflict):
    type, title = "coordinator-stays", "Who coordinates the partner's part does not leave it this way"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, faults=[Fault("/person", detail)])


# -- events ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited(Event):
    """Somebody was invited, or is sent the letter again; `data` has `partner_id`, `purpose_kind`, `purpose_id`."""

    type: ClassVar[str] = "people.invited"
    subject_type: ClassVar[str] = "invitation"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationAccepted(Event):
    """It was accepted; `data` has `person_id`, `partner_id`, `purpose_kind` and `purpose_id`, ids as text."""

    type: ClassVar[str] = "people.invitation_accepted"
    subject_type: ClassVar[str] = "invitation"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationWithdrawn(Event):
    """It was taken back before it was accepted; `data` as of `Invited`."""

    type: ClassVar[str] = "people.invitation_withdrawn"
    subject_type: ClassVar[str] = "invitation"


def told(partner_id: UUID, purpose: Purpose, **more: Any) -> Mapping[str, Any]:
    """The `data` of an invitation's events."""
    ids = {"partner_id": str(partner_id), "purpose_kind": purpose.kind, "purpose_id": str(purpose.id)}
    return ids | more
