"""HTTP of the catalogue: what is published, the same for every reader of a language (see `answers.py`)."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from lms.catalogue import queries
from lms.catalogue.answers import PublishedRoute
from lms.catalogue.queries import CourseFilters, CourseRow
from lms.catalogue.schemas import CourseCard, CourseRead, card, course_read
from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession
from lms.kernel.i18n import search_words
from lms.kernel.pagination import Page, PageTurn
from lms.people.permits import permit

router = APIRouter(route_class=PublishedRoute, tags=["catalogue"])

Tag = Annotated[str | None, Query(max_length=100, pattern=r"^[a-z0-9-]+$")]


@router.get("/courses")
async def list_courses(
    session: DbSession,
    turn: PageTurn,
    actor: Actor = permit(Permission.SELF),
    focus: Tag = None,
    skill_area: Tag = None,
    competency: Tag = None,
    modality: Tag = None,
    language: Annotated[
        str | None, Query(pattern=r"^(ar|zh|en|fr|ru|es)$", description="Offered in it.")
    ] = None,
    audience: Tag = None,
    provider: Tag = None,
    q: Annotated[str | None, Query(max_length=200, description="Words, in any of the six languages.")] = None,
) -> Page[CourseCard]:
    """Courses on offer, in title order. A course that names no focus (or modality) is for every one."""
    given = dict(focus=focus, skill_area=skill_area, competency=competency, modality=modality,
                 language=language, audience=audience, provider=provider)  # fmt: skip
    named = {"list": "courses", **given, "q": q}
    after = turn.after(named, (queries.rank_part, str, UUID))
    filters = CourseFilters(**given, words=tuple(search_words(q or "")))
    rows = await queries.list_course_versions(session, filters, after=after, limit=turn.wanted)
    editions = await queries.get_editions(session, [row.current_version_id for row in rows])

    def read(row: CourseRow) -> CourseCard:
        edition = editions[row.current_version_id]
        chosen = edition.language_for(language or actor.language)
        return card(edition, number=row.number, language=chosen, skill_areas=row.skill_areas)

    return turn.page(rows, named, key=lambda row: [row.rank, row.sort_key, row.id], read=read)


@router.get("/courses/{key}")
async def read_course(
    key: str,
    session: DbSession,
    actor: Actor = permit(Permission.SELF),
    language: Annotated[str | None, Query(pattern=r"^(ar|zh|en|fr|ru|es)$")] = None,
) -> CourseRead:
    """One course: what it teaches, its modules and activities, its sources."""
    ref = await queries.get_course(session, key)
    edition = await queries.get_edition(session, ref.version_id)
    taxonomy = await queries.get_taxonomy(session)
    areas = sorted({taxonomy.area_of(each.competency).key for each in edition.course.teaches})
    chosen = edition.language_for(language or actor.language)
    return course_read(edition, number=ref.version, language=chosen, skill_areas=areas)
