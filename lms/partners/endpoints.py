"""HTTP of the partner register: the list, profiles, contacts, agreements, changes, coordinators."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, File, Form, Query, Request, Response, UploadFile, status
from fastapi.responses import FileResponse

from lms.adapters.storage import Storage, StoredFile
from lms.kernel.access import Actor, Permission
from lms.kernel.database import Session
from lms.kernel.errors import Fault, Invalid
from lms.kernel.http import Day, DbSession, StrictRoute, etag, require_match
from lms.kernel.i18n import search_words
from lms.kernel.pagination import Page, PageTurn
from lms.partners import queries, service
from lms.partners.domain.register import AgreementKind, Participation, PartnerKind, PartNotFound
from lms.partners.schemas import (
    AgreementRead,
    AgreementUpdate,
    ChangeRead,
    ContactCreate,
    ContactRead,
    ContactUpdate,
    CoordinatorCreate,
    CoordinatorMade,
    PartnerCreate,
    PartnerRead,
    PartnerRow,
    PartnerUpdate,
    agreement_read,
    change_read,
)
from lms.people.change_endpoints import ETAG, IF_MATCH
from lms.people.permits import permit

router = APIRouter(route_class=StrictRoute, tags=["partners"])
_KEEP = Permission.PARTNERS_KEEP


@router.get("/partners")
async def list_partners(
    session: DbSession,
    turn: PageTurn,
    actor: Actor = permit(Permission.PARTNERS_READ),
    q: Annotated[
        str | None, Query(max_length=200, description="Words of the name, or a participation number.")
    ] = None,
    sector: Annotated[str | None, Query(max_length=50)] = None,
    country: Annotated[str | None, Query(max_length=2, examples=["KE"])] = None,
    kind: PartnerKind | None = None,
    participation: Annotated[Participation | None, Query(description="In the Global Compact.")] = None,
) -> Page[PartnerRow]:
    """Partners in name order; a partner's own coordinator sees that one."""
    filters = {"sector": sector, "country": country, "kind": kind, "participation_status": participation}
    asked = {"list": "partners", "q": q, **filters}
    words = search_words(q or "")
    if q and not words:
        return Page(items=[])
    rows = await queries.list_partners(
        session,
        actor=actor,
        words=words,
        filters=filters,
        after=turn.after(asked, (str, UUID)),
        limit=turn.wanted,
    )
    return turn.page(rows, asked, key=lambda row: [row.sort_key, row.id], read=PartnerRow.model_validate)


@router.post("/partners", status_code=status.HTTP_201_CREATED, responses={201: ETAG})
async def create_partner(
    new: PartnerCreate, response: Response, session: DbSession, actor: Actor = permit(_KEEP)
) -> PartnerRead:
    """Put a partner in the register."""
    values = new.model_dump(exclude={"key", "parent"}, exclude_unset=True)
    partner = await service.create_partner(
        session, acting=actor, key=new.key, parent=new.parent, values=_plain(values)
    )
    return await _answer(session, partner.key, actor, response)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Words of an enum as the text they are kept as."""
    return {
        name: value.value if isinstance(value, PartnerKind | Participation) else value
        for name, value in values.items()
    }


@router.get("/partners/{key}", responses={200: ETAG})
async def read_partner(
    key: str, response: Response, session: DbSession, actor: Actor = permit(Permission.PARTNERS_READ)
) -> PartnerRead:
    """A partner's profile, contacts and agreements."""
    return await _answer(session, key, actor, response)


async def _answer(session: Session, key: str, actor: Actor, response: Response) -> PartnerRead:
    row = await queries.get_partner(session, key, actor=actor)
    response.headers["ETag"] = etag(row.revision)
    read = PartnerRead.model_validate(row)
    read.contacts = [ContactRead.model_validate(each) for each in await queries.contacts_of(session, row.id)]
    is_inside = bool(actor.paths(Permission.PARTNERS_READ))
    found = await queries.agreements_of(session, row.id)
    read.agreements = [agreement_read(each, tell_manager=is_inside) for each in found]
    return read


