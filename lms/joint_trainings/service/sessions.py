"""Sessions planned, moved and cancelled by the hosts, and who leads them. Seats stay with those who have them."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.bookings import BookingState, Cause, host_of
from lms.joint_trainings.domain.seats import Quotas, faults_in_quotas
from lms.joint_trainings.domain.sessions import (
    PLANNED_IN,
    BadSession,
    FacilitatorNamed,
    NotYourPeople,
    SessionCancelled,
    SessionChanged,
    SessionMoved,
    SessionNotFound,
    SessionOver,
    SessionPlanned,
    SessionTerms,
    faults_in_session,
)
from lms.joint_trainings.domain.states import OPEN_STATES, TrainingState
from lms.joint_trainings.domain.trainings import NotYourHost, TrainingMoved, TrainingSettled
from lms.joint_trainings.models.sessions import SeatQuota, SessionFacilitator, TrainingSession
from lms.joint_trainings.models.trainings import JointTraining
from lms.joint_trainings.queries.bookings import belonging_of
from lms.joint_trainings.queries.sessions import get_session, sessions, sessions_of
from lms.joint_trainings.queries.trainings import acts_for, hosts_of, own_hosts
from lms.joint_trainings.service import seats
from lms.joint_trainings.service.seats import Group, lock_group
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.kernel.errors import Fault, Invalid
from lms.kernel.events import Event, publish
from lms.kernel.writes import flush, gather
from lms.people.queries import find_person_by_email

_HOST = Permission.TRAININGS_HOST
_quotas = table_of(SeatQuota)
TOLD_FIELDS = frozenset({"title", "place", "link", "local_on", "local_at", "fold", "zone", "minutes"})
"""What stands in people's calendars."""
_SEAT_FIELDS = frozenset({"seats", "release_on", "quotas"})
_PLAIN = tuple(each.name for each in fields(SessionTerms) if each.name != "quotas")


async def plan_session(
    session: AsyncSession, *, acting: Actor, training: JointTraining, terms: SessionTerms
) -> TrainingSession:
    """A session of a locked training. Where all are attended, its seats become those of the others too.

    Who has a seat in the others then has one here as well.
    """
    _require_planning(training)
    await _check_seat_changer(session, training.id, TrainingState(training.state), acting)
    others = [each for each in await sessions_of(session, training.id) if each.cancelled_at is None]
    group = await lock_group(session, others[0].id) if others and training.every_session else None
    await _check(session, training.id, terms, group)
    made = TrainingSession(
        training_id=training.id, created_by_id=acting.person_id, **_columns(terms, terms.starts_at())
    )
    session.add(made)
    await session.flush()
    await _share_out(session, training.id if training.every_session else None, made.id, terms)
    if group is not None:
        await _book_alike(session, group, made, acting)
    data = {"training": str(training.id)}
    said = SessionPlanned(subject_id=made.id, entity_id=training.lead_entity_id, data=data)
    await publish(session, [said], acting=acting)
    return made


def _require_planning(training: Any) -> None:
    if TrainingState(training.state) not in PLANNED_IN:
        raise TrainingSettled("This training is over; its sessions stay as they were.")


async def _check_seat_changer(
    session: AsyncSession, training_id: UUID, state: TrainingState, acting: Actor
) -> None:
    """Once seats are booked, the entity that leads shares them out; before, every host may."""
    own = await own_hosts(session, training_id, actor=acting)
    if not own:
        raise NotYourHost()
    if state in OPEN_STATES and not any(host.is_lead for host in own):
        raise NotYourHost("The entity that leads shares out the seats once they can be booked.")


async def _check(session: AsyncSession, training_id: UUID, terms: SessionTerms, group: Group | None) -> None:
    """Raise `BadSession` with all that is wrong. `group`: whose seats it changes."""
    faults = faults_in_session(terms)
    known = {host.id for host in (await hosts_of(session, [training_id]))[training_id]}
    faults += [
        Fault(f"/quotas/{number}", "This is no host of the training.")
        for number, host in enumerate(terms.quotas)
        if host not in known
    ]
    taken = sum((await seats.standing_in(session, group)).taken.values()) if group else 0
    faults += faults_in_quotas(_quotas_of(terms), taken, terms.local_on)
    try:
        if terms.starts_at() <= clock.now():
            faults.append(Fault("/local_on", "This time is past."))
    except BadSession as error:
        faults += error.faults
    if faults:
        raise BadSession(faults[0].detail, faults=faults)


