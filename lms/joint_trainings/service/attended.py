"""What people attended is recorded once their hosts have signed: hours, and the completion of a course."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.queries import get_edition
from lms.completions.service import Finished, record_attended, revoke_attended
from lms.joint_trainings.domain.attendance import (
    AttendanceRevoked,
    Sat,
    TrainingAttended,
    attended_minutes,
    present,
)
from lms.joint_trainings.domain.signoff import RULE
from lms.joint_trainings.models.attendance import (
    AttendanceNote,
    TrainingAttendance,
    TrainingAttendanceRevocation,
)
from lms.joint_trainings.models.trainings import JointTraining
from lms.joint_trainings.queries import signoff as queries
from lms.kernel.access import Actor
from lms.kernel.events import publish
from lms.kernel.ids import new_id

CORRECTED = "The host corrected the attendance at a joint training and signed it again."
"""Where no reason is left to quote, since it was erased."""


async def settle(
    session: AsyncSession,
    training: JointTraining,
    person_ids: Sequence[UUID],
    *,
    acting: Actor | None,
    is_correction: bool = False,
) -> None:
    """Record who of these has attended the training by what is signed now. The training is locked.

    After a correction what is no longer so is revoked, with what rests on it, and recorded as it is.
    """
    held = await queries.held_sessions(session, training.id)
    sittings = await _sittings(session, held, person_ids)
    standing = await queries.standing_attendances(session, training.id, person_ids)
    rounds = await queries.rounds_of(session, training.id, person_ids)
    for person_id in person_ids:
        minutes = attended_minutes(
            sittings[person_id], every_session=training.every_session, percent=training.attended_percent
        )
        before = standing.get(person_id)
        if before is not None and is_correction and minutes != before.minutes and acting is not None:
            await _revoke(session, training, before, acting=acting)
            before = None
        if before is None and minutes is not None:
            day = _last_day(held, sittings[person_id])
            await _record(session, training, person_id, minutes, day, rounds.get(person_id, 0), acting=acting)


async def _sittings(
    session: AsyncSession, held: Sequence[Any], person_ids: Sequence[UUID]
) -> dict[UUID, dict[UUID, Sat]]:
    """By person, each session with the minutes that some host has signed for them."""
    signatures = await queries.signatures_of(session, [each.id for each in held])
    found: dict[UUID, dict[UUID, Sat]] = {each: {} for each in person_ids}
    for row in held:
        minutes: dict[str, int] = {}
        for signature in signatures[row.id].values():
            minutes |= {line["person"]: line["minutes"] for line in signature.lines}
        for person_id, sat in found.items():
            signed = minutes.get(str(person_id))
            sat[row.id] = Sat(row.minutes, present(signed or 0, row.minutes), is_closed=signed is not None)
    return found


def _last_day(held: Sequence[Any], sat: dict[UUID, Sat]) -> date:
    """The day (UTC) of the last session that somebody sat in."""
    days: list[date] = [row.ends_at.date() for row in held if sat[row.id].is_closed and sat[row.id].present]
    return max(days)


async def _record(
    session: AsyncSession,
    training: JointTraining,
    person_id: UUID,
    minutes: int,
    day: date,
    round_: int,
    *,
    acting: Actor | None,
) -> None:
    attendance_id, completion_id = new_id(), None
    if training.course_id is not None and training.course_version_id is not None:
        edition = await get_edition(session, training.course_version_id)
        finished = Finished(
            person_id=person_id,
            course_id=training.course_id,
            course_version_id=training.course_version_id,
            minutes=minutes,
            occurred_on=day,
            valid_until=edition.course.last_valid_day(day),
        )
        completion_id = await record_attended(
            session, acting=acting, finished=finished, attendance_id=attendance_id
        )
    session.add(
        TrainingAttendance(
            id=attendance_id, training_id=training.id, person_id=person_id, round=round_,
            minutes=minutes, rule=RULE, occurred_on=day, completion_id=completion_id,
        )
    )  # fmt: skip
    await session.flush()
    completion = str(completion_id) if completion_id else None
    data = _data(training, person_id) | {"minutes": minutes, "completion": completion}
    said = TrainingAttended(subject_id=attendance_id, entity_id=training.lead_entity_id, data=data)
    await publish(session, [said], acting=acting)


def _data(training: JointTraining, person_id: UUID) -> dict[str, Any]:
    return {"person": str(person_id), "training": str(training.id)}


async def _revoke(session: AsyncSession, training: JointTraining, before: Any, *, acting: Actor) -> None:
    said_why = await queries.latest_reason(session, training.id, before.person_id)
    note = AttendanceNote(person_id=before.person_id, words=said_why or CORRECTED)
    session.add(note)
    await session.flush()
    session.add(
        TrainingAttendanceRevocation(attendance_id=before.id, revoked_by_id=acting.person_id, note_id=note.id)
    )
    await session.flush()
    await revoke_attended(session, acting=acting, attendance_id=before.id, reason=note.words or CORRECTED)
    revocation = AttendanceRevoked(
        subject_id=before.id, entity_id=training.lead_entity_id, data=_data(training, before.person_id)
    )
    await publish(session, [revocation], acting=acting)
