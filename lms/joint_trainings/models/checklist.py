"""Answers to the checklist."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from lms.kernel import clock
from lms.kernel.database import moment
from lms.kernel.ids import new_id


class ChecklistAnswer(SQLModel, table=True):
    """An item answered; never changed, the newest of an item holds."""

    __tablename__ = "checklist_answers"
    __table_args__ = (Index("ix_checklist_answers_training_id_item", "training_id", "item", "id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    training_id: UUID = Field(foreign_key="joint_trainings.id")
    item: str  # domain.checklist.Item
    answer: str  # domain.checklist.Answer
    note: str = ""
    by_id: UUID = Field(foreign_key="persons.id")
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
