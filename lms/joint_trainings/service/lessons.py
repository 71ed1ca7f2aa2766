"""A lesson written by the hosts, handed in, approved where it names them, read by somebody else, published."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.queries import get_taxonomy
from lms.joint_trainings.domain.lesson_names import Names, hosts_to_ask, names_in, what_refuses
from lms.joint_trainings.domain.lessons import (
    FIELDS,
    SUBMITTED_IN,
    WRITTEN_IN,
    BadLesson,
    Draft,
    LessonApproved,
    LessonChanged,
    LessonExists,
    LessonPublished,
    LessonReviewed,
    LessonState,
    LessonSubmitted,
    LessonTooEarly,
    LessonWithdrawn,
    NamesStand,
    NotForPartners,
    NotNamed,
    NotSubmitted,
    Outcome,
    OwnLesson,
    TextChanged,
    Words,
    digest_of,
    faults_in_words,
    key_for,
    obstacles_to_review,
    plain,
    texts_of,
    words_from,
)
from lms.joint_trainings.domain.states import Obstacle, TrainingState
from lms.joint_trainings.models.lessons import (
    Lesson,
    LessonApproval,
    LessonPrivatePart,
    LessonReview,
    LessonText,
)
from lms.joint_trainings.models.trainings import JointTraining
from lms.joint_trainings.queries import lessons as queries
from lms.joint_trainings.queries.trainings import acts_for
from lms.joint_trainings.service.trainings import faults_in_tags
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.errors import Fault
from lms.kernel.events import Event, publish
from lms.kernel.i18n import LANGUAGES, search_words, words_in_order

_S = LessonState


def draft_of(lesson: Any) -> Draft:
    """A lesson as it stands, a row or an object."""
    return Draft(
        lesson.language,
        words_from(lesson.draft),
        lesson.private_part,
        tuple(lesson.competencies),
        tuple(lesson.focuses),
    )


async def begin(session: AsyncSession, *, acting: Actor, training: JointTraining, draft: Draft) -> Lesson:
    """The training's lesson, begun; `training` is locked. What it is about is carried over from the training."""
    if TrainingState(training.state) not in WRITTEN_IN:
        raise LessonTooEarly()
    if await queries.find_lesson(session, training.id, actor=acting) is not None:
        raise LessonExists()
    await _check(session, acting, training.id, None, draft)
    lesson = Lesson(training_id=training.id, language=draft.language, draft={})
    _set(lesson, draft)
    session.add(lesson)
    await session.flush()
    await _wrote(session, lesson, acting)
    return lesson


async def change(session: AsyncSession, *, acting: Actor, lesson: Lesson, draft: Draft) -> None:
    """Write the draft anew; `lesson` is locked. A text that waits for its review is taken back by it."""
    before = draft_of(lesson)
    if draft == before:
        return
    await _check(session, acting, lesson.training_id, before, draft)
    _set(lesson, draft)
    lesson.state = _S.DRAFT.value
    lesson.revision += 1
    await _wrote(session, lesson, acting)


def _set(lesson: Lesson, draft: Draft) -> None:
    lesson.language = draft.language
    lesson.draft = texts_of(draft.words)
    lesson.private_part = plain(draft.private_part)
    lesson.competencies, lesson.focuses = list(draft.competencies), list(draft.focuses)


async def _check(
    session: AsyncSession, acting: Actor, training_id: UUID, before: Draft | None, draft: Draft
) -> None:
    faults = faults_in_tags(await get_taxonomy(session), draft.focuses, draft.competencies)
    if draft.language not in LANGUAGES:
        faults.append(Fault("/language", f"{draft.language!r} is none of the six languages."))
    if faults:
        raise BadLesson(faults[0].detail, faults=faults)
    if draft.private_part != (before.private_part if before else ""):
        its_hosts = await queries.hosts_seen(session, training_id)
        if not queries.reads_private_part(acting, its_hosts):
            raise NotForPartners(faults=[Fault("/private_part", NotForPartners.title)])


async def _wrote(session: AsyncSession, lesson: Lesson, acting: Actor) -> None:
    """Keep who wrote, and say it."""
    values = {"lesson_id": lesson.id, "person_id": acting.person_id, "occurred_on": clock.today()}
    row = insert(queries.authors).values(**values, recorded_at=clock.now()).on_conflict_do_nothing()
    await session.flush()
    await session.execute(row)
    await _say(session, LessonChanged, lesson, acting)


async def _say(session: AsyncSession, kind: type[Event], lesson: Lesson, acting: Actor, **data: str) -> None:
    training = await session.get_one(JointTraining, lesson.training_id)
    said = {"training": str(lesson.training_id), **data}
    event = kind(subject_id=lesson.id, entity_id=training.lead_entity_id, data=said)
    await publish(session, [event], acting=acting)


