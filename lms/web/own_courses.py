"""What a person has to do with courses, read once for a page: enrolments, completions, cards."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import Request

from lms.catalogue.domain import Course, Edition
from lms.catalogue.queries import get_editions
from lms.completions.queries import latest_by_course
from lms.enrolments.domain.renewals import Lapsing
from lms.enrolments.domain.states import EnrolmentState, as_taken
from lms.enrolments.queries import list_own_enrolments
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.http import DbSession
from lms.web.course_view import latest_enrolments, own_names, own_state, reading_language, waits


@dataclass(frozen=True, slots=True)
class ToRenew:
    """A completion that can be renewed today, and the edition by which."""

    completion: Any
    edition: Edition
    today: date

    @property
    def is_short(self) -> bool:
        """Whether the course's shorter path renews it."""
        return Lapsing.of(self.completion).takes_short_path(self.today, self.edition.course)

    @property
    def modules(self) -> list[str]:
        """Keys of the modules that are required for it."""
        course = self._course
        return [each.key for each in course.modules if any(activity.required for activity in each.activities)]

    @property
    def minutes(self) -> int:
        """What is required for it takes so long."""
        return sum(each.minutes for each in self._course.required_activities)

    @property
    def _course(self) -> Course:
        return self.edition.course.for_renewal() if self.is_short else self.edition.course


@dataclass(frozen=True, slots=True)
class OwnCourses:
    """A person's enrolments and completions by course: read once for a page, however many courses it shows."""

    enrolments: dict[UUID, Any]
    editions: dict[UUID, Edition]  # by version: those enrolments pin, and those completions are renewed by
    completions: dict[UUID, Any]
    today: date

    def state(self, course_id: UUID) -> dict[str, Any]:
        """Where the person stands, as the status macro takes it."""
        enrolment = self.enrolments.get(course_id)
        pinned = self.edition_of(enrolment) if enrolment else None
        completion = self.completions.get(course_id)
        return own_state(enrolment, pinned, completion, self._offered(completion), today=self.today)

    def _offered(self, completion: Any) -> Edition | None:
        return None if completion is None else self.editions.get(completion.current_version_id)

    def to_renew(self) -> list["ToRenew"]:
        """Completions that can be renewed today, and are not being renewed, the one that ends first on top."""
        found = [
            ToRenew(completion, self.editions[completion.current_version_id], self.today)
            for course_id, completion in self.completions.items()
            if self.state(course_id).get("state") == "renew"
        ]
        return sorted(found, key=lambda each: each.completion.valid_until)

    def is_on_older(self, course_id: UUID, current: UUID) -> bool:
        """Whether the person is in the middle of the course, on another version than the current one."""
        row = self.enrolments.get(course_id)
        if row is None or row.state != EnrolmentState.ACTIVE:
            return False
        return bool(row.course_version_id != current)

    def waits(self, course_id: UUID) -> bool:
        """Whether work that was handed in is with its assessor, be the course completed or not."""
        enrolment = self.enrolments.get(course_id)
        return enrolment is not None and waits(self.edition_of(enrolment).course, enrolment.progress)

    def edition_of(self, enrolment: Any) -> Edition:
        """The edition a person's enrolment pins, as they take it."""
        return as_taken(self.editions[enrolment.course_version_id], enrolment)

    def card(self, request: Request, course_id: UUID, edition: Edition) -> dict[str, Any]:
        """A course as the card macro takes it."""
        language = reading_language(request, edition)
        words, reader = edition.texts[language], request.state.language
        course = {
            "title": words.title,
            "summary": words.summary,
            "href": f"/courses/{edition.key}",
            "minutes": edition.course.minutes,
            "modules": len(edition.course.modules),
            "languages": own_names(edition.course.languages),
            "language": None if language == reader else language,
        }
        return {"course": course, "state": self.state(course_id)}


async def own_courses(session: DbSession, actor: Actor, *, shown: Iterable[UUID] = ()) -> OwnCourses:
    """What the actor has to do with courses. Versions that the page has `shown` are read in the same statement."""
    enrolments = latest_enrolments(await list_own_enrolments(session, actor=actor))
    completions = await latest_by_course(session, person_id=actor.person_id)
    pinned = {row.course_version_id for row in enrolments.values()}
    offered = {row.current_version_id for row in completions.values() if row.current_version_id}
    editions = await get_editions(session, {*pinned, *offered, *shown})
    return OwnCourses(enrolments, editions, completions, clock.today())