@router.patch("/partners/{key}", responses={200: ETAG}, openapi_extra=IF_MATCH)
async def change_partner(
    key: str,
    change: PartnerUpdate,
    request: Request,
    response: Response,
    session: DbSession,
    actor: Actor = permit(Permission.PARTNERS_WRITE),
) -> PartnerRead:
    """Change a profile; before and after are kept."""
    partner = await queries.lock_partner(session, key, actor=actor, permission=Permission.PARTNERS_WRITE)
    require_match(request, partner.revision)
    values = _plain(change.model_dump(exclude_unset=True))
    await service.change_partner(session, acting=actor, partner=partner, values=values)
    return await _answer(session, key, actor, response)


@router.get("/partners/{key}/changes")
async def list_changes(
    key: str, session: DbSession, turn: PageTurn, actor: Actor = permit(_KEEP)
) -> Page[ChangeRead]:
    """What changed at a partner, the latest first."""
    partner = await queries.get_partner(session, key, actor=actor, permission=_KEEP)
    filters = {"list": "partner-changes", "partner": key}
    rows = await queries.changes_of(
        session, partner.id, after=turn.after(filters, (UUID,)), limit=turn.wanted
    )
    return turn.page(rows, filters, key=lambda row: [row.id], read=change_read)


@router.post("/partners/{key}/contacts", status_code=status.HTTP_201_CREATED)
async def add_contact(
    key: str, new: ContactCreate, session: DbSession, actor: Actor = permit(_KEEP)
) -> ContactRead:
    """Keep whom one speaks to."""
    values = new.model_dump(exclude_none=True)
    made = await service.add_contact(session, acting=actor, key=key, values=values)
    return ContactRead(id=made, **new.model_dump())


@router.get("/partners/{key}/contacts/{contact_id}", responses={200: ETAG})
async def read_contact(
    key: str,
    contact_id: UUID,
    response: Response,
    session: DbSession,
    actor: Actor = permit(Permission.PARTNERS_READ),
) -> ContactRead:
    """One contact of a partner."""
    partner = await queries.get_partner(session, key, actor=actor)
    row = await queries.get_contact(session, partner.id, contact_id)
    response.headers["ETag"] = etag(row.revision)
    return ContactRead.model_validate(row)


@router.patch("/partners/{key}/contacts/{contact_id}", responses={200: ETAG}, openapi_extra=IF_MATCH)
async def change_contact(
    key: str,
    contact_id: UUID,
    change: ContactUpdate,
    request: Request,
    response: Response,
    session: DbSession,
    actor: Actor = permit(_KEEP),
) -> ContactRead:
    """Change what is known of a contact; before and after are kept."""
    contact = await service.get_contact_for_change(session, key, contact_id, acting=actor)
    require_match(request, contact.revision)
    values = change.model_dump(exclude_unset=True)
    await service.change_contact(session, acting=actor, contact=contact, values=values)
    response.headers["ETag"] = etag(contact.revision)
    return ContactRead.model_validate(contact)


@router.delete("/partners/{key}/contacts/{contact_id}", status_code=status.HTTP_204_NO_CONTENT)
async def remove_contact(
    key: str, contact_id: UUID, session: DbSession, actor: Actor = permit(_KEEP)
) -> None:
    """Somebody is no longer spoken to."""
    await service.remove_contact(session, acting=actor, key=key, contact_id=contact_id)


@router.post("/partners/{key}/agreements", status_code=status.HTTP_201_CREATED)
async def add_agreement(
    request: Request,
    key: str,
    session: DbSession,
    entity: Annotated[str, Form(max_length=100)],
    kind: Annotated[AgreementKind, Form()],
    version: Annotated[str, Form(min_length=1, max_length=50)],
    signed_on: Annotated[Day, Form()],
    actor: Actor = permit(_KEEP),
    until_on: Annotated[Day | None, Form()] = None,
    managed_by: Annotated[
        str | None, Form(max_length=254, description="An e-mail; left out: oneself.")
    ] = None,
    file: Annotated[UploadFile | None, File(description="The document.")] = None,
) -> AgreementRead:
    """Record an agreement of one's entity, with its document."""
    new = service.NewAgreement(entity, kind, version.strip(), signed_on, until_on, managed_by)
    if not new.version:
        raise Invalid(faults=[Fault("/version", "Say which version was signed.")])
    async with kept_file(request, file) as kept:
        made = await service.add_agreement(session, acting=actor, key=key, new=new, file=kept)
    partner = await queries.get_partner(session, key, actor=actor)
    return agreement_read(await queries.get_agreement(session, partner.id, made), tell_manager=True)


