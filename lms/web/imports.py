"""Importing people: send a file, see what would happen to each line, then let it happen."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, File, Query, Request, Response, UploadFile
from sqlalchemy.ext.asyncio import AsyncSession

from lms.adapters.storage import BadFile, Storage
from lms.enrolments.queries import named_files as files_of_work
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError
from lms.kernel.http import DbSession
from lms.kernel.pagination import count_part, decode_cursor, encode_cursor
from lms.partners.queries import named_files as files_of_agreements
from lms.people.imports import queries, service
from lms.people.imports.domain import FILE_LIMIT, SMALL_FILE, BadTable, ImportKind, ImportState, Outcome
from lms.people.imports.reading import open_table
from lms.people.imports.rows import COLUMNS, REQUIRED
from lms.people.models import Entity, Import
from lms.people.queries import entities_in_scope
from lms.web.given import Errors, Values, chosen, given, said, texts
from lms.web.session import page_permit, redirect, show
from lms.web.templating import with_query

router = APIRouter()
PAGE = 100
_OPEN = (ImportState.WAITING, ImportState.RUNNING)


@router.get("/people/import")
async def page(
    request: Request, session: DbSession, actor: Actor = page_permit(Permission.PEOPLE_IMPORT)
) -> Response:
    """The form that takes a file, and what the file looks like."""
    return await _form(request, session, actor, {}, {})


async def _form(
    request: Request, session: AsyncSession, actor: Actor, values: Values, errors: Errors
) -> Response:
    entities = await entities_in_scope(session, actor=actor, permission=Permission.PEOPLE_IMPORT)
    context = {
        "values": values,
        "errors": errors,
        "entities": [(each.key, each.name) for each in entities],
        "columns": COLUMNS,
        "required": [name.split("|") for name in REQUIRED],
        "example_entity": entities[-1].key if entities else "entity-key",
    }
    return show(request, "hr/import.html", context, status=422 if errors else 200)


@router.post("/people/import")
async def send(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(Permission.PEOPLE_IMPORT),
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Check every line of the file, and change nothing."""
    values = await given(request)
    if file is None or not file.filename:
        errors = {"file": texts(request).gettext("Choose the file.")}
        return await _form(request, session, actor, values, errors)
    storage: Storage = request.app.state.storage
    key = await storage.keep_unseen(chunks(file), limit=FILE_LIMIT)
    try:
        job = await _start(session, storage, actor, key, entity=values.get("entity") or None, dry_run=True)
    except DomainError as error:
        await roll_back(session)
        storage.path(key).unlink(missing_ok=True)
        return await _form(request, session, actor, values, at_fields(error))
    return redirect(request, with_query(f"/people/import/{job.id}", file=spare(storage, job, key)))


