"""What goes over the wire about versions of a course and what differs between two of them."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel

from lms.catalogue.domain.difference import ActivityDifference, Difference, WordCount
from lms.catalogue.version_queries import VersionRef


class VersionRead(BaseModel):
    """A version as it was published; `is_current`: new enrolments get it."""

    number: int
    change: str
    note: str
    renew_by: date | None
    published_at: datetime
    is_current: bool


class WordsRead(BaseModel):
    """How many words of a language were taken away and added."""

    language: str
    removed: int
    added: int


class FieldRead(BaseModel):
    """Something said of the whole course, before and after."""

    field: str
    before: Any
    after: Any


class ModuleDifferenceRead(BaseModel):
    """A module; `standing` is one of added, removed, changed (its title), moved, same."""

    key: str
    standing: str
    moved: bool
    words: list[WordsRead]


class QuestionDifferenceRead(BaseModel):
    """A question of which something counts otherwise: added, removed or changed."""

    id: str
    standing: str


class ActivityDifferenceRead(BaseModel):
    """An activity; `standing` is one of added, removed, changed, moved, same. `aspects` name what is another."""

    key: str
    standing: str
    moved: bool
    aspects: list[str]
    words: list[WordsRead]
    questions: list[QuestionDifferenceRead]


class DifferenceRead(BaseModel):
    """What became of a course between two versions; every module and activity of either stands here once."""

    course: str
    from_version: int
    to_version: int
    fields: list[FieldRead]
    words: list[WordsRead]
    modules: list[ModuleDifferenceRead]
    activities: list[ActivityDifferenceRead]


def version_read(version: VersionRef, *, current: object) -> VersionRead:
    """A version; `current` is the id of the course's current one."""
    return VersionRead(
        number=version.number,
        change=version.change,
        note=version.note,
        renew_by=version.renew_by,
        published_at=version.published_at,
        is_current=version.id == current,
    )


def difference_read(course: str, old: int, new: int, found: Difference) -> DifferenceRead:
    """A difference between two versions, by their numbers."""
    modules = [
        ModuleDifferenceRead(
            key=each.key, standing=each.standing.value, moved=each.moved, words=_words(each.words)
        )
        for each in found.modules.values()
    ]
    return DifferenceRead(
        course=course,
        from_version=old,
        to_version=new,
        fields=[FieldRead(field=each.field, before=each.before, after=each.after) for each in found.fields],
        words=_words(found.words),
        modules=modules,
        activities=[_activity(each) for each in found.activities.values()],
    )


def _activity(found: ActivityDifference) -> ActivityDifferenceRead:
    return ActivityDifferenceRead(
        key=found.key,
        standing=found.standing.value,
        moved=found.moved,
        aspects=[each.value for each in found.aspects],
        words=_words(found.words),
        questions=[QuestionDifferenceRead(id=key, standing=each.value) for key, each in found.questions],
    )


def _words(counts: tuple[WordCount, ...]) -> list[WordsRead]:
    return [WordsRead(language=each.language, removed=each.removed, added=each.added) for each in counts]
