"""HTTP of indicators."""

from uuid import UUID

from fastapi import APIRouter, status
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.queries.indicators import indicators_of
from lms.joint_trainings.queries.trainings import get_training, lock_training
from lms.joint_trainings.schemas.indicators import IndicatorCreate, IndicatorRead, IndicatorsRead
from lms.joint_trainings.service import indicators
from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession, StrictRoute
from lms.people.permits import permit

router = APIRouter(route_class=StrictRoute, tags=["joint trainings"])
_READ, _HOST = Permission.TRAININGS_READ, Permission.TRAININGS_HOST


async def _answer(session: AsyncSession, training_id: UUID) -> IndicatorsRead:
    rows = await indicators_of(session, training_id)
    return IndicatorsRead(items=[IndicatorRead.model_validate(row) for row in rows])


@router.get("/joint-trainings/{training_id}/indicators")
async def read_indicators(
    training_id: UUID, session: DbSession, actor: Actor = permit(_READ)
) -> IndicatorsRead:
    """What is to be measured, in the order in which it was agreed."""
    await get_training(session, training_id, actor=actor)
    return await _answer(session, training_id)


@router.post("/joint-trainings/{training_id}/indicators", status_code=status.HTTP_201_CREATED)
async def add_indicator(
    training_id: UUID, new: IndicatorCreate, session: DbSession, actor: Actor = permit(_HOST)
) -> IndicatorsRead:
    """Agree on one more, while the training is prepared."""
    training = await lock_training(session, training_id, actor=actor)
    await indicators.add_indicator(session, acting=actor, training=training, indicator=new.indicator())
    await session.flush()
    return await _answer(session, training_id)


@router.delete(
    "/joint-trainings/{training_id}/indicators/{indicator_id}", status_code=status.HTTP_204_NO_CONTENT
)
async def remove_indicator(
    training_id: UUID, indicator_id: UUID, session: DbSession, actor: Actor = permit(_HOST)
) -> None:
    """Take one away, while the training is prepared. To change one, take it away and add another."""
    training = await lock_training(session, training_id, actor=actor)
    await indicators.remove_indicator(session, acting=actor, training=training, indicator_id=indicator_id)
