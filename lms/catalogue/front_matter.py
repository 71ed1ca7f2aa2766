"""The few YAML lines between `---` and `---` at the head of a Markdown file, and the body below them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .domain import FindingList
from .schema_check import check_schema
from .yaml_lines import Located, read_yaml


@dataclass(frozen=True, slots=True)
class MarkdownFile:
    """A file of words: front matter that fits its schema, and the body with the line on which it begins."""

    front: Located
    body: str
    body_line: int

    def text(self, field: str) -> str:
        """A field of the front matter as text, empty when it is not there."""
        value = self.front.data.get(field) if isinstance(self.front.data, dict) else None
        return value if isinstance(value, str) else ""


def read_markdown_file(text: str, schema: dict[str, Any], findings: FindingList) -> MarkdownFile:
    """Split a file and check its front matter; what cannot be read is a finding and counts as empty."""
    lines = text.split("\n")
    end = _end_of_front_matter(lines)
    if end is None:
        sentence = 'The file must begin with a line "---", its title, and another line "---".'
        findings.error(1, sentence)
        return MarkdownFile(Located({}), text, 1)
    front = read_yaml("\n".join(lines[1:end]), findings, first_line=2, texts_only=True)
    if front is not None:
        check_schema(front, schema, findings)
    return MarkdownFile(front or Located({}), "\n".join(lines[end + 1 :]), end + 2)


def _end_of_front_matter(lines: list[str]) -> int | None:
    if lines[0].rstrip() != "---":
        return None
    return next((index for index, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None)
