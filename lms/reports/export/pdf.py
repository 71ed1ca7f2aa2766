"""A report as PDF: typst sets it from a fixed template and JSON, in a process of its own.

A PDF is for reading and signing, so its length is limited; XLSX takes a million rows, CSV any number.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from decimal import Decimal
from itertools import repeat
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, TextIO

from lms.reports.export.cells import cells, directed, number
from lms.reports.export.document import (
    BarChart,
    Column,
    Document,
    Row,
    batches,
    printable,
    utc,
)
from lms.reports.export.errors import PdfFailed, TooManyRowsForPdf
from lms.reports.export.fonts import font_paths
from lms.reports.export.layout import Layout, layout
from lms.reports.export.threads import in_thread

if TYPE_CHECKING:  # it loads typst, which this process does not need
    from lms.reports.export.typeset import Task

MAX_CELLS: Final = 80_000
"""Cells of a table, such as 6,600 rows of 12 columns: 170 pages, 7 s, 14 MB, and 1.1 GB of memory."""
MAX_SIGNS: Final = 4_000_000
"""Characters of all rows; a thousand more take 0.2 MB of memory."""
SECONDS: Final = 180
"""Time typst may take."""
_BATCH: Final = 500
_TEMPLATE: Final = Path(__file__).with_name("templates") / "report.typ"
_SCRIPT: Final = Path(__file__).with_name("typeset.py")
_ANY: Final = 60  # letters, more than any word of a heading has
_NO_HYPHENS: Final = ("ar", "zh")
_KEPT: Final = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")  # no secret of ours reaches typst
_NUMBERS: Final = ("integer", "hundredths", "minutes")


def max_pdf_rows(document: Document) -> int:
    """How many rows a PDF of this document may have."""
    return MAX_CELLS // len(document.for_reading().columns)


async def write_pdf(
    document: Document, rows: AsyncIterator[Row], path: Path, assets: Path | None = None
) -> None:
    """Write the report to `path`, replacing what is there; on any error `path` stays as it was.

    The folder of `path` must exist and be writable; `assets` as in `font_paths`. From some five hundred
    rows on it is work for a job, of which few run at once: memory grows with the rows. Raises
    TooManyRowsForPdf, FontsMissing, PdfFailed; ValueError and TypeError for rows that do not fit the columns.
    """
    fonts, shown = [str(folder) for folder in font_paths(assets)], document.for_reading()
    plan = layout(shown)
    issued = int(document.issued_at.timestamp())
    with TemporaryDirectory(dir=path.parent, prefix=".pdf-") as name:
        folder = Path(name)
        copyfile(_TEMPLATE, folder / "main.typ")
        (folder / "frame.json").write_text(json.dumps(_frame(shown, plan)), encoding="utf-8")
        await _write_rows(document, rows, plan, folder / "rows.json")
        await _typeset({"folder": name, "fonts": fonts, "timestamp": issued})
        (folder / "report.pdf").replace(path)


async def write_typeset(
    template: str, files: Mapping[str, Any], issued: int, path: Path, assets: Path | None = None
) -> None:
    """Set another template of this folder, which reads `files` as JSON by their names, dated `issued`, to `path`."""
    fonts = [str(folder) for folder in font_paths(assets)]
    with TemporaryDirectory(dir=path.parent, prefix=".pdf-") as name:
        folder = Path(name)
        copyfile(_TEMPLATE.with_name(template), folder / "main.typ")
        for file, content in files.items():
            (folder / file).write_text(json.dumps(content), encoding="utf-8")
        await _typeset({"folder": name, "fonts": fonts, "timestamp": issued})
        (folder / "report.pdf").replace(path)


def _frame(document: Document, plan: Layout) -> dict[str, Any]:
    """All that the template needs besides the rows."""
    return {
        "language": document.language,
        "rtl": document.right_to_left,
        "title": printable(document.title),
        "subtitle": directed(document, document.subtitle),
        "facts": [[directed(document, part) for part in fact] for fact in document.facts],
        "notes": [directed(document, note) for note in document.notes],
        "charts": [_chart(document, chart) for chart in document.charts],
        "columns": list(map(_column, repeat(document), document.columns, plan.shares, plan.rooms)),
        "size": plan.size,
        "issued": utc(document.issued_at).strftime("%Y %m %d %H %M %S").split(),
        "words": {key: document.word(key) for key in ("page", "notes", "empty")},
    }


def _column(document: Document, column: Column, share: float, room: int) -> dict[str, Any]:
    """A column's heading, whether its words need hyphens, whether it holds figures, its width in points."""
    heading = document.heading(column)
    hyphens = document.language not in _NO_HYPHENS and any(len(word) > room for word in heading.split())
    return {
        "label": directed(document, heading, _ANY if hyphens else room),
        "hyphens": hyphens,
        "number": column.kind in _NUMBERS,
        "width": share,
    }


def _chart(document: Document, chart: BarChart) -> dict[str, Any]:
    """A chart with each bar's length as a share of the longest, and its figure as text."""
    longest = max((value for _, value in chart.bars), default=0) or 1
    return {
        "title": printable(chart.title),
        "unit": printable(chart.unit),
        "bars": [
            {
                "label": directed(document, label),
                "figure": number(document.language, Decimal(str(value)), "#,##0.##"),
                "share": value / longest,
            }
            for label, value in chart.bars
        ],
    }


async def _write_rows(document: Document, rows: AsyncIterator[Row], plan: Layout, path: Path) -> None:
    """Write the rows as one JSON list of lists, a batch at a time. Raises TooManyRowsForPdf."""
    most, count, signs = max_pdf_rows(document), 0, 0
    with path.open("w", encoding="utf-8") as file:
        file.write("[")
        async with aclosing(batches(rows, _BATCH)) as lists:
            async for batch in lists:
                count += len(batch)
                if count > most or signs > MAX_SIGNS:
                    raise TooManyRowsForPdf(_too_many(most))
                signs += await in_thread(_append, file, document, batch, plan, first=count == len(batch))
        file.write("]")


def _too_many(most: int) -> str:
    """What the reader is told; the limit on text is seldom met and not put in figures."""
    return f"A PDF of this report holds {most:,} rows, fewer with long texts; take the XLSX or CSV file"


def _append(file: TextIO, document: Document, batch: list[Row], plan: Layout, *, first: bool) -> int:
    """Add a batch to the list in the file; returns the characters written. Blocks."""
    lines = (json.dumps(cells(document, row, plan.rooms), ensure_ascii=False) for row in batch)
    return file.write(("" if first else ",\n") + ",\n".join(lines))


async def _typeset(task: "Task") -> None:
    """Run typst to its end; it is killed when it takes too long or the caller is cancelled.

    Raises PdfFailed.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-I", str(_SCRIPT)),
        stdin=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={name: os.environ[name] for name in _KEPT if name in os.environ},
    )
    try:
        async with asyncio.timeout(SECONDS):
            _, said = await process.communicate(json.dumps(task).encode())
    except TimeoutError as error:
        raise PdfFailed(f"typst did not end within {SECONDS} s") from error
    finally:
        await _end(process)
    if process.returncode:
        raise PdfFailed(said.decode(errors="replace").strip() or f"typst ended with {process.returncode}")


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill the process if it still runs, and wait until it is gone."""
    if process.returncode is None:
        process.kill()
        await process.wait()
