"""What goes over the wire about programmes, how far one is in them, and completions of them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from lms.catalogue.domain import Programme
from lms.catalogue.programme_schemas import ProgrammeRead, programme_read
from lms.completions.domain.programmes import ItemState, ProgrammeState, courses_left
from lms.people.schemas import PersonRef


class ItemProgress(BaseModel):
    """An item of a programme: what meets it, and what could be taken for what is missing."""

    is_met: bool
    met_by: list[UUID] = Field(description="Completions of courses.")
    missing: int
    open: list[str] = Field(description="Courses that would count.")


class ProgressRead(BaseModel):
    """How far one is today; `left` are the courses to take next, in order, the shortest where there is a choice."""

    is_complete: bool
    courses_done: int
    courses_needed: int
    minutes_left: int
    left: list[str]
    items: list[ItemProgress]
    completed_on: date | None = Field(description="Of the latest completion that stands.")
    valid_until: date | None


class ProgrammeDetail(ProgrammeRead):
    """A programme with one's own progress."""

    progress: ProgressRead


class ProgrammeCompletionRead(BaseModel):
    """A completion of a programme, with the completions of courses it rests on.

    `digest` is of what the programme asked for; a revoked one says when, and with which completion it fell.
    """

    id: UUID
    person: PersonRef
    programme: str
    digest: str
    rule: str
    occurred_on: date
    recorded_at: datetime
    valid_until: date | None
    rests_on: list[UUID]
    revoked_at: datetime | None
    revoked_with_id: UUID | None


def programme_completion_read(row: Any) -> ProgrammeCompletionRead:
    """A programme completion's row."""
    return ProgrammeCompletionRead(
        id=row.id,
        person=PersonRef(id=row.person_id, name=row.person_name),
        programme=row.programme,
        digest=row.digest,
        rule=row.rule,
        occurred_on=row.occurred_on,
        recorded_at=row.recorded_at,
        valid_until=row.valid_until,
        rests_on=row.rests_on or [],
        revoked_at=row.revoked_at,
        revoked_with_id=row.revoked_with_id,
    )


def programme_detail(
    programme: Programme,
    courses: frozenset[str],
    state: ProgrammeState,
    *,
    minutes: Mapping[str, int],
    standing: Any | None,
    language: str,
) -> ProgrammeDetail:
    """A programme with how far its reader is; `standing` is the row of the completion that stands, if any."""
    read = programme_read(programme, courses, language=language)
    left = courses_left(state, minutes)
    done, needed = state.done_and_all()
    progress = ProgressRead(
        is_complete=state.is_complete,
        courses_done=done,
        courses_needed=needed,
        minutes_left=sum(minutes.get(each, 0) for each in left),
        left=list(left),
        items=[_item(each) for each in state.items],
        completed_on=standing.occurred_on if standing is not None else None,
        valid_until=standing.valid_until if standing is not None else None,
    )
    return ProgrammeDetail(**read.model_dump(), progress=progress)


def _item(state: ItemState) -> ItemProgress:
    return ItemProgress(
        is_met=state.is_met,
        met_by=[each.id for each in state.by],
        missing=state.missing,
        open=list(state.open),
    )
