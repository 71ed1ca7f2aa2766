"""Publish the library: idempotent by content digest, versions immutable, impact known before."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Text, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.domain import Edition, Programmes, Taxonomy, canonical_json, encode
from lms.catalogue.domain.errors import CoursePublished, LibraryHasErrors, ProgrammesPublished
from lms.catalogue.loader import Library
from lms.catalogue.models import Course, CourseText, CourseVersion, LibraryDocument
from lms.catalogue.queries import OFFERS, current_versions, forget_documents
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import table_of
from lms.kernel.events import publish as publish_events
from lms.kernel.i18n import search_words, sort_key
from lms.kernel.ids import new_id
from lms.people.queries import main_on

courses = table_of(Course)
versions = table_of(CourseVersion)


@dataclass(frozen=True, slots=True)
class Touched:
    """People of an entity ("-": of none today); `organisation` is the entity at its root.

    `holding` are those of the completed whose completion is valid: they renew when the edition is material.
    """

    entity: str
    organisation: str
    in_progress: int
    completed: int
    holding: int


@dataclass(frozen=True, slots=True)
class Impact:
    """Whom publishing an edition touches: people on the way, holders, both by entity."""

    course: str
    change: str
    number: int
    renew_by: date | None
    by_entity: tuple[Touched, ...] = ()

    @property
    def in_progress(self) -> int:
        """People on the way, of all entities."""
        return sum(each.in_progress for each in self.by_entity)

    @property
    def completed(self) -> int:
        """People who completed the course, of all entities."""
        return sum(each.completed for each in self.by_entity)


async def impact_of(session: AsyncSession, library: Library) -> list[Impact]:
    """What `publish_library` would do, without doing it: one entry for each course that has changed."""
    _refuse_errors(library)
    return [
        await impact_of_edition(session, edition)
        for edition in library.courses.values()
        if not await is_published(session, edition)
    ]


async def publish_library(session: AsyncSession, library: Library, *, acting: Actor | None) -> list[Impact]:
    """Publish what is new or changed; the second call with the same files does nothing.

    Raises `LibraryHasErrors` when the check found mistakes in any course. Safe to run from several
    instances at once: an advisory lock lets one after the other.
    """
    _refuse_errors(library)
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtext("catalogue.publish"))))
    new_words = await _publish_document(session, "taxonomy", encode(library.taxonomy))
    await _publish_document(
        session, "providers", {key: encode(each) for key, each in library.providers.items()}
    )
    await _publish_document(session, "profiles", encode(library.profiles))
    await _publish_programmes(session, library.programmes, acting=acting)
    impacts = []
    for edition in library.courses.values():
        if not await is_published(session, edition):
            impacts.append(await impact_of_edition(session, edition))
            await _publish_edition(session, edition, library.taxonomy, acting=acting)
        elif new_words is not None:
            await _describe(session, edition, library.taxonomy)
    # Last, and under the lock: whoever sees this document sees all of what it speaks of.
    await _publish_document(session, OFFERS, await _offers(session))
    return impacts


async def _offers(session: AsyncSession) -> dict[str, Any]:
    documents = table_of(LibraryDocument)
    shared = select(func.max(documents.c.id.cast(Text))).where(documents.c.kind != OFFERS)
    return {"courses": await current_versions(session), "documents": await session.scalar(shared)}


def _refuse_errors(library: Library) -> None:
    errors = [finding for finding in library.findings if finding.is_error]
    if errors:
        raise LibraryHasErrors(f"{len(errors)} mistakes, the first: {errors[0]}")


async def is_published(session: AsyncSession, edition: Edition) -> bool:
    """Whether this very content is the course's current version; an older one published again is new."""
    statement = (
        select(versions.c.digest)
        .join(courses, courses.c.current_version_id == versions.c.id)
        .where(courses.c.key == edition.key)
    )
    return (await session.scalar(statement)) == edition.digest


async def impact_of_edition(session: AsyncSession, edition: Edition) -> Impact:
    """Whom publishing this edition would touch."""
    rows: Sequence[Any] = (await session.execute(_IMPACT, {"course": edition.key})).all()
    number = await session.scalar(
        select(func.count()).select_from(versions).join(courses, courses.c.id == versions.c.course_id)
        .where(courses.c.key == edition.key)
    )  # fmt: skip
    return Impact(
        course=edition.key,
        change=edition.course.release.change.value,
        number=(number or 0) + 1,
        renew_by=edition.course.release.renew_by,
        by_entity=tuple(Touched(*row) for row in rows),
    )


# Enrolments and completions lie above; this reads and counts them by name, and writes nothing there.
_IMPACT = text(
    f"""
SELECT coalesce(e.key, '-') AS entity, coalesce(split_part(e.path, '/', 2), '-') AS organisation,
       count(*) FILTER (WHERE s.what = 'active') AS in_progress,
       count(*) FILTER (WHERE s.what = 'completed') AS completed,
       count(*) FILTER (WHERE s.is_valid) AS holding
  FROM (SELECT n.person_id, n.state AS what, false AS is_valid
          FROM enrolments n JOIN courses c ON c.id = n.course_id
         WHERE c.key = :course AND n.state = 'active'
        UNION ALL
        SELECT m.person_id, 'completed', bool_or(coalesce(w.valid_until, m.valid_until, 'infinity') >= current_date)
          FROM completions m JOIN courses c ON c.id = m.course_id
          LEFT JOIN LATERAL (SELECT v.valid_until FROM validity_changes v WHERE v.fact_id = m.id
                              ORDER BY v.recorded_at DESC, v.id DESC LIMIT 1) w ON true
         WHERE c.key = :course AND m.source <> 'waiver' -- which no edition asks to renew
           AND NOT EXISTS (SELECT 1 FROM completion_revocations r WHERE r.completion_id = m.id)
         GROUP BY m.person_id) s
  LEFT JOIN affiliations a ON a.person_id = s.person_id AND {main_on("a", "current_date")}
  LEFT JOIN entities e ON e.id = a.entity_id
 GROUP BY 1, 2 ORDER BY 1
"""
)


