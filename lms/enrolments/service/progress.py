"""Progress and completion are decided here alone, on the server.

Every change of progress holds the enrolment's row lock, so two devices, a double click or a late message
meet one after the other, and the second finds the first one's work done.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.domain import Activity, ActivityKind, Course, Edition
from lms.catalogue.queries import get_edition
from lms.completions.service import Finished, record_own
from lms.enrolments import queries
from lms.enrolments.domain.states import (
    ActivityNotFound,
    ActivityState,
    EnrolmentClosed,
    EnrolmentState,
    Progress,
    as_taken,
    is_complete,
    moved_forward,
    require_kind,
)
from lms.enrolments.models import Enrolment
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import table_of
from lms.kernel.writes import flush, gather_update

enrolments = table_of(Enrolment)


@dataclass(frozen=True, slots=True)
class Moved:
    """Where an enrolment stands after a change."""

    course: Course
    progress: Progress
    state: str


async def complete_page(
    session: AsyncSession, *, acting: Actor, enrolment_id: UUID, activity: str, state: ActivityState
) -> Moved:
    """Mark a page as begun or read; twice is once."""
    row = await queries.get_own_enrolment(session, enrolment_id, actor=acting, lock=True)
    edition = await get_edition(session, row.course_version_id)
    require_kind(find_activity(edition, activity), ActivityKind.PAGE)
    require_open(row)
    return await advance(session, row, edition, activity, state, acting=acting)


async def remember_place(session: AsyncSession, *, acting: Actor, enrolment_id: UUID, place: str) -> None:
    """Remember where the actor reads, to open there on any device."""
    await session.execute(
        update(enrolments)
        .where(enrolments.c.id == enrolment_id, enrolments.c.person_id == acting.person_id)
        .values(place=place)
    )


async def choose_language(session: AsyncSession, *, acting: Actor, enrolment_id: UUID, language: str) -> None:
    """Go on in another language the course has; progress and open attempts stay, since ids are the same in all."""
    row = await queries.get_own_enrolment(session, enrolment_id, actor=acting, lock=True)
    edition = await get_edition(session, row.course_version_id)
    await change_enrolment(session, enrolment_id, language=edition.language_for(language, row.language))


def find_activity(edition: Edition, key: str) -> Activity:
    """The activity of this version; `ActivityNotFound` when it has none by this key."""
    try:
        return edition.course.activity(key)
    except KeyError as error:
        raise ActivityNotFound(f"This course has no activity {key!r}.") from error


def require_open(row: Any) -> None:
    if row.state == EnrolmentState.WITHDRAWN:
        raise EnrolmentClosed()


async def advance(
    session: AsyncSession,
    row: Any,
    edition: Edition,
    activity: str,
    state: ActivityState,
    *,
    acting: Actor | None,
) -> Moved:
    """Move one activity on and, when that satisfies the last required one, complete the course."""
    now, course = clock.now(), as_taken(edition, row).course
    progress = moved_forward(row.progress, activity, state, now)
    if progress is row.progress:
        return Moved(course, progress, row.state)
    values: dict[str, Any] = {"progress": progress}
    if row.state == EnrolmentState.ACTIVE and is_complete(course, progress):
        values |= {"state": EnrolmentState.COMPLETED.value, "completed_at": now}
        await record_own(session, acting=acting, finished=finished(row, course))
    # One statement writes this together with the completion and all that follows from it; sent here, so that
    # whoever reads on in this transaction sees it.
    gather_update(session, enrolments, row.id, values)
    await flush(session)
    return Moved(course, progress, values.get("state", row.state))


def finished(row: Any, course: Course) -> Finished:
    """The completion of the version that the enrolment pins, as it was taken."""
    today = clock.today()
    return Finished(
        person_id=row.person_id,
        course_id=row.course_id,
        course_version_id=row.course_version_id,
        minutes=sum(each.minutes for each in course.required_activities),
        occurred_on=today,
        valid_until=course.last_valid_day(today),
        enrolment_id=row.id,
    )


async def change_enrolment(session: AsyncSession, enrolment_id: UUID, **values: Any) -> None:
    await session.execute(update(enrolments).where(enrolments.c.id == enrolment_id).values(**values))