def _quotas_of(terms: SessionTerms) -> Quotas:
    return Quotas(terms.seats, terms.quotas, terms.release_on)


def _columns(terms: SessionTerms, starts_at: Any) -> dict[str, Any]:
    plain = {name: getattr(terms, name) for name in _PLAIN} | {"languages": list(terms.languages)}
    plain["fold"] = terms.fold or 0
    return plain | {"starts_at": starts_at, "ends_at": starts_at + timedelta(minutes=terms.minutes)}


async def _share_out(
    session: AsyncSession, whole_training: UUID | None, session_id: UUID, terms: SessionTerms
) -> None:
    """Write the quotas, and where a training is attended whole, the same seats into all of its sessions."""
    changed = [session_id]
    if whole_training is not None:
        rows = await sessions_of(session, whole_training)
        changed = [row.id for row in rows if row.cancelled_at is None]
        alike = {"seats": terms.seats, "release_on": _release_within(rows, terms.release_on)}
        await session.execute(update(sessions).where(sessions.c.id.in_(changed)).values(alike))
    await session.execute(delete(_quotas).where(_quotas.c.session_id.in_(changed)))
    rows_of = [
        {"session_id": each, "host_id": host, "seats": number}
        for each in changed
        for host, number in terms.quotas.items()
    ]
    gather(session, _quotas, rows_of)
    await flush(session)


def _release_within(rows: Sequence[Any], release_on: date | None) -> date | None:
    """No later than the first day of those that are attended together."""
    days = [row.local_on for row in rows if row.cancelled_at is None]
    return min([release_on, *days]) if release_on and days else release_on


async def _book_alike(session: AsyncSession, group: Group, made: TrainingSession, acting: Actor) -> None:
    """Those who booked the sessions that are attended together are booked in a new one, in the same order."""
    for row in await seats.claims_in(session, [group.first["id"]]):
        await seats.copy_booking(session, group, row, made.id, acting=acting)


# -- changes -----------------------------------------------------------------------------------------------


async def lock_session(
    session: AsyncSession, session_id: UUID, *, actor: Actor
) -> tuple[TrainingSession, Group]:
    """The session as an object to change, with those booked together, locked; for a host's own people."""
    await get_session(session, session_id, actor=actor, permission=_HOST)
    group = await lock_group(session, session_id)
    found = await session.get(TrainingSession, session_id, populate_existing=True)
    if found is None:
        raise SessionNotFound()
    return found, group


def terms_of(row: TrainingSession, quotas: Mapping[UUID, int]) -> SessionTerms:
    """The terms of a session as it stands."""
    plain = {name: getattr(row, name) for name in _PLAIN}
    return SessionTerms(**plain | {"languages": tuple(row.languages), "quotas": dict(quotas)})


async def change_session(
    session: AsyncSession,
    *,
    acting: Actor,
    locked: tuple[TrainingSession, Group],
    before: SessionTerms,
    after: SessionTerms,
) -> None:
    """Write what differs. Seats stay with those who have them; a move raises the sequence and is told to all."""
    row, group = locked
    changed = {name for name in (*_PLAIN, "quotas") if getattr(before, name) != getattr(after, name)}
    if not changed:
        return
    _require_to_come(row)
    first = group.first
    if changed & _SEAT_FIELDS:
        await _check_seat_changer(session, row.training_id, TrainingState(first["training_state"]), acting)
    await _check(session, row.training_id, after, group)
    is_moved = bool(changed & TOLD_FIELDS)
    for name, value in _columns(after, after.starts_at()).items():
        setattr(row, name, value)
    row.revision += 1
    row.sequence += is_moved
    if changed & {"local_on", "local_at", "zone", "fold"}:
        row.week_reminded_at = row.day_reminded_at = None
    await session.flush()
    if changed & _SEAT_FIELDS:
        row.released_at = None
        await session.flush()
        await _share_out(session, row.training_id if first["every_session"] else None, row.id, after)
    about = {"subject_id": row.id, "entity_id": first["lead_entity_id"]}
    said: list[Event] = [SessionChanged(**about, data={"fields": sorted(changed)})]
    if is_moved:
        said.append(SessionMoved(**about, data={"sequence": row.sequence}))
    await publish(session, said, acting=acting)
    await seats.settle(session, await lock_group(session, row.id), acting=acting)


def _require_to_come(row: TrainingSession) -> None:
    if row.cancelled_at is not None or row.starts_at <= clock.now():
        raise SessionOver()


