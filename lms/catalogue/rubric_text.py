"""The block grammar of assignments: the brief, then a rubric that says what each number of points means."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .blocks import Block, Entry, check_id, joined, numbered, read_entries, split_blocks, with_true_headings
from .domain import Criterion, FindingList

_POINTS = re.compile(r"[-*]\s+(\d{1,3}):\s+(\S.*)")
_LOOKS_LIKE_POINTS = re.compile(r"[-*]\s+-?\d+\s*[:.)].*")
_LOOKS_LIKE_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")


@dataclass(frozen=True, slots=True)
class ParsedAssignment:
    """What an assignment's body holds, and the line of each criterion."""

    brief: str
    criteria: tuple[Criterion, ...]
    lines: dict[str, int]


def parse_assignment(body: str, first_line: int, findings: FindingList) -> ParsedAssignment:
    """Read the body of an assignment file, which begins on `first_line` of the file.

    Headings without `[criterion]` belong to the brief as long as no criterion has begun.
    """
    lines = with_true_headings(numbered(body, first_line), findings)
    _, blocks = split_blocks(lines, "## ")
    first = next((index for index, block in enumerate(blocks) if block.id_and_kind), len(blocks))
    rubric_line = blocks[first].line if first < len(blocks) else lines[-1][0] + 1
    for block in blocks[:first]:
        if _LOOKS_LIKE_ID.fullmatch(block.heading):
            findings.error(block.line, f'Write "## {block.heading} [criterion]" if this is a criterion.')
    brief = joined([text for number, text in lines if number < rubric_line])
    criteria = _criteria(blocks[first:], findings)
    _check_whole(brief, blocks[first:], first_line, findings)
    return ParsedAssignment(brief, tuple(each for _, each in criteria), {c.id: n for n, c in criteria})


def _check_whole(brief: str, rubric: list[Block], line: int, findings: FindingList) -> None:
    if not brief:
        findings.error(line, "The brief is missing: what to hand in, how long, in which form.")
    if not rubric:
        findings.error(line, 'The rubric is missing: at least one heading "## its-id [criterion]".')


def _criteria(blocks: list[Block], findings: FindingList) -> list[tuple[int, Criterion]]:
    criteria: dict[str, tuple[int, Criterion]] = {}
    for block in blocks:
        criterion = _criterion(block, findings)
        if criterion is None:
            continue
        if criterion.id in criteria:
            sentence = (
                f'The criterion "{criterion.id}" was already given on line {criteria[criterion.id][0]}.'
            )
            findings.error(block.line, sentence)
        criteria.setdefault(criterion.id, (block.line, criterion))
    return list(criteria.values())


def _criterion(block: Block, findings: FindingList) -> Criterion | None:
    key, kind = block.id_and_kind or ("", "")
    if kind != "criterion":
        findings.error(block.line, 'A heading in a rubric is "## its-id [criterion]".')
        return None
    check_id(key, block.line, "this criterion", findings)
    prompt, entries = read_entries(
        block.lines, lambda text: bool(_LOOKS_LIKE_POINTS.fullmatch(text.strip())), findings
    )
    if not prompt:
        findings.error(block.line, "There is no text under this heading that says what is judged.")
    return Criterion(key, prompt, tuple(_levels(block, entries, findings)))


def _levels(block: Block, entries: list[Entry], findings: FindingList) -> list[str]:
    """The texts for 0, 1, 2, ... points; findings for a rubric that starts elsewhere or has gaps."""
    levels = []
    for wanted, entry in enumerate(entries):
        found = _POINTS.fullmatch(entry.head)
        if not found:
            findings.error(entry.line, 'A level of a rubric is written "- 1: What such work looks like.".')
            continue
        if int(found[1]) != wanted:
            sentence = f"A rubric counts 0, 1, 2 and so on: {found[1]} stands where {wanted} belongs."
            findings.error(entry.line, sentence)
        if entry.feedback_lines:
            findings.error(
                entry.line, 'A rubric has no feedback; take out the lines with ">" below this one.'
            )
        levels.append(entry.text_from(found[2]))
    if len(entries) < 2:
        findings.error(block.line, "A criterion needs at least two levels: 0 points, and 1 point.")
    return levels
