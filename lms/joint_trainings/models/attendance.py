"""Who was there: marks and signatures, which are facts and never changed, and what follows from them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from lms.kernel import clock
from lms.kernel.database import PERSONAL, document, moment
from lms.kernel.ids import new_id


class AttendanceMark(SQLModel, table=True):
    """Somebody was seen at a session for so many minutes; which mark holds is `domain.attendance.holding`.

    `client_id` is made where the mark was made, which may be a device without a line: sent twice it is one mark.
    """

    __tablename__ = "attendance_marks"
    __table_args__ = (
        Index("ix_attendance_marks_session_id", "session_id", "person_id"),
        Index("ix_attendance_marks_person_id", "person_id"),
        Index("uq_attendance_marks_client_id", "session_id", "by_id", "client_id", unique=True),
        CheckConstraint("minutes BETWEEN 0 AND 1440", name="minutes"),
        CheckConstraint("(source IN ('late', 'correction')) = (note_id IS NOT NULL)", name="reason"),
        CheckConstraint("(source = 'code') = (by_id = person_id)", name="own"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    session_id: UUID = Field(foreign_key="training_sessions.id")
    person_id: UUID = Field(foreign_key="persons.id")
    host_id: UUID = Field(foreign_key="training_hosts.id")  # whose person it was
    source: str  # domain.attendance.MarkSource
    minutes: int
    at: datetime = Field(sa_column=moment(nullable=False))  # when it was seen
    by_id: UUID = Field(foreign_key="persons.id")
    client_id: str
    note_id: UUID | None = Field(default=None, foreign_key="attendance_notes.id")
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class RefusedMark(SQLModel, table=True):
    """A mark that came when it could not be taken any more, kept so that nobody wonders where it went."""

    __tablename__ = "refused_marks"
    __table_args__ = (Index("uq_refused_marks_client_id", "session_id", "by_id", "client_id", unique=True),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    session_id: UUID = Field(foreign_key="training_sessions.id")
    person_id: UUID = Field(foreign_key="persons.id")
    minutes: int
    at: datetime = Field(sa_column=moment(nullable=False))
    by_id: UUID = Field(foreign_key="persons.id")
    client_id: str
    why: str  # type of the problem it was refused with
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class AttendanceNote(SQLModel, table=True):
    """Why somebody was marked late or otherwise than signed; personal, so apart from the fact, and erasable."""

    __tablename__ = "attendance_notes"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="persons.id", index=True)
    words: str | None = Field(default=None, sa_column_kwargs={"info": PERSONAL})
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
    erased_at: datetime | None = Field(default=None, sa_column=moment())


class CheckInThrottle(SQLModel, table=True):
    """Wrong codes of one person for one session in one minute."""

    __tablename__ = "check_in_throttles"

    session_id: UUID = Field(foreign_key="training_sessions.id", primary_key=True)
    person_id: UUID = Field(foreign_key="persons.id", primary_key=True)
    window_at: datetime = Field(sa_column=moment(primary_key=True))
    failures: int = 0


class AttendanceSignature(SQLModel, table=True):
    """What a host signed, or the list closed for it. After a correction it is signed again: the last one holds."""

    __tablename__ = "attendance_signatures"
    __table_args__ = (
        Index("uq_attendance_signatures", "session_id", "host_id", "number", unique=True),
        CheckConstraint("(kind = 'signed') = (by_id IS NOT NULL)", name="signed"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    session_id: UUID = Field(foreign_key="training_sessions.id")
    host_id: UUID = Field(foreign_key="training_hosts.id")
    number: int
    kind: str  # domain.signoff.ClosedBy
    lines: list[Any] = Field(sa_column=document(nullable=False))  # [{"person": id, "minutes": n}]
    digest: str
    rule: str
    by_id: UUID | None = Field(default=None, foreign_key="persons.id")
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class AttendanceReminder(SQLModel, table=True):
    """A host that had not signed was reminded, once."""

    __tablename__ = "attendance_reminders"
    __table_args__ = (Index("uq_attendance_reminders", "session_id", "host_id", unique=True),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    session_id: UUID = Field(foreign_key="training_sessions.id")
    host_id: UUID = Field(foreign_key="training_hosts.id")
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class TrainingAttendance(SQLModel, table=True):
    """Somebody attended a training, whatever their side. `round` counts those revoked before.

    Where the training takes people through a course, its completion names this row.
    """

    __tablename__ = "training_attendances"
    __table_args__ = (
        Index("uq_training_attendances", "training_id", "person_id", "round", unique=True),
        Index("ix_training_attendances_person_id", "person_id", "recorded_at"),
        CheckConstraint("minutes > 0", name="minutes"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    training_id: UUID = Field(foreign_key="joint_trainings.id")
    person_id: UUID = Field(foreign_key="persons.id")
    round: int = 0
    minutes: int
    rule: str
    occurred_on: date
    completion_id: UUID | None = Field(default=None, foreign_key="completions.id")
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class TrainingAttendanceRevocation(SQLModel, table=True):
    """After a correction it counts no more, from `recorded_at`."""

    __tablename__ = "training_attendance_revocations"

    attendance_id: UUID = Field(foreign_key="training_attendances.id", primary_key=True)
    revoked_by_id: UUID
    note_id: UUID = Field(foreign_key="attendance_notes.id")
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
