"""Pages of the library of lessons: found, read, the month's lessons, and whether they come by mail."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.domain.errors import CourseNotFound
from lms.catalogue.queries import get_taxonomy, titles_of_versions
from lms.joint_trainings.domain.lessons import HostKind, LessonNotFound, last_of_month, month_before
from lms.joint_trainings.endpoints.lesson_library import narrowed
from lms.joint_trainings.queries import lesson_library as library
from lms.joint_trainings.queries import lessons as queries
from lms.joint_trainings.queries.lesson_library import LessonFilters
from lms.joint_trainings.service.lessons import set_reader
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession
from lms.kernel.i18n import LANGUAGES
from lms.kernel.pagination import decode_cursor, encode_cursor
from lms.web import lesson_words
from lms.web.course_view import foreign, language_choices, own_names
from lms.web.given import texts
from lms.web.session import page_permit, redirect, show
from lms.web.templating import with_query

router = APIRouter()
PAGE, NEWEST = 20, 3
_SELF, _HOST, _REVIEW = Permission.SELF, Permission.TRAININGS_HOST, Permission.LESSONS_REVIEW
OfKey = Annotated[str, Query(max_length=100)]
_MONTH = re.compile(r"(?:19|20|21)[0-9]{2}-(?:0[1-9]|1[0-2])")


@router.get("/lessons")
async def list_lessons(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(_SELF),
    q: Annotated[str, Query(max_length=200)] = "",
    competency: OfKey = "",
    skill_area: OfKey = "",
    focus: OfKey = "",
    language: OfKey = "",
    host_kind: OfKey = "",
    course: OfKey = "",
    from_on: OfKey = "",
    until_on: OfKey = "",
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """Published lessons, the newest first."""
    values = {"q": q.strip(), "competency": competency, "skill_area": skill_area, "focus": focus,
              "language": language, "host_kind": host_kind, "course": course,
              "from_on": from_on, "until_on": until_on}  # fmt: skip
    filters = await _filters(session, values)
    after = decode_cursor(cursor, filters=values, parts=(date.fromisoformat, UUID))
    finds = filters is not None and bool(filters.words or not values["q"])
    rows: Sequence[Any] = []
    if filters is not None and finds:
        rows = await library.list_lessons(
            session, filters, reader=request.state.language, after=after, limit=PAGE + 1
        )
    shown = rows[:PAGE]
    last = shown[-1] if len(rows) > PAGE else None
    is_whole = cursor is None and last is None
    context = {
        "cards": await cards(request, session, shown),
        "values": values,
        "filtered": any(values.values()),
        "narrowed": any(value for name, value in values.items() if name != "q"),
        "choices": await _choices(request, session),
        "found": len(rows) if is_whole or filters is None else await library.count_lessons(session, filters),
        "may_review": actor.may(_REVIEW),
        "month": month_before(clock.today()),
        "address": with_query("/lessons", **{name: value or None for name, value in values.items()}),
        "next_cursor": encode_cursor([last.published_on, last.id], filters=values) if last else None,
        "is_first": cursor is None,
    }
    return show(request, "lessons/list.html", context)


async def _filters(session: AsyncSession, values: dict[str, str]) -> LessonFilters | None:
    """What the address asks for; None where nothing can be that, such as a course that is not on offer."""
    given: dict[str, Any] = dict(values)
    for name in ("from_on", "until_on"):
        given[name] = _day(values[name])
    kind = values["host_kind"]
    given["host_kind"] = HostKind(kind) if kind in set(HostKind) else None
    try:
        return await narrowed(session, **given)
    except CourseNotFound:
        return None


def _day(written: str) -> date | None:
    """A day of the address; one that is none narrows nothing, so that an old address still opens."""
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


async def _choices(request: Request, session: AsyncSession) -> dict[str, list[tuple[str, str, str | None]]]:
    taxonomy, reader = await get_taxonomy(session), request.state.language

    def options(tags: Sequence[Any]) -> list[tuple[str, str, str | None]]:
        named = ((each.key, each.name.for_reader(reader), each.name.language_for(reader)) for each in tags)
        return [(key, name, None if written == reader else written) for key, name, written in named]

    return {
        "competency": options(taxonomy.competencies),
        "skill_area": options(taxonomy.skill_areas),
        "focus": options(taxonomy.focuses),
        "language": language_choices(LANGUAGES, reader),
        "host_kind": [(key, name, None) for key, name in lesson_words.host_kinds(reader).items()],
    }


async def cards(request: Request, session: AsyncSession, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Lessons of a list as the card macro takes them."""
    reader = request.state.language
    taxonomy = await get_taxonomy(session) if rows else None
    kinds = await library.host_kinds(session, [row.training_id for row in rows]) if rows else {}
    words = lesson_words.host_kinds(reader)
    return [
        {
            "href": f"/lessons/{row.key}",
            "title": row.title,
            "context": row.context,
            "language": None if row.language == reader else row.language,
            "on": row.published_on,
            "kinds": [words.get(each, each) for each in kinds[row.training_id]],
            "competencies": lesson_words.names_of(taxonomy, row.competencies, "competency", reader),
        }
        for row in rows
        if taxonomy is not None
    ]


