"""Somebody says that they are there, by the code on the wall."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.attendance import (
    AttendanceSigned,
    CheckInEarly,
    CheckInLate,
    MarkSource,
    NoSeat,
    OnWaitlist,
    OwnAttendance,
    SessionOff,
    TooManyCodes,
    WrongCode,
    holding,
)
from lms.joint_trainings.domain.bookings import BookingState
from lms.joint_trainings.domain.checkin import When, code_at, is_code, seconds_left
from lms.joint_trainings.models.attendance import CheckInThrottle
from lms.joint_trainings.policies.attendance import attendance_policy
from lms.joint_trainings.queries import attendance as queries
from lms.joint_trainings.queries.signoff import signatures_of
from lms.joint_trainings.service.attendance import append
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import table_of
from lms.kernel.errors import Fault

throttles = table_of(CheckInThrottle)
CLIENT = "code"  # one check-in a person and session


@dataclass(frozen=True, slots=True)
class Shown:
    """The code as facilitators show it; none outside the time in which it is taken."""

    when: When
    opens_at: datetime
    closes_at: datetime
    code: str | None = None
    seconds: int = 0  # that it is still shown


async def shown_code(session: AsyncSession, row: Any, *, actor: Actor) -> Shown:
    """The present code of a session, for who facilitates it."""
    if not (await queries.reach_of(session, row, actor=actor)).facilitates:
        raise OwnAttendance("Who facilitates the session shows its code.")
    if row.cancelled_at is not None:
        raise SessionOff()
    now, times = clock.now(), attendance_policy().check_in
    when = times.when(row.starts_at, now)
    opens, closes = times.opens_at(row.starts_at), times.closes_at(row.starts_at)
    if when is not When.OPEN:
        return Shown(when, opens, closes)
    return Shown(when, opens, closes, code_at(row.code_secret, str(row.id), now), seconds_left(now))


async def check_in(session: AsyncSession, *, acting: Actor, session_id: UUID, code: str) -> int:
    """Mark the actor as there for the whole session; the minutes that are now on record. Twice is once.

    Raises `WrongCode`, which the caller counts with `count_wrong_code` in the same transaction.
    """
    row = await queries.find_session(session, session_id, lock="share")
    person = await require_seat(session, row, acting=acting)
    minutes = await checked_in(session, row, acting.person_id)
    if minutes is not None:
        return minutes
    now, times = clock.now(), attendance_policy().check_in
    require_time(row, now)
    since = now - timedelta(minutes=times.tries_minutes)
    if await queries.wrong_codes(session, row.id, acting.person_id, since=since) >= times.tries:
        raise TooManyCodes(headers={"Retry-After": str(60 * times.tries_minutes)})
    if not is_code(row.code_secret, str(row.id), code, now):
        raise await _wrong(session, row, code, now)
    if person.host_id in (await signatures_of(session, [row.id]))[row.id]:
        raise AttendanceSigned()
    await append(
        session, acting=acting, row=row, person=person, source=MarkSource.CODE,
        minutes=row.minutes, at=now, client_id=f"{CLIENT}-{row.sequence}",
    )  # fmt: skip
    return int(row.minutes)


async def require_seat(session: AsyncSession, row: Any, *, acting: Actor) -> queries.Participant:
    """The actor as a participant with a seat who leads nothing here; else what stands in the way."""
    booking = await queries.booking_of(session, row.id, acting.person_id)
    if await queries.is_facilitator(session, row.id, acting.person_id):
        raise OwnAttendance()
    if booking is None:
        raise NoSeat()
    if booking.state == BookingState.WAITLISTED:
        raise OnWaitlist()
    return queries.Participant(acting.person_id, acting.name, booking.host_id)


async def checked_in(session: AsyncSession, row: Any, person_id: UUID) -> int | None:
    """Minutes that are on record for somebody now; None: nobody has marked them."""
    found = (await queries.marks_of(session, [row.id], persons_of=[person_id]))[row.id]
    held = holding(found, opens_at=attendance_policy().check_in.opens_at(row.starts_at)).get(person_id)
    return held.minutes if held else None


def require_time(row: Any, now: datetime) -> None:
    """Raise unless a code is taken now."""
    if row.cancelled_at is not None:
        raise SessionOff()
    when = attendance_policy().check_in.when(row.starts_at, now)
    if when is When.EARLY:
        raise CheckInEarly()
    if when is When.LATE:
        raise CheckInLate()


async def _wrong(session: AsyncSession, row: Any, code: str, now: datetime) -> WrongCode:
    """The same error, that says so where it is the code of another session that begins now."""
    times = attendance_policy().check_in
    first, last = now - timedelta(minutes=times.after), now + timedelta(minutes=times.before)
    others = await queries.starting_between(session, first, last)
    of_another = any(
        is_code(each.code_secret, str(each.id), code, now) for each in others if each.id != row.id
    )
    sentence = "This is the code of another session." if of_another else WrongCode.title + "."
    return WrongCode(sentence, faults=[Fault("/code", sentence)], is_of_another=of_another)


async def count_wrong_code(session: AsyncSession, *, acting: Actor, session_id: UUID) -> None:
    """Count one wrong code in the present minute."""
    values = {
        "session_id": session_id,
        "person_id": acting.person_id,
        "window_at": clock.now().replace(second=0, microsecond=0),
        "failures": 1,
    }
    again = {"failures": throttles.c.failures + 1}
    keys = ["session_id", "person_id", "window_at"]
    statement = insert(throttles).values(values)
    await session.execute(statement.on_conflict_do_update(index_elements=keys, set_=again))
