"""Tables of assigned learning: rules, whom they reached, more time asked for and decided, reminders.

What is done is no column here: it follows from completions. Nor is the due day as it stands now: it follows from
absences and extensions (`domain.due.due_day`); `due_on` is the day that the rule gave.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from lms.kernel import clock
from lms.kernel.database import PERSONAL, keys, moment
from lms.kernel.ids import new_id


class AssignmentRule(SQLModel, table=True):
    """A course or programme for a group of people of an entity and below."""

    __tablename__ = "assignment_rules"
    __table_args__ = (
        Index("ix_assignment_rules_entity_id", "entity_id"),
        CheckConstraint("(course IS NULL) <> (programme IS NULL)", name="what"),
        CheckConstraint("(due_on IS NULL) <> (due_days IS NULL)", name="due"),
        CheckConstraint("decision IS NOT NULL OR NOT compulsory", name="decision"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    entity_id: UUID = Field(foreign_key="entities.id")
    course: str | None = None  # key
    programme: str | None = None  # key
    kinds: list[str] = Field(default_factory=list, sa_column=keys())
    grades: list[str] = Field(default_factory=list, sa_column=keys())
    roles: list[str] = Field(default_factory=list, sa_column=keys())
    profiles: list[str] = Field(default_factory=list, sa_column=keys())
    new_joiners: bool = False
    starts_on: date | None = None  # set with the activation at the latest
    due_on: date | None = None
    due_days: int | None = None
    due_from: str | None = None  # domain.DueFrom
    compulsory: bool = False
    decision: str | None = None  # its reference
    reason: str | None = None
    state: str = "draft"  # domain.RuleState
    revision: int = 1
    made_by_id: UUID = Field(foreign_key="persons.id")
    made_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
    activated_by_id: UUID | None = Field(default=None, foreign_key="persons.id")
    activated_at: datetime | None = Field(default=None, sa_column=moment())
    ended_by_id: UUID | None = Field(default=None, foreign_key="persons.id")
    ended_at: datetime | None = Field(default=None, sa_column=moment())


class Assignment(SQLModel, table=True):
    """A rule reached a person. One that ended stays; whom the rule reaches again gets another."""

    __tablename__ = "assignments"
    __table_args__ = (
        Index(
            "uq_assignments_rule_id_person_id_open",
            "rule_id",
            "person_id",
            unique=True,
            postgresql_where=text("ended_on IS NULL"),
        ),
        Index("ix_assignments_person_id", "person_id"),
        CheckConstraint("(ended_on IS NULL) = (ended_why IS NULL)", name="ended"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    rule_id: UUID = Field(foreign_key="assignment_rules.id")
    person_id: UUID = Field(foreign_key="persons.id")
    assigned_on: date
    due_on: date  # as the rule gave it
    ended_on: date | None = None
    ended_why: str | None = None  # domain.EndedWhy


class AssignmentExtension(SQLModel, table=True):
    """More time that a person asked for; append-only."""

    __tablename__ = "assignment_extensions"
    __table_args__ = (Index("ix_assignment_extensions_assignment_id", "assignment_id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    assignment_id: UUID = Field(foreign_key="assignments.id")
    until_on: date
    asked_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class ExtensionDecision(SQLModel, table=True):
    """What was decided about it; append-only."""

    __tablename__ = "extension_decisions"

    extension_id: UUID = Field(foreign_key="assignment_extensions.id", primary_key=True)
    granted: bool
    decided_by_id: UUID = Field(foreign_key="persons.id")
    decided_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class ExtensionWords(SQLModel, table=True):
    """Why more time was asked for, and what was answered: personal, so apart from the facts, and erasable."""

    __tablename__ = "extension_words"

    extension_id: UUID = Field(foreign_key="assignment_extensions.id", primary_key=True)
    reason: str | None = Field(default=None, sa_column_kwargs={"info": PERSONAL})
    answer: str | None = Field(default=None, sa_column_kwargs={"info": PERSONAL})


class AssignmentReminder(SQLModel, table=True):
    """A reminder of one due day: each step of the ladder once, and anew when the day has moved; append-only."""

    __tablename__ = "assignment_reminders"
    __table_args__ = (
        Index("uq_assignment_reminders_step", "assignment_id", "due_on", "step", unique=True),
        Index("ix_assignment_reminders_step_due_on", "step", "due_on"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    assignment_id: UUID = Field(foreign_key="assignments.id")
    due_on: date  # as it stood on the day of the reminder
    step: int  # days before it, or domain.due.DAY_AFTER
    reminded_on: date
