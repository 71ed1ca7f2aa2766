"""A level is closed once: what is told of it is counted and written, and what it was counted from is deleted."""

from collections import Counter, defaultdict
from dataclasses import asdict
from secrets import SystemRandom
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from lms.evaluations.domain.happenings import LevelClosed, LevelCounted, LevelIncomplete, NoEvaluation
from lms.evaluations.domain.levels import LEVEL_OF, Kind, Level, is_complete
from lms.evaluations.domain.shown import Scored, gained_of, scored_of
from lms.evaluations.forms import form_of
from lms.evaluations.models import (
    BehaviourAnswer,
    EvaluationAsk,
    EvaluationLevel,
    ReactionCount,
    ReactionWords,
)
from lms.evaluations.queries import counting
from lms.evaluations.queries.results import missing_results
from lms.joint_trainings.models.trainings import JointTraining
from lms.joint_trainings.service.trainings import mark_evaluated, require_lead
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import table_of
from lms.kernel.errors import Fault
from lms.kernel.events import publish

asks = table_of(EvaluationAsk)
answers = table_of(BehaviourAnswer)
counts = table_of(ReactionCount)
words_table = table_of(ReactionWords)
_COUNTED_BY: dict[Level, Kind] = {
    Level.REACTION: Kind.REACTION,
    Level.LEARNING: Kind.POST_TEST,
    Level.BEHAVIOUR: Kind.BEHAVIOUR,
}
"""Whose form tells how many were asked, and have answered."""


async def close_by_lead(
    session: AsyncSession, *, acting: Actor, training: JointTraining, level: Level
) -> None:
    """Close a level before its last day. `training` is locked; the lead does, once it is open.

    The results are closed when every indicator has a value and every other host has confirmed it.
    """
    await require_lead(session, training, acting=acting)
    row = await counting.lock_level(session, training.id, level)
    if row is None:
        raise NoEvaluation()
    if row.closed_at is not None:
        raise LevelClosed()
    if row.opens_on > clock.today():
        raise LevelIncomplete(
            "It opens later; nobody has been asked yet.", faults=[Fault("/level", "Not open.")]
        )
    faults = await missing_results(session, training.id) if level is Level.RESULTS else []
    if faults:
        raise LevelIncomplete(faults=faults)
    await _close(session, row, acting=acting)


async def close_overdue(session: AsyncSession) -> int:
    """Close every level whose last day is over, as it stands; how many. Done twice, it does nothing."""
    rows = await counting.overdue(session, clock.today())
    for each in rows:
        row = await counting.lock_level(session, each.training_id, Level(each.level))
        if row is not None and row.closed_at is None:
            await _close(session, row, acting=None)
    return len(rows)


async def _close(session: AsyncSession, row: EvaluationLevel, *, acting: Actor | None) -> None:
    level, training_id = Level(row.level), row.training_id
    # Tests are taken under the lock of their asks alone: whoever is at it is waited for.
    kinds = [kind.value for kind, of in LEVEL_OF.items() if of is level]
    theirs = (asks.c.training_id == training_id, asks.c.kind.in_(kinds))
    await session.execute(select(asks.c.id).where(*theirs).order_by(asks.c.id).with_for_update())
    if level in _COUNTED_BY:
        told = await counting.asked_and_answered(session, [training_id])
        row.asked, row.answered = told.get((training_id, _COUNTED_BY[level]), (0, 0))
    row.result = await _RESULT[level](session, training_id) if level in _RESULT else {}
    row.closed_at, row.closed_by_id = clock.now(), acting.person_id if acting else None
    await _forget(session, training_id, level)
    await session.execute(update(asks).where(*theirs).values(is_answered=None))
    await session.flush()
    said = LevelCounted(subject_id=training_id, data={"level": level.value})
    await publish(session, [said], acting=acting)
    await _mark_if_complete(session, training_id)


async def _forget(session: AsyncSession, training_id: UUID, level: Level) -> None:
    """Delete what was counted. Scores of tests stay: they are the learner's."""
    if level is Level.REACTION:
        await session.execute(delete(counts).where(counts.c.training_id == training_id))
        await session.execute(delete(words_table).where(words_table.c.training_id == training_id))
    if level is Level.BEHAVIOUR:
        kinds = (Kind.BEHAVIOUR.value, Kind.SUPERVISOR.value)
        theirs = select(asks.c.id).where(asks.c.training_id == training_id, asks.c.kind.in_(kinds))
        await session.execute(delete(answers).where(answers.c.ask_id.in_(theirs)))


async def _mark_if_complete(session: AsyncSession, training_id: UUID) -> None:
    rows = (await counting.levels_of(session, [training_id]))[training_id]
    closed = [Level(row.level) for row in rows if row.closed_at is not None]
    if is_complete([Level(row.level) for row in rows], closed):
        await mark_evaluated(session, training_id)


# -- what is told ------------------------------------------------------------------------------------------


async def _reaction(session: AsyncSession, training_id: UUID) -> dict[str, Any]:
    found = await counting.reaction_counts(session, training_id)
    told = {question: scored_of(found[question]) for question in form_of(Kind.REACTION).scaled}
    enough = any(told.values())  # every question is answered by as many
    words = await counting.reaction_words(session, training_id) if enough else {}
    return {"questions": _documents(told), "words": shuffled(words)}


async def _learning(session: AsyncSession, training_id: UUID) -> dict[str, Any]:
    told = gained_of(await counting.score_pairs(session, training_id))
    return {"gained": asdict(told) if told else None}


async def _behaviour(session: AsyncSession, training_id: UUID) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for kind in (Kind.BEHAVIOUR, Kind.SUPERVISOR):
        rows = await counting.behaviour_answers(session, training_id, kind)
        found: dict[str, Counter[int]] = {question: Counter() for question in form_of(kind).scaled}
        words = defaultdict(list)
        for row in rows:
            for question, score in row.scores.items():
                found[question][score] += 1
            for question, text in row.words.items():
                words[question].append(text)
        told = {question: scored_of(counted) for question, counted in found.items()}
        result[kind.value] = {
            "questions": _documents(told),
            "words": shuffled(words) if any(told.values()) else {},
        }
    return result


_RESULT = {Level.REACTION: _reaction, Level.LEARNING: _learning, Level.BEHAVIOUR: _behaviour}


def _documents(told: dict[str, Scored | None]) -> dict[str, Any]:
    return {question: asdict(scored) if scored else None for question, scored in told.items()}


def shuffled(words: dict[str, list[str]]) -> dict[str, list[str]]:
    """Words in no order that would tell anything; each question's by itself, so that none stand together."""
    return {question: SystemRandom().sample(texts, len(texts)) for question, texts in words.items()}
