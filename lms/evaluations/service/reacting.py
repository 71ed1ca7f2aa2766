"""A reaction is counted the moment it comes, and kept in no other form."""

from collections.abc import Mapping
from secrets import SystemRandom
from uuid import UUID, uuid4

from sqlalchemy import case, delete, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from lms.evaluations.domain.forms import faults_in_answer
from lms.evaluations.domain.happenings import AlreadyAnswered, BadAnswer, FormClosed
from lms.evaluations.domain.levels import Kind, Level
from lms.evaluations.forms import form_of
from lms.evaluations.models import EvaluationAsk, ReactionCount, ReactionWords
from lms.evaluations.queries import counting
from lms.evaluations.queries.asks import get_own_ask
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import table_of

asks = table_of(EvaluationAsk)
counts = table_of(ReactionCount)
words_table = table_of(ReactionWords)


async def react(
    session: AsyncSession,
    *,
    acting: Actor,
    training_id: UUID,
    scores: Mapping[str, int],
    words: Mapping[str, str],
) -> None:
    """Take one answer, so that nobody can find out whose it was; see `models`.

    One transaction for each training at a time, and each writes all rows anew: counts, words and used tokens alike.
    No event is published. Raises `AlreadyAnswered`, `FormClosed`, `BadAnswer`.
    """
    await counting.lock_level(
        session, training_id, Level.REACTION
    )  # one answer at a time, and none beside its end
    own = await get_own_ask(session, training_id, Kind.REACTION, actor=acting, lock=True)
    require_open(own)
    faults = faults_in_answer(form_of(Kind.REACTION), scores, words)
    if faults:
        raise BadAnswer(faults=faults)
    await _count(session, training_id, scores)
    await _mix_in(session, training_id, words)
    await _use_token(session, training_id, acting.person_id)


def require_open(ask: object) -> None:
    """Raise unless the form, a row of asks, takes an answer today."""
    answered, opens, closes = (getattr(ask, name) for name in ("is_answered", "opens_on", "closes_on"))
    if answered:
        raise AlreadyAnswered()
    if answered is None or not opens <= clock.today() <= closes:
        raise FormClosed()


async def _count(session: AsyncSession, training_id: UUID, scores: Mapping[str, int]) -> None:
    given = tuple_(counts.c.question, counts.c.score).in_(list(scores.items()))
    await session.execute(
        update(counts)
        .where(counts.c.training_id == training_id)
        .values(people=counts.c.people + case((given, 1), else_=0))
    )


async def _mix_in(session: AsyncSession, training_id: UUID, words: Mapping[str, str]) -> None:
    """All words of the training in a new order, under new ids."""
    before = await session.execute(
        select(words_table.c.question, words_table.c.words).where(words_table.c.training_id == training_id)
    )
    written = [(question, text.strip()) for question, text in words.items() if text.strip()]
    all_of_them = [(row.question, row.words) for row in before] + written
    SystemRandom().shuffle(all_of_them)
    await session.execute(delete(words_table).where(words_table.c.training_id == training_id))
    rows = [
        {"id": uuid4(), "training_id": training_id, "question": question, "words": text}
        for question, text in all_of_them
    ]
    if rows:
        await session.execute(insert(words_table).values(rows))


async def _use_token(session: AsyncSession, training_id: UUID, person_id: UUID) -> None:
    await session.execute(
        update(asks)
        .where(asks.c.training_id == training_id, asks.c.kind == Kind.REACTION.value)
        .values(is_answered=or_(asks.c.is_answered, asks.c.person_id == person_id))
    )
