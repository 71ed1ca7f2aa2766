"""What became of a course between two versions: every module and activity in exactly one class, and what of it.

Pure, and the same read both ways: `difference(a, b).mirrored() == difference(b, a)`. What an edition says of itself
(its release) and whether a translation is behind its original are no part of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

from .codec import encode
from .content import Activity, ActivityText, AssignmentText, Course, CourseText, QuizText
from .edition import Edition
from .questions import Matching, Number, OneChoice, Ordering, Question, Scenario, SeveralChoices
from .wording import compare, count_changed, written


class Standing(StrEnum):
    """What became of a part; a part that was moved and changed counts as changed, and says that it was moved."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"
    SAME = "same"


class Aspect(StrEnum):
    """What of an activity is another. QUESTIONS, RUBRIC: what is right and what it is worth; WORDS: how it is said."""

    KIND = "kind"
    MINUTES = "minutes"
    REQUIRED = "required"
    PASS_MARK = "pass_mark"  # noqa: S105 (of a quiz)
    DRAW = "draw"
    ATTEMPTS = "attempts"
    TIME_LIMIT = "time_limit_minutes"
    QUESTIONS = "questions"
    RUBRIC = "rubric"
    WORDS = "words"


_MIRROR = {Standing.ADDED: Standing.REMOVED, Standing.REMOVED: Standing.ADDED}
_ON_ACTIVITY = (
    Aspect.KIND, Aspect.MINUTES, Aspect.REQUIRED, Aspect.PASS_MARK, Aspect.DRAW, Aspect.ATTEMPTS, Aspect.TIME_LIMIT,
)  # fmt: skip
_ELSEWHERE = {
    "key",
    "release",
    "modules",
}  # of a course: its name, what the edition says of itself, its parts


@dataclass(frozen=True, slots=True)
class WordCount:
    """How many words of a language were taken away and added."""

    language: str
    removed: int
    added: int


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """Something course.yaml says of the whole course; values as JSON."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class ModuleDifference:
    """A module; `words` are those of its title."""

    key: str
    standing: Standing
    moved: bool = False
    words: tuple[WordCount, ...] = ()


@dataclass(frozen=True, slots=True)
class ActivityDifference:
    """An activity, in the module it stands in before and after (None where there is none)."""

    key: str
    standing: Standing
    before: Activity | None
    after: Activity | None
    moved: bool = False
    aspects: tuple[Aspect, ...] = ()
    words: tuple[WordCount, ...] = ()
    questions: tuple[tuple[str, Standing], ...] = ()  # by id, those of which something counts otherwise


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that differs, and by key every module and activity of either version."""

    fields: tuple[FieldDifference, ...]
    words: tuple[WordCount, ...]  # of the course's title, summary and description
    modules: Mapping[str, ModuleDifference]
    activities: Mapping[str, ActivityDifference]

    @property
    def is_empty(self) -> bool:
        """Whether the two are the same."""
        modules, activities = self.modules.values(), self.activities.values()
        standings = {*(each.standing for each in modules), *(each.standing for each in activities)}
        return standings <= {Standing.SAME} and not self.fields and not self.words

    def mirrored(self) -> Difference:
        """The same, read the other way."""
        return Difference(
            tuple(replace(each, before=each.after, after=each.before) for each in self.fields),
            _turned(self.words),
            {key: _turned_part(each) for key, each in self.modules.items()},
            {key: _turned_activity(each) for key, each in self.activities.items()},
        )


def difference(old: Edition, new: Edition) -> Difference:
    """What became of `old` in `new`."""
    return Difference(
        fields=tuple(_fields(old.course, new.course)),
        words=_counts(old, new, lambda text: "\n\n".join([text.title, text.summary, text.about])),
        modules=_modules(old, new),
        activities=_activities(old, new),
    )


# -- the course and its modules ----------------------------------------------------------------------------


def _fields(old: Course, new: Course) -> Iterable[FieldDifference]:
    for name in (each.name for each in fields(Course) if each.name not in _ELSEWHERE):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield FieldDifference(name, encode(before), encode(after))


def _counts(old: Edition, new: Edition, say: Any) -> tuple[WordCount, ...]:
    """For each language of both in which `say` gives another text: how many words differ."""
    found = []
    for language in sorted(set(old.texts) & set(new.texts)):
        before, after = say(old.texts[language]), say(new.texts[language])
        if before != after:
            found.append(WordCount(language, *count_changed(compare(before, after))))
    return tuple(found)


def _modules(old: Edition, new: Edition) -> dict[str, ModuleDifference]:
    before, after = ([each.key for each in one.course.modules] for one in (old, new))
    stayed = _in_the_same_order(before, after)
    found = {}
    for key in dict.fromkeys([*after, *before]):
        moved = key in before and key in after and key not in stayed
        both = key in before and key in after
        words = _counts(old, new, lambda text, key=key: text.modules.get(key, "")) if both else ()
        standing = _standing(key in before, key in after, bool(words), moved)
        found[key] = ModuleDifference(key, standing, moved, words)
    return found


def _standing(before: bool, after: bool, changed: bool, moved: bool) -> Standing:
    if not (before and after):
        return Standing.ADDED if after else Standing.REMOVED
    return Standing.CHANGED if changed else Standing.MOVED if moved else Standing.SAME


