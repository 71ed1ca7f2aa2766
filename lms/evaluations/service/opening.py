"""Levels open when a training is closed, and forms are asked of those who took part."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from lms.evaluations.domain.happenings import LevelOpened
from lms.evaluations.domain.levels import (
    BOUND_TO_A_DAY,
    LEVEL_OF,
    TESTS,
    Kind,
    Level,
    Window,
    levels_of,
    pre_window,
    window_of,
)
from lms.evaluations.forms import days, form_of
from lms.evaluations.models import EvaluationAsk, EvaluationLevel, ReactionCount
from lms.evaluations.queries import counting
from lms.joint_trainings.models.trainings import JointTraining
from lms.joint_trainings.queries.trainings import hosts_of
from lms.joint_trainings.service.papers import track_now
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import table_of
from lms.kernel.events import publish

levels = table_of(EvaluationLevel)
asks = table_of(EvaluationAsk)
counts = table_of(ReactionCount)


async def open_levels(
    session: AsyncSession, training: JointTraining, *, people: Sequence[UUID], acting: Actor | None = None
) -> int:
    """Open all levels that the training's track asks for, and ask `people`, who took part; how many forms are new.

    Twice is once. Who is found later to have taken part is asked by calling it again while a level is open.
    """
    hosts = (await hosts_of(session, [training.id]))[training.id]
    asked = levels_of((await track_now(session, training, hosts)).track)
    last, today = training.ends_on or training.starts_on or clock.today(), clock.today()
    windows = {level: window_of(level, last, today, days()) for level in asked}
    opened = await _add_levels(session, training.id, windows)
    if Level.REACTION in opened:
        await _add_counts(session, training.id)
    has_test = await counting.find_test(session, training.id) is not None
    kinds = [kind for kind in BOUND_TO_A_DAY if LEVEL_OF[kind] in asked and (has_test or kind not in TESTS)]
    asked_anew = await _ask_of_open(session, training.id, kinds, people)
    await announce(session, training_id=training.id, acting=acting)
    return asked_anew


async def _add_levels(session: AsyncSession, training_id: UUID, windows: dict[Level, Window]) -> set[Level]:
    """The levels that were not there before."""
    form = form_of(Kind.REACTION)  # all forms stand in one file
    rows = [
        {
            "training_id": training_id,
            "level": level.value,
            "opens_on": window.opens_on,
            "closes_on": window.closes_on,
            "form_version": form.version,
            "form_digest": form.digest,
        }
        for level, window in windows.items()
    ]
    statement = insert(levels).values(rows).on_conflict_do_nothing().returning(levels.c.level)
    return {Level(each) for each in await session.scalars(statement)}


async def _add_counts(session: AsyncSession, training_id: UUID) -> None:
    """A row for every score of every question from the first day: an answer makes none that would tell of it."""
    form = form_of(Kind.REACTION)
    rows = [
        {"training_id": training_id, "question": question, "score": score, "people": 0}
        for question in form.scaled
        for score in range(1, len(form.scale) + 1)
    ]
    await session.execute(insert(counts).values(rows).on_conflict_do_nothing())


async def _ask_of_open(
    session: AsyncSession, training_id: UUID, kinds: Iterable[Kind], people: Sequence[UUID]
) -> int:
    new = 0
    for kind in sorted(kinds):
        level = await counting.lock_level(session, training_id, LEVEL_OF[kind])
        if level is not None and level.closed_at is None:
            new += await ask(session, training_id, kind, people, Window(level.opens_on, level.closes_on))
    return new


async def ask(
    session: AsyncSession, training_id: UUID, kind: Kind, people: Sequence[UUID], window: Window
) -> int:
    """Ask each of these people, who are asked nothing twice; how many are asked anew."""
    if not people:
        return 0
    rows = [
        {
            "id": uuid4(),
            "training_id": training_id,
            "kind": kind.value,
            "person_id": person,
            "about_id": person,
            "opens_on": window.opens_on,
            "closes_on": window.closes_on,
            "is_answered": False,
        }
        for person in sorted(set(people))
    ]
    new = await session.scalars(insert(asks).values(rows).on_conflict_do_nothing().returning(asks.c.id))
    return len(new.all())


async def announce(
    session: AsyncSession, *, training_id: UUID | None = None, acting: Actor | None = None
) -> None:
    """Say of each level (of one training, or of any) that it opens, once: the mails that ask follow from it."""
    rows = await counting.unannounced(session, clock.today(), training_id=training_id)
    for row in rows:
        await session.execute(
            update(levels)
            .where(levels.c.training_id == row.training_id, levels.c.level == row.level)
            .values(announced_at=clock.now())
        )
    said = [LevelOpened(subject_id=row.training_id, data={"level": row.level}) for row in rows]
    if said:
        await publish(session, said, acting=acting)


async def ask_before(session: AsyncSession, training_id: UUID, first: date, people: Sequence[UUID]) -> bool:
    """Ask those who have a seat to take the test before the first day; whether anybody is asked anew."""
    asked = await ask(session, training_id, Kind.PRE_TEST, people, pre_window(first, days()))
    return asked > 0
