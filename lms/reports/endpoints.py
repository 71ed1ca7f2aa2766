"""HTTP of reports: the recognition report as JSON, CSV, XLSX and PDF, and one person's facts under it."""

import tempfile
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import FileResponse, Response, StreamingResponse
from starlette.background import BackgroundTask

from lms.catalogue.queries import get_taxonomy
from lms.completions.schemas import completion_read
from lms.kernel.access import Actor, Permission
from lms.kernel.database import Database
from lms.kernel.errors import Fault, Invalid
from lms.kernel.http import Day, DbSession, StrictRoute
from lms.kernel.pagination import PageTurn
from lms.people.permits import permit
from lms.recognition.domain import Period
from lms.reports import completion, learning_time, recognition, recognition_files
from lms.reports.export import csv_chunks, write_pdf, write_xlsx
from lms.reports.recognition import Frame
from lms.reports.schemas import OpenedRowRead, RecognitionReportRead, report_read, row_read
from lms.skills.schemas import skill_record_read

router = APIRouter(route_class=StrictRoute, tags=["reports"])

EntityKey = Annotated[str, Query(max_length=100, examples=["uneo"])]
FromDay = Annotated[Day, Query(alias="from", description="First day of the period.")]
UntilDay = Annotated[Day, Query(alias="to", description="Last day of the period.")]
Kind = Annotated[
    Literal["staff", "un_volunteer", "consultant", "intern", "gratis"],
    Query(description="Which kind of personnel; kinds are never mixed."),
]
ReportLanguage = Annotated[Literal["ar", "zh", "en", "fr", "ru", "es"] | None, Query()]


def period_of(from_on: date, until_on: date) -> Period:
    """The period, or an error that names the parameter."""
    if until_on < from_on:
        raise Invalid(
            "The period ends before it starts.", faults=[Fault("/to", "This day lies before `from`.")]
        )
    if (until_on - from_on).days > 366 * 50:
        raise Invalid("A period has fifty years at most.", faults=[Fault("/to", "Choose a shorter period.")])
    return Period(from_on, until_on)


_reader: Any = permit(Permission.REPORTS_READ)  # one object, so that a route and its frame ask once


async def _frame(
    session: DbSession,
    entity: EntityKey,
    from_on: FromDay,
    until_on: UntilDay,
    actor: Actor = _reader,
    kind: Kind = "staff",
) -> Frame:
    period = period_of(from_on, until_on)
    return await recognition.frame(session, actor=actor, entity=entity, period=period, kind=kind)


RecognitionFrame = Annotated[Frame, Depends(_frame)]
"""What every form of the recognition report is of, from the parameters they share."""


@router.get("/reports/recognition")
async def read_recognition(
    session: DbSession, turn: PageTurn, frame: RecognitionFrame, _actor: Actor = _reader
) -> RecognitionReportRead:
    """People of an entity and below, in name order, with their facts of the period and points by line."""
    period = frame.scope.period
    filters = {"list": "recognition", "entity": frame.entity, "from": period.from_on, "to": period.until_on,
               "kind": frame.scope.kinds[0]}  # fmt: skip
    after = turn.after(filters, (str, UUID))
    rows, more = await recognition.build_page(session, frame, after=after, limit=turn.limit)
    next_cursor = turn.onward([rows[-1].sort_key, rows[-1].person_id], filters) if more else None
    return report_read(frame, await recognition.build_summary(session, frame), rows, next_cursor)


@router.get("/reports/recognition/people/{person_id}")
async def open_person(
    person_id: UUID,
    session: DbSession,
    frame: RecognitionFrame,
    actor: Actor = _reader,
) -> OpenedRowRead:
    """One person's row with the completions and skill records it was added up from, and their evidence."""
    opened = await recognition.open_person(session, frame, person_id, actor=actor)
    return OpenedRowRead(
        row=row_read(opened.row),
        completions=[completion_read(each) for each in opened.completions],
        skill_records=[skill_record_read(each) for each in opened.skill_records],
    )


@router.get("/reports/recognition.csv", response_class=StreamingResponse)
async def recognition_csv(
    request: Request,
    frame: RecognitionFrame,
    actor: Actor = _reader,
    language: ReportLanguage = None,
) -> StreamingResponse:
    """All rows as CSV, streamed."""
    chosen = language or actor.language
    chunks = _csv(request.app.state.database, frame, chosen)
    return StreamingResponse(chunks, media_type="text/csv; charset=utf-8", headers=attachment(frame, "csv"))


