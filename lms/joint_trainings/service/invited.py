"""Seats held for people of a partner who are invited by e-mail, until they accept or the invitation ends."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.bookings import BookingPolicy, BookingState, Cause, NoSeatLeft
from lms.joint_trainings.domain.seats import can_seat
from lms.joint_trainings.domain.sessions import NotYourPeople
from lms.joint_trainings.domain.states import OPEN_STATES, TrainingState
from lms.joint_trainings.models.trainings import JointTraining
from lms.joint_trainings.queries.sessions import bookings, get_session
from lms.joint_trainings.queries.trainings import hosts_of
from lms.joint_trainings.service import seats
from lms.joint_trainings.service.bookings import Booked, book_for, book_person, end, live_in, require_bookable
from lms.joint_trainings.service.gate import shut_out
from lms.joint_trainings.service.seats import Entry, Group, lock_group
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.errors import Fault
from lms.partners.domain.screening import NotClear
from lms.people.domain import email_key
from lms.people.invitations import service as invitations
from lms.people.invitations.domain import InvitationAccepted, InvitationWithdrawn, Invited, Purpose
from lms.people.invitations.queries import latest_for
from lms.people.models import Invitation

_HOST, _INVITE = Permission.TRAININGS_HOST, Permission.PARTNER_PEOPLE_INVITE
KIND = "session"
_NOBODY_WAITS = BookingPolicy(no_shows=0)


async def book_or_invite(
    session: AsyncSession,
    *,
    acting: Actor,
    session_id: UUID,
    email: str,
    name: str | None,
    language: str,
    days: int,
    policy: BookingPolicy,
) -> Booked:
    """Book somebody by e-mail; whom a partner's coordinator names and its people do not know yet is invited.

    The invitation holds a seat of the partner until it ends. Raises `NotYourPeople`, `NoSeatLeft`, `NotClear`.
    """
    try:
        return await book_for(session, acting=acting, session_id=session_id, email=email, policy=policy)
    except NotYourPeople:
        row = await get_session(session, session_id, actor=acting, permission=_HOST)
        hosts = (await hosts_of(session, [row.training_id]))[row.training_id]
        own = [host for host in hosts if host.partner_id in acting.partners(_INVITE)]
        if not own:
            raise
    await _ask_gate(session, row.training_id, hosts, own[0].name)
    purpose_id = row.training_id if row.every_session else row.id
    # Accepting locks the invitation first and the sessions then; so does this.
    await latest_for(session, own[0].partner_id, email_key(email), KIND, purpose_id)
    group = await lock_group(session, session_id)
    require_bookable(group)
    return await _invite(
        session, acting, group, row, own[0], email=email, name=name, language=language, days=days
    )


async def _ask_gate(session: AsyncSession, training_id: UUID, hosts: list[Any], name: str) -> None:
    training = await session.get_one(JointTraining, training_id)
    if name in await shut_out(session, training, hosts):
        raise NotClear()


async def _invite(
    session: AsyncSession,
    acting: Actor,
    group: Group,
    row: Any,
    host: Any,
    *,
    email: str,
    name: str | None,
    language: str,
    days: int,
) -> Booked:
    standing = await seats.standing_for(session, group, acting=acting)
    has_seat = can_seat(group.quotas, standing.taken, host.id, group.today)
    purpose = Purpose(
        KIND,
        row.training_id if row.every_session else row.id,
        f"{row.training_title}: {row.title}",
        f"/sessions/{row.id}",
    )
    if not has_seat and not await _holds(session, group, host.partner_id, email):
        said = "No seat is left to hold for an invitation."
        raise NoSeatLeft(said, faults=[Fault("/person", said)])
    made = await invitations.invite(
        session,
        acting=acting,
        partner_id=host.partner_id,
        email=email,
        name=name,
        language=language,
        purpose=purpose,
        days=days,
    )
    if made.person_id is not None:  # accepted before, and the seat given back since
        entry = Entry(host.id, made.person_id, made.id)
        return await book_person(
            session, acting=acting, session_id=row.id, entry=entry, left_empty=0, policy=_NOBODY_WAITS
        )
    if await _held(session, made.id):
        return Booked(BookingState.HELD)
    entry = Entry(host.id, None, made.id, made.expires_at)
    return Booked(BookingState.HELD, await seats.enter(session, group, entry, acting=acting))


async def _holds(session: AsyncSession, group: Group, partner_id: UUID, email: str) -> bool:
    """Whether a seat is held already for this address."""
    held = [row["invitation_id"] for row in await seats.claims_in(session, group.ids) if not row["person_id"]]
    for invitation_id in set(held):
        known = await session.get(Invitation, invitation_id)
        if known and known.partner_id == partner_id and known.email_key == email_key(email):
            return True
    return False


async def _of_invitation(session: AsyncSession, invitation_id: UUID) -> list[dict[str, Any]]:
    statement = bookings.select().where(bookings.c.invitation_id == invitation_id)
    rows = await session.execute(statement.order_by(bookings.c.booked_at.desc(), bookings.c.number))
    return [dict(row._mapping) for row in rows]


async def _held(session: AsyncSession, invitation_id: UUID) -> list[dict[str, Any]]:
    known = await _of_invitation(session, invitation_id)
    return [row for row in known if row["state"] == BookingState.HELD]


# -- what becomes of the invitation ------------------------------------------------------------------------


async def on_invited(session: AsyncSession, events: Sequence[Invited]) -> None:
    """A letter that is sent again: the gate is asked anew, and the seat is held as long as the new link opens."""
    for event in events:
        known = await _of_invitation(session, event.subject_id)
        if event.data["purpose_kind"] != KIND or not known:
            continue
        group = await lock_group(session, known[0]["session_id"])
        require_bookable(group)
        training_id = group.first["training_id"]
        hosts = (await hosts_of(session, [training_id]))[training_id]
        host = next(each for each in hosts if each.id == known[0]["host_id"])
        await _ask_gate(session, training_id, hosts, host.name)
        invitation = await session.get_one(Invitation, event.subject_id)
        held = [row for row in known if row["state"] == BookingState.HELD]
        if held:
            until = {"held_until": invitation.expires_at}
            await seats.move(session, group, held, BookingState.HELD, Cause.INVITED, acting=None, **until)
        else:
            entry = Entry(host.id, None, invitation.id, invitation.expires_at)
            await seats.enter(session, group, entry, acting=None)


async def on_accepted(session: AsyncSession, events: Sequence[InvitationAccepted]) -> None:
    """Who accepts has the seat that was held; where it is gone, they are booked like anybody, if seats still are."""
    for event in events:
        known = await _of_invitation(session, event.subject_id)
        if event.data["purpose_kind"] != KIND or not known:
            continue
        person_id = UUID(event.data["person_id"])
        group = await lock_group(session, known[0]["session_id"])
        held = await _held(session, event.subject_id)
        if await live_in(session, group, person_id):
            if held:
                await _let_go(session, held[0], Cause.WITHDRAWN)
        elif held:
            now = clock.now()
            seated = {"person_id": person_id, "seated_at": now, "held_until": None}
            await seats.move(session, group, held, BookingState.SEATED, Cause.ACCEPTED, acting=None, **seated)
        elif _is_open(group):
            entry = Entry(known[0]["host_id"], person_id, event.subject_id)
            await seats.enter(session, group, entry, acting=None)


def _is_open(group: Group) -> bool:
    is_published = TrainingState(group.first["training_state"]) in OPEN_STATES
    return is_published and not any(
        each["cancelled_at"] or each["starts_at"] <= clock.now() for each in group.sessions
    )


async def on_withdrawn(session: AsyncSession, events: Sequence[InvitationWithdrawn]) -> None:
    """The seat is free for the next."""
    for event in events:
        if event.data["purpose_kind"] == KIND:
            for row in (await _held(session, event.subject_id))[:1]:
                await _let_go(session, row, Cause.WITHDRAWN)


async def _let_go(session: AsyncSession, row: dict[str, Any], cause: Cause) -> None:
    group = await lock_group(session, row["session_id"])
    await end(session, group, row, BookingState.LAPSED, cause, acting=None)
    await seats.settle(session, group, acting=None)
