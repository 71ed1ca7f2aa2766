"""What a level is counted from, whoever asks: for use cases and jobs, never for a page."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.evaluations.domain.levels import Kind, Level
from lms.evaluations.models import (
    BehaviourAnswer,
    EvaluationAsk,
    EvaluationLevel,
    ReactionCount,
    ReactionWords,
    TestScore,
    TrainingTest,
)
from lms.joint_trainings.domain.states import OPEN_STATES
from lms.joint_trainings.models.trainings import JointTraining
from lms.kernel.database import table_of

levels = table_of(EvaluationLevel)
asks = table_of(EvaluationAsk)
counts = table_of(ReactionCount)
words = table_of(ReactionWords)
answers = table_of(BehaviourAnswer)
scores = table_of(TestScore)
tests = table_of(TrainingTest)
trainings = table_of(JointTraining)

Counts = dict[str, dict[int, int]]
"""How many people gave which score, by question."""


async def lock_level(session: AsyncSession, training_id: UUID, level: Level) -> EvaluationLevel | None:
    """The level, locked until the transaction ends: answers to it and its end come one after the other."""
    statement = select(EvaluationLevel).where(
        levels.c.training_id == training_id, levels.c.level == level.value
    )
    found: EvaluationLevel | None = await session.scalar(
        statement.with_for_update().execution_options(populate_existing=True)
    )
    return found


async def levels_of(session: AsyncSession, training_ids: Sequence[UUID]) -> dict[UUID, list[Any]]:
    """Levels by training, in the order in which they are."""
    found: dict[UUID, list[Any]] = {each: [] for each in training_ids}
    for row in await session.execute(select(levels).where(levels.c.training_id.in_(training_ids))):
        found[row.training_id].append(row)
    order = list(Level)
    for rows in found.values():
        rows.sort(key=lambda row: order.index(Level(row.level)))
    return found


async def asked_and_answered(
    session: AsyncSession, training_ids: Sequence[UUID]
) -> dict[tuple[UUID, Kind], tuple[int, int]]:
    """How many are asked, and have answered, by training and form; of levels that are open."""
    statement = (
        select(
            asks.c.training_id,
            asks.c.kind,
            func.count().label("asked"),
            func.count().filter(asks.c.is_answered).label("answered"),
        )
        .where(asks.c.training_id.in_(training_ids))
        .group_by(asks.c.training_id, asks.c.kind)
    )
    rows = await session.execute(statement)
    return {(row.training_id, Kind(row.kind)): (row.asked, row.answered) for row in rows}


async def reaction_counts(session: AsyncSession, training_id: UUID) -> Counts:
    """Scores of a reaction."""
    rows = await session.execute(select(counts).where(counts.c.training_id == training_id))
    found: Counts = defaultdict(dict)
    for row in rows:
        found[row.question][row.score] = row.people
    return found


async def reaction_words(session: AsyncSession, training_id: UUID) -> dict[str, list[str]]:
    """What was written, by question; whoever tells it shuffles it."""
    rows = await session.execute(select(words).where(words.c.training_id == training_id))
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        found[row.question].append(row.words)
    return found


async def behaviour_answers(session: AsyncSession, training_id: UUID, kind: Kind) -> Sequence[Any]:
    """Scores and words of a form of behaviour."""
    statement = (
        select(answers.c.scores, answers.c.words)
        .join(asks, asks.c.id == answers.c.ask_id)
        .where(asks.c.training_id == training_id, asks.c.kind == kind.value)
    )
    return (await session.execute(statement)).all()


async def score_pairs(session: AsyncSession, training_id: UUID) -> list[tuple[int, int]]:
    """Scores before and after of each who took both tests."""
    before, after = scores.alias("before"), scores.alias("after")
    statement = select(before.c.score, after.c.score).join(
        after,
        and_(after.c.training_id == before.c.training_id, after.c.person_id == before.c.person_id),
    )
    statement = statement.where(
        before.c.training_id == training_id,
        before.c.kind == Kind.PRE_TEST.value,
        after.c.kind == Kind.POST_TEST.value,
    )
    return [(row[0], row[1]) for row in await session.execute(statement)]


async def find_test(session: AsyncSession, training_id: UUID) -> Any:
    """What is asked before and after; None: nothing is set."""
    return (await session.execute(select(tests).where(tests.c.training_id == training_id))).one_or_none()


async def test_is_taken(session: AsyncSession, training_id: UUID) -> bool:
    """Whether anybody has taken a test of this training."""
    statement = select(scores.c.person_id).where(scores.c.training_id == training_id).limit(1)
    return (await session.execute(statement)).first() is not None


# -- what the day brings -----------------------------------------------------------------------------------


async def unannounced(
    session: AsyncSession, today: date, *, training_id: UUID | None = None
) -> Sequence[Any]:
    """Levels that open (of one training, or of any) and were not announced yet."""
    statement = select(levels.c.training_id, levels.c.level).where(
        levels.c.announced_at.is_(None), levels.c.opens_on <= today, levels.c.closed_at.is_(None)
    )
    if training_id is not None:
        statement = statement.where(levels.c.training_id == training_id)
    return (await session.execute(statement.order_by(levels.c.training_id, levels.c.level))).all()


async def overdue(session: AsyncSession, today: date) -> Sequence[Any]:
    """Levels whose last day is over and that nobody closed."""
    statement = select(levels.c.training_id, levels.c.level).where(
        levels.c.closes_on < today, levels.c.closed_at.is_(None)
    )
    return (await session.execute(statement.order_by(levels.c.training_id, levels.c.level))).all()


async def before_their_first_day(session: AsyncSession, until: date, today: date) -> Sequence[Any]:
    """Trainings with a test that begin soon: by id, with their first day."""
    statement = (
        select(trainings.c.id, trainings.c.starts_on)
        .join(tests, tests.c.training_id == trainings.c.id)
        .where(trainings.c.state.in_(sorted(OPEN_STATES)))
        .where(trainings.c.starts_on >= today, trainings.c.starts_on <= until)
        .order_by(trainings.c.id)
    )
    return (await session.execute(statement)).all()
