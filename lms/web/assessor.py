"""An assessor's pages: the work that waits, the longest first, and one piece with its rubric."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.domain import AssignmentText, Edition
from lms.catalogue.queries import get_edition, titles_of_versions
from lms.enrolments.domain.states import NoAttemptsLeft, SubmissionState
from lms.enrolments.queries import get_submission_to_assess, list_submissions_to_assess
from lms.enrolments.service import assess_work
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError
from lms.kernel.http import DbSession
from lms.kernel.pagination import decode_cursor, encode_cursor
from lms.people.queries import names_of
from lms.web.course_view import cited, foreign, html_of, inline
from lms.web.given import Errors, Values, chosen, given, said, texts
from lms.web.session import page_permit, redirect, show
from lms.web.templating import with_query

router = APIRouter()
PAGE = 50
STATES = {SubmissionState.SUBMITTED.value: 0, SubmissionState.ASSESSED.value: 1}


@router.get("/assess")
async def queue(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(Permission.WORK_ASSESS),
    state: Annotated[str, Query(max_length=20)] = "submitted",
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """Work that waits for an assessor, the longest waiting first; or what was assessed."""
    shown_state = chosen({"state": state}, "state", STATES, SubmissionState.SUBMITTED.value)
    filters = {"state": shown_state}
    after = decode_cursor(cursor, filters=filters, parts=(UUID,))
    rows = await list_submissions_to_assess(
        session, actor=actor, state=shown_state, after=after, limit=PAGE + 1
    )
    language, last = request.state.language, rows[PAGE - 1] if len(rows) > PAGE else None
    context = {
        "state": shown_state,
        "rows": rows[:PAGE],
        "titles": await titles_of_versions(
            session, [row.course_version_id for row in rows], language=language
        ),
        "foreign": foreign,
        "today": clock.today(),
        "address": with_query("/assess", state=shown_state),
        "next_cursor": encode_cursor([last.id], filters=filters) if last else None,
        "is_first": cursor is None,
    }
    return show(request, "assessor/queue.html", context)


@router.get("/assess/{submission_id:uuid}")
async def work(
    request: Request,
    session: DbSession,
    submission_id: UUID,
    actor: Actor = page_permit(Permission.WORK_ASSESS),
) -> Response:
    """A piece of work with its brief and rubric: to assess, or as it was assessed."""
    row = await get_submission_to_assess(session, submission_id, actor=actor)
    return await _work_page(request, session, actor, row, {}, {})


async def _work_page(
    request: Request, session: AsyncSession, actor: Actor, row: Any, values: Values, errors: Errors
) -> Response:
    edition = await get_edition(session, row.course_version_id)
    written = edition.language_for(row.language)
    task = edition.assignment(row.activity, written)
    sources = edition.course.sources
    brief, reader = html_of(task.brief, sources, 3), request.state.language
    context = {
        "row": row,
        "task": task,
        "brief": brief,
        "sources": cited(sources, brief),
        "title": foreign(task.title, written, reader),
        "course_title": foreign(edition.texts[written].title, written, reader),
        "criteria": _criteria(edition, task, written, reader),
        "pass_mark": edition.course.activity(row.activity).pass_mark,
        "values": values,
        "errors": errors,
        "links": {name: f"field-{name}" for name in errors},
    }
    if row.state == SubmissionState.ASSESSED:
        names = await names_of(session, [row.assessor_id]) if row.assessor_id else {}
        context |= {"assessor": names.get(row.assessor_id, ""), "next": await _next(session, actor)}
        return show(request, "assessor/assessed.html", context)
    return show(request, "assessor/work.html", context, status=422 if errors else 200)


def _criteria(edition: Edition, task: AssignmentText, language: str, reader: str) -> list[dict[str, Any]]:
    """Each criterion with the name of its field and its levels, all from 0 points up."""

    def words(text: str) -> str:
        return foreign(inline(text, edition.course.sources), language, reader)

    return [
        {
            "id": each.id,
            "field": field_of(each.id),
            "prompt": words(each.prompt),
            "levels": [words(level) for level in each.levels],
        }
        for each in task.criteria
    ]


def field_of(criterion: str) -> str:
    """The form field of a criterion: ids are the author's, and must not meet our own field names."""
    return f"points-{criterion}"


async def _next(session: AsyncSession, actor: Actor) -> Any | None:
    """The piece of work that has waited longest, if one waits."""
    waiting = await list_submissions_to_assess(
        session, actor=actor, state=SubmissionState.SUBMITTED.value, limit=1
    )
    return waiting[0] if waiting else None


@router.post("/assess/{submission_id:uuid}")
async def assess(
    request: Request,
    session: DbSession,
    submission_id: UUID,
    actor: Actor = page_permit(Permission.WORK_ASSESS),
) -> Response:
    """Keep an assessment: points for every criterion, and words for the learner."""
    row = await get_submission_to_assess(session, submission_id, actor=actor)
    edition = await get_edition(session, row.course_version_id)
    values = await given(request)
    points, errors = _points(
        request, edition.assignment(row.activity, edition.language_for(row.language)), values
    )
    comment = values.get("comment", "")
    if not errors:
        try:
            await assess_work(
                session, acting=actor, submission_id=submission_id, points=points, comment=comment
            )
        except NoAttemptsLeft:
            await roll_back(session)
            says = texts(request).gettext("This piece of work was assessed already; nothing was changed.")
            return redirect(request, f"/assess/{submission_id}", flash=says, kind="attention")
        except DomainError as error:
            await roll_back(session)
            errors = said(error)
    if errors:
        return await _work_page(request, session, actor, row, values, errors)
    flash = texts(request).gettext("The assessment is saved, and the learner is told by mail.")
    return redirect(request, f"/assess/{submission_id}", flash=flash)


def _points(
    request: Request, task: AssignmentText, values: Mapping[str, str]
) -> tuple[dict[str, int], Errors]:
    """Points by criterion; a criterion without any has a line in the errors."""
    points, errors = dict[str, int](), Errors()
    for number, each in enumerate(task.criteria, 1):
        written = values.get(field_of(each.id), "")
        if written.isdecimal() and int(written) <= each.max_points:
            points[each.id] = int(written)
        else:
            errors[field_of(each.id)] = texts(request).gettext(
                "Choose what describes criterion %(number)s best.", number=number
            )
    return points, errors
