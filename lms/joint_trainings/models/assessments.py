"""Work that was assessed at a training, by an assessor of the participant's own side."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from lms.kernel import clock
from lms.kernel.database import document, moment
from lms.kernel.ids import new_id


class PartnerAssessor(SQLModel, table=True):
    """Whom a partner's coordinator named to assess work of the partner's own people."""

    __tablename__ = "partner_assessors"
    __table_args__ = (
        Index(
            "uq_partner_assessors",
            "partner_id",
            "person_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_partner_assessors_person_id", "person_id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    partner_id: UUID = Field(foreign_key="partners.id")
    person_id: UUID = Field(foreign_key="persons.id")
    named_by_id: UUID = Field(foreign_key="persons.id")
    named_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
    ended_at: datetime | None = Field(default=None, sa_column=moment())
    ended_by_id: UUID | None = Field(default=None, foreign_key="persons.id")


class TrainingAssessment(SQLModel, table=True):
    """What a participant's work showed; never changed. One a person and training."""

    __tablename__ = "training_assessments"
    __table_args__ = (
        Index("uq_training_assessments", "training_id", "person_id", unique=True),
        Index("ix_training_assessments_person_id", "person_id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    training_id: UUID = Field(foreign_key="joint_trainings.id")
    person_id: UUID = Field(foreign_key="persons.id")
    host_id: UUID = Field(foreign_key="training_hosts.id")
    assessor_id: UUID = Field(foreign_key="persons.id")
    levels: dict[str, Any] = Field(sa_column=document(nullable=False))  # competency → level
    note_id: UUID = Field(foreign_key="attendance_notes.id")
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
