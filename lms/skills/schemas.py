"""What goes over the wire about skill records and standing."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from lms.people.schemas import PersonRef
from lms.skills.domain import CompetencyStanding, Held


class SkillRecordRead(BaseModel):
    """A skill record with what it rests on."""

    id: UUID
    person: PersonRef
    competency: str
    level: int
    source: str
    completion_id: UUID | None
    submission_id: UUID | None
    assessment_id: UUID | None
    assessor_id: UUID | None
    rule: str
    occurred_on: date
    recorded_at: datetime
    valid_until: date | None
    revoked_at: datetime | None


def skill_record_read(row: Any) -> SkillRecordRead:
    """A skill record's row."""
    names = set(SkillRecordRead.model_fields) - {"person"}
    values = {name: getattr(row, name) for name in names}
    return SkillRecordRead(person=PersonRef(id=row.person_id, name=row.person_name), **values)


class HeldRead(BaseModel):
    """A record that supports a level, or has lapsed."""

    record_id: UUID
    level: int
    source: str
    occurred_on: date
    valid_until: date | None


class CompetencyStandingRead(BaseModel):
    """How someone stands in one competency, with its reasons."""

    competency: str
    level: int
    supported_by: list[HeldRead]
    lapsed: list[HeldRead]
    by_source: dict[str, int]
    sources_disagree: bool


class StandingRead(BaseModel):
    """Standing as at a day: what was known at `as_at_moment`, valid on `as_at`."""

    person: PersonRef
    as_at: date
    as_at_moment: datetime
    competencies: list[CompetencyStandingRead]


def competency_read(standing: CompetencyStanding) -> CompetencyStandingRead:
    """One competency of a standing."""
    return CompetencyStandingRead(
        competency=standing.competency,
        level=standing.level,
        supported_by=[_held(each) for each in standing.supported_by],
        lapsed=[_held(each) for each in standing.lapsed],
        by_source=dict(standing.by_source),
        sources_disagree=standing.sources_disagree,
    )


def _held(held: Held) -> HeldRead:
    return HeldRead(
        record_id=held.record_id,
        level=held.level,
        source=held.source,
        occurred_on=held.occurred_on,
        valid_until=held.valid_until,
    )
