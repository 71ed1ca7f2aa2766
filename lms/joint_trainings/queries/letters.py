"""What mails about sessions say, to whom. Rows carry an address, so that only jobs read them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.bookings import BookingState
from lms.joint_trainings.queries.sessions import bookings, facilitators, sessions
from lms.joint_trainings.queries.trainings import persons, trainings

_OF_SESSION = (
    sessions.c.id.label("session_id"),
    sessions.c.title,
    sessions.c.place,
    sessions.c.link,
    sessions.c.zone,
    sessions.c.fold,
    sessions.c.starts_at,
    sessions.c.ends_at,
    sessions.c.sequence,
    sessions.c.cancelled_at,
    sessions.c.cancelled_reason,
    trainings.c.title.label("training_title"),
    persons.c.name,
    persons.c.email,
    persons.c.language,
)
_REACHED = (persons.c.email.isnot(None), persons.c.erased_at.is_(None))


def _booked() -> Select[Any]:
    return (
        select(*(column for column in bookings.c if column.name != "session_id"), *_OF_SESSION)
        .join(sessions, sessions.c.id == bookings.c.session_id)
        .join(trainings, trainings.c.id == sessions.c.training_id)
        .join(persons, persons.c.id == bookings.c.person_id)
        .where(*_REACHED)
    )


async def letters_of(session: AsyncSession, booking_ids: Sequence[UUID]) -> Sequence[Any]:
    """Bookings as they stand, with the session and the person's address."""
    statement = _booked().where(bookings.c.id.in_(booking_ids)).order_by(bookings.c.id)
    rows: Sequence[Any] = (await session.execute(statement)).all()
    return rows


async def seated_in(session: AsyncSession, session_ids: Sequence[UUID]) -> Sequence[Any]:
    """The same of those who have a seat in these sessions."""
    seated = (bookings.c.session_id.in_(session_ids), bookings.c.state == BookingState.SEATED.value)
    rows: Sequence[Any] = (await session.execute(_booked().where(*seated).order_by(bookings.c.id))).all()
    return rows


async def leads_of(
    session: AsyncSession, session_ids: Sequence[UUID] = (), ids: Sequence[UUID] = ()
) -> Sequence[Any]:
    """Those who lead these sessions, or these by their own ids, with the session and their address."""
    which: ColumnElement[bool] = (
        facilitators.c.session_id.in_(session_ids) if session_ids else facilitators.c.id.in_(ids)
    )
    statement = (
        select(facilitators.c.id, literal(1).label("revision"), *_OF_SESSION)
        .join(sessions, sessions.c.id == facilitators.c.session_id)
        .join(trainings, trainings.c.id == sessions.c.training_id)
        .join(persons, persons.c.id == facilitators.c.person_id)
        .where(which, *_REACHED)
        .order_by(facilitators.c.id)
    )
    return (await session.execute(statement)).all()
