"""HTTP of screening: the neutral answer for everybody who reads the register, the rest for the circle."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, status

from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import Session
from lms.kernel.http import DbSession, StrictRoute
from lms.kernel.pagination import Page
from lms.partners import screening
from lms.partners import screening_queries as queries
from lms.partners.domain.gate import Effort, Scope
from lms.partners.domain.screening import CLEAR, NOT_CLEAR, FactKind
from lms.partners.queries import group_of
from lms.partners.screening import NewFact, NewStep, NewWarning
from lms.partners.screening_schemas import (
    BidCreate,
    ClearanceRead,
    DecisionCreate,
    ExclusionCreate,
    Made,
    MemberCreate,
    MemberRead,
    Revocation,
    ScreeningRead,
    StepCreate,
    WaiverCreate,
    WarningCreate,
    WarningRead,
    fact_read,
    reasons_read,
    warning_read,
)
from lms.people.permits import permit
from lms.people.queries import get_entity_visible_to
from lms.people.schemas import PersonRef

router = APIRouter(route_class=StrictRoute, tags=["screening"])
_DECIDE = Permission.SCREENING_DECIDE
ForEntity = Annotated[str, Query(max_length=100, description="Key of the entity that would host.")]
OfScope = Annotated[Scope, Query(description="What the partner would do.")]
OfEffort = Annotated[Effort, Query(description="How deeply the partner must have been looked at.")]


@router.get("/partners/{key}/clearance")
async def read_clearance(
    key: str,
    entity: ForEntity,
    session: DbSession,
    actor: Actor = permit(Permission.PARTNERS_READ),
    scope: OfScope = Scope.JOINT_TRAINING,
    effort: OfEffort = Effort.FULL,
) -> ClearanceRead:
    """Whether a partner may take part now, in the same words whatever the reason."""
    clear = await screening.is_clear(session, actor=actor, key=key, entity=entity, scope=scope, effort=effort)
    return ClearanceRead(partner=key, entity=entity, is_clear=clear, words=CLEAR if clear else NOT_CLEAR)


@router.get("/partners/{key}/screening")
async def read_screening(
    key: str,
    entity: ForEntity,
    session: DbSession,
    actor: Actor = permit(Permission.SCREENING_READ),
    scope: OfScope = Scope.JOINT_TRAINING,
    effort: OfEffort = Effort.FULL,
) -> ScreeningRead:
    """The gate's answer with its reasons and what they rest on; for the entity's circle, every look on record."""
    return await screening_of(session, actor, key, entity, scope, effort)


async def screening_of(
    session: Session, actor: Actor, key: str, entity: str, scope: Scope, effort: Effort
) -> ScreeningRead:
    """What the circle sees, for page and API; facts of entities whose circle the reader is not of are left out."""
    partner, host = await screening.look(session, actor=actor, key=key, entity=entity)
    verdict = await screening.verdict_on(session, partner.id, host.path, scope=scope, effort=effort)
    group = await group_of(session, partner.id)
    facts = [
        fact_read(row)
        for row in await queries.facts_of(session, group)
        if row.path is None or await _sees(session, actor, row.path, host.path)
    ]
    return ScreeningRead(
        partner=key,
        entity=entity,
        is_clear=verdict.is_clear,
        reasons=reasons_read(verdict),
        policy_version=verdict.policy_version,
        policy_digest=verdict.policy_digest,
        facts=facts,
        warnings=await _warnings(session, actor, group, host.path),
    )


async def _sees(session: Session, actor: Actor, path: str, host: str) -> bool:
    """What the entity, one above it or one of its offices recorded, where the reader is of that one's circle."""
    near = path.startswith(host) or host.startswith(path)
    return near and await queries.is_in_circle(session, actor, path)


async def _warnings(session: Session, actor: Actor, group: list[UUID], host: str) -> list[WarningRead]:
    found = await queries.warnings_of(session, group)
    rows: dict[UUID, list[Any]] = {row.id: [] for row, _ in found}
    for step in await queries.steps_of(session, list(rows)):
        rows[step.warning_id].append(step)
    return [
        warning_read(row, steps, rows[row.id], clock.today())
        for row, steps in found
        if await _sees(session, actor, row.path, host)
    ]


