"""Translations of published lessons: added by one person, read by another before they count."""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.lessons import (
    FIELDS,
    BadLesson,
    LessonNotFound,
    LessonTranslated,
    NotForPartners,
    NotSubmitted,
    Outcome,
    OwnLesson,
    TranslationNotFound,
    Words,
    faults_in_translation,
    plain,
    words_from,
)
from lms.joint_trainings.models.lessons import Lesson, LessonText
from lms.joint_trainings.models.trainings import JointTraining
from lms.joint_trainings.queries import lessons as queries
from lms.joint_trainings.queries.trainings import acts_for
from lms.joint_trainings.service.lessons import check_names, keep_review, keep_text, require_nobody
from lms.kernel.access import Actor, Permission
from lms.kernel.errors import Fault
from lms.kernel.events import publish


async def translate(
    session: AsyncSession, *, acting: Actor, lesson: Lesson, language: str, words: Words
) -> LessonText:
    """A translation of what the library shows now; `lesson` is locked. Persons are named in none."""
    original = await _original(session, lesson)
    faults = faults_in_translation(language, original.language, words)
    if faults:
        raise BadLesson(faults[0].detail, faults=faults)
    names = await check_names(session, lesson.training_id, lesson.id, language, words)
    if not await is_inside(session, lesson, acting):
        # Who is of a partner learns nothing of the register by trying; the person who accepts it does.
        names = names.of_people()
    require_nobody(names, but_hosts=True)
    made = await keep_text(
        session, acting=acting, lesson=lesson, language=language, words=words, translates_id=original.id
    )
    await _say(session, acting, lesson, made)
    return made


async def _original(session: AsyncSession, lesson: Lesson) -> LessonText:
    if lesson.published_text_id is None:
        raise LessonNotFound()
    return await session.get_one(LessonText, lesson.published_text_id)


async def review_translation(
    session: AsyncSession,
    *,
    acting: Actor,
    lesson: Lesson,
    text_id: UUID,
    accept: bool,
    words: str | None = None,
) -> None:
    """Accept a translation, so that it counts, or return it with words.

    Somebody of a hosting entity, or who reviews, does, and not who made it.

    One of an earlier original is outdated and accepted no more; one that was decided about stays so.
    """
    made = await session.get(LessonText, text_id)
    if made is None or made.lesson_id != lesson.id or made.translates_id is None:
        raise TranslationNotFound()
    if made.translates_id != lesson.published_text_id or await _is_decided(session, text_id):
        raise NotSubmitted()
    if not await is_inside(session, lesson, acting):
        raise NotForPartners()
    if made.by_id == acting.person_id:
        raise OwnLesson()
    said = plain(words or "") or None
    if not accept and said is None:
        raise BadLesson("Say what is to be changed.", faults=[Fault("/words", "Say what is to be changed.")])
    if accept:
        own = words_from({name: getattr(made, name) for name in FIELDS})
        require_nobody(await check_names(session, lesson.training_id, lesson.id, made.language, own))
    outcome = Outcome.ACCEPTED if accept else Outcome.RETURNED
    await keep_review(session, acting=acting, lesson=lesson, text_id=text_id, outcome=outcome, words=said)
    await _say(session, acting, lesson, made, outcome=outcome.value)


async def is_inside(session: AsyncSession, lesson: Lesson, acting: Actor) -> bool:
    """Whether the actor acts for an entity that hosts, or reviews for one."""
    its_hosts = await queries.hosts_seen(session, lesson.training_id)
    return any(
        each.entity_id and acts_for(acting, each, permission)
        for each in its_hosts
        for permission in (Permission.TRAININGS_HOST, Permission.LESSONS_REVIEW)
    )


async def _is_decided(session: AsyncSession, text_id: UUID) -> bool:
    statement = text("SELECT 1 FROM lesson_reviews WHERE text_id = :id LIMIT 1")
    return (await session.execute(statement, {"id": text_id})).first() is not None


async def _say(session: AsyncSession, acting: Actor, lesson: Lesson, made: LessonText, **data: Any) -> None:
    training = await session.get_one(JointTraining, lesson.training_id)
    said = {"training": str(lesson.training_id), "language": made.language, **data}
    event = LessonTranslated(subject_id=lesson.id, entity_id=training.lead_entity_id, data=said)
    await publish(session, [event], acting=acting)
