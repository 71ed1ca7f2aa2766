"""Sessions of a joint training, who facilitates them, how their seats are shared out, and who booked one."""

from datetime import date, datetime, time
from secrets import token_hex
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Time, text
from sqlmodel import Field, SQLModel

from lms.kernel import clock
from lms.kernel.database import keys, moment
from lms.kernel.ids import new_id

_LIVE = "state IN ('held', 'seated', 'waitlisted')"


class TrainingSession(SQLModel, table=True):
    """One sitting. Its local day and time with their zone are what was agreed; the moments follow from them."""

    __tablename__ = "training_sessions"
    __table_args__ = (
        Index("ix_training_sessions_training_id", "training_id", "starts_at"),
        Index("ix_training_sessions_starts_at", "starts_at"),
        CheckConstraint("minutes BETWEEN 1 AND 1440", name="minutes"),
        CheckConstraint("seats BETWEEN 1 AND 10000", name="seats"),
        CheckConstraint("ends_at > starts_at", name="ends_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    training_id: UUID = Field(foreign_key="joint_trainings.id")
    title: str
    place: str | None = None
    link: str | None = None
    local_on: date
    local_at: time = Field(sa_column=Column(Time(), nullable=False))
    fold: int = 0  # 1: the second of two equal times, where clocks are set back
    zone: str  # IANA
    minutes: int
    starts_at: datetime = Field(sa_column=moment(nullable=False))
    ends_at: datetime = Field(sa_column=moment(nullable=False))
    languages: list[str] = Field(default_factory=list, sa_column=keys())
    seats: int  # all of them; what no host's quota holds is open to every host
    release_on: date | None = None  # local day from which unused seats are everybody's
    released_at: datetime | None = Field(default=None, sa_column=moment())  # the job has seen that day
    code_secret: str = Field(default_factory=lambda: token_hex(20))  # of the code for checking in
    sequence: int = 0  # RFC 5545: counts changes of when and where
    week_reminded_at: datetime | None = Field(default=None, sa_column=moment())
    day_reminded_at: datetime | None = Field(default=None, sa_column=moment())
    cancelled_at: datetime | None = Field(default=None, sa_column=moment())
    cancelled_by_id: UUID | None = Field(default=None, foreign_key="persons.id")
    cancelled_reason: str | None = None
    created_by_id: UUID = Field(foreign_key="persons.id")
    revision: int = 1
    created_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class SessionFacilitator(SQLModel, table=True):
    """Who leads a session, for which host. `consented_at`: they may be named to those who take part."""

    __tablename__ = "session_facilitators"
    __table_args__ = (
        Index("uq_session_facilitators", "session_id", "person_id", unique=True),
        Index("ix_session_facilitators_person_id", "person_id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    session_id: UUID = Field(foreign_key="training_sessions.id")
    person_id: UUID = Field(foreign_key="persons.id")
    host_id: UUID = Field(foreign_key="training_hosts.id", ondelete="CASCADE")  # a host leaves a draft only
    consented_at: datetime | None = Field(default=None, sa_column=moment())
    created_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class SeatQuota(SQLModel, table=True):
    """Seats of a session that are one host's until the day of release."""

    __tablename__ = "seat_quotas"
    __table_args__ = (CheckConstraint("seats >= 0", name="seats"),)

    session_id: UUID = Field(foreign_key="training_sessions.id", primary_key=True)
    host_id: UUID = Field(foreign_key="training_hosts.id", primary_key=True, ondelete="CASCADE")
    seats: int


class Booking(SQLModel, table=True):
    """A person's place in a session, or one kept for somebody invited who has no account yet.

    `number` is the order within the session, given while the session is locked; at most one booking of a person for a
    session is live.
    """

    __tablename__ = "bookings"
    __table_args__ = (
        Index("uq_bookings_number", "session_id", "number", unique=True),
        Index("uq_bookings_live", "session_id", "person_id", unique=True, postgresql_where=text(_LIVE)),
        Index(
            "uq_bookings_invitation", "session_id", "invitation_id", unique=True, postgresql_where=text(_LIVE)
        ),
        Index("ix_bookings_person_id", "person_id"),
        Index("ix_bookings_invitation_id", "invitation_id"),
        CheckConstraint("person_id IS NOT NULL OR invitation_id IS NOT NULL", name="somebody"),
        CheckConstraint("(state = 'held') = (held_until IS NOT NULL AND ended_at IS NULL)", name="held"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    number: int
    session_id: UUID = Field(foreign_key="training_sessions.id")
    person_id: UUID | None = Field(default=None, foreign_key="persons.id")
    invitation_id: UUID | None = None  # of `people`, for which the seat is held, or from which it came
    host_id: UUID = Field(foreign_key="training_hosts.id")  # whose person it is
    seat_host_id: UUID | None = Field(
        default=None, foreign_key="training_hosts.id"
    )  # whose quota gave the seat when it was given; none: nobody's
    state: str  # domain.bookings.BookingState
    booked_by_id: UUID | None = Field(default=None, foreign_key="persons.id")
    booked_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
    seated_at: datetime | None = Field(default=None, sa_column=moment())
    held_until: datetime | None = Field(default=None, sa_column=moment())
    ended_at: datetime | None = Field(default=None, sa_column=moment())  # cancelled or lapsed
    ended_by_id: UUID | None = Field(default=None, foreign_key="persons.id")  # none: it lapsed by itself
    is_late: bool = False  # cancelled when it was too late to give the seat to another in good time
    no_show_at: datetime | None = Field(default=None, sa_column=moment())  # set when attendance is closed
    revision: int = 1


class BookingMove(SQLModel, table=True):
    """What happened to a booking; never changed."""

    __tablename__ = "booking_moves"
    __table_args__ = (Index("ix_booking_moves_booking_id", "booking_id", "id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    booking_id: UUID = Field(foreign_key="bookings.id")
    session_id: UUID = Field(foreign_key="training_sessions.id")
    person_id: UUID | None = Field(default=None, foreign_key="persons.id")
    from_state: str | None = None  # none: it was made
    to_state: str
    cause: str  # domain.bookings.Cause
    seat_host_id: UUID | None = Field(default=None, foreign_key="training_hosts.id")
    by_id: UUID | None = Field(default=None, foreign_key="persons.id")  # none: by itself
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
