"""What an exporter is given: a report's words, columns and charts, all translated and read already."""

import datetime as dt
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final, Literal

Kind = Literal["text", "integer", "hundredths", "minutes", "day", "moment"]
"""What a cell holds, and how each file shows it (None is an empty cell in all three):

============  ==================  ====================  ==================  =====================
kind          value given         CSV                   XLSX                PDF
============  ==================  ====================  ==================  =====================
text          str (or str() of)   text, formula-safe    text                text
integer       int                 -1234                 number              1,234 (reader's way)
hundredths    int, 1234 = 12.34   12.34                 number, 2 decimals  12.34 (reader's way)
minutes       int, whole minutes  150                   duration 2:30       2:30
day           date                2026-11-23            date                23 Nov 2026 (reader's way)
moment        aware datetime      2026-11-23T14:05:00Z  date and time, UTC  23 Nov 2026 14:05
============  ==================  ====================  ==================  =====================

Minutes are shown as hours:minutes and never as decimal hours, because rounded hours do not add up to
their rounded total (0.3 + 0.3 = 0.7).
"""

Language = Literal["ar", "zh", "en", "fr", "ru", "es"]
Row = Sequence[Any]
"""The values of one line, in the order of `Document.columns`."""

ENGLISH: Final[Mapping[str, str]] = MappingProxyType(
    {
        "page": "Page {page} of {pages}",
        "report": "Report",  # name of the first sheet
        "about": "About this report",  # name of the second sheet, with facts and notes
        "notes": "Notes",
        "empty": "There is nothing to show for this choice.",
        "cut": "… (cut: a cell of this file holds no more)",
        "minutes": "h:mm",  # unit, stands in brackets after a column's label
        "moment": "UTC",  # likewise
    }
)
"""The words the exporters add themselves; `Document.words` replaces those it names."""

_KEY = re.compile(r"[a-z][a-z0-9_]*")
_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `key` heads it in CSV (a stable slug), `label` for people; `width` in characters.

    A column for programs alone (`machine`, such as a person's id) stands in CSV and XLSX and not in the PDF.
    Raises ValueError for a key that is no slug and for a width under 1.
    """

    key: str
    label: str
    kind: Kind = "text"
    width: int = 12
    machine: bool = False

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key):
            raise ValueError(f"a column's key is lower-case letters, figures and _: {self.key!r}")
        if self.width < 1:
            raise ValueError(f"column {self.key} has no width")


@dataclass(frozen=True, slots=True)
class BarChart:
    """Bars in the order given, each with its label and figure; `unit` stands beside the title.

    The title is the question the chart answers. Raises ValueError for a bar below nought.
    """

    title: str
    unit: str
    bars: Sequence[tuple[str, int | float]]

    def __post_init__(self) -> None:
        if any(value < 0 for _, value in self.bars):
            raise ValueError(f"a bar of {self.title!r} is below nought")


@dataclass(frozen=True, slots=True)
class Document:
    """A report's frame. `facts` (label, value) stand above the table; `issued_at` dates the files.

    The same document with the same rows gives the same bytes in every format, so `issued_at` belongs to the
    report (its data moment) and is not the time of printing. Raises ValueError when the title is blank,
    `issued_at` is naive, there is no column to read, or two share a key.
    """

    title: str
    columns: Sequence[Column]
    issued_at: dt.datetime
    subtitle: str = ""
    facts: Sequence[tuple[str, str]] = ()
    notes: Sequence[str] = ()
    charts: Sequence[BarChart] = ()
    language: Language = "en"
    words: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.title.strip():
            raise ValueError("a document needs a title")  # a PDF that can be read aloud must have one
        utc(self.issued_at)
        keys = [column.key for column in self.columns]
        if len(set(keys)) < len(keys) or all(column.machine for column in self.columns):
            raise ValueError(f"a document needs columns to read, with keys of their own: {keys}")

    @property
    def right_to_left(self) -> bool:
        """Whether the language of the document is written from right to left."""
        return self.language == "ar"

    def for_reading(self) -> "Document":
        """The document without its columns for programs, as the PDF shows it."""
        return replace(self, columns=[column for column in self.columns if not column.machine])

    def word(self, key: str) -> str:
        """The word under `key` in the reader's language, in English when none was given."""
        return self.words.get(key, ENGLISH[key])

    def heading(self, column: Column) -> str:
        """The label, with the unit a reader could get wrong: "Learning time (h:mm)", "Issued (UTC)"."""
        if column.kind not in ("minutes", "moment"):
            return column.label
        unit = self.word(column.kind)
        return column.label if unit in column.label else f"{column.label} ({unit})"


def printable(text: str) -> str:
    """The text without what no file may hold: control characters (but tab and line ends), lone surrogates."""
    return _UNPRINTABLE.sub("", text)


def utc(moment: dt.datetime) -> dt.datetime:
    """The same moment in UTC. Raises ValueError for a naive one."""
    if moment.utcoffset() is None:
        raise ValueError(f"a moment has no time zone: {moment!r}")
    return moment.astimezone(dt.UTC)


async def batches(rows: AsyncIterator[Row], size: int) -> AsyncGenerator[list[Row], None]:
    """The rows in lists of `size`, the last one shorter; no list is empty."""
    batch: list[Row] = []
    async for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
