"""A lesson of a training: what is being written, and the texts that were handed in, read, approved and published."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlmodel import Field, SQLModel

from lms.kernel import clock
from lms.kernel.database import PERSONAL, document, keys, moment
from lms.kernel.ids import new_id


class Lesson(SQLModel, table=True):
    """The one lesson of a training. `draft` may name anybody until it is handed in; the library reads texts alone."""

    __tablename__ = "lessons"
    __table_args__ = (
        Index("ix_lessons_published_on_id", "published_on", "id"),
        CheckConstraint("(published_text_id IS NULL) = (published_on IS NULL)", name="published"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    training_id: UUID = Field(foreign_key="joint_trainings.id", unique=True)
    key: str | None = Field(default=None, unique=True)  # from its first publication on, for ever
    state: str = "draft"  # domain.lessons.LessonState
    language: str
    draft: dict[str, Any] = Field(sa_column=document(nullable=False, info=PERSONAL))  # domain.lessons.FIELDS
    private_part: str = Field(default="", sa_column_kwargs={"info": PERSONAL})
    competencies: list[str] = Field(default_factory=list, sa_column=keys())
    focuses: list[str] = Field(default_factory=list, sa_column=keys())
    submitted_text_id: UUID | None = None  # of lesson_texts: the one that waits, or that was read last
    published_text_id: UUID | None = None  # of lesson_texts: the one in the library
    published_on: date | None = None
    withdrawn_at: datetime | None = Field(default=None, sa_column=moment())
    withdrawn_by_id: UUID | None = Field(default=None, foreign_key="persons.id")
    withdrawn_because: str | None = None
    revision: int = 1
    created_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class LessonText(SQLModel, table=True):
    """A public text that was handed in, or a translation of one; never changed. It names no person."""

    __tablename__ = "lesson_texts"
    __table_args__ = (
        Index("ix_lesson_texts_lesson_id", "lesson_id", "id"),
        Index("ix_lesson_texts_translates_id", "translates_id", "language"),
        Index("ix_lesson_texts_search_words", "search_words", postgresql_using="gin"),
        Index("ix_lesson_texts_competencies", "competencies", postgresql_using="gin"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    lesson_id: UUID = Field(foreign_key="lessons.id")
    translates_id: UUID | None = Field(default=None, foreign_key="lesson_texts.id")  # none: an original
    language: str
    title: str
    context: str
    done: str
    worked: str
    failed: str
    again: str
    advice: str
    digest: str  # domain.lessons.digest_of
    competencies: list[str] = Field(default_factory=list, sa_column=keys())  # of an original
    focuses: list[str] = Field(default_factory=list, sa_column=keys())
    search_words: Any = Field(sa_column=Column(TSVECTOR(), nullable=False))
    by_id: UUID = Field(foreign_key="persons.id")
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class LessonPrivatePart(SQLModel, table=True):
    """The private part as it was when its text was handed in."""

    __tablename__ = "lesson_private_parts"

    text_id: UUID = Field(foreign_key="lesson_texts.id", primary_key=True)
    words: str = Field(sa_column_kwargs={"info": PERSONAL})


class LessonReview(SQLModel, table=True):
    """Somebody else read a text and decided; never changed."""

    __tablename__ = "lesson_reviews"
    __table_args__ = (
        Index("ix_lesson_reviews_lesson_id", "lesson_id", "id"),
        Index("ix_lesson_reviews_text_id", "text_id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    lesson_id: UUID = Field(foreign_key="lessons.id")
    text_id: UUID = Field(foreign_key="lesson_texts.id")
    outcome: str  # domain.lessons.Outcome
    words: str | None = None
    by_id: UUID = Field(foreign_key="persons.id")
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class LessonApproval(SQLModel, table=True):
    """A host approved that exactly this text names it; never changed."""

    __tablename__ = "lesson_approvals"
    __table_args__ = (
        Index("uq_lesson_approvals_lesson_id_digest_host_id", "lesson_id", "digest", "host_id", unique=True),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    lesson_id: UUID = Field(foreign_key="lessons.id")
    digest: str
    host_id: UUID = Field(foreign_key="training_hosts.id")
    by_id: UUID = Field(foreign_key="persons.id")
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class LessonAuthor(SQLModel, table=True):
    """Who wrote a lesson, and since which day; never changed. Recognition counts by it."""

    __tablename__ = "lesson_authors"
    __table_args__ = (Index("ix_lesson_authors_person_id", "person_id"),)

    lesson_id: UUID = Field(foreign_key="lessons.id", primary_key=True)
    person_id: UUID = Field(foreign_key="persons.id", primary_key=True)
    occurred_on: date
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class LessonQuote(SQLModel, table=True):
    """A course on offer links to a lesson's address, whether or not there is such a lesson."""

    __tablename__ = "lesson_quotes"
    __table_args__ = (Index("ix_lesson_quotes_lesson", "lesson"),)

    course_id: UUID = Field(foreign_key="courses.id", primary_key=True)
    lesson: str = Field(primary_key=True)  # its key


class LessonReader(SQLModel, table=True):
    """Somebody asked for the month's lessons by mail."""

    __tablename__ = "lesson_readers"

    person_id: UUID = Field(foreign_key="persons.id", primary_key=True)
    created_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