async def _require_entity(session: AsyncSession, training_id: UUID, acting: Actor) -> None:
    its_hosts = await queries.hosts_seen(session, training_id)
    if not any(each.entity_id and acts_for(acting, each) for each in its_hosts):
        raise NotForPartners()


# -- names -------------------------------------------------------------------------------------------------


async def check_names(
    session: AsyncSession, training_id: UUID, lesson_id: UUID, language: str, words: Words
) -> Names:
    """Search a text for the names of its training's hosts and people, and of partners in the register."""
    texts = texts_of(words)
    said = [word for each in texts.values() for word in words_in_order(each)]
    its_hosts = await queries.hosts_seen(session, training_id)
    known = await queries.names_known(session, training_id, its_hosts, words=said)
    approved = await queries.approved_by(session, lesson_id, digest_of(language, words))
    found = names_in(texts, known)
    return Names(found, what_refuses(found, approved), hosts_to_ask(found, approved), approved)


def require_nobody(names: Names, *, but_hosts: bool = False) -> None:
    """Raise `NamesStand` for names that stand in the way; `but_hosts`: those of hosts may still be approved."""
    hosts = {each for each in names.refused if each.known.host_id is not None} if but_hosts else set()
    left = [each for each in names.refused if each not in hosts]
    if left:
        raise NamesStand(Names(names.found, left, [], names.approved_by).faults())


async def approve(session: AsyncSession, *, acting: Actor, lesson: Lesson, digest: str) -> None:
    """Let a text name the hosts for which the actor acts; `digest` is of the text they read. Twice is once.

    Raises `TextChanged` where no text of the lesson is this one any more.
    """
    if digest not in await _digests(session, lesson):
        raise TextChanged(faults=[Fault("/digest", TextChanged.title)])
    its_hosts = await queries.hosts_seen(session, lesson.training_id)
    own = [each.id for each in its_hosts if acts_for(acting, each)]
    if not own:
        raise NotNamed()
    before = await queries.approved_by(session, lesson.id, digest)
    for host_id in own:
        if host_id not in before:
            await _approve(session, acting, lesson, digest, host_id)


async def _digests(session: AsyncSession, lesson: Lesson) -> set[str]:
    """Of the draft, of the text in the library, and of translations of that one."""
    draft = draft_of(lesson)
    texts = await queries.texts_by_hand(session, lesson.id)
    present = {
        each.digest
        for each in texts
        if lesson.published_text_id and lesson.published_text_id in (each.id, each.translates_id)
    }
    return present | {digest_of(draft.language, draft.words)}


async def _approve(session: AsyncSession, acting: Actor, lesson: Lesson, digest: str, host_id: UUID) -> None:
    session.add(LessonApproval(lesson_id=lesson.id, digest=digest, host_id=host_id, by_id=acting.person_id))
    await session.flush()
    await _say(session, LessonApproved, lesson, acting, host=str(host_id), digest=digest)


# -- handed in and read ------------------------------------------------------------------------------------


async def submit(session: AsyncSession, *, acting: Actor, lesson: Lesson) -> None:
    """Hand the draft in; `lesson` is locked. From now on this text is kept. Twice is once.

    Persons' names, and those of partners that do not host, are refused here already: no approval lets them stand.
    """
    await _require_entity(session, lesson.training_id, acting)
    training = await session.get_one(JointTraining, lesson.training_id)
    if TrainingState(training.state) not in SUBMITTED_IN:
        raise LessonTooEarly()
    if lesson.state == _S.SUBMITTED:
        return
    draft = draft_of(lesson)
    faults = faults_in_words(draft.words)
    if faults:
        raise BadLesson(faults[0].detail, faults=faults)
    names = await check_names(session, lesson.training_id, lesson.id, draft.language, draft.words)
    require_nobody(names, but_hosts=True)
    text = await keep_text(session, acting=acting, lesson=lesson, language=draft.language, words=draft.words)
    if draft.private_part:
        session.add(LessonPrivatePart(text_id=text.id, words=draft.private_part))
    lesson.submitted_text_id, lesson.state = text.id, _S.SUBMITTED.value
    lesson.revision += 1
    await session.flush()
    await _say(session, LessonSubmitted, lesson, acting)


