"""Pages of a learner's own learning: what to do next, and what a completed course brought."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from lms.catalogue.domain import Edition, Taxonomy
from lms.catalogue.queries import CourseFilters, get_editions, get_taxonomy, list_course_versions
from lms.completions.queries import list_completions
from lms.enrolments.domain.states import EnrolmentState
from lms.enrolments.queries import find_own_enrolment_by_key
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession
from lms.people.queries import focuses_of, names_of
from lms.plans.queries import find_active_plan, proposals_to
from lms.plans.service import Terms, suggest
from lms.skills.queries import list_skill_records
from lms.web.assigned import own_assignments
from lms.web.course_view import (
    enrolment_state,
    foreign,
    last_moved,
    resume_at,
    title_of,
    waits,
)
from lms.web.own_courses import OwnCourses, ToRenew, own_courses
from lms.web.plan_view import asker, next_of, numbered, steps_of
from lms.web.prior_learning import own_requests
from lms.web.record import level_of
from lms.web.session import page_permit, show

router = APIRouter()


# -- my learning -------------------------------------------------------------------------------------------


@router.get("/learning")
async def my_learning(
    request: Request, session: DbSession, actor: Actor = page_permit(Permission.SELF)
) -> Response:
    """One next step on top, then what is going on, what was assigned and what is done."""
    own = await own_courses(session, actor)
    active = [row for row in own.enrolments.values() if row.state == EnrolmentState.ACTIVE]
    assigners = [row.assigned_by_id for row in active if row.assigned_by_id]
    names = await names_of(session, assigners)
    steps = [_step(request, row, own.edition_of(row), names) for row in active]
    steps.sort(key=lambda step: step["moved"], reverse=True)
    todo = [step for step in steps if not step["waits"]]
    step = _most_urgent(todo)
    context = {
        "next": step,
        "suggestion": None if todo else await suggestion(request, session, actor, own),
        "assigned": sorted(
            (step for step in todo if step["assigned_by"]),
            key=lambda step: (step["due_on"] is None, step["due_on"]),
        ),
        "going_on": [each for each in todo if not each["assigned_by"] and each is not step],
        "waiting": [each for each in steps if each["waits"]],
        "to_renew": [_to_renew(request, own, each) for each in own.to_renew()],
        "completed": await _completed(request, session, own),
        "requests": await own_requests(request, session, actor),
        "foreign": foreign,
        "by_rule": await own_assignments(request, session, actor),
        "proposals": await proposals_to(session, actor.person_id),
        "today": clock.today(),
    }
    return show(request, "learner/learning.html", context)


def _step(request: Request, row: Any, pinned: Edition, names: dict[Any, str]) -> dict[str, Any]:
    """A course someone is on, with where they go on."""
    reader, at = request.state.language, resume_at(pinned, row)
    return {
        "title": foreign(pinned.texts[row.language].title, row.language, reader),
        "href": f"/learn/{row.course}",
        "resume": f"/learn/{row.course}/{at.key}" if at else f"/learn/{row.course}",
        "stopped_at": foreign(title_of(pinned, row, at.key), row.language, reader) if at else None,
        "begun": bool(row.progress),
        "minutes": pinned.course.minutes,
        "state": enrolment_state(row, pinned),
        "waits": waits(pinned.course, row.progress),
        "assigned_by": names.get(row.assigned_by_id) if row.assigned_by_id else None,
        "due_on": row.due_on,
        "moved": last_moved(row.progress) or row.enrolled_at.isoformat(),
    }


def _to_renew(request: Request, own: OwnCourses, each: ToRenew) -> dict[str, Any]:
    """A completion to be renewed, with what that takes."""
    card = own.card(request, each.completion.course_id, each.edition)
    return {**card, "key": each.edition.key, "completion": each.completion, "minutes": each.minutes,
            "is_short": each.is_short}  # fmt: skip


def _most_urgent(todo: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """What is due first; without a day, what was worked on last. `todo` stands in that order."""
    due = [step for step in todo if step["due_on"] is not None]
    return min(due, key=lambda step: step["due_on"]) if due else next(iter(todo), None)


async def _completed(request: Request, session: DbSession, own: OwnCourses) -> list[dict[str, Any]]:
    """Courses completed, here or elsewhere, the latest first."""
    rows = sorted(own.completions.values(), key=lambda row: (row.occurred_on, row.id), reverse=True)
    editions = await get_editions(session, [row.course_version_id for row in rows])
    return [
        {
            **own.card(request, row.course_id, editions[row.course_version_id]),
            "row": row,
            "waits": own.waits(row.course_id),
        }
        for row in rows
    ]


async def suggestion(
    request: Request, session: DbSession, actor: Actor, own: OwnCourses
) -> dict[str, Any] | None:
    """What could be next: the next step of one's plan with its reason; where there is none, what the catalogue has."""
    plan = await find_active_plan(session, actor.person_id)
    content = (
        plan.content if plan else (await suggest(session, actor.person_id, Terms(clock.today()))).content
    )
    if not content["steps"]:
        return await _from_catalogue(request, session, actor, own)
    reader = await asker(request, session, actor, own=own)
    step = next_of(steps_of(numbered(reader.words, content), content, reader))
    ref = reader.refs.get(step["key"]) if step else None
    if step is None or ref is None:
        return await _from_catalogue(request, session, actor, own)
    edition = (await get_editions(session, [ref.version_id]))[ref.version_id]
    card: dict[str, Any] = own.card(request, ref.id, edition)["course"]
    return {**card, "reason": step["why"][0], "in_plan": plan is not None, "for_focus": False}


