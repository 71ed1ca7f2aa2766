"""HTTP of agreements: clauses, clearances, the standard text."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, status
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.agreement_texts import standard
from lms.joint_trainings.endpoints.trainings import matched
from lms.joint_trainings.policies import policy_for
from lms.joint_trainings.queries import agreements as queries
from lms.joint_trainings.queries.trainings import get_training, lock_training
from lms.joint_trainings.schemas.agreements import (
    ClausesRead,
    ClauseUpdate,
    ClearanceCreate,
    StandardClearanceCreate,
    StandardRead,
    WaitingRead,
    clauses_read,
    standard_read,
)
from lms.joint_trainings.service import agreements
from lms.joint_trainings.service.papers import Papers, papers_of
from lms.joint_trainings.service.parts import all_hosts, require_partner
from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession, StrictRoute
from lms.kernel.pagination import Page, PageTurn
from lms.people.change_endpoints import IF_MATCH
from lms.people.permits import permit

router = APIRouter(route_class=StrictRoute, tags=["agreements"])
_READ, _HOST = Permission.TRAININGS_READ, Permission.TRAININGS_HOST
_CLEAR = Permission.AGREEMENTS_CLEAR
InLanguage = Annotated[Literal["ar", "zh", "en", "fr", "ru", "es"] | None, Query()]


async def _papers(session: AsyncSession, training_id: UUID, actor: Actor) -> Papers:
    training = await get_training(session, training_id, actor=actor)
    hosts = await all_hosts(session, training_id)
    require_partner(hosts)
    return await papers_of(session, training, hosts)


@router.get("/joint-trainings/{training_id}/clauses")
async def read_clauses(training_id: UUID, session: DbSession, actor: Actor = permit(_READ)) -> ClausesRead:
    """All clauses as they stand, with the standard words beside those that were changed."""
    return clauses_read(await _papers(session, training_id, actor))


@router.put("/joint-trainings/{training_id}/clauses/{key}", openapi_extra=IF_MATCH)
async def change_clause(
    training_id: UUID,
    key: str,
    new: ClauseUpdate,
    request: Request,
    session: DbSession,
    actor: Actor = permit(_HOST),
) -> ClausesRead:
    """Write a clause in other words; `further_terms` holds what is agreed beyond the standard ones.

    If-Match takes the ETag of the training.
    """
    training = await matched(session, request, training_id, actor)
    await agreements.change_clause(session, acting=actor, training=training, key=key, words=new.text)
    await session.flush()
    return clauses_read(await _papers(session, training_id, actor))


@router.delete(
    "/joint-trainings/{training_id}/clauses/{key}",
    status_code=status.HTTP_204_NO_CONTENT,
    openapi_extra=IF_MATCH,
)
async def restore_clause(
    training_id: UUID,
    key: str,
    request: Request,
    session: DbSession,
    actor: Actor = permit(_HOST),
) -> None:
    """Have the standard words hold again. If-Match takes the ETag of the training."""
    training = await matched(session, request, training_id, actor)
    await agreements.restore_clause(session, acting=actor, training=training, key=key)


# -- clearance ---------------------------------------------------------------------------------------------


@router.post(
    "/joint-trainings/{training_id}/agreement/clearance-requests", status_code=status.HTTP_204_NO_CONTENT
)
async def ask_clearance(training_id: UUID, session: DbSession, actor: Actor = permit(_HOST)) -> None:
    """Have the legal office look at the agreement as it stands. Asked twice for the same, it is asked once."""
    training = await lock_training(session, training_id, actor=actor)
    await agreements.ask_clearance(session, acting=actor, training=training)


@router.post("/joint-trainings/{training_id}/agreement/clearances", status_code=status.HTTP_204_NO_CONTENT)
async def decide_clearance(
    training_id: UUID, new: ClearanceCreate, session: DbSession, actor: Actor = permit(_CLEAR)
) -> None:
    """Clear the agreement that one saw, or refuse to, as legal office of the entities that host it."""
    training = await lock_training(session, training_id, actor=actor, permission=_CLEAR)
    await agreements.decide_clearance(
        session,
        acting=actor,
        training=training,
        digest=new.digest,
        decision=new.decision,
        words=new.words,
    )


@router.get("/agreements/waiting")
async def list_waiting(
    session: DbSession, turn: PageTurn, actor: Actor = permit(_CLEAR)
) -> Page[WaitingRead]:
    """Agreements that wait for one's legal office, the longest waiting first."""
    filters = {"list": "agreements-waiting"}
    after = turn.after(filters, (UUID,))
    rows = await queries.waiting_for(session, actor=actor, after=after, limit=turn.wanted)
    return turn.page(
        rows,
        filters,
        key=lambda row: [row.id],
        read=lambda row: WaitingRead(
            training=row.training_id,
            title=row.title,
            asked_by=row.by,
            asked_at=row.recorded_at,
            digest=row.digest,
        ),
    )


# -- the standard agreement --------------------------------------------------------------------------------


@router.get("/standard-agreement")
async def read_standard(
    session: DbSession, actor: Actor = permit(_READ), language: InLanguage = None
) -> StandardRead:
    """The standard agreement in force, and the entities whose legal offices have cleared it."""
    found = standard(policy_for([]).standard_text)
    given = await queries.standard_clearances(session, found.digest)
    return standard_read(found, language or actor.language, given)


@router.post("/standard-agreement/clearances", status_code=status.HTTP_204_NO_CONTENT)
async def clear_standard(
    new: StandardClearanceCreate, session: DbSession, actor: Actor = permit(_CLEAR)
) -> None:
    """Clear it once, for one's entity and what lies under it. Twice is once."""
    await agreements.clear_standard(session, acting=actor, entity=new.entity, digest=new.digest)
