"""HTTP of needs and offers: lists, one by one, posted, met, withdrawn, and what fits each."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response, status
from pydantic import AwareDatetime

from lms.catalogue.queries import get_taxonomy
from lms.joint_trainings.domain.exchange import Act, NoticeKind, Standing
from lms.joint_trainings.models.exchange import ExchangeNotice
from lms.joint_trainings.queries import exchange as queries
from lms.joint_trainings.schemas.exchange import (
    NeedCreate,
    NeedFit,
    NeedRead,
    NeedUpdate,
    OfferCreate,
    OfferFit,
    OfferRead,
    OfferUpdate,
    fit_read,
    need_read,
    offer_read,
)
from lms.joint_trainings.service import exchange as service
from lms.kernel.access import Actor, Permission
from lms.kernel.database import Session
from lms.kernel.http import Day, DbSession, StrictRoute, etag, require_match
from lms.kernel.i18n import search_words
from lms.kernel.pagination import Page, PageTurn, Turn
from lms.people.change_endpoints import ETAG, IF_MATCH
from lms.people.permits import permit

router = APIRouter(route_class=StrictRoute, tags=["needs and offers"])
_NEED, _OFFER = NoticeKind.NEED, NoticeKind.OFFER
_READ = Permission.EXCHANGE_READ
_NEEDS, _OFFERS = Permission.NEEDS_POST, Permission.OFFERS_POST
MOST_FITS = 50
OfKey = Annotated[str | None, Query(max_length=100)]


def _filters(
    state: Annotated[Standing | None, Query(description="Left out: in every state.")] = None,
    skill_area: OfKey = None,
    competency: OfKey = None,
    focus: Annotated[str | None, Query(max_length=100, description="And those for every focus.")] = None,
    language: Annotated[str | None, Query(max_length=10, examples=["fr"])] = None,
    from_on: Day | None = None,
    until_on: Day | None = None,
    entity: OfKey = None,
    partner: OfKey = None,
    updated_since: Annotated[
        AwareDatetime | None, Query(description="The change of longest ago comes first.")
    ] = None,
) -> queries.Filters:
    return queries.Filters(
        state, skill_area, competency, focus, language, from_on, until_on, entity, partner, updated_since
    )


Narrowed = Annotated[queries.Filters, Depends(_filters)]
Search = Annotated[str | None, Query(max_length=200, description="Words of it.")]


async def _list(
    session: Session,
    turn: Turn,
    actor: Actor,
    kind: NoticeKind,
    asked: queries.Filters,
    q: str | None,
    read: Callable[[Any], Any],
) -> Page[Any]:
    filters = {"list": kind.value, "q": q, **asdict(asked)}
    words = search_words(q or "")
    if q and not words:
        return Page(items=[])
    moved = asked.updated_since is not None
    rows = await queries.list_notices(
        session,
        kind,
        actor=actor,
        taxonomy=await get_taxonomy(session),
        filters=asked,
        words=words,
        after=turn.after(filters, (datetime.fromisoformat, UUID) if moved else (UUID,)),
        limit=turn.wanted,
    )
    return turn.page(
        rows,
        filters,
        key=lambda row: [row.changed_at.isoformat(), row.id] if moved else [row.id],
        read=read,
    )


async def _told(session: Session, actor: Actor, kind: NoticeKind, row: Any) -> bool:
    """Whether the actor learns who posted it: of their own, and whoever introduces."""
    if actor.paths(Permission.EXCHANGE_INTRODUCE):
        return True
    return await queries.is_own(session, kind, row.id, actor=actor)


async def _need(session: Session, need_id: UUID, actor: Actor, response: Response) -> NeedRead:
    row = await queries.get_notice(session, _NEED, need_id, actor=actor)
    response.headers["ETag"] = etag(row.revision)
    return need_read(row, tell_contact=await _told(session, actor, _NEED, row))


async def _offer(session: Session, offer_id: UUID, actor: Actor, response: Response) -> OfferRead:
    row = await queries.get_notice(session, _OFFER, offer_id, actor=actor)
    response.headers["ETag"] = etag(row.revision)
    return offer_read(row, tell_contact=await _told(session, actor, _OFFER, row))


async def _locked(session: Session, kind: NoticeKind, notice_id: UUID, actor: Actor) -> ExchangeNotice:
    return await queries.lock_notice(session, kind, notice_id, actor=actor)


# -- needs -------------------------------------------------------------------------------------------------


@router.get("/needs")
async def list_needs(
    session: DbSession, turn: PageTurn, asked: Narrowed, actor: Actor = permit(_READ), q: Search = None
) -> Page[NeedRead]:
    """Training needs of entities, the latest first; one's own in every state."""
    return await _list(session, turn, actor, _NEED, asked, q, need_read)


