"""What goes over the wire about delegated authority to sign."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from lms.joint_trainings.domain.signing import AuthorityStanding, NewAuthority, how_stands
from lms.joint_trainings.schemas.costs import Amount, Currency
from lms.kernel.http import Day
from lms.people.change_schemas import Email, Text
from lms.people.schemas import Key, PersonRef, Strict


class AuthorityCreate(Strict):
    """Who may sign for an entity or a partner, and by which instrument."""

    person: Email = Field(description="E-mail of one of its own people.")
    entity: Key | None = None
    partner: Key | None = None
    source: Text = Field(
        description="Reference to the instrument by which it was delegated.",
        examples=["Delegation of authority, memorandum of 3 March 2026"],
    )
    from_on: Day
    until_on: Day | None = None
    limit_amount: Amount | None = Field(None, description="Up to which value of an agreement, included.")
    limit_currency: Currency | None = None

    def new(self) -> NewAuthority:
        """As the use case takes it."""
        return NewAuthority(**self.model_dump())


class AuthorityEndCreate(Strict):
    """Why it no longer holds."""

    reason: Annotated[str, Field(min_length=1, max_length=500)]


class AuthorityRead(BaseModel):
    """A delegated authority; `standing` as of today, for an agreement without value."""

    id: UUID
    person: PersonRef
    entity: str | None
    partner: str | None
    source: str
    from_on: date
    until_on: date | None
    limit_amount: Decimal | None
    limit_currency: str | None
    standing: AuthorityStanding
    recorded_at: datetime
    ended_at: datetime | None
    end_reason: str | None


def authority_read(row: Any, today: date) -> AuthorityRead:
    """An authority from its row."""
    names = ("id", "source", "from_on", "until_on", "limit_amount", "limit_currency", "recorded_at", "ended_at",
             "end_reason")  # fmt: skip
    return AuthorityRead(
        person=PersonRef(id=row.person_id, name=row.person),
        entity=row.host_key if row.entity_id else None,
        partner=row.host_key if row.partner_id else None,
        standing=how_stands(row, today, {}),
        **{name: getattr(row, name) for name in names},
    )
