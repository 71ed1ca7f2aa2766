"""Every SELECT about requests for prior learning: one's own, and those one may assess."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Date, and_, cast, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.models import Course
from lms.completions.models import Evidence
from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.people.models import Affiliation, Entity, Person
from lms.people.queries import current_on, in_scope
from lms.prior_learning.domain import RequestNotFound, RequestState
from lms.prior_learning.models import ConfirmedLevel, LearningRequest, RequestDecision, RequestFile

requests = table_of(LearningRequest)
files = table_of(RequestFile)
decisions = table_of(RequestDecision)
levels = table_of(ConfirmedLevel)
evidence = table_of(Evidence)
courses = table_of(Course)
persons = table_of(Person)
affiliations = table_of(Affiliation)
entities = table_of(Entity)
_assessors = persons.alias("assessors")


def _requests() -> Any:
    return (
        select(
            requests,
            courses.c.key.label("course"),
            persons.c.name.label("person_name"),
            decisions.c.assessor_id,
            decisions.c.completion_id,
            decisions.c.recorded_at.label("decided_at"),
            evidence.c.words.label("decision_words"),
            _assessors.c.name.label("assessor_name"),
        )
        .join(courses, courses.c.id == requests.c.course_id)
        .join(persons, persons.c.id == requests.c.person_id)
        .join(decisions, decisions.c.request_id == requests.c.id, isouter=True)
        .join(evidence, evidence.c.id == decisions.c.words_id, isouter=True)
        .join(_assessors, _assessors.c.id == decisions.c.assessor_id, isouter=True)
    )


def _may_assess(actor: Actor) -> Any:
    """People of the assessor's entities, never the assessor.

    What was decided, or withdrawn, stays with the assessors of those days: whoever moves on takes it with them.
    """
    day = func.coalesce(cast(requests.c.closed_at, Date), func.current_date())
    within = exists().where(
        and_(
            affiliations.c.person_id == requests.c.person_id,
            entities.c.id == affiliations.c.entity_id,
            current_on(day),
            in_scope(actor, Permission.WORK_ASSESS),
        )
    )
    return and_(requests.c.person_id != actor.person_id, within)


async def list_own_requests(
    session: AsyncSession, *, actor: Actor, after: Sequence[str] | None = None, limit: int = 50
) -> Sequence[Any]:
    """The actor's requests, latest first."""
    statement = _requests().where(requests.c.person_id == actor.person_id)
    if after is not None:
        statement = statement.where(requests.c.id < UUID(after[0]))
    return (await session.execute(statement.order_by(requests.c.id.desc()).limit(limit))).all()


async def list_requests_to_assess(
    session: AsyncSession,
    *,
    actor: Actor,
    state: RequestState,
    after: Sequence[str] | None = None,
    limit: int = 50,
) -> Sequence[Any]:
    """Requests in a state that somebody like `actor` may assess, the longest waiting first."""
    statement = _requests().where(requests.c.state == state.value, _may_assess(actor))
    if after is not None:
        statement = statement.where(requests.c.id > UUID(after[0]))
    return (await session.execute(statement.order_by(requests.c.id).limit(limit))).all()


async def get_request_visible_to(session: AsyncSession, request_id: UUID, *, actor: Actor) -> Any:
    """One's own request, or one that one may assess."""
    found = await _find(session, request_id, requests.c.person_id == actor.person_id)
    return found or await get_request_to_assess(session, request_id, actor=actor)


async def get_own_request(
    session: AsyncSession, request_id: UUID, *, actor: Actor, lock: bool = False
) -> Any:
    """One of the actor's own requests; anybody else's is not there."""
    found = await _find(session, request_id, requests.c.person_id == actor.person_id, lock=lock)
    if found is None:
        raise RequestNotFound()
    return found


async def get_request_to_assess(
    session: AsyncSession, request_id: UUID, *, actor: Actor, lock: bool = False
) -> Any:
    """One request, if the actor may assess it. With `lock` no other assessor decides meanwhile."""
    found = await _find(session, request_id, _may_assess(actor), lock=lock)
    if found is None:
        raise RequestNotFound()
    return found


async def _find(session: AsyncSession, request_id: UUID, condition: Any, *, lock: bool = False) -> Any | None:
    statement = _requests().where(requests.c.id == request_id, condition)
    if lock:
        statement = statement.with_for_update(of=requests)
    return (await session.execute(statement)).one_or_none()


async def find_open_request(session: AsyncSession, course: str, *, actor: Actor) -> Any | None:
    """The actor's request for a course that waits for its assessor."""
    statement = _requests().where(
        requests.c.person_id == actor.person_id,
        courses.c.key == course,
        requests.c.state == RequestState.SUBMITTED.value,
    )
    return (await session.execute(statement)).one_or_none()


async def files_of(session: AsyncSession, request_ids: Sequence[UUID]) -> dict[UUID, list[Any]]:
    """Files by request, in the order they were sent."""
    found: dict[UUID, list[Any]] = {each: [] for each in request_ids}
    statement = select(files).where(files.c.request_id.in_(request_ids)).order_by(files.c.id)
    for row in await session.execute(statement):
        found[row.request_id].append(row)
    return found


async def get_file_visible_to(session: AsyncSession, request_id: UUID, file_id: UUID, *, actor: Actor) -> Any:
    """A file of a request, for its person and those who may assess it."""
    await get_request_visible_to(session, request_id, actor=actor)
    statement = select(files).where(files.c.id == file_id, files.c.request_id == request_id)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise RequestNotFound("This request has no such file.")
    return row


async def levels_of(session: AsyncSession, request_ids: Sequence[UUID]) -> dict[UUID, list[Any]]:
    """By request, the level confirmed for each competency, with the assessor's words."""
    found: dict[UUID, list[Any]] = {each: [] for each in request_ids}
    statement = (
        select(levels.c.request_id, levels.c.competency, levels.c.level, evidence.c.words)
        .join(evidence, evidence.c.id == levels.c.words_id, isouter=True)
        .where(levels.c.request_id.in_(request_ids))
        .order_by(levels.c.competency)
    )
    for row in await session.execute(statement):
        found[row.request_id].append(row)
    return found


async def named_files(session: AsyncSession, keys: Sequence[str]) -> set[str]:
    """Which of these storage keys some row names."""
    return set((await session.scalars(select(files.c.file_key).where(files.c.file_key.in_(keys)))).all())
