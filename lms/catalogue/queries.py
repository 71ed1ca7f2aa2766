"""Every SELECT about the catalogue, and the published editions that a process keeps at hand."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, cast
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.domain import Edition, Profiles, Programmes, Taxonomy, decode
from lms.catalogue.domain.errors import CourseNotFound, NothingPublished
from lms.catalogue.models import Course, CourseText, CourseVersion, LibraryDocument
from lms.kernel.database import table_of
from lms.kernel.statements import fetch
from lms.people.queries import words_query

courses = table_of(Course)
versions = table_of(CourseVersion)
texts = table_of(CourseText)
documents = table_of(LibraryDocument)

# Published versions never change, so what was read once is right for ever; nothing else is kept here.
_editions: dict[UUID, Edition] = {}
_documents: dict[UUID, Taxonomy | Profiles | Programmes] = {}
_KEPT = 2000


@dataclass(frozen=True, slots=True)
class CourseRef:
    """A course and its current version."""

    id: UUID
    key: str
    version_id: UUID
    version: int


async def get_edition(session: AsyncSession, version_id: UUID) -> Edition:
    """What was published as this version."""
    edition = _editions.get(version_id)
    if edition is None:
        content = (
            await session.execute(select(versions.c.content).where(versions.c.id == version_id))
        ).scalar_one()
        edition = Edition.from_json(content)
        if len(_editions) >= _KEPT:
            _editions.clear()
        _editions[version_id] = edition
    return edition


async def get_editions(session: AsyncSession, version_ids: Iterable[UUID]) -> dict[UUID, Edition]:
    """What was published as each of these versions; those not yet at hand are read in one statement."""
    wanted = set(version_ids)
    missing = [each for each in wanted if each not in _editions]
    if missing:
        if len(_editions) + len(missing) > _KEPT:
            _editions.clear()
            missing = list(wanted)
        rows = await session.execute(
            select(versions.c.id, versions.c.content).where(versions.c.id.in_(missing))
        )
        _editions.update({row.id: Edition.from_json(row.content) for row in rows})
    return {each: _editions[each] for each in wanted}


async def get_course(session: AsyncSession, key: str) -> CourseRef:
    """The course with this key and its current version."""
    found = await refs_by_key(session, [key])
    if key not in found:
        raise CourseNotFound(f"There is no course {key!r}.")
    return found[key]


async def refs_by_key(session: AsyncSession, keys: Sequence[str]) -> dict[str, CourseRef]:
    """Courses by key, unknown ones left out."""
    statement = (
        select(courses.c.id, courses.c.key, versions.c.id, versions.c.number)
        .join(versions, versions.c.id == courses.c.current_version_id)
        .where(courses.c.key.in_(keys), courses.c.retired_at.is_(None))
    )
    return {row[1]: CourseRef(*row) for row in await session.execute(statement)}


# What is published last is asked for by every completion and changes with a publication: each process looks again
# after this many seconds, for each database.
DOCUMENT_SECONDS = 5.0
_latest: WeakKeyDictionary[Any, tuple[float, dict[str, UUID]]] = WeakKeyDictionary()
_KINDS: dict[str, type[Taxonomy | Profiles | Programmes]] = {
    "taxonomy": Taxonomy,
    "profiles": Profiles,
    "programmes": Programmes,
}


async def get_taxonomy(session: AsyncSession) -> Taxonomy:
    """The vocabulary as published last; a publication by another process is seen within seconds."""
    found = await _newest(session, "taxonomy")
    if found is None:
        raise NothingPublished()
    return cast(Taxonomy, _documents[found])


async def get_profiles(session: AsyncSession) -> Profiles:
    """The target profiles as published last, seen as soon as the vocabulary; none before the first publication."""
    found = await _newest(session, "profiles")
    return Profiles() if found is None else cast(Profiles, _documents[found])


@dataclass(frozen=True, slots=True)
class PublishedProgrammes:
    """Programmes as they were published together, and the publication (none: nothing was published yet)."""

    id: UUID | None
    programmes: Programmes


async def get_programmes(session: AsyncSession) -> PublishedProgrammes:
    """The programmes as published last, seen as soon as the vocabulary."""
    found = await _newest(session, "programmes")
    programmes = Programmes() if found is None else cast(Programmes, _documents[found])
    return PublishedProgrammes(found, programmes)


async def programmes_in(session: AsyncSession, document_ids: Iterable[UUID]) -> dict[UUID, Programmes]:
    """What these publications said."""
    wanted = set(document_ids)
    await _read(session, wanted)
    return {each: cast(Programmes, _documents[each]) for each in wanted}


def forget_documents() -> None:
    """Have the next reader look again: this process has just published one."""
    _latest.clear()


async def _newest(session: AsyncSession, kind: str) -> UUID | None:
    """The id of what is published last of a kind, its content at hand."""
    seen = _latest.get(session.bind)
    if seen is None or time.monotonic() >= seen[0] + DOCUMENT_SECONDS:
        seen = (time.monotonic(), await _newest_ids(session))
        if seen[1]:  # before the first publication everybody looks each time
            _latest[session.bind] = seen
    await _read(session, seen[1].values())
    return seen[1].get(kind)


async def _newest_ids(session: AsyncSession) -> dict[str, UUID]:
    """One read for all kinds, so that who needs two of them waits once."""
    statement = (
        select(documents.c.kind, documents.c.id)
        .ext(distinct_on(documents.c.kind))
        .where(documents.c.kind.in_(_KINDS))
        .order_by(documents.c.kind, documents.c.id.desc())
    )
    return {row.kind: row.id for row in await session.execute(statement)}


async def _read(session: AsyncSession, document_ids: Iterable[UUID]) -> None:
    missing = [each for each in document_ids if each not in _documents]
    if missing:
        statement = select(documents.c.id, documents.c.kind, documents.c.content)
        for row in await session.execute(statement.where(documents.c.id.in_(missing))):
            _documents[row.id] = decode(_KINDS[row.kind], row.content)


OFFERS = "offers"
"""Kind of the document that says which courses are on offer, each in which version: the newest is today's."""


