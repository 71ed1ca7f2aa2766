"""Every SELECT about enrolments, attempts and pieces of work."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, and_, exists, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.models import Course, CourseVersion
from lms.enrolments.domain.states import AttemptNotFound, EnrolmentNotFound, SubmissionNotFound
from lms.enrolments.models import Attempt, Enrolment, Submission
from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.kernel.statements import fetch
from lms.people.models import Affiliation, Entity, Person
from lms.people.queries import current_on, in_scope

enrolments = table_of(Enrolment)
attempts = table_of(Attempt)
submissions = table_of(Submission)
courses = table_of(Course)
versions = table_of(CourseVersion)
persons = table_of(Person)
affiliations = table_of(Affiliation)
entities = table_of(Entity)

# A renewal takes the shorter path as long as what it renews is not revoked; from then on it takes the whole course.
_RENEWS = """CASE WHEN {n}.state = 'active' AND EXISTS (
    SELECT 1 FROM completion_revocations r WHERE r.completion_id = {n}.renews_id) THEN NULL ELSE {n}.renews_id END"""
_PLAIN = [column for column in enrolments.c if column.name != "renews_id"]
_WITH_COURSE = (
    *_PLAIN,
    literal_column(_RENEWS.format(n="enrolments"), Uuid()).label("renews_id"),
    courses.c.key.label("course"),
    courses.c.current_version_id,
    versions.c.number.label("course_version"),
)


def _own(actor: Actor) -> Any:
    return (
        select(*_WITH_COURSE)
        .join(courses, courses.c.id == enrolments.c.course_id)
        .join(versions, versions.c.id == enrolments.c.course_version_id)
        .where(enrolments.c.person_id == actor.person_id)
    )


# Every step a learner takes reads this row first.
_READ_OWN = f"""
SELECT {", ".join(f"n.{column.name}" for column in _PLAIN)}, {_RENEWS.format(n="n")} AS renews_id,
       c.key AS course, c.current_version_id, v.number AS course_version
  FROM enrolments n JOIN courses c ON c.id = n.course_id JOIN course_versions v ON v.id = n.course_version_id
 WHERE n.person_id = $1 AND n.id = $2"""
_LOCK_OWN = f"{_READ_OWN} FOR UPDATE OF n"


async def get_own_enrolment(
    session: AsyncSession, enrolment_id: UUID, *, actor: Actor, lock: bool = False
) -> Any:
    """The actor's own enrolment with the course's key and version; anybody else's is not there.

    With `lock`, no other device can change it until this transaction ends.
    """
    statement = _LOCK_OWN if lock else _READ_OWN
    rows = await fetch(session, statement, actor.person_id, enrolment_id)
    if not rows and lock:
        # While this waited for the lock the enrolment may have moved on: the row of its version no longer fits it.
        rows = await fetch(session, statement, actor.person_id, enrolment_id)
    if not rows:
        raise EnrolmentNotFound()
    return SimpleNamespace(**rows[0])


async def get_enrolment(session: AsyncSession, enrolment_id: UUID) -> Any:
    """An enrolment, for a use case that has just made it or holds its lock."""
    statement = (
        select(*_WITH_COURSE)
        .join(courses, courses.c.id == enrolments.c.course_id)
        .join(versions, versions.c.id == enrolments.c.course_version_id)
        .where(enrolments.c.id == enrolment_id)
    )
    return (await session.execute(statement)).one()


async def list_own_enrolments(
    session: AsyncSession, *, actor: Actor, after: Sequence[str] | None = None, limit: int | None = None
) -> Sequence[Any]:
    """The actor's enrolments, latest first; all of them without a limit."""
    statement = _own(actor).order_by(enrolments.c.id.desc()).limit(limit)
    if after is not None:
        statement = statement.where(enrolments.c.id < UUID(after[0]))
    return (await session.execute(statement)).all()


async def due_days_of(session: AsyncSession, person_id: UUID) -> Sequence[Any]:
    """Courses a person is on that are due on a day: id, course's key, the day, and since when."""
    statement = (
        select(enrolments.c.id, courses.c.key.label("course"), enrolments.c.due_on, enrolments.c.enrolled_at)
        .join(courses, courses.c.id == enrolments.c.course_id)
        .where(
            enrolments.c.person_id == person_id,
            enrolments.c.state == "active",
            enrolments.c.due_on.is_not(None),
        )
        .order_by(enrolments.c.due_on, enrolments.c.id)
    )
    return (await session.execute(statement)).all()


