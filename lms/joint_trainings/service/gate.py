"""The due-diligence gate, asked for every partner that hosts, by the rules of every entity that does."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.states import Obstacle, TrainingState
from lms.joint_trainings.models.trainings import JointTraining
from lms.joint_trainings.service.papers import track_now
from lms.partners.domain.gate import Scope
from lms.partners.screening import verdict_on

GATED = frozenset({TrainingState.AGREED, TrainingState.PUBLISHED})
"""Nothing of these begins while the gate is shut; what is under way goes on."""


async def obstacles_at_the_gate(
    session: AsyncSession, training: JointTraining, hosts: list[Any], to: TrainingState
) -> list[Obstacle]:
    """Partners that may not take part now, by name and nothing more: reasons are for the circle."""
    if to not in GATED:
        return []
    return [Obstacle("not_clear", "/hosts", name) for name in await shut_out(session, training, hosts)]


async def shut_out(session: AsyncSession, training: JointTraining, hosts: list[Any]) -> list[str]:
    """Names of partners among the hosts for whom some hosting entity's gate is shut today, in their order."""
    asked = [host for host in hosts if host.partner_id]
    if not asked:
        return []
    effort = (await track_now(session, training, hosts)).effort
    paths = [host.path for host in hosts if host.path]
    names = []
    for partner in asked:
        verdicts = [
            await verdict_on(session, partner.partner_id, path, scope=Scope.JOINT_TRAINING, effort=effort)
            for path in paths
        ]
        if not all(verdict.is_clear for verdict in verdicts):
            names.append(partner.name)
    return names
