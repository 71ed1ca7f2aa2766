"""HTTP of imports: send a file, watch it being worked off, read what became of each line."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, status
from starlette.datastructures import UploadFile

from lms.adapters.storage import Storage
from lms.kernel.access import Actor, Permission
from lms.kernel.errors import DomainError, Fault, Invalid
from lms.kernel.http import DbSession, StrictRoute
from lms.kernel.pagination import Page, PageTurn
from lms.people.imports import queries, service
from lms.people.imports.domain import FILE_LIMIT, SMALL_FILE, ImportKind, Outcome
from lms.people.imports.schemas import ImportRead, ImportResultRead, import_read, result_read
from lms.people.permits import permit

router = APIRouter(route_class=StrictRoute, tags=["imports"])

_EXAMPLE = """personnel_number,name,email,entity,from,post_title,grade,first_reporting_officer
10021,Amina Otieno,amina@un.example,uneo-kenya,2025-01-15,Programme Officer,P-3,10007
"""
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "UTF-8, comma or semicolon, the first line names the columns. docs/imports.md lists them.",
        "content": {
            "text/csv": {"schema": {"type": "string"}, "example": _EXAMPLE},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
        },
    }
}
DryRun = Annotated[bool, Query(description="Say what would happen, and change nothing.")]
ForEntity = Annotated[
    str | None,
    Query(max_length=100, description="The entity imported for; needed when one may import for several."),
]


class WrongContent(DomainError):
    status, type, title = 415, "wrong-content", "Send text/csv, or multipart/form-data with a file"


@router.post("/imports/people", status_code=status.HTTP_202_ACCEPTED, openapi_extra=_BODY)
async def import_people(
    request: Request,
    session: DbSession,
    actor: Actor = permit(Permission.PEOPLE_IMPORT),
    dry_run: DryRun = False,
    entity: ForEntity = None,
) -> ImportRead:
    """Bring in people and their affiliations from a CSV file; sent twice, it changes nothing twice.

    Up to 1,000 lines are done when this answers; a longer file is worked off by a job.
    """
    return await _import(request, session, actor, ImportKind.PEOPLE, entity, dry_run)


@router.post("/imports/entities", status_code=status.HTTP_202_ACCEPTED, openapi_extra=_BODY)
async def import_entities(
    request: Request,
    session: DbSession,
    actor: Actor = permit(Permission.PEOPLE_MANAGE),
    dry_run: DryRun = False,
    entity: ForEntity = None,
) -> ImportRead:
    """Bring in entities from a CSV file: anywhere, or below one's own entity."""
    return await _import(request, session, actor, ImportKind.ENTITIES, entity, dry_run)


async def _import(
    request: Request, session: DbSession, actor: Actor, kind: ImportKind, entity: str | None, dry_run: bool
) -> ImportRead:
    storage: Storage = request.app.state.storage
    key = await keep_sent(request, storage)
    path = storage.path(key)
    kept = False
    try:
        job = await service.start_import(
            session, acting=actor, kind=kind, path=path, file_key=key, entity=entity, dry_run=dry_run
        )
        kept = job.file_key is not None
    finally:
        if not kept:
            path.unlink(missing_ok=True)
    return import_read(job, await queries.list_results(session, job.id, limit=SMALL_FILE))


async def keep_sent(request: Request, storage: Storage) -> str:
    """Put what was sent in storage, unlooked at; its key there."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "text/csv":
        return await storage.keep_unseen(request.stream(), limit=FILE_LIMIT)
    if kind != "multipart/form-data":
        raise WrongContent()
    async with request.form() as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise Invalid("There is no file.", faults=[Fault("/file", "Put the file in the field `file`.")])
        return await storage.keep_unseen(_parts(file), limit=FILE_LIMIT)


async def _parts(file: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await file.read(1 << 16):
        yield chunk


@router.get("/imports/{import_id}")
async def read_import(
    import_id: UUID, session: DbSession, actor: Actor = permit(Permission.PEOPLE_IMPORT)
) -> ImportRead:
    """How far an import is, with the first 1,000 results."""
    job = await queries.get_import(session, import_id, actor=actor)
    return import_read(job, await queries.list_results(session, job.id, limit=SMALL_FILE))


@router.get("/imports/{import_id}/results")
async def list_import_results(
    import_id: UUID,
    session: DbSession,
    turn: PageTurn,
    actor: Actor = permit(Permission.PEOPLE_IMPORT),
    outcome: Annotated[Outcome | None, Query(description="Only lines with this outcome.")] = None,
) -> Page[ImportResultRead]:
    """What became of each line, in the order of the file."""
    job = await queries.get_import(session, import_id, actor=actor)
    filters = {"import": import_id, "outcome": outcome}
    after = turn.after(filters, (as_line,))
    rows = await queries.list_results(
        session, job.id, outcome=outcome, after=as_line(after[0]) if after else 0, limit=turn.wanted
    )
    return turn.page(rows, filters, key=lambda row: [row.line], read=result_read)


def as_line(text: str) -> int:
    """A line's number, as the table can hold it."""
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise ValueError
    return int(text)
