"""HTTP of participants' lists: send one, watch it being taken in, read what became of each line."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, status

from lms.adapters.storage import Storage
from lms.kernel.access import Actor, Permission
from lms.kernel.database import Session
from lms.kernel.http import DbSession, StrictRoute
from lms.kernel.pagination import Page, PageTurn
from lms.partners.importing import start_import
from lms.people.import_endpoints import DryRun, as_line, keep_sent
from lms.people.imports import queries
from lms.people.imports.domain import SMALL_FILE, ImportKind, ImportNotFound, Outcome
from lms.people.imports.schemas import ImportRead, ImportResultRead, import_read, result_read
from lms.people.models import Import
from lms.people.permits import permit

router = APIRouter(route_class=StrictRoute, tags=["imports"])
_EXAMPLE = """participation_id,name,kind,sector,country,participation_status,participation_checked_on
410077,Sahel Solar,company,energy,ML,active,2026-11-02
"""
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "UTF-8, comma or semicolon, the first line names the columns; docs/imports.md lists them.",
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


@router.post("/imports/partners", status_code=status.HTTP_202_ACCEPTED, openapi_extra=_BODY)
async def import_partners(
    request: Request,
    session: DbSession,
    actor: Actor = permit(Permission.PARTNERS_IMPORT),
    dry_run: DryRun = False,
) -> ImportRead:
    """Bring in or update partners from a CSV file, such as a participants' list; sent twice, it changes nothing twice.

    Up to 1,000 lines are done when this answers; a longer file is taken in by a job, whole or not at all.
    """
    storage: Storage = request.app.state.storage
    key = await keep_sent(request, storage)
    path, kept = storage.path(key), False
    try:
        job = await start_import(session, acting=actor, path=path, file_key=key, dry_run=dry_run)
        kept = job.file_key is not None
    finally:
        if not kept:
            path.unlink(missing_ok=True)
    return import_read(job, await queries.list_results(session, job.id, limit=SMALL_FILE))


async def get_partner_import(session: Session, import_id: UUID, actor: Actor) -> Import:
    """An import of partners; one of people is none of these readers' business."""
    job = await queries.get_import(session, import_id, actor=actor)
    if job.kind != ImportKind.PARTNERS:
        raise ImportNotFound()
    return job


@router.get("/imports/partners/{import_id}")
async def read_partner_import(
    import_id: UUID, session: DbSession, actor: Actor = permit(Permission.PARTNERS_IMPORT)
) -> ImportRead:
    """How far an import is, with the first 1,000 results."""
    job = await get_partner_import(session, import_id, actor)
    return import_read(job, await queries.list_results(session, job.id, limit=SMALL_FILE))


@router.get("/imports/partners/{import_id}/results")
async def list_partner_import_results(
    import_id: UUID,
    session: DbSession,
    turn: PageTurn,
    actor: Actor = permit(Permission.PARTNERS_IMPORT),
    outcome: Annotated[Outcome | None, Query(description="Only lines with this outcome.")] = None,
) -> Page[ImportResultRead]:
    """What became of each line, in the order of the file; `key` is the partner's."""
    job = await get_partner_import(session, import_id, actor)
    filters = {"import": import_id, "outcome": outcome}
    after = turn.after(filters, (as_line,))
    last = as_line(after[0]) if after else 0
    rows = await queries.list_results(session, job.id, outcome=outcome, after=last, limit=turn.wanted)
    return turn.page(rows, filters, key=lambda row: [row.line], read=result_read)
