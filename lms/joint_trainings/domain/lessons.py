"""What a lesson is: its words, its way from draft to library, its versions and translations, and what is said of it."""

import hashlib
import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from enum import StrEnum
from typing import ClassVar

from lms.joint_trainings.domain.states import Obstacle, TrainingState
from lms.kernel.errors import Conflict, Fault, Invalid, NotAllowed, NotFound
from lms.kernel.events import Event
from lms.kernel.i18n import LANGUAGES, normalise, words_in_order


class LessonState(StrEnum):
    """Where the text of a lesson stands. A text that was published stays so until another one is."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    KEPT = "kept"  # reviewed, for the hosts alone
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class Outcome(StrEnum):
    """How a review of a lesson, or of a translation, ended."""

    RETURNED = "returned"
    KEPT = "kept"
    PUBLISHED = "published"
    ACCEPTED = "accepted"  # a translation


class HostKind(StrEnum):
    """With whom a training was held, as the library tells it: no name."""

    ENTITIES = "entities"  # entities and their units alone
    COMPANY = "company"
    FOUNDATION = "foundation"
    ASSOCIATION = "association"
    ACADEMIC = "academic"


@dataclass(frozen=True, slots=True)
class Words:
    """The public part. `failed` is what did not work; `again` what one would do again, or do differently."""

    title: str
    context: str
    done: str
    worked: str
    failed: str
    again: str
    advice: str


FIELDS = tuple(each.name for each in fields(Words))
TAGS = ("competencies", "focuses")
LEAST_WORDS = 5
"""A sentence. Less says nothing of what did not work."""
WRITTEN_IN = frozenset({TrainingState.RUNNING, TrainingState.CLOSED, TrainingState.REVIEWED})
SUBMITTED_IN = frozenset({TrainingState.CLOSED, TrainingState.REVIEWED})
RESERVED = frozenset({"digest", "review"})
"""Addresses below /lessons that are no lesson's."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A lesson as it is being written; the language is that of its words."""

    language: str
    words: Words
    private_part: str = ""
    competencies: tuple[str, ...] = ()
    focuses: tuple[str, ...] = ()


def words_from(values: Mapping[str, str]) -> Words:
    """The words of a mapping; a field that is missing is empty."""
    return Words(**{name: plain(values.get(name) or "") for name in FIELDS})


def plain(text: str) -> str:
    """A text without spaces around it, its lines ended the same way whatever it was typed on."""
    return text.replace("\r\n", "\n").strip()


def texts_of(words: Words) -> dict[str, str]:
    """The words by field."""
    return {name: getattr(words, name) for name in FIELDS}


