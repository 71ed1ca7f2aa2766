"""Pages of waivers: those given to one's people, and the form by which one is given."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.domain.errors import CourseNotFound
from lms.catalogue.queries import titles_of_versions, titles_on_offer
from lms.completions import queries
from lms.completions.domain import Source
from lms.completions.domain.waivers import MOST_MONTHS, AlreadyWaived
from lms.completions.waivers import waive
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError, NotAllowed
from lms.kernel.http import DbSession
from lms.kernel.pagination import decode_cursor, encode_cursor
from lms.people.domain import PersonNotFound
from lms.people.queries import names_of
from lms.web.course_view import foreign
from lms.web.given import Errors, Values, day_in, given, require, texts
from lms.web.session import page_permit, redirect, show

router = APIRouter()
PAGE, REASON_MOST = 50, 2000
_WAIVE = Permission.COMPLETIONS_WAIVE


@router.get("/waivers")
async def list_waivers(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(_WAIVE),
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """Waivers given to one's people, latest first."""
    rows = await queries.list_completions(
        session,
        actor=actor,
        source=Source.WAIVER,
        after=decode_cursor(cursor, filters={}, parts=(UUID,)),
        limit=PAGE + 1,
        permission=_WAIVE,
    )
    shown, language = rows[:PAGE], request.state.language
    context = {
        "rows": shown,
        "givers": await names_of(session, [row.recorded_by_id for row in shown]),
        "titles": await titles_of_versions(
            session, [row.course_version_id for row in shown], language=language
        ),
        "foreign": foreign,
        "today": clock.today(),
        "may_decide": actor.may(Permission.EQUIVALENCES_DECIDE),
        "may_open": actor.may(Permission.PEOPLE_READ),
        "may_revoke": actor.may(Permission.COMPLETIONS_REVOKE),
        "next_cursor": encode_cursor([shown[-1].id], filters={}) if len(rows) > PAGE else None,
        "is_first": cursor is None,
    }
    return show(request, "register/waivers.html", context)


@router.get("/waivers/new")
async def waive_page(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(_WAIVE),
    person: Annotated[str, Query(max_length=254)] = "",
) -> Response:
    """The form by which a course is waived for somebody."""
    return await _form(request, session, {"person": person}, {})


async def _form(request: Request, session: AsyncSession, values: Values, errors: Errors) -> Response:
    offered = await titles_on_offer(session, language=request.state.language)
    context = {
        "values": values,
        "errors": errors,
        "courses": [(each.key, each.title) for each in offered],
        "most_months": MOST_MONTHS,
        "reason_most": REASON_MOST,
        "today": clock.today(),
    }
    return show(request, "register/waive.html", context, status=422 if errors else 200)


@router.post("/waivers/new")
async def give(request: Request, session: DbSession, actor: Actor = page_permit(_WAIVE)) -> Response:
    """Waive it; sent twice it is one waiver."""
    values, errors = await given(request), Errors()
    day = _checked(request, values, errors)
    if day is not None and not errors:
        try:
            await waive(
                session,
                acting=actor,
                person=values["person"],
                course=values["course"],
                reason=values["reason"][:REASON_MOST],
                valid_until=day,
            )
        except DomainError as error:
            await roll_back(session)
            errors = _refused(request, error)
    if errors:
        return await _form(request, session, values, errors)
    flash = texts(request).gettext("The course is waived. The person is told by mail and sees your reason.")
    return redirect(request, "/waivers", flash=flash)


def _checked(request: Request, values: Values, errors: Errors) -> date | None:
    says = texts(request)
    _ = says.gettext
    sentences = {
        "person": _("Give the person's e-mail."),
        "course": _("Choose the course."),
        "reason": _("Say why the person need not take it."),
        "valid_until": _("Give the last day of the waiver."),
    }
    require(values, errors, sentences)
    return day_in(values, "valid_until", errors, says)


def _refused(request: Request, error: DomainError) -> Errors:
    _ = texts(request).gettext
    words: dict[type[Any], tuple[str, str]] = {
        PersonNotFound: ("person", _("There is no person with this e-mail for whom you may waive a course.")),
        NotAllowed: ("person", _("Nobody waives a course for themselves.")),
        CourseNotFound: ("course", _("This course is not on offer.")),
        AlreadyWaived: ("", _("This course is waived for this person already, as long or longer.")),
    }
    for kind, (field, sentence) in words.items():
        if isinstance(error, kind):
            return {field: sentence}
    sentence = _("Choose a day after today and no later than the course would be valid.")
    return {"valid_until": sentence}
