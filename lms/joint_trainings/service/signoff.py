"""Each host signs for its own people; a silent one is reminded, then the facilitators' list closes it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.attendance import (
    AttendanceChanged,
    AttendanceClosed,
    HostReminded,
    Mark,
    NotOver,
    OwnAttendance,
    SessionOff,
    holding,
    present,
)
from lms.joint_trainings.domain.bookings import BookingState
from lms.joint_trainings.domain.signoff import (
    RULE,
    ClosedBy,
    Due,
    SignedLine,
    digest_of_lines,
    due,
)
from lms.joint_trainings.domain.states import Obstacle
from lms.joint_trainings.domain.trainings import NotYourHost
from lms.joint_trainings.models.attendance import AttendanceReminder, AttendanceSignature
from lms.joint_trainings.models.trainings import JointTraining
from lms.joint_trainings.policies.attendance import attendance_policy
from lms.joint_trainings.queries import attendance as queries
from lms.joint_trainings.queries import signoff as signed
from lms.joint_trainings.queries.trainings import hosts_of
from lms.joint_trainings.service.attended import settle
from lms.joint_trainings.service.bookings import mark_no_shows
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import table_of
from lms.kernel.events import publish
from lms.kernel.ids import new_id

reminders = table_of(AttendanceReminder)


@dataclass(frozen=True, slots=True)
class Line:
    """One of a host's people with the mark that holds; none: nobody marked them, so they were not there."""

    person: queries.Participant
    mark: Mark | None
    minutes: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a host signs: its people, the digest of who and how long, and what it signed last."""

    host: Any
    lines: tuple[Line, ...]
    digest: str
    signature: Any | None

    @property
    def is_closed(self) -> bool:
        """Whether it is signed, or closed by the list, as it stands now."""
        return self.signature is not None and self.signature.digest == self.digest


async def sheets_of(
    session: AsyncSession, row: Any, reach: queries.Reach, *, of: Collection[UUID]
) -> list[Sheet]:
    """What each of these hosts has to sign, those without people left out."""
    people = await queries.participants_of(session, row.id, of_hosts=of)
    return await _sheets(session, row, reach.hosts, people)


async def _sheets(
    session: AsyncSession, row: Any, hosts: Sequence[Any], people: Sequence[Any]
) -> list[Sheet]:
    found = (await queries.marks_of(session, [row.id]))[row.id]
    held = holding(found, opens_at=attendance_policy().check_in.opens_at(row.starts_at))
    last = (await signed.signatures_of(session, [row.id]))[row.id]
    made = []
    for host in hosts:
        lines = tuple(_line(each, held, row) for each in people if each.host_id == host.id)
        if lines or host.id in last:
            said = [SignedLine(each.person.id, each.minutes) for each in lines]
            made.append(Sheet(host, lines, digest_of_lines(row.id, host.id, said), last.get(host.id)))
    return made


def _line(person: queries.Participant, held: dict[UUID, Mark], row: Any) -> Line:
    mark = held.get(person.id)
    return Line(person, mark, present(mark.minutes, row.minutes) if mark else 0)


async def sign(
    session: AsyncSession,
    *,
    acting: Actor,
    session_id: UUID,
    host_id: UUID,
    digest: str,
) -> None:
    """Sign, for a host, who of its people was there and how long. What was signed already is not signed twice.

    `digest` is of what the actor read; `AttendanceChanged` when a mark came since.
    """
    row, reach, sheet = await _to_sign(session, acting, session_id, host_id)
    if sheet.digest != digest:
        raise AttendanceChanged()
    own = next((each for each in sheet.lines if each.person.id == acting.person_id), None)
    if own is not None and own.minutes and reach.facilitates:
        raise OwnAttendance(
            "Your own time is on this list and you facilitate; somebody else of the host signs."
        )
    if sheet.signature is not None and sheet.is_closed and sheet.signature.kind == ClosedBy.SIGNED:
        return
    await _close(session, row, sheet, ClosedBy.SIGNED, acting=acting)


async def _to_sign(
    session: AsyncSession, acting: Actor, session_id: UUID, host_id: UUID
) -> tuple[Any, queries.Reach, Sheet]:
    row = await _locked(session, session_id)
    reach = await queries.reach_of(session, row, actor=acting)
    if host_id not in reach.signs:
        raise NotYourHost()
    if row.cancelled_at is not None:
        raise SessionOff()
    if row.ends_at > clock.now():
        raise NotOver()
    for sheet in await sheets_of(session, row, reach, of=[host_id]):
        if sheet.host.id == host_id:
            return row, reach, sheet
    raise NotYourHost("This host has nobody at this session.")


async def _locked(session: AsyncSession, session_id: UUID) -> Any:
    """The training, then the session: two sessions signed at once would not see each other's signature."""
    found = await queries.find_session(session, session_id)
    await session.get_one(JointTraining, found.training_id, with_for_update={"key_share": True})
    return await queries.find_session(session, session_id, lock="own")


