"""The library: published lessons, each in the reader's language where a reviewed translation exists."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import Text

from lms.catalogue.models import Course
from lms.joint_trainings.domain.lessons import FIELDS, HostKind, LessonNotFound, Outcome
from lms.joint_trainings.models.lessons import LessonQuote
from lms.joint_trainings.queries.lessons import lesson_texts, lessons, readers, reviews
from lms.joint_trainings.queries.trainings import hosts, partners
from lms.kernel.database import table_of
from lms.people.models import Person
from lms.people.queries import matches

quotes = table_of(LessonQuote)
courses = table_of(Course)
persons = table_of(Person)
originals = lesson_texts.alias("originals")
read_texts = lesson_texts.alias("read_texts")


@dataclass(frozen=True, slots=True)
class LessonFilters:
    """What the library is narrowed to; `competencies`: any of them. Days: of publication, both included."""

    words: tuple[str, ...] = ()
    competencies: tuple[str, ...] | None = None
    focus: str | None = None
    language: str | None = None
    host_kind: HostKind | None = None
    from_on: date | None = None
    until_on: date | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """A condition for each that is given."""
        if self.words:
            yield _has_text(lambda each: matches(each.c.search_words, self.words))
        if self.language:
            yield _has_text(lambda each: each.c.language == self.language)
        if self.competencies is not None:
            keys = literal(list(self.competencies), ARRAY(Text()))
            yield originals.c.competencies.op("&&", is_comparison=True)(keys)
        if self.focus:
            yield or_(originals.c.focuses.contains([self.focus]), func.cardinality(originals.c.focuses) == 0)
        if self.host_kind:
            yield _with_hosts(self.host_kind)
        if self.from_on:
            yield lessons.c.published_on >= self.from_on
        if self.until_on:
            yield lessons.c.published_on <= self.until_on


def counts(table: Any) -> ColumnElement[bool]:
    """Whether a text is what the library shows of its lesson: its original, or an accepted translation of that.

    A translation of an earlier original is outdated and shows nothing: it may say what was taken out since.
    """
    accepted = exists().where(reviews.c.text_id == table.c.id, reviews.c.outcome == Outcome.ACCEPTED.value)
    return or_(
        table.c.id == lessons.c.published_text_id,
        and_(table.c.translates_id == lessons.c.published_text_id, accepted),
    )


def _has_text(condition: Any) -> ColumnElement[bool]:
    each = lesson_texts.alias("each")
    return exists(
        select(literal(1))
        .select_from(each)
        .where(each.c.lesson_id == lessons.c.id, counts(each), condition(each))
    )


def _with_hosts(kind: HostKind) -> ColumnElement[bool]:
    of_partners = select(literal(1)).select_from(hosts.join(partners, partners.c.id == hosts.c.partner_id))
    of_partners = of_partners.where(hosts.c.training_id == lessons.c.training_id)
    if kind is HostKind.ENTITIES:
        return ~exists(of_partners)
    return exists(of_partners.where(partners.c.kind == kind.value))


def _reading(reader: str) -> Select[Any]:
    """Published lessons with their text in `reader`'s language, or else the original."""
    best = (
        select(read_texts)
        .where(read_texts.c.lesson_id == lessons.c.id, counts(read_texts))
        .where(or_(read_texts.c.language == reader, read_texts.c.id == lessons.c.published_text_id))
        .order_by((read_texts.c.language == reader).desc(), read_texts.c.id.desc())
        .limit(1)
        .lateral("best")
    )
    each = lesson_texts.alias("each")
    languages = (
        select(func.array_agg(func.distinct(each.c.language)))
        .where(each.c.lesson_id == lessons.c.id, counts(each))
        .scalar_subquery()
    )
    named = (lessons.c.id, lessons.c.key, lessons.c.training_id, lessons.c.published_on, lessons.c.revision)
    of_original = (
        originals.c.language.label("original_language"),
        originals.c.id.label("original_id"),
        originals.c.competencies,
        originals.c.focuses,
    )
    shown = (best.c.id.label("text_id"), best.c.language, *(best.c[name] for name in FIELDS))
    return (
        select(*named, *of_original, *shown, languages.label("languages"))
        .join(originals, originals.c.id == lessons.c.published_text_id)
        .join(best, literal(True))
    )


async def list_lessons(
    session: AsyncSession,
    filters: LessonFilters,
    *,
    reader: str,
    after: Sequence[str] | None = None,
    limit: int,
) -> Sequence[Any]:
    """Published lessons, the newest first, each in `reader`'s language where it can be."""
    statement = _reading(reader).where(*filters.conditions())
    if after:
        day, last = date.fromisoformat(after[0]), UUID(after[1])
        same = and_(lessons.c.published_on == day, lessons.c.id < last)
        statement = statement.where(or_(lessons.c.published_on < day, same))
    statement = statement.order_by(lessons.c.published_on.desc(), lessons.c.id.desc()).limit(limit)
    rows: Sequence[Any] = (await session.execute(statement)).all()
    return rows


async def count_lessons(session: AsyncSession, filters: LessonFilters) -> int:
    """How many the list would hold in all."""
    statement = (
        select(func.count())
        .select_from(lessons.join(originals, originals.c.id == lessons.c.published_text_id))
        .where(*filters.conditions())
    )
    return int((await session.execute(statement)).scalar_one())


async def read_lesson(session: AsyncSession, key: str, *, reader: str) -> Any:
    """A published lesson; raises where there is none."""
    found = (await session.execute(_reading(reader).where(lessons.c.key == key))).one_or_none()
    if found is None:
        raise LessonNotFound()
    return found


async def withdrawn(session: AsyncSession, key: str) -> Any:
    """When and why the lesson with this key left the library; None where it did not."""
    statement = select(lessons.c.key, lessons.c.withdrawn_at, lessons.c.withdrawn_because).where(
        lessons.c.key == key, lessons.c.withdrawn_at.is_not(None), lessons.c.published_text_id.is_(None)
    )
    return (await session.execute(statement)).one_or_none()


async def host_kinds(session: AsyncSession, training_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """Kinds of the partners that hosted, in order of their names; none for entities alone."""
    statement = (
        select(hosts.c.training_id, func.array_agg(func.distinct(partners.c.kind)).label("kinds"))
        .join(partners, partners.c.id == hosts.c.partner_id)
        .where(hosts.c.training_id.in_(training_ids))
        .group_by(hosts.c.training_id)
    )
    found = {row.training_id: sorted(row.kinds) for row in await session.execute(statement)}
    return {each: found.get(each, [HostKind.ENTITIES.value]) for each in training_ids}


async def quoted_by(session: AsyncSession, key: str) -> Sequence[Any]:
    """Courses on offer that link to this lesson: id, key and current version, by title."""
    statement = (
        select(courses.c.id, courses.c.key, courses.c.current_version_id)
        .join(quotes, quotes.c.course_id == courses.c.id)
        .where(quotes.c.lesson == key, courses.c.retired_at.is_(None))
        .order_by(courses.c.sort_key, courses.c.id)
    )
    return (await session.execute(statement)).all()


async def digest_readers(session: AsyncSession) -> Sequence[Any]:
    """Who asked for the month's lessons and has an address: id, e-mail, language."""
    statement = (
        select(persons.c.id, persons.c.email, persons.c.language)
        .join(readers, readers.c.person_id == persons.c.id)
        .where(persons.c.email.is_not(None), persons.c.erased_at.is_(None))
        .order_by(persons.c.id)
    )
    return (await session.execute(statement)).all()
