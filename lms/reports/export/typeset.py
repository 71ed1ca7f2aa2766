"""Run typst in a process of its own, as a script: `python -I typeset.py` with a task on standard input.

A process, because typst takes seconds and up to a gigabyte for a long report: this way it can be stopped, and
all its memory comes back. It imports nothing of ours, so that it starts in a tenth of a second.
"""

import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal, TypedDict

import typst

if sys.platform != "win32":
    import resource

MEMORY: Final = 4 << 30
"""Bytes of address space after which typst is stopped, some three times what the longest report takes."""


class Task(TypedDict):
    """`folder` holds main.typ and what it reads, and receives report.pdf; `fonts` are folders, in order."""

    folder: str
    fonts: list[str]
    timestamp: int
    """Seconds since 1970: the date in the file."""


def typeset(task: Task) -> None:
    """Write the PDF. Raises typst.TypstError.

    The file claims PDF/UA-1 unless a letter has no glyph in any font (a name in a script nobody installed).
    The standard forbids that, but a report with one box in it is better than none; it is tagged all the same.
    """
    try:
        _compile(task, "ua-1")
    except typst.TypstError as error:
        if "could not be displayed" not in error.message:
            raise
        _compile(task, None)


def _compile(task: Task, standards: Literal["ua-1"] | None) -> None:
    """One run of typst with the fonts given and no other; their families go to the template in order."""
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=task["fonts"])
    families = list(dict.fromkeys(font.family for font in fonts.fonts()))
    folder = Path(task["folder"])
    typst.compile(
        folder / "main.typ",
        output=folder / "report.pdf",
        root=folder,
        font_paths=fonts,
        ignore_system_fonts=True,
        sys_inputs={"families": json.dumps(families)},
        pdf_standards=standards,
        timestamp=task["timestamp"],
    )


def _limit_memory() -> None:
    """Have this process die alone rather than take the machine with it, where the system can do that."""
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


if __name__ == "__main__":
    if sys.platform != "win32":
        _limit_memory()
    try:
        typeset(json.load(sys.stdin))
    except typst.TypstError as error:
        sys.exit(f"{error.message}\n{error.diagnostic}")