@router.post("/needs", status_code=status.HTTP_201_CREATED, responses={201: ETAG})
async def write_need(
    new: NeedCreate, response: Response, session: DbSession, actor: Actor = permit(_NEEDS)
) -> NeedRead:
    """Write a need of one's entity, as a draft."""
    owner = service.Owner(entity=new.entity)
    row = await service.write(session, acting=actor, kind=_NEED, owner=owner, notice=new.notice())
    return await _need(session, row.id, actor, response)


@router.get("/needs/{need_id}", responses={200: ETAG})
async def read_need(
    need_id: UUID, response: Response, session: DbSession, actor: Actor = permit(_READ)
) -> NeedRead:
    """One need."""
    return await _need(session, need_id, actor, response)


@router.patch("/needs/{need_id}", responses={200: ETAG}, openapi_extra=IF_MATCH)
async def change_need(
    need_id: UUID,
    change: NeedUpdate,
    request: Request,
    response: Response,
    session: DbSession,
    actor: Actor = permit(_NEEDS),
) -> NeedRead:
    """Change what it says; one that lapsed stands again with a later day."""
    row = await _locked(session, _NEED, need_id, actor)
    require_match(request, row.revision)
    await service.change(session, acting=actor, row=row, values=change.values())
    return await _need(session, need_id, actor, response)


@router.post("/needs/{need_id}/{act}", responses={200: ETAG})
async def act_on_need(
    need_id: UUID, act: Act, response: Response, session: DbSession, actor: Actor = permit(_NEEDS)
) -> NeedRead:
    """Post it (again), say that it is met, or withdraw it. Twice is once."""
    row = await _locked(session, _NEED, need_id, actor)
    await service.act(session, acting=actor, row=row, what=act)
    return await _need(session, need_id, actor, response)


@router.get("/needs/{need_id}/fits")
async def list_offers_that_fit(
    need_id: UUID,
    session: DbSession,
    actor: Actor = permit(_READ),
    limit: Annotated[int, Query(ge=1, le=MOST_FITS)] = 10,
) -> list[OfferFit]:
    """Posted offers that fit this need, best first, each with what the two share."""
    row = await queries.get_notice(session, _NEED, need_id, actor=actor)
    found = await service.fits_for(session, row, actor=actor, limit=limit)
    return [OfferFit(offer=offer_read(each), fit=fit_read(fit)) for each, fit in found]


# -- offers ------------------------------------------------------------------------------------------------


@router.get("/offers")
async def list_offers(
    session: DbSession, turn: PageTurn, asked: Narrowed, actor: Actor = permit(_READ), q: Search = None
) -> Page[OfferRead]:
    """Offers, the latest first; a partner sees its own."""
    return await _list(session, turn, actor, _OFFER, asked, q, offer_read)


@router.post("/offers", status_code=status.HTTP_201_CREATED, responses={201: ETAG})
async def write_offer(
    new: OfferCreate, response: Response, session: DbSession, actor: Actor = permit(_OFFERS)
) -> OfferRead:
    """Write an offer of one's partner or entity, as a draft."""
    owner = service.Owner(new.entity, new.partner)
    row = await service.write(session, acting=actor, kind=_OFFER, owner=owner, notice=new.notice())
    return await _offer(session, row.id, actor, response)


@router.get("/offers/{offer_id}", responses={200: ETAG})
async def read_offer(
    offer_id: UUID, response: Response, session: DbSession, actor: Actor = permit(_READ)
) -> OfferRead:
    """One offer."""
    return await _offer(session, offer_id, actor, response)


@router.patch("/offers/{offer_id}", responses={200: ETAG}, openapi_extra=IF_MATCH)
async def change_offer(
    offer_id: UUID,
    change: OfferUpdate,
    request: Request,
    response: Response,
    session: DbSession,
    actor: Actor = permit(_OFFERS),
) -> OfferRead:
    """Change what it says; one that lapsed stands again with a later day."""
    row = await _locked(session, _OFFER, offer_id, actor)
    require_match(request, row.revision)
    await service.change(session, acting=actor, row=row, values=change.values())
    return await _offer(session, offer_id, actor, response)


@router.post("/offers/{offer_id}/{act}", responses={200: ETAG})
async def act_on_offer(
    offer_id: UUID, act: Act, response: Response, session: DbSession, actor: Actor = permit(_OFFERS)
) -> OfferRead:
    """Post it (again), say that it is taken, or withdraw it. Twice is once."""
    row = await _locked(session, _OFFER, offer_id, actor)
    await service.act(session, acting=actor, row=row, what=act)
    return await _offer(session, offer_id, actor, response)


@router.get("/offers/{offer_id}/fits")
async def list_needs_that_fit(
    offer_id: UUID,
    session: DbSession,
    actor: Actor = permit(_READ),
    limit: Annotated[int, Query(ge=1, le=MOST_FITS)] = 10,
) -> list[NeedFit]:
    """Posted needs that this offer fits, best first, each with what the two share."""
    row = await queries.get_notice(session, _OFFER, offer_id, actor=actor)
    found = await service.fits_for(session, row, actor=actor, limit=limit)
    return [NeedFit(need=need_read(each), fit=fit_read(fit)) for each, fit in found]
