"""What a person has to do with courses, read once for a page: enrolments, completions, cards."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import Request

from lms.catalogue.domain import Edition
from lms.catalogue.queries import get_editions
from lms.completions.queries import latest_by_course
from lms.enrolments.domain.states import as_taken
from lms.enrolments.queries import list_own_enrolments
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.http import DbSession
from lms.web.course_view import latest_enrolments, own_names, own_state, reading_language, waits


@dataclass(frozen=True, slots=True)
class OwnCourses:
    """A person's enrolments and completions by course: read once for a page, however many courses it shows."""

    enrolments: dict[UUID, Any]
    pinned: dict[UUID, Edition]
    completions: dict[UUID, Any]
    today: date

    def state(self, course_id: UUID) -> dict[str, Any]:
        """Where the person stands, as the status macro takes it."""
        enrolment = self.enrolments.get(course_id)
        pinned = self.edition_of(enrolment) if enrolment else None
        return own_state(enrolment, pinned, self.completions.get(course_id), today=self.today)

    def waits(self, course_id: UUID) -> bool:
        """Whether work that was handed in is with its assessor, be the course completed or not."""
        enrolment = self.enrolments.get(course_id)
        return enrolment is not None and waits(self.edition_of(enrolment).course, enrolment.progress)

    def edition_of(self, enrolment: Any) -> Edition:
        """The edition a person's enrolment pins, as they take it."""
        return as_taken(self.pinned[enrolment.course_version_id], enrolment)

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


async def own_courses(session: DbSession, actor: Actor) -> OwnCourses:
    """What the actor has to do with courses."""
    enrolments = latest_enrolments(await list_own_enrolments(session, actor=actor))
    pinned = await get_editions(session, [row.course_version_id for row in enrolments.values()])
    completions = await latest_by_course(session, person_id=actor.person_id)
    return OwnCourses(enrolments, pinned, completions, clock.today())
