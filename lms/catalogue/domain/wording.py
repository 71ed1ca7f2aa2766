"""How one text became another: paragraphs side by side, the words that differ marked within them.

Pure, and the same read both ways: what is marked as added one way is marked as removed the other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from .content import ActivityText, AssignmentText, Criterion, PageText, QuizText
from .questions import HALF, Choice, Matching, Number, OneChoice, Ordering, Question, Scenario, SeveralChoices

# A Chinese character is a word of its own; marks above and below letters belong to their word.
_TOKENS = re.compile(
    r"[\u3400-\u9fff\uf900-\ufaff]|[^\W_](?:(?![\u3400-\u9fff])[\w\u0300-\u036f\u064b-\u0670’'])*|\s+|."
)
_PARAGRAPHS = re.compile(r"\n[ \t]*\n\s*")
_ALIKE = 0.3  # paragraphs that share less are two, not one that was rewritten
_MOST_PAIRS, _MOST_WORDS = 40_000, 4_000_000  # products of lengths up to which one looks closer


@dataclass(frozen=True, slots=True)
class Run:
    """Words that follow one another; `changed`: the other side does not have them."""

    text: str
    changed: bool = False


Paragraph = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A paragraph as it was and as it is; None where one side has no such paragraph."""

    before: Paragraph | None
    after: Paragraph | None

    @property
    def is_same(self) -> bool:
        """Whether nothing in it differs."""
        return self.before == self.after

    def mirrored(self) -> Row:
        """The same, read the other way."""
        return Row(self.after, self.before)


def compare(old: str, new: str) -> tuple[Row, ...]:
    """Every paragraph of both texts, in order, each once; `compare(a, a)` marks nothing."""
    if old > new:  # difflib is not symmetric, so one of the two ways is always the one it goes
        return tuple(row.mirrored() for row in compare(new, old))
    before, after = _paragraphs(old), _paragraphs(new)
    rows: list[Row] = []
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            rows += (Row((Run(each),), (Run(each),)) for each in before[i:j])
        else:
            rows += (_row(one, other) for one, other in _paired(before[i:j], after[k:m]))
    return tuple(rows)


def count_changed(rows: Sequence[Row]) -> tuple[int, int]:
    """Words taken away and words added."""
    removed = sum(_words(run) for row in rows for run in row.before or ())
    return removed, sum(_words(run) for row in rows for run in row.after or ())


def _words(run: Run) -> int:
    return sum(token[0].isalnum() for token in _TOKENS.findall(run.text)) if run.changed else 0


def _paragraphs(text: str) -> list[str]:
    return [each for each in _PARAGRAPHS.split(text.strip()) if each]


def _row(one: str | None, other: str | None) -> Row:
    if one is None or other is None:
        return Row(one and (Run(one, True),), other and (Run(other, True),))  # type: ignore[arg-type]
    before, after = _TOKENS.findall(one), _TOKENS.findall(other)
    if len(before) * len(after) > _MOST_WORDS:
        return Row((Run(one, True),), (Run(other, True),))
    codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    was = [Run("".join(before[i:j]), tag != "equal") for tag, i, j, _, _ in codes if i < j]
    now = [Run("".join(after[k:m]), tag != "equal") for tag, _, _, k, m in codes if k < m]
    return Row(tuple(was), tuple(now))


def _paired(one: Sequence[str], other: Sequence[str]) -> Iterator[tuple[str | None, str | None]]:
    """Paragraphs that were rewritten beside each other, in order; the rest stand alone."""
    if len(one) * len(other) > _MOST_PAIRS:
        yield from ((each, None) for each in one)
        yield from ((None, each) for each in other)
        return
    i = j = 0
    for at, there in _alignment(one, other):
        yield from ((each, None) for each in one[i:at])
        yield from ((None, each) for each in other[j:there])
        yield one[at], other[there]
        i, j = at + 1, there + 1
    yield from ((each, None) for each in one[i:])
    yield from ((None, each) for each in other[j:])


def _alignment(one: Sequence[str], other: Sequence[str]) -> list[tuple[int, int]]:
    """The pairs, in order on both sides, that are most alike together."""
    left, right = ([Counter(_TOKENS.findall(each)) for each in side] for side in (one, other))
    best: list[list[float]] = [[0.0] * (len(right) + 1) for _ in range(len(left) + 1)]
    alike = [[_likeness(a, b) for b in right] for a in left]
    for i in reversed(range(len(left))):
        for j in reversed(range(len(right))):
            best[i][j] = max(best[i + 1][j], best[i][j + 1], best[i + 1][j + 1] + alike[i][j])
    pairs, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        if alike[i][j] and best[i][j] == best[i + 1][j + 1] + alike[i][j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    """The share of words in common, from 0; nothing for what is below the measure."""
    both = one.total() + other.total()
    share = 2 * (one & other).total() / both if both else 0.0
    return share if share >= _ALIKE else 0.0


# -- what is compared --------------------------------------------------------------------------------------


def written(text: ActivityText | None) -> str:
    """An activity's words as one text, much as its file says them; nothing for None."""
    match text:
        case PageText():
            parts = [text.title, text.body]
        case QuizText():
            parts = [text.title, text.introduction, *(_question(each) for each in text.questions)]
        case AssignmentText():
            parts = [text.title, text.brief, *(_criterion(each) for each in text.criteria)]
        case None:
            parts = []
    return "\n\n".join(each.strip() for each in parts if each.strip())


def _criterion(criterion: Criterion) -> str:
    levels = (f"- {points}: {words}" for points, words in enumerate(criterion.levels))
    return "\n".join([f"## {criterion.id}", criterion.prompt, "", *levels])


def _question(question: Question) -> str:
    head = f"## {question.id} [{question.kind}]\n{question.prompt}"
    match question:
        case OneChoice() | SeveralChoices():
            return f"{head}\n\n{_options(question.options)}"
        case Ordering():
            lines = [f"{at}. {item.id}: {item.text}" for at, item in enumerate(question.items, 1)]
        case Matching():
            lines = [f"- {p.left.id}: {p.left.text} = {p.right.id}: {p.right.text}" for p in question.pairs]
        case Number():
            lines = [f"= {question.value} +- {question.tolerance}"]
        case Scenario():
            steps = (f"### {each.id}\n{each.prompt}\n\n{_options(each.options)}" for each in question.steps)
            return "\n\n".join([head, *steps])
    return "\n\n".join([head, "\n".join(lines), *([f"> {question.feedback}"] if question.feedback else [])])


def _options(options: Sequence[Choice]) -> str:
    lines = []
    for each in options:
        mark = "x" if each.is_right else "~" if each.worth == HALF else " "
        lines.append(f"- [{mark}] {each.id}: {each.text}")
        lines += [f"  > {each.feedback}"] if each.feedback else []
    return "\n".join(lines)
