"""HTTP of learning plans: one's own, proposals, learning time, the private calendar address."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, status
from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.http import Day, DbSession, StrictRoute
from lms.kernel.pagination import Page
from lms.people.permits import permit
from lms.plans import queries, service
from lms.plans.domain.states import PlanNotFound, Wish
from lms.plans.schemas import (
    FeedCreated,
    FeedRead,
    LearningTimeUpdate,
    PlanDecision,
    PlanProposal,
    PlanRead,
    PlanTerms,
    ProposalRead,
    WishUpdate,
    plan_read,
    proposal_read,
    suggested_read,
)
from lms.plans.service import Terms

router = APIRouter(route_class=StrictRoute, tags=["plans"])


@router.get("/me/plan")
async def read_plan(
    session: DbSession,
    actor: Actor = permit(Permission.SELF),
    due_on: Annotated[Day | None, Query(description="For a suggestion: the day it is to be done by.")] = None,
) -> PlanRead:
    """One's learning plan; before there is one, the plan one could have (`suggested`)."""
    row = await queries.find_active_plan(session, actor.person_id)
    if row is not None:
        return plan_read(row, await queries.changes_of(session, row.id))
    return suggested_read(await service.suggest(session, actor.person_id, Terms(clock.today(), due_on)))


@router.post("/me/plan", status_code=status.HTTP_201_CREATED)
async def accept_plan(
    terms: PlanTerms, session: DbSession, actor: Actor = permit(Permission.SELF)
) -> PlanRead:
    """Make the suggested plan one's own; an earlier one ends."""
    await service.accept_own(session, acting=actor, due_on=terms.due_on, weekly_minutes=terms.weekly_minutes)
    return await _own(session, actor)


@router.put("/me/plan/courses/{course}")
async def set_wish(
    course: str, wish: WishUpdate, session: DbSession, actor: Actor = permit(Permission.SELF)
) -> PlanRead:
    """Pin a course to one's plan, drop it, or leave it to the tailoring again."""
    wanted = None if wish.wish is None else Wish(wish.wish)
    await service.wish(session, acting=actor, course=course, wanted=wanted)
    row = await queries.find_active_plan(session, actor.person_id)
    if row is not None:
        return await _own(session, actor)
    return suggested_read(await service.suggest(session, actor.person_id, Terms(clock.today())))


async def _own(session: AsyncSession, actor: Actor) -> PlanRead:
    row = await queries.find_active_plan(session, actor.person_id)
    if row is None:
        raise PlanNotFound()
    return plan_read(row, await queries.changes_of(session, row.id))


@router.put("/me/learning-time", status_code=status.HTTP_204_NO_CONTENT)
async def set_learning_time(
    time: LearningTimeUpdate, session: DbSession, actor: Actor = permit(Permission.SELF)
) -> None:
    """Say how long a week one learns, and when; plans and the calendar keep to it."""
    await service.set_learning_time(
        session,
        acting=actor,
        weekly_minutes=time.weekly_minutes,
        weekday=time.weekday,
        starts_at=time.starts_at,
    )
    await service.follow(session, person_ids=[actor.person_id], cause="learning_time")


@router.get("/me/plan-proposals")
async def list_proposals(session: DbSession, actor: Actor = permit(Permission.SELF)) -> Page[ProposalRead]:
    """Plans proposed to one that wait for one's decision."""
    rows = await queries.proposals_to(session, actor.person_id)
    return Page(items=[proposal_read(row) for row in rows])


@router.post("/me/plan-proposals/{plan_id}/decision")
async def decide(
    plan_id: UUID, decision: PlanDecision, session: DbSession, actor: Actor = permit(Permission.SELF)
) -> PlanRead:
    """Accept or decline a proposal; an accepted one takes the place of the plan before it."""
    await service.decide(session, acting=actor, plan_id=plan_id, accept=decision.decision == "accept")
    return plan_read(await queries.get_proposal(session, plan_id, person_id=actor.person_id))


@router.post("/people/{person_id}/plans", status_code=status.HTTP_201_CREATED)
async def propose(
    person_id: UUID, proposal: PlanProposal, session: DbSession, actor: Actor = permit(Permission.SELF)
) -> PlanRead:
    """Propose a plan to somebody who reports to one or, as a focal point, works for one's entity."""
    await service.propose(
        session,
        acting=actor,
        person_id=person_id,
        due_on=proposal.due_on,
        weekly_minutes=proposal.weekly_minutes,
        courses=proposal.courses,
    )
    return plan_read((await queries.proposals_by(session, actor.person_id, person_id=person_id))[0])


@router.get("/people/{person_id}/plans")
async def list_proposed(
    person_id: UUID, session: DbSession, actor: Actor = permit(Permission.SELF)
) -> Page[PlanRead]:
    """What one has proposed to a person oneself, with what became of it; nobody else's plans are seen."""
    rows = await queries.proposals_by(session, actor.person_id, person_id=person_id)
    return Page(items=[plan_read(row) for row in rows])


@router.post("/me/calendar", status_code=status.HTTP_201_CREATED)
async def make_calendar(
    request: Request, session: DbSession, actor: Actor = permit(Permission.SELF)
) -> FeedCreated:
    """A private address at which calendar programs find one's learning time and due days (iCalendar)."""
    secret = await service.make_feed(session, acting=actor)
    return FeedCreated(address=f"{request.app.state.settings.base_url}/calendar/{secret}.ics")


@router.get("/me/calendar")
async def list_calendars(session: DbSession, actor: Actor = permit(Permission.SELF)) -> Page[FeedRead]:
    """One's calendar addresses; the addresses themselves were shown once, when they were made."""
    rows = await queries.feeds_of(session, actor.person_id)
    return Page(items=[FeedRead(id=row.id, created_at=row.created_at) for row in rows])


@router.delete("/me/calendar/{feed_id}", status_code=status.HTTP_204_NO_CONTENT)
async def revoke_calendar(feed_id: UUID, session: DbSession, actor: Actor = permit(Permission.SELF)) -> None:
    """Take a calendar address back."""
    await service.revoke_feed(session, acting=actor, feed_id=feed_id)
