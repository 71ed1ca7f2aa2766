"""HTTP of assignments: one's own, those of one's team and entities, more time asked for and decided."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status
from sqlalchemy.ext.asyncio import AsyncSession

from lms.assigned import queries, service
from lms.assigned.domain.standing import Standing
from lms.assigned.queries.assignments import extensions_of, may_see_extensions, sort_parts
from lms.assigned.schemas import (
    AssignmentRead,
    ExtensionAnswer,
    ExtensionCreate,
    ExtensionRead,
    assignment_read,
    extension_read,
)
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession, StrictRoute
from lms.kernel.pagination import Page, PageTurn
from lms.people.domain import PersonNotFound
from lms.people.permits import permit
from lms.people.queries import find_person_by_email, resolve_person, team_of

router = APIRouter(route_class=StrictRoute, tags=["assigned learning"])
Who = Annotated[str | None, Query(max_length=254, description="Id or e-mail.")]
Overdue = Annotated[
    bool, Query(description="Those that are: one's own at once, of others once they were reminded of it.")
]


@router.get("/me/assignments")
async def list_own(
    session: DbSession, turn: PageTurn, actor: Actor = permit(Permission.SELF), overdue: Overdue = False
) -> Page[AssignmentRead]:
    """What was assigned to one, by the day the rule gave."""
    return await _list(session, turn, actor, person_id=actor.person_id, overdue=overdue)


@router.get("/assignments")
async def list_assignments(
    session: DbSession,
    turn: PageTurn,
    actor: Actor = permit(Permission.SELF),
    person: Who = None,
    rule: UUID | None = None,
    overdue: Overdue = False,
) -> Page[AssignmentRead]:
    """What was assigned to oneself, to who reports to one, and in the entities whose assignments one may read."""
    person_id = None if person is None else await _person(session, person, actor)
    return await _list(session, turn, actor, person_id=person_id, rule_id=rule, overdue=overdue)


async def _person(session: AsyncSession, who: str, actor: Actor) -> UUID:
    """The person named, if `actor` may see what was assigned to them."""
    try:
        return await resolve_person(session, who, actor=actor, permission=Permission.ASSIGNMENTS_READ)
    except PersonNotFound:
        team = {each.id for each in await team_of(session, actor.person_id)} if actor.supervises else set()
        found = await find_person_by_email(session, who) if "@" in who else None
        named = found.id if found else _uuid(who)
        if named is None or named not in team:
            raise
        return named


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


async def _list(
    session: AsyncSession,
    turn: PageTurn,
    actor: Actor,
    *,
    person_id: UUID | None = None,
    rule_id: UUID | None = None,
    overdue: bool,
) -> Page[AssignmentRead]:
    filters = {"list": "assignments", "person": person_id, "rule": rule_id, "overdue": overdue}
    after = turn.after(filters, (date.fromisoformat, UUID))
    found = await queries.list_assignments(
        session,
        actor=actor,
        today=clock.today(),
        person_id=person_id,
        rule_id=rule_id,
        overdue=overdue,
        after=after,
        limit=turn.wanted,
    )
    team = {each.id for each in await team_of(session, actor.person_id)} if actor.supervises else set()

    def read(each: Standing) -> AssignmentRead:
        own = each.person_id == actor.person_id
        return assignment_read(each, today=clock.today(), own=own, extensions=own or each.person_id in team)

    return turn.page(found, filters, key=sort_parts, read=read)


@router.get("/assignments/{assignment_id}")
async def read_assignment(
    assignment_id: UUID, session: DbSession, actor: Actor = permit(Permission.SELF)
) -> AssignmentRead:
    """One assignment, as it stands."""
    standing = await queries.get_assignment_visible_to(session, assignment_id, actor=actor)
    asked = await may_see_extensions(session, standing, actor=actor)
    own = standing.person_id == actor.person_id
    return assignment_read(standing, today=clock.today(), own=own, extensions=asked)


@router.get("/assignments/{assignment_id}/extensions")
async def list_extensions(
    assignment_id: UUID, session: DbSession, actor: Actor = permit(Permission.SELF)
) -> Page[ExtensionRead]:
    """All that was asked and decided about the due day, the first first: for the person and those who decide."""
    standing = await queries.get_assignment_visible_to(session, assignment_id, actor=actor)
    if not await may_see_extensions(session, standing, actor=actor):
        return Page(items=[])
    return Page(items=[extension_read(row) for row in await extensions_of(session, assignment_id)])


@router.post("/assignments/{assignment_id}/extensions", status_code=status.HTTP_201_CREATED)
async def ask_for_time(
    assignment_id: UUID,
    asked: ExtensionCreate,
    session: DbSession,
    actor: Actor = permit(Permission.SELF),
) -> ExtensionRead:
    """Ask for more time for what was assigned to one; the same asked twice is asked once."""
    extension_id = await service.ask_for_time(
        session, acting=actor, assignment_id=assignment_id, until=asked.until, reason=asked.reason
    )
    rows = await extensions_of(session, assignment_id)
    return next(extension_read(row) for row in rows if row.id == extension_id)


@router.get("/extensions")
async def list_waiting(
    session: DbSession, turn: PageTurn, actor: Actor = permit(Permission.SELF)
) -> Page[ExtensionRead]:
    """Requests for more time that wait for one's decision, the earliest first."""
    filters = {"list": "extensions"}
    after = turn.after(filters, (UUID,))
    rows = await queries.extensions_to_decide(session, actor=actor, after=after, limit=turn.wanted)
    return turn.page(rows, filters, key=lambda row: [row.id], read=extension_read)


@router.post("/extensions/{extension_id}/grant")
async def grant(
    extension_id: UUID,
    answer: ExtensionAnswer,
    session: DbSession,
    actor: Actor = permit(Permission.SELF),
) -> ExtensionRead:
    """Grant more time, as the person's reporting officer or as who made the rule."""
    await service.grant(session, acting=actor, extension_id=extension_id, answer=answer.answer)
    return extension_read(await queries.get_extension_to_decide(session, extension_id, actor=actor))


@router.post("/extensions/{extension_id}/refuse")
async def refuse(
    extension_id: UUID,
    answer: ExtensionAnswer,
    session: DbSession,
    actor: Actor = permit(Permission.SELF),
) -> ExtensionRead:
    """Refuse more time, and say why."""
    await service.refuse(session, acting=actor, extension_id=extension_id, answer=answer.answer)
    return extension_read(await queries.get_extension_to_decide(session, extension_id, actor=actor))
