"""What hosts signed, who is still silent, and what somebody's attendance of a training comes to."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.attendance import MarkSource
from lms.joint_trainings.domain.bookings import BookingState
from lms.joint_trainings.domain.states import TrainingState
from lms.joint_trainings.models.attendance import AttendanceNote, AttendanceReminder, AttendanceSignature
from lms.joint_trainings.queries.attendance import attended, bookings, marks, revoked, sessions
from lms.joint_trainings.queries.trainings import hosts, trainings
from lms.kernel.database import table_of

signatures = table_of(AttendanceSignature)
reminders = table_of(AttendanceReminder)
notes = table_of(AttendanceNote)
_OFF = (TrainingState.DRAFT.value, TrainingState.CANCELLED.value)


async def signatures_of(session: AsyncSession, session_ids: Sequence[UUID]) -> dict[UUID, dict[UUID, Any]]:
    """The signature that holds, by session and host."""
    statement = (
        select(signatures)
        .where(signatures.c.session_id.in_(session_ids))
        .order_by(signatures.c.session_id, signatures.c.host_id, signatures.c.number)
    )
    found: dict[UUID, dict[UUID, Any]] = {each: {} for each in session_ids}
    for row in await session.execute(statement):
        found[row.session_id][row.host_id] = row
    return found


async def held_sessions(session: AsyncSession, training_id: UUID) -> Sequence[Any]:
    """A training's sessions that were not cancelled, in time order."""
    statement = (
        select(sessions)
        .where(sessions.c.training_id == training_id, sessions.c.cancelled_at.is_(None))
        .order_by(sessions.c.starts_at, sessions.c.id)
    )
    return (await session.execute(statement)).all()


async def standing_attendances(
    session: AsyncSession, training_id: UUID, person_ids: Collection[UUID]
) -> dict[UUID, Any]:
    """What is recorded of people's attendance and not revoked, by person."""
    statement = (
        select(attended)
        .join(revoked, revoked.c.attendance_id == attended.c.id, isouter=True)
        .where(
            attended.c.training_id == training_id,
            attended.c.person_id.in_(list(person_ids)),
            revoked.c.attendance_id.is_(None),
        )
    )
    return {row.person_id: row for row in await session.execute(statement)}


async def rounds_of(
    session: AsyncSession, training_id: UUID, person_ids: Collection[UUID]
) -> dict[UUID, int]:
    """How often people's attendance was recorded, revoked ones too."""
    statement = (
        select(attended.c.person_id, func.count())
        .where(attended.c.training_id == training_id, attended.c.person_id.in_(list(person_ids)))
        .group_by(attended.c.person_id)
    )
    return {row[0]: row[1] for row in await session.execute(statement)}


async def unsigned(
    session: AsyncSession, *, ended_before: datetime, training_id: UUID | None = None
) -> Sequence[Any]:
    """Each session that is over and host of people there that has not signed, with the day of its reminder."""
    is_signed = exists(
        select(literal(1)).where(signatures.c.session_id == sessions.c.id, signatures.c.host_id == hosts.c.id)
    )
    statement = (
        select(
            sessions.c.id.label("session_id"),
            sessions.c.title,
            sessions.c.ends_at,
            hosts.c.id.label("host_id"),
            hosts.c.entity_id,
            hosts.c.partner_id,
            reminders.c.recorded_at.label("reminded_at"),
        )
        .join(trainings, trainings.c.id == sessions.c.training_id)
        .join(hosts, hosts.c.training_id == trainings.c.id)
        .join(
            reminders,
            and_(reminders.c.session_id == sessions.c.id, reminders.c.host_id == hosts.c.id),
            isouter=True,
        )
        .where(
            sessions.c.ends_at < ended_before,
            sessions.c.cancelled_at.is_(None),
            trainings.c.state.notin_(_OFF),
            has_people(),
            ~is_signed,
        )
        .order_by(sessions.c.ends_at, sessions.c.id, hosts.c.id)
    )
    if training_id is not None:
        statement = statement.where(sessions.c.training_id == training_id)
    return (await session.execute(statement)).all()


def has_people() -> Any:
    """Whether the host (of `hosts`) had people at the session (of `sessions`): seats, or marks."""
    seated = select(literal(1)).where(
        bookings.c.session_id == sessions.c.id,
        bookings.c.host_id == hosts.c.id,
        bookings.c.state == BookingState.SEATED.value,
        bookings.c.person_id.isnot(None),
    )
    marked = select(literal(1)).where(marks.c.session_id == sessions.c.id, marks.c.host_id == hosts.c.id)
    return or_(exists(seated), exists(marked))


async def latest_reason(session: AsyncSession, training_id: UUID, person_id: UUID) -> str | None:
    """Why somebody's attendance was last corrected."""
    statement = (
        select(notes.c.words)
        .join(marks, marks.c.note_id == notes.c.id)
        .join(sessions, sessions.c.id == marks.c.session_id)
        .where(
            sessions.c.training_id == training_id,
            marks.c.person_id == person_id,
            marks.c.source == MarkSource.CORRECTION.value,
        )
        .order_by(marks.c.id.desc())
        .limit(1)
    )
    found: str | None = await session.scalar(statement)
    return found