@asynccontextmanager
async def kept_file(request: Request, file: Any) -> AsyncIterator[StoredFile | None]:
    """An upload in storage while a use case names it; where that fails nothing ever will, and it goes at once."""
    storage: Storage = request.app.state.storage
    kept: StoredFile | None = None
    try:
        if file is not None and file.filename:
            limit: int = request.app.state.settings.upload_limit_mb * 2**20
            kept = await storage.keep(file.filename, _chunks(file), limit=limit)
        yield kept
    except BaseException:
        if kept is not None:
            storage.path(kept.key).unlink(missing_ok=True)
        raise


async def _chunks(file: Any) -> AsyncIterator[bytes]:
    while chunk := await file.read(1 << 16):
        yield chunk


@router.patch("/partners/{key}/agreements/{agreement_id}", responses={200: ETAG}, openapi_extra=IF_MATCH)
async def change_agreement(
    key: str,
    agreement_id: UUID,
    change: AgreementUpdate,
    request: Request,
    response: Response,
    session: DbSession,
    actor: Actor = permit(_KEEP),
) -> AgreementRead:
    """Have an agreement end on another day, or somebody else manage it."""
    agreement = await service.get_agreement_for_change(session, key, agreement_id, acting=actor)
    require_match(request, agreement.revision)
    values = change.model_dump(exclude_unset=True)
    await service.change_agreement(session, acting=actor, agreement=agreement, values=values)
    response.headers["ETag"] = etag(agreement.revision)
    row = await queries.get_agreement(session, agreement.partner_id, agreement_id)
    return agreement_read(row, tell_manager=True)


@router.get("/partners/{key}/agreements/{agreement_id}/file", response_class=FileResponse)
async def read_file(
    request: Request,
    key: str,
    agreement_id: UUID,
    session: DbSession,
    actor: Actor = permit(Permission.PARTNERS_READ),
) -> FileResponse:
    """An agreement's document, for the partner and those who read for its entity; always as a download."""
    return await file_answer(request, session, key, agreement_id, actor)


async def file_answer(
    request: Request, session: Session, key: str, agreement_id: UUID, actor: Actor
) -> FileResponse:
    """The document as a download that no browser takes for anything else."""
    partner = await queries.get_partner(session, key, actor=actor)
    row = await queries.get_agreement(session, partner.id, agreement_id)
    is_theirs = partner.id in actor.partners(Permission.PARTNERS_READ)
    storage: Storage = request.app.state.storage
    if row.file_key is None or not (is_theirs or actor.may(Permission.PARTNERS_READ, row.path)):
        raise PartNotFound()
    path = storage.path(row.file_key)
    if not path.is_file():
        raise PartNotFound("The file is no longer kept.")
    headers = {"X-Content-Type-Options": "nosniff"}
    return FileResponse(path, media_type=row.file_type, filename=row.file_name, headers=headers)


@router.post("/partners/{key}/coordinators", status_code=status.HTTP_201_CREATED)
async def appoint_coordinator(
    key: str, new: CoordinatorCreate, session: DbSession, actor: Actor = permit(_KEEP)
) -> CoordinatorMade:
    """Have a person of the partner see and correct its profile; for those who keep the register for all entities."""
    grant = await service.appoint_coordinator(session, acting=actor, key=key, email=new.person)
    return CoordinatorMade(id=grant.id, person=grant.person_id)


@router.delete("/partners/{key}/coordinators/{grant_id}", status_code=status.HTTP_204_NO_CONTENT)
async def dismiss_coordinator(
    key: str, grant_id: UUID, session: DbSession, actor: Actor = permit(_KEEP)
) -> None:
    """Take the role back; it ends with the person's next request."""
    await service.dismiss_coordinator(session, acting=actor, key=key, grant_id=grant_id)
