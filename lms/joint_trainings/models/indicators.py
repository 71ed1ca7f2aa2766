"""Indicators of a training."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Column, Index, Numeric
from sqlmodel import Field, SQLModel

from lms.kernel import clock
from lms.kernel.database import moment
from lms.kernel.ids import new_id


class TrainingIndicator(SQLModel, table=True):
    """What is to be measured. Not changed once the training is agreed."""

    __tablename__ = "training_indicators"
    __table_args__ = (Index("ix_training_indicators_training_id", "training_id", "id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    training_id: UUID = Field(foreign_key="joint_trainings.id")
    name: str
    unit: str
    baseline: Decimal | None = Field(default=None, sa_column=Column(Numeric(14, 2)))
    target: Decimal | None = Field(default=None, sa_column=Column(Numeric(14, 2)))
    verification: str = ""  # means of verification
    measured_on: date | None = None
    created_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
