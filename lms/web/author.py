"""An author's pages: the courses beside the server against what is published, whom a change touches, what differs."""

import asyncio
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.beside import library_beside
from lms.catalogue.domain import Edition
from lms.catalogue.domain.difference import difference
from lms.catalogue.domain.errors import CourseNotFound, VersionNotFound
from lms.catalogue.impact import rows_of
from lms.catalogue.loader import Library
from lms.catalogue.preview_queries import list_previews
from lms.catalogue.queries import get_edition, list_published, refs_by_key, titles_of_versions
from lms.catalogue.service import impact_of_edition
from lms.catalogue.version_queries import VersionRef, get_version, list_versions
from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession
from lms.people.queries import list_entities
from lms.web import words
from lms.web.course_view import foreign, language_choices
from lms.web.coverage import HIDDEN
from lms.web.difference_view import DifferenceView
from lms.web.session import page_permit, show

router = APIRouter()
FILES = "files"  # stands for a version: what the files beside the server say now


async def library_of(request: Request) -> Library | None:
    """The library beside the server; None where the folder is not there."""
    try:
        return await asyncio.to_thread(library_beside, request.app.state.settings.courses_dir)
    except NotADirectoryError:
        return None


# -- all courses -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CourseLine:
    """A course in the list: what is published of it (None: nothing), and how its files stand to that."""

    key: str
    title: Any
    number: int | None
    published_at: Any
    files: str  # published, changed, new, mistakes, none


@router.get("/author")
async def home(
    request: Request, session: DbSession, actor: Actor = page_permit(Permission.COURSES_WRITE)
) -> Response:
    """Every course with its published version and whether its files say something else; one's own previews."""
    library = await library_of(request)
    lines = await _lines(request, session, library)
    context = {
        "lines": lines,
        "changed": [each for each in lines if each.files in ("changed", "new")],
        "no_folder": library is None,
        "previews": await list_previews(session, actor=actor, limit=5),
        "may_publish": actor.may(Permission.COURSES_PUBLISH),
    }
    return show(request, "author/home.html", context)


async def _lines(request: Request, session: AsyncSession, library: Library | None) -> list[CourseLine]:
    rows = {row.key: row for row in await list_published(session)}
    reader = request.state.language
    titles = await titles_of_versions(session, [row.version_id for row in rows.values()], language=reader)
    editions = library.courses if library else {}
    folders = library.digests if library else {}
    lines = []
    for key in sorted({*rows, *folders}):
        row, edition = rows.get(key), editions.get(key)
        if row is not None:
            title = titles[row.version_id]
            shown = foreign(title.title, title.language, reader)
        else:
            shown = _title(edition, reader) if edition else key
        files = "none" if key not in folders else "mistakes" if edition is None else _files(row, edition)
        lines.append(CourseLine(key, shown, row and row.number, row and row.published_at, files))
    return lines


def _title(edition: Edition, reader: str) -> Any:
    language = edition.language_for(reader)
    return foreign(edition.texts[language].title, language, reader)


def _files(row: Any, edition: Edition) -> str:
    if row is None:
        return "new"
    return "published" if row.digest == edition.digest else "changed"


# -- one course --------------------------------------------------------------------------------------------


@router.get("/author/courses/{key}")
async def course(
    request: Request, key: str, session: DbSession, actor: Actor = page_permit(Permission.COURSES_WRITE)
) -> Response:
    """Before publishing: what the files change, whom that touches, what it asks of them; and every version so far."""
    library = await library_of(request)
    ref = (await refs_by_key(session, [key])).get(key)
    known = library is not None and key in library.digests
    if ref is None and not known:
        raise CourseNotFound(f"There is no course {key!r}.")
    versions = await list_versions(session, ref.id) if ref else []
    current = await get_edition(session, ref.version_id) if ref else None
    edition = library.courses.get(key) if library else None
    mistakes = [each for each in library.findings if each.course == key] if library else []
    changed = edition is not None and (current is None or current.digest != edition.digest)
    shown = edition or current
    context = {
        "key": key,
        "title": _title(shown, request.state.language) if shown else key,
        "versions": versions[::-1],
        "current": ref and ref.version_id,
        "earlier": {each.number: before.number for before, each in pairwise(versions)},
        "known": known,
        "sound": edition is not None,
        "findings": sorted(mistakes, key=lambda found: (not found.is_error, found.sort_key)),
        "changed": changed,
        "impact": None,
        "changes": words.changes(request.state.language),
        "may_publish": actor.may(Permission.COURSES_PUBLISH),
    }
    if changed and edition is not None:
        context |= await _impact(request, session, current, edition)
    return show(request, "author/course.html", context)


async def _impact(
    request: Request, session: AsyncSession, current: Edition | None, edition: Edition
) -> dict[str, Any]:
    found = await impact_of_edition(session, edition)
    return {
        "impact": found,
        "release": edition.course.release,
        "touched": rows_of(found),
        "names": {each.key: each.name for each in await list_entities(session)},
        "hidden": HIDDEN,
        "from_number": (await _number_of(session, edition.key)) if current else None,
        "view": await _view(request, current, edition) if current else None,
    }


async def _number_of(session: AsyncSession, key: str) -> int:
    return (await refs_by_key(session, [key]))[key].version


async def _view(request: Request, old: Edition, new: Edition) -> DifferenceView:
    found = await asyncio.to_thread(difference, old, new)
    return DifferenceView(old, new, found, request.state.language)


# -- side by side ------------------------------------------------------------------------------------------


@router.get("/author/courses/{key}/difference")
async def side_by_side(
    request: Request,
    key: str,
    session: DbSession,
    _: Actor = page_permit(Permission.COURSES_WRITE),
    earlier: Annotated[str, Query(alias="from", pattern=r"^[1-9][0-9]{0,8}$")] = "1",
    later: Annotated[str, Query(alias="to", pattern=r"^([1-9][0-9]{0,8}|files)$")] = FILES,
    language: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """Two versions of a course beside each other, in one language; `to` may be the files beside the server."""
    before = await get_version(session, key, int(earlier))
    old = await get_edition(session, before.id)
    after, new = await _later(request, session, key, later)
    view = await _view(request, old, new)
    languages = sorted({*old.texts, *new.texts})
    chosen = language if language in languages else new.language_for(request.state.language)
    context = {
        "key": key,
        "title": _title(new, request.state.language),
        "before": before,
        "after": after,
        "view": view,
        "fields": view.fields(),
        "texts": await asyncio.to_thread(view.texts, chosen),
        "written": chosen,
        "language_options": language_choices(languages, request.state.language),
        "values": {"from": earlier, "to": later, "language": chosen},
    }
    return show(request, "author/difference.html", context)


async def _later(
    request: Request, session: AsyncSession, key: str, later: str
) -> tuple[VersionRef | None, Edition]:
    if later != FILES:
        version = await get_version(session, key, int(later))
        return version, await get_edition(session, version.id)
    library = await library_of(request)
    edition = library.courses.get(key) if library else None
    if edition is None:
        raise VersionNotFound("The files beside the server hold no sound course of this key.")
    return None, edition