async def _from_catalogue(
    request: Request, session: DbSession, actor: Actor, own: OwnCourses
) -> dict[str, Any] | None:
    """The first course of the catalogue's order for this person that they have not done and may begin."""
    first = await focuses_of(session, actor.person_id)
    rows = await list_course_versions(session, CourseFilters(), first_focuses=first, limit=50)
    fresh = [row for row in rows if row.id not in own.completions and row.id not in own.enrolments]
    editions = await get_editions(session, [row.current_version_id for row in fresh])
    known = {editions[row.current_version_id].key for row in fresh}
    for row in fresh:
        edition = editions[row.current_version_id]
        if not known.intersection(edition.course.prerequisites):
            card: dict[str, Any] = own.card(request, row.id, edition)["course"]
            return {**card, "for_focus": bool(first) and row.rank == 0, "reason": None, "in_plan": False}
    return None


# -- a course is completed ---------------------------------------------------------------------------------


@router.get("/courses/{key}/completed")
async def course_completed(
    request: Request, key: str, session: DbSession, actor: Actor = page_permit(Permission.SELF)
) -> Response:
    """You have completed it: the skill records that came of it, and what could be next."""
    row = await find_own_enrolment_by_key(session, key, actor=actor)
    if row is None or row.state != EnrolmentState.COMPLETED:
        return RedirectResponse(f"/courses/{key}", status_code=303)
    own = await own_courses(session, actor)
    edition = own.edition_of(row)
    completions = await list_completions(
        session, actor=actor, person_id=actor.person_id, course_id=row.course_id
    )
    completion = next((each for each in completions if each.enrolment_id == row.id), None)
    taxonomy, rest = await get_taxonomy(session), resume_at(edition, row)
    context = {
        "course": edition.course,
        "title": foreign(edition.texts[row.language].title, row.language, request.state.language),
        "written": row.language,
        "completion": completion,
        "records": await _records(request, session, actor, row, taxonomy),
        "waiting": enrolment_state(row, edition)["state"] == "waiting",
        "suggestion": await suggestion(request, session, actor, own),
        "rest": rest and {"key": rest.key, "title": title_of(edition, row, rest.key)},
    }
    return show(request, "learner/completed.html", context)


async def _records(
    request: Request, session: DbSession, actor: Actor, row: Any, taxonomy: Taxonomy
) -> list[dict[str, Any]]:
    """Skill records that rest on this version of the course, from the day it was completed."""
    since = row.completed_at.date()
    found = await list_skill_records(
        session, actor=actor, person_id=actor.person_id, from_on=since, limit=200
    )
    return [
        {"row": each, **level_of(taxonomy, each.competency, each.level, request.state.language)}
        for each in found
        if each.course_version_id == row.course_version_id and each.revoked_at is None
    ]