async def newest_offers(session: AsyncSession, asked: Sequence[str]) -> dict[str, UUID]:
    """For each of `asked`, whatever it is, the id of what is published last; nothing before the first publication."""
    statement = "SELECT id FROM library_documents WHERE kind = $1 ORDER BY id DESC LIMIT 1"
    found = await fetch(session, statement, OFFERS)
    return {key: found[0]["id"] for key in asked} if found else {}


async def current_versions(session: AsyncSession) -> dict[str, str]:
    """Version ids of all courses on offer, by key."""
    statement = (
        select(courses.c.key, courses.c.current_version_id)
        .where(courses.c.retired_at.is_(None), courses.c.current_version_id.is_not(None))
        .order_by(courses.c.key)
    )
    return {row.key: str(row.current_version_id) for row in await session.execute(statement)}


@dataclass(frozen=True, slots=True)
class CourseFilters:
    """What a list of courses is narrowed to; None or empty: not narrowed."""

    focus: str | None = None
    skill_area: str | None = None
    competency: str | None = None
    modality: str | None = None
    language: str | None = None
    audience: str | None = None
    provider: str | None = None
    words: tuple[str, ...] = ()


class CourseRow(NamedTuple):
    """A course in a list, with its place in it (rank, sort_key, id)."""

    rank: int
    sort_key: str
    id: UUID
    key: str
    skill_areas: list[str]
    current_version_id: UUID
    number: int


_LIST = """
SELECT {rank} AS rank, c.sort_key, c.id, c.key, c.skill_areas, c.current_version_id, v.number
  FROM courses c JOIN course_versions v ON v.id = c.current_version_id
 WHERE {conditions} ORDER BY {order} LIMIT {limit}"""
# Without focuses to put first the order is an index's own, so that a page reads no more than itself.
_RANK = "CASE WHEN c.focuses && {0}::text[] THEN 0 WHEN cardinality(c.focuses) = 0 THEN 1 ELSE 2 END"


def rank_part(text: str) -> int:
    """The part of a list's sort key that is a rank."""
    return ("0", "1", "2").index(text)


async def list_course_versions(
    session: AsyncSession,
    filters: CourseFilters,
    *,
    first_focuses: Sequence[str] = (),
    after: Sequence[str] | None = None,
    limit: int = 50,
) -> Sequence[CourseRow]:
    """Courses in title order.

    Courses for one of `first_focuses` come first (rank 0), then those for every focus (1), then others (2).
    """
    values: list[Any] = []
    place = _placing(values)
    rank = _RANK.format(place(list(first_focuses))) if first_focuses else "0"
    order = f"{rank}, c.sort_key, c.id" if first_focuses else "c.sort_key, c.id"
    conditions = ["c.retired_at IS NULL", *_conditions(filters, place)]
    if after is not None:
        behind = [place(int(after[0]))] if first_focuses else []
        behind += [place(after[1]), f"{place(UUID(after[2]))}::uuid"]
        conditions.append(f"({order}) > ({', '.join(behind)})")
    sql = _LIST.format(rank=rank, conditions=" AND ".join(conditions), order=order, limit=place(limit))
    return [CourseRow(*row) for row in await fetch(session, sql, *values)]


async def count_courses(session: AsyncSession, filters: CourseFilters) -> int:
    """How many courses `list_course_versions` would list in all."""
    values: list[Any] = []
    place = _placing(values)
    conditions = ["c.retired_at IS NULL", "c.current_version_id IS NOT NULL", *_conditions(filters, place)]
    sql = f"SELECT count(*) AS courses FROM courses c WHERE {' AND '.join(conditions)}"
    return int((await fetch(session, sql, *values))[0]["courses"])


