"""Values that agreed indicators reached, and which hosts confirmed them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.evaluations.models import ResultConfirmation, ResultValue
from lms.joint_trainings.queries.indicators import indicators_of
from lms.joint_trainings.queries.trainings import hosts_of
from lms.kernel.database import table_of
from lms.kernel.errors import Fault

values = table_of(ResultValue)
confirmations = table_of(ResultConfirmation)


@dataclass(frozen=True, slots=True)
class Result:
    """An agreed indicator with the latest value it reached (None: nothing is recorded), and who has confirmed that.

    `waiting` are hosts, rows of `hosts_of`, beside the lead that have not.
    """

    indicator: Any
    value: Any
    confirmed: tuple[Any, ...] = ()
    waiting: tuple[Any, ...] = ()


async def results_of(session: AsyncSession, training_id: UUID) -> list[Result]:
    """Every agreed indicator of a training, in order."""
    others = [each for each in (await hosts_of(session, [training_id]))[training_id] if not each.is_lead]
    latest = {row.indicator_id: row for row in await _values(session, training_id)}
    said = await _confirmed_by(session, [row.id for row in latest.values()])
    found = []
    for indicator in await indicators_of(session, training_id):
        value = latest.get(indicator.id)
        by = said.get(value.id, set()) if value is not None else set()
        confirmed = tuple(host for host in others if host.id in by)
        waiting = tuple(host for host in others if host.id not in by) if value is not None else ()
        found.append(Result(indicator, value, confirmed, waiting))
    return found


async def _values(session: AsyncSession, training_id: UUID) -> Sequence[Any]:
    """All values, the latest of each indicator last."""
    statement = select(values).where(values.c.training_id == training_id).order_by(values.c.id)
    return (await session.execute(statement)).all()


async def _confirmed_by(session: AsyncSession, value_ids: Sequence[UUID]) -> dict[UUID, set[UUID]]:
    statement = select(confirmations.c.value_id, confirmations.c.host_id)
    found: dict[UUID, set[UUID]] = {}
    for value_id, host_id in await session.execute(statement.where(confirmations.c.value_id.in_(value_ids))):
        found.setdefault(value_id, set()).add(host_id)
    return found


async def missing_results(session: AsyncSession, training_id: UUID) -> list[Fault]:
    """What the results lack before the lead may close them: values, and confirmations of the other hosts."""
    faults = []
    for number, each in enumerate(await results_of(session, training_id)):
        if each.value is None:
            faults.append(Fault(f"/results/{number}", f"No value is recorded: {each.indicator.name}"))
        faults += [
            Fault(f"/results/{number}", f"{host.name} has not confirmed: {each.indicator.name}")
            for host in each.waiting
        ]
    return faults
