"""Behaviour: what a learner says after ninety days, and, with their consent, somebody of their own side."""

from collections.abc import Mapping
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from lms.evaluations.domain.forms import faults_in_answer
from lms.evaluations.domain.happenings import (
    BadAnswer,
    ConsentGiven,
    ConsentWithdrawn,
    FormClosed,
    LevelClosed,
    NobodyToAsk,
)
from lms.evaluations.domain.levels import Kind, Level
from lms.evaluations.forms import form_of
from lms.evaluations.models import BehaviourAnswer, BehaviourConsent, EvaluationAsk
from lms.evaluations.queries import counting
from lms.evaluations.queries.asks import find_consent, get_own_ask, who_may_be_asked
from lms.evaluations.service.reacting import require_open
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import table_of
from lms.kernel.events import publish

asks = table_of(EvaluationAsk)
answers = table_of(BehaviourAnswer)
consents = table_of(BehaviourConsent)


async def answer_behaviour(
    session: AsyncSession,
    *,
    acting: Actor,
    training_id: UUID,
    scores: Mapping[str, int],
    words: Mapping[str, str],
    about_id: UUID | None = None,
) -> None:
    """Keep what was answered until it is counted: about oneself, or (`about_id`) about a learner who agreed."""
    kind = Kind.SUPERVISOR if about_id else Kind.BEHAVIOUR
    await counting.lock_level(session, training_id, Level.BEHAVIOUR)
    own = await get_own_ask(session, training_id, kind, actor=acting, about_id=about_id, lock=True)
    require_open(own)
    faults = faults_in_answer(form_of(kind), scores, words)
    if faults:
        raise BadAnswer(faults=faults)
    written = {key: text.strip() for key, text in words.items() if text.strip()}
    await session.execute(insert(answers).values(ask_id=own.id, scores=dict(scores), words=written))
    await session.execute(update(asks).where(asks.c.id == own.id).values(is_answered=True))


async def give_consent(session: AsyncSession, *, acting: Actor, training_id: UUID, asked_id: UUID) -> None:
    """Agree that somebody of one's own side is asked; naming another instead takes the first consent back.

    Raises `NobodyToAsk` for anybody who is not among `who_may_be_asked`, `FormClosed` outside the level's days.
    """
    level = await counting.lock_level(session, training_id, Level.BEHAVIOUR)
    own = await get_own_ask(session, training_id, Kind.BEHAVIOUR, actor=acting)
    if level is None or level.closed_at is not None or not own.opens_on <= clock.today() <= own.closes_on:
        raise FormClosed()
    before = await find_consent(session, training_id, actor=acting)
    if before is not None and before.asked_id == asked_id:
        return
    if asked_id not in {
        each.id for each in await who_may_be_asked(session, actor=acting, today=clock.today())
    }:
        raise NobodyToAsk()
    if before is not None:
        await _end(session, acting, training_id)
    session.add(BehaviourConsent(training_id=training_id, person_id=acting.person_id, asked_id=asked_id))
    await session.execute(
        insert(asks).values(
            id=uuid4(),
            training_id=training_id,
            kind=Kind.SUPERVISOR.value,
            person_id=asked_id,
            about_id=acting.person_id,
            opens_on=clock.today(),
            closes_on=own.closes_on,
            is_answered=False,
        )
    )
    await publish(session, [ConsentGiven(subject_id=training_id)], acting=acting)


async def withdraw_consent(session: AsyncSession, *, acting: Actor, training_id: UUID) -> None:
    """Take consent back: the form is closed, and an answer not counted yet is deleted. Twice is once.

    `LevelClosed` once the level is counted: what remains is a total, and nobody's.
    """
    level = await counting.lock_level(session, training_id, Level.BEHAVIOUR)
    await get_own_ask(session, training_id, Kind.BEHAVIOUR, actor=acting)
    if await find_consent(session, training_id, actor=acting) is None:
        return
    if level is None or level.closed_at is not None:
        raise LevelClosed("What was answered has been counted; what remains are totals.")
    await _end(session, acting, training_id)
    await publish(session, [ConsentWithdrawn(subject_id=training_id)], acting=acting)


async def _end(session: AsyncSession, acting: Actor, training_id: UUID) -> None:
    theirs = (
        asks.c.training_id == training_id,
        asks.c.kind == Kind.SUPERVISOR.value,
        asks.c.about_id == acting.person_id,
    )
    await session.execute(delete(answers).where(answers.c.ask_id.in_(select(asks.c.id).where(*theirs))))
    await session.execute(delete(asks).where(*theirs))
    await session.execute(
        update(consents)
        .where(
            consents.c.training_id == training_id,
            consents.c.person_id == acting.person_id,
            consents.c.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=clock.now())
    )
