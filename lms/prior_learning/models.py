"""Tables of requests for prior learning, their files, and what assessors decided: decisions never change."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Uuid, text
from sqlmodel import Field, SQLModel

from lms.kernel import clock
from lms.kernel.database import PERSONAL, document, moment
from lms.kernel.ids import new_id


class LearningRequest(SQLModel, table=True):
    """A person says that they know what a course teaches, and shows it. One at a time for each course."""

    __tablename__ = "learning_requests"
    __table_args__ = (
        Index("ix_learning_requests_person_id", "person_id"),
        Index("ix_learning_requests_state", "state", "id"),
        Index(
            "uq_learning_requests_open",
            "person_id",
            "course_id",
            unique=True,
            postgresql_where=text("state = 'submitted'"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="persons.id")
    course_id: UUID = Field(foreign_key="courses.id")
    course_version_id: UUID = Field(foreign_key="course_versions.id")  # what it taught when they asked
    state: str = "submitted"  # domain.RequestState
    words: str | None = Field(default=None, sa_column_kwargs={"info": PERSONAL})
    links: list[str] = Field(default_factory=list, sa_column=document(nullable=False, info=PERSONAL))
    submitted_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
    closed_at: datetime | None = Field(default=None, sa_column=moment())


class RequestFile(SQLModel, table=True):
    """A file that shows what was learned."""

    __tablename__ = "learning_request_files"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    request_id: UUID = Field(foreign_key="learning_requests.id", index=True)
    file_name: str = Field(sa_column_kwargs={"info": PERSONAL})
    file_key: str  # name in storage
    file_type: str
    file_size: int


class RequestDecision(SQLModel, table=True):
    """What an assessor decided about a request: one decision, never changed. The words are evidence, apart."""

    __tablename__ = "learning_request_decisions"

    request_id: UUID = Field(foreign_key="learning_requests.id", primary_key=True)
    outcome: str  # domain.Outcome
    assessor_id: UUID = Field(foreign_key="persons.id")
    words_id: UUID = Field(foreign_key="evidence.id")
    completion_id: UUID | None = Field(
        default=None,
        # Deferred: the completion is gathered and sent with the rest of the transaction.
        sa_column=Column(Uuid(), ForeignKey("completions.id", deferrable=True, initially="DEFERRED")),
    )
    occurred_on: date
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class ConfirmedLevel(SQLModel, table=True):
    """The level at which an assessor confirmed one competency; 0 says that it was not shown."""

    __tablename__ = "learning_request_levels"
    __table_args__ = (CheckConstraint("level BETWEEN 0 AND 4", name="level"),)

    request_id: UUID = Field(foreign_key="learning_request_decisions.request_id", primary_key=True)
    competency: str = Field(primary_key=True)
    level: int
    words_id: UUID | None = Field(default=None, foreign_key="evidence.id")
