"""A supervisor's page: who reports to me, the courses I assigned and the plans I proposed; nothing else of them."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.domain.errors import CourseNotFound
from lms.catalogue.queries import titles_of_versions, titles_on_offer
from lms.enrolments.domain.states import AlreadyEnrolled, EnrolmentState, PrerequisiteMissing
from lms.enrolments.queries import assigned_in_team
from lms.enrolments.service import enrol
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError, NotAllowed
from lms.kernel.http import DbSession
from lms.people.queries import team_of
from lms.plans.queries import latest_proposals_by
from lms.web.assigned_view import requests_waiting
from lms.web.course_view import foreign
from lms.web.given import Errors, Values, day_in, given, require, said, texts
from lms.web.session import page_permit, redirect, show

router = APIRouter()


@router.get("/team")
async def team(
    request: Request, session: DbSession, actor: Actor = page_permit(Permission.TEAM_READ)
) -> Response:
    """Those who report to me today, each with the courses I assigned."""
    members = _once(await team_of(session, actor.person_id))
    rows = await assigned_in_team(session, supervisor_id=actor.person_id)
    language = request.state.language
    context = {
        "members": members,
        "assigned": _by_person(rows),
        "proposed": await latest_proposals_by(session, actor.person_id, [each.id for each in members]),
        "titles": await titles_of_versions(
            session, [row.course_version_id for row in rows], language=language
        ),
        "requests": len(await requests_waiting(session, actor)),
        "foreign": foreign,
        "today": clock.today(),
    }
    return show(request, "supervisor/team.html", context)


def _once(members: Any) -> list[Any]:
    """Someone with two affiliations under the same officer is one member."""
    return list({member.id: member for member in members}.values())


def _by_person(rows: Any) -> dict[UUID, list[Any]]:
    """Each course once by person: what was withdrawn from and assigned anew is one line, done if it is done."""
    best: dict[tuple[UUID, str], Any] = {}
    for row in rows:
        known = best.get((row.person_id, row.course))
        if known is None or _rank(row) >= _rank(known):
            best[row.person_id, row.course] = row
    lists: dict[UUID, list[Any]] = {}
    for row in best.values():
        lists.setdefault(row.person_id, []).append(row)
    return {person: sorted(each, key=_due) for person, each in lists.items()}


def _rank(row: Any) -> int:
    return {EnrolmentState.COMPLETED: 2, EnrolmentState.ACTIVE: 1}.get(EnrolmentState(row.state), 0)


def _due(row: Any) -> tuple[bool, date]:
    """What is not done first, the soonest due first."""
    return row.state == EnrolmentState.COMPLETED, row.due_on or date.max


@router.get("/team/assign")
async def assign_page(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(Permission.TEAM_READ),
    person: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """The form by which a course is assigned."""
    return await _assign_form(request, session, actor, {"person": person}, {})


async def _assign_form(
    request: Request, session: AsyncSession, actor: Actor, values: Values, errors: Errors
) -> Response:
    members = _once(await team_of(session, actor.person_id))
    offered = await titles_on_offer(session, language=request.state.language)
    context = {
        "values": values,
        "errors": errors,
        "members": [(member.id, member.name) for member in members],
        "courses": [(each.key, each.title) for each in offered],
        "today": clock.today(),
    }
    return show(request, "supervisor/assign.html", context, status=422 if errors else 200)


@router.post("/team/assign")
async def assign(
    request: Request, session: DbSession, actor: Actor = page_permit(Permission.TEAM_READ)
) -> Response:
    """Put a member of the team on a course, with a day by which it is due where one was given."""
    values, errors = await given(request), Errors()
    due_on, person = _checked(request, values, errors)
    if person is not None and not errors:
        try:
            await enrol(session, acting=actor, course=values["course"], person_id=person, due_on=due_on)
        except DomainError as error:
            await roll_back(session)
            errors = _refused(request, error)
    if errors:
        return await _assign_form(request, session, actor, values, errors)
    return redirect(
        request, "/team", flash=texts(request).gettext("The course is assigned; the person gets a mail.")
    )


def _checked(request: Request, values: Values, errors: Errors) -> tuple[date | None, UUID | None]:
    says = texts(request)
    who, what = says.gettext("Choose who is to take it."), says.gettext("Choose the course.")
    person = _person(values, errors, who)
    require(values, errors, {"course": what})
    due_on = day_in(values, "due_on", errors, says)
    if due_on is not None and due_on < clock.today():
        errors["due_on"] = says.gettext("This day is past. Choose a day from today on.")
    return due_on, person


def _person(values: Values, errors: Errors, sentence: str) -> UUID | None:
    try:
        return UUID(values.get("person", ""))
    except ValueError:
        errors["person"] = sentence
        return None


def _refused(request: Request, error: DomainError) -> Errors:
    _ = texts(request).gettext
    field = "person" if isinstance(error, NotAllowed) else "course"
    words: dict[type[DomainError], str] = {
        AlreadyEnrolled: _("This person is on this course already."),
        PrerequisiteMissing: _("Another course comes before this one, and this person has not completed it."),
        CourseNotFound: _("This course is not on offer."),
        NotAllowed: _("You assign courses to those who report to you."),
    }
    return {field: next(iter(said(error, words).values()))}
