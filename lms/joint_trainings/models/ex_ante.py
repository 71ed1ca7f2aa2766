"""The assessment before a training."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from lms.kernel import clock
from lms.kernel.database import document, moment
from lms.kernel.ids import new_id


class ExAnteAssessment(SQLModel, table=True):
    """A side's answers to the five questions; never changed, the newest of a side holds."""

    __tablename__ = "ex_ante_assessments"
    __table_args__ = (Index("ix_ex_ante_assessments_training_id", "training_id", "id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    training_id: UUID = Field(foreign_key="joint_trainings.id")
    partner_id: UUID | None = Field(default=None, foreign_key="partners.id")  # none: the entities' side
    answers: dict[str, str] = Field(sa_column=document(nullable=False))  # by domain.assessments.Question
    by_id: UUID = Field(foreign_key="persons.id")
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