def _placing(values: list[Any]) -> Callable[[Any], str]:
    """Puts a value among `values` and answers with its place in the statement."""

    def place(value: Any) -> str:
        values.append(value)
        return f"${len(values)}"

    return place


def _conditions(filters: CourseFilters, place: Callable[[Any], str]) -> Iterator[str]:
    for column in ("skill_area", "competency", "language", "audience"):
        value = getattr(filters, column)
        if value:
            yield f"c.{_TAGS[column]} @> ARRAY[{place(value)}::text]"
    # A course that names no focus or modality is for every one of them.
    for column in ("focus", "modality"):
        value = getattr(filters, column)
        if value:
            tags = f"c.{_TAGS[column]}"
            yield f"({tags} @> ARRAY[{place(value)}::text] OR cardinality({tags}) = 0)"
    if filters.provider:
        yield f"c.provider = {place(filters.provider)}"
    if filters.words:
        query = place(words_query(filters.words))
        found = f"t.course_id = c.id AND t.search_words @@ {query}::text::tsquery"
        yield f"EXISTS (SELECT 1 FROM course_texts t WHERE {found})"


_TAGS = {
    "skill_area": "skill_areas",
    "competency": "competencies",
    "language": "languages",
    "audience": "audiences",
    "focus": "focuses",
    "modality": "modalities",
}


async def version_on(
    session: AsyncSession, pairs: Sequence[tuple[UUID, date]]
) -> dict[tuple[UUID, date], UUID]:
    """For each (course, day) the version current on that day, or the first one for an earlier day."""
    statement = text(
        """SELECT k.course_id, k.day, coalesce(
                  (SELECT v.id FROM course_versions v WHERE v.course_id = k.course_id
                      AND (v.published_at AT TIME ZONE 'UTC')::date <= k.day ORDER BY v.number DESC LIMIT 1),
                  (SELECT v.id FROM course_versions v WHERE v.course_id = k.course_id ORDER BY v.number LIMIT 1))
             FROM unnest(CAST(:courses AS uuid[]), CAST(:days AS date[])) AS k(course_id, day)"""
    )
    chosen = list(dict.fromkeys(pairs))
    values = {"courses": [course for course, _ in chosen], "days": [day for _, day in chosen]}
    return {(row[0], row[1]): row[2] for row in await session.execute(statement, values)}


async def keys_of(session: AsyncSession, course_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Keys of courses by id."""
    rows = await session.execute(select(courses.c.id, courses.c.key).where(courses.c.id.in_(course_ids)))
    return {row.id: row.key for row in rows}


# -- names for lists ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CourseTitle:
    """What a course is called, in `language`: the one asked for where the course has it."""

    key: str
    title: str
    language: str


IN_LANGUAGE = "t.language = :language DESC, t.language = 'en' DESC, t.language"
_TITLES_OF_VERSIONS = text(
    f"""SELECT DISTINCT ON (v.id) v.id, c.key, t.title, t.language FROM course_versions v
          JOIN courses c ON c.id = v.course_id JOIN course_texts t ON t.course_id = c.id
         WHERE v.id = ANY(CAST(:ids AS uuid[])) ORDER BY v.id, {IN_LANGUAGE}"""
)
_TITLES_ON_OFFER = text(
    f"""SELECT DISTINCT ON (c.sort_key, c.id) c.key, t.title, t.language FROM courses c
          JOIN course_texts t ON t.course_id = c.id
         WHERE c.retired_at IS NULL AND c.current_version_id IS NOT NULL
         ORDER BY c.sort_key, c.id, {IN_LANGUAGE}"""
)


async def titles_of_versions(
    session: AsyncSession, version_ids: Sequence[UUID], *, language: str
) -> dict[UUID, CourseTitle]:
    """What the courses of these versions are called now, in one statement however many there are."""
    values = {"ids": list(set(version_ids)), "language": language}
    rows = await session.execute(_TITLES_OF_VERSIONS, values)
    return {row.id: CourseTitle(row.key, row.title, row.language) for row in rows}


async def titles_on_offer(session: AsyncSession, *, language: str) -> list[CourseTitle]:
    """Every course that may be chosen now, in the order of the catalogue."""
    rows = await session.execute(_TITLES_ON_OFFER, {"language": language})
    return [CourseTitle(*row) for row in rows]


async def list_published(session: AsyncSession) -> Sequence[Any]:
    """Courses with their current version (key, number, change, published_at, by whom), by key."""
    statement = text(
        """SELECT c.key, c.retired_at, v.id AS version_id, v.number, v.digest, v.change, v.note, v.renew_by,
                  v.published_at, p.name AS published_by
             FROM courses c JOIN course_versions v ON v.id = c.current_version_id
             LEFT JOIN persons p ON p.id = v.published_by_id ORDER BY c.key"""
    )
    return (await session.execute(statement)).all()
