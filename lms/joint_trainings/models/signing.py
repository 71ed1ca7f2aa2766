"""Who may sign for whom, and what was signed."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Numeric
from sqlmodel import Field, SQLModel

from lms.kernel import clock
from lms.kernel.database import moment
from lms.kernel.ids import new_id


class SigningAuthority(SQLModel, table=True):
    """Somebody may sign for an entity (and what lies under it) or a partner, by an instrument; never changed."""

    __tablename__ = "signing_authorities"
    __table_args__ = (
        Index("ix_signing_authorities_person_id", "person_id"),
        Index("ix_signing_authorities_entity_id", "entity_id"),
        Index("ix_signing_authorities_partner_id", "partner_id"),
        CheckConstraint("(entity_id IS NULL) <> (partner_id IS NULL)", name="one"),
        CheckConstraint("(limit_amount IS NULL) = (limit_currency IS NULL)", name="limit"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="persons.id")
    entity_id: UUID | None = Field(default=None, foreign_key="entities.id")
    partner_id: UUID | None = Field(default=None, foreign_key="partners.id")
    source: str  # reference to the instrument by which it was delegated
    from_on: date
    until_on: date | None = None
    limit_amount: Decimal | None = Field(default=None, sa_column=Column(Numeric(14, 2)))
    limit_currency: str | None = None  # ISO 4217
    by_id: UUID = Field(foreign_key="persons.id")
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class SigningAuthorityEnd(SQLModel, table=True):
    """An authority no longer holds, from when this was recorded."""

    __tablename__ = "signing_authority_ends"

    authority_id: UUID = Field(foreign_key="signing_authorities.id", primary_key=True)
    by_id: UUID = Field(foreign_key="persons.id")
    reason: str
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class AgreementSignature(SQLModel, table=True):
    """Somebody signed a document for a host; never changed, and once for a host and a document."""

    __tablename__ = "agreement_signatures"
    __table_args__ = (
        Index("uq_agreement_signatures_host", "document_id", "host_id", unique=True),
        Index("ix_agreement_signatures_training_id", "training_id", "id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    training_id: UUID = Field(foreign_key="joint_trainings.id")
    document_id: UUID = Field(foreign_key="agreement_documents.id")
    host_id: UUID  # of `training_hosts`, whose row goes when the host leaves
    authority_id: UUID = Field(foreign_key="signing_authorities.id")
    person_id: UUID = Field(foreign_key="persons.id")
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
