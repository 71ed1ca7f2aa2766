"""A course edition: everything that is published of a course at one time, as one document with one digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from .codec import CodecError, decode, encode
from .content import ActivityText, AssignmentText, Course, CourseText, PageText, QuizText

FORMAT = 1
TRANSLATED_FROM_LENGTH = 12

_T = TypeVar("_T", PageText, QuizText, AssignmentText)


@dataclass(frozen=True, slots=True)
class Edition:
    """A sound course: structure, and the words in every language it declares."""

    course: Course
    texts: Mapping[str, CourseText]

    @property
    def key(self) -> str:
        """The course's key."""
        return self.course.key

    @property
    def digest(self) -> str:
        """sha256 (64 hex digits) over the canonical JSON: equal exactly when what is published is equal.

        Worked out anew at each call (milliseconds); keep it when it is needed twice.
        """
        return hashlib.sha256(canonical_json(self.to_json()).encode()).hexdigest()

    def language_for(self, *wanted: str) -> str:
        """The first wanted language the course has (fr serves fr-CA), else the original."""
        for language in wanted:
            for candidate in (language, language.partition("-")[0]):
                if candidate in self.texts:
                    return candidate
        return self.course.original

    def page(self, key: str, language: str) -> PageText:
        """A page's words in exactly this language; KeyError when there is no such page."""
        return _of_kind(PageText, self.activity_text(key, language), key)

    def quiz(self, key: str, language: str) -> QuizText:
        """A quiz's words and answer key in exactly this language; KeyError when there is no such quiz."""
        return _of_kind(QuizText, self.activity_text(key, language), key)

    def assignment(self, key: str, language: str) -> AssignmentText:
        """A piece of work and its rubric in exactly this language; KeyError when there is no such one."""
        return _of_kind(AssignmentText, self.activity_text(key, language), key)

    def activity_text(self, key: str, language: str) -> ActivityText:
        """The words of any activity in exactly this language; KeyError when there are none."""
        return self.texts[language].activities[key]

    def to_json(self) -> dict[str, Any]:
        """One JSON document (dicts, lists, strings, integers, booleans) for `course_versions.content`."""
        return {"format": FORMAT, "course": encode(self.course), "texts": encode(self.texts)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Edition:
        """Read `to_json` back without loss, whatever the order of keys; `CodecError` for anything else."""
        if document.get("format") != FORMAT:
            raise CodecError(f"/format: {document.get('format')!r} cannot be read, only {FORMAT}")
        rest = {name: value for name, value in document.items() if name != "format"}
        return decode(cls, rest)


def canonical_json(document: object) -> str:
    """JSON with sorted keys and no spaces, so that equal documents are equal text.

    Editions hold no floats, and their keys are ASCII, so this agrees with RFC 8785.
    """
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def file_digest(text: str) -> str:
    """sha256 of a file's text with Unix line ends: what `sha256sum` says of it, on any machine.

    `translated_from` holds its first twelve characters (`TRANSLATED_FROM_LENGTH`).
    """
    normalised = text.replace("\r\n", "\n").replace("\r", "\n")
    return hashlib.sha256(normalised.encode()).hexdigest()


def _of_kind(kind: type[_T], text: ActivityText, key: str) -> _T:
    if not isinstance(text, kind):
        raise KeyError(key)
    return text
