"""More time: asked for by the person, granted or refused by their reporting officer or by who made the rule."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from lms.assigned import queries
from lms.assigned.domain.due import (
    AssignmentNotFound,
    AssignmentOver,
    AssignmentState,
    ExtensionDecided,
    ExtensionWaits,
    check_extension,
)
from lms.assigned.domain.events import ExtensionAsked, ExtensionGranted, ExtensionRefused
from lms.assigned.domain.standing import Standing
from lms.assigned.models import AssignmentExtension, ExtensionDecision, ExtensionWords
from lms.assigned.queries.assignments import lock_assignment, words
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.errors import Fault, Invalid
from lms.kernel.events import publish


async def ask_for_time(
    session: AsyncSession, *, acting: Actor, assignment_id: UUID, until: date, reason: str
) -> UUID:
    """Ask for more time for one's own assignment. The same asked twice is asked once.

    Raises `AssignmentOver`, `ExtensionWaits` and `BadExtension`.
    """
    standing = await _lock(session, assignment_id, acting)
    if standing.person_id != acting.person_id:
        raise AssignmentNotFound()
    _require_open(standing)
    if standing.waiting is not None:
        if standing.waiting.until == until:
            return standing.waiting.id
        raise ExtensionWaits()
    if not reason.strip():
        raise Invalid("Say why.", faults=[Fault("/reason", "A reason is required.")])
    check_extension(until, due_on=standing.due_on, today=clock.today())
    asked = AssignmentExtension(assignment_id=assignment_id, until_on=until)
    session.add(asked)
    await session.flush()
    session.add(ExtensionWords(extension_id=asked.id, reason=reason.strip()))
    data = {"person": str(standing.person_id), "assignment": str(assignment_id), "until": until.isoformat()}
    await publish(session, [ExtensionAsked(subject_id=asked.id, data=data)], acting=acting)
    return asked.id


async def _lock(session: AsyncSession, assignment_id: UUID, acting: Actor) -> Standing:
    """The assignment as it stands once nobody else asks or decides about it."""
    await lock_assignment(session, assignment_id)
    return await queries.get_assignment_visible_to(session, assignment_id, actor=acting)


def _require_open(standing: Standing) -> None:
    if standing.state(clock.today()) in (AssignmentState.DONE, AssignmentState.ENDED):
        raise AssignmentOver()


async def grant(session: AsyncSession, *, acting: Actor, extension_id: UUID, answer: str = "") -> None:
    """Give the time that was asked for; granted twice is granted once."""
    row = await queries.get_extension_to_decide(session, extension_id, actor=acting)
    if not await _decide(session, acting, row, granted=True, answer=answer):
        return
    event = ExtensionGranted(subject_id=extension_id, person_id=row.person_id, data=_about(row))
    await publish(session, [event], acting=acting)


async def refuse(session: AsyncSession, *, acting: Actor, extension_id: UUID, answer: str) -> None:
    """Leave the due day as it is, and say why; refused twice is refused once."""
    if not answer.strip():
        raise Invalid("Say why.", faults=[Fault("/answer", "A refusal gives its reason.")])
    row = await queries.get_extension_to_decide(session, extension_id, actor=acting)
    if await _decide(session, acting, row, granted=False, answer=answer):
        event = ExtensionRefused(subject_id=extension_id, data=_about(row))
        await publish(session, [event], acting=acting)


async def _decide(session: AsyncSession, acting: Actor, row: Any, *, granted: bool, answer: str) -> bool:
    """Whether this decided it; False when it was decided alike before."""
    standing = await _lock(session, row.assignment_id, acting)
    known = next(each for each in standing.extensions if each.id == row.id)
    if known.granted is not None:
        if known.granted == granted:
            return False
        raise ExtensionDecided()
    _require_open(standing)
    session.add(ExtensionDecision(extension_id=row.id, granted=granted, decided_by_id=acting.person_id))
    await session.flush()
    if answer.strip():
        written = words.update().where(words.c.extension_id == row.id).values(answer=answer.strip())
        await session.execute(written)
    return True


def _about(row: Any) -> dict[str, str]:
    return {
        "person": str(row.person_id),
        "assignment": str(row.assignment_id),
        "until": row.until_on.isoformat(),
    }
