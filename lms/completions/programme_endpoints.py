"""HTTP of programmes as far as somebody is in them, and of completions of programmes."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from lms.catalogue.domain.errors import ProgrammeNotFound
from lms.catalogue.queries import get_programmes
from lms.completions import queries
from lms.completions.programme_schemas import (
    ProgrammeCompletionRead,
    ProgrammeDetail,
    programme_completion_read,
    programme_detail,
)
from lms.completions.progress import own_programmes
from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession, StrictRoute
from lms.kernel.pagination import Page, PageTurn
from lms.people.permits import permit
from lms.people.queries import resolve_person

router = APIRouter(route_class=StrictRoute, tags=["completions"])


@router.get("/programmes/{key}")
async def read_programme(
    key: str,
    session: DbSession,
    actor: Actor = permit(Permission.SELF),
    language: Annotated[str | None, Query(pattern=r"^(ar|zh|en|fr|ru|es)$")] = None,
) -> ProgrammeDetail:
    """One programme, and how far one is in it oneself: what counts, what remains, and how long that takes."""
    found = (await get_programmes(session)).programmes.get(key)
    if found is None:
        raise ProgrammeNotFound(f"There is no programme {key!r}.")
    own = await own_programmes(session, actor=actor, wanted=[key])
    return programme_detail(
        found,
        own.programmes.courses_of(key),
        own.state(found),
        minutes=own.minutes,
        standing=own.standing.get(key),
        language=language or actor.language,
    )


@router.get("/programme-completions")
async def list_programme_completions(
    session: DbSession,
    turn: PageTurn,
    actor: Actor = permit(Permission.SELF),
    person: Annotated[str | None, Query(max_length=254, description="An id or an e-mail.")] = None,
    programme: Annotated[str | None, Query(max_length=100)] = None,
) -> Page[ProgrammeCompletionRead]:
    """Completions of programmes one may see (one's own; for HR those of their people), latest recorded first."""
    filters = {"list": "programme-completions", "person": person, "programme": programme}
    person_id = None
    if person is not None:
        person_id = await resolve_person(session, person, actor=actor, permission=Permission.COMPLETIONS_READ)
    rows = await queries.list_programme_completions(
        session,
        actor=actor,
        person_id=person_id,
        programme=programme,
        after=turn.after(filters, (UUID,)),
        limit=turn.wanted,
    )
    return turn.page(rows, filters, key=lambda row: [row.id], read=programme_completion_read)
