"""A training's lesson as its hosts and its reviewers see it, and the names that its public part may not hold."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.lesson_names import Known, NameKind, without_twins
from lms.joint_trainings.domain.lessons import LessonNotFound, LessonState, Outcome
from lms.joint_trainings.models.lessons import (
    Lesson,
    LessonApproval,
    LessonAuthor,
    LessonPrivatePart,
    LessonReader,
    LessonReview,
    LessonText,
)
from lms.joint_trainings.queries.trainings import acts_for, entities, hosts, hosts_of, trainings, visible_to
from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.people.models import Person
from lms.people.queries import in_scope

lessons = table_of(Lesson)
lesson_texts = table_of(LessonText)
private_parts = table_of(LessonPrivatePart)
reviews = table_of(LessonReview)
approvals = table_of(LessonApproval)
authors = table_of(LessonAuthor)
readers = table_of(LessonReader)
persons = table_of(Person)
_READ, _HOST, _REVIEW = Permission.TRAININGS_READ, Permission.TRAININGS_HOST, Permission.LESSONS_REVIEW


def reviewable_by(actor: Actor) -> ColumnElement[bool]:
    """Lessons of trainings that an entity hosts for which `actor` reviews."""
    theirs = hosts.join(entities, entities.c.id == hosts.c.entity_id)
    found = select(hosts.c.id).select_from(theirs).where(in_scope(actor, _REVIEW))
    return exists(found.where(hosts.c.training_id == lessons.c.training_id))


def _seen_by(actor: Actor, permission: Permission) -> ColumnElement[bool]:
    """For `LESSONS_REVIEW` those one reviews, else those of trainings for whose hosts one holds `permission`."""
    return reviewable_by(actor) if permission is _REVIEW else visible_to(actor, permission)


async def find_lesson(
    session: AsyncSession, training_id: UUID, *, actor: Actor, permission: Permission = _READ
) -> Any:
    """The training's lesson as it is being written, or None before it is begun."""
    statement = (
        select(lessons)
        .join(trainings, trainings.c.id == lessons.c.training_id)
        .where(lessons.c.training_id == training_id, _seen_by(actor, permission))
    )
    return (await session.execute(statement)).one_or_none()


async def get_lesson(
    session: AsyncSession, training_id: UUID, *, actor: Actor, permission: Permission = _READ
) -> Any:
    """The same; raises where there is none, or none for `actor`."""
    found = await find_lesson(session, training_id, actor=actor, permission=permission)
    if found is None:
        raise LessonNotFound()
    return found


async def lock_lesson(
    session: AsyncSession, training_id: UUID, *, actor: Actor, permissions: Sequence[Permission] = (_HOST,)
) -> Lesson:
    """The lesson as an object to change, for who holds one of `permissions` there, until the transaction ends."""
    statement = (
        select(Lesson)
        .join(trainings, trainings.c.id == lessons.c.training_id)
        .where(lessons.c.training_id == training_id)
        .where(or_(*(_seen_by(actor, each) for each in permissions)))
        .with_for_update(of=lessons)
    )
    found: Lesson | None = await session.scalar(statement)
    if found is None:
        raise LessonNotFound()
    return found


async def waiting_for(
    session: AsyncSession, *, actor: Actor, after: Sequence[str] | None, limit: int
) -> Sequence[Any]:
    """Lessons that wait for a review by `actor`, the one handed in first; their own are not among them."""
    own = exists().where(authors.c.lesson_id == lessons.c.id, authors.c.person_id == actor.person_id)
    statement = (
        select(
            lessons.c.id,
            lessons.c.training_id,
            lessons.c.key,
            lesson_texts.c.id.label("text_id"),
            lesson_texts.c.title,
            lesson_texts.c.language,
            lesson_texts.c.recorded_at.label("submitted_at"),
        )
        .join(lesson_texts, lesson_texts.c.id == lessons.c.submitted_text_id)
        .where(lessons.c.state == LessonState.SUBMITTED.value, reviewable_by(actor), ~own)
        .order_by(lesson_texts.c.id)
        .limit(limit)
    )
    if after:
        statement = statement.where(lesson_texts.c.id > UUID(after[0]))
    return (await session.execute(statement)).all()


async def texts_by_hand(session: AsyncSession, lesson_id: UUID) -> Sequence[Any]:
    """Every text of a lesson, translations too, the latest first, each with who handed it in."""
    statement = (
        select(
            *(each for each in lesson_texts.c if each.name != "search_words"),
            persons.c.name.label("by"),
        )
        .join(persons, persons.c.id == lesson_texts.c.by_id)
        .where(lesson_texts.c.lesson_id == lesson_id)
        .order_by(lesson_texts.c.id.desc())
    )
    return (await session.execute(statement)).all()


async def reviews_of(session: AsyncSession, lesson_id: UUID) -> Sequence[Any]:
    """How the reviews of a lesson and its translations ended, the latest first, each with who decided."""
    statement = (
        select(reviews, persons.c.name.label("by"))
        .join(persons, persons.c.id == reviews.c.by_id)
        .where(reviews.c.lesson_id == lesson_id)
        .order_by(reviews.c.id.desc())
    )
    return (await session.execute(statement)).all()


