"""HTTP of the checklist."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.checklist import Item, Setting
from lms.joint_trainings.endpoints.ex_ante import tells_who
from lms.joint_trainings.queries.checklist import answers_of
from lms.joint_trainings.queries.trainings import get_training, lock_training
from lms.joint_trainings.schemas.checklist import ChecklistAnswerCreate, ChecklistRead, checklist_read
from lms.joint_trainings.service.checklist import answer_item
from lms.joint_trainings.service.parts import all_hosts
from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession, StrictRoute
from lms.people.permits import permit

router = APIRouter(route_class=StrictRoute, tags=["joint trainings"])
_READ, _HOST = Permission.TRAININGS_READ, Permission.TRAININGS_HOST


async def _answer(session: AsyncSession, training: Any, actor: Actor) -> ChecklistRead:
    has_partner = any(host.partner_id for host in await all_hosts(session, training.id))
    setting = Setting(has_partner, training.name_or_emblem, training.is_recorded, bool(training.course_id))
    rows = await answers_of(session, training.id)
    return checklist_read(rows, setting, tell_who=tells_who(actor))


@router.get("/joint-trainings/{training_id}/checklist")
async def read_checklist(
    training_id: UUID, session: DbSession, actor: Actor = permit(_READ)
) -> ChecklistRead:
    """The twelve items with their newest answers."""
    return await _answer(session, await get_training(session, training_id, actor=actor), actor)


@router.put("/joint-trainings/{training_id}/checklist/{item}")
async def answer_checklist(
    training_id: UUID,
    item: Item,
    new: ChecklistAnswerCreate,
    session: DbSession,
    actor: Actor = permit(_HOST),
) -> ChecklistRead:
    """Answer an item, or answer it anew; an entity that hosts does. Nothing is taken back: the newest holds."""
    training = await lock_training(session, training_id, actor=actor)
    await answer_item(session, acting=actor, training=training, item=item, answer=new.answer, note=new.note)
    await session.flush()
    return await _answer(session, training, actor)
