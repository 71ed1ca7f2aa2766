"""HTTP of the agreement on a joint training as a file."""

import tempfile
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.background import BackgroundTask

from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession, StrictRoute
from lms.people.permits import permit
from lms.reports.agreement import frame, sheet_of
from lms.reports.export.pdf import write_typeset

router = APIRouter(route_class=StrictRoute, tags=["agreements"])
InLanguage = Annotated[Literal["ar", "zh", "en", "fr", "ru", "es"] | None, Query()]


@router.get("/joint-trainings/{training_id}/agreement.pdf", response_class=FileResponse)
async def agreement_pdf(
    training_id: UUID,
    session: DbSession,
    actor: Actor = permit(Permission.SELF),
    language: InLanguage = None,
) -> Response:
    """The agreement as it stands with what was signed, in the language chosen; the same bytes until it changes."""
    return await pdf_answer(session, training_id, actor, language or actor.language)


async def pdf_answer(session: AsyncSession, training_id: UUID, actor: Actor, language: str) -> Response:
    """Set it beside, then send it and remove it."""
    sheet = await sheet_of(session, training_id, actor=actor)
    folder = tempfile.TemporaryDirectory(prefix="lms-agreement-")
    path = Path(folder.name) / "agreement.pdf"
    try:
        made = int(sheet.made_at.timestamp())
        await write_typeset("agreement.typ", {"frame.json": frame(sheet, language)}, made, path)
    except BaseException:
        folder.cleanup()
        raise
    name = f"agreement-{sheet.digest[:12]}-{language}.pdf"
    return FileResponse(
        path,
        media_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
        },
        background=BackgroundTask(folder.cleanup),
    )