async def find_own_enrolment_in(session: AsyncSession, course_id: UUID, *, actor: Actor) -> Any | None:
    """The actor's latest enrolment in a course that was not withdrawn; None when there is none."""
    statement = (
        _own(actor)
        .where(enrolments.c.course_id == course_id, enrolments.c.state != "withdrawn")
        .order_by(enrolments.c.id.desc())
        .limit(1)
    )
    return (await session.execute(statement)).one_or_none()


async def find_own_enrolment_by_key(session: AsyncSession, course: str, *, actor: Actor) -> Any | None:
    """As `find_own_enrolment_in`, by the course's key; a retired course can still be finished."""
    statement = (
        _own(actor)
        .where(courses.c.key == course, enrolments.c.state != "withdrawn")
        .order_by(enrolments.c.id.desc())
        .limit(1)
    )
    return (await session.execute(statement)).one_or_none()


async def get_own_attempt(
    session: AsyncSession, attempt_id: UUID, *, actor: Actor, lock: bool = False
) -> Any:
    """The actor's own attempt, its enrolment's row beside it (`enrolment_...`)."""
    statement = (
        select(
            attempts,
            enrolments.c.person_id,
            enrolments.c.course_id,
            enrolments.c.language,
            enrolments.c.state.label("enrolment_state"),
            enrolments.c.progress,
            courses.c.key.label("course"),
        )
        .join(enrolments, enrolments.c.id == attempts.c.enrolment_id)
        .join(courses, courses.c.id == enrolments.c.course_id)
        .where(attempts.c.id == attempt_id, enrolments.c.person_id == actor.person_id)
    )
    if lock:
        statement = statement.with_for_update(of=[enrolments, attempts])
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise AttemptNotFound()
    return row


async def attempts_of(session: AsyncSession, enrolment_id: UUID, activity: str) -> Sequence[Any]:
    """All tries at one quiz, the first first."""
    statement = (
        select(attempts)
        .where(attempts.c.enrolment_id == enrolment_id, attempts.c.activity == activity)
        .order_by(attempts.c.number)
    )
    return (await session.execute(statement)).all()


async def starts_before_leaving(session: AsyncSession, enrolment: Any, activity: str) -> Sequence[Any]:
    """Tries at this quiz on enrolments in the course that the learner has withdrawn from: when, of which version."""
    statement = (
        select(attempts.c.started_at, attempts.c.course_version_id)
        .join(enrolments, enrolments.c.id == attempts.c.enrolment_id)
        .where(
            enrolments.c.person_id == enrolment.person_id,
            enrolments.c.course_id == enrolment.course_id,
            enrolments.c.state == "withdrawn",
            attempts.c.activity == activity,
        )
    )
    return (await session.execute(statement)).all()


async def open_attempts_of(session: AsyncSession, enrolment_id: UUID) -> dict[str, Any]:
    """Tries that are begun and not handed in, by the quiz's key."""
    statement = select(attempts).where(
        attempts.c.enrolment_id == enrolment_id, attempts.c.submitted_at.is_(None)
    )
    return {row.activity: row for row in await session.execute(statement)}


async def under_way(session: AsyncSession, enrolment_id: UUID) -> Sequence[str]:
    """Activities in the middle of which a learner is: a quiz that can still be handed in, work not yet assessed."""
    rows = await fetch(session, _UNDER_WAY, enrolment_id)
    return [row["activity"] for row in rows]


# The half minute is what handing in a timed quiz allows for a slow line.
_UNDER_WAY = """
SELECT activity FROM attempts WHERE enrolment_id = $1 AND submitted_at IS NULL
   AND (due_at IS NULL OR due_at > now() - interval '30 seconds')
 UNION SELECT activity FROM submissions WHERE enrolment_id = $1 AND state = 'submitted' ORDER BY 1"""


