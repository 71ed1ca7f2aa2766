"""A CSV file as records: UTF-8, comma or semicolon, one header line whose columns are known. No SQL.

The file is read line by line, however long it is; every reading starts anew from the path.
"""

import codecs
import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from lms.kernel.errors import Fault
from lms.people.imports.domain import BadTable

SAVE_AS_UTF8 = "Save it as UTF-8 (in a spreadsheet: “CSV UTF-8”) and send it again."
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the table; `line` is where it begins in the file, counted from 1."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Table:
    """A file whose header is sound. `columns` stand in the file's order."""

    path: Path
    separator: str
    columns: tuple[str, ...]

    def records(self) -> Iterator[Record]:
        """Every line with something in it. Raises `BadTable` where the file stops being readable."""
        lines = lines_of(self.path)
        reader = csv.reader(lines, delimiter=self.separator, strict=True)
        begins = 1
        try:
            for cells in reader:
                if begins > 1 and any(cell.strip() for cell in cells):
                    yield Record(begins, cells)
                begins = reader.line_num + 1
        except csv.Error as error:
            raise _unreadable(f"The line that begins at {begins} cannot be read: {error}.") from error


def open_table(path: Path, *, known: Sequence[str], required: Sequence[str]) -> Table:
    """The table in a file, its header checked against the `known` columns; every mistake of it at once."""
    first = next(lines_of(path), "")
    if not first.strip():
        raise _unreadable("The file is empty: its first line names the columns.")
    separator = ";" if first.count(";") > first.count(",") else ","
    columns = tuple(name.strip().casefold() for name in next(csv.reader([first], delimiter=separator)))
    faults = [*_unknown(columns, known), *_repeated(columns), *_missing(columns, required)]
    if faults:
        raise BadTable(f"The first line is not right: {faults[0].detail}", faults=faults)
    return Table(path, separator, columns)


def lines_of(path: Path) -> Iterator[str]:
    """The file's lines as text. Raises `BadTable` with the line that is not UTF-8."""
    with path.open("rb") as file:
        head = file.read(4096)
        if head.startswith(_UTF16) or b"\0" in head:
            raise _unreadable(f"The file is UTF-16, or no text at all. {SAVE_AS_UTF8}")
        file.seek(len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0)
        for number, raw in enumerate(file, start=1):
            yield _decoded(raw, number)


def _decoded(raw: bytes, number: int) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        sentence = f"Line {number} is not UTF-8 (byte 0x{raw[error.start]:02X}). {SAVE_AS_UTF8}"
        raise BadTable(sentence, faults=[Fault(f"/line/{number}", sentence)]) from error


def _unreadable(sentence: str) -> BadTable:
    return BadTable(sentence, faults=[Fault("/file", sentence)])


def _unknown(columns: Sequence[str], known: Sequence[str]) -> Iterator[Fault]:
    for place, name in enumerate(columns, start=1):
        if name not in known:
            shown = f"There is no column {name!r}" if name else f"Column {place} has no name"
            yield Fault(f"/{name}", f"{shown}{did_you_mean(name, known)}.")


def _repeated(columns: Sequence[str]) -> Iterator[Fault]:
    for name in dict.fromkeys(columns):
        if name and columns.count(name) > 1:
            yield Fault(f"/{name}", f"The column {name!r} stands there {columns.count(name)} times.")


def _missing(columns: Sequence[str], required: Sequence[str]) -> Iterator[Fault]:
    """`required` holds names; one written "a|b" is satisfied by either."""
    for need in required:
        names = need.split("|")
        if not any(name in columns for name in names):
            yield Fault(f"/{names[0]}", f"The column {' or '.join(map(repr, names))} is missing.")


def did_you_mean(name: str, known: Sequence[str] | Mapping[str, object]) -> str:
    """The end of a sentence that names the nearest of `known`; empty when nothing is near."""
    near = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}" if near else ""
