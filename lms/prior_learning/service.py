"""Submit, withdraw, confirm and refuse requests for prior learning. The only writer of the room's tables."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from lms.adapters.storage import StoredFile
from lms.catalogue.queries import get_course, get_edition, get_taxonomy
from lms.completions.domain import EvidenceKind
from lms.completions.models import Evidence
from lms.completions.service import Finished, record_prior_learning
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import table_of
from lms.kernel.errors import Fault
from lms.kernel.events import publish
from lms.kernel.ids import new_id
from lms.prior_learning import queries
from lms.prior_learning.domain import (
    Act,
    AlreadyAsked,
    BadRequest,
    Confirmed,
    LearningDecided,
    LearningSubmitted,
    LearningWithdrawn,
    Outcome,
    RequestState,
    faults_in_levels,
    faults_in_request,
    state_after,
)
from lms.prior_learning.models import ConfirmedLevel, LearningRequest, RequestDecision, RequestFile
from lms.skills.domain import PRIOR_LEARNING
from lms.skills.service import Shown, record_shown

requests = table_of(LearningRequest)
evidence = table_of(Evidence)


async def submit(
    session: AsyncSession,
    *,
    acting: Actor,
    course: str,
    words: str,
    links: Sequence[str],
    files: Sequence[StoredFile],
) -> UUID:
    """Ask that what one learned elsewhere be recognised for a course; one request waits at a time."""
    ref = await get_course(session, course)
    words, given = words.strip(), [link.strip() for link in links if link.strip()]
    faults = faults_in_request(words, given, len(files))
    if faults:
        raise BadRequest("Something in this request is not right; see errors.", faults=faults)
    request_id = new_id()
    row = {
        "id": request_id,
        "person_id": acting.person_id,
        "course_id": ref.id,
        "course_version_id": ref.version_id,
        "state": RequestState.SUBMITTED.value,
        "words": words or None,
        "links": given,
        "submitted_at": clock.now(),
    }
    # Two devices at once: the one open request that the index lets in is the first.
    statement = insert(requests).values(row).on_conflict_do_nothing().returning(requests.c.id)
    if await session.scalar(statement) is None:
        raise AlreadyAsked()
    session.add_all(_file(request_id, each) for each in files)
    data = {"person": str(acting.person_id), "course": course}
    await publish(session, [LearningSubmitted(subject_id=request_id, data=data)], acting=acting)
    return request_id


def _file(request_id: UUID, file: StoredFile) -> RequestFile:
    return RequestFile(
        request_id=request_id,
        file_name=file.name,
        file_key=file.key,
        file_type=file.type,
        file_size=file.size,
    )


async def withdraw(session: AsyncSession, *, acting: Actor, request_id: UUID) -> None:
    """Take one's request back while it waits."""
    row = await queries.get_own_request(session, request_id, actor=acting, lock=True)
    await _close(session, row, Act.WITHDRAW)
    data = {"person": str(row.person_id), "course": row.course}
    await publish(session, [LearningWithdrawn(subject_id=request_id, data=data)], acting=acting)


async def confirm(
    session: AsyncSession, *, acting: Actor, request_id: UUID, confirmed: Sequence[Confirmed], words: str
) -> UUID:
    """Confirm what was learned: a completion and skill records, together or not at all; the completion's id.

    A level for each competency that the course taught when the person asked, up to the ceiling of prior learning.
    """
    row = await queries.get_request_to_assess(session, request_id, actor=acting, lock=True)
    state_after(RequestState(row.state), Act.CONFIRM)
    edition = await get_edition(session, row.course_version_id)
    levels = {each.competency: each.level for each in confirmed}
    taught = [each.competency for each in edition.course.teaches]
    ceiling = (await get_taxonomy(session)).ceiling(PRIOR_LEARNING)
    _require(words, [*faults_in_levels(levels, taught, ceiling), *_given_twice(confirmed)])
    today = clock.today()
    until = edition.course.last_valid_day(today)
    words_id = await _keep(session, row.person_id, words)
    finished = Finished(row.person_id, row.course_id, row.course_version_id, 0, today, until)
    completion_id = await record_prior_learning(
        session, acting=acting, finished=finished, request_id=request_id, evidence_id=words_id
    )
    await _record_levels(session, acting, row, completion_id, levels, today, until)
    await _decide(session, acting, row, Act.CONFIRM, words_id, completion_id)
    for each in confirmed:
        note = await _keep(session, row.person_id, each.words) if each.words.strip() else None
        session.add(
            ConfirmedLevel(request_id=request_id, competency=each.competency, level=each.level, words_id=note)
        )
    await session.flush()
    return completion_id


def _given_twice(confirmed: Sequence[Confirmed]) -> list[Fault]:
    counts = Counter(each.competency for each in confirmed)
    sentence = "Give one level for each competency."
    return [Fault(f"/levels/{each}", sentence) for each, times in counts.items() if times > 1]


async def refuse(session: AsyncSession, *, acting: Actor, request_id: UUID, words: str) -> None:
    """Refuse to confirm, with the reasons; the person may ask again."""
    row = await queries.get_request_to_assess(session, request_id, actor=acting, lock=True)
    state_after(RequestState(row.state), Act.REFUSE)
    _require(words, [])
    words_id = await _keep(session, row.person_id, words)
    await _decide(session, acting, row, Act.REFUSE, words_id, None)


def _require(words: str, faults: Sequence[Fault]) -> None:
    """Words are owed to the person whatever is decided."""
    missing = [] if words.strip() else [Fault("/words", "Say what you base this on.")]
    if missing or faults:
        raise BadRequest("This decision is not complete; see errors.", faults=[*faults, *missing])


async def _keep(session: AsyncSession, person_id: UUID, words: str) -> UUID:
    kept = {
        "id": new_id(),
        "person_id": person_id,
        "kind": EvidenceKind.PRIOR_LEARNING.value,
        "words": words.strip(),
        "recorded_at": clock.now(),
    }
    await session.execute(evidence.insert().values(kept))
    return UUID(str(kept["id"]))


async def _record_levels(
    session: AsyncSession,
    acting: Actor,
    row: Any,
    completion_id: UUID,
    levels: Mapping[str, int],
    today: date,
    until: date | None,
) -> None:
    shown = Shown(
        completion_id=completion_id,
        person_id=row.person_id,
        course_version_id=row.course_version_id,
        assessor_id=acting.person_id,
        occurred_on=today,
        valid_until=until,
        levels={competency: level for competency, level in levels.items() if level},
    )
    await record_shown(session, acting=acting, shown=shown)


async def _decide(
    session: AsyncSession, acting: Actor, row: Any, act: Act, words_id: UUID, completion_id: UUID | None
) -> None:
    state = await _close(session, row, act)
    decision = RequestDecision(
        request_id=row.id,
        outcome=Outcome(state.value).value,
        assessor_id=acting.person_id,
        words_id=words_id,
        completion_id=completion_id,
        occurred_on=clock.today(),
    )
    session.add(decision)
    await session.flush()
    data = {"person": str(row.person_id), "course": row.course, "outcome": state.value}
    event = LearningDecided(subject_id=row.id, person_id=row.person_id, data=data)
    await publish(session, [event], acting=acting)


async def _close(session: AsyncSession, row: Any, act: Act) -> RequestState:
    """The caller holds the row's lock."""
    state = state_after(RequestState(row.state), act)
    values = {"state": state.value, "closed_at": clock.now()}
    await session.execute(update(requests).where(requests.c.id == row.id).values(values))
    return state
