"""Tables of recognition: policies as published, their adoption, and raw amounts per person and month."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from lms.kernel import clock
from lms.kernel.database import document, moment
from lms.kernel.ids import new_id


class Policy(SQLModel, table=True):
    """A recognition policy as published; never changed."""

    __tablename__ = "recognition_policies"
    __table_args__ = (Index("uq_recognition_policies_key_version", "key", "version", unique=True),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    key: str
    version: int
    digest: str = Field(unique=True)
    content: dict[str, Any] = Field(sa_column=document(nullable=False))
    published_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class PolicyAdoption(SQLModel, table=True):
    """An entity counts by a policy from a day on: who decided, and the note of the consultation."""

    __tablename__ = "recognition_adoptions"
    __table_args__ = (Index("ix_recognition_adoptions_entity_id", "entity_id", "from_on"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    entity_id: UUID = Field(foreign_key="entities.id")
    policy_id: UUID = Field(foreign_key="recognition_policies.id")
    adopted_by_id: UUID = Field(foreign_key="persons.id")
    from_on: date
    consultation: str
    adopted_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class MonthlyTotal(SQLModel, table=True):
    """Projection: the raw amount of one line for one person in one month, by the day its facts are about."""

    __tablename__ = "recognition_totals"

    person_id: UUID = Field(foreign_key="persons.id", primary_key=True)
    month: date = Field(primary_key=True)  # its first day
    line: str = Field(primary_key=True)  # domain.Line
    amount: int
