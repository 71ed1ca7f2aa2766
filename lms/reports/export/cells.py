"""Values as people read them in a PDF: numbers and days in the reader's way, a text in its own direction."""

import datetime as dt
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from operator import index
from typing import Any, Final

from babel.dates import format_date
from babel.numbers import format_decimal

from lms.reports.export.document import (
    Column,
    Document,
    Kind,
    Language,
    Row,
    printable,
    utc,
)
from lms.reports.export.layout import pieces

Cell = str | dict[str, Any]
"""A text; or {"parts": where a long word may end its line, "dir": "ltr", "rtl" or "" for the document's}."""

# Day, month in words, year: no reader can take 3/11 for March. English is the UN's, not the United States'.
_LOCALES: Final[dict[Language, str]] = {"en": "en_001", "zh": "zh_Hans"}
_DAYS: Final[dict[Language, str]] = {"ar": "d MMMM y", "zh": "y-MM-dd"}


def cells(document: Document, row: Row, rooms: Sequence[int]) -> list[Cell]:
    """One line as shown; a room for each column to read. Raises ValueError for a row of another length."""
    values = [pair for pair in zip(document.columns, row, strict=True) if not pair[0].machine]
    return [
        "" if value is None else _show(document, column, value, room)
        for (column, value), room in zip(values, rooms, strict=True)
    ]


def directed(document: Document, value: str, room: int = 60) -> Cell:
    """The text; with its direction if it runs against the document's, in parts if a word exceeds `room`."""
    text = printable(value)
    against = _against(text, document.right_to_left)
    parts = pieces(text, room)
    return {"parts": parts, "dir": against} if against or len(parts) > 1 else text


@lru_cache(maxsize=4096)
def number(language: Language, value: Decimal | int, pattern: str = "#,##0") -> str:
    """A number with the language's marks and Western figures, which all UN duty stations read."""
    return format_decimal(value, pattern, locale=_LOCALES.get(language, language))


@lru_cache(maxsize=4096)
def day(language: Language, value: dt.date) -> str:
    """3 Nov 2026, 3 nov. 2026, 2026-11-03 (zh), ..."""
    return format_date(value, _DAYS.get(language, "d MMM y"), locale=_LOCALES.get(language, language))


def _show(document: Document, column: Column, value: Any, room: int) -> Cell:
    """One value of a column, not None."""
    if column.kind == "text":
        return directed(document, str(value), room)
    return _SHOWN[column.kind](document.language, value)


def _against(text: str, right_to_left: bool) -> str:
    """The direction of the first letter where it is not the document's, else "" (UAX 9, rule P2)."""
    if text.isascii() and not right_to_left:
        return ""
    kinds = (unicodedata.bidirectional(sign) for sign in text)
    first = next((kind for kind in kinds if kind in ("L", "R", "AL")), None)
    return "" if first is None or (first != "L") == right_to_left else "ltr" if right_to_left else "rtl"


def _minutes(_: Language, value: int) -> str:
    """150 as 2:30."""
    hours, minutes = divmod(abs(index(value)), 60)
    return f"{'-' if value < 0 else ''}{hours}:{minutes:02d}"


def _moment(language: Language, value: dt.datetime) -> str:
    """Day and time in UTC; the column's heading says so."""
    moment = utc(value)
    return f"{day(language, moment.date())} {moment:%H:%M}"


_SHOWN: Final[Mapping[Kind, Callable[[Language, Any], str]]] = {
    "integer": lambda language, value: number(language, index(value)),
    "hundredths": lambda language, value: number(language, Decimal(index(value)).scaleb(-2), "#,##0.00"),
    "minutes": _minutes,
    "day": day,
    "moment": _moment,
}
