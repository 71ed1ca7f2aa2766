"""Use cases of completions: record own and recorded ones, revoke. The only writer of the room's tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from lms.completions import queries
from lms.completions.domain import (
    RULE,
    AlreadyRevoked,
    CompletionRevoked,
    CourseCompleted,
    EvidenceKind,
    Source,
)
from lms.completions.models import Completion, Evidence
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.kernel.errors import Fault, Invalid, NotAllowed
from lms.kernel.events import publish
from lms.kernel.ids import new_id
from lms.kernel.writes import flush, gather

completions = table_of(Completion)
evidence = table_of(Evidence)


@dataclass(frozen=True, slots=True)
class Finished:
    """What there is to record about one person and one course version."""

    person_id: UUID
    course_id: UUID
    course_version_id: UUID
    minutes: int
    occurred_on: date
    valid_until: date | None
    enrolment_id: UUID | None = None
    sender: str | None = None
    evidence_words: str | None = None
    evidence_link: str | None = None


async def record_own(session: AsyncSession, *, acting: Actor | None, finished: Finished) -> UUID:
    """Append the completion that an enrolment earned; the caller holds the enrolment's lock."""
    row = row_of(finished, Source.ACTIVITIES, recorded_by=None, at=clock.now())
    gather(session, completions, [row])
    await publish(session, [event_of(row)], acting=acting)
    return UUID(str(row["id"]))


async def record_prior_learning(
    session: AsyncSession, *, acting: Actor, finished: Finished, request_id: UUID, evidence_id: UUID
) -> UUID:
    """Append the completion that an assessor confirmed; the caller holds the request's lock and made the evidence."""
    row = row_of(finished, Source.PRIOR_LEARNING, recorded_by=acting.person_id, at=clock.now())
    row |= {"request_id": request_id, "evidence_id": evidence_id}
    await session.execute(completions.insert().values(row))
    await publish(session, [event_of(row)], acting=acting)
    return UUID(str(row["id"]))


async def record_attended(
    session: AsyncSession, *, acting: Actor | None, finished: Finished, attendance_id: UUID
) -> UUID:
    """Append the completion of a course that a joint training took somebody through; it teaches no level by itself."""
    by = acting.person_id if acting else None
    row = row_of(finished, Source.JOINT_TRAINING, recorded_by=by, at=clock.now())
    row |= {"attendance_id": attendance_id}
    await session.execute(completions.insert().values(row))
    await publish(session, [event_of(row)], acting=acting)
    return UUID(str(row["id"]))


async def record_elsewhere(
    session: AsyncSession, *, acting: Actor, finished: Sequence[Finished]
) -> list[tuple[UUID, bool]]:
    """Append completions recorded elsewhere; for each its id, and whether it was there already.

    Two senders at once are decided by the unique index: the loser reads the winner's id.
    """
    at = clock.now()
    rows = [row_of(each, Source.RECORDED, recorded_by=acting.person_id, at=at) for each in finished]
    for each, row in zip(finished, rows, strict=True):
        row["evidence_id"] = new_id() if each.evidence_words or each.evidence_link else None
    inserted, there = await _insert_or_find(session, rows)
    gather(
        session,
        evidence,
        [
            _evidence_row(each, row)
            for each, row in zip(finished, rows, strict=True)
            if row["id"] in inserted and row["evidence_id"]
        ],
    )
    await publish(session, [event_of(row) for row in rows if row["id"] in inserted], acting=acting)
    return [(row["id"], False) if row["id"] in inserted else (there[_key(row)], True) for row in rows]


async def _insert_or_find(
    session: AsyncSession, rows: Sequence[dict[str, Any]]
) -> tuple[set[UUID], dict[queries.RecordedKey, UUID]]:
    """Ids that were inserted, and by key those that were there; one revoked in between is inserted anew."""
    inserted = await _insert_new(session, rows)
    there: dict[queries.RecordedKey, UUID] = {}
    while left := [row for row in rows if row["id"] not in inserted and _key(row) not in there]:
        there |= await queries.ids_of_recorded(session, [_key(row) for row in left])
        revoked = [row for row in left if _key(row) not in there]
        inserted |= await _insert_new(session, revoked) if revoked else set()
    return inserted, there


def _key(row: dict[str, Any]) -> queries.RecordedKey:
    return row["person_id"], row["course_id"], row["occurred_on"], row["sender"]


def row_of(finished: Finished, source: Source, *, recorded_by: UUID | None, at: datetime) -> dict[str, Any]:
    """A completion's row, without what only some sources name."""
    return {
        "id": new_id(),
        "person_id": finished.person_id,
        "course_id": finished.course_id,
        "course_version_id": finished.course_version_id,
        "source": source.value,
        "enrolment_id": finished.enrolment_id,
        "sender": finished.sender,
        "rule": RULE,
        "minutes": finished.minutes,
        "occurred_on": finished.occurred_on,
        "recorded_at": at,
        "recorded_by_id": recorded_by,
        "valid_until": finished.valid_until,
        "evidence_id": None,
        "round": 0,
    }


