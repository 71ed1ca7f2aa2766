"""YAML as data with the line of each value, so that a mistake can be shown where it stands.

Only the plain part of YAML is read: no anchors, no tags, and `yes`, `no`, `on`, `12:30` and `1.5` stay the
text they look like. Dates stay text too; the schema says where a date belongs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

from .domain import FindingList

Place: TypeAlias = tuple[str | int, ...]
"""The way from the top of a document to a value: field names and list positions."""

_STANDARD = "tag:yaml.org,2002:"
_WHOLE_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})")
_NOT_CARRIED = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Located:
    """A document's data, and the line (from 1, in the file) on which each value or field stands."""

    data: Any
    lines: Mapping[Place, int] = field(default_factory=dict)

    def line(self, *place: str | int) -> int | None:
        """The line of this place, or of the nearest thing around it."""
        for length in range(len(place), -1, -1):
            if place[:length] in self.lines:
                return self.lines[place[:length]]
        return None


def read_yaml(
    text: str, findings: FindingList, *, first_line: int = 1, texts_only: bool = False
) -> Located | None:
    """Parse one document; None, with a finding, when it cannot be parsed at all.

    `first_line` is the file's line on which `text` begins. `texts_only` (front matter) reads every value as
    text, so that a title may be `2030` without quotes. An empty document is an empty mapping.
    """
    try:
        node = yaml.SafeLoader(text).get_single_node()
    except yaml.YAMLError as error:
        _tell(error, findings, first_line)
        return None
    except RecursionError:
        findings.error(first_line, "This YAML is nested too deeply to be read.")
        return None
    if node is None:
        return Located({}, {(): first_line})
    return _Reader(findings, first_line, texts_only).read(node)


class _Reader:
    """Turns YAML nodes into data, remembering lines; duplicate fields and fancy YAML are findings."""

    def __init__(self, findings: FindingList, first_line: int, texts_only: bool) -> None:
        self.findings, self.first_line, self.texts_only = findings, first_line, texts_only
        self.lines: dict[Place, int] = {}
        self.seen: set[int] = set()

    def read(self, node: yaml.Node) -> Located:
        return Located(self.value(node, ()), self.lines)

    def value(self, node: yaml.Node, place: Place) -> Any:
        line = self.line_of(node)
        self.lines.setdefault(place, line)
        if id(node) in self.seen:
            sentence = "Anchors and aliases (& and *) are not used here; write the value out."
            self.findings.error(self.lines[place], sentence)
            return None
        self.seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(each, (*place, index)) for index, each in enumerate(node.value)]
        return self.scalar(node, line)

    def mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key, line = str(key_node.value), self.line_of(key_node)
            if key in data:
                self.findings.error(line, f'"{key}" is given twice; keep one of them.')
                continue
            self.lines[(*place, key)] = line
            data[key] = self.value(value_node, (*place, key))
        return data

    def scalar(self, node: yaml.Node, line: int) -> str | int | bool | None:
        tag, text = str(node.tag).removeprefix(_STANDARD), str(node.value)
        if tag.startswith(("!", "tag:", "python/")):
            self.findings.error(line, f"Tags ({node.tag}) are not used here; write a plain value.")
        if _NOT_CARRIED.search(text):
            self.findings.error(line, "This text holds a control character; take it out.")
        if tag == "null":
            return None
        if self.texts_only:
            return text
        if tag == "bool" and text.lower() in ("true", "false"):
            return text.lower() == "true"
        return int(text) if tag == "int" and _WHOLE_NUMBER.fullmatch(text) else text

    def line_of(self, node: yaml.Node) -> int:
        return int(node.start_mark.line) + self.first_line


def _tell(error: yaml.YAMLError, findings: FindingList, first_line: int) -> None:
    mark = getattr(error, "problem_mark", None)
    line = first_line if mark is None else mark.line + first_line
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)
    hints = {
        "mapping values are not allowed": 'A text that holds ": " is put in double quotes.',
        "cannot start any token": "Spaces are used for indenting, not tabs; "
        "and a text that begins with a special character is put in double quotes.",
        "expected <block end>": "The lines that belong together must be indented alike.",
    }
    hint = next((f" {text}" for sign, text in hints.items() if sign in problem), "")
    findings.error(line, f"This YAML cannot be read: {problem}.{hint}")
