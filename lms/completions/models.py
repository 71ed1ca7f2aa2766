"""Tables of completions, their revocations and their evidence. Triggers refuse UPDATE and DELETE on the facts."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Uuid, text
from sqlmodel import Field, SQLModel

from lms.kernel import clock
from lms.kernel.database import PERSONAL, moment
from lms.kernel.ids import new_id

ORIGIN = """(source = 'activities') = (enrolment_id IS NOT NULL) AND (source = 'recorded') = (sender IS NOT NULL)
AND (source = 'prior_learning') = (request_id IS NOT NULL) AND (source = 'equivalence') = (ground_id IS NOT NULL)
AND (source = 'joint_training') = (attendance_id IS NOT NULL)
AND (ground_id IS NULL) = (equivalence_id IS NULL) AND (source <> 'waiver' OR valid_until IS NOT NULL)"""
"""Each source names what the completion came from, and nothing else; a waiver rests on its reason and has an end."""


class Completion(SQLModel, table=True):
    """One person finished one course version. Two times: what it speaks of, and when we learned it.

    `round` counts the revocations of the same fact before this one, so that after a revocation the same may
    be recorded anew while two senders at once still make one record.
    """

    __tablename__ = "completions"
    __table_args__ = (
        Index("ix_completions_person_id_recorded_at", "person_id", "recorded_at"),
        Index("ix_completions_person_id_occurred_on", "person_id", "occurred_on"),
        Index("ix_completions_course_id_occurred_on", "course_id", "occurred_on"),
        Index(
            "uq_completions_enrolment_id",
            "enrolment_id",
            unique=True,
            postgresql_where=text("enrolment_id IS NOT NULL"),
        ),
        Index(
            "uq_completions_recorded",
            "person_id", "course_id", "occurred_on", "sender", "round",
            unique=True,
            postgresql_where=text("sender IS NOT NULL"),
        ),
        Index(
            "uq_completions_ground_id",
            "ground_id", "course_id",
            unique=True,
            postgresql_where=text("ground_id IS NOT NULL"),
        ),
        Index(
            "uq_completions_request_id",
            "request_id",
            unique=True,
            postgresql_where=text("request_id IS NOT NULL"),
        ),
        Index(
            "uq_completions_attendance_id",
            "attendance_id",
            unique=True,
            postgresql_where=text("attendance_id IS NOT NULL"),
        ),
        Index(
            "uq_completions_waiver",
            "person_id", "course_id", "occurred_on", "round",
            unique=True,
            postgresql_where=text("source = 'waiver'"),
        ),
        CheckConstraint("minutes >= 0", name="minutes"),
        CheckConstraint(ORIGIN, name="origin"),
    )  # fmt: skip

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="persons.id")
    course_id: UUID = Field(foreign_key="courses.id")
    course_version_id: UUID = Field(foreign_key="course_versions.id")
    source: str  # domain.Source
    enrolment_id: UUID | None = None  # the enrolment it came from; enrolments lie above, so no foreign key
    sender: str | None = None  # who recorded it elsewhere
    request_id: UUID | None = None  # the request for prior learning; requests lie above, so no foreign key
    attendance_id: UUID | None = None  # of a joint training, which lies above, so no foreign key
    ground_id: UUID | None = Field(default=None, foreign_key="completions.id")  # what an equivalent rests on
    equivalence_id: UUID | None = Field(
        default=None, foreign_key="equivalences.id"
    )  # by which it was reached
    round: int = 0
    rule: str  # version of the rule that decided
    minutes: int
    occurred_on: date
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
    recorded_by_id: UUID | None = (
        None  # the person who sent, waived or confirmed it; None: the product itself
    )
    valid_until: date | None = None
    evidence_id: UUID | None = Field(
        default=None,
        # Deferred: a batch inserts completions first, since only then is known which of them are new.
        sa_column=Column(Uuid(), ForeignKey("evidence.id", deferrable=True, initially="DEFERRED")),
    )


class CompletionRevocation(SQLModel, table=True):
    """A completion was a mistake from the start; it stays, and stops counting from `recorded_at`."""

    __tablename__ = "completion_revocations"

    completion_id: UUID = Field(foreign_key="completions.id", primary_key=True)
    revoked_by_id: UUID
    reason_id: UUID = Field(foreign_key="evidence.id")
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class Evidence(SQLModel, table=True):
    """What a fact rests on, in words, as a link or a file: personal, so apart from the fact, and erasable."""

    __tablename__ = "evidence"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="persons.id", index=True)
    kind: str  # domain.EvidenceKind
    words: str | None = Field(default=None, sa_column_kwargs={"info": PERSONAL})
    link: str | None = Field(default=None, sa_column_kwargs={"info": PERSONAL})
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
    erased_at: datetime | None = Field(default=None, sa_column=moment())


class Equivalence(SQLModel, table=True):
    """Whoever completed one course within these days holds another. Append-only; withdrawn by a row of its own."""

    __tablename__ = "equivalences"
    __table_args__ = (CheckConstraint("held_id <> gives_id", name="two_courses"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    held_id: UUID = Field(foreign_key="courses.id")
    gives_id: UUID = Field(foreign_key="courses.id")
    entity_id: UUID | None = Field(default=None, foreign_key="entities.id")  # whose people; None: everybody
    from_on: date
    until_on: date | None = None  # last day, inclusive
    reason: str
    decided_by_id: UUID
    decided_on: date
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class EquivalenceWithdrawal(SQLModel, table=True):
    """An equivalence gives nothing new from `recorded_at`; what it gave stays."""

    __tablename__ = "equivalence_withdrawals"

    equivalence_id: UUID = Field(foreign_key="equivalences.id", primary_key=True)
    withdrawn_by_id: UUID
    reason: str
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class ProgrammeCompletion(SQLModel, table=True):
    """One person completed one programme, as it was published then. Append-only, with two times like a completion.

    `digest` is of what the programme asked for; `round` counts the earlier completions of the same that were revoked
    or have lapsed.
    """

    __tablename__ = "programme_completions"
    __table_args__ = (
        Index("uq_programme_completions_round", "person_id", "programme", "digest", "round", unique=True),
        Index("ix_programme_completions_person_id_recorded_at", "person_id", "recorded_at"),
        Index("ix_programme_completions_programme_occurred_on", "programme", "occurred_on"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="persons.id")
    programme: str  # key
    digest: str
    document_id: UUID = Field(foreign_key="library_documents.id")  # the publication it was complete by
    round: int = 0
    rule: str  # version of the rule that decided
    occurred_on: date
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
    valid_until: date | None = None


class ProgrammeGround(SQLModel, table=True):
    """A completion that a programme's completion rests on."""

    __tablename__ = "programme_grounds"

    programme_completion_id: UUID = Field(foreign_key="programme_completions.id", primary_key=True)
    completion_id: UUID = Field(foreign_key="completions.id", primary_key=True, index=True)


class ProgrammeRevocation(SQLModel, table=True):
    """A programme's completion stopped counting, since `completion_id` was revoked and the rest no longer suffices."""

    __tablename__ = "programme_revocations"

    programme_completion_id: UUID = Field(foreign_key="programme_completions.id", primary_key=True)
    completion_id: UUID = Field(foreign_key="completions.id")
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class ValidityChange(SQLModel, table=True):
    """A fact counts until another day than the one recorded with it. Append-only: the newest row holds.

    `fact_id` is of a completion, a programme's completion or a skill record, as `kind` says; skill records lie above,
    so no foreign key. See `domain.validity`.
    """

    __tablename__ = "validity_changes"
    __table_args__ = (Index("ix_validity_changes_fact_id_recorded_at", "fact_id", "recorded_at"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: str
    fact_id: UUID
    person_id: UUID = Field(foreign_key="persons.id", index=True)
    valid_until: date | None  # none: it does not lapse after all, since the newer edition was taken back
    days_added: int  # by absences
    superseded_by_id: UUID | None = Field(default=None, foreign_key="course_versions.id")
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
