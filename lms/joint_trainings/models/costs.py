"""What a training costs, line by line."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Numeric, Uuid
from sqlmodel import Field, SQLModel

from lms.kernel import clock
from lms.kernel.database import moment
from lms.kernel.ids import new_id


class TrainingCost(SQLModel, table=True):
    """A line of costs, borne by one host; it leaves with the host. To change one, take it away and add another."""

    __tablename__ = "training_costs"
    __table_args__ = (
        Index("ix_training_costs_training_id", "training_id", "id"),
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint("(accepted_by_id IS NULL) = (accepted_at IS NULL)", name="accepted"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    training_id: UUID = Field(foreign_key="joint_trainings.id")
    host_id: UUID = Field(
        sa_column=Column(Uuid(), ForeignKey("training_hosts.id", ondelete="CASCADE"), nullable=False)
    )
    kind: str  # domain.costs.CostKind
    for_whom: str  # domain.costs.ForWhom
    what: str
    is_cash: bool  # paid, or given in kind
    amount: Decimal = Field(sa_column=Column(Numeric(14, 2), nullable=False))
    currency: str  # ISO 4217
    basis: str  # how the value was estimated
    accepted_by_id: UUID | None = Field(default=None, foreign_key="persons.id")
    accepted_at: datetime | None = Field(default=None, sa_column=moment())
    created_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
