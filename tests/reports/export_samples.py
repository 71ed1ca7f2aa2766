"""A small report for the tests of its files: six kinds of column, names in four scripts."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

from lms.reports.export import (
    BarChart,
    Column,
    Document,
    Row,
    csv_chunks,
    write_pdf,
    write_xlsx,
)

ISSUED = dt.datetime(2026, 11, 1, 8, 5, tzinfo=dt.UTC)
COLUMNS = (
    Column("name", "Name", "text", 30),
    Column("completions", "Courses", "integer"),
    Column("points", "Points", "hundredths"),
    Column("learning_minutes", "Learning time", "minutes"),
    Column("completed_on", "Completed on", "day"),
    Column("recorded_at", "Recorded", "moment", 18),
)
NAMES = ("Amina Diallo", "محمد عبد الله", "李小龙", "Ольга Кузнецова", "François Lefèvre")


def document(**changes: Any) -> Document:
    """A report in English of those columns, changed as told."""
    frame: dict[str, Any] = {
        "title": "Recognition report",
        "subtitle": "Economic and Social Commission for Western Asia",
        "facts": [("Entity", "ESCWA"), ("Period", "January to October 2026")],
        "columns": COLUMNS,
        "notes": ["Rows stand in name order."],
        "charts": [
            BarChart("How many hours did each focus take?", "hours", [("Health", 1250.5), ("Law", 0)])
        ],
        "issued_at": ISSUED,
    }
    return Document(**{**frame, **changes})


def row(number: int) -> tuple[Any, ...]:
    """One line; the same number gives the same line."""
    day = dt.date(2026, 1, 1) + dt.timedelta(days=number % 300)
    return (NAMES[number % 5], number, number * 37 - 99, number, day, ISSUED + dt.timedelta(minutes=number))


async def stream(rows: Iterable[Row]) -> AsyncIterator[Row]:
    """The rows as a report yields them."""
    for each in rows:
        await asyncio.sleep(0)
        yield each


async def _chunks(made: Document, rows: Iterable[Row]) -> list[bytes]:
    return [chunk async for chunk in csv_chunks(made, stream(rows))]


def csv_of(rows: Iterable[Row], made: Document | None = None) -> list[bytes]:
    """The chunks of a CSV file."""
    return asyncio.run(_chunks(made or document(), rows))


def xlsx_of(path: Path, rows: Iterable[Row], made: Document | None = None) -> Path:
    """An XLSX file at the path."""
    asyncio.run(write_xlsx(made or document(), stream(rows), path))
    return path


def pdf_of(path: Path, rows: Iterable[Row], made: Document | None = None) -> Path:
    """A PDF file at the path."""
    asyncio.run(write_pdf(made or document(), stream(rows), path))
    return path
