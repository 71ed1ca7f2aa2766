"""What is wrong with a course, said so that its writer can mend it without asking anyone."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """An error keeps a course from being published; a note does not."""

    ERROR = "error"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake (or remark), with its place and a sentence that says what to do.

    `file` is relative to the courses folder, with forward slashes; `line` counts from 1 and is None
    where no single line is to blame (a missing file). `course` is None for the shared files
    (taxonomy.yaml, providers.yaml).
    """

    file: str
    line: int | None
    sentence: str
    course: str | None = None
    severity: Severity = Severity.ERROR

    @property
    def is_error(self) -> bool:
        """Whether the course cannot be published while this stands."""
        return self.severity is Severity.ERROR

    @property
    def sort_key(self) -> tuple[str, int, str]:
        """By file, then line, then sentence: the order in which a writer mends them."""
        return (self.file, self.line or 0, self.sentence)

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        prefix = "" if self.is_error else "note: "
        return f"{place}: {prefix}{self.sentence}"


@dataclass(frozen=True, slots=True)
class FindingList:
    """Where the checks of one file write down what they find; all files of a library share `found`."""

    file: str
    course: str | None = None
    found: list[Finding] = field(default_factory=list)

    def error(self, line: int | None, sentence: str) -> None:
        """Write down a mistake that keeps the course from being published."""
        self.found.append(Finding(self.file, line, sentence, self.course, Severity.ERROR))

    def note(self, line: int | None, sentence: str) -> None:
        """Write down a remark."""
        self.found.append(Finding(self.file, line, sentence, self.course, Severity.NOTE))

    def in_file(self, file: str) -> FindingList:
        """The same list, for another file of the same course."""
        return FindingList(file, self.course, self.found)
