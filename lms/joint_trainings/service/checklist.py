"""The checklist of a training with a partner, answered by the entities."""

from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.checklist import Answer, BadAnswer, Item, Setting, faults_in_answer
from lms.joint_trainings.models.checklist import ChecklistAnswer
from lms.joint_trainings.models.trainings import JointTraining
from lms.joint_trainings.queries.checklist import answers_of
from lms.joint_trainings.service.parts import (
    all_hosts,
    changed,
    require_entity,
    require_partner,
    require_preparing,
)
from lms.kernel.access import Actor


async def answer_item(
    session: AsyncSession,
    *,
    acting: Actor,
    training: JointTraining,
    item: Item,
    answer: Answer,
    note: str = "",
) -> None:
    """Answer an item, or answer it anew: the newest holds. Said twice alike, it is said once."""
    require_preparing(training)
    hosts = await all_hosts(session, training.id)
    require_partner(hosts)
    require_entity(hosts, acting)
    setting = Setting(True, training.name_or_emblem, training.is_recorded, training.course_id is not None)
    faults = faults_in_answer(item, answer, note, setting)
    if faults:
        raise BadAnswer(faults[0].detail, faults=faults)
    now = {row.item: (row.answer, row.note) for row in await answers_of(session, training.id)}
    if now.get(item.value) == (answer.value, note.strip()):
        return
    session.add(
        ChecklistAnswer(
            training_id=training.id,
            item=item.value,
            answer=answer.value,
            note=note.strip(),
            by_id=acting.person_id,
        )
    )
    await changed(session, training, acting, "checklist")
