"""Lines of costs, proposed by either side and accepted by the host who is to bear them."""

from typing import Any
from uuid import UUID

from babel.numbers import list_currencies
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.costs import (
    MOST,
    BadCost,
    CostNotFound,
    Line,
    NewCost,
    TooManyCosts,
    faults_in_line,
)
from lms.joint_trainings.domain.trainings import HostNotFound
from lms.joint_trainings.models.costs import TrainingCost
from lms.joint_trainings.models.trainings import JointTraining
from lms.joint_trainings.queries.costs import costs_of
from lms.joint_trainings.queries.trainings import acts_for
from lms.joint_trainings.service.parts import all_hosts, changed, own_host, require_preparing
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.errors import Fault

CURRENCIES = frozenset(list_currencies())
"""Codes of ISO 4217."""


async def add_cost(
    session: AsyncSession, *, acting: Actor, training: JointTraining, new: NewCost
) -> TrainingCost:
    """Propose a line. Who acts for the host that is to bear it has accepted it with that."""
    require_preparing(training)
    host = await _bearer(session, training, new.host_id)
    _check(new, by_partner=host.partner_id is not None)
    if len(await costs_of(session, training.id)) >= MOST:
        raise TooManyCosts()
    is_own = acts_for(acting, host)
    row = TrainingCost(
        training_id=training.id,
        host_id=host.id,
        kind=new.kind.value,
        for_whom=new.for_whom.value,
        what=new.what,
        is_cash=new.is_cash,
        amount=new.amount,
        currency=new.currency,
        basis=new.basis,
        accepted_by_id=acting.person_id if is_own else None,
        accepted_at=clock.now() if is_own else None,
    )
    session.add(row)
    await changed(session, training, acting, "costs")
    return row


async def _bearer(session: AsyncSession, training: JointTraining, host_id: UUID) -> Any:
    for host in await all_hosts(session, training.id):
        if host.id == host_id:
            return host
    raise HostNotFound("A host of this training bears it.", faults=[Fault("/host", "This is no host.")])


def _check(new: NewCost, *, by_partner: bool) -> None:
    line = Line(new.kind, new.for_whom, by_partner, new.is_cash, new.amount, new.currency)
    faults = faults_in_line(line)
    if new.currency not in CURRENCIES:
        faults.append(Fault("/currency", "Give the code of a currency, such as USD."))
    if faults:
        raise BadCost(faults[0].detail, faults=faults)


async def accept_cost(
    session: AsyncSession, *, acting: Actor, training: JointTraining, cost_id: UUID
) -> None:
    """Say for the host that is to bear it that it does. Twice is once."""
    row = await _line(session, training, cost_id)
    own_host(await all_hosts(session, training.id), acting, row.host_id)
    if row.accepted_at is not None:
        return
    require_preparing(training)
    row.accepted_by_id, row.accepted_at = acting.person_id, clock.now()
    await changed(session, training, acting, "costs")


async def remove_cost(
    session: AsyncSession, *, acting: Actor, training: JointTraining, cost_id: UUID
) -> None:
    """Take a line away while the training is prepared."""
    require_preparing(training)
    await session.delete(await _line(session, training, cost_id))
    await changed(session, training, acting, "costs")


async def _line(session: AsyncSession, training: JointTraining, cost_id: UUID) -> TrainingCost:
    row = await session.get(TrainingCost, cost_id)
    if row is None or row.training_id != training.id:
        raise CostNotFound()
    return row
