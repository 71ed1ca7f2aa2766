"""An assessor's pages of prior learning: requests that wait, and one to confirm or to refuse."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.domain import Edition
from lms.catalogue.queries import get_edition, get_taxonomy, titles_of_versions
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError
from lms.kernel.http import DbSession
from lms.kernel.pagination import decode_cursor, encode_cursor
from lms.prior_learning import queries, service
from lms.prior_learning.domain import Confirmed, RequestClosed, RequestState
from lms.skills.domain import PRIOR_LEARNING
from lms.web.course_view import foreign
from lms.web.given import Errors, Values, given, texts
from lms.web.prior_learning import request_view
from lms.web.record import level_of
from lms.web.session import page_permit, redirect, show

router = APIRouter()
PAGE, WORDS_MOST, NOTE_MOST = 50, 10_000, 2000
QUEUE = "/assess/prior-learning"


@router.get(QUEUE)
async def queue(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(Permission.WORK_ASSESS),
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """Requests that wait for an assessor, the longest waiting first."""
    after = decode_cursor(cursor, filters={}, parts=(UUID,))
    rows = await queries.list_requests_to_assess(
        session, actor=actor, state=RequestState.SUBMITTED, after=after, limit=PAGE + 1
    )
    shown, language = rows[:PAGE], request.state.language
    context = {
        "rows": shown,
        "titles": await titles_of_versions(
            session, [row.course_version_id for row in shown], language=language
        ),
        "foreign": foreign,
        "today": clock.today(),
        "next_cursor": encode_cursor([shown[-1].id], filters={}) if len(rows) > PAGE else None,
        "is_first": cursor is None,
    }
    return show(request, "assessor/prior_queue.html", context)


@router.get(QUEUE + "/{request_id:uuid}")
async def one(
    request: Request,
    request_id: UUID,
    session: DbSession,
    actor: Actor = page_permit(Permission.WORK_ASSESS),
) -> Response:
    """One request: to decide, or as it was decided."""
    row = await queries.get_request_to_assess(session, request_id, actor=actor)
    return await _page(request, session, row, {}, {})


async def _page(
    request: Request, session: AsyncSession, row: Any, values: Values, errors: Errors
) -> Response:
    edition = await get_edition(session, row.course_version_id)
    context = {
        **await request_view(request, session, row, edition),
        "competencies": await _competencies(request, session, edition),
        "values": values,
        "errors": errors,
        "words_most": WORDS_MOST,
        "note_most": NOTE_MOST,
    }
    return show(request, "assessor/prior_request.html", context, status=422 if errors else 200)


async def _competencies(request: Request, session: AsyncSession, edition: Edition) -> list[dict[str, Any]]:
    """What the course teaches, each with the levels that prior learning may be confirmed at."""
    taxonomy, reader = await get_taxonomy(session), request.state.language
    found = []
    for each in edition.course.teaches:
        levels = [
            level_of(taxonomy, each.competency, level, reader) | {"level": level}
            for level in range(1, taxonomy.ceiling(PRIOR_LEARNING) + 1)
        ]
        name = level_of(taxonomy, each.competency, 0, reader)["name"]
        found.append({"field": field_of(each.competency), "name": name, "levels": levels})
    return found


def field_of(competency: str) -> str:
    """The form field of a competency's level; the note beside it is `note-` and the same."""
    return f"level-{competency}"


@router.post(QUEUE + "/{request_id:uuid}")
async def decide(
    request: Request,
    request_id: UUID,
    session: DbSession,
    actor: Actor = page_permit(Permission.WORK_ASSESS),
) -> Response:
    """Confirm with a level for each competency, or refuse; either with words for the person."""
    row = await queries.get_request_to_assess(session, request_id, actor=actor)
    edition = await get_edition(session, row.course_version_id)
    values, errors = await given(request), Errors()
    refusing = values.get("do") == "refuse"
    confirmed = [] if refusing else _confirmed(request, edition, values, errors)
    if not values.get("words"):
        errors["words"] = texts(request).gettext("Say what you base this on; the person reads it.")
    if not errors:
        try:
            await _act(session, actor, request_id, confirmed, values["words"][:WORDS_MOST])
        except RequestClosed:
            await roll_back(session)
            says = texts(request).gettext("Somebody decided this request before you; nothing was changed.")
            return redirect(request, f"{QUEUE}/{request_id}", flash=says, kind="attention")
        except DomainError as error:
            await roll_back(session)
            errors = _wrong(request, error)
    if errors:
        return await _page(request, session, row, values, errors)
    flash = texts(request).gettext("The decision is saved, and the person is told by mail.")
    return redirect(request, f"{QUEUE}/{request_id}", flash=flash)


async def _act(
    session: AsyncSession, actor: Actor, request_id: UUID, confirmed: list[Confirmed], words: str
) -> None:
    if confirmed:
        await service.confirm(session, acting=actor, request_id=request_id, confirmed=confirmed, words=words)
    else:
        await service.refuse(session, acting=actor, request_id=request_id, words=words)


def _confirmed(
    request: Request, edition: Edition, values: Mapping[str, str], errors: Errors
) -> list[Confirmed]:
    """A level for each competency; one without has a line in the errors."""
    found = []
    for each in edition.course.teaches:
        written = values.get(field_of(each.competency), "")
        if written.isdecimal() and len(written) == 1:
            note = values.get(f"note-{each.competency}", "")[:NOTE_MOST]
            found.append(Confirmed(each.competency, int(written), note))
        else:
            errors[field_of(each.competency)] = texts(request).gettext(
                "Choose a level for each competency; “not shown” is one of the answers."
            )
    return found


def _wrong(request: Request, error: DomainError) -> Errors:
    """Levels come from our own choices, so what is left is that none was shown."""
    if any(fault.pointer == "/levels" for fault in error.faults):
        return {"": texts(request).gettext("Confirm one competency at least, or refuse the request.")}
    return {"": error.detail}
