"""What goes over the wire about invitations and a partner's people."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from lms.kernel import clock
from lms.kernel.http import Day
from lms.people.change_schemas import Email, PageLanguage, Text
from lms.people.invitations.domain import InvitationState, state_of
from lms.people.schemas import Key, Strict


class InvitationCreate(Strict):
    """An address to invite to a partner's people. `language` is that of the letter; left out, one's own."""

    email: Email
    name: Text | None = None
    language: PageLanguage | None = None
    entity: Key | None = Field(
        None, description="The entity on whose side one invites; a partner's own coordinator leaves it out."
    )


class InvitationRead(BaseModel):
    """An invitation. `by` is the entity or the partner on whose side it was made; `sent_at` null: not sent yet."""

    id: UUID
    email: str | None
    name: str | None
    language: str
    by: str
    purpose_kind: str
    purpose_id: UUID
    purpose_title: str | None
    state: InvitationState
    created_at: datetime
    sent_at: datetime | None
    expires_at: datetime
    accepted_at: datetime | None
    person_id: UUID | None = Field(description="Who accepted.")
    withdrawn_at: datetime | None


class PartnerPersonRead(BaseModel):
    """One of a partner's own people; `until_on` is the last day there, null: open."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    email: str | None
    from_on: date
    until_on: date | None
    coordinates: bool


class AffiliationEnd(Strict):
    """The last day at the partner; left out: today."""

    until_on: Day | None = None


def invitation_read(row: Any) -> InvitationRead:
    """A row of `queries.list_invitations` as it goes out; no name of UN staff is told to a partner."""
    names = InvitationRead.model_fields.keys() - {"by", "state"}
    return InvitationRead(
        **{name: getattr(row, name) for name in names},
        by=row.entity_name or row.partner_name,
        state=state_of(row.accepted_at, row.withdrawn_at, row.expires_at, clock.now()),
    )
