"""A person's way through a course, and the frame that every page of the player stands in."""

from dataclasses import dataclass
from typing import Any

from fastapi import Request

from lms.catalogue.domain import Activity, Edition
from lms.catalogue.queries import get_edition
from lms.enrolments import queries
from lms.enrolments.domain.states import (
    EnrolmentNotFound,
    EnrolmentState,
    as_taken,
    minutes_left,
    state_of,
)
from lms.kernel.access import Actor
from lms.kernel.http import DbSession
from lms.web.course_view import after, foreign, outline, title_of


@dataclass(frozen=True, slots=True)
class PreviewPlace:
    """Where a preview stands: its page, and the address of the course in one language."""

    home: str
    base: str
    languages: list[
        tuple[str, Any, bool]
    ]  # address in another language, its own name, whether it is this one


@dataclass(frozen=True, slots=True)
class Way:
    """A person's way through a course: the enrolment's row and the edition it pins.

    With a `preview` it is an author's look at a course, at an address of its own, where nothing is recorded.
    """

    row: Any
    edition: Edition
    preview: PreviewPlace | None = None

    @property
    def base(self) -> str:
        """The address that those of the course's activities begin with."""
        return self.preview.base if self.preview else f"/learn/{self.edition.key}"

    def onward(self, activity: str) -> Activity | None:
        """What comes after an activity; in a preview nothing is ever done, so simply the next."""
        course = self.edition.course
        if self.preview is None:
            return after(course, self.row.progress, activity)
        at = [each.key for each in course.activities].index(activity)
        return next(iter(course.activities[at + 1 :]), None)

    def address(self, activity: Activity | None) -> str:
        """The page of an activity; without one, what the course has come to."""
        if activity is not None:
            return f"{self.base}/{activity.key}"
        done = self.row.state == EnrolmentState.COMPLETED
        return f"/courses/{self.edition.key}/completed" if done else self.base


async def way_through(session: DbSession, course: str, *, actor: Actor) -> Way:
    """The actor's way through this course; `EnrolmentNotFound` for whoever is not on it."""
    row = await queries.find_own_enrolment_by_key(session, course, actor=actor)
    if row is None:
        raise EnrolmentNotFound()
    return Way(row, as_taken(await get_edition(session, row.course_version_id), row))


def frame(request: Request, way: Way, activity: Activity) -> dict[str, Any]:
    """What every page of the player shows around its content: where I am, what remains, before and after."""
    row, edition, reader = way.row, way.edition, request.state.language
    course, words = edition.course, edition.texts[row.language]
    module = course.module_of(activity.key)
    number = course.modules.index(module) + 1
    keys = [each.key for each in course.activities]
    at = keys.index(activity.key)
    before = course.activities[at - 1] if at else None
    later = course.activities[at + 1] if at + 1 < len(keys) else None
    text = words.activities[activity.key]
    return {
        "course": course,
        "base": way.base,
        "preview": way.preview,
        "course_title": foreign(words.title, row.language, reader),
        "row": row,
        "activity": activity,
        "state": state_of(row.progress, activity.key).value,
        "title": text.title,
        "outdated": text.outdated,
        "module": foreign(words.modules[module.key], row.language, reader),
        "module_key": module.key,
        "module_number": number,
        "modules_count": len(course.modules),
        "minutes_left": minutes_left(course, row.progress),
        "modules": outline(edition, row, reader, base=way.base, current=activity.key),
        "before": before
        and (foreign(title_of(edition, row, before.key), row.language, reader), way.address(before)),
        "later": later
        and (foreign(title_of(edition, row, later.key), row.language, reader), way.address(later)),
        "here": way.address(activity),
    }
