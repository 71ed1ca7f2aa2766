"""HTTP of focal points: the directory, one's own profile, exchanges with companies."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response, status

from lms.catalogue.domain import Taxonomy
from lms.catalogue.queries import get_taxonomy
from lms.focal_points import queries, service
from lms.focal_points.queries import is_focal_point, is_personnel
from lms.focal_points.schemas import (
    ExchangeCreate,
    ExchangeRead,
    FocalPointRead,
    FocalPointRow,
    ProfileRead,
    ProfileUpdate,
    exchange_read,
    focal_point_read,
    profile_read,
    row_read,
)
from lms.kernel.access import Actor, Permission
from lms.kernel.database import Session
from lms.kernel.http import DbSession, StrictRoute, etag, require_match
from lms.kernel.i18n import search_words
from lms.kernel.pagination import Page, PageTurn
from lms.people.change_endpoints import ETAG, IF_MATCH
from lms.people.permits import permit
from lms.people.queries import get_entity

router = APIRouter(route_class=StrictRoute, tags=["focal points"])
_SELF = Permission.SELF


@router.get("/focal-points")
async def list_focal_points(
    session: DbSession,
    turn: PageTurn,
    actor: Actor = permit(_SELF),
    q: Annotated[str | None, Query(max_length=200, description="Words of the name or background.")] = None,
    entity: Annotated[
        str | None, Query(max_length=100, examples=["uneo"], description="With the offices below it.")
    ] = None,
    focus: Annotated[str | None, Query(max_length=100)] = None,
    topic: Annotated[str | None, Query(max_length=100, description="A skill area or competency.")] = None,
    language: Annotated[str | None, Query(max_length=35, examples=["sw"])] = None,
) -> Page[FocalPointRow]:
    """Today's focal points in name order: all for personnel; for partners' coordinators those who agreed to it."""
    asked = {"list": "focal-points", "q": q, "entity": entity, "focus": focus, "topic": topic}
    asked |= {"language": language}
    words = search_words(q or "")
    if q and not words:
        return Page(items=[])
    filters = {"words": words, "focus": focus, "language": language}
    filters["entity"] = (await get_entity(session, entity)).path if entity else None
    filters["topics"] = topics_beside(await get_taxonomy(session), topic) if topic else None
    rows = await queries.list_focal_points(
        session, actor=actor, filters=filters, after=turn.after(asked, (str, UUID)), limit=turn.wanted
    )
    return turn.page(rows, asked, key=lambda row: [row.sort_key, row.id], read=row_read)


def topics_beside(taxonomy: Taxonomy, topic: str) -> list[str]:
    """What answers to a topic: a skill area with its competencies, or a competency with its area."""
    for area in taxonomy.skill_areas:
        keys = [each.key for each in area.competencies]
        if area.key == topic:
            return [topic, *keys]
        if topic in keys:
            return [topic, area.key]
    return [topic]


@router.get("/focal-points/{person_id}")
async def read_focal_point(
    person_id: UUID, session: DbSession, actor: Actor = permit(_SELF)
) -> FocalPointRead:
    """One of today's focal points, with sponsor and exchanges for personnel."""
    row = await queries.get_focal_point(session, person_id, actor=actor)
    exchanges = [exchange_read(each) for each in await queries.exchanges_of(session, person_id)]
    return focal_point_read(row, exchanges, is_inside=is_personnel(actor))


@router.get("/me/focal-point", responses={200: ETAG})
async def read_own(response: Response, session: DbSession, actor: Actor = permit(_SELF)) -> ProfileRead:
    """One's own profile, for whoever is a focal point or was."""
    return await _own(session, actor, response)


async def _own(session: Session, actor: Actor, response: Response) -> ProfileRead:
    row: Any = await queries.own_profile(session, actor=actor)
    response.headers["ETag"] = etag(row.revision if row is not None else 0)
    exchanges = [exchange_read(each) for each in await queries.exchanges_of(session, actor.person_id)]
    return profile_read(row, exchanges, is_focal_point=is_focal_point(actor))


@router.patch("/me/focal-point", responses={200: ETAG}, openapi_extra=IF_MATCH)
async def change_own(
    change: ProfileUpdate,
    request: Request,
    response: Response,
    session: DbSession,
    actor: Actor = permit(_SELF),
) -> ProfileRead:
    """Change one's own profile."""
    profile = await service.lock_profile(session, acting=actor)
    require_match(request, profile.revision)
    values = change.model_dump(exclude_unset=True)
    await service.change_profile(session, acting=actor, profile=profile, values=values)
    return await _own(session, actor, response)


@router.post("/me/focal-point/exchanges", status_code=status.HTTP_201_CREATED)
async def record_exchange(
    new: ExchangeCreate, session: DbSession, actor: Actor = permit(_SELF)
) -> ExchangeRead:
    """Record an exchange of one's own with a company."""
    made = await service.record_exchange(session, acting=actor, new=new.new())
    return exchange_read(await queries.find_exchange(session, made, person_id=actor.person_id))


@router.delete("/me/focal-point/exchanges/{exchange_id}", status_code=status.HTTP_204_NO_CONTENT)
async def withdraw_exchange(exchange_id: UUID, session: DbSession, actor: Actor = permit(_SELF)) -> None:
    """Have an exchange count no more that was recorded by mistake. That it was recorded stays."""
    await service.withdraw_exchange(session, acting=actor, exchange_id=exchange_id)
