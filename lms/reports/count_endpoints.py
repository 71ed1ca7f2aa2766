"""HTTP of reports that count people and name nobody: participation and coverage, as JSON, CSV and XLSX."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse, Response, StreamingResponse
from starlette.background import BackgroundTask

from lms.kernel.access import Actor, Permission
from lms.kernel.http import Day, DbSession, StrictRoute
from lms.kernel.pagination import PageTurn
from lms.people.permits import permit
from lms.reports import coverage, participation
from lms.reports.count_files import (
    coverage_document,
    coverage_rows,
    participation_document,
    participation_rows,
)
from lms.reports.count_schemas import (
    CoverageOpenedRead,
    CoverageRead,
    ParticipationRead,
    coverage_read,
    opened_read,
    participation_read,
)
from lms.reports.endpoints import TYPES, FromDay, Kind, ReportLanguage, UntilDay, period_of
from lms.reports.export import Document, Row, csv_chunks, write_xlsx
from lms.reports.participation import By, place_of

router = APIRouter(route_class=StrictRoute, tags=["reports"])

Entity = Annotated[
    str | None,
    Query(
        max_length=100, examples=["uneo"], description="With the offices below it; left out: all you may see."
    ),
]
AsAt = Annotated[
    Day | None, Query(description="As it stood at the end of this day, in your own entity only.")
]
ByPeriod = Annotated[By, Query(description="Months in your own entity only.")]


@router.get("/reports/coverage")
async def read_coverage(
    session: DbSession,
    entity: Entity = None,
    actor: Actor = permit(Permission.COVERAGE_READ),
    kind: Kind = "staff",
    as_at: AsAt = None,
) -> CoverageRead:
    """Who holds and whose profile asks, by entity, focus and skill area, with the courses that teach it."""
    frame = await coverage.frame(session, actor=actor, entity=entity, kind=kind, as_at=as_at)
    return coverage_read(await coverage.build(session, frame))


@router.get("/reports/coverage/competencies")
async def open_coverage(
    session: DbSession,
    entity: Annotated[str, Query(max_length=100, examples=["uneo"])],
    skill_area: Annotated[str, Query(max_length=100, examples=["legal"])],
    focus: Annotated[
        str | None, Query(max_length=100, description="One of the entity's; none where it has none.")
    ] = None,
    actor: Actor = permit(Permission.COVERAGE_READ),
    kind: Kind = "staff",
    as_at: AsAt = None,
) -> CoverageOpenedRead:
    """One cell of the coverage report, opened into its competencies and courses."""
    frame = await coverage.frame(session, actor=actor, entity=entity, kind=kind, as_at=as_at)
    row, competencies = await coverage.open_cell(session, frame, skill_area=skill_area, focus=focus)
    return opened_read(row, skill_area, competencies, moment=frame.moment, hidden=frame.reach.outside)


@router.get("/reports/coverage.csv", response_class=StreamingResponse)
async def coverage_csv(
    session: DbSession,
    entity: Entity = None,
    actor: Actor = permit(Permission.COVERAGE_READ),
    kind: Kind = "staff",
    as_at: AsAt = None,
    language: ReportLanguage = None,
) -> StreamingResponse:
    """All cells as CSV."""
    frame = await coverage.frame(
        session, actor=actor, entity=entity, kind=kind, as_at=as_at, language=language
    )
    found = await coverage.build(session, frame)
    return _csv(coverage_document(found), coverage_rows(found), f"coverage-{entity or 'all'}-{frame.day}")


@router.get("/reports/coverage.xlsx", response_class=FileResponse)
async def coverage_xlsx(
    session: DbSession,
    entity: Entity = None,
    actor: Actor = permit(Permission.COVERAGE_READ),
    kind: Kind = "staff",
    as_at: AsAt = None,
    language: ReportLanguage = None,
) -> Response:
    """All cells as XLSX."""
    frame = await coverage.frame(
        session, actor=actor, entity=entity, kind=kind, as_at=as_at, language=language
    )
    found = await coverage.build(session, frame)
    name = f"coverage-{entity or 'all'}-{frame.day}"
    return await _xlsx(coverage_document(found), coverage_rows(found), name)


@router.get("/reports/participation")
async def read_participation(
    session: DbSession,
    turn: PageTurn,
    from_on: FromDay,
    until_on: UntilDay,
    entity: Entity = None,
    actor: Actor = permit(Permission.COVERAGE_READ),
    kind: Kind = "staff",
    by: ByPeriod = "year",
) -> ParticipationRead:
    """People enrolled in each course, and those who completed it, by entity and month or year."""
    filters = {
        "list": "participation",
        "entity": entity,
        "from": from_on,
        "to": until_on,
        "kind": kind,
        "by": by,
    }
    after = turn.after(filters, (str, str, str))
    period = period_of(from_on, until_on)
    frame = await participation.frame(session, actor=actor, entity=entity, period=period, kind=kind, by=by)
    found = await participation.build(session, frame)
    rows = [row for row in found.rows() if after is None or place_of(row) > tuple(after)]
    return participation_read(found, rows[: turn.limit], turn.cursor(rows, filters, place_of))


@router.get("/reports/participation.csv", response_class=StreamingResponse)
async def participation_csv(
    session: DbSession,
    from_on: FromDay,
    until_on: UntilDay,
    entity: Entity = None,
    actor: Actor = permit(Permission.COVERAGE_READ),
    kind: Kind = "staff",
    by: ByPeriod = "year",
    language: ReportLanguage = None,
) -> StreamingResponse:
    """All rows but sums as CSV."""
    frame = await participation.frame(
        session,
        actor=actor,
        entity=entity,
        period=period_of(from_on, until_on),
        kind=kind,
        by=by,
        language=language,
    )
    found = await participation.build(session, frame)
    name = f"participation-{entity or 'all'}-{from_on}-{until_on}"
    return _csv(participation_document(found), participation_rows(found), name)


@router.get("/reports/participation.xlsx", response_class=FileResponse)
async def participation_xlsx(
    session: DbSession,
    from_on: FromDay,
    until_on: UntilDay,
    entity: Entity = None,
    actor: Actor = permit(Permission.COVERAGE_READ),
    kind: Kind = "staff",
    by: ByPeriod = "year",
    language: ReportLanguage = None,
) -> Response:
    """All rows but sums as XLSX."""
    frame = await participation.frame(
        session,
        actor=actor,
        entity=entity,
        period=period_of(from_on, until_on),
        kind=kind,
        by=by,
        language=language,
    )
    found = await participation.build(session, frame)
    name = f"participation-{entity or 'all'}-{from_on}-{until_on}"
    return await _xlsx(participation_document(found), participation_rows(found), name)


def _csv(document: Document, rows: AsyncIterator[Row], name: str) -> StreamingResponse:
    chunks = csv_chunks(document, rows)
    return StreamingResponse(chunks, media_type="text/csv; charset=utf-8", headers=_attached(f"{name}.csv"))


async def _xlsx(document: Document, rows: AsyncIterator[Row], name: str) -> Response:
    folder = tempfile.TemporaryDirectory(prefix="lms-report-")
    path = Path(folder.name) / "report.xlsx"
    try:
        await write_xlsx(document, rows, path)
    except BaseException:
        folder.cleanup()
        raise
    headers, clear = _attached(f"{name}.xlsx"), BackgroundTask(folder.cleanup)
    return FileResponse(path, media_type=TYPES["xlsx"], headers=headers, background=clear)


def _attached(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
