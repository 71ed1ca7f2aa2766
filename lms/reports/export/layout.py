"""How a table fits on A4 landscape: widths of columns, size of type, longest words. Lengths in points."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from lms.reports.export.document import Document, Kind

_WIDE: Final = 762.0  # between the margins
_INSET: Final = 8.0  # left and right of a cell
_SIGN: Final = 0.58  # of the type size: a letter of mixed text, bold headings included
_MARKS: Final = r"-@._/\\:;,=&?#+"
_CUT: Final = "\0"  # no text holds it
_LEAST: Final[dict[Kind, int]] = {"day": 12, "moment": 18}  # characters, so that a day stays on one line


@dataclass(frozen=True, slots=True)
class Layout:
    """Type size, and for each column its share of the width and the characters a word of it may have."""

    size: float
    shares: list[float]
    rooms: list[int]


def layout(document: Document) -> Layout:
    """Widths as asked, but never under the heading's longest word; type of 6.5 to 9 points to fit."""
    signs = [_signs(document, place) for place in range(len(document.columns))]
    wide = _WIDE - _INSET * len(signs)
    size = min(9.0, max(6.5, int(2 * wide / (_SIGN * sum(signs))) / 2))
    shares = [_INSET + wide * each / sum(signs) for each in signs]
    rooms = [max(1, int((share - _INSET) / (_SIGN * size))) for share in shares]
    return Layout(size, shares, rooms)


def pieces(text: str, room: int) -> list[str]:
    """The text cut where a line may end inside a word longer than `room`: after a mark, else anywhere.

    The pieces joined are the text again. Typst lets a long word run into the next column. East Asian
    signs need no help, and end a word here.
    """
    if len(text) <= room or not (long := _long(room)).search(text):
        return [text]
    return long.sub(lambda word: _CUT + _CUT.join(_part(room).findall(word[0])), text).strip(_CUT).split(_CUT)


@lru_cache(maxsize=256)
def _long(room: int) -> re.Pattern[str]:
    """Matches a word of more than `room` letters."""
    return re.compile(rf"[^\s\u2e80-\uffef\U00020000-\U0003ffff]{{{room + 1},}}")


@lru_cache(maxsize=256)
def _part(room: int) -> re.Pattern[str]:
    """Matches the next part of a long word, with the mark behind it."""
    return re.compile(rf"[^{_MARKS}]{{1,{room}}}[{_MARKS}]?|[{_MARKS}]{{1,{room}}}")


def _signs(document: Document, place: int) -> int:
    """Characters the column needs in a line."""
    column = document.columns[place]
    words = document.heading(column).split()
    return max(column.width, _LEAST.get(column.kind, 1), *(min(len(word), 24) + 1 for word in words), 3)
