"""Importing a participants' list: send it, see what would happen to each line, then let it happen."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, File, Query, Request, Response, UploadFile

from lms.adapters.storage import Storage
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError
from lms.kernel.http import DbSession
from lms.kernel.pagination import count_part, decode_cursor, encode_cursor
from lms.partners.import_endpoints import get_partner_import
from lms.partners.import_plan import COLUMNS
from lms.partners.importing import start_import
from lms.people.imports import queries
from lms.people.imports.domain import FILE_LIMIT, ImportState, Outcome
from lms.web.given import Errors, chosen, given, texts
from lms.web.imports import at_fields, chunks, is_kept, outcomes_in_words, spare
from lms.web.session import page_permit, redirect, show
from lms.web.templating import with_query

router = APIRouter()
HOME, PAGE = "/partners/import", 100
_IMPORT = Permission.PARTNERS_IMPORT


@router.get(HOME)
async def page(request: Request, actor: Actor = page_permit(_IMPORT)) -> Response:
    """The form that takes a list, and what it looks like."""
    return _form(request, {})


def _form(request: Request, errors: Errors) -> Response:
    context = {"values": {}, "errors": errors, "columns": COLUMNS}
    return show(request, "partners/import.html", context, status=422 if errors else 200)


@router.post(HOME)
async def send(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(_IMPORT),
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Check every line of the list, and change nothing."""
    if file is None or not file.filename:
        return _form(request, {"file": texts(request).gettext("Choose the file.")})
    storage: Storage = request.app.state.storage
    key = await storage.keep_unseen(chunks(file), limit=FILE_LIMIT)
    try:
        job = await start_import(session, acting=actor, path=storage.path(key), file_key=key, dry_run=True)
    except DomainError as error:
        await roll_back(session)
        storage.path(key).unlink(missing_ok=True)
        return _form(request, at_fields(error))
    return redirect(request, with_query(f"{HOME}/{job.id}", file=spare(storage, job, key)))


@router.get(HOME + "/{import_id:uuid}")
async def results(
    request: Request,
    session: DbSession,
    import_id: UUID,
    actor: Actor = page_permit(_IMPORT),
    outcome: Annotated[str, Query(max_length=20)] = "",
    file: Annotated[str, Query(max_length=32)] = "",
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """What became, or would become, of each line; and the button that lets it happen."""
    job = await get_partner_import(session, import_id, actor)
    wanted = chosen({"outcome": outcome}, "outcome", dict.fromkeys(["", *Outcome]), "")
    filters = {"import": import_id, "outcome": wanted}
    after = decode_cursor(cursor, filters=filters, parts=(count_part,))
    rows = await queries.list_results(
        session, job.id, outcome=wanted or None, after=int(after[0]) if after else 0, limit=PAGE + 1
    )
    context: dict[str, Any] = {
        "job": job,
        "home": HOME,
        "is_open": job.state in (ImportState.WAITING, ImportState.RUNNING),
        "rows": rows[:PAGE],
        "outcome": wanted,
        "outcomes": outcomes_in_words(request, job),
        "names": {},
        "file": file,
        "address": with_query(f"{HOME}/{import_id}", outcome=wanted or None, file=file or None),
        "next_cursor": encode_cursor([rows[PAGE - 1].line], filters=filters) if len(rows) > PAGE else None,
        "is_first": cursor is None,
    }
    return show(request, "hr/import_results.html", context)


@router.post(HOME + "/{import_id:uuid}")
async def confirm(
    request: Request, session: DbSession, import_id: UUID, actor: Actor = page_permit(_IMPORT)
) -> Response:
    """Take in the list that was checked."""
    await get_partner_import(session, import_id, actor)
    key = (await given(request)).get("file", "")
    storage: Storage = request.app.state.storage
    if not await is_kept(session, storage, key):
        gone = texts(request).gettext("The file is no longer kept here. Send it again.")
        return redirect(request, HOME, flash=gone, kind="attention")
    job = await start_import(session, acting=actor, path=storage.path(key), file_key=key, dry_run=False)
    if job.file_key is None:  # else the job removes it
        storage.path(key).unlink(missing_ok=True)
    flash = texts(request).gettext("The file is imported.") if job.state == ImportState.DONE else None
    return redirect(request, f"{HOME}/{job.id}", flash=flash)