def _in_the_same_order(one: Sequence[str], other: Sequence[str]) -> frozenset[str]:
    """The keys that kept their order: of the longest common subsequences the first by name, so the same both ways."""
    best: list[list[tuple[int, tuple[str, ...]]]] = [
        [(0, ())] * (len(other) + 1) for _ in range(len(one) + 1)
    ]
    for i in reversed(range(len(one))):
        for j in reversed(range(len(other))):
            found = min(best[i + 1][j], best[i][j + 1])
            if one[i] == other[j]:
                length, rest = best[i + 1][j + 1]
                found = min(found, (length - 1, (one[i], *rest)))
            best[i][j] = found
    return frozenset(best[0][0][1])


# -- activities --------------------------------------------------------------------------------------------


def _activities(old: Edition, new: Edition) -> dict[str, ActivityDifference]:
    before = {each.key: (module.key, each) for module in old.course.modules for each in module.activities}
    after = {each.key: (module.key, each) for module in new.course.modules for each in module.activities}
    stayed = _stayed(old.course, new.course)
    found = {}
    for key in dict.fromkeys([*after, *before]):
        one, other = before.get(key, (None, None))[1], after.get(key, (None, None))[1]
        if one is None or other is None:
            found[key] = ActivityDifference(
                key, _standing(one is not None, other is not None, False, False), one, other
            )
        else:
            found[key] = _activity(old, new, one, other, moved=key not in stayed)
    return found


def _stayed(old: Course, new: Course) -> frozenset[str]:
    """Activities that are in the module they were in, in the order they had among those."""
    after = {module.key: [each.key for each in module.activities] for module in new.modules}
    both = ((module, after.get(module.key, [])) for module in old.modules)
    kept = (_in_the_same_order([each.key for each in module.activities], there) for module, there in both)
    return frozenset().union(*kept)


def _activity(
    old: Edition, new: Edition, one: Activity, other: Activity, *, moved: bool
) -> ActivityDifference:
    aspects = [each for each in _ON_ACTIVITY if getattr(one, each.value) != getattr(other, each.value)]
    before, after = _text(old, one.key), _text(new, one.key)
    questions = _questions(before, after)
    if questions:
        aspects.append(Aspect.QUESTIONS)
    if rubric_of(before) != rubric_of(after):
        aspects.append(Aspect.RUBRIC)
    words = _counts(old, new, lambda text: written(text.activities.get(one.key)))
    if words:
        aspects.append(Aspect.WORDS)
    standing = _standing(True, True, bool(aspects), moved)
    return ActivityDifference(one.key, standing, one, other, moved, tuple(aspects), words, questions)


def _text(edition: Edition, key: str) -> ActivityText | None:
    """Its words in the original: ids and marks are the same in every language."""
    text: CourseText | None = edition.texts.get(edition.course.original)
    return text.activities.get(key) if text else None


def _questions(before: ActivityText | None, after: ActivityText | None) -> tuple[tuple[str, Standing], ...]:
    one, other = bank_of(before), bank_of(after)
    return tuple(
        (key, _standing(key in one, key in other, True, False))
        for key in sorted({*one, *other})
        if one.get(key) != other.get(key)
    )


def bank_of(text: ActivityText | None) -> dict[str, Any]:
    """What a quiz asks, without a word of it: each question's right answer and what every choice is worth."""
    return {each.id: marks_of(each) for each in text.questions} if isinstance(text, QuizText) else {}


def rubric_of(text: ActivityText | None) -> tuple[tuple[str, int], ...]:
    """The criteria of a piece of work and the most each is worth; their order says nothing."""
    criteria = text.criteria if isinstance(text, AssignmentText) else ()
    return tuple(sorted((each.id, each.max_points) for each in criteria))


def marks_of(question: Question) -> tuple[Any, ...]:
    """What is right about a question; options are shuffled, so only an ordering's order counts."""
    match question:
        case OneChoice() | SeveralChoices():
            return (question.kind, tuple(sorted((each.id, each.worth) for each in question.options)))
        case Ordering():
            return (question.kind, tuple(each.id for each in question.items))
        case Matching():
            return (question.kind, tuple(sorted((each.left.id, each.right.id) for each in question.pairs)))
        case Number():
            return (question.kind, question.value, question.tolerance)
        case Scenario():
            steps = (
                (step.id, tuple(sorted((each.id, each.worth) for each in step.options)))
                for step in question.steps
            )
            return (question.kind, tuple(steps))


# -- read the other way ------------------------------------------------------------------------------------


def _turned(words: tuple[WordCount, ...]) -> tuple[WordCount, ...]:
    return tuple(WordCount(each.language, each.added, each.removed) for each in words)


def _turned_part(part: ModuleDifference) -> ModuleDifference:
    return replace(part, standing=_MIRROR.get(part.standing, part.standing), words=_turned(part.words))


def _turned_activity(part: ActivityDifference) -> ActivityDifference:
    return replace(
        part,
        standing=_MIRROR.get(part.standing, part.standing),
        before=part.after,
        after=part.before,
        words=_turned(part.words),
        questions=tuple((key, _MIRROR.get(standing, standing)) for key, standing in part.questions),
    )