async def chunks(file: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await file.read(1 << 16):
        yield chunk


def at_fields(error: DomainError) -> Errors:
    """Everything that is not about the choice of entity is about the file; so is a column of that name."""
    errors = said(error)
    if isinstance(error, BadTable):
        return {"file": " ".join(errors.values())}
    entity = {"entity": errors["entity"]} if "entity" in errors else {}
    rest = [sentence for name, sentence in errors.items() if name != "entity"]
    return {**entity, **({"file": " ".join(rest)} if rest else {})}


async def _start(
    session: AsyncSession, storage: Storage, actor: Actor, key: str, *, entity: str | None, dry_run: bool
) -> Import:
    path = storage.path(key)
    return await service.start_import(
        session,
        acting=actor,
        kind=ImportKind.PEOPLE,
        path=path,
        file_key=key,
        entity=entity,
        dry_run=dry_run,
    )


def spare(storage: Storage, job: Import, key: str) -> str:
    """The key under which the same file waits for the real import: the job removes the one it reads.

    A file that nobody comes back for is cleared with the others that no row names, after a day.
    """
    if job.file_key is None:
        return key
    spare = key[::-1]
    storage.path(spare).hardlink_to(storage.path(key))
    return spare


@router.get("/people/import/{import_id:uuid}")
async def results(
    request: Request,
    session: DbSession,
    import_id: UUID,
    actor: Actor = page_permit(Permission.PEOPLE_IMPORT),
    outcome: Annotated[str, Query(max_length=20)] = "",
    file: Annotated[str, Query(max_length=32)] = "",
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """What became, or would become, of each line; and the button that lets it happen."""
    job = await queries.get_import(session, import_id, actor=actor)
    wanted = chosen({"outcome": outcome}, "outcome", dict.fromkeys(["", *Outcome]), "")
    filters = {"import": import_id, "outcome": wanted}
    after = decode_cursor(cursor, filters=filters, parts=(count_part,))
    rows = await queries.list_results(
        session, job.id, outcome=wanted or None, after=int(after[0]) if after else 0, limit=PAGE + 1
    )
    context = {
        "job": job,
        "home": "/people/import",
        "is_open": job.state in _OPEN,
        "rows": rows[:PAGE],
        "outcome": wanted,
        "outcomes": outcomes_in_words(request, job),
        "names": await _names(request, session, job, file),
        "file": file,
        "address": with_query(f"/people/import/{import_id}", outcome=wanted or None, file=file or None),
        "next_cursor": encode_cursor([rows[PAGE - 1].line], filters=filters) if len(rows) > PAGE else None,
        "is_first": cursor is None,
    }
    return show(request, "hr/import_results.html", context)


async def _names(request: Request, session: AsyncSession, job: Import, key: str) -> dict[int, str]:
    """Names by line, as a small file that was only checked has them: who would be added is no person yet."""
    storage: Storage = request.app.state.storage
    if not job.dry_run or job.rows > SMALL_FILE or not await is_kept(session, storage, key):
        return {}
    return await asyncio.to_thread(_names_in, storage.path(key))


def _names_in(path: Path) -> dict[int, str]:
    try:
        table = open_table(path, known=COLUMNS, required=["name"])
        at = table.columns.index("name")
        return {each.line: each.cells[at].strip() for each in table.records() if len(each.cells) > at}
    except (BadTable, FileNotFoundError):
        return {}


def outcomes_in_words(request: Request, job: Import) -> list[dict[str, Any]]:
    """The outcomes in words and numbers: of a dry run, what would happen."""
    _ = texts(request).gettext
    dry = job.dry_run
    return [
        {"key": "created", "label": _("Would be added") if dry else _("Added"), "count": job.created},
        {"key": "updated", "label": _("Would be changed") if dry else _("Changed"), "count": job.updated},
        {"key": "unchanged", "label": _("As they are"), "count": job.unchanged},
        {"key": "refused", "label": _("Would be refused") if dry else _("Refused"), "count": job.refused},
    ]


@router.post("/people/import/{import_id:uuid}")
async def confirm(
    request: Request,
    session: DbSession,
    import_id: UUID,
    actor: Actor = page_permit(Permission.PEOPLE_IMPORT),
) -> Response:
    """Import the file that was checked, for the same entity."""
    checked = await queries.get_import(session, import_id, actor=actor)
    key = (await given(request)).get("file", "")
    storage: Storage = request.app.state.storage
    gone = texts(request).gettext("The file is no longer kept here. Send it again.")
    if not await is_kept(session, storage, key):
        return redirect(request, "/people/import", flash=gone, kind="attention")
    entity = await _key_of(session, checked)
    try:
        job = await _start(session, storage, actor, key, entity=entity, dry_run=False)
    except DomainError as error:
        await roll_back(session)
        return await _form(request, session, actor, {}, at_fields(error))
    if job.file_key is None:  # else the job removes it
        storage.path(key).unlink(missing_ok=True)
    flash = texts(request).gettext("The file is imported.") if job.state == ImportState.DONE else None
    return redirect(request, f"/people/import/{job.id}", flash=flash)


async def is_kept(session: AsyncSession, storage: Storage, key: str) -> bool:
    """Whether a file waits under this key that is nobody else's: a learner's work is no import."""
    try:
        there = storage.path(key).is_file()
    except BadFile:
        return False
    for named in (files_of_work, files_of_agreements, queries.named_files):
        if there and await named(session, [key]):
            return False
    return there


async def _key_of(session: AsyncSession, job: Import) -> str | None:
    entity = None if job.entity_id is None else await session.get(Entity, job.entity_id)
    return entity.key if entity else None
