"""HTTP of previews: a course folder on the server, or an uploaded archive, with what the check finds."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Request, Response, UploadFile, status
from pydantic import BaseModel

from lms.adapters.storage import Storage
from lms.catalogue import previews
from lms.catalogue.preview_queries import PreviewRef, get_preview, list_previews
from lms.catalogue.publish_endpoints import FindingRead
from lms.kernel.access import Actor, Permission
from lms.kernel.errors import Fault, Invalid, Unavailable
from lms.kernel.http import DbSession, StrictRoute
from lms.kernel.pagination import Page, PageTurn
from lms.people.permits import permit
from lms.settings import Settings

router = APIRouter(route_class=StrictRoute, tags=["catalogue"])
AT_ONCE = 2
_making = 0


class PreviewRead(BaseModel):
    """A preview of a course, seen by whoever made it alone and for a day.

    `sound`: it can be looked at as a learner would see it; else `findings` say what to mend, every mistake at once.
    """

    id: UUID
    course: str
    source: str
    sound: bool
    created_at: datetime
    expires_at: datetime
    findings: list[FindingRead]


def preview_read(preview: PreviewRef) -> PreviewRead:
    """A preview without the course's words, which its pages show."""
    findings = [
        FindingRead(
            file=each.file,
            line=each.line,
            sentence=each.sentence,
            course=each.course,
            severity=each.severity.value,
        )
        for each in preview.findings
    ]
    return PreviewRead(
        id=preview.id,
        course=preview.course,
        source=preview.source,
        sound=preview.sound,
        created_at=preview.created_at,
        expires_at=preview.expires_at,
        findings=findings,
    )


@router.post("/course-previews", status_code=status.HTTP_201_CREATED)
async def make_preview(
    request: Request,
    session: DbSession,
    actor: Actor = permit(Permission.COURSES_WRITE),
    folder: Annotated[str | None, Form(max_length=100, description="A course's key.")] = None,
    file: Annotated[UploadFile | None, File(description="A ZIP archive of one course folder.")] = None,
) -> PreviewRead:
    """Preview a course: a folder of the server's course files, or an archive; nothing is published or recorded."""
    preview_id = await make(request, session, actor, folder=folder, file=file)
    return preview_read(await get_preview(session, preview_id, actor=actor))


async def make(
    request: Request, session: DbSession, actor: Actor, *, folder: str | None, file: UploadFile | None
) -> UUID:
    """Reserve a preview, which counts whatever comes of it, and fill it; the page does the same."""
    is_file = file is not None and bool(file.filename)
    if bool(folder) == is_file:
        sentence = "Name a folder or send a file, one of the two."
        raise Invalid(sentence, faults=[Fault("/folder", sentence), Fault("/file", sentence)])
    settings: Settings = request.app.state.settings
    with _place():
        async with request.app.state.database.transaction() as apart:
            preview_id: UUID = await previews.reserve(apart, acting=actor)
        if file is None or folder:
            await previews.fill_from_folder(
                session, preview_id, courses_dir=settings.courses_dir, folder=folder or ""
            )
            return preview_id
        kept = await _keep(settings, file)
        try:
            await previews.fill_from_archive(
                session, preview_id, courses_dir=settings.courses_dir, archive=kept
            )
        finally:
            kept.unlink(missing_ok=True)
    return preview_id


@contextmanager
def _place() -> Iterator[None]:
    """One of the few that this process makes at a time: each costs a second of it, and two of its connections."""
    global _making
    if _making >= AT_ONCE:
        raise Unavailable(
            "Other previews are being made. Try again in a moment.", headers={"Retry-After": "2"}
        )
    _making += 1
    try:
        yield
    finally:
        _making -= 1


async def _keep(settings: Settings, file: UploadFile) -> Path:
    """The upload as a file of ours, under a random name and no larger than what is taken."""

    async def chunks() -> AsyncIterator[bytes]:
        while chunk := await file.read(1 << 16):
            yield chunk

    storage = Storage(settings.previews_dir)
    return storage.path(await storage.keep_unseen(chunks(), limit=settings.upload_limit_mb * 2**20))


@router.get("/course-previews")
async def list_own_previews(
    session: DbSession, turn: PageTurn, actor: Actor = permit(Permission.COURSES_WRITE)
) -> Page[PreviewRead]:
    """One's own previews, the latest first."""
    filters = {"list": "previews"}
    after = turn.after(filters, (UUID,))
    rows = await list_previews(session, actor=actor, after=after, limit=turn.wanted)
    return turn.page(rows, filters, key=lambda row: [row.id], read=preview_read)


@router.get("/course-previews/{preview_id}")
async def read_preview(
    preview_id: UUID, session: DbSession, actor: Actor = permit(Permission.COURSES_WRITE)
) -> PreviewRead:
    """One of one's own previews, with what the check found."""
    return preview_read(await get_preview(session, preview_id, actor=actor))


@router.delete("/course-previews/{preview_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_preview(
    preview_id: UUID, session: DbSession, actor: Actor = permit(Permission.COURSES_WRITE)
) -> Response:
    """Take a preview away at once; after a day it goes by itself."""
    await previews.delete_preview(session, acting=actor, preview_id=preview_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT)
