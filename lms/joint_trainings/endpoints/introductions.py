"""HTTP of introductions, and of the draft joint trainings that needs and offers become."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status

from lms.joint_trainings.domain.exchange import IntroductionState, NoticeKind
from lms.joint_trainings.queries import introductions as queries
from lms.joint_trainings.schemas.exchange import (
    DeclineCreate,
    DraftCreate,
    IntroductionCreate,
    IntroductionRead,
    introduction_read,
)
from lms.joint_trainings.service import introductions as service
from lms.kernel.access import Actor, Permission
from lms.kernel.database import Session
from lms.kernel.http import DbSession, StrictRoute
from lms.kernel.pagination import Page, PageTurn
from lms.people.permits import permit

router = APIRouter(route_class=StrictRoute, tags=["needs and offers"])
_READ = Permission.EXCHANGE_READ


@router.get("/introductions")
async def list_introductions(
    session: DbSession,
    turn: PageTurn,
    actor: Actor = permit(_READ),
    state: IntroductionState | None = None,
    notice: Annotated[UUID | None, Query(description="Of this need or offer.")] = None,
) -> Page[IntroductionRead]:
    """Introductions of one's needs and offers, the latest first; for the coordinator, all."""
    filters = {"list": "introductions", "state": state, "notice": notice}
    rows = await queries.list_introductions(
        session,
        actor=actor,
        state=state,
        notice_id=notice,
        after=turn.after(filters, (UUID,)),
        limit=turn.wanted,
    )
    return turn.page(rows, filters, key=lambda row: [row.id], read=introduction_read)


@router.post("/introductions", status_code=status.HTTP_201_CREATED)
async def introduce(
    new: IntroductionCreate, session: DbSession, actor: Actor = permit(Permission.EXCHANGE_INTRODUCE)
) -> IntroductionRead:
    """Introduce a need and an offer: each side is told by mail whom to speak to. Once for the same two."""
    made = await service.introduce(
        session, acting=actor, need_id=new.need, offer_id=new.offer, words=new.words
    )
    return await _answer(session, made, actor)


async def _answer(session: Session, introduction_id: UUID, actor: Actor) -> IntroductionRead:
    return introduction_read(await queries.get_introduction(session, introduction_id, actor=actor))


@router.get("/introductions/{introduction_id}")
async def read_introduction(
    introduction_id: UUID, session: DbSession, actor: Actor = permit(_READ)
) -> IntroductionRead:
    """One introduction, for its two sides and the coordinator."""
    return await _answer(session, introduction_id, actor)


@router.post("/introductions/{introduction_id}/decline")
async def decline(
    introduction_id: UUID, given: DeclineCreate, session: DbSession, actor: Actor = permit(_READ)
) -> IntroductionRead:
    """Decline for one's side, with words to the other."""
    await service.decline(session, acting=actor, introduction_id=introduction_id, words=given.words)
    return await _answer(session, introduction_id, actor)


@router.post("/introductions/{introduction_id}/training")
async def draft(
    introduction_id: UUID, session: DbSession, actor: Actor = permit(Permission.TRAININGS_HOST)
) -> IntroductionRead:
    """Make a draft joint training of both, hosted by both sides; the same one however often it is asked for."""
    await service.draft(session, acting=actor, introduction_id=introduction_id)
    return await _answer(session, introduction_id, actor)


@router.post("/needs/{need_id}/training")
async def draft_need(
    need_id: UUID, session: DbSession, actor: Actor = permit(Permission.TRAININGS_HOST)
) -> IntroductionRead:
    """Make a draft of a need without an offer; further hosts are asked there."""
    made, _ = await service.draft_alone(session, acting=actor, kind=NoticeKind.NEED, notice_id=need_id)
    return await _answer(session, made, actor)


@router.post("/offers/{offer_id}/training")
async def draft_offer(
    offer_id: UUID,
    given: DraftCreate,
    session: DbSession,
    actor: Actor = permit(Permission.TRAININGS_HOST),
) -> IntroductionRead:
    """Make a draft of an offer without a need; of a partner's, with the entity that is asked to host it."""
    made, _ = await service.draft_alone(
        session, acting=actor, kind=NoticeKind.OFFER, notice_id=offer_id, entity=given.entity
    )
    return await _answer(session, made, actor)
