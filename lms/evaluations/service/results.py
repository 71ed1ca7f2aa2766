"""What agreed indicators reached: recorded by the lead, confirmed by the other hosts. Nothing is ever changed."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from lms.evaluations.domain.happenings import (
    BadResult,
    LevelClosed,
    NoEvaluation,
    ResultConfirmed,
    ResultNotFound,
    ResultRecorded,
)
from lms.evaluations.domain.levels import Level
from lms.evaluations.models import ResultConfirmation, ResultValue
from lms.evaluations.queries import counting
from lms.evaluations.queries.results import results_of
from lms.joint_trainings.domain.trainings import NotYourHost
from lms.joint_trainings.models.trainings import JointTraining
from lms.joint_trainings.queries.trainings import acts_for
from lms.joint_trainings.service.trainings import require_lead
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import table_of
from lms.kernel.errors import Fault
from lms.kernel.events import publish

confirmations = table_of(ResultConfirmation)


@dataclass(frozen=True, slots=True)
class Reached:
    """A value that an indicator reached: measured on a day, by which source."""

    indicator_id: UUID
    value: Decimal
    occurred_on: date
    source: str
    note: str | None = None


async def record_value(
    session: AsyncSession, *, acting: Actor, training: JointTraining, reached: Reached
) -> UUID:
    """Record what an indicator reached; the lead does. The latest value counts, and is confirmed anew."""
    await require_lead(session, training, acting=acting)
    await _require_open(session, training.id)
    known = {each.indicator.id for each in await results_of(session, training.id)}
    faults = []
    if reached.indicator_id not in known:
        faults.append(Fault("/indicator", "This is no indicator of the training."))
    if reached.occurred_on > clock.today():
        faults.append(Fault("/occurred_on", "This day is still to come."))
    if not reached.source.strip():
        faults.append(Fault("/source", "Say where the value comes from."))
    if faults:
        raise BadResult(faults[0].detail, faults=faults)
    row = ResultValue(
        training_id=training.id,
        indicator_id=reached.indicator_id,
        value=reached.value,
        occurred_on=reached.occurred_on,
        source=reached.source.strip(),
        note=(reached.note or "").strip() or None,
        by_id=acting.person_id,
    )
    session.add(row)
    await session.flush()
    data = {"value": str(row.id), "indicator": str(reached.indicator_id)}
    said = ResultRecorded(subject_id=training.id, entity_id=training.lead_entity_id, data=data)
    await publish(session, [said], acting=acting)
    return row.id


async def confirm_value(
    session: AsyncSession, *, acting: Actor, training: JointTraining, value_id: UUID
) -> None:
    """Confirm the latest value of an indicator for every host, beside the lead, for which one acts. Twice is once."""
    await _require_open(session, training.id)
    found = [each for each in await results_of(session, training.id) if each.value is not None]
    result = next((each for each in found if each.value.id == value_id), None)
    if result is None:
        raise ResultNotFound("There is no such value, or a later one counts.")
    own = [host for host in (*result.confirmed, *result.waiting) if acts_for(acting, host)]
    if not own:
        raise NotYourHost("The hosts beside the one that leads confirm what was reached.")
    new = [host for host in own if host in result.waiting]
    for host in new:
        row = {"value_id": value_id, "host_id": host.id, "by_id": acting.person_id}
        await session.execute(insert(confirmations).values(**row, recorded_at=clock.now()))
    said = [
        ResultConfirmed(
            subject_id=training.id,
            entity_id=training.lead_entity_id,
            data={"value": str(value_id), "host": str(host.id)},
        )
        for host in new
    ]
    await publish(session, said, acting=acting)


async def _require_open(session: AsyncSession, training_id: UUID) -> None:
    level = await counting.lock_level(session, training_id, Level.RESULTS)
    if level is None:
        raise NoEvaluation("No results are asked for, or not yet.")
    if level.closed_at is not None:
        raise LevelClosed()
