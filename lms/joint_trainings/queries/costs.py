"""Costs of trainings."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.models.costs import TrainingCost
from lms.joint_trainings.queries.trainings import entities, hosts, partners
from lms.kernel.database import table_of

costs = table_of(TrainingCost)


async def costs_of(session: AsyncSession, training_id: UUID) -> Sequence[Any]:
    """Lines in the order in which they were added, each with its host's `host_key`, `host_name` and `by_partner`."""
    key, name = (func.coalesce(entities.c[each], partners.c[each]) for each in ("key", "name"))
    statement = (
        select(
            costs,
            key.label("host_key"),
            name.label("host_name"),
            hosts.c.partner_id.isnot(None).label("by_partner"),
        )
        .join(hosts, hosts.c.id == costs.c.host_id)
        .join(entities, entities.c.id == hosts.c.entity_id, isouter=True)
        .join(partners, partners.c.id == hosts.c.partner_id, isouter=True)
        .where(costs.c.training_id == training_id)
        .order_by(costs.c.id)
    )
    return (await session.execute(statement)).all()
