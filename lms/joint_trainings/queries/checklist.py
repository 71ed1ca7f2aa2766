"""Answers to the checklist of trainings."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.models.checklist import ChecklistAnswer
from lms.kernel.database import table_of
from lms.people.models import Person

answers, persons = table_of(ChecklistAnswer), table_of(Person)


async def answers_of(session: AsyncSession, training_id: UUID) -> Sequence[Any]:
    """The newest answer to each item that has one, with who gave it."""
    statement = (
        select(answers, persons.c.name.label("by"))
        .join(persons, persons.c.id == answers.c.by_id)
        .where(answers.c.training_id == training_id)
        .ext(distinct_on(answers.c.item))
        .order_by(answers.c.item, answers.c.id.desc())
    )
    return (await session.execute(statement)).all()
