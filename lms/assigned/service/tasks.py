"""What is still to be done of what was assigned, course by course: for plans and calendars."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from lms.assigned import queries
from lms.assigned.domain.standing import Standing
from lms.assigned.service.settling import course_minutes
from lms.catalogue.queries import get_programmes
from lms.completions.domain.programmes import courses_left, programme_state
from lms.kernel import clock


@dataclass(frozen=True, slots=True)
class Task:
    """A course that someone was assigned, alone or as a part of a programme."""

    course: str
    due_on: date
    compulsory: bool
    programme: str | None = None


async def tasks_of(session: AsyncSession, people: Sequence[UUID]) -> dict[UUID, dict[str, Task]]:
    """Open courses of these people by course, the soonest due of several; who has none is not among them."""
    open_ones = await queries.open_assignments_of(session, people)
    courses = await _courses_of_programmes(session, [each for each in open_ones if each.programme])
    found: dict[UUID, dict[str, Task]] = {}
    for each in open_ones:  # the soonest due first
        own = found.setdefault(each.person_id, {})
        for course in (each.course,) if each.course else courses[each.id]:
            own.setdefault(course, Task(course, each.due_on, each.compulsory, each.programme))
    return found


async def _courses_of_programmes(
    session: AsyncSession, open_ones: Sequence[Standing]
) -> dict[UUID, tuple[str, ...]]:
    """What is left of each programme that was assigned; where there is a choice, the shortest."""
    if not open_ones:
        return {}
    programmes = (await get_programmes(session)).programmes
    known = {str(each.programme) for each in open_ones if programmes.get(str(each.programme))}
    courses = sorted({course for key in known for course in programmes.courses_of(key)})
    minutes = await course_minutes(session, courses)
    done = await queries.done_courses(session, [each.person_id for each in open_ones], courses)

    def left(each: Standing) -> tuple[str, ...]:
        if each.programme not in known:
            return ()
        state = programme_state(programmes, each.programme, done.get(each.person_id, ()), clock.today())
        return tuple(course for course in courses_left(state, minutes) if course in minutes)

    return {each.id: left(each) for each in open_ones}
