"""Tables of the catalogue: courses with their tags, immutable versions, words for search, documents."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ForeignKey, Index, Uuid
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlmodel import Field, SQLModel

from lms.kernel import clock
from lms.kernel.database import document, keys, moment, sortable
from lms.kernel.ids import new_id


class Course(SQLModel, table=True):
    """A course and the tags of its current version, kept here so that a filtered list reads one row each."""

    __tablename__ = "courses"
    __table_args__ = (
        Index("ix_courses_sort_key_id", "sort_key", "id"),
        Index("ix_courses_competencies", "competencies", postgresql_using="gin"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    key: str = Field(unique=True)
    sort_key: str = Field(sa_column=sortable(nullable=False))  # of the title in the original language
    current_version_id: UUID | None = Field(
        default=None,
        sa_column=Column(
            Uuid(),
            ForeignKey(
                "course_versions.id", name="fk_courses_current_version_id_course_versions", use_alter=True
            ),
        ),
    )
    provider: str
    audiences: list[str] = Field(default_factory=list, sa_column=keys())
    focuses: list[str] = Field(default_factory=list, sa_column=keys())  # none: for every focus
    modalities: list[str] = Field(default_factory=list, sa_column=keys())
    languages: list[str] = Field(default_factory=list, sa_column=keys())
    competencies: list[str] = Field(default_factory=list, sa_column=keys())
    skill_areas: list[str] = Field(default_factory=list, sa_column=keys())
    retired_at: datetime | None = Field(default=None, sa_column=moment())
    created_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class CourseVersion(SQLModel, table=True):
    """An edition as it was published; never changed, so any process may keep it at hand."""

    __tablename__ = "course_versions"
    __table_args__ = (Index("uq_course_versions_course_id_number", "course_id", "number", unique=True),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    course_id: UUID = Field(foreign_key="courses.id")
    number: int
    digest: str = Field(unique=True)
    change: str  # domain.Change
    note: str
    renew_by: date | None = None
    content: dict[str, Any] = Field(sa_column=document(nullable=False))
    published_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
    published_by_id: UUID | None = Field(default=None, foreign_key="persons.id")


class CourseText(SQLModel, table=True):
    """A course's words in one language, for search and for lists in the reader's language."""

    __tablename__ = "course_texts"
    __table_args__ = (Index("ix_course_texts_search_words", "search_words", postgresql_using="gin"),)

    course_id: UUID = Field(foreign_key="courses.id", primary_key=True)
    language: str = Field(primary_key=True)
    title: str
    summary: str
    search_words: Any = Field(sa_column=Column(TSVECTOR(), nullable=False))


class LibraryDocument(SQLModel, table=True):
    """Taxonomy, providers or another shared file of `courses/` as it was published; the latest counts."""

    __tablename__ = "library_documents"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: str
    digest: str
    content: dict[str, Any] = Field(sa_column=document(nullable=False))
    published_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class CoursePreview(SQLModel, table=True):
    """A course that an author looks at before it is published: a snapshot of its files, and what the check found.

    Seen by its owner alone, for a day. `content` is an Edition, None where a mistake keeps it from being one, and once
    it is deleted: the row stays to count how many somebody makes.
    """

    __tablename__ = "course_previews"
    __table_args__ = (Index("ix_course_previews_owner_id_created_at", "owner_id", "created_at"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    owner_id: UUID = Field(foreign_key="persons.id")
    course: str
    source: str  # domain.PreviewSource
    findings: list[dict[str, Any]] = Field(sa_column=document(nullable=False))
    content: dict[str, Any] | None = Field(default=None, sa_column=document())
    created_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
    expires_at: datetime = Field(sa_column=moment(nullable=False))
    deleted_at: datetime | None = Field(default=None, sa_column=moment())
