"""A joint training, its hosts, and the way it went."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from lms.kernel import clock
from lms.kernel.database import keys, moment
from lms.kernel.ids import new_id


class JointTraining(SQLModel, table=True):
    """A training that belongs to two organisations at least. Its content, name and emblem stay with the lead."""

    __tablename__ = "joint_trainings"
    __table_args__ = (
        Index("ix_joint_trainings_lead_entity_id", "lead_entity_id"),
        Index("ix_joint_trainings_state_starts_on", "state", "starts_on"),
        CheckConstraint("attended_percent BETWEEN 1 AND 100", name="attended_percent"),
        CheckConstraint("minutes >= 0", name="minutes"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    title: str
    aim: str
    language: str  # of title and aim
    languages: list[str] = Field(default_factory=list, sa_column=keys())
    focuses: list[str] = Field(default_factory=list, sa_column=keys())
    competencies: list[str] = Field(default_factory=list, sa_column=keys())
    course_id: UUID | None = Field(default=None, foreign_key="courses.id", index=True)
    course_version_id: UUID | None = Field(
        default=None, foreign_key="course_versions.id"
    )  # pinned when it is published
    starts_on: date | None = None
    ends_on: date | None = None
    minutes: int = 0
    every_session: bool = True
    attended_percent: int = 80
    name_or_emblem: bool = False
    is_recorded: bool = False
    experts_only: bool = True
    state: str = "draft"  # domain.states.TrainingState
    lead_entity_id: UUID | None = Field(default=None, foreign_key="entities.id")
    proposed_by_id: UUID = Field(foreign_key="persons.id")
    managed_by_id: UUID | None = Field(default=None, foreign_key="persons.id")  # for the lead
    evaluated_at: datetime | None = Field(default=None, sa_column=moment())  # its results are in
    revision: int = 1
    created_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class TrainingHost(SQLModel, table=True):
    """An entity, a unit of one or a partner that hosts a training."""

    __tablename__ = "training_hosts"
    __table_args__ = (
        Index(
            "uq_training_hosts_entity",
            "training_id",
            "entity_id",
            unique=True,
            postgresql_where=text("entity_id IS NOT NULL"),
        ),
        Index(
            "uq_training_hosts_partner",
            "training_id",
            "partner_id",
            unique=True,
            postgresql_where=text("partner_id IS NOT NULL"),
        ),
        Index("ix_training_hosts_entity_id", "entity_id"),
        Index("ix_training_hosts_partner_id", "partner_id"),
        CheckConstraint("(entity_id IS NULL) <> (partner_id IS NULL)", name="one"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    training_id: UUID = Field(foreign_key="joint_trainings.id")
    entity_id: UUID | None = Field(default=None, foreign_key="entities.id")
    partner_id: UUID | None = Field(default=None, foreign_key="partners.id")
    accepted_by_id: UUID | None = Field(default=None, foreign_key="persons.id")
    accepted_at: datetime | None = Field(default=None, sa_column=moment())
    created_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class TrainingMove(SQLModel, table=True):
    """A training went from one state to another; never changed."""

    __tablename__ = "training_moves"
    __table_args__ = (Index("ix_training_moves_training_id", "training_id", "id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    training_id: UUID = Field(foreign_key="joint_trainings.id")
    from_state: str
    to_state: str
    by_id: UUID | None = Field(default=None, foreign_key="persons.id")  # none: its day came
    reason: str | None = None  # of a cancellation, or of taking it back
    track: str | None = None  # domain.tracks.Track, as it was then
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
