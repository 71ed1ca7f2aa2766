"""HTTP of costs."""

from uuid import UUID

from fastapi import APIRouter, status
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.queries.costs import costs_of
from lms.joint_trainings.queries.trainings import get_training, lock_training
from lms.joint_trainings.schemas.costs import CostCreate, CostsRead, costs_read
from lms.joint_trainings.service import costs
from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession, StrictRoute
from lms.people.permits import permit

router = APIRouter(route_class=StrictRoute, tags=["joint trainings"])
_READ, _HOST = Permission.TRAININGS_READ, Permission.TRAININGS_HOST


async def _answer(session: AsyncSession, training_id: UUID) -> CostsRead:
    return costs_read(await costs_of(session, training_id))


@router.get("/joint-trainings/{training_id}/costs")
async def read_costs(training_id: UUID, session: DbSession, actor: Actor = permit(_READ)) -> CostsRead:
    """Who bears what, and what it comes to in each currency."""
    await get_training(session, training_id, actor=actor)
    return await _answer(session, training_id)


@router.post("/joint-trainings/{training_id}/costs", status_code=status.HTTP_201_CREATED)
async def add_cost(
    training_id: UUID, new: CostCreate, session: DbSession, actor: Actor = permit(_HOST)
) -> CostsRead:
    """Propose a line; who acts for the host that is to bear it has accepted it with that."""
    training = await lock_training(session, training_id, actor=actor)
    await costs.add_cost(session, acting=actor, training=training, new=new.new())
    await session.flush()
    return await _answer(session, training_id)


@router.post("/joint-trainings/{training_id}/costs/{cost_id}/acceptance")
async def accept_cost(
    training_id: UUID, cost_id: UUID, session: DbSession, actor: Actor = permit(_HOST)
) -> CostsRead:
    """Say for the host that is to bear it that it does. Twice is once."""
    training = await lock_training(session, training_id, actor=actor)
    await costs.accept_cost(session, acting=actor, training=training, cost_id=cost_id)
    await session.flush()
    return await _answer(session, training_id)


@router.delete("/joint-trainings/{training_id}/costs/{cost_id}", status_code=status.HTTP_204_NO_CONTENT)
async def remove_cost(
    training_id: UUID, cost_id: UUID, session: DbSession, actor: Actor = permit(_HOST)
) -> None:
    """Take a line away, while the training is prepared. To change one, take it away and add another."""
    training = await lock_training(session, training_id, actor=actor)
    await costs.remove_cost(session, acting=actor, training=training, cost_id=cost_id)