async def newest_for(
    request: Request, session: AsyncSession, competencies: Sequence[str]
) -> list[dict[str, Any]]:
    """The newest few lessons that share one of these competencies."""
    filters = LessonFilters(competencies=tuple(competencies))
    rows = await library.list_lessons(session, filters, reader=request.state.language, limit=NEWEST)
    return await cards(request, session, rows)


# -- the month's lessons -----------------------------------------------------------------------------------


@router.get("/lessons/digest")
async def latest_digest(request: Request, actor: Actor = page_permit(_SELF)) -> Response:
    """The last month that is over."""
    return redirect(request, f"/lessons/digest/{month_before(clock.today()):%Y-%m}")


@router.get("/lessons/digest/{month}")
async def digest(
    request: Request, month: str, session: DbSession, actor: Actor = page_permit(_SELF)
) -> Response:
    """What was published in a month, as the mail tells it; a month to come has none."""
    if not _MONTH.fullmatch(month):
        raise LessonNotFound()
    first = date.fromisoformat(f"{month}-01")
    filters = LessonFilters(from_on=first, until_on=last_of_month(first))
    rows = await library.list_lessons(session, filters, reader=request.state.language, limit=200)
    onward = last_of_month(first) + timedelta(days=1)
    context = {
        "cards": await cards(request, session, rows),
        "month": first,
        "before": month_before(first),
        "after": onward if onward <= clock.today() else None,
        "is_reader": await queries.is_reader(session, actor.person_id),
    }
    return show(request, "lessons/digest.html", context)


@router.post("/account/lessons")
async def choose_mail(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(_SELF),
    lessons_by_mail: Annotated[str, Form(max_length=20)] = "never",
) -> Response:
    """Have the month's lessons by mail, or no longer."""
    monthly = lessons_by_mail == "monthly"
    await set_reader(session, acting=actor, monthly=monthly)
    _ = texts(request).gettext
    says = (
        _("The month’s lessons come by e-mail from now on.")
        if monthly
        else _("The month’s lessons no longer come by e-mail.")
    )
    return redirect(request, "/account#lessons", flash=says)


# -- one lesson --------------------------------------------------------------------------------------------


@router.get("/lessons/{key}")
async def read_lesson(
    request: Request,
    key: str,
    session: DbSession,
    actor: Actor = page_permit(_SELF),
    read_in: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """One lesson; one that was withdrawn says so."""
    reader = request.state.language
    gone = await library.withdrawn(session, key)
    if gone is not None:
        return show(request, "lessons/withdrawn.html", {"lesson": gone}, status=410)
    row = await library.read_lesson(session, key, reader=read_in if read_in in LANGUAGES else reader)
    taxonomy = await get_taxonomy(session)
    kinds = (await library.host_kinds(session, [row.training_id]))[row.training_id]
    words = lesson_words.host_kinds(reader)
    context = {
        "lesson": row,
        "parts": lesson_words.parts(reader),
        "kinds": [words.get(each, each) for each in kinds],
        "competencies": lesson_words.names_of(taxonomy, row.competencies, "competency", reader),
        "focuses": lesson_words.names_of(taxonomy, row.focuses, "focus", reader),
        "courses": await _courses(request, session, key),
        "languages_offered": own_names(sorted(row.languages)),
        "others": language_choices(sorted(set(row.languages) - {row.language}), reader),
        "original_name": LANGUAGES[row.original_language].own_name,
        **await _translations(session, actor, row),
    }
    return show(request, "lessons/lesson.html", context)


async def _courses(request: Request, session: AsyncSession, key: str) -> list[dict[str, Any]]:
    rows = await library.quoted_by(session, key)
    reader = request.state.language
    titles = await titles_of_versions(session, [row.current_version_id for row in rows], language=reader)
    return [
        {
            "href": f"/courses/{row.key}",
            "title": foreign(
                titles[row.current_version_id].title, titles[row.current_version_id].language, reader
            ),
        }
        for row in rows
    ]


async def _translations(session: AsyncSession, actor: Actor, row: Any) -> dict[str, Any]:
    """For who may translate: what waits to be read, and the languages that are missing."""
    may = [await _may(session, actor, row.training_id, each) for each in (_HOST, _REVIEW)]
    if not any(may):
        return {"may_translate": False, "waiting": [], "missing": [], "is_host": False}
    decided = {each.text_id for each in await queries.reviews_of(session, row.id)}
    waiting = [
        each
        for each in await queries.texts_by_hand(session, row.id)
        if each.translates_id == row.original_id and each.id not in decided
    ]
    missing = [each for each in LANGUAGES if each not in row.languages]
    return {
        "may_translate": True,
        "is_host": may[0],
        "waiting": [(each, LANGUAGES[each.language].own_name) for each in waiting],
        "missing": [(each, LANGUAGES[each].own_name) for each in missing],
    }


async def _may(session: AsyncSession, actor: Actor, training_id: UUID, permission: Permission) -> bool:
    if not actor.may(permission):
        return False
    found = await queries.find_lesson(session, training_id, actor=actor, permission=permission)
    return found is not None
