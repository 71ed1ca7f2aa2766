"""Page of one's learning time: how long a week and when, and the private calendar that holds it."""

from datetime import time
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession
from lms.kernel.i18n import weekday_names
from lms.plans import queries, service
from lms.plans.service import given_weekly_minutes
from lms.web.given import Errors, Values, given, texts
from lms.web.plan import minutes_in
from lms.web.session import page_permit, redirect, show

router = APIRouter()
WEEKDAY, STARTS_AT = 2, time(14)  # where the calendar holds the time until one says otherwise


@router.get("/plan/time")
async def learning_time(
    request: Request, session: DbSession, actor: Actor = page_permit(Permission.SELF)
) -> Response:
    """When one learns, and the addresses of one's calendar."""
    return await _page(request, session, actor, {}, {})


async def _page(
    request: Request,
    session: DbSession,
    actor: Actor,
    values: Values,
    errors: Errors,
    made: str | None = None,
) -> Response:
    row = await queries.find_learning_time(session, actor.person_id)
    facts = (await queries.facts_of(session, [actor.person_id], on=clock.today()))[actor.person_id]
    given_minutes = given_weekly_minutes(facts)
    context: dict[str, Any] = {
        "given": given_minutes,
        "values": _as_set(row, given_minutes) | values,
        "errors": errors,
        "weekdays": list(enumerate(weekday_names(request.state.language))),
        "feeds": await queries.feeds_of(session, actor.person_id),
        "made": made,
    }
    return show(request, "learner/plan_time.html", context, status=422 if errors else 200)


def _as_set(row: Any, given_minutes: int) -> Values:
    """What the form shows first: what was set, else what holds without."""
    starts_at = row.starts_at if row else STARTS_AT
    return {
        "weekly_minutes": str(row.weekly_minutes if row else given_minutes),
        "weekday": str(row.weekday if row else WEEKDAY),
        "starts_at": starts_at.strftime("%H:%M"),
    }


@router.post("/plan/time")
async def set_learning_time(
    request: Request, session: DbSession, actor: Actor = page_permit(Permission.SELF)
) -> Response:
    """Keep it; the plan's weeks and the calendar follow."""
    values, says = await given(request), texts(request)
    errors: Errors = {}
    minutes = minutes_in(values, errors, says)
    if minutes is None:
        errors.setdefault("weekly_minutes", says.gettext("Say how many minutes a week."))
    weekday, starts_at = _weekday(values), _time(values)
    if weekday is None:
        errors["weekday"] = says.gettext("Choose a day of the week.")
    if starts_at is None:
        errors["starts_at"] = says.gettext("Write the time as hours and minutes: 14:00.")
    if errors or minutes is None:
        return await _page(request, session, actor, values, errors)
    await service.set_learning_time(
        session, acting=actor, weekly_minutes=minutes, weekday=weekday, starts_at=starts_at
    )
    await service.follow(session, person_ids=[actor.person_id], cause="learning_time")
    return redirect(request, "/plan/time", flash=says.gettext("Your learning time is kept."))


def _weekday(values: Values) -> int | None:
    written = values.get("weekday", "")
    return int(written) if written in {str(number) for number in range(7)} else None


def _time(values: Values) -> time | None:
    try:
        found = time.fromisoformat(values.get("starts_at", ""))
    except ValueError:
        return None
    return found.replace(tzinfo=None)


# -- the calendar ------------------------------------------------------------------------------------------


@router.post("/plan/time/calendar")
async def make_calendar(
    request: Request, session: DbSession, actor: Actor = page_permit(Permission.SELF)
) -> Response:
    """Make an address; the answer is the one page that ever shows it, so it is no redirect."""
    secret = await service.make_feed(session, acting=actor)
    address = f"{request.app.state.settings.base_url}/calendar/{secret}.ics"
    response = await _page(request, session, actor, {}, {}, made=address)
    response.headers["cache-control"] = "no-store"
    return response


@router.post("/plan/time/calendar/{feed_id:uuid}/revoke")
async def revoke_calendar(
    request: Request, feed_id: UUID, session: DbSession, actor: Actor = page_permit(Permission.SELF)
) -> Response:
    """Take an address back."""
    await service.revoke_feed(session, acting=actor, feed_id=feed_id)
    says = texts(request)
    return redirect(
        request, "/plan/time", flash=says.gettext("The address is taken back. It answers nobody from now on.")
    )
