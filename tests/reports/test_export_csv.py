"""CSV files: what goes in comes out, nothing in them runs, and they are made a little at a time."""

import csv
import datetime as dt
import io
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lms.reports.export import Column, csv_chunks
from lms.reports.export.csv import CHUNK, safe_text
from lms.reports.export.document import printable
from tests.reports.export_samples import COLUMNS, ISSUED, csv_of, document, row

SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20"
TEXT = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from(SIGNS + "\t\r\n ,;\"'\x00\ufeff\u200b")
)
TABLE = document(columns=(Column("text", "Text"), Column("number", "Number", "integer")))


def read(chunks: list[bytes]) -> list[list[str]]:
    """The file as a program reads it."""
    text = b"".join(chunks).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def visible(text: str) -> str:
    """The text from the first sign that can be seen, which is where a spreadsheet looks for a formula."""
    return text.lstrip("".join(sign for sign in set(text) if not sign.isprintable() or sign == " "))


@given(st.lists(st.tuples(TEXT, st.none() | st.integers())))
@example(
    [
        ("=1+1", -5),
        ("\x00=cmd|' /C calc'!A0", 1),
        (" \u200b\uff1dSUM(A1)", 0),
        ("\ud800+1", 0),
    ]
)
def test_what_goes_in_comes_out(rows: list[tuple[str, int | None]]) -> None:
    header, *lines = read(csv_of(rows, TABLE))
    assert header == ["text", "number"]
    assert len(lines) == len(rows)
    for (text, number), (read_text, read_number) in zip(rows, lines, strict=True):
        assert read_text in (printable(text), "'" + printable(text))
        assert read_number == ("" if number is None else str(number))


@given(st.lists(TEXT))
def test_no_text_can_run_as_a_formula(texts: list[str]) -> None:
    for text, _ in read(csv_of([(text, 1) for text in texts], TABLE))[1:]:
        assert not text.startswith(("\t", "\r", "\n", *SIGNS))
        assert not visible(text).startswith(tuple(SIGNS))


@given(st.text(st.characters(categories=["L", "Nd"]), min_size=1), TEXT)
def test_text_that_begins_with_a_letter_is_left_alone(start: str, rest: str) -> None:
    assert safe_text(start + rest) == printable(start + rest)


def test_a_file_has_a_mark_for_excel_keys_for_machines_and_exact_values() -> None:
    day, moment = (
        dt.date(2026, 3, 4),
        dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.timezone(dt.timedelta(hours=3))),
    )
    chunks = csv_of([("O'Brien, Seán", -1234, -5, 150, day, moment), (None,) * 6])
    assert (
        b"".join(chunks)
        == (
            "\ufeffname,completions,points,learning_minutes,completed_on,recorded_at\r\n"
            '"O\'Brien, Seán",-1234,-0.05,150,2026-03-04,2026-03-04T02:06:07Z\r\n'
            ",,,,,\r\n"
        ).encode()
    )


@pytest.mark.parametrize(
    ("value", "shown"), [(0, "0.00"), (1234, "12.34"), (-1, "-0.01"), (10**20 + 1, f"1{'0' * 18}.01")]
)
def test_hundredths_are_exact(value: int, shown: str) -> None:
    assert read(csv_of([(value,)], document(columns=COLUMNS[2:3])))[1] == [shown]


def test_text_where_a_number_belongs_is_refused() -> None:
    with pytest.raises(TypeError):
        csv_of([("a", "=1+1")], TABLE)


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="has not 2 values"):
        csv_of([("a", 1), ("a", 1, 2)], TABLE)


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        csv_of([(ISSUED.replace(tzinfo=None),)], document(columns=COLUMNS[5:]))


def test_the_same_report_gives_the_same_bytes_in_chunks_of_one_size() -> None:
    rows = [row(number) for number in range(5000)]
    chunks = csv_of(rows)
    assert csv_of(rows) == chunks
    assert all(CHUNK <= len(chunk) < 2 * CHUNK for chunk in chunks[:-1])


async def _endless() -> AsyncIterator[tuple[Any, ...]]:
    number = 0
    while True:
        yield row(number := number + 1)


@pytest.mark.asyncio
async def test_memory_stays_flat_however_long_the_report() -> None:
    read_bytes = 0
    tracemalloc.start()
    async with aclosing(csv_chunks(document(), _endless())) as chunks:
        async for chunk in chunks:
            read_bytes += len(chunk)
            if read_bytes > 100 * CHUNK:
                break
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 25 * CHUNK
