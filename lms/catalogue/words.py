"""One Markdown file of a course as it was read: front matter, body by its kind, and what was seen in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from .course_schema import ACTIVITY_WORDS, COURSE_WORDS
from .domain import (
    TRANSLATED_FROM_LENGTH,
    ActivityKind,
    ActivityText,
    AssignmentText,
    CourseText,
    FindingList,
    PageText,
    QuizText,
    file_digest,
)
from .front_matter import MarkdownFile, read_markdown_file
from .markdown import MarkdownFacts, inspect_markdown
from .quiz_text import ParsedQuiz, parse_quiz
from .rubric_text import ParsedAssignment, parse_assignment

Body: TypeAlias = str | ParsedQuiz | ParsedAssignment
"""A page's (or course.md's) Markdown, a quiz's questions, an assignment's rubric."""

_SYNTAX = re.compile(r"(?m)^(## \S+)\s*\[[^\]\n]*\]\s*$|^(\s*[-*]\s+)\[[^\]\n]{0,2}\] ")


@dataclass(frozen=True, slots=True)
class WordFile:
    """A file of words. `facts` hold lines of the file; `digest` is of the file with its front matter."""

    file: str
    markdown: MarkdownFile
    body: Body
    facts: MarkdownFacts
    digest: str

    def is_older_than(self, original: WordFile) -> bool:
        """Whether the original has changed since this was translated from it, as far as this file says."""
        said = self.markdown.text("translated_from")
        return bool(said) and said != original.digest[:TRANSLATED_FROM_LENGTH]


@dataclass(frozen=True, slots=True)
class LanguageWords:
    """The files of one language that could be read: `course.md`, and one for each activity by its key."""

    language: str
    course: WordFile | None = None
    activities: dict[str, WordFile] = field(default_factory=dict)

    @property
    def files(self) -> tuple[WordFile, ...]:
        """Every file that could be read."""
        return (*((self.course,) if self.course else ()), *self.activities.values())

    def has_all(self, activities: Iterable[str]) -> bool:
        """Whether course.md and each of these activities' files could be read."""
        return self.course is not None and all(key in self.activities for key in activities)


def read_words(text: str, kind: ActivityKind | None, findings: FindingList) -> WordFile:
    """Read one file's text; `kind` None is course.md. Mistakes within this file are findings."""
    schema = COURSE_WORDS if kind is None else ACTIVITY_WORDS
    markdown = read_markdown_file(text, schema, findings)
    facts = _facts(markdown, kind)
    _check_markdown(facts, findings)
    body = _read_body(markdown, kind, findings)
    return WordFile(findings.file, markdown, body, facts, file_digest(text))


def activity_text(words: WordFile, *, outdated: bool) -> ActivityText:
    """The words as they are published."""
    title = words.markdown.text("title")
    match words.body:
        case ParsedQuiz():
            return QuizText(title, words.body.introduction, words.body.questions, outdated)
        case ParsedAssignment():
            return AssignmentText(title, words.body.brief, words.body.criteria, outdated)
        case body:
            return PageText(title, body, outdated)


def course_text(words: LanguageWords, original: LanguageWords) -> CourseText:
    """One language's words as they are published; call it for a sound course only."""
    if words.course is None or original.course is None or not isinstance(words.course.body, str):
        raise ValueError("a sound course has a course.md in every language")
    activities = {
        key: activity_text(each, outdated=each.is_older_than(original.activities[key]))
        for key, each in words.activities.items()
    }
    front = words.course.markdown
    modules = dict(front.front.data["modules"])
    outdated = words.course.is_older_than(original.course)
    return CourseText(
        front.text("title"), front.text("summary"), words.course.body, modules, activities, outdated
    )


def _read_body(markdown: MarkdownFile, kind: ActivityKind | None, findings: FindingList) -> Body:
    if kind is ActivityKind.QUIZ:
        return parse_quiz(markdown.body, markdown.body_line, findings)
    if kind is ActivityKind.ASSIGNMENT:
        return parse_assignment(markdown.body, markdown.body_line, findings)
    body = markdown.body.strip("\n")
    if not body.strip():
        findings.error(markdown.body_line, "There is no text below the front matter.")
    return body


def _facts(markdown: MarkdownFile, kind: ActivityKind | None) -> MarkdownFacts:
    """What the Markdown holds, in lines of the file; a quiz's own brackets are taken out first."""
    body = markdown.body
    if kind in (ActivityKind.QUIZ, ActivityKind.ASSIGNMENT):
        body = _SYNTAX.sub(lambda found: found[1] or found[2] or "", body)
    return inspect_markdown(body).moved(markdown.body_line - 1)


def _check_markdown(facts: MarkdownFacts, findings: FindingList) -> None:
    for line in facts.html:
        findings.error(line, "HTML is not used; write Markdown, or `<` as `&lt;`.")
    for line in facts.pictures:
        findings.error(line, "Pictures are not carried; say it in words or as a table.")
    for line in facts.top_headings:
        findings.error(line, 'Headings begin at "##"; the title stands in the front matter.')
    for line, address in facts.lost:
        findings.error(line, f'"{address}" is no lesson\'s address; write /lessons/ and its key.')
