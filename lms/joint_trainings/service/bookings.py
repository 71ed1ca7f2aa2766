"""Bookings made and given back: for oneself, and by a host for its own people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.bookings import (
    LIVE,
    BookingNotFound,
    BookingPolicy,
    BookingState,
    BooksLater,
    Cause,
    NotOpen,
    NotOpenToYou,
    counted_since,
    has_to_wait,
    host_of,
    is_late,
)
from lms.joint_trainings.domain.sessions import NotYourPeople, SessionNotFound, SessionOver
from lms.joint_trainings.domain.states import OPEN_STATES, TrainingState
from lms.joint_trainings.queries.bookings import Asked, asked_of, get_booking
from lms.joint_trainings.queries.sessions import bookings, get_session
from lms.joint_trainings.queries.trainings import acts_for, hosts_of
from lms.joint_trainings.service import seats
from lms.joint_trainings.service.seats import Entry, Group, lock_group
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.errors import Fault
from lms.people.invitations import service as invitations
from lms.people.models import Invitation
from lms.people.queries import find_person_by_email

_HOST, _INVITE = Permission.TRAININGS_HOST, Permission.PARTNER_PEOPLE_INVITE


@dataclass(frozen=True, slots=True)
class Booked:
    """How somebody's booking stands. `made`: what this call made, a booking a session; nothing where it was there."""

    state: BookingState
    made: Sequence[Mapping[str, Any]] = ()

    @property
    def is_new(self) -> bool:
        """Whether this call made it."""
        return bool(self.made)


async def book(
    session: AsyncSession, *, acting: Actor, session_id: UUID, policy: BookingPolicy
) -> tuple[Booked, Asked]:
    """Book for oneself, with all that is attended together: seated, or waiting in order. Twice is once.

    Raises `NotOpenToYou`, `NotOpen`, `SessionOver` and `BooksLater`.
    """
    since = counted_since(clock.now(), policy)
    asked = await asked_of(session, session_id, acting.person_id, since=since)
    if asked is None:
        raise SessionNotFound()
    host = host_of(asked.hosts, asked.belonging)
    if host is None:
        await get_session(session, session_id, actor=acting)
        raise NotOpenToYou()
    entry = Entry(host.id, acting.person_id)
    booked = await book_person(
        session, acting=acting, session_id=session_id, entry=entry, left_empty=asked.left_empty, policy=policy
    )
    return booked, asked


async def book_person(
    session: AsyncSession,
    *,
    acting: Actor,
    session_id: UUID,
    entry: Entry,
    left_empty: int,
    policy: BookingPolicy,
) -> Booked:
    """Book a person of a known host; whoever calls has seen that they may be booked by `acting`."""
    group = await lock_group(session, session_id, entry.person_id)
    if group.own is not None:
        return Booked(group.own)
    require_bookable(group)
    if has_to_wait(left_empty, group.first["starts_at"], clock.now(), policy):
        raise BooksLater(
            f"{left_empty} seats were left empty within {policy.months} months; book within {policy.open_hours} hours "
            "before the session, if a seat is free then."
        )
    made = await seats.enter(session, group, entry, acting=acting)
    return Booked(BookingState(made[0]["state"]), made)


def require_bookable(group: Group) -> None:
    """Raise unless seats of a locked group are booked now."""
    if TrainingState(group.first["training_state"]) not in OPEN_STATES:
        raise NotOpen()
    group.require_open()


async def live_in(session: AsyncSession, group: Group, person_id: UUID) -> list[Any]:
    """Somebody's live bookings in a locked group."""
    statement = bookings.select().where(
        bookings.c.session_id.in_(group.ids),
        bookings.c.person_id == person_id,
        bookings.c.state.in_([each.value for each in LIVE]),
    )
    return [dict(row._mapping) for row in await session.execute(statement)]


# -- for others --------------------------------------------------------------------------------------------


