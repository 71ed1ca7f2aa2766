"""HTTP of rules: written down, looked at before they run, activated, ended."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response, status
from sqlalchemy.ext.asyncio import AsyncSession

from lms.assigned import queries, service
from lms.assigned.domain.rules import RuleState
from lms.assigned.queries import Counts, Reached, too_few
from lms.assigned.schemas import (
    PreviewRead,
    ReachedRead,
    RuleCreate,
    RuleProgress,
    RuleRead,
    RuleUpdate,
    preview_read,
    rule_read,
)
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession, StrictRoute, etag, require_match
from lms.kernel.pagination import Page, PageTurn
from lms.people.change_endpoints import ETAG, IF_MATCH
from lms.people.permits import permit
from lms.people.queries import get_entity_visible_to
from lms.people.schemas import PersonRef

router = APIRouter(route_class=StrictRoute, tags=["assigned learning"])


@router.post("/assignment-rules", status_code=status.HTTP_201_CREATED, responses={201: ETAG})
async def make_rule(
    new: RuleCreate,
    response: Response,
    session: DbSession,
    actor: Actor = permit(Permission.ASSIGNMENTS_MAKE),
) -> RuleRead:
    """Write a rule down as a draft; it assigns nothing until it is activated."""
    rule_id = await service.make_rule(session, acting=actor, entity=new.entity, terms=new.terms())
    return await _answer(session, rule_id, actor, response)


async def _answer(session: AsyncSession, rule_id: UUID, actor: Actor, response: Response) -> RuleRead:
    row = await queries.get_rule_visible_to(session, rule_id, actor=actor)
    response.headers["ETag"] = etag(row.revision)
    return rule_read(row, (await _progress_of(session, [row], actor))[rule_id])


async def _progress_of(session: AsyncSession, rows: Sequence[Any], actor: Actor) -> dict[UUID, RuleProgress]:
    """How far the people of these rules are, as far as `actor` may know."""
    rule_ids = [row.id for row in rows]
    counts = await queries.counts_of(session, rule_ids)
    overdue = dict.fromkeys(rule_ids, 0)
    for each in await queries.overdue_of_rules(session, rule_ids, today=clock.today()):
        overdue[each.rule_id] += 1
    return {row.id: _progress(row, counts.get(row.id, Counts()), overdue[row.id], actor) for row in rows}


def _progress(row: Any, counts: Counts, overdue: int, actor: Actor) -> RuleProgress:
    if row.state != RuleState.DRAFT and too_few(counts.assigned, actor, row.entity_path):
        return RuleProgress(assigned=None, done=None, ended=None, open=None, overdue=None)
    return RuleProgress(
        assigned=counts.assigned,
        done=counts.done,
        ended=counts.ended,
        open=counts.assigned - counts.done - counts.ended,
        overdue=overdue,
    )


@router.get("/assignment-rules")
async def list_rules(
    session: DbSession,
    turn: PageTurn,
    actor: Actor = permit(Permission.ASSIGNMENTS_MAKE),
    state: RuleState | None = None,
    entity: Annotated[str | None, Query(max_length=100)] = None,
) -> Page[RuleRead]:
    """Rules of the entities where one makes them, the newest first."""
    filters = {"list": "assignment-rules", "state": state, "entity": entity}
    after = turn.after(filters, (UUID,))
    rows = await queries.list_rules(
        session, actor=actor, state=state, entity=entity, after=after, limit=turn.wanted
    )
    progress = await _progress_of(session, rows, actor)
    return turn.page(
        rows, filters, key=lambda row: [row.id], read=lambda row: rule_read(row, progress[row.id])
    )


@router.post("/assignment-rules/preview")
async def preview_terms(
    new: RuleCreate, session: DbSession, actor: Actor = permit(Permission.ASSIGNMENTS_MAKE)
) -> PreviewRead:
    """What a rule would do at this moment, without writing it down."""
    entity = await get_entity_visible_to(
        session, new.entity, actor=actor, permission=Permission.ASSIGNMENTS_MAKE
    )
    terms = new.terms()
    await service.check_terms(session, terms)
    return preview_read(
        (await service.preview_terms(session, path=entity.path, terms=terms, actor=actor)).preview
    )


@router.get("/assignment-rules/{rule_id}", responses={200: ETAG})
async def read_rule(
    rule_id: UUID,
    response: Response,
    session: DbSession,
    actor: Actor = permit(Permission.ASSIGNMENTS_MAKE),
) -> RuleRead:
    """One rule, with how far its people are."""
    return await _answer(session, rule_id, actor, response)


@router.patch("/assignment-rules/{rule_id}", responses={200: ETAG}, openapi_extra=IF_MATCH)
async def change_rule(
    rule_id: UUID,
    change: RuleUpdate,
    request: Request,
    response: Response,
    session: DbSession,
    actor: Actor = permit(Permission.ASSIGNMENTS_MAKE),
) -> RuleRead:
    """Change a draft."""
    rule = await _matched(session, request, rule_id, actor)
    await service.change_rule(session, rule=rule, terms=change.onto(service.terms_of(rule)))
    return await _answer(session, rule_id, actor, response)


async def _matched(session: AsyncSession, request: Request, rule_id: UUID, actor: Actor) -> Any:
    """The rule, locked, as the caller has seen it."""
    rule = await service.get_rule_for_change(session, rule_id, acting=actor)
    require_match(request, rule.revision)
    return rule


@router.delete("/assignment-rules/{rule_id}", status_code=status.HTTP_204_NO_CONTENT, openapi_extra=IF_MATCH)
async def delete_rule(
    rule_id: UUID,
    request: Request,
    session: DbSession,
    actor: Actor = permit(Permission.ASSIGNMENTS_MAKE),
) -> None:
    """Throw a draft away; what was activated once stays on record."""
    await service.delete_rule(session, rule=await _matched(session, request, rule_id, actor))


@router.get("/assignment-rules/{rule_id}/preview")
async def preview_rule(
    rule_id: UUID, session: DbSession, actor: Actor = permit(Permission.ASSIGNMENTS_MAKE)
) -> PreviewRead:
    """What a rule would do at this moment."""
    rule = await queries.get_rule_visible_to(session, rule_id, actor=actor)
    return preview_read((await service.preview(session, rule, actor=actor)).preview)


@router.get("/assignment-rules/{rule_id}/people")
async def list_reached(
    rule_id: UUID, session: DbSession, turn: PageTurn, actor: Actor = permit(Permission.ASSIGNMENTS_MAKE)
) -> Page[ReachedRead]:
    """Whom a rule reaches at this moment, in name order."""
    rule = await queries.get_rule_visible_to(session, rule_id, actor=actor)
    filters = {"list": "assignment-rule-people", "rule": rule_id}
    after = turn.after(filters, (str, UUID))
    previewed = await service.preview(session, rule, actor=actor)
    people = previewed.people
    rest = [each for each in people if after is None or (each.sort_key, str(each.person_id)) > tuple(after)]

    def read(each: Reached) -> ReachedRead:
        return ReachedRead(
            person=PersonRef(id=each.person_id, name=each.name),
            entity=each.unit,
            joined_on=each.joined_on,
            assigned=each.is_assigned if previewed.names_done else None,
            holds=each.holds if previewed.names_done else None,
        )

    return turn.page(
        rest[: turn.wanted], filters, key=lambda each: [each.sort_key, each.person_id], read=read
    )


@router.post("/assignment-rules/{rule_id}/activate", responses={200: ETAG}, openapi_extra=IF_MATCH)
async def activate_rule(
    rule_id: UUID,
    request: Request,
    response: Response,
    session: DbSession,
    actor: Actor = permit(Permission.ASSIGNMENTS_MAKE),
) -> RuleRead:
    """Have a draft assign, at once and from now on. What is compulsory is activated by the head of the entity."""
    rule = await _matched(session, request, rule_id, actor)
    await service.activate_rule(session, acting=actor, rule=rule)
    return await _answer(session, rule_id, actor, response)


@router.post("/assignment-rules/{rule_id}/end", responses={200: ETAG}, openapi_extra=IF_MATCH)
async def end_rule(
    rule_id: UUID,
    request: Request,
    response: Response,
    session: DbSession,
    actor: Actor = permit(Permission.ASSIGNMENTS_MAKE),
) -> RuleRead:
    """Have a rule assign no more; what it assigned and was not done ends with it."""
    rule = await _matched(session, request, rule_id, actor)
    await service.end_rule(session, acting=actor, rule=rule)
    return await _answer(session, rule_id, actor, response)
