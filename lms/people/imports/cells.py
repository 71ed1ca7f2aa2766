"""What one cell may hold: parsers from text to a value. A parser raises `ValueError` with a sentence."""

import re
from collections.abc import Callable, Collection
from datetime import date
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from lms.people.domain import is_email

Parser = Callable[[str], Any]
FIRST_DAY, LAST_DAY = date(1945, 1, 1), date(2199, 12, 31)
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def words(limit: int) -> Parser:
    """Text of one line, its white space made single."""

    def parse(cell: str) -> str:
        if _CONTROL.search(cell):
            raise ValueError("It holds a control character.")
        text = " ".join(cell.split())
        if len(text) > limit:
            raise ValueError(f"At most {limit} characters; this has {len(text)}.")
        return text

    return parse


def one_of(values: Collection[str]) -> Parser:
    """One of a few words, whatever their case."""
    by_fold = {value.casefold(): value for value in values}
    listed = ", ".join(values)

    def parse(cell: str) -> str:
        found = by_fold.get(cell.strip().casefold())
        if found is None:
            raise ValueError(f"One of: {listed}.")
        return found

    return parse


def day(cell: str) -> date:
    """A day as YYYY-MM-DD; nothing else, since 03/04/2025 means two things."""
    try:
        if not _ISO_DAY.fullmatch(cell):
            raise ValueError
        found = date.fromisoformat(cell)
    except ValueError:
        raise ValueError(f"A day is written YYYY-MM-DD; {cell[:20]!r} is none.") from None
    if not FIRST_DAY <= found <= LAST_DAY:
        raise ValueError(f"{cell} lies outside {FIRST_DAY:%Y} to {LAST_DAY:%Y}.")
    return found


def key(cell: str) -> str:
    """A key: small letters and digits, joined by hyphens."""
    if not _KEY.fullmatch(cell) or len(cell) > 100:
        raise ValueError("A key has small letters and digits, joined by hyphens.")
    return cell


def several(parse_one: Parser) -> Parser:
    """Several values with semicolons between, each once, in order."""

    def parse(cell: str) -> list[Any]:
        parts = [part.strip() for part in cell.split(";")]
        return list(dict.fromkeys(parse_one(part) for part in parts if part))

    return parse


def language_tag(cell: str) -> str:
    """A language as BCP 47 writes it."""
    if not _LANGUAGE.fullmatch(cell):
        raise ValueError("A language is written as in BCP 47: en, fr, sw, pt-BR.")
    return cell


def email(cell: str) -> str:
    """An e-mail address."""
    if not is_email(cell) or _CONTROL.search(cell):
        raise ValueError("This is no e-mail address.")
    return cell


def percent(cell: str) -> int:
    """A whole number from 1 to 100."""
    if (
        not cell.isascii()
        or not cell.removesuffix("%").isdigit()
        or not 1 <= int(cell.removesuffix("%")) <= 100
    ):
        raise ValueError("A whole number from 1 to 100.")
    return int(cell.removesuffix("%"))


def year(cell: str) -> int:
    """A year."""
    if not cell.isascii() or not cell.isdigit() or not 1945 <= int(cell) <= 2199:
        raise ValueError("A year of four digits.")
    return int(cell)


def time_zone(cell: str) -> str:
    """An IANA time zone."""
    if cell not in _zones():
        raise ValueError("An IANA time zone, such as Africa/Nairobi.")
    return cell


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def web_address(cell: str) -> str:
    """An address that begins with https:// or http://."""
    if not cell.startswith(("https://", "http://")) or len(cell) > 500 or any(c.isspace() for c in cell):
        raise ValueError("An address that begins with https://.")
    return cell
