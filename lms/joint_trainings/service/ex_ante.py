"""The assessment before a training, side by side."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.ex_ante import (
    BadAssessment,
    Question,
    TrainingAssessed,
    faults_in_answers,
)
from lms.joint_trainings.models.ex_ante import ExAnteAssessment
from lms.joint_trainings.models.trainings import JointTraining
from lms.joint_trainings.service.parts import all_hosts, own_host, require_preparing
from lms.kernel.access import Actor
from lms.kernel.events import publish


async def assess(
    session: AsyncSession,
    *,
    acting: Actor,
    training: JointTraining,
    answers: Mapping[str, str],
    host_id: UUID | None = None,
) -> ExAnteAssessment:
    """Answer the five questions for one's side: the entities', or a partner's. The newest of a side holds."""
    require_preparing(training)
    host = own_host(await all_hosts(session, training.id), acting, host_id)
    faults = faults_in_answers(answers)
    if faults:
        raise BadAssessment(faults[0].detail, faults=faults)
    row = ExAnteAssessment(
        training_id=training.id,
        partner_id=host.partner_id,
        answers={each.value: answers[each.value].strip() for each in Question},
        by_id=acting.person_id,
    )
    session.add(row)
    await session.flush()
    side = str(host.partner_id) if host.partner_id else "un"
    said = TrainingAssessed(subject_id=training.id, entity_id=training.lead_entity_id, data={"side": side})
    await publish(session, [said], acting=acting)
    return row
