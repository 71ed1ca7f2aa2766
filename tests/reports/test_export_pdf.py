"""PDF files: names in every script are found, they can be read aloud, and twice made they are the same."""

import asyncio
import re
import time
from pathlib import Path
from typing import Any, cast

import pytest
from pypdf import PdfReader

from lms.reports.export import (
    Column,
    Document,
    FontsMissing,
    PdfFailed,
    TooManyRowsForPdf,
    font_paths,
    max_pdf_rows,
    pdf,
    write_pdf,
)
from lms.reports.export.cells import cells, directed
from lms.reports.export.fonts import FAMILIES
from lms.reports.export.layout import layout, pieces
from tests.reports.export_samples import (
    COLUMNS,
    ISSUED,
    NAMES,
    document,
    pdf_of,
    row,
    stream,
)

ONE = document(columns=COLUMNS[:1])


def text_of(path: Path) -> str:
    """The text of all pages; pypdf puts the words of a line in the order of the paper, so look for one."""
    return " ".join(page.extract_text() for page in PdfReader(path).pages)


@pytest.mark.parametrize("language", ["ar", "zh", "en", "fr", "ru", "es"])
def test_names_in_four_scripts_can_be_found_in_any_language(tmp_path: Path, language: str) -> None:
    text = text_of(pdf_of(tmp_path / "report.pdf", map(row, range(5)), document(language=language)))
    assert [word for name in NAMES for word in name.split() if word not in text] == []


def test_a_page_has_its_number_and_the_header_comes_again(tmp_path: Path) -> None:
    made = document(words={"page": "Seite {page} von {pages}"})
    pages = PdfReader(pdf_of(tmp_path / "report.pdf", map(row, range(100)), made)).pages
    assert len(pages) > 2
    for number, page in enumerate(pages, 1):
        assert f"Seite {number} von {len(pages)}" in page.extract_text()
        assert "Completed on" in page.extract_text()
        assert page.mediabox.width > page.mediabox.height


def test_title_facts_charts_and_notes_are_there(tmp_path: Path) -> None:
    text = PdfReader(pdf_of(tmp_path / "report.pdf", [row(1)])).pages[0].extract_text()
    for part in ("Recognition report", "ESCWA", "How many hours", "1,250.5", "Rows stand in name order."):
        assert part in text
    assert "nothing to show" not in text


def test_an_empty_report_says_so(tmp_path: Path) -> None:
    bare = document(columns=COLUMNS, subtitle="", facts=[], charts=[], notes=[])
    assert (
        "There is nothing to show"
        in PdfReader(pdf_of(tmp_path / "report.pdf", [], bare)).pages[0].extract_text()
    )


def test_it_is_tagged_for_reading_aloud_and_dated_by_the_report(tmp_path: Path) -> None:
    reader = PdfReader(pdf_of(tmp_path / "report.pdf", [row(1)], document(language="fr")))
    root = cast("dict[str, Any]", reader.trailer["/Root"])
    assert root["/MarkInfo"] == {"/Marked": True, "/Suspects": False}
    assert root["/Lang"] == "fr"
    assert reader.metadata is not None
    assert (reader.metadata.title, reader.metadata.creation_date) == ("Recognition report", ISSUED)
    assert b"pdfuaid:part" in root["/Metadata"].get_data()


def test_made_twice_it_is_the_same_to_the_byte(tmp_path: Path) -> None:
    rows = [row(number) for number in range(60)]
    first = pdf_of(tmp_path / "1.pdf", rows).read_bytes()
    assert pdf_of(tmp_path / "2.pdf", rows).read_bytes() == first


def test_text_is_data_and_never_source(tmp_path: Path) -> None:
    text = '#panic("x") $ *bold* #sys.inputs <label> @ref \\ // /* `raw` ]] }} "'
    made = document(columns=COLUMNS[:1], title=text, subtitle=text, notes=[text], facts=[(text, text)])
    assert "#sys.inputs" in text_of(pdf_of(tmp_path / "report.pdf", [(text,)], made))


def test_a_letter_that_no_font_has_spoils_nothing_else(tmp_path: Path) -> None:
    rows = [("ሰላም \U0001f600 \x00\x1f",), ("Amina Diallo",)]
    assert "Amina Diallo" in text_of(pdf_of(tmp_path / "report.pdf", rows, ONE))


def test_a_long_word_stays_in_its_column_and_is_copied_whole(tmp_path: Path) -> None:
    address = "a.very.long.address@partnerships.example.org"
    made = document(columns=[Column("a", "A", "text", 10), *COLUMNS])
    rows = [(address, *row(0))]
    text = "".join(PdfReader(pdf_of(tmp_path / "report.pdf", rows, made)).pages[0].extract_text().split())
    assert address in text
    assert max(map(len, pieces(address, 10))) <= 11


@pytest.mark.parametrize(
    "text", ["a" * 50, "-" * 50, " a  b ", "李小龙" * 20, "x@y." * 9 + " short " + "z" * 30, ""]
)
def test_pieces_joined_are_the_text(text: str) -> None:
    assert "".join(pieces(text, 12)) == text


