"""The completion report: who of an entity is on a course, how far, and with which of its activities they are done.

States only: answers, scores and failed tries are nobody's but the learner's and the assessor's, so what failed
shows as begun. One row for each person on the course whose primary affiliation lies in the entity or below
today; an enrolment that ended before that affiliation began is not the entity's to see.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.domain import Course, Edition
from lms.catalogue.queries import get_course, get_edition
from lms.enrolments.domain.states import ActivityState, Progress
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.i18n import translator
from lms.people.queries import get_entity_visible_to
from lms.reports import queries
from lms.reports.export import Column, Document, Language, Row
from lms.reports.recognition import KINDS

_SHOWN: Mapping[str, str] = {state.value: state.value for state in ActivityState} | {
    ActivityState.FAILED.value: ActivityState.STARTED.value
}


@dataclass(frozen=True, slots=True)
class Frame:
    """What a completion report is of. Its columns are the activities of the course's current version."""

    entity: str
    entity_name: str
    path: str
    course_id: UUID
    edition: Edition
    moment: datetime


async def frame(session: AsyncSession, *, actor: Actor, entity: str, course: str) -> Frame:
    """Fix what the report is of; the entity must be one whose reports `actor` may read."""
    owner = await get_entity_visible_to(session, entity, actor=actor, permission=Permission.REPORTS_READ)
    ref = await get_course(session, course)
    edition = await get_edition(session, ref.version_id)
    return Frame(owner.key, owner.name, owner.path, ref.id, edition, clock.now())


def document(frame: Frame, *, language: str) -> Document:
    """The report's frame as a document of the exporters."""
    _ = translator(language).gettext
    words = frame.edition.texts[frame.edition.language_for(language)]
    columns = [
        Column("name", _("Name"), "text", 24),
        Column("entity", _("Entity"), "text", 16),
        Column("state", _("State"), "text", 10),
        Column("progress", _("Progress (%)"), "hundredths", 9),
        Column("completed_on", _("Completed on"), "day", 11),
        *(
            Column(f"activity_{each.key.replace('-', '_')}", words.activities[each.key].title, "text", 12)
            for each in frame.edition.course.activities
        ),
        Column("person_id", _("Person's identifier"), "text", 36, machine=True),
    ]
    return Document(
        title=_("Completion report"),
        subtitle=f"{words.title}, {frame.entity_name}",
        columns=columns,
        language=cast(Language, language),
        issued_at=frame.moment,
    )


async def rows(session: AsyncSession, frame: Frame) -> AsyncIterator[Row]:
    """Every person's values in the order of the columns, in name order, a batch at a time."""
    versions = await queries.enrolled_versions(session, frame.course_id)
    measures = {version: _Measure((await get_edition(session, version)).course) for version in versions}
    keys = [each.key for each in frame.edition.course.activities]
    async for row in queries.stream_enrolled_in(
        session, course_id=frame.course_id, path=frame.path, kinds=KINDS
    ):
        yield _values(row, measures[row.course_version_id], keys)


class _Measure:
    """What is needed of a version for each row: its activities, and the minutes that count as progress."""

    def __init__(self, course: Course) -> None:
        self.keys = frozenset(each.key for each in course.activities)
        counted = course.required_activities or course.activities
        self.minutes = {each.key: each.minutes for each in counted}
        self.total = sum(self.minutes.values())

    def progress(self, progress: Progress) -> int:
        """Hundredths of a per cent of the minutes that count."""
        done = sum(
            self.minutes.get(key, 0)
            for key, each in progress.items()
            if each["state"] == ActivityState.COMPLETED
        )
        return 10000 * done // self.total if self.total else 10000


def _values(row: Any, measure: _Measure, keys: Iterable[str]) -> list[Any]:
    progress: Progress = row.progress
    completed = row.completed_at.date() if row.completed_at else None
    states = [_state(progress, key) if key in measure.keys else None for key in keys]
    return [
        row.name,
        row.entity,
        row.state,
        measure.progress(progress),
        completed,
        *states,
        str(row.person_id),
    ]


def _state(progress: Progress, key: str) -> str:
    found = progress.get(key)
    return _SHOWN[found["state"]] if found else ActivityState.NOT_STARTED.value
