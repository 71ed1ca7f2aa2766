"""HTTP of practice: described, shown by files, submitted, attested or refused, confirmed by a contact."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, File, Request, Response, UploadFile, status
from fastapi.responses import FileResponse
from sqlalchemy.ext.asyncio import AsyncSession

from lms.adapters.storage import Storage
from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession, StrictRoute, etag, require_match
from lms.kernel.pagination import Page, PageTurn
from lms.partners.endpoints import kept_file
from lms.people.change_endpoints import ETAG, IF_MATCH
from lms.people.permits import permit
from lms.practice import queries, service
from lms.practice.domain import ClaimNotFound, ClaimState
from lms.practice.models import PracticeClaim
from lms.practice.schemas import (
    AttestationGiven,
    ContactAsked,
    PracticeGiven,
    PracticeRead,
    RefusalGiven,
    described_of,
    practice_read,
)

router = APIRouter(route_class=StrictRoute, tags=["practice"])
_SELF = Permission.SELF


@router.post("/practice", status_code=status.HTTP_201_CREATED, responses={201: ETAG})
async def describe(
    new: PracticeGiven, response: Response, session: DbSession, actor: Actor = permit(_SELF)
) -> PracticeRead:
    """Describe partnership work, as a draft that nobody else sees."""
    claim = await service.describe(session, acting=actor, described=new.described())
    return await answer(session, claim.id, actor, response)


async def answer(
    session: AsyncSession, claim_id: UUID, actor: Actor, response: Response | None = None
) -> PracticeRead:
    """The description as it stands, with its ETag."""
    row = await queries.get_claim(session, claim_id, actor=actor)
    if response is not None:
        response.headers["ETag"] = etag(row.revision)
    return practice_read(row, (await parts_of(session, [row]))[row.id])


async def parts_of(session: AsyncSession, rows: Sequence[Any]) -> dict[UUID, dict[str, Sequence[Any]]]:
    """Files, ratings, decisions and confirmations of each description."""
    ids = [row.id for row in rows]
    found = {
        "files": await queries.files_of(session, ids),
        "ratings": await queries.ratings_of(session, ids),
        "decisions": await queries.decisions_of(session, ids),
        "confirmations": await queries.confirmations_of(session, ids),
    }
    return {each: {name: by_claim[each] for name, by_claim in found.items()} for each in ids}


@router.get("/me/practice")
async def list_own(session: DbSession, turn: PageTurn, actor: Actor = permit(_SELF)) -> Page[PracticeRead]:
    """One's own descriptions, the latest first."""
    filters = {"list": "own-practice"}
    rows = await queries.list_own(session, actor=actor, after=turn.after(filters, (UUID,)), limit=turn.wanted)
    return await _page(session, turn, rows, filters)


@router.get("/practice")
async def list_to_attest(
    session: DbSession,
    turn: PageTurn,
    actor: Actor = permit(_SELF),
    state: ClaimState = ClaimState.SUBMITTED,
) -> Page[PracticeRead]:
    """What one is asked to attest, the longest waiting first."""
    filters = {"list": "practice", "state": state}
    rows = await queries.list_to_attest(
        session, actor=actor, state=state, after=turn.after(filters, (UUID,)), limit=turn.wanted
    )
    return await _page(session, turn, rows, filters)


async def _page(
    session: AsyncSession, turn: PageTurn, rows: Sequence[Any], filters: dict[str, Any]
) -> Page[PracticeRead]:
    parts = await parts_of(session, rows)
    return turn.page(
        rows, filters, key=lambda row: [row.id], read=lambda row: practice_read(row, parts[row.id])
    )


@router.get("/practice/{practice_id}", responses={200: ETAG})
async def read_practice(
    practice_id: UUID, response: Response, session: DbSession, actor: Actor = permit(_SELF)
) -> PracticeRead:
    """One's own description, or one that one is asked to attest."""
    return await answer(session, practice_id, actor, response)


@router.put("/practice/{practice_id}", responses={200: ETAG}, openapi_extra=IF_MATCH)
async def change(
    practice_id: UUID,
    new: PracticeGiven,
    request: Request,
    response: Response,
    session: DbSession,
    actor: Actor = permit(_SELF),
) -> PracticeRead:
    """Write it anew; what was refused or taken back is a draft again."""
    claim = await _matched(request, session, practice_id, actor)
    await service.change(session, claim=claim, described=new.described())
    return await answer(session, practice_id, actor, response)


