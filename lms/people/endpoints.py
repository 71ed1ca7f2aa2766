"""HTTP of people: who I am, entities, people, tokens, the password, grants."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response, status

from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession, StrictRoute, etag, problem
from lms.kernel.i18n import search_words
from lms.kernel.idempotency import keep_instead
from lms.kernel.pagination import Page, PageTurn
from lms.people import queries, service
from lms.people.domain import WrongPassword
from lms.people.permits import permit
from lms.people.schemas import (
    AffiliationRead,
    EntityRead,
    GrantCreate,
    GrantMade,
    GrantRead,
    MeRead,
    PasswordChange,
    PersonRow,
    TokenCreate,
    TokenRead,
)

router = APIRouter(route_class=StrictRoute, tags=["people"])


@router.get("/me")
async def read_me(session: DbSession, actor: Actor = permit(Permission.SELF)) -> MeRead:
    """Who is signed in, with roles and permissions."""
    return MeRead(
        id=actor.person_id,
        name=actor.name,
        language=actor.language,
        time_zone=actor.time_zone,
        entity=actor.entity_key,
        focuses=await queries.focuses_of(session, actor.person_id),
        supervises=actor.supervises,
        grants=[GrantRead(role=grant.role, entity=grant.entity) for grant in actor.grants],
        permissions=sorted(permission for permission in Permission if actor.may(permission)),
    )


@router.get("/entities")
async def list_entities(session: DbSession, _: Actor = permit(Permission.SELF)) -> Page[EntityRead]:
    """Every entity and office, parents before children."""
    entities = await queries.list_entities(session)
    return Page(items=[EntityRead.model_validate(entity) for entity in entities])


@router.get("/entities/{key}")
async def read_entity(
    key: str, response: Response, session: DbSession, _: Actor = permit(Permission.SELF)
) -> EntityRead:
    """One entity or office."""
    entity = await queries.get_entity(session, key)
    response.headers["ETag"] = etag(entity.revision)
    return EntityRead.model_validate(entity)


@router.get("/people")
async def list_people(
    session: DbSession,
    turn: PageTurn,
    actor: Actor = permit(Permission.PEOPLE_READ),
    q: Annotated[str | None, Query(max_length=200, description="Words of the name or e-mail.")] = None,
    entity: Annotated[str | None, Query(max_length=100, description="Only this entity and below.")] = None,
) -> Page[PersonRow]:
    """People of the entities whose people one may see, in name order."""
    filters = {"list": "people", "q": q, "entity": entity}
    path = None
    if entity is not None:
        path = (
            await queries.get_entity_visible_to(
                session, entity, actor=actor, permission=Permission.PEOPLE_READ
            )
        ).path
    rows = await queries.list_people(
        session,
        actor=actor,
        words=search_words(q or ""),
        entity_path=path,
        after=turn.after(filters, (str, UUID)),
        limit=turn.wanted,
    )
    return turn.page(rows, filters, key=lambda row: [row.sort_key, row.id], read=_person_row)


def _person_row(row: Any) -> PersonRow:
    return PersonRow.model_validate(row, from_attributes=True)


@router.get("/people/{person_id}/affiliations")
async def list_affiliations(
    person_id: UUID, session: DbSession, actor: Actor = permit(Permission.SELF)
) -> Page[AffiliationRead]:
    """A person's affiliations, past ones too; one's own, or of those whose people one may see."""
    known = await queries.resolve_person(
        session, str(person_id), actor=actor, permission=Permission.PEOPLE_READ
    )
    rows = await queries.affiliations_of(session, known)
    return Page(items=[AffiliationRead.model_validate(row, from_attributes=True) for row in rows])


@router.post("/me/tokens", status_code=status.HTTP_201_CREATED)
async def create_token(
    new: TokenCreate, request: Request, session: DbSession, actor: Actor = permit(Permission.SELF)
) -> TokenRead:
    """Make an API token of one's own; its secret is told this once, and not again for an Idempotency-Key."""
    secret, token = await service.create_token(
        session, acting=actor, name=new.name, days=new.days, scopes=new.scopes
    )
    read = TokenRead(id=token.id, name=token.name, scopes=token.scopes, expires_at=token.expires_at)
    keep_instead(request, read)
    return read.model_copy(update={"token": secret})


@router.delete("/me/tokens/{token_id}", status_code=status.HTTP_204_NO_CONTENT)
async def revoke_token(
    token_id: UUID, session: DbSession, actor: Actor = permit(Permission.SELF)
) -> Response:
    """End one of one's own tokens; the next request with it is refused."""
    await service.revoke_token(session, acting=actor, token_id=token_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.post("/me/password", status_code=status.HTTP_204_NO_CONTENT)
async def change_password(
    change: PasswordChange, request: Request, session: DbSession, actor: Actor = permit(Permission.SELF)
) -> Response:
    """Change one's own password; every browser session but the asking one ends. A token with scopes is refused."""
    try:
        await service.change_password(
            session,
            acting=actor,
            current=change.current.get_secret_value(),
            new=change.new.get_secret_value(),
            tries=request.app.state.settings.sign_in_tries,
        )
    except WrongPassword as error:
        # Answered and not raised, which would take the count of wrong ones back.
        await service.record_wrong_password(session, acting=actor)
        return problem(request, error)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.post("/people/{person_id}/grants", status_code=status.HTTP_201_CREATED)
async def grant_role(
    person_id: UUID, new: GrantCreate, session: DbSession, actor: Actor = permit(Permission.GRANTS_MANAGE)
) -> GrantMade:
    """Give a person a role for an entity and below."""
    grant = await service.grant_role(
        session, acting=actor, person_id=person_id, role=new.role, entity=new.entity
    )
    return GrantMade(id=grant.id, role=grant.role, entity=new.entity)


@router.get("/people/{person_id}/grants")
async def list_grants(
    person_id: UUID, session: DbSession, actor: Actor = permit(Permission.GRANTS_MANAGE)
) -> Page[GrantMade]:
    """Roles a person holds now, of those whose grants one manages."""
    known = await queries.resolve_person(
        session, str(person_id), actor=actor, permission=Permission.GRANTS_MANAGE
    )
    rows = await queries.grants_of(session, known)
    return Page(
        items=[GrantMade(id=row.id, role=row.role, entity=row.entity, partner=row.partner) for row in rows]
    )


@router.delete("/grants/{grant_id}", status_code=status.HTTP_204_NO_CONTENT)
async def revoke_grant(
    grant_id: UUID, session: DbSession, actor: Actor = permit(Permission.GRANTS_MANAGE)
) -> Response:
    """Take a role back; the person's next request is refused what it allowed."""
    await service.revoke_grant(session, acting=actor, grant_id=grant_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT)
