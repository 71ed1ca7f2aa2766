"""The line grammar quizzes and rubrics share: blocks under headings, and entries with feedback below."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from .course_schema import KEY_FORM, KEY_LENGTH, KEY_PATTERN
from .domain import FindingList

Line: TypeAlias = tuple[int, str]
"""A line's number in its file, and its text."""

_HEADING = re.compile(r"(?P<id>[^\s\[\]]+)\s*\[(?P<kind>[^\]]*)\]\s*")
_NEARLY_A_HEADING = re.compile(r"(?!## )\s*#+\s*(\S+\s*\[\w+\])\s*")
_BEGINS_ANEW = re.compile(r"([-*+]|[0-9]+[.)]|#+)(\s|$)|```|~~~")
"""What in Markdown ends a paragraph: an answer without its mark must not vanish into what stands above it."""

_FENCE = re.compile(r"\s{0,3}(```+|~~~+)")
_KEY = re.compile(KEY_PATTERN)


@dataclass(frozen=True, slots=True)
class Block:
    """A heading and the lines below it, up to the next heading of its level."""

    line: int
    heading: str
    lines: tuple[Line, ...]

    @property
    def id_and_kind(self) -> tuple[str, str] | None:
        """The two parts of `an-id [kind]`; None when the heading is of another form."""
        found = _HEADING.fullmatch(self.heading)
        return (found["id"], found["kind"].strip()) if found else None


@dataclass(slots=True)
class Entry:
    """One answer or rubric line: its first line without indent, further lines of its text, its feedback."""

    line: int
    head: str
    more: list[str] = field(default_factory=list)
    feedback_lines: list[str] = field(default_factory=list)

    @property
    def feedback(self) -> str:
        """Everything said below it with `>`, as Markdown."""
        return joined(self.feedback_lines)

    def text_from(self, first: str) -> str:
        """The entry's text, when `first` is what its first line says after mark and id."""
        return joined([first, *self.more])


def numbered(body: str, first_line: int) -> list[Line]:
    """The lines of a body with their numbers in the file."""
    return list(enumerate(body.split("\n"), first_line))


def split_blocks(lines: Sequence[Line], marker: str) -> tuple[list[Line], list[Block]]:
    """What stands before the first heading that starts with `marker` ("## "), and the blocks from there on.

    A heading within a fenced block of code is text.
    """
    starts = [index for index, text in _unfenced(lines) if text.startswith(marker)]
    ends = [*starts[1:], len(lines)][: len(starts)]
    blocks = [
        Block(lines[start][0], lines[start][1][len(marker) :].strip(), tuple(lines[start + 1 : end]))
        for start, end in zip(starts, ends, strict=True)
    ]
    return list(lines[: starts[0]] if starts else lines), blocks


def with_true_headings(lines: Sequence[Line], findings: FindingList) -> list[Line]:
    """The lines, where a heading with its kind that does not begin with "## " is told of and made one."""
    mended = []
    for number, text in lines:
        if found := _NEARLY_A_HEADING.fullmatch(text):
            findings.error(number, 'Begin the line with "## ": two signs and a space, no indent.')
        mended.append((number, f"## {found[1]}" if found else text))
    return mended


def read_entries(
    lines: Sequence[Line], begins_entry: Callable[[str], bool], findings: FindingList
) -> tuple[str, list[Entry]]:
    """The Markdown before the first entry, and the entries.

    Below an entry, a line with `>` is feedback to it, an indented line or one that follows without a gap
    goes on with what stands above, and anything else belongs nowhere, which is a finding. Before the first
    entry everything is the prompt, quotations included.
    """
    prompt: list[str] = []
    entries: list[Entry] = []
    target: list[str] | None = None  # what a line that follows without a gap goes on with
    for number, text in lines:
        if begins_entry(text):
            entries.append(Entry(number, text.strip()))
            target = entries[-1].more
        elif not entries:
            prompt.append(text)
        else:
            target = _continue(entries[-1], target, number, text, findings)
    return joined(prompt), entries


def check_id(word: str, line: int, what: str, findings: FindingList) -> bool:
    """Whether a word has the form of an id; a finding when it has not."""
    if _KEY.search(word) and len(word) <= KEY_LENGTH:
        return True
    findings.error(line, f'The id of {what} is "{word}", but must be {KEY_FORM}.')
    return False


def joined(lines: Sequence[str]) -> str:
    """Lines as one text, without empty ones at either end."""
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def _continue(
    entry: Entry, target: list[str] | None, number: int, text: str, findings: FindingList
) -> list[str] | None:
    stripped = text.strip()
    if not stripped:
        return None
    if stripped.startswith(">"):
        if target is None and entry.feedback_lines:
            entry.feedback_lines.append("")
        entry.feedback_lines.append(stripped[1:].removeprefix(" "))
        return entry.feedback_lines
    is_inside = text.startswith("  ") and not entry.feedback_lines
    if target is not None and (is_inside or not _BEGINS_ANEW.match(stripped)):
        target.append(stripped)
        return target
    if is_inside:
        entry.more.extend(["", stripped])
        return entry.more
    findings.error(
        number,
        "This line stands after the answers and is none of them: is its mark or its id missing? "
        'Feedback begins with ">"; what is asked stands before the answers.',
    )
    return None


def _unfenced(lines: Sequence[Line]) -> Iterator[tuple[int, str]]:
    """Positions and texts of the lines outside fenced blocks of code."""
    fence = ""
    for index, (_, text) in enumerate(lines):
        found = _FENCE.match(text)
        if found and not fence:
            fence = found[1]
        elif found and found[1].startswith(fence):
            fence = ""
        elif not fence:
            yield index, text
