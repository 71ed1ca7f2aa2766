"""What goes over the wire about completions."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from lms.kernel.http import Day
from lms.people.schemas import Key, PersonRef, Strict


class EvidenceRead(BaseModel):
    """What a completion recorded elsewhere rests on."""

    words: str | None
    link: str | None


class GroundRead(BaseModel):
    """What an equivalent completion rests on: another completion, and the equivalence by which it was reached."""

    id: UUID
    course: str
    equivalence_id: UUID


class CompletionRead(BaseModel):
    """A completion; a revoked one says when and why.

    `source` says how it came about: `activities`, `recorded` (with its `sender`), `prior_learning` (with the request),
    `equivalence` (with its `ground`), `waiver` or `joint_training` (attended where it was held).

    `valid_until` is the last day on which it counts. Where that is not the day recorded with it, absences have moved
    it, or a newer version (`superseded_by`, its id) asks to renew by it.
    """

    id: UUID
    person: PersonRef
    course: str
    course_version_id: UUID
    source: str
    sender: str | None
    ground: GroundRead | None
    request_id: UUID | None
    minutes: int
    occurred_on: date
    recorded_at: datetime
    valid_until: date | None
    recorded_valid_until: date | None
    superseded_by: UUID | None
    rule: str
    evidence: EvidenceRead | None
    revoked_at: datetime | None
    revocation_reason: str | None


def completion_read(row: Any) -> CompletionRead:
    """A completion's row."""
    evidence = None
    if row.evidence_id is not None:
        evidence = EvidenceRead(words=row.evidence_words, link=row.evidence_link)
    ground = None
    if row.ground_id is not None:
        ground = GroundRead(id=row.ground_id, course=row.ground_course, equivalence_id=row.equivalence_id)
    return CompletionRead(
        id=row.id,
        person=PersonRef(id=row.person_id, name=row.person_name),
        course=row.course,
        course_version_id=row.course_version_id,
        source=row.source,
        sender=row.sender,
        ground=ground,
        request_id=row.request_id,
        minutes=row.minutes,
        occurred_on=row.occurred_on,
        recorded_at=row.recorded_at,
        valid_until=row.valid_until,
        recorded_valid_until=row.recorded_valid_until,
        superseded_by=row.superseded_by_id,
        rule=row.rule,
        evidence=evidence,
        revoked_at=row.revoked_at,
        revocation_reason=row.revocation_reason,
    )


class Revocation(Strict):
    """Why a completion stops counting."""

    reason: str = Field(min_length=1, max_length=2000)


class CompletionRecorded(Strict):
    """A completion recorded elsewhere. `source` is the sender's name, part of what makes it one of a kind."""

    person: Annotated[str, Field(min_length=1, max_length=254, description="An id or an e-mail.")]
    course: Key
    occurred_on: Day
    source: Annotated[str, Field(min_length=1, max_length=100, examples=["Inspira"])]
    evidence: Annotated[str | None, Field(max_length=2000, description="Words, or a link.")] = None


class Batch(Strict):
    """Up to 1,000 completions recorded elsewhere."""

    completions: list[CompletionRecorded] = Field(min_length=1, max_length=1000)


class RowFault(BaseModel):
    """Why a row was refused."""

    pointer: str
    detail: str


class BatchResult(BaseModel):
    """What became of one row: recorded, found again (`duplicate`), or refused (`error`)."""

    index: int
    outcome: Literal["recorded", "duplicate", "refused"]
    id: UUID | None = None
    duplicate: bool = False
    error: RowFault | None = None


class BatchRead(BaseModel):
    """A result for each row, in the order they were sent."""

    recorded: int
    duplicates: int
    refused: int
    results: list[BatchResult]
