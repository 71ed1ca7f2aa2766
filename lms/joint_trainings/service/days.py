"""What comes by itself as days pass: seats released, invitations over, lines that end when a session begins."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.bookings import BookingState, Cause
from lms.joint_trainings.queries.sessions import due_for_days, sessions
from lms.joint_trainings.service import seats
from lms.joint_trainings.service.bookings import end
from lms.joint_trainings.service.seats import Group, lock_group
from lms.kernel import clock


async def follow_session(session: AsyncSession, session_id: UUID) -> None:
    """Do for a session, and those booked with it, what its day brings. Done twice, it does nothing."""
    group, now = await lock_group(session, session_id), clock.now()
    live = await seats.claims_in(session, group.ids)
    for row in _one_each([row for row in live if row["held_until"] and row["held_until"] <= now]):
        await end(session, group, row, BookingState.LAPSED, Cause.EXPIRED, acting=None)
    if group.first["starts_at"] <= now:
        await _close_line(session, group)
    else:
        await seats.settle(session, group, acting=None)
    if group.quotas.release_on and group.today >= group.quotas.release_on:
        unseen = (sessions.c.id.in_(group.ids), sessions.c.released_at.is_(None))
        await session.execute(update(sessions).where(*unseen).values(released_at=now))


def _one_each(rows: list[dict[str, Any]] | Any) -> list[dict[str, Any]]:
    """One booking of each invitation: the others end with it."""
    return list({row["invitation_id"]: row for row in rows}.values())


async def _close_line(session: AsyncSession, group: Group) -> None:
    """Nobody comes in any more: who waited, or did not answer, waits no longer."""
    waiting = [
        row for row in await seats.claims_in(session, group.ids) if row["state"] != BookingState.SEATED
    ]
    now, cause = clock.now(), Cause.SESSION_BEGAN
    await seats.move(session, group, waiting, BookingState.LAPSED, cause, acting=None, ended_at=now)


async def due_sessions(session: AsyncSession) -> list[UUID]:
    """Sessions for which a day has brought something that is still to be done."""
    return list(await session.scalars(due_for_days(clock.now())))


_REMINDERS = {
    # name: column, least and most hours before the session
    "day": (sessions.c.day_reminded_at, 0, 24),
    "week": (sessions.c.week_reminded_at, 144, 168),
}


async def due_reminders(session: AsyncSession) -> list[tuple[UUID, str]]:
    """Sessions whose people are to be reminded now, each with `week` or `day`."""
    now, due = clock.now(), list[tuple[UUID, str]]()
    for name, (column, least, most) in _REMINDERS.items():
        soon = (
            sessions.c.starts_at > now + timedelta(hours=least),
            sessions.c.starts_at <= now + timedelta(hours=most),
            sessions.c.cancelled_at.is_(None),
            column.is_(None),
        )
        due += [(each, name) for each in await session.scalars(select(sessions.c.id).where(*soon))]
    return due


async def mark_reminded(session: AsyncSession, due: list[tuple[UUID, str]]) -> None:
    """Say that the mails went out."""
    for name, (column, _, _) in _REMINDERS.items():
        ids = [session_id for session_id, which in due if which == name]
        marked = update(sessions).where(sessions.c.id.in_(ids)).values({column.name: clock.now()})
        await session.execute(marked)
