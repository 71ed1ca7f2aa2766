"""HTTP of the assessment before a training, and of what stands in the way of its next move."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, status
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.states import TrainingState, next_state
from lms.joint_trainings.queries import ex_ante as queries
from lms.joint_trainings.queries.trainings import get_training, lock_training
from lms.joint_trainings.schemas.agreements import ReadinessRead, obstacle_read
from lms.joint_trainings.schemas.ex_ante import AssessmentCreate, AssessmentsRead, assessments_read
from lms.joint_trainings.service import moves
from lms.joint_trainings.service.ex_ante import assess
from lms.joint_trainings.service.papers import track_now
from lms.joint_trainings.service.parts import all_hosts
from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession, StrictRoute
from lms.people.permits import permit

router = APIRouter(route_class=StrictRoute, tags=["joint trainings"])
_READ, _HOST = Permission.TRAININGS_READ, Permission.TRAININGS_HOST


def tells_who(actor: Actor) -> bool:
    """Whether the reader learns who of a host did what: people of entities do, partners do not."""
    return bool(actor.paths(_READ))


@router.get("/joint-trainings/{training_id}/ex-ante-assessments")
async def read_assessments(
    training_id: UUID, session: DbSession, actor: Actor = permit(_READ)
) -> AssessmentsRead:
    """The newest answers of each side; a partner reads its own, and whether the others have answered."""
    return await _answer(session, await get_training(session, training_id, actor=actor), actor)


async def _answer(session: AsyncSession, training: Any, actor: Actor) -> AssessmentsRead:
    hosts = await all_hosts(session, training.id)
    rows = await queries.assessments_of(session, training.id)
    shown = [row for row in rows if queries.may_read(actor, row, hosts)]
    tracked = await track_now(session, training, hosts)
    return assessments_read(tracked, rows, shown, tell_who=tells_who(actor))


@router.post("/joint-trainings/{training_id}/ex-ante-assessments", status_code=status.HTTP_201_CREATED)
async def add_assessment(
    training_id: UUID, new: AssessmentCreate, session: DbSession, actor: Actor = permit(_HOST)
) -> AssessmentsRead:
    """Answer the five questions for one's side. Nothing is taken back: the newest holds."""
    training = await lock_training(session, training_id, actor=actor)
    await assess(session, acting=actor, training=training, answers=new.answers, host_id=new.host)
    return await _answer(session, training, actor)


@router.get("/joint-trainings/{training_id}/readiness")
async def read_readiness(
    training_id: UUID, session: DbSession, actor: Actor = permit(_READ)
) -> ReadinessRead:
    """Where the training goes next, its track, and all that stands in the way."""
    training = await get_training(session, training_id, actor=actor)
    hosts = await all_hosts(session, training_id)
    onward = next_state(TrainingState(training.state), with_partner=moves.has_partner(hosts))
    found = await moves.obstacles_to(session, training, hosts, onward) if onward else []
    tracked = await track_now(session, training, hosts)
    return ReadinessRead(
        track=tracked.track,
        why=list(tracked.why),
        to=onward,
        obstacles=[obstacle_read(each) for each in found],
    )
