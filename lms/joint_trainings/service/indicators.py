"""Indicators of a training, added and taken away while it is prepared."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.indicators import (
    MOST,
    BadIndicator,
    Indicator,
    IndicatorNotFound,
    TooManyIndicators,
    faults_in_indicator,
)
from lms.joint_trainings.models.indicators import TrainingIndicator
from lms.joint_trainings.models.trainings import JointTraining
from lms.joint_trainings.queries.indicators import indicators_of
from lms.joint_trainings.service.parts import changed, require_preparing
from lms.kernel.access import Actor


async def add_indicator(
    session: AsyncSession, *, acting: Actor, training: JointTraining, indicator: Indicator
) -> TrainingIndicator:
    """Agree on one more; either side proposes, both sign. `training` is locked."""
    require_preparing(training)
    faults = faults_in_indicator(indicator)
    if faults:
        raise BadIndicator(faults[0].detail, faults=faults)
    if len(await indicators_of(session, training.id)) >= MOST:
        raise TooManyIndicators()
    row = TrainingIndicator(
        training_id=training.id,
        name=indicator.name,
        unit=indicator.unit,
        baseline=indicator.baseline,
        target=indicator.target,
        verification=indicator.verification,
        measured_on=indicator.measured_on,
    )
    session.add(row)
    await changed(session, training, acting, "indicators")
    return row


async def remove_indicator(
    session: AsyncSession, *, acting: Actor, training: JointTraining, indicator_id: UUID
) -> None:
    """Take one away while the training is prepared."""
    require_preparing(training)
    row = await session.get(TrainingIndicator, indicator_id)
    if row is None or row.training_id != training.id:
        raise IndicatorNotFound()
    await session.delete(row)
    await changed(session, training, acting, "indicators")