async def submissions_of(session: AsyncSession, enrolment_id: UUID, activity: str) -> Sequence[Any]:
    """All pieces handed in for one assignment, the first first, with the assessor's name."""
    statement = (
        select(submissions, persons.c.name.label("assessor_name"))
        .join(persons, persons.c.id == submissions.c.assessor_id, isouter=True)
        .where(submissions.c.enrolment_id == enrolment_id, submissions.c.activity == activity)
        .order_by(submissions.c.number)
    )
    return (await session.execute(statement)).all()


def _submissions_for(actor: Actor) -> Any:
    """Work of people in the assessor's entities, never the assessor's own."""
    within = exists().where(
        and_(
            affiliations.c.person_id == enrolments.c.person_id,
            entities.c.id == affiliations.c.entity_id,
            current_on(func.current_date()),
            in_scope(actor, Permission.WORK_ASSESS),
        )
    )
    return (
        select(
            submissions,
            enrolments.c.person_id,
            enrolments.c.language,
            persons.c.name.label("person_name"),
            courses.c.key.label("course"),
        )
        .join(enrolments, enrolments.c.id == submissions.c.enrolment_id)
        .join(persons, persons.c.id == enrolments.c.person_id)
        .join(courses, courses.c.id == enrolments.c.course_id)
        .where(enrolments.c.person_id != actor.person_id, within)
    )


async def list_submissions_to_assess(
    session: AsyncSession, *, actor: Actor, state: str, after: Sequence[str] | None = None, limit: int = 50
) -> Sequence[Any]:
    """Work that waits for (or has had) an assessment by someone like `actor`, the longest waiting first."""
    statement = _submissions_for(actor).where(submissions.c.state == state)
    if after is not None:
        statement = statement.where(submissions.c.id > UUID(after[0]))
    return (await session.execute(statement.order_by(submissions.c.id).limit(limit))).all()


async def get_submission_to_assess(
    session: AsyncSession, submission_id: UUID, *, actor: Actor, lock: bool = False
) -> Any:
    """One piece of work if `actor` may assess it."""
    statement = _submissions_for(actor).where(submissions.c.id == submission_id)
    if lock:
        statement = statement.with_for_update(of=[submissions, enrolments])
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise SubmissionNotFound()
    return row


async def get_submission_file(session: AsyncSession, submission_id: UUID, *, actor: Actor) -> Any:
    """The file's key, name and type, for the learner who handed it in and those who may assess it."""
    own = (
        select(submissions.c.file_key, submissions.c.file_name, submissions.c.file_type)
        .join(enrolments, enrolments.c.id == submissions.c.enrolment_id)
        .where(submissions.c.id == submission_id, enrolments.c.person_id == actor.person_id)
    )
    row = (await session.execute(own)).one_or_none()
    if row is None:
        row = await get_submission_to_assess(session, submission_id, actor=actor)
    if row.file_key is None:
        raise SubmissionNotFound("This piece of work has no file.")
    return row


async def assigned_in_team(session: AsyncSession, *, supervisor_id: UUID) -> Sequence[Any]:
    """Courses assigned by a supervisor to those who report to them today: who, what, done or not."""
    statement = (
        select(
            enrolments.c.person_id,
            enrolments.c.state,
            enrolments.c.due_on,
            enrolments.c.completed_at,
            enrolments.c.course_version_id,
            courses.c.key.label("course"),
        )
        .join(courses, courses.c.id == enrolments.c.course_id)
        .join(
            affiliations,
            and_(affiliations.c.person_id == enrolments.c.person_id, current_on(func.current_date())),
        )
        .where(
            enrolments.c.assigned_by_id == supervisor_id,
            or_(
                affiliations.c.first_reporting_officer_id == supervisor_id,
                affiliations.c.second_reporting_officer_id == supervisor_id,
            ),
        )
        .order_by(enrolments.c.due_on.nulls_last(), enrolments.c.id)
    )
    return (await session.execute(statement)).all()


async def named_files(session: AsyncSession, keys: Sequence[str]) -> set[str]:
    """Which of these storage keys some row names."""
    return set(
        (await session.scalars(select(submissions.c.file_key).where(submissions.c.file_key.in_(keys)))).all()
    )
