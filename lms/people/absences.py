"""Days on which a person's clocks stand still: added, ended on another day, taken back. No reason is kept."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import table_of
from lms.kernel.errors import Conflict, Fault, Invalid, NotFound
from lms.kernel.events import publish
from lms.people.changes import get_person_for_change, record_change
from lms.people.domain import AbsencesChanged
from lms.people.models import Absence

absences = table_of(Absence)
MOST = timedelta(days=3653)


class AbsenceOverlaps(Conflict):
    type, title = "absence-overlaps", "Another absence has some of these days"


class TooFar(Invalid):
    """A day that no absence has."""

    type, title = "absence-too-far", "An absence lies within ten years of today"


class AbsenceNotFound(NotFound):
    type, title = "absence-not-found", "There is no such absence here"


async def list_absences(session: AsyncSession, *, acting: Actor, person_id: UUID) -> Sequence[Any]:
    """A person's absences, the latest first, for whoever keeps their record."""
    await get_person_for_change(session, person_id, acting=acting)
    return await absences_of(session, person_id)


async def absences_of(session: AsyncSession, person_id: UUID) -> Sequence[Any]:
    """The same for the person themselves and for rules about them: the caller knows that they may see them."""
    statement = select(absences).where(absences.c.person_id == person_id)
    return (await session.execute(statement.order_by(absences.c.from_on.desc()))).all()


async def add_absence(
    session: AsyncSession, *, acting: Actor, person_id: UUID, from_on: date, until_on: date
) -> Absence:
    """Say on which days the person's clocks stand still; both days belong to it."""
    _check_days(from_on, until_on)
    person = await get_person_for_change(session, person_id, acting=acting)
    await _check_overlap(session, person.id, from_on, until_on)
    absence = Absence(person_id=person.id, from_on=from_on, until_on=until_on)
    session.add(absence)
    await _say(session, acting, person.id, {}, {"absences": _days(absence)})
    return absence


async def end_absence(
    session: AsyncSession, *, acting: Actor, person_id: UUID, absence_id: UUID, until_on: date
) -> Absence:
    """The person comes back on another day than was thought."""
    absence = await _get(session, acting, person_id, absence_id)
    _check_days(absence.from_on, until_on)
    await _check_overlap(session, person_id, absence.from_on, until_on, but=absence_id)
    before = {"absences": _days(absence)}
    absence.until_on = until_on
    await _say(session, acting, person_id, before, {"absences": _days(absence)})
    return absence


async def take_back_absence(
    session: AsyncSession, *, acting: Actor, person_id: UUID, absence_id: UUID
) -> None:
    """There was no such absence; what it changed is changed back."""
    absence = await _get(session, acting, person_id, absence_id)
    await session.execute(delete(absences).where(absences.c.id == absence.id))
    await _say(session, acting, person_id, {"absences": _days(absence)}, {})


async def _get(session: AsyncSession, acting: Actor, person_id: UUID, absence_id: UUID) -> Absence:
    await get_person_for_change(session, person_id, acting=acting)
    statement = select(Absence).where(absences.c.id == absence_id, absences.c.person_id == person_id)
    found: Absence | None = await session.scalar(statement)
    if found is None:
        raise AbsenceNotFound()
    return found


def _check_days(from_on: date, until_on: date) -> None:
    """A typing mistake in a year, or a last day that stands for none, would move ends to days that no calendar has."""
    for pointer, day in (("/from_on", from_on), ("/until_on", until_on)):
        if abs(day - clock.today()) > MOST:
            sentence = "An absence lies within ten years of today."
            raise TooFar(sentence, faults=[Fault(pointer, sentence)])
    if until_on < from_on:
        sentence = "until_on lies before from_on."
        raise Invalid(sentence, faults=[Fault("/until_on", sentence)])


async def _check_overlap(
    session: AsyncSession, person_id: UUID, from_on: date, until_on: date, *, but: UUID | None = None
) -> None:
    """The person's row is locked, so nobody else adds an absence meanwhile."""
    overlap = select(absences.c.id).where(
        absences.c.person_id == person_id, absences.c.from_on <= until_on, absences.c.until_on >= from_on
    )
    found = {row.id for row in await session.execute(overlap)} - {but}
    if found:
        raise AbsenceOverlaps()


def _days(absence: Absence) -> dict[str, str]:
    return {"from_on": absence.from_on.isoformat(), "until_on": absence.until_on.isoformat()}


async def _say(
    session: AsyncSession, acting: Actor, person_id: UUID, before: dict[str, Any], after: dict[str, Any]
) -> None:
    await record_change(session, acting, person_id, before, after)
    await session.flush()
    await publish(session, [AbsencesChanged(subject_id=person_id)], acting=acting)
