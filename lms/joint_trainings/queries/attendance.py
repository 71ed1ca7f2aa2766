"""Who is to mark whom at a session, and what was marked. Names are narrowed to those whom the asker may see."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import String, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.attendance import Mark, MarkSource
from lms.joint_trainings.domain.bookings import BookingState
from lms.joint_trainings.domain.sessions import SessionNotFound
from lms.joint_trainings.models.attendance import (
    AttendanceMark,
    CheckInThrottle,
    RefusedMark,
    TrainingAttendance,
    TrainingAttendanceRevocation,
)
from lms.joint_trainings.models.sessions import Booking, SessionFacilitator, TrainingSession
from lms.joint_trainings.queries.trainings import acts_for, hosts_of, persons, trainings
from lms.kernel.access import Actor
from lms.kernel.database import table_of

sessions = table_of(TrainingSession)
facilitators = table_of(SessionFacilitator)
bookings = table_of(Booking)
marks = table_of(AttendanceMark)
refused = table_of(RefusedMark)
throttles = table_of(CheckInThrottle)
attended = table_of(TrainingAttendance)
revoked = table_of(TrainingAttendanceRevocation)


def _read() -> Any:
    named = (
        trainings.c.title.label("training_title"),
        trainings.c.language.label("training_language"),
        trainings.c.state.label("training_state"),
        trainings.c.lead_entity_id,
    )
    return select(sessions, *named).join(trainings, trainings.c.id == sessions.c.training_id)


async def find_session(session: AsyncSession, session_id: UUID, *, lock: str | None = None) -> Any:
    """The session with its training's title; the caller asks for whom. `lock`: "share" for a mark, "own" to sign."""
    statement = _read().where(sessions.c.id == session_id)
    if lock is not None:
        statement = statement.with_for_update(of=sessions, read=lock == "share", key_share=lock == "own")
    found = (await session.execute(statement)).one_or_none()
    if found is None:
        raise SessionNotFound()
    return found


@dataclass(frozen=True, slots=True)
class Reach:
    """What an actor has to do with a session: hosts whose people they mark, and hosts for which they sign.

    Who facilitates for an entity marks everybody; who does so for a partner, that partner's people.
    """

    hosts: tuple[Any, ...]  # rows of `hosts_of`, of the whole training
    facilitates: bool = False
    marks: frozenset[UUID] = frozenset()
    signs: frozenset[UUID] = frozenset()

    @property
    def sees(self) -> frozenset[UUID]:
        """Hosts whose people's names are shown."""
        return self.marks | self.signs

    def host(self, host_id: UUID) -> Any:
        """The host's row."""
        return next(each for each in self.hosts if each.id == host_id)


async def reach_of(session: AsyncSession, row: Any, *, actor: Actor) -> Reach:
    """How far an actor reaches at a session; whom it does not concern sees no session here."""
    found = (await hosts_of(session, [row.training_id]))[row.training_id]
    leading = await session.scalar(
        select(facilitators.c.host_id).where(
            facilitators.c.session_id == row.id, facilitators.c.person_id == actor.person_id
        )
    )
    reach = Reach(
        hosts=tuple(found),
        facilitates=leading is not None,
        marks=_marked_by(found, leading),
        signs=frozenset(each.id for each in found if acts_for(actor, each)),
    )
    if not reach.facilitates and not reach.signs:
        raise SessionNotFound()
    return reach


def _marked_by(found: Sequence[Any], leading: UUID | None) -> frozenset[UUID]:
    own = next((each for each in found if each.id == leading), None)
    if own is None:
        return frozenset()
    return frozenset({own.id} if own.partner_id else {each.id for each in found})


async def is_facilitator(session: AsyncSession, session_id: UUID, person_id: UUID) -> bool:
    """Whether somebody facilitates a session."""
    statement = select(facilitators.c.id).where(
        facilitators.c.session_id == session_id, facilitators.c.person_id == person_id
    )
    return await session.scalar(statement) is not None


async def booking_of(session: AsyncSession, session_id: UUID, person_id: UUID) -> Any | None:
    """Somebody's live booking of a session."""
    live = (BookingState.SEATED.value, BookingState.WAITLISTED.value)
    statement = select(bookings).where(
        bookings.c.session_id == session_id,
        bookings.c.person_id == person_id,
        bookings.c.state.in_(live),
    )
    return (await session.execute(statement)).one_or_none()


# -- the list ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody who has a seat, or was marked before they gave it back."""

    id: UUID
    name: str
    host_id: UUID
    sort_key: str = field(default="", compare=False)


