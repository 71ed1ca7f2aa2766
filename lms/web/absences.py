"""Absences as human resources keep them: days on which a person's clocks stand still."""

from collections.abc import Mapping
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError, Invalid
from lms.kernel.http import DbSession
from lms.people import absences, queries
from lms.web.given import Errors, Values, day_in, given, require, texts
from lms.web.session import page_permit, redirect, show

router = APIRouter()
_PAGE = "/people/{person_id:uuid}/absences"


@router.get(_PAGE)
async def absences_page(
    request: Request,
    session: DbSession,
    person_id: UUID,
    actor: Actor = page_permit(Permission.PEOPLE_IMPORT),
) -> Response:
    """A person's absences, and the form that adds one."""
    return await _page(request, session, actor, person_id, {}, {})


async def _page(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    person_id: UUID,
    values: Values,
    errors: Mapping[str, str],
) -> Response:
    rows = await absences.list_absences(session, acting=actor, person_id=person_id)
    context = {
        "person": await queries.get_person(session, person_id),
        "absences": rows,
        "values": values,
        "errors": errors,
        "today": clock.today(),
    }
    return show(request, "hr/absences.html", context, status=422 if errors else 200)


@router.post(_PAGE)
async def add(
    request: Request,
    session: DbSession,
    person_id: UUID,
    actor: Actor = page_permit(Permission.PEOPLE_IMPORT),
) -> Response:
    """Add an absence; one that cannot be is shown again with what is wrong."""
    values, errors, says = await given(request), Errors(), texts(request)
    require(values, errors, {"from_on": says.gettext("Give its first day."), "until_on": _last_day(request)})
    from_on, until_on = (day_in(values, name, errors, says) for name in ("from_on", "until_on"))
    if from_on and until_on and not errors:
        try:
            await absences.add_absence(
                session, acting=actor, person_id=person_id, from_on=from_on, until_on=until_on
            )
        except (Invalid, absences.AbsenceOverlaps) as error:
            await roll_back(session)
            errors = _said(request, error)
    if errors:
        return await _page(request, session, actor, person_id, values, errors)
    flash = says.gettext("The absence is added. What it touches ends later from now on.")
    return redirect(request, f"/people/{person_id}/absences", flash=flash)


@router.post(_PAGE + "/{absence_id:uuid}/end")
async def end(
    request: Request,
    session: DbSession,
    person_id: UUID,
    absence_id: UUID,
    actor: Actor = page_permit(Permission.PEOPLE_IMPORT),
) -> Response:
    """Have an absence end on another day."""
    values, errors, says = await given(request), Errors(), texts(request)
    require(values, errors, {"until_on": _last_day(request)})
    until_on = day_in(values, "until_on", errors, says)
    if until_on and not errors:
        try:
            await absences.end_absence(
                session, acting=actor, person_id=person_id, absence_id=absence_id, until_on=until_on
            )
        except (Invalid, absences.AbsenceOverlaps) as error:
            await roll_back(session)
            errors = _said(request, error)
    if errors:
        return await _page(request, session, actor, person_id, {}, {"": next(iter(errors.values()))})
    flash = says.gettext("The last day is changed, and with it what the absence moves.")
    return redirect(request, f"/people/{person_id}/absences", flash=flash)


@router.post(_PAGE + "/{absence_id:uuid}/take-back")
async def take_back(
    request: Request,
    session: DbSession,
    person_id: UUID,
    absence_id: UUID,
    actor: Actor = page_permit(Permission.PEOPLE_IMPORT),
) -> Response:
    """There was no such absence. One that is gone already is no mistake: it was clicked twice."""
    says = texts(request)
    try:
        await absences.take_back_absence(session, acting=actor, person_id=person_id, absence_id=absence_id)
    except absences.AbsenceNotFound:
        await roll_back(session)
    flash = says.gettext("The absence is taken back, and what it moved is moved back.")
    return redirect(request, f"/people/{person_id}/absences", flash=flash)


def _last_day(request: Request) -> str:
    return texts(request).gettext("Give its last day.")


def _said(request: Request, error: DomainError) -> Errors:
    says = texts(request)
    if isinstance(error, absences.AbsenceOverlaps):
        return {"": says.gettext("Another absence has some of these days.")}
    if isinstance(error, absences.TooFar):
        field = error.faults[0].pointer.removeprefix("/")
        return {field: says.gettext("An absence lies within ten years of today.")}
    return {"until_on": says.gettext("The last day lies before the first.")}
