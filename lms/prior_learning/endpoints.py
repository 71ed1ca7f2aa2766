"""HTTP of prior learning: submit, read, withdraw, confirm, refuse."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, File, Form, Request, UploadFile, status
from fastapi.responses import FileResponse
from starlette.datastructures import UploadFile as SentFile

from lms.adapters.storage import BadFile, Storage, StoredFile
from lms.enrolments.endpoints import keep_upload
from lms.kernel.access import Actor, Permission
from lms.kernel.errors import Fault
from lms.kernel.http import DbSession, StrictRoute
from lms.kernel.pagination import Page, PageTurn
from lms.people.permits import permit
from lms.prior_learning import queries, service
from lms.prior_learning.domain import MOST_FILES, BadRequest, RequestNotFound, RequestState
from lms.prior_learning.schemas import Confirmation, Refusal, RequestRead, request_read

router = APIRouter(route_class=StrictRoute, tags=["prior learning"])


@router.post("/prior-learning", status_code=status.HTTP_201_CREATED)
async def submit(
    request: Request,
    session: DbSession,
    course: Annotated[str, Form(max_length=100)],
    actor: Actor = permit(Permission.SELF),
    words: Annotated[str, Form(max_length=100_000)] = "",
    links: Annotated[list[str] | None, Form(description="Once for each link.")] = None,
    files: Annotated[list[UploadFile] | None, File(description="Five at most.")] = None,
) -> RequestRead:
    """Ask for recognition of what one learned elsewhere: words, links, files, or any of them."""
    async with kept_files(request, files or []) as kept:
        made = await service.submit(
            session, acting=actor, course=course, words=words, links=links or [], files=kept
        )
    return await _read(session, await queries.get_own_request(session, made, actor=actor))


@asynccontextmanager
async def kept_files(request: Request, files: Sequence[SentFile]) -> AsyncIterator[list[StoredFile]]:
    """Uploads in storage while a use case names them; where it fails nothing ever will, and they go at once."""
    storage: Storage = request.app.state.storage
    kept: list[StoredFile] = []
    try:
        for place, file in enumerate(_sent(files)):
            kept.append(await _kept(request, file, place))
        yield kept
    except BaseException:
        for each in kept:
            storage.path(each.key).unlink(missing_ok=True)
        raise
    finally:
        for file in files:
            await file.close()


def _sent(files: Sequence[SentFile]) -> list[SentFile]:
    """A browser sends a file without a name where none was chosen."""
    sent = [file for file in files if file.filename]
    if len(sent) > MOST_FILES:
        raise BadRequest(faults=[Fault("/files", f"{MOST_FILES} files at most.")])
    return sent


async def _kept(request: Request, file: SentFile, place: int) -> StoredFile:
    """One file in storage; what is wrong with it is said of its place."""
    try:
        stored = await keep_upload(request, file)
    except BadFile as error:
        raise BadFile(error.detail, faults=[Fault(f"/files/{place}", error.detail)]) from error
    assert stored is not None  # it has a name
    return stored


@router.get("/me/prior-learning")
async def list_own(
    session: DbSession, turn: PageTurn, actor: Actor = permit(Permission.SELF)
) -> Page[RequestRead]:
    """One's own requests, latest first."""
    filters = {"list": "own-prior-learning"}
    after = turn.after(filters, (UUID,))
    rows = await queries.list_own_requests(session, actor=actor, after=after, limit=turn.wanted)
    return await _page(session, turn, rows, filters)


@router.get("/prior-learning")
async def list_to_assess(
    session: DbSession,
    turn: PageTurn,
    actor: Actor = permit(Permission.WORK_ASSESS),
    state: RequestState = RequestState.SUBMITTED,
) -> Page[RequestRead]:
    """Requests by people of one's entities, the longest waiting first."""
    filters = {"list": "prior-learning", "state": state}
    rows = await queries.list_requests_to_assess(
        session, actor=actor, state=state, after=turn.after(filters, (UUID,)), limit=turn.wanted
    )
    return await _page(session, turn, rows, filters)


async def _page(
    session: DbSession, turn: PageTurn, rows: Sequence[Any], filters: dict[str, Any]
) -> Page[RequestRead]:
    ids = [row.id for row in rows]
    files, levels = await queries.files_of(session, ids), await queries.levels_of(session, ids)

    def read(row: Any) -> RequestRead:
        return request_read(row, files[row.id], levels[row.id])

    return turn.page(rows, filters, key=lambda row: [row.id], read=read)


@router.get("/prior-learning/{request_id}")
async def read_request(
    request_id: UUID, session: DbSession, actor: Actor = permit(Permission.SELF)
) -> RequestRead:
    """One's own request, or one that one may assess."""
    return await _read(session, await queries.get_request_visible_to(session, request_id, actor=actor))


async def _read(session: DbSession, row: Any) -> RequestRead:
    files = await queries.files_of(session, [row.id])
    levels = await queries.levels_of(session, [row.id])
    return request_read(row, files[row.id], levels[row.id])


@router.get("/prior-learning/{request_id}/files/{file_id}", response_class=FileResponse)
async def read_file(
    request: Request,
    request_id: UUID,
    file_id: UUID,
    session: DbSession,
    actor: Actor = permit(Permission.SELF),
) -> FileResponse:
    """A file of a request, for its person and those who may assess it; always as a download."""
    row = await queries.get_file_visible_to(session, request_id, file_id, actor=actor)
    return file_answer(request, row)


def file_answer(request: Request, row: Any) -> FileResponse:
    """A kept file as a download that no browser takes for anything else."""
    storage: Storage = request.app.state.storage
    path = storage.path(row.file_key)
    if not path.is_file():
        raise RequestNotFound("The file is no longer kept.")
    headers = {"X-Content-Type-Options": "nosniff"}
    return FileResponse(path, media_type=row.file_type, filename=row.file_name, headers=headers)


@router.post("/prior-learning/{request_id}/withdraw")
async def withdraw(
    request_id: UUID, session: DbSession, actor: Actor = permit(Permission.SELF)
) -> RequestRead:
    """Take one's request back while it waits."""
    await service.withdraw(session, acting=actor, request_id=request_id)
    return await _read(session, await queries.get_own_request(session, request_id, actor=actor))


@router.post("/prior-learning/{request_id}/confirm")
async def confirm(
    request_id: UUID,
    given: Confirmation,
    session: DbSession,
    actor: Actor = permit(Permission.WORK_ASSESS),
) -> RequestRead:
    """Confirm it, with a level for each competency: a completion and skill records come of it. Only once."""
    await service.confirm(
        session, acting=actor, request_id=request_id, confirmed=given.confirmed(), words=given.words
    )
    return await _read(session, await queries.get_request_to_assess(session, request_id, actor=actor))


@router.post("/prior-learning/{request_id}/refuse")
async def refuse(
    request_id: UUID,
    given: Refusal,
    session: DbSession,
    actor: Actor = permit(Permission.WORK_ASSESS),
) -> RequestRead:
    """Refuse to confirm it, with the reasons."""
    await service.refuse(session, acting=actor, request_id=request_id, words=given.words)
    return await _read(session, await queries.get_request_to_assess(session, request_id, actor=actor))