def _evidence_row(finished: Finished, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["evidence_id"],
        "person_id": finished.person_id,
        "kind": EvidenceKind.REFERENCE.value,
        "words": finished.evidence_words,
        "link": finished.evidence_link,
        "recorded_at": row["recorded_at"],
    }


# `round` is counted by the database in the same statement, so that a revoked fact can be recorded anew.
_INSERT = """
INSERT INTO completions (id, person_id, course_id, course_version_id, source, enrolment_id, sender, rule, minutes,
                         occurred_on, recorded_at, recorded_by_id, valid_until, evidence_id, round)
SELECT id, person_id, course_id, course_version_id, source, enrolment_id, sender, rule, minutes,
       occurred_on, recorded_at, recorded_by_id, valid_until, evidence_id,
       (SELECT count(*) FROM completions c JOIN completion_revocations v ON v.completion_id = c.id
         WHERE c.person_id = r.person_id AND c.course_id = r.course_id
           AND c.occurred_on = r.occurred_on AND c.sender = r.sender)
  FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::text[], $8::text[],
              $9::int[], $10::date[], $11::timestamptz[], $12::uuid[], $13::date[], $14::uuid[])
    AS r(id, person_id, course_id, course_version_id, source, enrolment_id, sender, rule, minutes,
         occurred_on, recorded_at, recorded_by_id, valid_until, evidence_id)
 ORDER BY person_id, course_id, occurred_on, sender
    ON CONFLICT (person_id, course_id, occurred_on, sender, round) WHERE sender IS NOT NULL DO NOTHING
RETURNING id
"""


async def _insert_new(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> set[UUID]:
    """Insert what is not there yet; the ids that were inserted."""
    names = [name for name in rows[0] if name != "round"]
    connection = await session.connection()
    result = await connection.exec_driver_sql(_INSERT, tuple([row[name] for row in rows] for name in names))
    return set(result.scalars())


def event_of(row: Mapping[str, Any]) -> CourseCompleted:
    """What is said of a completion that was recorded."""
    data = {
        "person": str(row["person_id"]),
        "course_version": str(row["course_version_id"]),
        "source": row["source"],
        "occurred_on": row["occurred_on"].isoformat(),
    }
    return CourseCompleted(
        subject_id=row["id"],
        person_id=row["person_id"],
        course_id=row["course_id"],
        course_version_id=row["course_version_id"],
        source=Source(row["source"]),
        minutes=row["minutes"],
        occurred_on=row["occurred_on"],
        valid_until=row["valid_until"],
        data=data,
    )


async def revoke_completion(
    session: AsyncSession, *, acting: Actor, completion_id: UUID, reason: str
) -> None:
    """Have a completion stop counting, with what rests on it; it stays on the record with the reason."""
    if not reason.strip():
        raise Invalid("Say why.", faults=[Fault("/reason", "A reason is required.")])
    await flush(session)  # what this transaction has recorded itself can be revoked with all that rests on it
    row = await queries.get_completion_visible_to(session, completion_id, actor=acting)
    if not acting.may(Permission.COMPLETIONS_REVOKE) or row.person_id == acting.person_id:
        raise NotAllowed("A completion is revoked by human resources, and never one's own.")
    await _revoke(session, acting=acting, row=row, reason=reason.strip())


async def revoke_attended(session: AsyncSession, *, acting: Actor, attendance_id: UUID, reason: str) -> None:
    """Have a joint training's completion stop counting, after its host corrected who was there.

    The caller has the right to correct; one that human resources revoked before stays as it is.
    """
    await flush(session)
    row = await queries.find_attended(session, attendance_id)
    if row is not None:
        await _revoke(session, acting=acting, row=row, reason=reason)


async def _revoke(session: AsyncSession, *, acting: Actor, row: Any, reason: str) -> None:
    await one_at_a_time(session, row.person_id)
    await _insert_revocation(session, acting=acting, row=row, reason=reason)
    event = CompletionRevoked(
        subject_id=row.id,
        person_id=row.person_id,
        revoked_by_id=acting.person_id,
        occurred_on=row.occurred_on,
        data={"person": str(row.person_id)},
    )
    await publish(session, [event], acting=acting)


async def one_at_a_time(session: AsyncSession, person_id: UUID) -> None:
    """Two revocations about one person meet one after the other, or each would count what the other takes away.

    NO KEY: whoever records something new about the person, and so refers to this row, need not wait.
    """
    await session.execute(
        text("SELECT 1 FROM persons WHERE id = :person FOR NO KEY UPDATE"), {"person": person_id}
    )


async def _insert_revocation(session: AsyncSession, *, acting: Actor, row: Any, reason: str) -> None:
    words = Evidence(person_id=row.person_id, kind=EvidenceKind.REVOCATION.value, words=reason)
    session.add(words)
    await session.flush()
    statement = text(
        """INSERT INTO completion_revocations (completion_id, revoked_by_id, reason_id, recorded_at)
           VALUES (:completion, :by, :reason, :at) ON CONFLICT DO NOTHING RETURNING completion_id"""
    )
    values = {"completion": row.id, "by": acting.person_id, "reason": words.id, "at": clock.now()}
    if await session.scalar(statement, values) is None:
        raise AlreadyRevoked()
