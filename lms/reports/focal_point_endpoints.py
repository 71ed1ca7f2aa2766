"""HTTP of the report on focal points, as JSON and CSV."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession, StrictRoute
from lms.people.permits import permit
from lms.reports import focal_points
from lms.reports.count_schemas import Hidable, UnitRead, unit_read
from lms.reports.endpoints import ReportLanguage
from lms.reports.export import csv_chunks
from lms.reports.focal_points import FocalPointsRow

router = APIRouter(route_class=StrictRoute, tags=["reports"])
Entity = Annotated[
    str | None,
    Query(
        max_length=100, examples=["uneo"], description="With the offices below it; left out: all you may see."
    ),
]


class OfficeRead(BaseModel):
    """An office."""

    key: str
    name: str


class FocalPointsRowRead(BaseModel):
    """An entity with the offices below it (null: all together). `exchanges` are null outside one's own entity."""

    entity: UnitRead | None
    offices: int
    offices_with_one: int = Field(description="With a focal point of their own.")
    without_one: list[OfficeRead]
    focal_points: int
    answers: dict[str, dict[str, Hidable]] = Field(
        description="Focal points by question (`share` of working time, `sponsor`, `support` by the head of office, "
        "`exchange` with a company within a year) and answer; null: not shown."
    )
    exchanges: Hidable


class FocalPointsReportRead(BaseModel):
    """The report on focal points. `small_hidden`: not all of it is one's own entity, so small figures are null."""

    moment: datetime
    since: date = Field(description="Exchanges that ended from this day on are counted.")
    small_hidden: bool
    rows: list[FocalPointsRowRead]


@router.get("/reports/focal-points")
async def read_report(
    session: DbSession, entity: Entity = None, actor: Actor = permit(Permission.FOCAL_POINTS_READ)
) -> FocalPointsReportRead:
    """Offices with and without a focal point, and what time and support focal points say they have."""
    frame = await focal_points.frame(session, actor=actor, entity=entity)
    rows = [_row(each) for each in await focal_points.build(session, frame)]
    return FocalPointsReportRead(
        moment=frame.moment, since=frame.since, small_hidden=frame.reach.outside, rows=rows
    )


def _row(row: FocalPointsRow) -> FocalPointsRowRead:
    return FocalPointsRowRead(
        entity=unit_read(row.unit),
        offices=row.offices,
        offices_with_one=row.offices_with_one,
        without_one=[OfficeRead(key=key, name=name) for key, name in row.missing],
        focal_points=row.focal_points,
        answers={question: dict(answers) for question, answers in row.answers.items()},
        exchanges=row.exchanges,
    )


@router.get("/reports/focal-points.csv", response_class=StreamingResponse)
async def report_csv(
    session: DbSession,
    entity: Entity = None,
    actor: Actor = permit(Permission.FOCAL_POINTS_READ),
    language: ReportLanguage = None,
) -> StreamingResponse:
    """The same as CSV, without the row of all together."""
    frame = await focal_points.frame(session, actor=actor, entity=entity, language=language)
    rows = await focal_points.build(session, frame)
    chunks = csv_chunks(focal_points.document(frame), focal_points.file_rows(rows))
    name = f"focal-points-{entity or 'all'}-{frame.moment.date()}.csv"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingResponse(chunks, media_type="text/csv; charset=utf-8", headers=headers)
