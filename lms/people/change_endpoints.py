"""HTTP of changes: a person's record, one's own settings, absences, entities. A change names the state it changes."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response, status

from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession, StrictRoute, etag, require_match
from lms.people import absences, changes, entity_changes, queries
from lms.people.change_schemas import (
    AbsenceCreate,
    AbsenceRead,
    AbsenceUpdate,
    EntityCreate,
    EntityUpdate,
    MeUpdate,
    PersonRead,
    PersonUpdate,
)
from lms.people.endpoints import read_me
from lms.people.models import Person
from lms.people.permits import permit
from lms.people.schemas import AffiliationRead, EntityRead, MeRead
from lms.people.turns import take_turn_with_entities

router = APIRouter(route_class=StrictRoute, tags=["people"])

ETAG: dict[str, Any] = {
    "headers": {"ETag": {"description": "Send it as If-Match to change this.", "schema": {"type": "string"}}}
}
IF_MATCH: dict[str, Any] = {
    "parameters": [
        {
            "name": "If-Match",
            "in": "header",
            "required": True,
            "description": "The ETag read before, or * for whatever there is.",
            "schema": {"type": "string"},
        }
    ]
}


@router.get("/people/{person_id}", responses={200: ETAG})
async def read_person(
    person_id: UUID, response: Response, session: DbSession, actor: Actor = permit(Permission.SELF)
) -> PersonRead:
    """One's own record, or that of someone whose people one may see."""
    known = await queries.resolve_person(
        session, str(person_id), actor=actor, permission=Permission.PEOPLE_READ
    )
    return await _answer(session, await queries.get_person(session, known), response)


@router.patch("/people/{person_id}", responses={200: ETAG}, openapi_extra=IF_MATCH)
async def change_person(
    person_id: UUID,
    change: PersonUpdate,
    request: Request,
    response: Response,
    session: DbSession,
    actor: Actor = permit(Permission.PEOPLE_IMPORT),
) -> PersonRead:
    """Change a person's record; before and after are kept."""
    person = await changes.get_person_for_change(session, person_id, acting=actor)
    require_match(request, person.revision)
    values = change.model_dump(exclude_unset=True)
    await changes.change_person(session, acting=actor, person=person, values=values)
    return await _answer(session, person, response)


async def _answer(session: DbSession, person: Person, response: Response) -> PersonRead:
    response.headers["ETag"] = etag(person.revision)
    rows = await queries.affiliations_of(session, person.id)
    read = PersonRead.model_validate(person)
    read.affiliations = [AffiliationRead.model_validate(row, from_attributes=True) for row in rows]
    return read


@router.patch("/me")
async def change_me(change: MeUpdate, session: DbSession, actor: Actor = permit(Permission.SELF)) -> MeRead:
    """Set one's own language, languages and time zone. Nobody else sets them meanwhile, so no If-Match is asked."""
    await changes.change_own_settings(session, acting=actor, values=change.model_dump(exclude_unset=True))
    return await read_me(session, await queries.get_actor(session, actor.person_id))


@router.post("/people/{person_id}/absences", status_code=status.HTTP_201_CREATED)
async def add_absence(
    person_id: UUID, new: AbsenceCreate, session: DbSession, actor: Actor = permit(Permission.PEOPLE_IMPORT)
) -> AbsenceRead:
    """Say on which days a person's clocks stand still."""
    absence = await absences.add_absence(
        session, acting=actor, person_id=person_id, from_on=new.from_on, until_on=new.until_on
    )
    return AbsenceRead.model_validate(absence)


@router.get("/people/{person_id}/absences")
async def list_absences(
    person_id: UUID, session: DbSession, actor: Actor = permit(Permission.PEOPLE_IMPORT)
) -> list[AbsenceRead]:
    """A person's absences, the latest first."""
    rows = await absences.list_absences(session, acting=actor, person_id=person_id)
    return [AbsenceRead.model_validate(row, from_attributes=True) for row in rows]


@router.patch("/people/{person_id}/absences/{absence_id}")
async def end_absence(
    person_id: UUID,
    absence_id: UUID,
    change: AbsenceUpdate,
    session: DbSession,
    actor: Actor = permit(Permission.PEOPLE_IMPORT),
) -> AbsenceRead:
    """Have an absence end on another day. It has that one thing to change, so no If-Match is asked."""
    absence = await absences.end_absence(
        session, acting=actor, person_id=person_id, absence_id=absence_id, until_on=change.until_on
    )
    return AbsenceRead.model_validate(absence)


@router.delete("/people/{person_id}/absences/{absence_id}", status_code=status.HTTP_204_NO_CONTENT)
async def take_back_absence(
    person_id: UUID, absence_id: UUID, session: DbSession, actor: Actor = permit(Permission.PEOPLE_IMPORT)
) -> None:
    """There was no such absence: what it moved is moved back."""
    await absences.take_back_absence(session, acting=actor, person_id=person_id, absence_id=absence_id)


@router.post("/entities", status_code=status.HTTP_201_CREATED, responses={201: ETAG})
async def create_entity(
    new: EntityCreate, response: Response, session: DbSession, actor: Actor = permit(Permission.PEOPLE_MANAGE)
) -> EntityRead:
    """Make an entity, below one's own or, who runs the system, anywhere."""
    values = new.model_dump(mode="json", exclude={"key", "parent"})
    entity = await entity_changes.create_entity(
        session, acting=actor, key=new.key, parent=new.parent, values=values
    )
    response.headers["ETag"] = etag(entity.revision)
    return EntityRead.model_validate(entity)


@router.patch("/entities/{key}", responses={200: ETAG}, openapi_extra=IF_MATCH)
async def change_entity(
    key: str,
    change: EntityUpdate,
    request: Request,
    response: Response,
    session: DbSession,
    actor: Actor = permit(Permission.PEOPLE_MANAGE),
) -> EntityRead:
    """Change an entity; a new `parent` moves it, and all below it, from today."""
    await take_turn_with_entities(session)
    entity = await queries.get_entity_visible_to(
        session, key, actor=actor, permission=Permission.PEOPLE_MANAGE
    )
    require_match(request, entity.revision)
    values = change.model_dump(mode="json", exclude_unset=True)
    await entity_changes.change_entity(session, acting=actor, entity=entity, values=values)
    response.headers["ETag"] = etag(entity.revision)
    return EntityRead.model_validate(entity)