async def _csv(database: Database, frame: Frame, language: str) -> AsyncIterator[bytes]:
    # The request's session is closed before the answer streams, so the rows have a snapshot of their own.
    async with database.snapshot() as session:
        document = recognition_files.document(
            frame, await recognition.build_summary(session, frame), language=language
        )
        taxonomy = await get_taxonomy(session)
        rows = recognition_files.rows(session, frame, taxonomy=taxonomy, language=language)
        async for chunk in csv_chunks(document, rows):
            yield chunk


def attachment(frame: Frame, ending: str) -> dict[str, str]:
    """Headers that name the file."""
    period = frame.scope.period
    name = f"recognition-{frame.entity}-{period.from_on}-{period.until_on}.{ending}"
    return {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}


@router.get("/reports/recognition.xlsx", response_class=FileResponse)
async def recognition_xlsx(
    request: Request,
    frame: RecognitionFrame,
    actor: Actor = _reader,
    language: ReportLanguage = None,
) -> Response:
    """All rows as XLSX."""
    return await _file(request.app.state.database, frame, language or actor.language, "xlsx")


@router.get("/reports/recognition.pdf", response_class=FileResponse)
async def recognition_pdf(
    request: Request,
    frame: RecognitionFrame,
    actor: Actor = _reader,
    language: ReportLanguage = None,
) -> Response:
    """All rows as PDF."""
    return await _file(request.app.state.database, frame, language or actor.language, "pdf")


@router.get("/reports/completion.csv", response_class=StreamingResponse)
async def completion_csv(
    request: Request,
    session: DbSession,
    course: Annotated[str, Query(max_length=100, examples=["partnership-essentials"])],
    entity: EntityKey,
    actor: Actor = permit(Permission.REPORTS_READ),
    language: ReportLanguage = None,
) -> StreamingResponse:
    """People of an entity and below on a course, with the state of each activity, as CSV, streamed."""
    frame = await completion.frame(session, actor=actor, entity=entity, course=course)
    chunks = _completion_csv(request.app.state.database, frame, language or actor.language)
    name = f"completion-{frame.edition.key}-{frame.entity}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return StreamingResponse(chunks, media_type="text/csv; charset=utf-8", headers=headers)


async def _completion_csv(database: Database, frame: completion.Frame, language: str) -> AsyncIterator[bytes]:
    async with database.snapshot() as session:
        document = completion.document(frame, language=language)
        async for chunk in csv_chunks(document, completion.rows(session, frame)):
            yield chunk


@router.get("/reports/learning-time.csv", response_class=StreamingResponse)
async def learning_time_csv(
    request: Request,
    session: DbSession,
    entity: EntityKey,
    year: Annotated[int, Query(ge=1990, le=2200, description="A calendar year.", examples=[2026])],
    actor: Actor = permit(Permission.LEARNING_TIME_READ),
    kind: Kind = "staff",
    language: ReportLanguage = None,
) -> StreamingResponse:
    """Minutes planned, protected and used by an entity's people, and by each office under it, as CSV.

    What rests on fewer than five people is empty, and so is what would tell it.
    """
    frame = await learning_time.frame(session, actor=actor, entity=entity, year=year, kind=kind)
    chunks = _learning_time_csv(request.app.state.database, frame, language or actor.language)
    name = f"learning-time-{frame.entity}-{frame.year}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return StreamingResponse(chunks, media_type="text/csv; charset=utf-8", headers=headers)


async def _learning_time_csv(
    database: Database, frame: learning_time.Frame, language: str
) -> AsyncIterator[bytes]:
    async with database.snapshot() as session:
        document = learning_time.document(frame, language=language)
        async for chunk in csv_chunks(document, learning_time.rows(session, frame)):
            yield chunk


TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


async def _file(database: Database, frame: Frame, language: str, ending: Literal["xlsx", "pdf"]) -> Response:
    """Write the whole file beside, then send it and remove it."""
    folder = tempfile.TemporaryDirectory(prefix="lms-report-")
    path = Path(folder.name) / f"report.{ending}"
    write = write_xlsx if ending == "xlsx" else write_pdf
    try:
        async with database.snapshot() as session:
            document = recognition_files.document(
                frame, await recognition.build_summary(session, frame), language=language
            )
            taxonomy = await get_taxonomy(session)
            rows = recognition_files.rows(session, frame, taxonomy=taxonomy, language=language)
            await write(document, rows, path)
    except BaseException:
        folder.cleanup()
        raise
    headers = attachment(frame, ending)
    return FileResponse(
        path, media_type=TYPES[ending], headers=headers, background=BackgroundTask(folder.cleanup)
    )
