"""HTTP of the catalogue.

A card of a published version in one language never changes, so its JSON is made once and kept; the list's own
query decides, on every request, which cards are shown and in which order.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue import queries
from lms.catalogue.queries import CourseFilters
from lms.catalogue.schemas import CourseCard, CourseRead, card, course_read
from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession, StrictRoute
from lms.kernel.i18n import search_words
from lms.kernel.pagination import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from lms.people.permits import permit

router = APIRouter(route_class=StrictRoute, tags=["catalogue"])

Tag = Annotated[str | None, Query(max_length=100, pattern=r"^[a-z0-9-]+$")]
_cards: dict[tuple[UUID, str], bytes] = {}


@router.get("/courses", response_model=Page[CourseCard])
async def list_courses(
    request: Request,
    session: DbSession,
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
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Response:
    """Courses on offer, in title order. A course that names no focus (or modality) is for every one."""
    given = dict(focus=focus, skill_area=skill_area, competency=competency, modality=modality,
                 language=language, audience=audience, provider=provider)  # fmt: skip
    named = {"list": "courses", **given, "q": q}
    after = decode_cursor(cursor, filters=named, parts=(_rank, str, UUID))
    filters = CourseFilters(**given, words=tuple(search_words(q or "")))
    rows = await queries.list_course_versions(session, filters, after=after, limit=limit + 1)
    shown = rows[:limit]
    wanted = language or actor.language
    cards = [
        await _card(session, row.current_version_id, row.number, row.skill_areas, wanted) for row in shown
    ]
    next_cursor = None
    if len(rows) > limit:
        last = shown[-1]
        next_cursor = encode_cursor([last.rank, last.sort_key, last.id], filters=named)
    return _page(request, cards, next_cursor)


def _rank(part: str) -> int:
    return ("0", "1", "2").index(part)


async def _card(
    session: AsyncSession, version_id: UUID, number: int, skill_areas: list[str], wanted: str
) -> bytes:
    kept = _cards.get((version_id, wanted))
    if kept is None:
        edition = await queries.get_edition(session, version_id)
        made = card(edition, number=number, language=edition.language_for(wanted), skill_areas=skill_areas)
        kept = _cards[version_id, wanted] = made.model_dump_json().encode()
    return kept


def _page(request: Request, cards: list[bytes], next_cursor: str | None) -> Response:
    cursor = b"null" if next_cursor is None else f'"{next_cursor}"'.encode()
    body = b'{"items":[' + b",".join(cards) + b'],"next_cursor":' + cursor + b"}"
    headers = {}
    if next_cursor is not None:
        link = request.url.include_query_params(cursor=next_cursor)
        headers["Link"] = f'<{link}>; rel="next"'
    return Response(body, media_type="application/json", headers=headers)


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
