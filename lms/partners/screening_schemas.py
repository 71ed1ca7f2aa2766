"""What goes over the wire about screening; only `ClearanceRead` leaves the circle."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from lms.kernel.http import Day
from lms.partners.domain.gate import Effort, Rule, Scope, Standing, Verdict
from lms.partners.domain.screening import FactKind
from lms.partners.domain.warnings import (
    Category,
    Outcome,
    SourceKind,
    Step,
    StepKind,
    WarningState,
    review_day,
    stands_in_the_way,
    state_of,
)
from lms.people.change_schemas import Email, Text
from lms.people.schemas import Key, PersonRef, Strict

Sentences = Annotated[str, Field(min_length=1, max_length=2_000)]


class ClearanceRead(BaseModel):
    """*clear* or *not clear, ask your screening officer*: the same words whatever the reason."""

    partner: str
    entity: str
    is_clear: bool
    words: str


class DecisionCreate(Strict):
    """A due-diligence decision; `reference` says where the research lies, never what it says."""

    entity: Key
    scope: Scope
    effort: Effort
    may_proceed: bool
    occurred_on: Day
    valid_until: Day
    reference: Text


class ExclusionCreate(Strict):
    """The partner stands on a list that the entity's policy excludes."""

    entity: Key | None = Field(None, description="Left out: for every entity.")
    on_list: str = Field(max_length=100, description="One of the policy's lists.", examples=["tobacco"])
    occurred_on: Day
    reference: Text


class BidCreate(Strict):
    """The partner bids in an open procurement; the bid is revoked when that is closed."""

    entity: Key
    occurred_on: Day
    reference: Text


class WaiverCreate(Strict):
    """What is waived, why, under which conditions and until when."""

    entity: Key
    waives: Rule
    reason: Sentences
    conditions: Sentences
    valid_until: Day


class Revocation(Strict):
    """Why it no longer counts."""

    reason: Sentences


class WarningCreate(Strict):
    """An early warning: what happened, when and by which source, without adjectives and without naming a person."""

    entity: Key
    category: Category
    source_kind: SourceKind
    facts: Sentences
    occurred_on: Day
    is_heard: bool = Field(False, description="Whether the entity decides that the partner is heard.")


class StepCreate(Strict):
    """What happens next: approval and renewal take a review day and a judgement, an answer its words, closing both."""

    kind: StepKind
    review_on: Day | None = None
    stands_in_the_way: bool | None = None
    outcome: Outcome | None = None
    words: Sentences | None = None

    @model_validator(mode="after")
    def _whole(self) -> "StepCreate":
        needed = {
            StepKind.APPROVED: {"review_on", "stands_in_the_way"},
            StepKind.RENEWED: {"review_on", "stands_in_the_way"},
            StepKind.ANSWERED: {"words"},
            StepKind.CLOSED: {"outcome", "words"},
        }[self.kind]
        given = {name for name in type(self).model_fields if getattr(self, name) is not None} - {"kind"}
        if given != needed:
            raise ValueError(f"this takes {' and '.join(sorted(needed))}, and nothing else")
        return self


class MemberCreate(Strict):
    """A senior manager, by e-mail, to be let into an entity's circle."""

    entity: Key
    person: Email


class MemberRead(BaseModel):
    """A senior manager in the circle."""

    id: UUID
    person: PersonRef
    since: datetime


class Made(BaseModel):
    """The id of what was recorded."""

    id: UUID


class ReasonRead(BaseModel):
    """How one rule came out, and on what ground."""

    rule: Rule
    standing: Standing
    grounds: list[str]


class FactRead(BaseModel):
    """A decision, exclusion, bid or waiver."""

    id: UUID
    kind: FactKind
    entity: str | None
    occurred_on: date
    valid_until: date | None
    by: PersonRef
    reference: str | None
    may_proceed: bool | None
    scope: str | None
    effort: str | None
    subject: str | None
    reason: str | None
    conditions: str | None
    recorded_at: datetime
    ended_at: datetime | None
    end_reason: str | None


class StepRead(BaseModel):
    """One thing that happened to a warning."""

    kind: StepKind
    by: PersonRef
    occurred_on: date
    review_on: date | None
    stands_in_the_way: bool | None
    outcome: str | None
    words: str | None


class WarningRead(BaseModel):
    """An early warning and what happened to it."""

    id: UUID
    entity: str
    state: WarningState
    category: Category
    source_kind: SourceKind
    facts: str
    is_heard: bool
    author: PersonRef
    occurred_on: date
    review_on: date | None
    stands_in_the_way: bool
    steps: list[StepRead]


class ScreeningRead(BaseModel):
    """Everything the circle sees of a partner: the gate's answer with its reasons, and what they rest on."""

    partner: str
    entity: str
    is_clear: bool
    reasons: list[ReasonRead]
    policy_version: str
    policy_digest: str
    facts: list[FactRead]
    warnings: list[WarningRead]


def reasons_read(verdict: Verdict) -> list[ReasonRead]:
    """The gate's reasons as they go out."""
    return [
        ReasonRead(rule=each.rule, standing=each.standing, grounds=list(each.grounds))
        for each in verdict.reasons
    ]


def fact_read(row: Any) -> FactRead:
    """A row of `screening_queries.facts_of` as it goes out."""
    names = FactRead.model_fields.keys() - {"by"}
    return FactRead(**{n: getattr(row, n) for n in names}, by=PersonRef(id=row.by_id, name=row.by))


def warning_read(row: Any, steps: list[Step], rows: list[Any], today: date) -> WarningRead:
    """A warning with its steps, as the rules see them and as they were kept."""
    return WarningRead(
        id=row.id,
        entity=row.entity,
        state=state_of(steps, today),
        category=row.category,
        source_kind=row.source_kind,
        facts=row.facts,
        is_heard=row.is_heard,
        author=PersonRef(id=row.author_id, name=row.author),
        occurred_on=row.occurred_on,
        review_on=review_day(steps),
        stands_in_the_way=stands_in_the_way(steps),
        steps=[_step_read(each) for each in rows],
    )


def _step_read(row: Any) -> StepRead:
    names = StepRead.model_fields.keys() - {"by"}
    return StepRead(**{n: getattr(row, n) for n in names}, by=PersonRef(id=row.by_id, name=row.by))
