"""HTTP of signing: the agreement as it stands, signatures, and who may give them."""

from uuid import UUID

from fastapi import APIRouter, status
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.states import TrainingState
from lms.joint_trainings.endpoints.ex_ante import tells_who
from lms.joint_trainings.queries import signing as queries
from lms.joint_trainings.queries.agreements import clearances_of, last_request_of
from lms.joint_trainings.schemas.agreements import AgreementRead, SignatureCreate, agreement_read
from lms.joint_trainings.schemas.signing import (
    AuthorityCreate,
    AuthorityEndCreate,
    AuthorityRead,
    authority_read,
)
from lms.joint_trainings.service import moves, signing
from lms.joint_trainings.service.papers import papers_of
from lms.joint_trainings.service.parts import all_hosts, require_partner
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession, StrictRoute
from lms.kernel.pagination import Page, PageTurn
from lms.people.permits import permit

router = APIRouter(route_class=StrictRoute, tags=["agreements"])
_SELF, _HOST = Permission.SELF, Permission.TRAININGS_HOST


@router.get("/joint-trainings/{training_id}/agreement")
async def read_agreement(
    training_id: UUID, session: DbSession, actor: Actor = permit(_SELF)
) -> AgreementRead:
    """The agreement as it stands, for its hosts and for who is named to sign it."""
    return await _answer(session, training_id, actor)


async def _answer(session: AsyncSession, training_id: UUID, actor: Actor) -> AgreementRead:
    training = await queries.get_training_to_sign(session, training_id, actor=actor)
    hosts = await all_hosts(session, training_id)
    require_partner(hosts)
    papers = await papers_of(session, training, hosts)
    return agreement_read(
        papers,
        asked=await last_request_of(session, training_id),
        clearances=await clearances_of(session, training_id),
        signatures=await queries.signatures_of(session, training_id),
        obstacles=await moves.obstacles_to(session, training, hosts, TrainingState.AGREED),
        tell_who=tells_who(actor),
    )


@router.post("/joint-trainings/{training_id}/agreement/signatures", status_code=status.HTTP_201_CREATED)
async def sign(
    training_id: UUID, new: SignatureCreate, session: DbSession, actor: Actor = permit(_SELF)
) -> AgreementRead:
    """Sign for a host what one saw, by delegated authority, in one's own name. Signed twice, it is signed once."""
    await signing.sign(session, acting=actor, training_id=training_id, host_id=new.host, digest=new.digest)
    return await _answer(session, training_id, actor)


@router.get("/signing-authorities")
async def list_authorities(
    session: DbSession, turn: PageTurn, actor: Actor = permit(_HOST)
) -> Page[AuthorityRead]:
    """Who may sign for the entities whose legal office one is, or for one's partner; the latest recorded first."""
    filters, today = {"list": "signing-authorities"}, clock.today()
    after = turn.after(filters, (UUID,))
    rows = await queries.list_authorities(session, actor=actor, today=today, after=after, limit=turn.wanted)
    return turn.page(rows, filters, key=lambda row: [row.id], read=lambda row: authority_read(row, today))


@router.post("/signing-authorities", status_code=status.HTTP_201_CREATED)
async def record_authority(
    new: AuthorityCreate, session: DbSession, actor: Actor = permit(_HOST)
) -> AuthorityRead:
    """Record what an instrument delegates: for an entity its legal office does, for a partner its coordinator."""
    row = await signing.record_authority(session, acting=actor, new=new.new())
    today = clock.today()
    kept = await queries.get_authority(session, row.id, actor=actor, today=today)
    return authority_read(kept, today)


@router.post("/signing-authorities/{authority_id}/end")
async def end_authority(
    authority_id: UUID, new: AuthorityEndCreate, session: DbSession, actor: Actor = permit(_HOST)
) -> AuthorityRead:
    """Have it no longer hold, from now on; what was signed by it stays signed."""
    await signing.end_authority(session, acting=actor, authority_id=authority_id, reason=new.reason)
    today = clock.today()
    kept = await queries.get_authority(session, authority_id, actor=actor, today=today)
    return authority_read(kept, today)
