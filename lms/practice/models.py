"""Tables of practice: what was described, how it was rated and attested, and what partners' contacts confirmed."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from lms.kernel import clock
from lms.kernel.database import PERSONAL, document, moment
from lms.kernel.ids import new_id


class PracticeClaim(SQLModel, table=True):
    """Partnership work as a person describes it; the words are theirs, and erasable."""

    __tablename__ = "practice_claims"
    __table_args__ = (
        Index("ix_practice_claims_person_id", "person_id", "id"),
        Index("ix_practice_claims_officer_id", "officer_id", "state"),
        CheckConstraint("until_on IS NULL OR until_on >= from_on", name="days"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="persons.id")
    partner_id: UUID = Field(foreign_key="partners.id", index=True)
    role: str = Field(sa_column_kwargs={"info": PERSONAL})
    place: str = Field(default="", sa_column_kwargs={"info": PERSONAL})
    outcome: str = Field(default="", sa_column_kwargs={"info": PERSONAL})
    indicators: list[dict[str, str]] = Field(
        default_factory=list, sa_column=document(nullable=False, info=PERSONAL)
    )
    has_interest: bool = False
    interest_words: str = Field(default="", sa_column_kwargs={"info": PERSONAL})
    from_on: date
    until_on: date | None = None
    levels: dict[str, int] = Field(default_factory=dict, sa_column=document(nullable=False))  # claimed
    state: str = "draft"  # domain.ClaimState
    officer_id: UUID | None = Field(default=None, foreign_key="persons.id")  # who is asked to attest it
    submitted_at: datetime | None = Field(default=None, sa_column=moment())
    revision: int = 1
    created_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class PracticeFile(SQLModel, table=True):
    """A file that shows it."""

    __tablename__ = "practice_files"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    claim_id: UUID = Field(foreign_key="practice_claims.id", index=True)
    file_name: str = Field(sa_column_kwargs={"info": PERSONAL})
    file_key: str  # name in storage
    file_type: str
    file_size: int


class PracticeRating(SQLModel, table=True):
    """A level that somebody gave one competency of a description; never changed, 0 where it was not shown."""

    __tablename__ = "practice_ratings"
    __table_args__ = (
        Index("ix_practice_ratings_claim_id", "claim_id", "id"),
        CheckConstraint("level BETWEEN 0 AND 4", name="level"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    claim_id: UUID = Field(foreign_key="practice_claims.id")
    competency: str
    level: int
    rated_by: str  # domain.RatedBy
    by_id: UUID = Field(foreign_key="persons.id")
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class PracticeDecision(SQLModel, table=True):
    """What the reporting officer decided; never changed. The words are evidence, apart."""

    __tablename__ = "practice_decisions"
    __table_args__ = (Index("ix_practice_decisions_claim_id", "claim_id", "id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    claim_id: UUID = Field(foreign_key="practice_claims.id")
    state: str  # domain.ClaimState: attested or refused
    by_id: UUID = Field(foreign_key="persons.id")
    words_id: UUID = Field(foreign_key="evidence.id")
    occurred_on: date
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class PracticeConfirmation(SQLModel, table=True):
    """A contact of the partner is asked whether role, dates and place are right, and says nothing else."""

    __tablename__ = "practice_confirmations"
    __table_args__ = (
        Index(
            "uq_practice_confirmations_open",
            "claim_id",
            "contact_id",
            unique=True,
            postgresql_where=text("answered_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    claim_id: UUID = Field(foreign_key="practice_claims.id")
    contact_id: UUID | None = None  # of the register, whose contacts may be removed: no foreign key
    email: str | None = Field(default=None, sa_column_kwargs={"info": PERSONAL})
    name: str | None = Field(default=None, sa_column_kwargs={"info": PERSONAL})
    token_digest: str | None = Field(default=None, unique=True)  # none until the letter is written
    asked_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
    expires_at: datetime = Field(sa_column=moment(nullable=False))
    answered_at: datetime | None = Field(default=None, sa_column=moment())
    answers: dict[str, Any] | None = Field(default=None, sa_column=document())  # domain.Answer by fact
