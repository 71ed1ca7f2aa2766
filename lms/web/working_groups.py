"""Pages of working groups: their members and meetings, joining, leaving, closing."""

from collections.abc import Mapping
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from lms.focal_points import groups
from lms.focal_points import session_queries as queries
from lms.focal_points.domain import GroupState
from lms.focal_points.queries import is_focal_point
from lms.focal_points.session_schemas import GroupClose
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError, NotFound
from lms.kernel.http import DbSession
from lms.web.given import Errors, given, texts
from lms.web.session import page_permit, redirect, show
from lms.web.topic_sessions import GROUPS, do_step, what_is_wrong, words_of_sessions

router = APIRouter()
_SELF = Permission.SELF


@router.get(GROUPS + "/{group_id:uuid}")
async def group_page(
    request: Request, session: DbSession, group_id: UUID, actor: Actor = page_permit(_SELF)
) -> Response:
    """One group: what for, who, when it meets, what came of it."""
    return await _group(request, session, actor, group_id, {}, {})


async def _group(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    group_id: UUID,
    values: Mapping[str, str],
    errors: Errors,
) -> Response:
    row = await queries.get_group(session, group_id, actor=actor)
    now, limit = clock.now(), 50
    coming = await queries.list_sessions(session, actor=actor, now=now, group_id=group_id, limit=limit)
    past = await queries.list_sessions(
        session, actor=actor, now=now, past=True, group_id=group_id, limit=limit
    )
    context = {
        **await words_of_sessions(request, session),
        "row": row,
        "people": await queries.members_of(session, group_id),
        "coming": coming,
        "past": past,
        "values": values,
        "errors": errors,
        "is_open": row.state == GroupState.OPEN,
        "is_focal_point": is_focal_point(actor),
    }
    return show(request, "focal_points/group.html", context, status=422 if errors else 200)


@router.post(GROUPS + "/{group_id:uuid}/join")
async def join_group(
    request: Request, session: DbSession, group_id: UUID, actor: Actor = page_permit(_SELF)
) -> Response:
    """Join it."""
    done = texts(request).gettext("You have joined the working group.")
    act = groups.join(session, acting=actor, group_id=group_id)
    return await do_step(request, session, act, f"{GROUPS}/{group_id}", done)


@router.post(GROUPS + "/{group_id:uuid}/leave")
async def leave_group(
    request: Request, session: DbSession, group_id: UUID, actor: Actor = page_permit(_SELF)
) -> Response:
    """Leave it."""
    done = texts(request).gettext("You have left the working group.")
    act = groups.leave(session, acting=actor, group_id=group_id)
    return await do_step(request, session, act, f"{GROUPS}/{group_id}", done)


@router.post(GROUPS + "/{group_id:uuid}/close")
async def close_group(
    request: Request, session: DbSession, group_id: UUID, actor: Actor = page_permit(_SELF)
) -> Response:
    """End it with what came of it."""
    values = await given(request)
    try:
        end = GroupClose(outcome=values.get("outcome", ""))
        await groups.close(session, acting=actor, group_id=group_id, outcome=end.outcome)
    except NotFound:
        raise
    except (ValidationError, DomainError) as error:
        await roll_back(session)
        return await _group(request, session, actor, group_id, values, what_is_wrong(request, error))
    flash = texts(request).gettext("The working group is closed.")
    return redirect(request, f"{GROUPS}/{group_id}", flash=flash)
