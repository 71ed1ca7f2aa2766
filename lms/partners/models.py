"""The partner register's tables: what is known of partners, and, in confidence, what was decided about them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlmodel import Field, SQLModel

from lms.kernel import clock
from lms.kernel.database import PERSONAL, document, moment, sortable
from lms.kernel.ids import new_id


class Partner(SQLModel, table=True):
    """A business, foundation, association or academic body. Personnel of partners are affiliated to one."""

    __tablename__ = "partners"
    __table_args__ = (
        Index("ix_partners_sort_key_id", "sort_key", "id"),
        Index("ix_partners_search_words", "search_words", postgresql_using="gin"),
        Index("ix_partners_parent_id", "parent_id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    key: str = Field(unique=True)
    name: str
    sort_key: str = Field(sa_column=sortable(nullable=False))
    search_words: Any = Field(default=None, sa_column=Column(TSVECTOR(), nullable=True))
    kind: str = "company"  # domain.register.PartnerKind
    sector: str | None = None  # domain.register.SECTORS
    country: str | None = None  # ISO 3166-1 alpha-2
    parent_id: UUID | None = Field(default=None, foreign_key="partners.id")  # the group it belongs to
    website: str | None = None
    about: str | None = None
    participation_id: str | None = Field(default=None, unique=True)  # of the Global Compact
    participation_status: str | None = None  # domain.register.Participation
    participation_since: date | None = None
    participation_checked_on: date | None = None
    committed_on: date | None = None  # to the ten principles, signed
    commitment_reference: str | None = None
    revision: int = 1
    created_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class PartnerContact(SQLModel, table=True):
    """Whom one speaks to at a partner."""

    __tablename__ = "partner_contacts"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    partner_id: UUID = Field(foreign_key="partners.id", index=True)
    name: str = Field(sa_column_kwargs={"info": PERSONAL})
    post_title: str | None = None
    email: str | None = Field(default=None, sa_column_kwargs={"info": PERSONAL})
    phone: str | None = Field(default=None, sa_column_kwargs={"info": PERSONAL})
    revision: int = 1
    created_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class PartnerAgreement(SQLModel, table=True):
    """An agreement of an entity with a partner, and the document it stands in."""

    __tablename__ = "partner_agreements"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    partner_id: UUID = Field(foreign_key="partners.id", index=True)
    entity_id: UUID = Field(foreign_key="entities.id")
    kind: str  # domain.register.AgreementKind
    version: str
    signed_on: date
    until_on: date | None = None
    proposed_by_id: UUID = Field(foreign_key="persons.id")
    managed_by_id: UUID = Field(foreign_key="persons.id")
    file_key: str | None = None  # name in storage
    file_name: str | None = None
    file_type: str | None = None
    file_size: int | None = None
    revision: int = 1
    created_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class PartnerChange(SQLModel, table=True):
    """Before and after of a change to the register; apart from the event log, since contacts may be erased."""

    __tablename__ = "partner_changes"
    __table_args__ = (Index("ix_partner_changes_partner_id", "partner_id", "id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    partner_id: UUID = Field(foreign_key="partners.id")
    part: str  # domain.register.Part
    part_id: UUID | None = None  # of a contact or an agreement
    at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
    actor_id: UUID | None = None  # none: the command line
    before: dict[str, Any] = Field(sa_column=document(nullable=False, info=PERSONAL))
    after: dict[str, Any] = Field(sa_column=document(nullable=False, info=PERSONAL))


class ScreeningFact(SQLModel, table=True):
    """One confidential fact the gate looks at: a decision, an exclusion, an open bid or a waiver. Never changed."""

    __tablename__ = "screening_facts"
    __table_args__ = (
        Index("ix_screening_facts_partner_id_recorded_at", "partner_id", "recorded_at"),
        CheckConstraint(
            "(kind = 'decision') = (may_proceed IS NOT NULL) AND (kind = 'exclusion' OR entity_id IS NOT NULL)"
            " AND (kind NOT IN ('decision', 'waiver') OR valid_until IS NOT NULL)",
            name="whole",
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: str  # domain.screening.FactKind
    partner_id: UUID = Field(foreign_key="partners.id")
    entity_id: UUID | None = Field(
        default=None, foreign_key="entities.id"
    )  # none: an exclusion for every entity
    occurred_on: date
    valid_until: date | None = None
    by_id: UUID = Field(foreign_key="persons.id")
    reference: str | None = None  # where the research, the list or the procurement is kept; never its content
    may_proceed: bool | None = None  # of a decision
    scope: str | None = None  # domain.gate.Scope, of a decision
    effort: str | None = None  # domain.gate.Effort, of a decision
    subject: str | None = None  # an exclusion: its list; a waiver: the domain.gate.Rule it waives
    reason: str | None = None  # of a waiver
    conditions: str | None = None  # of a waiver
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class ScreeningEnd(SQLModel, table=True):
    """A fact no longer counts, from when this was recorded."""

    __tablename__ = "screening_ends"

    fact_id: UUID = Field(foreign_key="screening_facts.id", primary_key=True)
    by_id: UUID = Field(foreign_key="persons.id")
    reason: str
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class EarlyWarning(SQLModel, table=True):
    """Facts about a partner, in confidence. What happens to it is appended to its steps."""

    __tablename__ = "early_warnings"
    __table_args__ = (Index("ix_early_warnings_partner_id", "partner_id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    partner_id: UUID = Field(foreign_key="partners.id")
    entity_id: UUID = Field(foreign_key="entities.id")
    category: str  # domain.warnings.Category
    source_kind: str  # domain.warnings.SourceKind
    facts: str  # names no person: domain.warnings.check_facts
    is_heard: bool = False  # the entity decided that the partner is heard
    author_id: UUID = Field(foreign_key="persons.id")
    occurred_on: date
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class WarningStep(SQLModel, table=True):
    """One thing that happened to an early warning; never changed."""

    __tablename__ = "early_warning_steps"
    __table_args__ = (Index("ix_early_warning_steps_warning_id", "warning_id", "id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    warning_id: UUID = Field(foreign_key="early_warnings.id")
    kind: str  # domain.warnings.StepKind
    by_id: UUID = Field(foreign_key="persons.id")
    occurred_on: date
    review_on: date | None = None
    stands_in_the_way: bool | None = None
    outcome: str | None = None  # domain.warnings.Outcome, when it is closed
    words: str | None = None  # the partner's answer, or why it is closed
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class CircleMember(SQLModel, table=True):
    """A senior manager whom an officer let into an entity's circle."""

    __tablename__ = "screening_circle"
    __table_args__ = (
        Index(
            "uq_screening_circle_now",
            "entity_id",
            "person_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    entity_id: UUID = Field(foreign_key="entities.id")
    person_id: UUID = Field(foreign_key="persons.id", index=True)
    named_by_id: UUID = Field(foreign_key="persons.id")
    named_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
    ended_by_id: UUID | None = Field(default=None, foreign_key="persons.id")
    ended_at: datetime | None = Field(default=None, sa_column=moment())