def test_columns_fill_the_page_and_headings_fit_their_words() -> None:
    plan = layout(document(columns=[Column("a", "Administrative", "text", 1), Column("b", "B", "text", 90)]))
    assert sum(plan.shares) == pytest.approx(762)
    assert plan.rooms[0] >= len("Administrative")
    many = [Column(f"c{place}", "Some heading", "text", 20) for place in range(16)]
    assert layout(document(columns=many)).size == 6.5


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", ["1,234", "-12.34", "2:05", "3 Nov 2026", "1 Nov 2026 08:05"]),
        ("fr", ["1\u202f234", "-12,34", "2:05", "3 nov. 2026", "1 nov. 2026 08:05"]),
        ("ru", ["1\xa0234", "-12,34", "2:05", "3 нояб. 2026", "1 нояб. 2026 08:05"]),
        ("es", ["1.234", "-12,34", "2:05", "3 nov 2026", "1 nov 2026 08:05"]),
        ("ar", ["1,234", "-12.34", "2:05", "3 نوفمبر 2026", "1 نوفمبر 2026 08:05"]),
        ("zh", ["1,234", "-12.34", "2:05", "2026-11-03", "2026-11-01 08:05"]),
    ],
)
def test_figures_and_days_are_written_as_the_reader_does(language: str, shown: list[str]) -> None:
    made = document(language=language)
    line = (None, 1234, -1234, 125, ISSUED.date().replace(day=3), ISSUED)
    assert cells(made, line, [20] * 6) == ["", *shown]


def test_text_keeps_its_own_direction() -> None:
    english, arabic = document(), document(language="ar")
    assert directed(english, "Amina (محمد)") == "Amina (محمد)"
    assert directed(english, "محمد (UNDP)") == {"parts": ["محمد (UNDP)"], "dir": "rtl"}
    assert directed(arabic, "محمد (UNDP)") == "محمد (UNDP)"
    assert directed(arabic, "UNDP, 李小龙") == {"parts": ["UNDP, 李小龙"], "dir": "ltr"}
    assert directed(arabic, "2026-11") == "2026-11"


def test_too_many_rows_are_refused_before_typst_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert max_pdf_rows(document()) == 80_000 // 6
    monkeypatch.setattr(pdf, "MAX_CELLS", 10)
    monkeypatch.setattr(pdf, "_SCRIPT", tmp_path / "missing.py")
    with pytest.raises(TooManyRowsForPdf, match=r"holds 10 rows.*take the XLSX or CSV file"):
        pdf_of(tmp_path / "report.pdf", [("a",)] * 11, ONE)
    monkeypatch.setattr(pdf, "MAX_SIGNS", 5000)
    monkeypatch.setattr(pdf, "MAX_CELLS", 10_000)
    with pytest.raises(TooManyRowsForPdf):
        pdf_of(tmp_path / "report.pdf", [("a" * 100,)] * 600, ONE)


def test_a_failure_says_why_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "broken.typ"
    broken.write_text("#panic()")
    monkeypatch.setattr(pdf, "_TEMPLATE", broken)
    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(PdfFailed, match="panicked"):
        pdf_of(folder / "report.pdf", [row(1)])
    assert not list(folder.iterdir())


def test_typst_may_not_take_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "SECONDS", 0.01)
    with pytest.raises(PdfFailed, match=r"within 0.01 s"):
        pdf_of(tmp_path / "report.pdf", [row(1)])
    assert not list(tmp_path.iterdir())


@pytest.mark.asyncio
async def test_the_event_loop_stays_free_and_a_cancelled_report_leaves_nothing(tmp_path: Path) -> None:
    rows = stream(row(number) for number in range(8000))
    task = asyncio.create_task(write_pdf(document(), rows, tmp_path / "report.pdf"))
    longest, last = 0.0, time.perf_counter()
    for _ in range(200):
        await asyncio.sleep(0.005)
        longest, last = max(longest, time.perf_counter() - last), time.perf_counter()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert longest < 0.5
    assert not await asyncio.to_thread(lambda: list(tmp_path.iterdir()))


def test_only_regular_and_bold_of_the_families_are_read() -> None:
    paths = font_paths()
    assert {path.name for path in paths} == {"400Regular", "700Bold"}
    assert [path.parent.name for path in paths[::2]][: len(FAMILIES)] == list(FAMILIES)
    assert all(len(list(path.glob("*.ttf"))) == 1 for path in paths)


def test_missing_fonts_are_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FontsMissing, match=re.escape(str(tmp_path)) + ".*make install"):
        font_paths(tmp_path)


@pytest.mark.parametrize(
    "change", [{"title": " "}, {"issued_at": ISSUED.replace(tzinfo=None)}, {"columns": []}]
)
def test_a_document_that_could_not_be_made_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"title|time zone|columns"):
        document(**change)


@pytest.mark.parametrize("key", ["", "Name", "=a", "a b", "1a"])
def test_a_key_is_a_slug(key: str) -> None:
    with pytest.raises(ValueError, match="lower-case"):
        Column(key, "Name")


def test_words_not_given_are_english_and_units_stand_in_headings() -> None:
    made: Document = document(words={"minutes": "h:min"})
    assert [made.heading(column) for column in COLUMNS[3:]] == [
        "Learning time (h:min)",
        "Completed on",
        "Recorded (UTC)",
    ]
    assert made.word("notes") == "Notes"


def test_columns_for_programs_are_left_out(tmp_path: Path) -> None:
    made = document(columns=[Column("person_id", "Identifier", machine=True), *COLUMNS], charts=[])
    text = text_of(pdf_of(tmp_path / "report.pdf", [("0192f-abc", *row(0))], made))
    assert "Amina" in text
    assert "Identifier" not in text
    assert "0192f" not in text
    assert max_pdf_rows(made) == max_pdf_rows(document())
    with pytest.raises(ValueError, match="zip"):
        pdf_of(tmp_path / "report.pdf", [row(0)], made)


def test_headings_too_wide_for_their_column_are_hyphenated(tmp_path: Path) -> None:
    many = [Column(f"c{place}", "Administrative responsibility", "text", 3) for place in range(20)]
    text = text_of(pdf_of(tmp_path / "report.pdf", [("a",) * 20], document(columns=many)))
    assert "Administrative" not in text
    assert "tive" in text
