"""The block grammar of quizzes: text to questions, with a finding for whatever is not as README.md says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from .blocks import (
    Block,
    Entry,
    Line,
    check_id,
    joined,
    numbered,
    read_entries,
    split_blocks,
    with_true_headings,
)
from .domain import (
    FULL,
    HALF,
    NOTHING,
    QUESTION_KINDS,
    Choice,
    FindingList,
    Item,
    Matching,
    Number,
    OneChoice,
    Ordering,
    Pair,
    Question,
    Scenario,
    SeveralChoices,
    Step,
)
from .schema_check import did_you_mean

IdPath: TypeAlias = tuple[str, ...]
"""(question), (question, option) or (question, step, option)."""

MARKS = {"x": FULL, "~": HALF, " ": NOTHING}

_ID_AND_TEXT = r"([^\s:]+):\s+(\S.*)"
_CHOICE = re.compile(r"[-*]\s+\[([^\]]{0,2})\]\s*(.*)")
_CHOICE_TEXT = re.compile(_ID_AND_TEXT)
_ITEM = re.compile(r"(\d+)[.)]\s+(.*)")
_PAIR = re.compile(r"[-*]\s+([^\s:=]+):\s+(\S.*?)\s+=\s+([^\s:=]+):\s+(\S.*)")
_NUMBER = re.compile(r"=\s*(-?\d+(?:\.\d+)?)(?:\s*(?:\+-|±)\s*(\d+(?:\.\d+)?))?")


@dataclass(frozen=True, slots=True)
class ParsedQuiz:
    """What a quiz's body holds. A question with a finding is still here, as far as it could be read."""

    introduction: str
    questions: tuple[Question, ...]
    lines: dict[IdPath, int]

    def line(self, *path: str) -> int | None:
        """The line of a question, step or option, or of what it stands in."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return None


def parse_quiz(body: str, first_line: int, findings: FindingList) -> ParsedQuiz:
    """Read the body of a quiz file, which begins on `first_line` of the file."""
    lines = with_true_headings(numbered(body, first_line), findings)
    introduction, blocks = split_blocks(lines, "## ")
    reader = _QuizReader(findings)
    questions = [question for block in blocks if (question := reader.question(block)) is not None]
    if not blocks:
        findings.error(first_line, 'A quiz needs at least one question: a heading "## its-id [one_choice]".')
    return ParsedQuiz(joined([text for _, text in introduction]), tuple(questions), reader.lines)


class _QuizReader:
    """Reads question blocks one after another, remembering where each id stands."""

    def __init__(self, findings: FindingList) -> None:
        self.findings = findings
        self.lines: dict[IdPath, int] = {}

    def question(self, block: Block) -> Question | None:
        parts = block.id_and_kind
        if parts is None:
            sentence = 'A heading in a quiz is a question\'s id and its kind: "## who-signs [one_choice]".'
            self.findings.error(block.line, sentence)
            return None
        key, kind = parts
        check_id(key, block.line, "this question", self.findings)
        if not self._remember((key,), block.line, "question"):
            return None
        if kind not in QUESTION_KINDS:
            known = f"must be one of: {', '.join(QUESTION_KINDS)}.{did_you_mean(kind, QUESTION_KINDS)}"
            self.findings.error(block.line, f'The kind of a question is "{kind}", but {known}')
            return None
        return self._of_kind(key, kind, block)

    def _of_kind(self, key: str, kind: str, block: Block) -> Question | None:
        match kind:
            case "scenario":
                return self._scenario(key, block)
            case "ordering":
                return self._ordering(key, block)
            case "matching":
                return self._matching(key, block)
            case "number":
                return self._number(key, block)
            case _:
                return self._choice_question(key, kind, block)

    def _choice_question(self, key: str, kind: str, block: Block) -> Question | None:
        prompt, options = self._choices((key,), block.line, block.lines, half=False)
        self._need_prompt(prompt, block.line)
        right = sum(option.is_right for option in options)
        if options and not right:
            self.findings.error(block.line, f'Question "{key}" has no right answer; mark it with [x].')
        if kind == "several_choices":
            return SeveralChoices(key, prompt, options)
        if right > 1:
            sentence = f'Question "{key}" has {right} right answers; one_choice has exactly one.'
            self.findings.error(block.line, sentence)
        return OneChoice(key, prompt, options)

    def _scenario(self, key: str, block: Block) -> Scenario:
        prompt, blocks = split_blocks(block.lines, "### ")
        scene = joined([text for _, text in prompt])
        self._need_prompt(scene, block.line)
        if not blocks:
            sentence = f'Scenario "{key}" has no step: a heading "### its-id", a text and its choices.'
            self.findings.error(block.line, sentence)
        steps = [step for each in blocks if (step := self._step(key, each)) is not None]
        return Scenario(key, scene, tuple(steps))

    def _step(self, key: str, block: Block) -> Step | None:
        check_id(block.heading, block.line, "this step", self.findings)
        if not self._remember((key, block.heading), block.line, "step"):
            return None
        prompt, options = self._choices((key, block.heading), block.line, block.lines, half=True)
        self._need_prompt(prompt, block.line)
        if options and not any(option.is_right for option in options):
            sentence = f'Step "{block.heading}" has no choice that earns everything; mark the best with [x].'
            self.findings.error(block.line, sentence)
        return Step(block.heading, prompt, options)

    def _ordering(self, key: str, block: Block) -> Ordering:
        prompt, entries = self._entries(block, _ITEM, "in the right order, as a list numbered from 1")
        self._need_prompt(prompt, block.line)
        items = [item for place, entry in enumerate(entries, 1) if (item := self._item(key, entry, place))]
        self._need_two(block.line, entries, items)
        self._tells_the_order(key, items, block.line)
        return Ordering(key, prompt, tuple(items), self._feedback(key, entries, block.line))

    def _item(self, key: str, entry: Entry, place: int) -> Item | None:
        found = _ITEM.fullmatch(entry.head)
        text = _CHOICE_TEXT.fullmatch(found[2]) if found else None
        if not found or not text:
            self.findings.error(entry.line, 'A step to be ordered is written "1. its-id: Its text.".')
            return None
        if int(found[1]) != place:
            sentence = f"Number {found[1]} stands where {place} belongs; the list is in the right order."
            self.findings.error(entry.line, sentence)
        check_id(text[1], entry.line, "this step", self.findings)
        if not self._remember((key, text[1]), entry.line, "step"):
            return None
        return Item(text[1], entry.text_from(text[2]))

    def _matching(self, key: str, block: Block) -> Matching:
        begins = re.compile(r"[-*]\s+.*")
        prompt, entries = self._entries(block, begins, 'as "- left-id: Its text = right-id: Its text"')
        self._need_prompt(prompt, block.line)
        pairs = [pair for entry in entries if (pair := self._pair(entry))]
        for side in ([pair.left for pair in pairs], [pair.right for pair in pairs]):
            self._no_twins(side, block.line)
        self._remember_pairs(key, pairs, entries)
        self._need_two(block.line, entries, pairs)
        return Matching(key, prompt, tuple(pairs), self._feedback(key, entries, block.line))

    def _pair(self, entry: Entry) -> Pair | None:
        found = _PAIR.fullmatch(" ".join([entry.head, *entry.more]))
        if not found:
            sentence = 'A pair is written "- left-id: Its text = right-id: Its text".'
            self.findings.error(entry.line, sentence)
            return None
        check_id(found[1], entry.line, "the left side", self.findings)
        check_id(found[3], entry.line, "the right side", self.findings)
        if found[1] == found[3]:
            self.findings.note(entry.line, f'Both sides have the id "{found[1]}", which tells the answer.')
        return Pair(Item(found[1], found[2]), Item(found[3], found[4]))

    def _remember_pairs(self, key: str, pairs: Sequence[Pair], entries: Sequence[Entry]) -> None:
        """Ids must differ on each side; the same id may stand on both."""
        for side, ids in (("left", [p.left.id for p in pairs]), ("right", [p.right.id for p in pairs])):
            for word in [word for word, count in Counter(ids).items() if count > 1]:
                line = next(e.line for e in reversed(entries) if re.search(rf"\b{re.escape(word)}:", e.head))
                self.findings.error(line, f'The {side} id "{word}" is given twice in question "{key}".')
        for pair, entry in zip(pairs, entries, strict=False):
            self.lines.setdefault((key, pair.left.id), entry.line)

    def _number(self, key: str, block: Block) -> Number | None:
        begins = re.compile(r"=.*")
        prompt, entries = self._entries(block, begins, 'as "= 6400" or "= 6400 +- 1"')
        self._need_prompt(prompt, block.line)
        if len(entries) > 1:
            self.findings.error(entries[1].line, f'Question "{key}" has two answers; a number has one.')
        found = _NUMBER.fullmatch(entries[0].head) if entries else None
        if not found:
            if entries:
                sentence = 'The answer is written "= 6400" or "= 6400 +- 1": digits, no commas or units.'
                self.findings.error(entries[0].line, sentence)
            return None
        feedback = self._feedback(key, entries, block.line)
        return Number(key, prompt, Decimal(found[1]), Decimal(found[2] or 0), feedback)

    def _choices(
        self, path: IdPath, line: int, lines: Sequence[Line], *, half: bool
    ) -> tuple[str, tuple[Choice, ...]]:
        """The prompt and the options of a question or step; `half` allows the mark [~]."""
        prompt, entries = read_entries(
            lines, lambda text: bool(_CHOICE.fullmatch(text.strip())), self.findings
        )
        if not entries:
            self.findings.error(line, f'"{path[-1]}" has no choices: "- [x] its-id: Its text.", one a line.')
        options = [option for entry in entries if (option := self._choice(path, entry, half))]
        self._need_two(line, entries, options)
        self._no_twins(options, line)
        return prompt, tuple(options)

    def _choice(self, path: IdPath, entry: Entry, half: bool) -> Choice | None:
        found = _CHOICE.fullmatch(entry.head)
        text = _CHOICE_TEXT.fullmatch(found[2]) if found else None
        if not found or not text:
            self.findings.error(entry.line, 'A choice is written "- [ ] its-id: Its text.".')
            return None
        check_id(text[1], entry.line, "this choice", self.findings)
        worth = self._worth(found[1], entry.line, half)
        if not self._remember((*path, text[1]), entry.line, "choice"):
            return None
        if worth < FULL and not entry.feedback:
            sentence = f'Choice "{text[1]}" is not right and has no feedback: say why, on a line with ">".'
            self.findings.error(entry.line, sentence)
        return Choice(text[1], entry.text_from(text[2]), worth, entry.feedback)

    def _worth(self, mark: str, line: int, half: bool) -> int:
        """What the mark is worth; a wrong mark counts as what it looks like."""
        if mark not in MARKS:
            self.findings.error(line, f"The mark [{mark}] is none of [x], [ ] and (in a scenario) [~].")
        elif MARKS[mark] == HALF and not half:
            self.findings.error(line, "The mark [~] has a meaning in scenarios only.")
            return NOTHING
        return MARKS.get(mark.strip().lower(), NOTHING)

    def _entries(self, block: Block, begins: re.Pattern[str], form: str) -> tuple[str, list[Entry]]:
        prompt, entries = read_entries(
            block.lines, lambda text: bool(begins.fullmatch(text.strip())), self.findings
        )
        if not entries:
            self.findings.error(block.line, f"This question has no answer: it is written below it, {form}.")
        return prompt, entries

    def _feedback(self, key: str, entries: Sequence[Entry], line: int) -> str:
        """What is said about the whole answer, wherever below the answers it stands."""
        feedback = "\n\n".join(entry.feedback for entry in entries if entry.feedback)
        if entries and not feedback:
            self.findings.note(line, f'Question "{key}" has no feedback for someone who answers wrongly.')
        return feedback

    def _need_prompt(self, prompt: str, line: int) -> None:
        if not prompt:
            self.findings.error(line, "There is no text under this heading that says what is asked.")

    def _need_two(self, line: int, entries: Sequence[Entry], read: Sequence[object]) -> None:
        if len(entries) == len(read) == 1:
            self.findings.error(line, "One choice is no choice; there must be at least two.")

    def _no_twins(self, things: Iterable[Choice | Item], line: int) -> None:
        """Two options with the same words cannot be told apart by anyone who answers."""
        for text, count in Counter(thing.text for thing in things).items():
            if count > 1:
                self.findings.error(line, f'Two answers here have the same words: "{text[:60]}".')

    def _tells_the_order(self, key: str, items: Sequence[Item], line: int) -> None:
        """Ids go over the wire; a, b, c or step-1, step-2 would be the answer."""
        ids = [item.id for item in items]
        counted = all(len(each) == 1 or each[-1].isdigit() for each in ids)
        if len(ids) > 1 and counted and ids == sorted(ids):
            sentence = f'The ids of "{key}" ({", ".join(ids)}) tell the right order; use words.'
            self.findings.note(line, sentence)

    def _remember(self, path: IdPath, line: int, what: str) -> bool:
        """Whether this id is new where it stands; a finding when it is not."""
        if path in self.lines:
            sentence = f'The {what} id "{path[-1]}" was already used on line {self.lines[path]}.'
            self.findings.error(line, sentence)
            return False
        self.lines[path] = line
        return True