async def authors_of(session: AsyncSession, lesson_id: UUID) -> Sequence[Any]:
    """Who wrote it, the first first: id, name, and since which day."""
    statement = (
        select(persons.c.id, persons.c.name, authors.c.occurred_on)
        .join(persons, persons.c.id == authors.c.person_id)
        .where(authors.c.lesson_id == lesson_id)
        .order_by(authors.c.recorded_at, persons.c.id)
    )
    return (await session.execute(statement)).all()


async def approved_by(session: AsyncSession, lesson_id: UUID, digest: str) -> set[UUID]:
    """Hosts that approved exactly this text."""
    statement = select(approvals.c.host_id).where(
        approvals.c.lesson_id == lesson_id, approvals.c.digest == digest
    )
    return set(await session.scalars(statement))


async def is_author(session: AsyncSession, lesson_id: UUID, person_id: UUID) -> bool:
    """Whether this person wrote some of it."""
    statement = select(authors.c.lesson_id).where(
        authors.c.lesson_id == lesson_id, authors.c.person_id == person_id
    )
    return (await session.execute(statement)).first() is not None


async def was_reviewed(session: AsyncSession, training_id: UUID) -> bool:
    """Whether somebody else has read the training's lesson and published it, or kept it for the hosts."""
    ended = (Outcome.KEPT.value, Outcome.PUBLISHED.value)
    statement = (
        select(reviews.c.id)
        .join(lessons, lessons.c.id == reviews.c.lesson_id)
        .where(lessons.c.training_id == training_id, reviews.c.outcome.in_(ended))
        .limit(1)
    )
    return (await session.execute(statement)).first() is not None


async def hosts_seen(session: AsyncSession, training_id: UUID) -> list[Any]:
    """The hosts of a training."""
    return (await hosts_of(session, [training_id]))[training_id]


def reads_private_part(actor: Actor, its_hosts: Sequence[Any]) -> bool:
    """Whether `actor` is of an entity that hosts: the private part is for those, and for no partner."""
    return any(each.entity_id and acts_for(actor, each, _READ) for each in its_hosts)


async def taken_keys(session: AsyncSession, stem: str) -> set[str]:
    """Keys of lessons that begin like this one."""
    statement = select(lessons.c.key).where(lessons.c.key.startswith(stem, autoescape=True))
    return {each for each in await session.scalars(statement) if each}


async def is_reader(session: AsyncSession, person_id: UUID) -> bool:
    """Whether this person gets the month's lessons by mail."""
    statement = select(readers.c.person_id).where(readers.c.person_id == person_id)
    return (await session.execute(statement)).first() is not None


# -- names -------------------------------------------------------------------------------------------------

# Names in the register whose first word is in the text; which of them it names, the rules decide.
_PARTNERS = text(
    """SELECT name FROM partners
        WHERE split_part(sort_key, ' ', 1) = ANY(CAST(:words AS text[]))
           OR (sort_key >= '\u3005' AND strpos(:whole, split_part(sort_key, ' ', 1)) > 0)"""
)
# Contacts and coordinators of the partners that host, facilitators, and everybody else who had a part in it.
_PEOPLE = text(
    """SELECT name FROM partner_contacts
        WHERE partner_id IN (SELECT partner_id FROM training_hosts WHERE training_id = :training)
       UNION
       SELECT p.name FROM persons p WHERE p.erased_at IS NULL AND p.id IN (
         SELECT proposed_by_id FROM joint_trainings WHERE id = :training
         UNION SELECT managed_by_id FROM joint_trainings WHERE id = :training
         UNION SELECT accepted_by_id FROM training_hosts WHERE training_id = :training
         UNION SELECT by_id FROM training_moves WHERE training_id = :training
         UNION SELECT f.person_id FROM session_facilitators f JOIN training_sessions s ON s.id = f.session_id
                WHERE s.training_id = :training
         UNION SELECT a.person_id FROM lesson_authors a JOIN lessons l ON l.id = a.lesson_id
                WHERE l.training_id = :training
         UNION SELECT g.person_id FROM role_grants g JOIN training_hosts h ON h.partner_id = g.partner_id
                WHERE h.training_id = :training)"""
)
_ANCESTORS = text(
    """SELECT e.key, e.name FROM entities e
        WHERE starts_with(:path, e.path) ORDER BY e.path DESC"""
)


async def names_known(
    session: AsyncSession, training_id: UUID, its_hosts: Sequence[Any], *, words: Sequence[str]
) -> list[Known]:
    """Names that a text with these `words` (all of them, in order) may hold and the library may not."""
    found = [
        Known(NameKind.HOST, name, each.id)
        for each in its_hosts
        for name in await _names_of_host(session, each)
    ]
    sought = {"words": sorted(set(words)), "whole": "".join(words)}
    found += [Known(NameKind.PARTNER, name) for name in await session.scalars(_PARTNERS, sought)]
    people = await session.scalars(_PEOPLE, {"training": training_id})
    return without_twins([*(Known(NameKind.PERSON, name) for name in people), *found])


async def _names_of_host(session: AsyncSession, host: Any) -> list[str]:
    """A host's name and key, and those of the entities it lies under: who names the house names the office."""
    if host.entity_id is None:
        return [host.name, host.key]
    rows = (await session.execute(_ANCESTORS, {"path": host.path})).all()
    return [name for row in rows for name in (row.name, row.key)]


def is_published() -> ColumnElement[bool]:
    """Lessons that stand in the library."""
    return and_(lessons.c.published_text_id.is_not(None), func.coalesce(lessons.c.key, "") != "")
