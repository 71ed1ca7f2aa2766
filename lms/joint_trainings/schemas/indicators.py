"""What goes over the wire about indicators."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from lms.joint_trainings.domain.indicators import Indicator
from lms.kernel.http import Day
from lms.people.change_schemas import Text
from lms.people.schemas import Strict

Number = Annotated[Decimal, Field(max_digits=14, decimal_places=2)]


class IndicatorCreate(Strict):
    """An indicator. On the light track name and unit are enough; on the full one every part is asked for."""

    name: Text = Field(examples=["Contracts that name who repairs"])
    unit: Text = Field(examples=["per cent"])
    baseline: Number | None = None
    target: Number | None = None
    verification: Annotated[str, Field(max_length=500)] = Field("", description="Means of verification.")
    measured_on: Day | None = None

    def indicator(self) -> Indicator:
        """As the rules know it."""
        return Indicator(
            self.name, self.unit, self.baseline, self.target, self.verification, self.measured_on
        )


class IndicatorRead(BaseModel):
    """An indicator. Numbers are text, so that nothing is lost on the way."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    unit: str
    baseline: Decimal | None
    target: Decimal | None
    verification: str
    measured_on: date | None


class IndicatorsRead(BaseModel):
    """The indicators of a training, in the order in which they were agreed."""

    items: list[IndicatorRead]
