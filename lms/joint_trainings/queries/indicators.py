"""Indicators of trainings."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.models.indicators import TrainingIndicator
from lms.kernel.database import table_of

indicators = table_of(TrainingIndicator)


async def indicators_of(session: AsyncSession, training_id: UUID) -> Sequence[Any]:
    """In the order in which they were agreed."""
    statement = select(indicators).where(indicators.c.training_id == training_id).order_by(indicators.c.id)
    return (await session.execute(statement)).all()