async def _close(
    session: AsyncSession, row: Any, sheet: Sheet, kind: ClosedBy, *, acting: Actor | None
) -> None:
    number = sheet.signature.number + 1 if sheet.signature else 1
    lines = [{"person": str(each.person.id), "minutes": each.minutes} for each in sheet.lines]
    session.add(
        AttendanceSignature(
            session_id=row.id, host_id=sheet.host.id, number=number, kind=kind.value, lines=lines,
            digest=sheet.digest, rule=RULE, by_id=acting.person_id if acting else None,
        )
    )  # fmt: skip
    await session.flush()
    await _note_no_shows(session, row, sheet, acting)
    data = {"host": str(sheet.host.id), "kind": kind.value, "digest": sheet.digest}
    said = AttendanceClosed(subject_id=row.id, entity_id=row.lead_entity_id, data=data)
    await publish(session, [said], acting=acting)
    training = await session.get_one(JointTraining, row.training_id)
    people = [each.person.id for each in sheet.lines]
    await settle(session, training, people, acting=acting, is_correction=number > 1)


async def _note_no_shows(session: AsyncSession, row: Any, sheet: Sheet, acting: Actor | None) -> None:
    """A seat that stayed empty is noted on its booking, and the note goes when a correction says otherwise."""
    bookings = queries.bookings
    of_host = (
        bookings.c.session_id == row.id,
        bookings.c.host_id == sheet.host.id,
        bookings.c.state == BookingState.SEATED.value,
    )
    there = [each.person.id for each in sheet.lines if each.minutes]
    missing = select(bookings.c.id).where(*of_host, bookings.c.person_id.notin_(there))
    await mark_no_shows(session, list(await session.scalars(missing)), acting=acting)
    came = update(bookings).where(*of_host, bookings.c.person_id.in_(there))
    await session.execute(came.where(bookings.c.no_show_at.isnot(None)).values(no_show_at=None))


# -- silence -----------------------------------------------------------------------------------------------


async def close_silent(session: AsyncSession, session_id: UUID, host_id: UUID) -> Due:
    """Remind a silent host, or close its attendance by the list, as is due today. Run twice it does it once."""
    row = await _locked(session, session_id)
    waiting = await signed.unsigned(session, ended_before=clock.now(), training_id=row.training_id)
    found = next((each for each in waiting if (each.session_id, each.host_id) == (session_id, host_id)), None)
    if found is None:
        return Due.WAIT
    reminded_on = found.reminded_at.date() if found.reminded_at else None
    what = due(
        attendance_policy().silence,
        ended_on=found.ends_at.date(),
        reminded_on=reminded_on,
        today=clock.today(),
    )
    if what is Due.REMIND:
        await _remind(session, row, host_id)
    if what is Due.CLOSE:
        hosts = (await hosts_of(session, [row.training_id]))[row.training_id]
        people = await queries.participants_of(session, row.id, of_hosts=[host_id])
        for sheet in await _sheets(session, row, hosts, people):
            if sheet.host.id == host_id:
                await _close(session, row, sheet, ClosedBy.LIST, acting=None)
    return what


async def _remind(session: AsyncSession, row: Any, host_id: UUID) -> None:
    values = {"id": new_id(), "session_id": row.id, "host_id": host_id, "recorded_at": clock.now()}
    statement = insert(reminders).values(values).on_conflict_do_nothing().returning(reminders.c.id)
    if await session.scalar(statement) is not None:
        data = {"session": str(row.id), "host": str(host_id)}
        said = HostReminded(subject_id=values["id"], entity_id=row.lead_entity_id, data=data)
        await publish(session, [said], acting=None)


# -- closing the training ----------------------------------------------------------------------------------


async def obstacles_of_attendance(session: AsyncSession, training_id: UUID) -> list[Obstacle]:
    """Hosts that have not signed for people of theirs, each with the session; corrections wait for a signature too."""
    found = []
    hosts = (await hosts_of(session, [training_id]))[training_id]
    for held in await signed.held_sessions(session, training_id):
        people = await queries.participants_of(session, held.id)
        for sheet in await _sheets(session, held, hosts, people):
            if not sheet.is_closed:
                found.append(Obstacle("attendance_open", "/sessions", f"{sheet.host.name}: {held.title}"))
    return found
