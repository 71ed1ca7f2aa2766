"""What a training's agreement says beside the standard text, and what legal offices said of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from lms.kernel import clock
from lms.kernel.database import document, moment
from lms.kernel.ids import new_id


class TrainingClause(SQLModel, table=True):
    """A clause that is not the standard one, in the language of the agreement. Taken away, the standard one holds."""

    __tablename__ = "training_clauses"

    training_id: UUID = Field(foreign_key="joint_trainings.id", primary_key=True)
    key: str = Field(primary_key=True)
    text: str
    changed_by_id: UUID = Field(foreign_key="persons.id")
    changed_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class AgreementDocument(SQLModel, table=True):
    """An agreement as somebody saw it when they asked for its clearance, decided on it or signed it; never changed."""

    __tablename__ = "agreement_documents"
    __table_args__ = (Index("uq_agreement_documents_digest", "training_id", "digest", unique=True),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    training_id: UUID = Field(foreign_key="joint_trainings.id")
    digest: str  # SHA-256 of `content` as canonical JSON (RFC 8785)
    legal_digest: str  # the same of what of it a legal office clears
    content: dict[str, Any] = Field(sa_column=document(nullable=False))
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class StandardClearance(SQLModel, table=True):
    """An entity's legal office cleared a version of the standard agreement, once; never changed."""

    __tablename__ = "standard_clearances"
    __table_args__ = (Index("uq_standard_clearances_digest", "entity_id", "digest", unique=True),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    entity_id: UUID = Field(foreign_key="entities.id")
    version: str
    digest: str  # of the text in all languages
    by_id: UUID = Field(foreign_key="persons.id")
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class ClearanceRequest(SQLModel, table=True):
    """An agreement waits for the legal office; never changed."""

    __tablename__ = "clearance_requests"
    __table_args__ = (Index("ix_clearance_requests_training_id", "training_id", "id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    training_id: UUID = Field(foreign_key="joint_trainings.id")
    document_id: UUID = Field(foreign_key="agreement_documents.id")
    by_id: UUID = Field(foreign_key="persons.id")
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class AgreementClearance(SQLModel, table=True):
    """A legal office cleared an agreement for its entity, or refused to, with its words; never changed."""

    __tablename__ = "agreement_clearances"
    __table_args__ = (Index("ix_agreement_clearances_training_id", "training_id", "id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    training_id: UUID = Field(foreign_key="joint_trainings.id")
    document_id: UUID = Field(foreign_key="agreement_documents.id")
    entity_id: UUID = Field(foreign_key="entities.id")
    decision: str  # domain.agreements.Decision
    words: str | None = None
    by_id: UUID = Field(foreign_key="persons.id")
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
