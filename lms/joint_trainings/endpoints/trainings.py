"""HTTP of joint trainings: proposed, changed, taken part in, moved from state to state."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response, status
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.states import TrainingState
from lms.joint_trainings.models.trainings import JointTraining
from lms.joint_trainings.queries import trainings as queries
from lms.joint_trainings.schemas.trainings import (
    HostCreate,
    MoveCreate,
    TrainingCreate,
    TrainingRead,
    TrainingRow,
    TrainingUpdate,
    training_read,
    training_row,
)
from lms.joint_trainings.service import moves, trainings
from lms.joint_trainings.service.papers import track_now
from lms.kernel.access import Actor, Permission
from lms.kernel.http import Day, DbSession, StrictRoute, etag, require_match
from lms.kernel.pagination import Page, PageTurn
from lms.people.change_endpoints import ETAG, IF_MATCH
from lms.people.permits import permit

router = APIRouter(route_class=StrictRoute, tags=["joint trainings"])
_READ, _HOST = Permission.TRAININGS_READ, Permission.TRAININGS_HOST
OfKey = Annotated[str | None, Query(max_length=100)]


@router.get("/joint-trainings")
async def list_trainings(
    session: DbSession,
    turn: PageTurn,
    actor: Actor = permit(_READ),
    state: TrainingState | None = None,
    entity: OfKey = None,
    partner: OfKey = None,
    competency: OfKey = None,
    from_on: Day | None = None,
    until_on: Day | None = None,
) -> Page[TrainingRow]:
    """Trainings of one's hosts, the latest proposed first."""
    asked = queries.Filters(state, entity, partner, competency, from_on, until_on)
    filters = {"list": "joint-trainings", **asdict(asked)}
    after = turn.after(filters, (UUID,))
    rows = await queries.list_trainings(session, actor=actor, filters=asked, after=after, limit=turn.wanted)
    hosts = await queries.hosts_of(session, [row.id for row in rows])
    return turn.page(
        rows, filters, key=lambda row: [row.id], read=lambda row: training_row(row, hosts[row.id])
    )


@router.post("/joint-trainings", status_code=status.HTTP_201_CREATED, responses={201: ETAG})
async def propose(
    new: TrainingCreate, response: Response, session: DbSession, actor: Actor = permit(_HOST)
) -> TrainingRead:
    """Propose a training for a host for which one acts; the other hosts are asked."""
    training = await trainings.propose(session, acting=actor, proposal=new.proposal())
    return await answer(session, training.id, actor, response)


async def answer(session: AsyncSession, training_id: UUID, actor: Actor, response: Response) -> TrainingRead:
    """The training as it stands now, with its ETag."""
    row = await queries.get_training(session, training_id, actor=actor)
    response.headers["ETag"] = etag(row.revision)
    hosts = (await queries.hosts_of(session, [training_id]))[training_id]
    went = await queries.moves_of(session, training_id)
    tracked = await track_now(session, row, hosts)
    return training_read(row, hosts, went, tracked, tell_who=bool(actor.paths(_READ)))


@router.get("/joint-trainings/{training_id}", responses={200: ETAG})
async def read_training(
    training_id: UUID, response: Response, session: DbSession, actor: Actor = permit(_READ)
) -> TrainingRead:
    """One training with its hosts and the way it went."""
    return await answer(session, training_id, actor, response)


async def matched(session: AsyncSession, request: Request, training_id: UUID, actor: Actor) -> JointTraining:
    """The training, locked, as the caller has seen it."""
    training = await queries.lock_training(session, training_id, actor=actor)
    require_match(request, training.revision)
    return training


@router.patch("/joint-trainings/{training_id}", responses={200: ETAG}, openapi_extra=IF_MATCH)
async def change_training(
    training_id: UUID,
    change: TrainingUpdate,
    request: Request,
    response: Response,
    session: DbSession,
    actor: Actor = permit(_HOST),
) -> TrainingRead:
    """Change what it is to be, while it is prepared."""
    training = await matched(session, request, training_id, actor)
    before = trainings.terms_of(await queries.get_training(session, training_id, actor=actor))
    await trainings.change_terms(
        session, acting=actor, training=training, before=before, after=change.onto(before)
    )
    return await answer(session, training_id, actor, response)


@router.post(
    "/joint-trainings/{training_id}/moves",
    status_code=status.HTTP_201_CREATED,
    responses={201: ETAG},
    openapi_extra=IF_MATCH,
)
async def move_training(
    training_id: UUID,
    new: MoveCreate,
    request: Request,
    response: Response,
    session: DbSession,
    actor: Actor = permit(_HOST),
) -> TrainingRead:
    """Bring it to its next state; what stands in the way is said, all of it."""
    training = await matched(session, request, training_id, actor)
    await moves.move(session, acting=actor, training=training, to=new.to, reason=new.reason)
    return await answer(session, training_id, actor, response)


# -- hosts -------------------------------------------------------------------------------------------------


@router.post("/joint-trainings/{training_id}/hosts", status_code=status.HTTP_201_CREATED)
async def add_host(
    training_id: UUID,
    new: HostCreate,
    response: Response,
    session: DbSession,
    actor: Actor = permit(_HOST),
) -> TrainingRead:
    """Ask another to host it too."""
    training = await queries.lock_training(session, training_id, actor=actor)
    await trainings.add_host(session, acting=actor, training=training, ref=new.ref())
    return await answer(session, training_id, actor, response)


@router.delete("/joint-trainings/{training_id}/hosts/{host_id}", status_code=status.HTTP_204_NO_CONTENT)
async def remove_host(
    training_id: UUID, host_id: UUID, session: DbSession, actor: Actor = permit(_HOST)
) -> None:
    """Let a host go, or leave as a host, while it is prepared."""
    training = await queries.lock_training(session, training_id, actor=actor)
    await trainings.remove_host(session, acting=actor, training=training, host_id=host_id)


@router.post("/joint-trainings/{training_id}/hosts/{host_id}/acceptance", responses={200: ETAG})
async def accept(
    training_id: UUID,
    host_id: UUID,
    response: Response,
    session: DbSession,
    actor: Actor = permit(_HOST),
) -> TrainingRead:
    """Say for a host that it takes part. Twice is once."""
    training = await queries.lock_training(session, training_id, actor=actor)
    await trainings.accept(session, acting=actor, training=training, host_id=host_id)
    return await answer(session, training_id, actor, response)
