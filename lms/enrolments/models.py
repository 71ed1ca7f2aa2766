"""Tables of enrolments, attempts and pieces of work handed in."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from lms.kernel import clock
from lms.kernel.database import PERSONAL, document, moment
from lms.kernel.ids import new_id


class Enrolment(SQLModel, table=True):
    """A person's way through one course version. `progress` maps an activity's key to its state.

    One row holds all states, so that one lock makes two devices safe and one read shows everything.
    """

    __tablename__ = "enrolments"
    __table_args__ = (
        Index("ix_enrolments_person_id", "person_id"),
        Index("ix_enrolments_course_id_state", "course_id", "state"),
        Index(
            "uq_enrolments_person_id_course_id_active",
            "person_id",
            "course_id",
            unique=True,
            postgresql_where=text("state = 'active'"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="persons.id")
    course_id: UUID = Field(foreign_key="courses.id")
    course_version_id: UUID = Field(foreign_key="course_versions.id")
    state: str = "active"  # domain.EnrolmentState
    language: str
    progress: dict[str, Any] = Field(default_factory=dict, sa_column=document(nullable=False))
    place: str | None = None  # activity and paragraph last read, "key" or "key#7"
    assigned_by_id: UUID | None = Field(default=None, foreign_key="persons.id")
    due_on: date | None = None
    # The completion that this renews by the course's shorter path.
    renews_id: UUID | None = Field(default=None, foreign_key="completions.id")
    enrolled_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
    completed_at: datetime | None = Field(default=None, sa_column=moment())
    withdrawn_at: datetime | None = Field(default=None, sa_column=moment())


class Attempt(SQLModel, table=True):
    """One try at a quiz: what was drawn and in which order, what was answered, what it was worth."""

    __tablename__ = "attempts"
    __table_args__ = (
        Index("uq_attempts_enrolment_id_activity_number", "enrolment_id", "activity", "number", unique=True),
        Index(
            "uq_attempts_enrolment_id_activity_open",
            "enrolment_id",
            "activity",
            unique=True,
            postgresql_where=text("submitted_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    enrolment_id: UUID = Field(foreign_key="enrolments.id")
    course_version_id: UUID = Field(foreign_key="course_versions.id")  # the enrolment may move on from it
    activity: str
    number: int
    drawn: dict[str, Any] = Field(sa_column=document(nullable=False))  # question ids and their options' order
    responses: dict[str, Any] | None = Field(default=None, sa_column=document(info=PERSONAL))
    started_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
    due_at: datetime | None = Field(default=None, sa_column=moment())  # of a timed quiz
    submitted_at: datetime | None = Field(default=None, sa_column=moment())
    score: int | None = None  # hundredths of a per cent would be noise: 0 to 10000 is 0 to 100 %
    passed: bool | None = None


class Submission(SQLModel, table=True):
    """A piece of work handed in, and its assessment against the rubric."""

    __tablename__ = "submissions"
    __table_args__ = (Index("ix_submissions_state", "state", "submitted_at"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    enrolment_id: UUID = Field(foreign_key="enrolments.id", index=True)
    course_version_id: UUID = Field(foreign_key="course_versions.id")  # the enrolment may move on from it
    activity: str
    number: int
    state: str = "submitted"  # domain.SubmissionState
    words: str | None = Field(default=None, sa_column_kwargs={"info": PERSONAL})
    file_name: str | None = Field(default=None, sa_column_kwargs={"info": PERSONAL})
    file_key: str | None = None  # name in storage
    file_type: str | None = None
    file_size: int | None = None
    submitted_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
    assessor_id: UUID | None = Field(default=None, foreign_key="persons.id")
    assessed_at: datetime | None = Field(default=None, sa_column=moment())
    points: dict[str, int] | None = Field(default=None, sa_column=document())  # by criterion
    comment: str | None = Field(default=None, sa_column_kwargs={"info": PERSONAL})
    score: int | None = None
    passed: bool | None = None