async def cancel_session(
    session: AsyncSession, *, acting: Actor | None, locked: tuple[TrainingSession, Group], reason: str
) -> None:
    """It is not held: its bookings lapse and everybody is told. Twice is once."""
    row, group = locked
    if row.cancelled_at is not None:
        return
    if not reason.strip():
        raise Invalid("Say why.", faults=[Fault("/reason", "A reason is required.")])
    _require_to_come(row)
    row.cancelled_at, row.cancelled_reason = clock.now(), reason.strip()
    row.cancelled_by_id = acting.person_id if acting else None
    row.sequence += 1
    row.revision += 1
    await session.flush()
    live = await seats.claims_in(session, [row.id])
    lapsed, now = BookingState.LAPSED, clock.now()
    await seats.move(session, group, live, lapsed, Cause.SESSION_CANCELLED, acting=acting, ended_at=now)
    said = SessionCancelled(subject_id=row.id, entity_id=group.first["lead_entity_id"])
    await publish(session, [said], acting=acting)


async def on_training_moved(session: AsyncSession, events: Sequence[TrainingMoved]) -> None:
    """A training that is cancelled is not held at all: nor is any session that is still to come."""
    for event in events:
        if event.after is not TrainingState.CANCELLED:
            continue
        for each in await sessions_of(session, event.subject_id):
            if each.cancelled_at is None and each.starts_at > clock.now():
                group = await lock_group(session, each.id)
                row = await session.get_one(TrainingSession, each.id, populate_existing=True)
                reason = "The training was cancelled."
                await cancel_session(session, acting=None, locked=(row, group), reason=reason)


# -- facilitators ------------------------------------------------------------------------------------------


async def add_facilitator(
    session: AsyncSession, *, acting: Actor, row: TrainingSession, email: str
) -> SessionFacilitator:
    """Name who leads a session; each host names its own people. Named twice, it is once.

    Raises `NotYourPeople` alike for an unknown address and for people of others.
    """
    _require_to_come(row)
    person = await find_person_by_email(session, email)
    hosts = (await hosts_of(session, [row.training_id]))[row.training_id]
    host = host_of(hosts, await belonging_of(session, person.id)) if person else None
    if person is None or host is None or not acts_for(acting, host):
        said = "Nobody of a host for which you act has this address."
        raise NotYourPeople(said, faults=[Fault("/person", said)])
    known = await find_facilitator(session, row.id, person.id)
    if known is not None:
        return known
    made = SessionFacilitator(
        session_id=row.id,
        person_id=person.id,
        host_id=host.id,
        consented_at=clock.now() if person.id == acting.person_id else None,
    )
    session.add(made)
    await _touch(session, row, acting)
    data = {"session": str(row.id), "person": str(person.id)}
    await publish(session, [FacilitatorNamed(subject_id=made.id, data=data)], acting=acting)
    return made


async def find_facilitator(
    session: AsyncSession, session_id: UUID, person_id: UUID
) -> SessionFacilitator | None:
    """Who leads a session, as an object to change."""
    table = table_of(SessionFacilitator)
    found = table.select().with_only_columns(table.c.id)
    key = await session.scalar(found.where(table.c.session_id == session_id, table.c.person_id == person_id))
    return await session.get(SessionFacilitator, key) if key else None


async def remove_facilitator(
    session: AsyncSession, *, acting: Actor, row: TrainingSession, person_id: UUID
) -> None:
    """Somebody does not lead it after all; their own host says so, or the entity that leads the training."""
    known = await find_facilitator(session, row.id, person_id)
    if known is None:
        raise SessionNotFound("This person does not lead the session.")
    own = await own_hosts(session, row.training_id, actor=acting)
    if not any(host.is_lead or host.id == known.host_id for host in own):
        raise NotYourPeople()
    await session.delete(known)
    await _touch(session, row, acting)


async def _touch(session: AsyncSession, row: TrainingSession, acting: Actor) -> None:
    row.revision += 1
    await session.flush()
    said = SessionChanged(subject_id=row.id, data={"fields": ["facilitators"]})
    await publish(session, [said], acting=acting)


async def consent_to_be_named(
    session: AsyncSession, *, acting: Actor, session_id: UUID, may_be_named: bool
) -> SessionFacilitator:
    """Who leads a session says whether those who take part read their name."""
    known = await find_facilitator(session, session_id, acting.person_id)
    if known is None:
        raise SessionNotFound()
    if may_be_named != (known.consented_at is not None):
        known.consented_at = clock.now() if may_be_named else None
        await session.flush()
    return known
