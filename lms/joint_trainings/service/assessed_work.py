"""Work at a training is assessed, each side's by its own; partners name who does it for theirs."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.queries import get_edition, get_taxonomy
from lms.joint_trainings.domain.assessed_work import (
    AlreadyAssessed,
    AssessorNamed,
    BadAssessment,
    NotOfPartner,
    NotThere,
    NotYourSide,
    WorkAssessedThere,
    faults_in_levels,
)
from lms.joint_trainings.domain.trainings import TrainingNotFound
from lms.joint_trainings.models.assessments import PartnerAssessor, TrainingAssessment
from lms.joint_trainings.models.attendance import AttendanceNote
from lms.joint_trainings.models.trainings import JointTraining
from lms.joint_trainings.queries import assessed_work as queries
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.errors import Fault
from lms.kernel.events import publish
from lms.partners.domain.register import PartnerNotFound
from lms.people.queries import find_person_by_email
from lms.skills.domain import ASSESSED_THERE
from lms.skills.service import AssessedThere, record_assessed_there


async def competencies_of(session: AsyncSession, training: JointTraining) -> list[str]:
    """What a training is about: what was said of it, and what its course teaches."""
    found = list(training.competencies)
    if training.course_version_id is not None:
        edition = await get_edition(session, training.course_version_id)
        found += [each.competency for each in edition.course.teaches]
    return list(dict.fromkeys(found))


async def assess(
    session: AsyncSession,
    *,
    acting: Actor,
    training_id: UUID,
    person_id: UUID,
    levels: Mapping[str, int],
    words: str,
) -> TrainingAssessment:
    """Say what somebody's work at a training showed, once; skill records follow, up to the ceiling.

    Raises `NotYourSide` for anybody whom the actor may not assess, oneself among them.
    """
    training = await session.get(JointTraining, training_id, with_for_update={"key_share": True})
    if training is None:
        raise TrainingNotFound()
    found = await queries.people_to_assess(session, training_id, actor=acting, person_id=person_id)
    if not found:
        raise await _why_not(session, acting, training_id, person_id)
    if found[0].assessment_id is not None:
        raise AlreadyAssessed()
    ceiling = (await get_taxonomy(session)).ceiling(ASSESSED_THERE)
    faults = faults_in_levels(levels, taught=await competencies_of(session, training), ceiling=ceiling)
    faults += [] if words.strip() else [Fault("/words", "Say what the work showed.")]
    if faults:
        raise BadAssessment(faults[0].detail, faults=faults)
    note = AttendanceNote(person_id=person_id, words=words.strip())
    session.add(note)
    await session.flush()
    made = TrainingAssessment(
        training_id=training_id, person_id=person_id, host_id=found[0].host_id,
        assessor_id=acting.person_id, levels=dict(levels), note_id=note.id,
    )  # fmt: skip
    session.add(made)
    await session.flush()
    shown = AssessedThere(
        made.id, person_id, acting.person_id, min(clock.today(), found[0].ended_at.date()), levels
    )
    await record_assessed_there(session, acting=acting, assessed=shown)
    data = {"person": str(person_id), "training": str(training_id), "levels": dict(levels)}
    said = WorkAssessedThere(subject_id=made.id, entity_id=training.lead_entity_id, data=data)
    await publish(session, [said], acting=acting)
    return made


async def _why_not(
    session: AsyncSession, acting: Actor, training_id: UUID, person_id: UUID
) -> NotYourSide | NotThere | TrainingNotFound:
    """Only who assesses somebody there learns more than that there is nothing here."""
    if not await queries.people_to_assess(session, training_id, actor=acting):
        return TrainingNotFound()
    there = await queries.was_there(session, training_id, person_id)
    return NotYourSide() if there else NotThere()


# -- assessors of a partner --------------------------------------------------------------------------------


def require_own_partner(acting: Actor, partner_id: UUID | None) -> UUID:
    """The partner, if `acting` coordinates its people; an entity names nobody for a partner."""
    if partner_id is None or partner_id not in acting.partners(Permission.PARTNER_PEOPLE_INVITE):
        raise PartnerNotFound()
    return partner_id


async def name_assessor(session: AsyncSession, *, acting: Actor, partner_id: UUID, email: str) -> UUID:
    """Have somebody of the partner assess the work of its people. Twice is once."""
    person = await find_person_by_email(session, email)
    if person is None or not await queries.is_of_partner(session, person.id, partner_id):
        raise NotOfPartner(faults=[Fault("/person", NotOfPartner.title + ".")])
    for each in await queries.assessors_of(session, partner_id):
        if each.person_id == person.id:
            return UUID(str(each.id))
    row = PartnerAssessor(partner_id=partner_id, person_id=person.id, named_by_id=acting.person_id)
    session.add(row)
    await session.flush()
    await _say(session, row, acting)
    return row.id


async def end_assessor(session: AsyncSession, *, acting: Actor, partner_id: UUID, assessor_id: UUID) -> None:
    """Have somebody assess no more; what they assessed stays. Twice is once."""
    table = queries.assessors
    statement = select(PartnerAssessor).where(table.c.id == assessor_id, table.c.partner_id == partner_id)
    row = await session.scalar(statement.with_for_update())
    if row is None:
        raise PartnerNotFound("There is no such assessor here.")
    if row.ended_at is None:
        row.ended_at, row.ended_by_id = clock.now(), acting.person_id
        await session.flush()
        await _say(session, row, acting)


async def _say(session: AsyncSession, row: PartnerAssessor, acting: Actor) -> None:
    data = {
        "partner": str(row.partner_id),
        "person": str(row.person_id),
        "ended": row.ended_at is not None,
    }
    await publish(session, [AssessorNamed(subject_id=row.id, data=data)], acting=acting)