@router.post("/partners/{key}/decisions", status_code=status.HTTP_201_CREATED)
async def decide(key: str, new: DecisionCreate, session: DbSession, actor: Actor = permit(_DECIDE)) -> Made:
    """Record a due-diligence decision; it is never changed, only revoked."""
    given = NewFact(kind=FactKind.DECISION, **new.model_dump())
    return Made(id=await screening.record_fact(session, acting=actor, key=key, new=given))


@router.post("/partners/{key}/exclusions", status_code=status.HTTP_201_CREATED)
async def exclude(key: str, new: ExclusionCreate, session: DbSession, actor: Actor = permit(_DECIDE)) -> Made:
    """Record that a partner stands on a list; nobody waives it."""
    given = NewFact(kind=FactKind.EXCLUSION, subject=new.on_list, **new.model_dump(exclude={"on_list"}))
    return Made(id=await screening.record_fact(session, acting=actor, key=key, new=given))


@router.post("/partners/{key}/bids", status_code=status.HTTP_201_CREATED)
async def record_bid(key: str, new: BidCreate, session: DbSession, actor: Actor = permit(_DECIDE)) -> Made:
    """Record that a partner bids in an open procurement."""
    given = NewFact(kind=FactKind.BID, **new.model_dump())
    return Made(id=await screening.record_fact(session, acting=actor, key=key, new=given))


@router.post("/partners/{key}/waivers", status_code=status.HTTP_201_CREATED)
async def waive(
    key: str, new: WaiverCreate, session: DbSession, actor: Actor = permit(Permission.GATE_WAIVE)
) -> Made:
    """Let the baseline or a warning pass for a time; by a senior manager of the circle with no hand in an agreement."""
    return Made(id=await screening.give_waiver(session, acting=actor, key=key, **new.model_dump()))


@router.post("/screening-facts/{fact_id}/revoke", status_code=status.HTTP_204_NO_CONTENT)
async def revoke(
    fact_id: UUID, given: Revocation, session: DbSession, actor: Actor = permit(Permission.SCREENING_READ)
) -> None:
    """A decision, exclusion, bid or waiver no longer counts, from now on."""
    await screening.revoke_fact(session, acting=actor, fact_id=fact_id, reason=given.reason)


@router.post("/partners/{key}/warnings", status_code=status.HTTP_201_CREATED)
async def raise_warning(
    key: str, new: WarningCreate, session: DbSession, actor: Actor = permit(_DECIDE)
) -> Made:
    """Propose an early warning; it counts once another person has approved it."""
    given = NewWarning(**new.model_dump())
    return Made(id=await screening.raise_warning(session, acting=actor, key=key, new=given))


@router.post("/early-warnings/{warning_id}/steps", status_code=status.HTTP_204_NO_CONTENT)
async def take_step(
    warning_id: UUID, new: StepCreate, session: DbSession, actor: Actor = permit(_DECIDE)
) -> None:
    """Approve, renew or close a warning, or keep the partner's answer beside it."""
    step = NewStep(**new.model_dump())
    await screening.take_step(session, acting=actor, warning_id=warning_id, new=step)


@router.get("/screening-circle")
async def list_circle(
    entity: ForEntity, session: DbSession, actor: Actor = permit(Permission.SCREENING_NAME)
) -> Page[MemberRead]:
    """Senior managers whom officers let into the entity's circle."""
    host = await get_entity_visible_to(session, entity, actor=actor, permission=Permission.SCREENING_NAME)
    rows = await queries.members_of(session, host.id)
    return Page(
        items=[
            MemberRead(id=row.id, person=PersonRef(id=row.person_id, name=row.name), since=row.named_at)
            for row in rows
        ]
    )


@router.post("/screening-circle", status_code=status.HTTP_201_CREATED)
async def name_manager(
    new: MemberCreate, session: DbSession, actor: Actor = permit(Permission.SCREENING_NAME)
) -> Made:
    """Let a senior manager of the entity into its circle."""
    made = await screening.name_manager(session, acting=actor, entity=new.entity, email=new.person)
    return Made(id=made)


@router.delete("/screening-circle/{member_id}", status_code=status.HTTP_204_NO_CONTENT)
async def let_go(
    member_id: UUID, session: DbSession, actor: Actor = permit(Permission.SCREENING_NAME)
) -> None:
    """Somebody is no longer of the circle, from their next request on."""
    await screening.let_go(session, acting=actor, member_id=member_id)