async def _publish_programmes(session: AsyncSession, programmes: Programmes, *, acting: Actor | None) -> None:
    """Publish the programmes; that they have changed is told, since some people have completed them by that."""
    published = await _publish_document(session, "programmes", encode(programmes))
    if published is not None and programmes.programmes:
        digests = {each.key: programmes.digest_of(each.key) for each in programmes.programmes}
        event = ProgrammesPublished(subject_id=published, data={"digests": digests})
        await publish_events(session, [event], acting=acting)


async def _publish_document(session: AsyncSession, kind: str, content: Any) -> UUID | None:
    """Publish a shared file if it has changed; the publication, or None if it had not."""
    digest = hashlib.sha256(canonical_json(content).encode()).hexdigest()
    documents = table_of(LibraryDocument)
    latest = await session.scalar(
        select(documents.c.digest).where(documents.c.kind == kind).order_by(documents.c.id.desc()).limit(1)
    )
    if latest == digest:
        return None
    document = LibraryDocument(kind=kind, digest=digest, content=content)
    session.add(document)
    await session.flush()
    forget_documents()
    return document.id


async def _publish_edition(
    session: AsyncSession, edition: Edition, taxonomy: Taxonomy, *, acting: Actor | None
) -> None:
    course_id = await _describe(session, edition, taxonomy)
    version_id = await _add_version(session, course_id, edition, acting=acting)
    await session.execute(
        update(courses)
        .where(courses.c.id == course_id)
        .values(current_version_id=version_id, retired_at=None)
    )
    data = {
        "version": str(version_id),
        "digest": edition.digest,
        "change": edition.course.release.change.value,
    }
    await publish_events(session, [CoursePublished(subject_id=course_id, data=data)], acting=acting)


async def _describe(session: AsyncSession, edition: Edition, taxonomy: Taxonomy) -> UUID:
    """What lists, filters and search know of a course: its tags, and its words in each language."""
    course_id = await _upsert_course(session, edition, taxonomy)
    await _replace_texts(session, course_id, edition, taxonomy)
    return course_id


async def _upsert_course(session: AsyncSession, edition: Edition, taxonomy: Taxonomy) -> UUID:
    course = edition.course
    taught = [each.competency for each in course.teaches]
    tags: dict[str, Any] = {
        "sort_key": sort_key(edition.texts[course.original].title),
        "provider": course.provider,
        "audiences": list(course.audiences),
        "focuses": list(course.focuses),
        "modalities": list(course.modalities),
        "languages": list(course.languages),
        "competencies": taught,
        "skill_areas": sorted({taxonomy.area_of(key).key for key in taught}),
    }
    statement = insert(courses).values(id=new_id(), key=course.key, created_at=clock.now(), **tags)
    statement = statement.on_conflict_do_update(index_elements=["key"], set_=tags)
    return UUID(str(await session.scalar(statement.returning(courses.c.id))))


async def _add_version(
    session: AsyncSession, course_id: UUID, edition: Edition, *, acting: Actor | None
) -> UUID:
    """The version with this content: a new one, or the one that held it before."""
    existing = await session.scalar(select(versions.c.id).where(versions.c.digest == edition.digest))
    if existing is not None:
        return UUID(str(existing))
    number = await session.scalar(select(func.count()).where(versions.c.course_id == course_id))
    release = edition.course.release
    version = CourseVersion(
        course_id=course_id,
        number=(number or 0) + 1,
        digest=edition.digest,
        change=release.change.value,
        note=release.note,
        renew_by=release.renew_by,
        content=edition.to_json(),
        published_by_id=acting.person_id if acting else None,
    )
    session.add(version)
    await session.flush()
    return version.id


async def _replace_texts(
    session: AsyncSession, course_id: UUID, edition: Edition, taxonomy: Taxonomy
) -> None:
    texts = table_of(CourseText)
    await session.execute(texts.delete().where(texts.c.course_id == course_id))
    for language, words in edition.texts.items():
        await session.execute(
            insert(texts).values(
                course_id=course_id,
                language=language,
                title=words.title,
                summary=words.summary,
                search_words=as_tsvector(_searchable(edition, language, taxonomy)),
            )
        )


def as_tsvector(text_to_find: str) -> Any:
    """Our own words as a tsvector: the database's parser would not find words in Chinese."""
    words = sorted(set(search_words(text_to_find)))
    return func.array_to_tsvector(words)


def _searchable(edition: Edition, language: str, taxonomy: Taxonomy) -> str:
    """A course's own words in one language, and what it is about in all: a course not yet translated is found too."""
    words, course = edition.texts[language], edition.course
    taught = [taxonomy.competency(each.competency) for each in course.teaches]
    labels = [
        *(each.name for each in taught),
        *(taxonomy.area_of(each.key).name for each in taught),
        *(taxonomy.focus(key).name for key in course.focuses),
        *(taxonomy.modality(key).name for key in course.modalities),
    ]
    tags = {said for label in labels for said in label.texts.values()}
    return " ".join([words.title, words.summary, *words.modules.values(), *sorted(tags)])