async def keep_text(
    session: AsyncSession,
    *,
    acting: Actor,
    lesson: Lesson,
    language: str,
    words: Words,
    translates_id: UUID | None = None,
) -> LessonText:
    """A text as it was handed in, for ever. Tags are those of the original."""
    said = {word for each in texts_of(words).values() for word in search_words(each)}
    is_original = translates_id is None
    parts: dict[str, Any] = texts_of(words)
    text = LessonText(
        lesson_id=lesson.id,
        translates_id=translates_id,
        language=language,
        **parts,
        digest=digest_of(language, words),
        competencies=list(lesson.competencies) if is_original else [],
        focuses=list(lesson.focuses) if is_original else [],
        search_words=func.array_to_tsvector(sorted(said)),
        by_id=acting.person_id,
    )
    session.add(text)
    await session.flush()
    return text


async def review(
    session: AsyncSession, *, acting: Actor, lesson: Lesson, outcome: Outcome, words: str | None = None
) -> None:
    """Decide about a text that waits: return it with words, keep it for the hosts, or publish it.

    Who wrote any of it does not review it.
    """
    if lesson.state != _S.SUBMITTED or lesson.submitted_text_id is None or outcome is Outcome.ACCEPTED:
        raise NotSubmitted()
    if await queries.is_author(session, lesson.id, acting.person_id):
        raise OwnLesson()
    said = plain(words or "") or None
    if outcome is Outcome.RETURNED and said is None:
        raise BadLesson("Say what is to be changed.", faults=[Fault("/words", "Say what is to be changed.")])
    await keep_review(
        session, acting=acting, lesson=lesson, text_id=lesson.submitted_text_id, outcome=outcome, words=said
    )
    if outcome is Outcome.PUBLISHED:
        await _publish(session, acting, lesson)
        return
    lesson.state = (_S.DRAFT if outcome is Outcome.RETURNED else _S.KEPT).value
    lesson.revision += 1
    await session.flush()
    await _say(session, LessonReviewed, lesson, acting, outcome=outcome.value)


async def keep_review(
    session: AsyncSession,
    *,
    acting: Actor,
    lesson: Lesson,
    text_id: UUID,
    outcome: Outcome,
    words: str | None,
) -> None:
    """How a review ended, for ever."""
    session.add(
        LessonReview(
            lesson_id=lesson.id, text_id=text_id, outcome=outcome.value, words=words, by_id=acting.person_id
        )
    )
    await session.flush()


async def _publish(session: AsyncSession, acting: Actor, lesson: Lesson) -> None:
    text = await session.get_one(LessonText, lesson.submitted_text_id)
    words = words_from({name: getattr(text, name) for name in FIELDS})
    require_nobody(await check_names(session, lesson.training_id, lesson.id, text.language, words))
    if lesson.key is None:
        stem = key_for(text.title, ())
        lesson.key = key_for(text.title, await queries.taken_keys(session, stem))
    lesson.published_text_id = text.id
    lesson.published_on = lesson.published_on or clock.today()
    lesson.withdrawn_at = lesson.withdrawn_by_id = lesson.withdrawn_because = None
    lesson.state = _S.PUBLISHED.value
    lesson.revision += 1
    await session.flush()
    await _say(session, LessonPublished, lesson, acting, key=lesson.key)


async def withdraw(session: AsyncSession, *, acting: Actor, lesson: Lesson, because: str) -> None:
    """Take a lesson out of the library: any host may, and who reviews. Its address stays and says so. Twice is once."""
    if lesson.published_text_id is None:
        return
    if not plain(because):
        raise BadLesson("Say why.", faults=[Fault("/because", "A reason is required.")])
    lesson.published_text_id = lesson.published_on = None
    lesson.withdrawn_at, lesson.withdrawn_by_id = clock.now(), acting.person_id
    lesson.withdrawn_because, lesson.state = plain(because), _S.WITHDRAWN.value
    lesson.revision += 1
    await session.flush()
    await _say(session, LessonWithdrawn, lesson, acting, key=lesson.key or "")


async def obstacles_of_lesson(
    session: AsyncSession, training: JointTraining, to: TrainingState
) -> list[Obstacle]:
    """What a training still lacks before it is reviewed."""
    if to is not TrainingState.REVIEWED:
        return []
    has_lesson = await queries.was_reviewed(session, training.id)
    return obstacles_to_review(to, is_evaluated=training.evaluated_at is not None, has_lesson=has_lesson)


async def set_reader(session: AsyncSession, *, acting: Actor, monthly: bool) -> None:
    """Have the actor get the month's lessons by mail, or no longer."""
    if monthly:
        values = {"person_id": acting.person_id, "created_at": clock.now()}
        await session.execute(insert(queries.readers).values(**values).on_conflict_do_nothing())
    else:
        await session.execute(queries.readers.delete().where(queries.readers.c.person_id == acting.person_id))


def may_write(acting: Actor, its_hosts: Sequence[Any]) -> bool:
    """Whether the actor acts for any of the hosts."""
    return any(acts_for(acting, each, Permission.TRAININGS_HOST) for each in its_hosts)
