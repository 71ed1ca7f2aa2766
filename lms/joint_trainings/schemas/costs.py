"""What goes over the wire about costs."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from lms.joint_trainings.domain.costs import CostKind, ForWhom, NewCost, line_of, totals
from lms.people.change_schemas import Text
from lms.people.schemas import Strict

Amount = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["USD"], description="ISO 4217.")]


class CostCreate(Strict):
    """A line of costs. A partner pays no UN participant's travel, lodging, fee or gift."""

    host: UUID = Field(description="The host that is to bear it.")
    kind: CostKind
    for_whom: ForWhom
    what: Text = Field(examples=["A room for two days"])
    is_cash: bool = Field(description="Whether it is paid, or given in kind.")
    amount: Amount = Field(description="The value; of what is given in kind, estimated.")
    currency: Currency
    basis: Text = Field(description="How the value was estimated.", examples=["The room's public daily rate"])

    def new(self) -> NewCost:
        """As the use case takes it."""
        told = self.model_dump(exclude={"host"})
        return NewCost(host_id=self.host, **told)


class CostRead(BaseModel):
    """A line of costs; `accepted_at` null: the host that is to bear it has not said so."""

    id: UUID
    host: UUID
    borne_by: str
    kind: CostKind
    for_whom: ForWhom
    what: str
    is_cash: bool
    amount: Decimal
    currency: str
    basis: str
    accepted_at: datetime | None


class TotalRead(BaseModel):
    """The value of all lines in one currency."""

    currency: str
    amount: Decimal


class CostsRead(BaseModel):
    """All lines, and what they come to in each currency; amounts of two currencies are never added."""

    items: list[CostRead]
    totals: list[TotalRead]


def cost_read(row: Any) -> CostRead:
    """A line from its row."""
    names = ("id", "kind", "for_whom", "what", "is_cash", "amount", "currency", "basis", "accepted_at")
    told = {name: getattr(row, name) for name in names}
    return CostRead(host=row.host_id, borne_by=row.host_name, **told)


def costs_read(rows: Sequence[Any]) -> CostsRead:
    """All lines from their rows."""
    found = totals(line_of(row) for row in rows)
    return CostsRead(
        items=[cost_read(row) for row in rows],
        totals=[TotalRead(currency=currency, amount=amount) for currency, amount in found.items()],
    )