async def _matched(request: Request, session: AsyncSession, practice_id: UUID, actor: Actor) -> PracticeClaim:
    claim = await queries.lock_own(session, practice_id, actor=actor)
    require_match(request, claim.revision)
    return claim


@router.post("/practice/{practice_id}/files", status_code=status.HTTP_201_CREATED)
async def add_file(
    request: Request,
    practice_id: UUID,
    session: DbSession,
    file: Annotated[UploadFile, File()],
    actor: Actor = permit(_SELF),
) -> PracticeRead:
    """Show it by a file, while it is a draft."""
    claim = await queries.lock_own(session, practice_id, actor=actor)
    row = await queries.get_claim(session, practice_id, actor=actor)
    async with kept_file(request, file) as kept:
        files = [kept] if kept else []
        await service.change(session, claim=claim, described=described_of(row), files=files)
    return await answer(session, practice_id, actor)


@router.get("/practice/{practice_id}/files/{file_id}", response_class=FileResponse)
async def read_file(
    request: Request, practice_id: UUID, file_id: UUID, session: DbSession, actor: Actor = permit(_SELF)
) -> FileResponse:
    """A file, for its person and who is asked to attest it; always as a download."""
    row = await queries.get_file(session, practice_id, file_id, actor=actor)
    storage: Storage = request.app.state.storage
    path = storage.path(row.file_key)
    if not path.is_file():
        raise ClaimNotFound("The file is no longer kept.")
    headers = {"X-Content-Type-Options": "nosniff"}
    return FileResponse(path, media_type=row.file_type, filename=row.file_name, headers=headers)


@router.post("/practice/{practice_id}/submit")
async def submit(practice_id: UUID, session: DbSession, actor: Actor = permit(_SELF)) -> PracticeRead:
    """Ask whoever one reported to then to attest it. Twice is once."""
    claim = await queries.lock_own(session, practice_id, actor=actor)
    row = await queries.get_claim(session, practice_id, actor=actor)
    await service.submit(session, acting=actor, claim=claim, described=described_of(row))
    return await answer(session, practice_id, actor)


@router.post("/practice/{practice_id}/withdraw")
async def withdraw(practice_id: UUID, session: DbSession, actor: Actor = permit(_SELF)) -> PracticeRead:
    """Take it back while it waits."""
    claim = await queries.lock_own(session, practice_id, actor=actor)
    await service.withdraw(session, acting=actor, claim=claim)
    return await answer(session, practice_id, actor)


@router.post("/practice/{practice_id}/attest")
async def attest(
    practice_id: UUID, given: AttestationGiven, session: DbSession, actor: Actor = permit(_SELF)
) -> PracticeRead:
    """Say at which levels it was shown; skill records come of it. For who is asked, and only once."""
    claim = await queries.lock_to_attest(session, practice_id, actor=actor)
    await service.attest(session, acting=actor, claim=claim, levels=given.levels, words=given.words)
    return await answer(session, practice_id, actor)


@router.post("/practice/{practice_id}/refuse")
async def refuse(
    practice_id: UUID, given: RefusalGiven, session: DbSession, actor: Actor = permit(_SELF)
) -> PracticeRead:
    """Say why it is not attested; its person may change it and submit it again."""
    claim = await queries.lock_to_attest(session, practice_id, actor=actor)
    await service.refuse(session, acting=actor, claim=claim, words=given.words)
    return await answer(session, practice_id, actor)


@router.post("/practice/{practice_id}/confirmations", status_code=status.HTTP_201_CREATED)
async def ask_contact(
    practice_id: UUID, asked: ContactAsked, session: DbSession, actor: Actor = permit(_SELF)
) -> PracticeRead:
    """Ask a contact of the partner whether role, days and place are right; the letter has the link."""
    claim = await queries.lock_own(session, practice_id, actor=actor)
    await service.ask_contact(session, acting=actor, claim=claim, contact_id=asked.contact)
    return await answer(session, practice_id, actor)
