"""A report as CSV: streamed, read by Excel and by machines alike, and harmless when opened.

The header holds the columns' keys, not their labels: a program that reads the file must not depend on the
language of whoever downloaded it. Values are exact and neutral for the same reason (see `document.Kind`).
Facts, notes and charts are left out: a file that starts with its header can be read by anything.
"""

import asyncio
import csv
import datetime as dt
import io
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import aclosing
from operator import index
from typing import Any, Final

from lms.reports.export.document import Document, Kind, Row, batches, printable, utc

CHUNK: Final = 64 * 1024
"""Least size of every chunk but the last, in characters before encoding."""
_BATCH: Final = 256

# East Asian input methods type the full-width and small forms, which some spreadsheets make plain again.
_SIGNS: Final = frozenset("=+-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212")


async def csv_chunks(document: Document, rows: AsyncIterator[Row]) -> AsyncGenerator[bytes, None]:
    """The report in chunks of about 64 kB: UTF-8 with byte order mark, RFC 4180, memory flat.

    Text that a spreadsheet would run as a formula gets an apostrophe in front; numbers are never touched.
    Raises ValueError for a row of another length than the columns, TypeError for a number that is no int.
    """
    text = io.StringIO(newline="")
    text.write("\ufeff")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([column.key for column in document.columns])
    async with aclosing(batches(rows, _BATCH)) as lists:
        async for batch in lists:
            writer.writerows(_cells(document, batch))
            if text.tell() >= CHUNK:
                yield _take(text)
                await asyncio.sleep(0)  # rows that never wait would keep the event loop to themselves
    yield _take(text)


def safe_text(value: Any) -> str:
    """The text, with an apostrophe in front if a spreadsheet could take it for a formula.

    Excel skips what cannot be seen before it looks for a sign, and so does this. What began with an
    apostrophe stays as it is, so the mark cannot be told from one that was there.
    """
    text = printable(str(value))
    seen = next((sign for sign in text if sign.isprintable() and sign != " "), "")
    return "'" + text if seen in _SIGNS or text[:1] in ("\t", "\r", "\n") else text


def _take(text: io.StringIO) -> bytes:
    """What has been written, encoded; the buffer is empty afterwards."""
    chunk = printable(text.getvalue()).encode()
    text.seek(0)
    text.truncate()
    return chunk


def _cells(document: Document, batch: Sequence[Row]) -> Iterable[Row]:
    """The batch as the file shows it, made column by column, which is twice as fast as by row."""
    width = len(document.columns)
    if any(len(row) != width for row in batch):
        raise ValueError(f"a row has not {width} values")
    by_column = zip(*batch, strict=True)
    return zip(
        *(_SHOWN[column.kind](values) for column, values in zip(document.columns, by_column, strict=True)),
        strict=True,
    )


def _texts(values: Sequence[Any]) -> Sequence[Any]:
    """Texts made safe; what starts with a letter or figure, as nearly all does, is passed at once."""
    return [
        value if type(value) is str and value[:1].isalnum() else None if value is None else safe_text(value)
        for value in values
    ]


def _each(show: Callable[[Any], Any]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """`show` for every value of a column that is not None."""
    return lambda values: [None if value is None else show(value) for value in values]


def _hundredths(value: int) -> str:
    """1234 as 12.34, without going through a float."""
    whole, rest = divmod(abs(index(value)), 100)
    return f"{'-' if value < 0 else ''}{whole}.{rest:02d}"


def _moment(value: dt.datetime) -> str:
    """RFC 3339 in UTC, to the second, or finer where there is finer."""
    return utc(value).replace(tzinfo=None).isoformat() + "Z"


_SHOWN: Final[Mapping[Kind, Callable[[Sequence[Any]], Sequence[Any]]]] = {
    "text": _texts,
    "integer": _each(index),
    "hundredths": _each(_hundredths),
    "minutes": _each(index),
    "day": _each(dt.date.isoformat),
    "moment": _each(_moment),
}
