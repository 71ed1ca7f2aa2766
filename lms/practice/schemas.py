"""What goes over the wire about practice."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from lms.kernel.http import Day
from lms.people.schemas import Key, PersonRef, Strict
from lms.practice.domain import (
    MOST_INDICATORS,
    MOST_WORDS,
    Answer,
    ClaimState,
    Described,
    Indicator,
    RatedBy,
    Rating,
    side_by_side,
)

Words = Annotated[str, Field(max_length=MOST_WORDS)]
Level = Annotated[int, Field(ge=0, le=4)]


class IndicatorGiven(Strict):
    """A result that was agreed, and what was reached."""

    name: Annotated[str, Field(min_length=1, max_length=500)]
    reached: Annotated[str, Field(max_length=500)] = ""


class PracticeGiven(Strict):
    """Partnership work in one's own words. Left out, `until_on` says that it goes on."""

    role: Annotated[str, Field(min_length=1, max_length=500)]
    partner: Key = Field(description="Key in the register.")
    from_on: Day
    until_on: Day | None = None
    place: Annotated[str, Field(max_length=200)] = ""
    outcome: Words = ""
    indicators: list[IndicatorGiven] = Field([], max_length=MOST_INDICATORS)
    has_interest: bool = Field(False, description="In the partner, of one's own or of somebody close.")
    interest_words: Words = ""
    levels: dict[Key, Level] = Field(
        {},
        max_length=20,
        description="The level that one claims, by competency.",
        examples=[{"facilitation": 2}],
    )

    def described(self) -> Described:
        """As the rules know it."""
        indicators = tuple(Indicator(each.name, each.reached) for each in self.indicators)
        return Described(**(self.model_dump() | {"indicators": indicators}))


class AttestationGiven(Strict):
    """A level for each competency that was claimed, 0 where it was not shown, and what this rests on."""

    levels: dict[Key, Level] = Field(max_length=20)
    words: Annotated[str, Field(min_length=1, max_length=10_000)]


class RefusalGiven(Strict):
    """Why it is not attested."""

    words: Annotated[str, Field(min_length=1, max_length=10_000)]


class ContactAsked(Strict):
    """Which contact of the partner is to confirm role, days and place."""

    contact: UUID


class FileRead(BaseModel):
    """A file; fetched at `/practice/{id}/files/{file_id}`."""

    id: UUID
    name: str
    type: str
    size: int


class RatingsRead(BaseModel):
    """What each source says of one competency; none overwrites another."""

    competency: str
    levels: dict[RatedBy, int]
    disagree: bool


class DecisionRead(BaseModel):
    """What the reporting officer decided."""

    state: ClaimState
    by: PersonRef
    words: str | None
    at: datetime


class ConfirmationRead(BaseModel):
    """What a contact of the partner was asked, and answered by fact; null: not yet."""

    name: str | None
    asked_at: datetime
    expires_at: datetime
    answers: dict[str, Answer] | None


class PracticeRead(BaseModel):
    """Partnership work that somebody described."""

    id: UUID
    person: PersonRef
    state: ClaimState
    role: str
    partner: str
    from_on: date
    until_on: date | None
    place: str
    outcome: str
    indicators: list[IndicatorGiven]
    has_interest: bool
    interest_words: str
    levels: dict[str, int]
    officer: PersonRef | None
    submitted_at: datetime | None
    files: list[FileRead]
    ratings: list[RatingsRead]
    decisions: list[DecisionRead]
    confirmations: list[ConfirmationRead]


def described_of(row: Any) -> Described:
    """What a row of the table says."""
    names = [each.name for each in fields(Described) if each.name not in ("partner", "indicators")]
    values = {name: getattr(row, name) for name in names}
    indicators = tuple(Indicator(**each) for each in row.indicators)
    return Described(**values, partner=row.partner, indicators=indicators)


def ratings_read(rows: Sequence[Any]) -> list[RatingsRead]:
    """Ratings side by side."""
    given = [Rating(row.competency, row.level, RatedBy(row.rated_by)) for row in rows]
    return [
        RatingsRead(competency=each.competency, levels=dict(each.levels), disagree=each.disagree)
        for each in side_by_side(given)
    ]


def practice_read(row: Any, parts: dict[str, Sequence[Any]]) -> PracticeRead:
    """A description with `files`, `ratings`, `decisions` and `confirmations`."""
    officer = PersonRef(id=row.officer_id, name=row.officer_name) if row.officer_id else None
    return PracticeRead.model_validate(
        dict(row._mapping)
        | {
            "person": PersonRef(id=row.person_id, name=row.person_name),
            "officer": officer,
            "files": [
                FileRead(id=each.id, name=each.file_name, type=each.file_type, size=each.file_size)
                for each in parts["files"]
            ],
            "ratings": ratings_read(parts["ratings"]),
            "decisions": [
                DecisionRead(
                    state=each.state,
                    by=PersonRef(id=each.by_id, name=each.by),
                    words=each.words,
                    at=each.recorded_at,
                )
                for each in parts["decisions"]
            ],
            "confirmations": [
                ConfirmationRead.model_validate(each, from_attributes=True) for each in parts["confirmations"]
            ],
        }
    )
