"""Tables of skill records, their revocations, and the standing projected from them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, Index
from sqlmodel import Field, SQLModel

from lms.kernel import clock
from lms.kernel.database import moment
from lms.kernel.ids import new_id


class SkillRecord(SQLModel, table=True):
    """This person showed this competency at this level, by this evidence, from this source. Append-only."""

    __tablename__ = "skill_records"
    __table_args__ = (
        Index("ix_skill_records_person_id_recorded_at", "person_id", "recorded_at"),
        Index("ix_skill_records_completion_id", "completion_id"),
        CheckConstraint("level BETWEEN 1 AND 4", name="level"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="persons.id")
    competency: str
    level: int
    source: str  # key of an evidence ceiling in the taxonomy
    completion_id: UUID | None = Field(default=None, foreign_key="completions.id")
    course_version_id: UUID | None = Field(default=None, foreign_key="course_versions.id")
    submission_id: UUID | None = None  # the assessed piece of work; enrolments lie above, so no foreign key
    assessment_id: UUID | None = None  # of work at a joint training, which lies above, so no foreign key
    practice_id: UUID | None = None  # the practice that was attested, which lies above, so no foreign key
    assessor_id: UUID | None = Field(default=None, foreign_key="persons.id")
    rule: str
    occurred_on: date
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
    valid_until: date | None = None


class SkillRevocation(SQLModel, table=True):
    """A skill record stopped counting, with the completion it rested on or by itself."""

    __tablename__ = "skill_revocations"

    skill_record_id: UUID = Field(foreign_key="skill_records.id", primary_key=True)
    revoked_by_id: UUID
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class Standing(SQLModel, table=True):
    """Projection: the last day on which a person holds a level by a source, among unrevoked records.

    The standing on a day is the highest level whose day is not past. "infinity" does not lapse. Rebuilding
    this table from the records gives the same rows (`lms rebuild --check`).
    """

    __tablename__ = "standings"

    person_id: UUID = Field(foreign_key="persons.id", primary_key=True)
    competency: str = Field(primary_key=True)
    level: int = Field(primary_key=True)
    source: str = Field(primary_key=True)
    valid_until: date = Field(sa_type=Date)