async def participants_of(
    session: AsyncSession, session_id: UUID, *, of_hosts: Collection[UUID] | None = None
) -> list[Participant]:
    """Those who are to be there, in name order, once each. `of_hosts`: of these alone; None: of all."""
    seated = select(bookings.c.person_id, bookings.c.host_id).where(
        bookings.c.session_id == session_id,
        bookings.c.state == BookingState.SEATED.value,
        bookings.c.person_id.isnot(None),
    )
    marked = select(marks.c.person_id, marks.c.host_id).where(marks.c.session_id == session_id)
    there = seated.union(marked).subquery()
    statement = (
        select(persons.c.id, persons.c.name, persons.c.sort_key, func.min(cast(there.c.host_id, String)))
        .join(there, there.c.person_id == persons.c.id)
        .group_by(persons.c.id)
        .order_by(persons.c.sort_key, persons.c.id)
    )
    if of_hosts is not None:
        statement = statement.where(there.c.host_id.in_(list(of_hosts)))
    rows = await session.execute(statement)
    return [Participant(row[0], row[1], UUID(row[3]), row[2]) for row in rows]


async def marks_of(
    session: AsyncSession, session_ids: Sequence[UUID], *, persons_of: Collection[UUID] | None = None
) -> dict[UUID, list[Mark]]:
    """Marks by session, as the rules know them."""
    statement = select(marks).where(marks.c.session_id.in_(session_ids))
    if persons_of is not None:
        statement = statement.where(marks.c.person_id.in_(list(persons_of)))
    found: dict[UUID, list[Mark]] = {each: [] for each in session_ids}
    for row in await session.execute(statement):
        mark = Mark(str(row.id), row.person_id, MarkSource(row.source), row.minutes, row.at)
        found[row.session_id].append(mark)
    return found


async def answered_before(
    session: AsyncSession, session_id: UUID, by_id: UUID, client_ids: Sequence[str]
) -> dict[str, str | None]:
    """Marks that came before, by the client's id: None where one was taken, else why it was refused."""
    taken = select(marks.c.client_id).where(
        marks.c.session_id == session_id, marks.c.by_id == by_id, marks.c.client_id.in_(client_ids)
    )
    turned_away = select(refused.c.client_id, refused.c.why).where(
        refused.c.session_id == session_id, refused.c.by_id == by_id, refused.c.client_id.in_(client_ids)
    )
    found: dict[str, str | None] = {row.client_id: row.why for row in await session.execute(turned_away)}
    return found | dict.fromkeys(await session.scalars(taken))


# -- checking in -------------------------------------------------------------------------------------------


async def wrong_codes(session: AsyncSession, session_id: UUID, person_id: UUID, *, since: datetime) -> int:
    """How many wrong codes somebody gave for a session since a moment."""
    statement = select(func.coalesce(func.sum(throttles.c.failures), 0)).where(
        throttles.c.session_id == session_id,
        throttles.c.person_id == person_id,
        throttles.c.window_at >= since,
    )
    return int(await session.scalar(statement) or 0)


async def starting_between(session: AsyncSession, first: datetime, last: datetime) -> Sequence[Any]:
    """Sessions that begin between two moments: those whose code somebody may have taken for another's."""
    statement = select(sessions.c.id, sessions.c.code_secret).where(
        sessions.c.starts_at.between(first, last), sessions.c.cancelled_at.is_(None)
    )
    return (await session.execute(statement.limit(500))).all()


# -- one's own ---------------------------------------------------------------------------------------------


async def facilitated_by(session: AsyncSession, person_id: UUID, *, since: datetime) -> Sequence[Any]:
    """Sessions that somebody leads and that end after a moment, the next one first."""
    statement = (
        _read()
        .join(facilitators, facilitators.c.session_id == sessions.c.id)
        .where(facilitators.c.person_id == person_id, sessions.c.ends_at > since)
        .order_by(sessions.c.starts_at, sessions.c.id)
    )
    rows: Sequence[Any] = (await session.execute(statement.limit(200))).all()
    return rows


async def attended_by(
    session: AsyncSession, person_id: UUID, *, after: Sequence[str] | None = None, limit: int = 200
) -> Sequence[Any]:
    """Trainings that somebody attended, the latest recorded first; revoked ones say when."""
    statement = (
        select(
            attended,
            trainings.c.title.label("training_title"),
            trainings.c.language.label("training_language"),
            revoked.c.recorded_at.label("revoked_at"),
        )
        .join(trainings, trainings.c.id == attended.c.training_id)
        .join(revoked, revoked.c.attendance_id == attended.c.id, isouter=True)
        .where(attended.c.person_id == person_id)
        .order_by(attended.c.id.desc())
        .limit(limit)
    )
    if after:
        statement = statement.where(attended.c.id < UUID(after[0]))
    return (await session.execute(statement)).all()