def digest_of(language: str, words: Words) -> str:
    """What a host approves: this text in this language, to the letter."""
    said = json.dumps([language, *texts_of(words).items()], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()


def faults_in_words(words: Words) -> list[Fault]:
    """What keeps a text from being handed in: a field left empty, or a failure told in less than a sentence."""
    found = [Fault(f"/{name}", "Write this part.") for name in FIELDS if not getattr(words, name)]
    if words.failed and len(words_in_order(words.failed)) < LEAST_WORDS:
        found.append(
            Fault("/failed", "Say in a sentence at least what did not work; others learn most from it.")
        )
    return found


def key_for(title: str, taken: Container[str]) -> str:
    """A free key made of a title: its words in Latin letters and digits; a number where they are taken or none."""
    kept = [word for word in normalise(title).replace("'", " ").split() if word.isascii()]
    plain = "".join(each if each.isalnum() else " " for each in " ".join(kept))
    stem = "-".join(plain.split())[:60].strip("-") or "lesson"
    number, key = 1, stem
    while key in taken or key in RESERVED:
        number += 1
        key = f"{stem}-{number}"
    return key


def obstacles_to_review(to: TrainingState, *, is_evaluated: bool, has_lesson: bool) -> list[Obstacle]:
    """What a training that is to be reviewed still lacks: its results, and a lesson somebody else has read."""
    if to is not TrainingState.REVIEWED:
        return []
    found = [] if is_evaluated else [Obstacle("not_evaluated", "/evaluated_at")]
    return found + ([] if has_lesson else [Obstacle("no_lesson", "/lesson")])


def faults_in_translation(language: str, original: str, words: Words) -> list[Fault]:
    """What is wrong with a translation by itself."""
    found = [Fault(f"/{name}", "Translate this part.") for name in FIELDS if not getattr(words, name)]
    if language not in LANGUAGES:
        found.append(Fault("/language", f"{language!r} is none of the six languages."))
    if language == original:
        found.append(Fault("/language", "The lesson is written in this language."))
    return found


def month_before(day: date) -> date:
    """The first day of the month before."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def last_of_month(day: date) -> date:
    """The last day of the month that `day` lies in."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)


# -- errors ------------------------------------------------------------------------------------------------


class LessonNotFound(NotFound):
    type, title = "lesson-not-found", "There is no such lesson here"


class LessonExists(Conflict):
    type, title = "lesson-exists", "This training has its lesson already; change that one"


class LessonTooEarly(Conflict):
    type, title = (
        "lesson-too-early",
        "A lesson is written once its training runs, and handed in once it is closed",
    )


class BadLesson(Invalid):
    type, title = "bad-lesson", "Something about this lesson is not right"


class NotForPartners(NotAllowed):
    type, title = "lesson-of-the-entities", "The entities that host the training do this"


class NotSubmitted(Conflict):
    type, title = "lesson-not-submitted", "This text does not wait for a review"


class OwnLesson(NotAllowed):
    type, title = "own-lesson", "Somebody who did not write it reviews it"


class NamesStand(Conflict):
    """`names` says which, `faults` where."""

    type, title = "lesson-names", "The public part names whom it may not name"

    def __init__(self, faults: Sequence[Fault]) -> None:
        sentence = (
            "Take these names out, or have the hosts they belong to approve exactly this text; see errors."
        )
        super().__init__(sentence, faults=faults)


class TextChanged(Conflict):
    type, title = "lesson-text-changed", "This is not the text as it stands now; read it again"


class NotNamed(Conflict):
    type, title = "lesson-host-not-there", "You act for no host that could approve this text"


class TranslationNotFound(NotFound):
    type, title = "translation-not-found", "There is no such translation here"


# -- events ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonChanged(Event):
    """A lesson was begun or changed; `data.training` is its training's id here and below."""

    type: ClassVar[str] = "joint_trainings.lesson_changed"
    subject_type: ClassVar[str] = "lesson"


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonSubmitted(Event):
    """A lesson waits for somebody to review it."""

    type: ClassVar[str] = "joint_trainings.lesson_submitted"
    subject_type: ClassVar[str] = "lesson"


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonApproved(Event):
    """A host approved that it is named in exactly this text; `data.host`, `data.digest`."""

    type: ClassVar[str] = "joint_trainings.lesson_approved"
    subject_type: ClassVar[str] = "lesson"


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonReviewed(Event):
    """A lesson was returned, or kept for its hosts; `data.outcome` says which."""

    type: ClassVar[str] = "joint_trainings.lesson_reviewed"
    subject_type: ClassVar[str] = "lesson"


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonPublished(Event):
    """A lesson is in the library; `data.key` is its address there."""

    type: ClassVar[str] = "joint_trainings.lesson_published"
    subject_type: ClassVar[str] = "lesson"


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonWithdrawn(Event):
    """A lesson is in the library no more."""

    type: ClassVar[str] = "joint_trainings.lesson_withdrawn"
    subject_type: ClassVar[str] = "lesson"


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonTranslated(Event):
    """A translation was added, or reviewed; `data.language`, and `data.outcome` once it was."""

    type: ClassVar[str] = "joint_trainings.lesson_translated"
    subject_type: ClassVar[str] = "lesson"
