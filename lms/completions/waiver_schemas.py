"""What goes over the wire about waivers."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from lms.kernel.http import Day
from lms.people.schemas import Key, PersonRef, Strict


class WaiverCreate(Strict):
    """A course that somebody need not take. It ends no later than the course would be valid, or in 36 months."""

    person: Annotated[str, Field(min_length=1, max_length=254, description="An id or an e-mail.")]
    course: Key
    reason: Annotated[str, Field(min_length=1, max_length=2000)]
    valid_until: Day


class WaiverRead(BaseModel):
    """A waiver, which is a completion; `duplicate` says that the same was given before."""

    id: UUID
    person: PersonRef
    course: str
    reason: str | None
    given_by: PersonRef
    given_on: date
    valid_until: date
    revoked_at: datetime | None
    revocation_reason: str | None
    duplicate: bool = False


def waiver_read(row: Any, names: Mapping[UUID, str], *, duplicate: bool = False) -> WaiverRead:
    """A waiver from its completion's row and the names of those who gave it."""
    return WaiverRead(
        id=row.id,
        person=PersonRef(id=row.person_id, name=row.person_name),
        course=row.course,
        reason=row.evidence_words,
        given_by=PersonRef(id=row.recorded_by_id, name=names.get(row.recorded_by_id, "")),
        given_on=row.occurred_on,
        valid_until=row.valid_until,
        revoked_at=row.revoked_at,
        revocation_reason=row.revocation_reason,
        duplicate=duplicate,
    )
