"""HTTP of work assessed at trainings, and of those whom partners name to assess it."""

from uuid import UUID

from fastapi import APIRouter, status

from lms.joint_trainings.domain.trainings import TrainingNotFound
from lms.joint_trainings.queries import assessed_work as queries
from lms.joint_trainings.schemas.attendance import (
    AssessmentCreate,
    AssessmentRead,
    AssessorCreate,
    AssessorRead,
    assessment_read,
    assessor_read,
)
from lms.joint_trainings.service import assessed_work
from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession, StrictRoute
from lms.kernel.pagination import Page
from lms.partners.queries import id_of
from lms.people.permits import permit

router = APIRouter(route_class=StrictRoute, tags=["attendance"])
_SELF, _INVITE = Permission.SELF, Permission.PARTNER_PEOPLE_INVITE


@router.get("/joint-trainings/{training_id}/assessments")
async def list_assessments(
    training_id: UUID, session: DbSession, actor: Actor = permit(_SELF)
) -> Page[AssessmentRead]:
    """People of one's own side who were there, each with what was said of their work."""
    rows = await queries.people_to_assess(session, training_id, actor=actor)
    if not rows:
        raise TrainingNotFound()
    return Page(items=[assessment_read(row) for row in rows])


@router.post("/joint-trainings/{training_id}/assessments", status_code=status.HTTP_201_CREATED)
async def assess(
    training_id: UUID, new: AssessmentCreate, session: DbSession, actor: Actor = permit(_SELF)
) -> AssessmentRead:
    """Assess the work of somebody of one's own side, once; skill records follow."""
    await assessed_work.assess(
        session,
        acting=actor,
        training_id=training_id,
        person_id=new.person,
        levels=new.levels,
        words=new.words,
    )
    rows = await queries.people_to_assess(session, training_id, actor=actor, person_id=new.person)
    return assessment_read(rows[0])


@router.get("/partners/{key}/assessors")
async def list_assessors(key: str, session: DbSession, actor: Actor = permit(_INVITE)) -> Page[AssessorRead]:
    """Whom one's partner named to assess the work of its people."""
    partner_id = assessed_work.require_own_partner(actor, await id_of(session, key))
    return Page(items=[assessor_read(row) for row in await queries.assessors_of(session, partner_id)])


@router.post("/partners/{key}/assessors", status_code=status.HTTP_201_CREATED)
async def name_assessor(
    key: str, new: AssessorCreate, session: DbSession, actor: Actor = permit(_INVITE)
) -> AssessorRead:
    """Name one of the partner's people. Twice is once."""
    partner_id = assessed_work.require_own_partner(actor, await id_of(session, key))
    made = await assessed_work.name_assessor(session, acting=actor, partner_id=partner_id, email=new.person)
    rows = await queries.assessors_of(session, partner_id)
    return next(assessor_read(row) for row in rows if row.id == made)


@router.delete("/partners/{key}/assessors/{assessor_id}", status_code=status.HTTP_204_NO_CONTENT)
async def end_assessor(
    key: str, assessor_id: UUID, session: DbSession, actor: Actor = permit(_INVITE)
) -> None:
    """Have somebody assess no more; what they assessed stays."""
    partner_id = assessed_work.require_own_partner(actor, await id_of(session, key))
    await assessed_work.end_assessor(session, acting=actor, partner_id=partner_id, assessor_id=assessor_id)
