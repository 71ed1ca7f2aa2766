"""What a day brings to evaluations: levels that open, that end, and tests before trainings."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from lms.evaluations.forms import days
from lms.evaluations.queries import counting
from lms.evaluations.queries.took_part import who_has_a_seat, who_was_there
from lms.evaluations.service.counting import close_overdue
from lms.evaluations.service.opening import announce, ask_before, open_levels
from lms.joint_trainings.domain.attendance import TrainingAttended
from lms.joint_trainings.domain.states import TrainingState
from lms.joint_trainings.domain.trainings import TrainingMoved
from lms.joint_trainings.models.trainings import JointTraining
from lms.kernel import clock
from lms.kernel.jobs import enqueue

ASKED = "mail.evaluation_asked"


async def on_training_moved(session: AsyncSession, events: Sequence[TrainingMoved]) -> None:
    """A training that is closed is evaluated from that moment."""
    for event in events:
        if event.after is TrainingState.CLOSED:
            training = await session.get_one(JointTraining, event.subject_id)
            people = await who_was_there(session, training.id)
            await open_levels(session, training, people=people)


async def on_training_attended(session: AsyncSession, events: Sequence[TrainingAttended]) -> None:
    """Whoever turns out to have attended a training that is evaluated already is asked too."""
    by_training: dict[UUID, list[UUID]] = {}
    for event in events:
        by_training.setdefault(UUID(event.data["training"]), []).append(UUID(event.data["person"]))
    evaluated = await counting.levels_of(session, sorted(by_training))
    for training_id in (each for each in by_training if evaluated[each]):
        training = await session.get_one(JointTraining, training_id)
        if await open_levels(session, training, people=by_training[training_id]):
            enqueue(session, ASKED, ids=[str(training_id)])


async def follow_day(session: AsyncSession) -> None:
    """Close what is over, announce what opens, ask for tests before trainings. Run twice, it does it once."""
    await close_overdue(session)
    await announce(session)
    today = clock.today()
    soon = await counting.before_their_first_day(session, today + timedelta(days().pre_test), today)
    asked = [
        row.id
        for row in soon
        if await ask_before(session, row.id, row.starts_on, await who_has_a_seat(session, row.id))
    ]
    if asked:
        enqueue(session, ASKED, ids=[str(each) for each in asked])
