"""A report as XLSX: real numbers and dates, no formula, constant memory, the same bytes every time.

The first sheet is the table under a frozen header of labels; the second holds title, facts and notes.
No filter buttons and no sorting are set: rows stand in the order given, and nobody is invited to rank people.
"""

import datetime as dt
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from decimal import Decimal
from operator import index
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import xlsxwriter  # annotated, but ships no py.typed

from lms.reports.export.document import Document, Kind, Row, batches, printable, utc
from lms.reports.export.errors import TooManyRowsForXlsx
from lms.reports.export.threads import in_thread

MAX_ROWS: Final = 1_048_575
"""Lines an Excel sheet holds under its header."""
MAX_TEXT: Final = 32_767
"""UTF-16 units an Excel cell holds."""
_EXACT: Final = 10**15  # Excel keeps fifteen figures
_FIRST_YEAR: Final = 1901  # Excel's calendar has a 29 February 1900, and nothing before
_BATCH: Final = 500
_OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_FORMATS: Final[Mapping[Kind, dict[str, Any]]] = {
    "text": {"num_format": "@"},
    "integer": {"num_format": "#,##0"},
    "hundredths": {"num_format": "#,##0.00"},
    "minutes": {"num_format": "[h]:mm"},
    "day": {"num_format": "yyyy-mm-dd"},
    "moment": {"num_format": "yyyy-mm-dd hh:mm"},
}


async def write_xlsx(document: Document, rows: AsyncIterator[Row], path: Path) -> None:
    """Write the report to `path`, replacing what is there; on any error `path` stays as it was.

    The folder of `path` must exist and be writable. Raises TooManyRowsForXlsx, ValueError for a row of
    another length than the columns or a naive moment, TypeError for a value not of its column's kind.
    """
    with TemporaryDirectory(dir=path.parent, prefix=".xlsx-") as folder:
        book = _Book(document, Path(folder))
        try:
            async with aclosing(batches(rows, _BATCH)) as lists:
                async for batch in lists:
                    await in_thread(book.add, batch)
        finally:
            await in_thread(book.close)
        book.path.replace(path)


class _Book:
    """The workbook while it is written, in a folder of its own; not for two threads at once."""

    def __init__(self, document: Document, folder: Path) -> None:
        self.path = folder / "report.xlsx"
        self._columns = document.columns
        self._cut = document.word("cut")
        self._next = 1
        self._book = xlsxwriter.Workbook(str(self.path), {**_OPTIONS, "tmpdir": str(folder)})
        self._book.set_properties({"title": document.title, "created": utc(document.issued_at)})
        self._sheet = self._add_sheet(document, "report")
        self._head(document)
        self._about(document, self._add_sheet(document, "about"))

    def add(self, batch: Sequence[Row]) -> None:
        """Append lines. Blocks."""
        if self._next + len(batch) > MAX_ROWS + 1:
            raise TooManyRowsForXlsx(f"An Excel sheet holds {MAX_ROWS:,} rows; take the CSV file")
        for number, row in enumerate(batch, self._next):
            for place, (column, value) in enumerate(zip(self._columns, row, strict=True)):
                if value is not None:
                    _WRITERS[column.kind](self, number, place, value)
        self._next += len(batch)

    def close(self) -> None:
        """Put the file together. Blocks, about as long as all the writing before."""
        self._book.close()

    def text(self, row: int, place: int, value: Any, style: Any = None, sheet: Any = None) -> None:
        """Write text as it is: no formula, no link, no number made of it."""
        sheet, text = sheet or self._sheet, excel_text(str(value), self._cut)
        if text.startswith("<r>") and text.endswith("</r>"):
            # With constant_memory xlsxwriter takes such text for markup of its own and does not escape it,
            # so that a comment could place formulas; as a rich string of three pieces it is escaped.
            sheet.write_rich_string(row, place, text[0], text[1], text[2:], *([style] if style else []))
        else:
            sheet.write_string(row, place, text, style)

    def number(self, row: int, place: int, value: int, parts: int = 1) -> None:
        """Write value / parts in its column's format; as text where Excel would lose figures of it."""
        if abs(index(value)) < _EXACT:
            self._sheet.write_number(row, place, value / parts)
        else:
            self.text(row, place, Decimal(value) / parts)

    def moment(self, row: int, place: int, value: dt.date) -> None:
        """Write a day, or a naive moment in UTC; as text where Excel has no right date for it."""
        if value.year >= _FIRST_YEAR:
            self._sheet.write_datetime(row, place, value)
        else:
            self.text(row, place, value.isoformat())

    def _add_sheet(self, document: Document, name: str) -> Any:
        """A sheet for landscape A4, read from the right where the language is."""
        sheet = self._book.add_worksheet(_sheet_name(document.word(name)))
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        if document.right_to_left:
            sheet.right_to_left()
        return sheet

    def _head(self, document: Document) -> None:
        """The labels, frozen and repeated in print; widths and formats of the columns."""
        head = self._book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        for place, column in enumerate(document.columns):
            style = self._book.add_format({**_FORMATS[column.kind], "valign": "top"})
            self._sheet.set_column(place, place, min(column.width + 2, 100), style)
            self.text(0, place, document.heading(column), head)
        self._sheet.freeze_panes(1, 0)
        self._sheet.repeat_rows(0)

    def _about(self, document: Document, sheet: Any) -> None:
        """The second sheet: title and subtitle, a line for each fact, then the notes."""
        bold = self._book.add_format({"bold": True, "valign": "top"})
        plain = self._book.add_format({"text_wrap": True, "valign": "top"})
        sheet.set_column(0, 0, 28)
        sheet.set_column(1, 1, 100)
        notes = [(document.word("notes") if not i else "", note) for i, note in enumerate(document.notes)]
        lines = [(document.title, document.subtitle), *document.facts, *notes]
        for row, (label, value) in enumerate(lines):
            self.text(row, 0, label, bold, sheet)
            self.text(row, 1, value, plain, sheet)


def excel_text(text: str, mark: str) -> str:
    """The text as a cell can hold it: no control characters, line feeds only, cut with `mark` if long."""
    clean = printable(text).replace("\r\n", "\n").replace("\r", "\n")
    if len(clean) <= MAX_TEXT // 2 or len(clean.encode("utf-16-le")) <= 2 * MAX_TEXT:
        return clean
    room = 2 * MAX_TEXT - len(mark.encode("utf-16-le"))
    return clean.encode("utf-16-le")[:room].decode("utf-16-le", "ignore") + mark


def _sheet_name(word: str) -> str:
    """The word without what Excel refuses in the name of a sheet, at most 31 characters."""
    return re.sub(r"[\[\]:*?/\\]", " ", word).strip("' ")[:31].strip("' ")


_WRITERS: Final[Mapping[Kind, Callable[[_Book, int, int, Any], None]]] = {
    "text": _Book.text,
    "integer": _Book.number,
    "hundredths": lambda book, row, place, value: book.number(row, place, value, 100),
    "minutes": lambda book, row, place, value: book.number(row, place, value, 1440),
    "day": _Book.moment,
    "moment": lambda book, row, place, value: book.moment(row, place, utc(value).replace(tzinfo=None)),
}
