"""XLSX files: read back by another library they hold what went in, as what it was."""

import asyncio
import datetime as dt
import time
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from lms.reports.export import Column, TooManyRowsForXlsx, write_xlsx, xlsx
from lms.reports.export.document import printable
from tests.reports.export_samples import COLUMNS, ISSUED, document, row, stream, xlsx_of

TEXT_ONLY = document(columns=(Column("text", "Text"),))
INJECTION = '<r></r></is></c><c r="B2"><f>1+1</f></c><c r="C2" t="inlineStr"><is><r></r>'


def cells(book: Workbook, sheet: int = 0) -> list[tuple[Any, ...]]:
    """The values of a sheet, header first."""
    return list(book.worksheets[sheet].iter_rows(values_only=True))


def shown(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row of the samples as openpyxl gives it."""
    name, count, points, minutes, day, moment = values
    midnight = dt.datetime.combine(day, dt.time())
    return (name, count, points / 100, dt.timedelta(minutes=minutes), midnight, moment.replace(tzinfo=None))


def test_numbers_days_and_durations_are_what_they_were(tmp_path: Path) -> None:
    rows = [row(number) for number in range(1, 1200)]
    book = load_workbook(xlsx_of(tmp_path / "report.xlsx", rows))
    header, *lines = cells(book)
    assert header == ("Name", "Courses", "Points", "Learning time (h:mm)", "Completed on", "Recorded (UTC)")
    assert lines == [shown(each) for each in rows]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(min_size=1), max_size=20))
@example(
    [
        "=1+1",
        "+1",
        "@SUM(A1)",
        "https://example.org",
        "0012",
        "1e5",
        "_x0041_",
        " a ",
        "\x00\x0b\ufffe",
        "a\r\nb\rc",
    ]
)
@example([INJECTION, "<r>x</r>", "<r></r>", "&amp;<b>"])
def test_text_stays_text_whatever_it_looks_like(texts: list[str]) -> None:
    with TemporaryDirectory() as folder:
        book = load_workbook(xlsx_of(Path(folder) / "report.xlsx", [(text,) for text in texts], TEXT_ONLY))
    sheet = book.worksheets[0]
    expected = [printable(text).replace("\r\n", "\n").replace("\r", "\n") for text in texts]
    read = [sheet.cell(place, 1) for place in range(2, len(texts) + 2)]
    # openpyxl leaves "_x005F_", the standard's escape for "_" (ECMA-376, ST_Xstring), as it stands.
    assert [str(cell.value or "").replace("_x005F_", "_") for cell in read] == expected
    assert all(cell.data_type in ("s", "inlineStr", "n") and cell.hyperlink is None for cell in read)
    assert not any(isinstance(cell.value, int | float) for cell in read)
    assert sheet.max_column == 1


def test_text_too_long_for_a_cell_is_cut_and_says_so(tmp_path: Path) -> None:
    texts = ["x" * 32_767, "x" * 32_768, "\U0001d4b3" * 20_000]
    whole, cut, wide = (
        line[0]
        for line in cells(load_workbook(xlsx_of(tmp_path / "r.xlsx", [(t,) for t in texts], TEXT_ONLY)))[1:]
    )
    assert whole == texts[0]
    for text in (cut, wide):
        assert text.endswith("(cut: a cell of this file holds no more)")
        assert 32_760 < len(text.encode("utf-16-le")) // 2 <= 32_767


def test_what_excel_has_no_number_for_is_text(tmp_path: Path) -> None:
    rows = [
        ("a", 10**15, -(10**20), 0, dt.date(1899, 3, 1), dt.datetime(1850, 1, 1, tzinfo=dt.UTC)),
        (None,) * 6,
    ]
    _, line, *rest = cells(load_workbook(xlsx_of(tmp_path / "report.xlsx", rows)))
    assert line == (
        "a",
        "1000000000000000",
        "-1000000000000000000",
        dt.timedelta(0),
        "1899-03-01",
        "1850-01-01T00:00:00",
    )
    assert not any(value for values in rest for value in values)


def test_the_header_stays_in_sight_and_the_second_sheet_says_what_it_is(tmp_path: Path) -> None:
    words = {"report": "Report: [all]", "about": "About"}
    book = load_workbook(xlsx_of(tmp_path / "report.xlsx", [row(1)], document(words=words)))
    assert book.sheetnames == ["Report   all", "About"]
    assert book.worksheets[0].freeze_panes == "A2"
    assert not book.worksheets[0].sheet_view.rightToLeft
    assert cells(book, 1) == [
        ("Recognition report", "Economic and Social Commission for Western Asia"),
        ("Entity", "ESCWA"),
        ("Period", "January to October 2026"),
        ("Notes", "Rows stand in name order."),
    ]


def test_an_arabic_report_is_read_from_the_right(tmp_path: Path) -> None:
    book = load_workbook(xlsx_of(tmp_path / "report.xlsx", [], document(language="ar")))
    assert all(sheet.sheet_view.rightToLeft for sheet in book.worksheets)


def test_made_twice_it_is_the_same_to_the_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [row(number) for number in range(700)]
    first = xlsx_of(tmp_path / "1.xlsx", rows).read_bytes()
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert xlsx_of(tmp_path / "2.xlsx", rows).read_bytes() == first
    finally:
        monkeypatch.undo()
        time.tzset()
    with zipfile.ZipFile(tmp_path / "1.xlsx") as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 31, 0, 0, 0)}
    assert load_workbook(tmp_path / "1.xlsx").properties.created == ISSUED.replace(tzinfo=None)


async def _breaks() -> AsyncIterator[tuple[Any, ...]]:
    for number in range(600):
        yield row(number)
    raise ConnectionError("the database went away")


def test_an_error_leaves_what_was_there_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    path.write_bytes(b"yesterday's")
    with pytest.raises(ConnectionError):
        asyncio.run(write_xlsx(document(), _breaks(), path))
    assert [(found.name, found.read_bytes()) for found in tmp_path.iterdir()] == [
        ("report.xlsx", b"yesterday's")
    ]


def test_a_row_of_another_length_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="zip"):
        xlsx_of(tmp_path / "report.xlsx", [("a", "b")], TEXT_ONLY)


def test_more_rows_than_a_sheet_holds_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MAX_ROWS", 3)
    one = document(columns=COLUMNS[:1])
    xlsx_of(tmp_path / "report.xlsx", [("a",)] * 3, one)
    with pytest.raises(TooManyRowsForXlsx, match="take the CSV file"):
        xlsx_of(tmp_path / "report.xlsx", [("a",)] * 4, one)


@pytest.mark.asyncio
async def test_the_event_loop_stays_free_and_a_cancelled_report_leaves_nothing(tmp_path: Path) -> None:
    task = asyncio.create_task(
        write_xlsx(document(), stream(row(number) for number in range(10**6)), tmp_path / "report.xlsx")
    )
    longest, last = 0.0, time.perf_counter()
    for _ in range(100):
        await asyncio.sleep(0.005)
        longest, last = max(longest, time.perf_counter() - last), time.perf_counter()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert longest < 0.5
    assert not await asyncio.to_thread(lambda: list(tmp_path.iterdir()))
