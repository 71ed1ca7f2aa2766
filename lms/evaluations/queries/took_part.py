"""Who is asked: those who have a seat before, those who were there afterwards. By id, for use cases and jobs."""

from uuid import UUID

from sqlalchemy import ColumnElement, exists, literal, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.models.attendance import (
    AttendanceMark,
    TrainingAttendance,
    TrainingAttendanceRevocation,
)
from lms.joint_trainings.models.sessions import Booking, TrainingSession
from lms.kernel.database import table_of

sessions = table_of(TrainingSession)
bookings = table_of(Booking)
marks = table_of(AttendanceMark)
attendances = table_of(TrainingAttendance)
revocations = table_of(TrainingAttendanceRevocation)


def _of(training_id: UUID) -> ColumnElement[bool]:
    return sessions.c.training_id == training_id


async def who_was_there(session: AsyncSession, training_id: UUID) -> list[UUID]:
    """Those who were seen at a session or attended; where nobody was marked yet, those who had a seat.

    A reaction is asked for at once, and hosts have ten working days to sign: who turns out to have attended later is
    asked then (`opening.on_training_attended`).
    """
    seen = (
        select(marks.c.person_id)
        .join(sessions, sessions.c.id == marks.c.session_id)
        .where(_of(training_id), marks.c.minutes > 0)
    )
    revoked = exists(select(literal(1)).where(revocations.c.attendance_id == attendances.c.id))
    attended = select(attendances.c.person_id).where(attendances.c.training_id == training_id, ~revoked)
    found = list(await session.scalars(union(seen, attended)))
    return found or await who_has_a_seat(session, training_id)


async def who_has_a_seat(session: AsyncSession, training_id: UUID) -> list[UUID]:
    """Those who have a seat in any of its sessions, and were not noted as absent."""
    statement = (
        select(bookings.c.person_id)
        .distinct()
        .join(sessions, sessions.c.id == bookings.c.session_id)
        .where(_of(training_id), sessions.c.cancelled_at.is_(None))
        .where(bookings.c.state == "seated", bookings.c.person_id.isnot(None))
        .where(bookings.c.no_show_at.is_(None))
    )
    return list(await session.scalars(statement))
