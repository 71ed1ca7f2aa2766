"""On and off a course."""

from datetime import date
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.domain import Edition
from lms.catalogue.queries import get_course, get_edition, refs_by_key
from lms.completions.domain import Source
from lms.completions.queries import completed_course_ids, latest_by_course
from lms.enrolments import queries
from lms.enrolments.domain.renewals import Lapsing
from lms.enrolments.domain.states import (
    AlreadyEnrolled,
    Enrolled,
    EnrolmentClosed,
    EnrolmentState,
    PrerequisiteMissing,
    Withdrawn,
)
from lms.enrolments.models import Enrolment
from lms.enrolments.service.progress import change_enrolment
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.kernel.errors import Fault, NotAllowed
from lms.kernel.events import publish
from lms.kernel.ids import new_id
from lms.people.queries import team_of

enrolments = table_of(Enrolment)


async def enrol(
    session: AsyncSession,
    *,
    acting: Actor,
    course: str,
    language: str | None = None,
    person_id: UUID | None = None,
    due_on: date | None = None,
) -> UUID:
    """Put the actor on a course, on the version current now; with `person_id`, someone of the actor's team.

    Raises `AlreadyEnrolled` and `PrerequisiteMissing`.
    """
    learner = person_id or acting.person_id
    if learner != acting.person_id:
        await _check_in_team(session, acting, learner)
    ref = await get_course(session, course)
    edition = await get_edition(session, ref.version_id)
    await _check_prerequisites(session, edition, learner)
    enrolment_id = new_id()
    row = {
        "id": enrolment_id,
        "person_id": learner,
        "course_id": ref.id,
        "course_version_id": ref.version_id,
        "state": EnrolmentState.ACTIVE.value,
        "language": edition.language_for(language or acting.language),
        "progress": {},
        "assigned_by_id": acting.person_id if learner != acting.person_id else None,
        "due_on": due_on,
        "renews_id": await _completion_to_renew(session, edition, ref.id, learner),
        "enrolled_at": clock.now(),
    }
    statement = insert(enrolments).values(row).on_conflict_do_nothing().returning(enrolments.c.id)
    if await session.scalar(statement) is None:
        raise AlreadyEnrolled()
    data = {"person": str(learner), "course": course, "version": ref.version}
    await publish(session, [Enrolled(subject_id=enrolment_id, data=data)], acting=acting)
    return enrolment_id


async def _check_in_team(session: AsyncSession, acting: Actor, learner: UUID) -> None:
    team = await team_of(session, acting.person_id)
    if not acting.may(Permission.TEAM_READ) or learner not in {member.id for member in team}:
        raise NotAllowed("You assign courses to those who report to you.")


async def _completion_to_renew(
    session: AsyncSession, edition: Edition, course_id: UUID, learner: UUID
) -> UUID | None:
    """The completion that the course's shorter path renews today; None: the whole course is taken."""
    if not edition.course.renewal.modules:
        return None
    held = (await latest_by_course(session, person_id=learner)).get(course_id)
    if held is None or held.source == Source.WAIVER:  # who was exempted has not taken it
        return None
    short = Lapsing.of(held).takes_short_path(clock.today(), edition.course)
    return UUID(str(held.id)) if short else None


async def _check_prerequisites(session: AsyncSession, edition: Edition, learner: UUID) -> None:
    wanted = edition.course.prerequisites
    if not wanted:
        return
    refs = await refs_by_key(session, wanted)
    held = await completed_course_ids(
        session, person_id=learner, course_ids=[ref.id for ref in refs.values()]
    )
    missing = [key for key in wanted if key in refs and refs[key].id not in held]
    if missing:
        faults = [Fault("/course", f"Complete {key} first.") for key in missing]
        raise PrerequisiteMissing(f"Complete {', '.join(missing)} first.", faults=faults)


async def withdraw(session: AsyncSession, *, acting: Actor, enrolment_id: UUID) -> None:
    """Leave a course; what was done stays on record, and one may enrol anew."""
    row = await queries.get_own_enrolment(session, enrolment_id, actor=acting, lock=True)
    if row.state == EnrolmentState.WITHDRAWN:
        return
    if row.state == EnrolmentState.COMPLETED:
        raise EnrolmentClosed("This course is completed; there is nothing to withdraw from.")
    await change_enrolment(
        session, enrolment_id, state=EnrolmentState.WITHDRAWN.value, withdrawn_at=clock.now()
    )
    event = Withdrawn(subject_id=enrolment_id, data={"person": str(row.person_id), "course": row.course})
    await publish(session, [event], acting=acting)
