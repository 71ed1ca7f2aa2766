"""People are marked: by facilitators on a list that may lie on a phone for hours, late with a reason, or corrected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.attendance import (
    AttendanceMarked,
    AttendanceSigned,
    BadMark,
    MarkSource,
    NotBegun,
    NotSigned,
    NotYourParticipant,
    OwnAttendance,
    SessionOff,
    minutes_between,
    present,
)
from lms.joint_trainings.models.attendance import AttendanceMark, AttendanceNote, RefusedMark
from lms.joint_trainings.policies.attendance import AttendancePolicy, attendance_policy
from lms.joint_trainings.queries import attendance as queries
from lms.joint_trainings.queries.signoff import signatures_of
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import table_of
from lms.kernel.errors import DomainError, Fault
from lms.kernel.events import publish
from lms.kernel.ids import new_id

marks = table_of(AttendanceMark)
refused = table_of(RefusedMark)
notes = table_of(AttendanceNote)


@dataclass(frozen=True, slots=True)
class NewMark:
    """A mark as it comes in. `minutes`, or coming and leaving; `at` is when it was made, on whatever device."""

    client_id: str
    person_id: UUID
    at: datetime
    minutes: int | None = None
    came_at: datetime | None = None
    left_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a mark: taken, or refused with the problem's type and a sentence."""

    client_id: str
    why: str | None = None
    sentence: str | None = None

    @property
    def is_taken(self) -> bool:
        """Whether it is on the record."""
        return self.why is None


@dataclass(frozen=True, slots=True)
class _Ground:
    """What marks are judged by, read once for all that came together."""

    row: Any
    reach: queries.Reach
    people: dict[UUID, queries.Participant]
    closed: frozenset[UUID]  # hosts that have signed, or were closed
    policy: AttendancePolicy

    def minutes_of(self, new: NewMark) -> int:
        """Minutes of the session, never more than it has."""
        if new.came_at is not None:
            return minutes_between(self.row.starts_at, self.row.minutes, new.came_at, new.left_at)
        return present(self.row.minutes if new.minutes is None else new.minutes, self.row.minutes)

    def is_late(self, new: NewMark, host_id: UUID) -> bool:
        """Whether it was made after the session, or by somebody who was not there to see."""
        after = (new.at - self.row.ends_at).total_seconds() > 60 * self.policy.list_minutes
        return after or host_id not in self.reach.marks


async def mark(
    session: AsyncSession,
    *,
    acting: Actor,
    session_id: UUID,
    new: Sequence[NewMark],
) -> list[Answer]:
    """Take marks, each by itself: one that is refused keeps no other from being taken, and sent twice it is one.

    Those that come after the host signed, or the session was cancelled, are kept as refused.
    """
    row = await queries.find_session(session, session_id, lock="share")
    ground = await _ground(session, row, acting)
    before = await queries.answered_before(
        session, session_id, acting.person_id, [each.client_id for each in new]
    )
    answers = []
    for each in new:
        if each.client_id in before:
            answers.append(_again(each.client_id, before[each.client_id]))
        else:
            answers.append(await _take(session, acting, ground, each))
            before[each.client_id] = answers[-1].why
    return answers


async def _ground(session: AsyncSession, row: Any, acting: Actor) -> _Ground:
    reach = await queries.reach_of(session, row, actor=acting)
    people = await queries.participants_of(session, row.id, of_hosts=reach.sees)
    closed = frozenset((await signatures_of(session, [row.id]))[row.id])
    return _Ground(row, reach, {each.id: each for each in people}, closed, attendance_policy())


_KEPT: dict[str, type[DomainError]] = {each.type: each for each in (AttendanceSigned, SessionOff)}


def _again(client_id: str, why: str | None) -> Answer:
    return Answer(client_id, why, _KEPT[why].title if why in _KEPT else None)


