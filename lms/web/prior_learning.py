"""A learner's pages of prior learning: say that one has learned this already, show it, see what became of it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.datastructures import UploadFile

from lms.adapters.storage import BadFile
from lms.catalogue.domain import Edition, UnknownTag
from lms.catalogue.queries import get_course, get_edition, get_taxonomy, titles_of_versions
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError, TooLarge
from lms.kernel.http import DbSession
from lms.prior_learning import queries, service
from lms.prior_learning.domain import (
    MOST_FILES,
    MOST_LINKS,
    MOST_WORDS,
    AlreadyAsked,
    BadRequest,
    RequestClosed,
)
from lms.prior_learning.endpoints import kept_files
from lms.skills.domain import PRIOR_LEARNING
from lms.web.course_view import foreign, said
from lms.web.given import Errors, Values, given, texts
from lms.web.record import level_of
from lms.web.session import page_permit, redirect, show

router = APIRouter()


@router.get("/courses/{key}/prior-learning")
async def ask(
    request: Request, key: str, session: DbSession, actor: Actor = page_permit(Permission.SELF)
) -> Response:
    """The form by which one asks; who has asked already is led to the request."""
    waiting = await queries.find_open_request(session, key, actor=actor)
    if waiting is not None:
        return redirect(request, f"/prior-learning/{waiting.id}")
    return await _form(request, session, key, {}, {})


async def _form(request: Request, session: DbSession, key: str, values: Values, errors: Errors) -> Response:
    ref = await get_course(session, key)
    edition, taxonomy = await get_edition(session, ref.version_id), await get_taxonomy(session)
    reader = request.state.language
    language = edition.language_for(reader)
    context = {
        "course": key,
        "title": foreign(edition.texts[language].title, language, reader),
        "teaches": [_named(taxonomy, each.competency, reader) for each in edition.course.teaches],
        "most_level": taxonomy.ceiling(PRIOR_LEARNING),
        "most_words": MOST_WORDS,
        "most_files": MOST_FILES,
        "most_links": MOST_LINKS,
        "upload_limit": request.app.state.settings.upload_limit_mb * 1_000_000,
        "values": values,
        "errors": errors,
    }
    return show(request, "learner/prior_learning.html", context, status=422 if errors else 200)


def _named(taxonomy: Any, competency: str, reader: str) -> Any:
    try:
        return said(taxonomy.competency(competency).name, reader)
    except UnknownTag:
        return competency


@router.post("/courses/{key}/prior-learning")
async def submit(
    request: Request, key: str, session: DbSession, actor: Actor = page_permit(Permission.SELF)
) -> Response:
    """Submit it. What was written comes back with whatever has to be corrected; files have to be chosen again."""
    values = await given(request)
    files = [each for each in (await request.form()).getlist("files") if isinstance(each, UploadFile)]
    try:
        async with kept_files(request, files) as kept:
            made = await service.submit(
                session,
                acting=actor,
                course=key,
                words=values.get("words", ""),
                links=values.get("links", "").split(),
                files=kept,
            )
    except AlreadyAsked:
        await roll_back(session)
        return redirect(request, f"/courses/{key}/prior-learning")
    except (BadRequest, BadFile, TooLarge) as error:
        await roll_back(session)
        return await _form(request, session, key, values, _wrong(request, error))
    flash = texts(request).gettext("Your request is with the assessors of your entity. You get an e-mail.")
    return redirect(request, f"/prior-learning/{made}", flash=flash)


def _wrong(request: Request, error: DomainError) -> Errors:
    """By field, in the reader's language: a link or a file is named by its place, its field is one."""
    _ = texts(request).gettext
    if isinstance(error, TooLarge):
        return {"files": _("This file is too large.")}
    if isinstance(error, BadFile):
        return {"files": _("This file is not taken: choose a PDF, DOCX, XLSX, ODT, ODS, TXT or MD file.")}
    sentences = {
        "files": _("Choose %(most)s files at most.", most=MOST_FILES),
        "links": _("Give %(most)s links at most, each beginning with https://.", most=MOST_LINKS),
        "words": _("Say what you have learned and where, or show it by a link or a file."),
    }
    fields = dict.fromkeys(fault.pointer.split("/")[1] for fault in error.faults)
    return {field: sentences[field] for field in fields}


@router.get("/prior-learning/{request_id:uuid}")
async def read(
    request: Request, request_id: UUID, session: DbSession, actor: Actor = page_permit(Permission.SELF)
) -> Response:
    """One's own request: what was shown, and what was decided with which words."""
    row = await queries.get_own_request(session, request_id, actor=actor)
    edition = await get_edition(session, row.course_version_id)
    context = await request_view(request, session, row, edition)
    return show(request, "learner/prior_request.html", context)


async def request_view(request: Request, session: DbSession, row: Any, edition: Edition) -> dict[str, Any]:
    """What both the person and the assessor see of a request."""
    taxonomy, reader = await get_taxonomy(session), request.state.language
    language = edition.language_for(reader)
    levels = (await queries.levels_of(session, [row.id]))[row.id]
    return {
        "row": row,
        "title": foreign(edition.texts[language].title, language, reader),
        "files": (await queries.files_of(session, [row.id]))[row.id],
        "levels": [
            {
                **level_of(taxonomy, each.competency, each.level, reader),
                "level": each.level,
                "words": each.words,
            }
            for each in levels
        ],
    }


@router.post("/prior-learning/{request_id:uuid}/withdraw")
async def withdraw(
    request: Request, request_id: UUID, session: DbSession, actor: Actor = page_permit(Permission.SELF)
) -> Response:
    """Take a request back while it waits."""
    _ = texts(request).gettext
    try:
        await service.withdraw(session, acting=actor, request_id=request_id)
    except RequestClosed:
        await roll_back(session)
        says = _("This request was decided in the meantime.")
        return redirect(request, f"/prior-learning/{request_id}", flash=says, kind="attention")
    return redirect(request, f"/prior-learning/{request_id}", flash=_("Your request is withdrawn."))


async def own_requests(request: Request, session: DbSession, actor: Actor) -> Sequence[dict[str, Any]]:
    """A learner's latest requests with the courses' titles, for the page of their learning."""
    rows = await queries.list_own_requests(session, actor=actor, limit=20)
    if not rows:  # which is how it is for most
        return []
    reader = request.state.language
    titles = await titles_of_versions(session, [row.course_version_id for row in rows], language=reader)
    return [{"row": row, "title": titles[row.course_version_id]} for row in rows]
