"""What goes over the wire about the equivalence register."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from lms.completions.equivalence_preview import Preview
from lms.completions.equivalences import Decision
from lms.kernel.http import Day
from lms.people.schemas import Key, PersonRef, Strict

Reason = Annotated[str, Field(min_length=1, max_length=2000)]


class EquivalenceAsked(Strict):
    """Whoever completed `held` from `from_on` to `until_on` would hold `gives`; `entity` null is everybody."""

    held: Key
    gives: Key
    entity: Key | None = None
    from_on: Day
    until_on: Day | None = None

    def as_decision(self, reason: str = "") -> Decision:
        """What the use case takes."""
        return Decision(self.held, self.gives, self.entity, self.from_on, self.until_on, reason)


class EquivalenceCreate(EquivalenceAsked):
    """The same, with the reason for which it is decided."""

    reason: Reason


class WithdrawalCreate(Strict):
    """Why an equivalence gives nothing new any more."""

    reason: Reason


class WithdrawalRead(BaseModel):
    """Who withdrew an equivalence, when and why."""

    by: PersonRef
    at: datetime
    reason: str


class EquivalenceRead(BaseModel):
    """An equivalence of the register."""

    id: UUID
    held: str
    gives: str
    entity: str | None
    from_on: date
    until_on: date | None
    reason: str
    decided_by: PersonRef
    decided_on: date
    withdrawal: WithdrawalRead | None


def equivalence_read(row: Any) -> EquivalenceRead:
    """A row of the register."""
    withdrawal = None
    if row.withdrawn_at is not None:
        by = PersonRef(id=row.withdrawn_by_id, name=row.withdrawn_by)
        withdrawal = WithdrawalRead(by=by, at=row.withdrawn_at, reason=row.withdrawal_reason)
    return EquivalenceRead(
        id=row.id,
        held=row.held,
        gives=row.gives,
        entity=row.entity,
        from_on=row.from_on,
        until_on=row.until_on,
        reason=row.reason,
        decided_by=PersonRef(id=row.decided_by_id, name=row.decided_by),
        decided_on=row.decided_on,
        withdrawal=withdrawal,
    )


class EntityHit(BaseModel):
    """How many of an entity's own people would get the course; null: too few to be told."""

    entity: str
    name: str
    people: int | None


class PreviewRead(BaseModel):
    """Whom an equivalence would hit now: in all, and in each entity with any."""

    people: int | None
    entities: list[EntityHit]


def preview_read(found: Preview) -> PreviewRead:
    """A preview as it goes over the wire."""
    hits = [EntityHit(entity=row.entity, name=row.name, people=row.people) for row in found.rows]
    return PreviewRead(people=found.people, entities=hits)