async def _take(session: AsyncSession, acting: Actor, ground: _Ground, new: NewMark) -> Answer:
    try:
        person = _allowed(acting, ground, new)
        source = MarkSource.LATE if ground.is_late(new, person.host_id) else MarkSource.LIST
        if source is MarkSource.LATE and not new.reason.strip():
            sentence = "A late entry says why."
            raise BadMark(sentence, faults=[Fault("/reason", sentence)])
    except DomainError as error:
        if type(error) in _KEPT.values():
            await _keep_refused(session, acting, ground, new, error)
        return Answer(new.client_id, error.type, error.detail)
    await append(
        session, acting=acting, row=ground.row, person=person, source=source,
        minutes=ground.minutes_of(new), at=new.at, client_id=new.client_id, reason=new.reason,
    )  # fmt: skip
    return Answer(new.client_id)


def _allowed(acting: Actor, ground: _Ground, new: NewMark) -> queries.Participant:
    """The participant, or what forbids to mark them."""
    if new.person_id == acting.person_id:
        raise OwnAttendance()
    person = ground.people.get(new.person_id)
    if person is None:
        raise NotYourParticipant()
    if ground.row.cancelled_at is not None:
        raise SessionOff()
    if new.at < ground.policy.check_in.opens_at(ground.row.starts_at):
        raise NotBegun()
    if person.host_id in ground.closed:
        raise AttendanceSigned()
    return person


async def append(
    session: AsyncSession,
    *,
    acting: Actor,
    row: Any,
    person: queries.Participant,
    source: MarkSource,
    minutes: int,
    at: datetime,
    client_id: str,
    reason: str = "",
) -> None:
    """Append a mark unless it is there; the caller has looked whether it may be."""
    note = new_id() if reason.strip() and source in (MarkSource.LATE, MarkSource.CORRECTION) else None
    if note is not None:
        values = {"id": note, "person_id": person.id, "words": reason.strip(), "recorded_at": clock.now()}
        await session.execute(notes.insert().values(values))
    values = {
        "id": new_id(), "session_id": row.id, "person_id": person.id, "host_id": person.host_id,
        "source": source.value, "minutes": minutes, "at": at, "by_id": acting.person_id,
        "client_id": client_id, "note_id": note, "recorded_at": clock.now(),
    }  # fmt: skip
    statement = insert(marks).values(values).on_conflict_do_nothing().returning(marks.c.id)
    if await session.scalar(statement) is None:
        return  # the same one, sent twice at once
    data = {"person": str(person.id), "minutes": minutes, "source": source.value}
    said = AttendanceMarked(subject_id=row.id, entity_id=row.lead_entity_id, data=data)
    await publish(session, [said], acting=acting)


async def _keep_refused(
    session: AsyncSession, acting: Actor, ground: _Ground, new: NewMark, error: DomainError
) -> None:
    values = {
        "id": new_id(), "session_id": ground.row.id, "person_id": new.person_id,
        "minutes": ground.minutes_of(new), "at": new.at, "by_id": acting.person_id,
        "client_id": new.client_id, "why": error.type, "recorded_at": clock.now(),
    }  # fmt: skip
    await session.execute(insert(refused).values(values).on_conflict_do_nothing())


# -- corrections -------------------------------------------------------------------------------------------


async def correct(
    session: AsyncSession, *, acting: Actor, session_id: UUID, person_id: UUID, minutes: int, reason: str
) -> None:
    """Say, for a host that has signed, that it was otherwise; what was signed stands until it is signed again."""
    row = await queries.find_session(session, session_id, lock="share")
    reach = await queries.reach_of(session, row, actor=acting)
    if not reason.strip():
        raise BadMark("Say why.", faults=[Fault("/reason", "A reason is required.")])
    if person_id == acting.person_id:
        raise OwnAttendance()
    found = {each.id: each for each in await queries.participants_of(session, row.id, of_hosts=reach.signs)}
    if person_id not in found:
        raise NotYourParticipant()
    if found[person_id].host_id not in (await signatures_of(session, [row.id]))[row.id]:
        raise NotSigned()
    await append(
        session, acting=acting, row=row, person=found[person_id], source=MarkSource.CORRECTION,
        minutes=present(minutes, row.minutes), at=clock.now(), client_id=str(new_id()), reason=reason,
    )  # fmt: skip
