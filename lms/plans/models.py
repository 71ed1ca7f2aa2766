"""Tables of plans: what was planned, what the person decided about courses, and the addresses of calendars."""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from lms.kernel import clock
from lms.kernel.database import document, moment
from lms.kernel.ids import new_id


class Plan(SQLModel, table=True):
    """A learning plan: somebody's own, or one proposed to them.

    `content` is the plan with its reasons as `plans.service.content_of` makes it; it holds keys and numbers only.
    """

    __tablename__ = "plans"
    __table_args__ = (
        Index("ix_plans_person_id", "person_id"),
        Index(
            "uq_plans_person_id_active",
            "person_id",
            unique=True,
            postgresql_where=text("state = 'active'"),
        ),
        CheckConstraint("weekly_minutes > 0", name="weekly_minutes"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="persons.id")
    state: str  # domain.PlanState
    proposed_by_id: UUID | None = Field(default=None, foreign_key="persons.id")
    profile: str  # key of the target profile it was made for
    weekly_minutes: int
    start_on: date
    due_on: date | None = None
    content: dict[str, Any] = Field(sa_column=document(nullable=False))
    revision: int = 1
    made_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
    decided_at: datetime | None = Field(default=None, sa_column=moment())


class PlanChange(SQLModel, table=True):
    """A plan followed something that happened: what, and which steps came and went."""

    __tablename__ = "plan_changes"
    __table_args__ = (Index("ix_plan_changes_plan_id", "plan_id", "at"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    plan_id: UUID = Field(foreign_key="plans.id")
    at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
    cause: str  # type of the event, or "wish"
    added: list[str] = Field(default_factory=list, sa_column=document(nullable=False))
    removed: list[str] = Field(default_factory=list, sa_column=document(nullable=False))


class PlanWish(SQLModel, table=True):
    """A person wants a course in their plan, or does not, whatever the tailoring says."""

    __tablename__ = "plan_wishes"

    person_id: UUID = Field(foreign_key="persons.id", primary_key=True)
    course: str = Field(primary_key=True)
    wish: str  # domain.Wish
    at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class LearningTime(SQLModel, table=True):
    """When a person learns: minutes a week, and where in the week the calendar holds them."""

    __tablename__ = "learning_times"
    __table_args__ = (
        CheckConstraint("weekly_minutes BETWEEN 5 AND 2400", name="weekly_minutes"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
    )

    person_id: UUID = Field(foreign_key="persons.id", primary_key=True)
    weekly_minutes: int
    weekday: int = 2  # 0 is Monday
    starts_at: time = time(14, 0)  # local time


class CalendarFeed(SQLModel, table=True):
    """A private address of a person's learning calendar: known to it by a secret of which only the digest is kept."""

    __tablename__ = "calendar_feeds"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="persons.id", index=True)
    secret_hash: str = Field(unique=True)
    created_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
    revoked_at: datetime | None = Field(default=None, sa_column=moment())