async def book_for(
    session: AsyncSession, *, acting: Actor, session_id: UUID, email: str, policy: BookingPolicy
) -> Booked:
    """Book somebody of a host for which one acts, by e-mail.

    Raises `NotYourPeople` alike for an unknown address and for people of others.
    """
    row = await get_session(session, session_id, actor=acting, permission=_HOST)
    person = await find_person_by_email(session, email)
    hosts = (await hosts_of(session, [row.training_id]))[row.training_id]
    since = counted_since(clock.now(), policy)
    asked = await asked_of(session, session_id, person.id, since=since) if person else None
    host = host_of(hosts, asked.belonging) if asked else None
    theirs = host is not None and (
        acts_for(acting, host) or (asked and asked.belonging.path and acting.may(_HOST, asked.belonging.path))
    )
    if person is None or asked is None or host is None or not theirs:
        said = "Nobody of a host for which you act has this address."
        raise NotYourPeople(said, faults=[Fault("/person", said)])
    entry = Entry(host.id, person.id)
    return await book_person(
        session, acting=acting, session_id=session_id, entry=entry, left_empty=asked.left_empty, policy=policy
    )


# -- giving back -------------------------------------------------------------------------------------------


async def cancel(session: AsyncSession, *, acting: Actor, booking_id: UUID, policy: BookingPolicy) -> None:
    """Give a seat back, or leave the line: oneself, or the host for its people. Twice is once.

    Where all sessions are attended, all that are still to come are given back. Whoever waits moves up.
    """
    seen = await get_booking(session, booking_id, actor=acting, permission=_HOST)
    if seen.state == BookingState.HELD:
        # Accepting locks the invitation first and the sessions then; so does this.
        await session.get(Invitation, seen.invitation_id, with_for_update=True)
    group = await lock_group(session, seen.session_id)
    row = await _read(session, booking_id)
    if row["state"] not in LIVE:
        return
    if seen.starts_at <= clock.now():
        raise SessionOver("This session has begun; who was there is said in its attendance.")
    await end(session, group, row, BookingState.CANCELLED, Cause.CANCELLED, acting=acting, policy=policy)
    if row["state"] == BookingState.HELD and seen.partner_id in acting.partners(_INVITE):
        await invitations.withdraw(
            session, acting=acting, partner_id=seen.partner_id, invitation_id=row["invitation_id"]
        )
    await seats.settle(session, group, acting=acting)


async def _read(session: AsyncSession, booking_id: UUID) -> dict[str, Any]:
    found = (await session.execute(bookings.select().where(bookings.c.id == booking_id))).one_or_none()
    if found is None:
        raise BookingNotFound()
    return dict(found._mapping)


async def end(
    session: AsyncSession,
    group: Group,
    row: dict[str, Any],
    to: BookingState,
    cause: Cause,
    *,
    acting: Actor | None,
    policy: BookingPolicy | None = None,
) -> None:
    """End one booking and those made with it, as far as their sessions are still to come."""
    now = clock.now()
    to_come = [each["id"] for each in group.sessions if each["starts_at"] > now and not each["cancelled_at"]]
    whose = "person_id" if row["person_id"] else "invitation_id"
    theirs = [each for each in await seats.claims_in(session, to_come) if each[whose] == row[whose]]
    begins = min((each["starts_at"] for each in group.sessions if each["id"] in to_come), default=now)
    late = policy is not None and row["state"] == BookingState.SEATED and is_late(begins, now, policy)
    by = acting.person_id if acting else None
    # One seat given back late is counted once, however many sessions it stands for.
    first = [each for each in theirs if each["id"] == row["id"]]
    rest = [each for each in theirs if each["id"] != row["id"]]
    ended = {"ended_at": now, "ended_by_id": by}
    await seats.move(session, group, first, to, cause, acting=acting, is_late=late, **ended)
    await seats.move(session, group, rest, to, cause, acting=acting, **ended)


async def mark_no_shows(session: AsyncSession, booking_ids: Sequence[UUID], *, acting: Actor | None) -> None:
    """Say of seated people, once attendance is closed, that they were not there. Twice is once."""
    statement = bookings.select().where(
        bookings.c.id.in_(booking_ids),
        bookings.c.state == BookingState.SEATED.value,
        bookings.c.no_show_at.is_(None),
    )
    rows = [dict(row._mapping) for row in await session.execute(statement)]
    for session_id in sorted({row["session_id"] for row in rows}):
        group = await lock_group(session, session_id)
        some = [row for row in rows if row["session_id"] == session_id]
        now = clock.now()
        await seats.move(
            session, group, some, BookingState.SEATED, Cause.NO_SHOW, acting=acting, no_show_at=now
        )
