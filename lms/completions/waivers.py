"""Waive a course for somebody: a completion that says they need not take it, for a reason and until a day."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.queries import get_course, get_edition
from lms.completions.domain import EvidenceKind, Source
from lms.completions.domain.waivers import WAIVER_RULE, AlreadyWaived, BadExpiry, fault_in_expiry
from lms.completions.models import Completion, CompletionRevocation, Evidence
from lms.completions.service import Finished, event_of, one_at_a_time, row_of
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.kernel.errors import Fault, Invalid, NotAllowed
from lms.kernel.events import publish
from lms.kernel.ids import new_id
from lms.kernel.writes import flush
from lms.people.domain import PersonNotFound
from lms.people.queries import is_kept_by, resolve_person

completions = table_of(Completion)
evidence = table_of(Evidence)
revocations = table_of(CompletionRevocation)


async def waive(
    session: AsyncSession, *, acting: Actor, person: str, course: str, reason: str, valid_until: date
) -> tuple[UUID, bool]:
    """Waive a course for a person (id or e-mail); the completion's id, and whether it was there already.

    Given by human resources or a head for people they keep the record of today, never for oneself. The same sent
    twice is one waiver; one that would end earlier than another in force is refused.
    """
    person_id = await _person(session, acting, person)
    ref = await get_course(session, course)
    edition = await get_edition(session, ref.version_id)
    today = clock.today()
    if not reason.strip():
        raise Invalid("Say why.", faults=[Fault("/reason", "A reason is required.")])
    fault = fault_in_expiry(valid_until, today=today, course_ends=edition.course.last_valid_day(today))
    if fault is not None:
        raise BadExpiry(fault, faults=[Fault("/valid_until", fault)])
    await flush(session)
    await one_at_a_time(session, person_id)
    there = await _in_force(session, person_id, ref.id)
    if there is not None and there.valid_until >= valid_until:
        if (there.valid_until, there.occurred_on, there.recorded_by_id) == (
            valid_until,
            today,
            acting.person_id,
        ):
            return there.id, True
        raise AlreadyWaived(f"It is waived until {there.valid_until} already.")
    finished = Finished(person_id, ref.id, ref.version_id, 0, today, valid_until)
    return await _record(session, acting, finished, reason.strip()), False


async def _person(session: AsyncSession, acting: Actor, reference: str) -> UUID:
    person_id = await resolve_person(
        session, reference, actor=acting, permission=Permission.COMPLETIONS_WAIVE
    )
    if person_id == acting.person_id:
        raise NotAllowed("Nobody waives a course for themselves.")
    if not await is_kept_by(session, acting, Permission.COMPLETIONS_WAIVE, person_id):
        raise PersonNotFound(f"There is no person {reference!r} for whom you may waive a course.")
    return person_id


async def _in_force(session: AsyncSession, person_id: UUID, course_id: UUID) -> Any | None:
    """The waiver that runs longest, if one runs."""
    statement = (
        select(
            completions.c.id,
            completions.c.valid_until,
            completions.c.occurred_on,
            completions.c.recorded_by_id,
        )
        .join(revocations, revocations.c.completion_id == completions.c.id, isouter=True)
        .where(
            completions.c.person_id == person_id,
            completions.c.course_id == course_id,
            completions.c.source == Source.WAIVER.value,
            completions.c.valid_until >= clock.today(),
            revocations.c.completion_id.is_(None),
        )
        .order_by(completions.c.valid_until.desc(), completions.c.id)
        .limit(1)
    )
    return (await session.execute(statement)).one_or_none()


async def _record(session: AsyncSession, acting: Actor, finished: Finished, reason: str) -> UUID:
    """The caller holds the person's lock, so how often a waiver was given on this day can be counted."""
    row = row_of(finished, Source.WAIVER, recorded_by=acting.person_id, at=clock.now())
    row |= {
        "rule": WAIVER_RULE,
        "evidence_id": new_id(),
        "round": await _given_today(session, finished),
    }
    words = {
        "id": row["evidence_id"],
        "person_id": finished.person_id,
        "kind": EvidenceKind.WAIVER.value,
        "words": reason,
        "recorded_at": row["recorded_at"],
    }
    await session.execute(evidence.insert().values(words))
    await session.execute(completions.insert().values(row))
    await publish(session, [event_of(row)], acting=acting)
    return UUID(str(row["id"]))


async def _given_today(session: AsyncSession, finished: Finished) -> int:
    """How many waivers of the course were given to the person today: revoked since, or prolonged."""
    statement = select(func.count()).where(
        completions.c.person_id == finished.person_id,
        completions.c.course_id == finished.course_id,
        completions.c.occurred_on == finished.occurred_on,
        completions.c.source == Source.WAIVER.value,
    )
    return int(await session.scalar(statement) or 0)
