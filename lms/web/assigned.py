"""Pages of what was assigned: one's own with more time to ask for, one's team's, and requests to decide."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from lms.assigned import queries, service
from lms.assigned.domain.due import (
    AssignmentNotFound,
    AssignmentOver,
    BadExtension,
    ExtensionDecided,
    ExtensionWaits,
)
from lms.assigned.queries.assignments import extensions_of, sort_parts
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError
from lms.kernel.http import DbSession
from lms.kernel.pagination import decode_cursor, encode_cursor
from lms.web.assigned_view import Names, lines_of, names_for, requests_waiting
from lms.web.given import Errors, Values, day_in, given, require, said, texts
from lms.web.session import page_permit, redirect, show

router = APIRouter()
PAGE, SHOWN_DAYS = 50, 30
"""Rows of a list; days for which an assignment that ended is still said to have ended."""


# -- one's own ---------------------------------------------------------------------------------------------


async def own_assignments(request: Request, session: AsyncSession, actor: Actor) -> list[dict[str, Any]]:
    """What is to be done, the soonest due first, and what ended lately; what is done stands among the completed."""
    today = clock.today()
    found = await queries.list_assignments(
        session, actor=actor, today=today, person_id=actor.person_id, limit=200
    )
    if not found:
        return []
    lately = today - timedelta(days=SHOWN_DAYS)
    names = await names_for(session, request.state.language)
    lines = lines_of(names, found, today, own=True)
    shown = [
        each
        for each in lines
        if each["state"] in ("open", "overdue")
        or (each["state"] == "ended" and each["row"].ended_on >= lately)
    ]
    return sorted(shown, key=lambda each: (each["state"] == "ended", each["due_on"]))


@router.get("/learning/assigned/{assignment_id:uuid}")
async def assignment(
    request: Request,
    assignment_id: UUID,
    session: DbSession,
    actor: Actor = page_permit(Permission.SELF),
) -> Response:
    """What was assigned, why, by whom and by when; and the form that asks for more time."""
    return await _assignment_page(request, session, actor, assignment_id, {}, {})


async def _assignment_page(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    assignment_id: UUID,
    values: Values,
    errors: Errors,
) -> Response:
    standing = await queries.get_assignment_visible_to(session, assignment_id, actor=actor)
    if standing.person_id != actor.person_id:
        raise AssignmentNotFound()
    names, today = await names_for(session, request.state.language), clock.today()
    line = lines_of(names, [standing], today, own=True)[0]
    context = {
        "line": line,
        "row": standing,
        "away": standing.first_due_on != standing.due_on and not standing.granted,
        "requests": await extensions_of(session, assignment_id),
        "may_ask": line["state"] in ("open", "overdue") and standing.waiting is None,
        "first_day": max(standing.due_on, today) + timedelta(days=1),
        "values": values,
        "errors": errors,
        "today": today,
    }
    return show(request, "learner/assignment.html", context, status=422 if errors else 200)


@router.post("/learning/assigned/{assignment_id:uuid}")
async def ask_for_time(
    request: Request,
    assignment_id: UUID,
    session: DbSession,
    actor: Actor = page_permit(Permission.SELF),
) -> Response:
    """Ask for more time."""
    values, says, errors = await given(request), texts(request), Errors()
    until = day_in(values, "until", errors, says)
    if until is None:
        errors.setdefault("until", says.gettext("Say until when."))
    require(values, errors, {"reason": says.gettext("Say why.")})
    if until is not None and not errors:
        try:
            await service.ask_for_time(
                session, acting=actor, assignment_id=assignment_id, until=until, reason=values["reason"]
            )
        except (AssignmentOver, ExtensionWaits, BadExtension) as error:
            await roll_back(session)
            errors = _refused(request, error)
    if errors:
        return await _assignment_page(request, session, actor, assignment_id, values, errors)
    flash = says.gettext("Your request is sent; your supervisor gets a mail, and you get the answer.")
    return redirect(request, request.url.path, flash=flash)


def _refused(request: Request, error: DomainError) -> Errors:
    _ = texts(request).gettext
    words: dict[type[DomainError], str] = {
        AssignmentOver: _("This is done or has ended; it needs no more time."),
        ExtensionWaits: _("An earlier request of yours waits for its answer."),
    }
    if isinstance(error, BadExtension):
        return {"until": _("Choose a day after the due day, in the future, and within a year of it.")}
    return said(error, words)


# -- one's team --------------------------------------------------------------------------------------------


@router.get("/team/assigned")
async def team_assigned(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(Permission.TEAM_READ),
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """What was assigned to those who report to one: done or not, and by when; requests for more time first."""
    after = decode_cursor(cursor, filters={}, parts=(str, UUID))
    today = clock.today()
    found = await queries.list_assignments(
        session, actor=actor, today=today, team=True, after=after, limit=PAGE + 1
    )
    names = await names_for(session, request.state.language)
    more = len(found) > PAGE
    context = {
        "lines": lines_of(names, found[:PAGE], today, own=False),
        "requests": await _requests(session, names, actor),
        "next_cursor": encode_cursor(sort_parts(found[PAGE - 1]), filters={}) if more else None,
        "is_first": cursor is None,
        "today": today,
    }
    return show(request, "supervisor/assigned.html", context)


async def _requests(session: AsyncSession, names: Names, actor: Actor) -> list[dict[str, Any]]:
    return [
        {"row": row, "title": names.title(row), "standing": standing}
        for row, standing in await requests_waiting(session, actor)
    ]


@router.get("/assigned/requests")
async def requests(
    request: Request, session: DbSession, actor: Actor = page_permit(Permission.SELF)
) -> Response:
    """Requests for more time that one decides: of one's team, and about rules that one made."""
    names = await names_for(session, request.state.language)
    context = {
        "requests": await _requests(session, names, actor),
        "makes_rules": actor.may(Permission.ASSIGNMENTS_MAKE),
        "has_team": actor.may(Permission.TEAM_READ),
        "today": clock.today(),
    }
    return show(request, "supervisor/requests.html", context)


@router.post("/assigned/requests/{extension_id:uuid}")
async def decide(
    request: Request, extension_id: UUID, session: DbSession, actor: Actor = page_permit(Permission.SELF)
) -> Response:
    """Grant or refuse; a refusal gives its reason."""
    values, says = await given(request), texts(request)
    back, answer = _back(values), values.get("answer", "")
    granted = values.get("do") == "grant"
    if not granted and not answer:
        return redirect(
            request, back, flash=says.gettext("A refusal gives its reason; write it first."), kind="attention"
        )
    try:
        if granted:
            await service.grant(session, acting=actor, extension_id=extension_id, answer=answer)
        else:
            await service.refuse(session, acting=actor, extension_id=extension_id, answer=answer)
    except (ExtensionDecided, AssignmentOver):
        await roll_back(session)
        flash = says.gettext("It was decided already, or is no longer needed.")
        return redirect(request, back, flash=flash, kind="attention")
    flash = says.gettext("More time is granted.") if granted else says.gettext("The due day stays.")
    return redirect(request, back, flash=flash)


def _back(values: Values) -> str:
    return "/team/assigned" if values.get("back") == "team" else "/assigned/requests"
