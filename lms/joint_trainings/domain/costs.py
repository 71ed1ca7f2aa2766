"""Who bears what a training costs. Amounts of two currencies are never added."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from lms.joint_trainings.domain.states import Obstacle
from lms.kernel.errors import Conflict, Fault, Invalid, NotFound


class CostKind(StrEnum):
    """What a line is for."""

    VENUE = "venue"
    CATERING = "catering"
    MATERIALS = "materials"
    INTERPRETATION = "interpretation"
    EQUIPMENT = "equipment"
    STAFF_TIME = "staff_time"
    TRAVEL = "travel"
    LODGING = "lodging"
    FEE = "fee"
    GIFT = "gift"
    OTHER = "other"


class ForWhom(StrEnum):
    """Whose cost it is."""

    EVERYONE = "everyone"
    UN = "un"  # people of the entities
    PARTNER = "partner"  # people of the partners


PERSONAL = frozenset({CostKind.TRAVEL, CostKind.LODGING, CostKind.FEE, CostKind.GIFT})
"""What goes to a person and not to the training."""
REFUSED = (
    "A partner pays no UN participant's travel, lodging, fee or gift. Let an entity bear it, or say that it is for "
    "the partner's own people."
)
MOST = 40


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `by_partner`, whether a partner bears it; `is_cash`, whether it is paid or given in kind."""

    kind: CostKind
    for_whom: ForWhom
    by_partner: bool
    is_cash: bool
    amount: Decimal
    currency: str
    is_accepted: bool = False
    what: str = ""


@dataclass(frozen=True, slots=True)
class NewCost:
    """A line as it is proposed; `basis` says how the value was estimated."""

    host_id: UUID
    kind: CostKind
    for_whom: ForWhom
    what: str
    is_cash: bool
    amount: Decimal
    currency: str
    basis: str


def line_of(row: Any) -> Line:
    """A line as the rules see it, from a row that says `by_partner`."""
    return Line(
        CostKind(row.kind),
        ForWhom(row.for_whom),
        row.by_partner,
        row.is_cash,
        row.amount,
        row.currency,
        row.accepted_at is not None,
        row.what,
    )


def is_refused(line: Line) -> bool:
    """Whether a partner would pay for what UN people take with them. A line for everyone is for them too."""
    return line.by_partner and line.kind in PERSONAL and line.for_whom is not ForWhom.PARTNER


def faults_in_line(line: Line) -> list[Fault]:
    """What is wrong with a line by itself."""
    faults = [Fault("/amount", "An amount is not below nought.")] if line.amount < 0 else []
    return faults + ([Fault("/for_whom", REFUSED)] if is_refused(line) else [])


def obstacles_by_costs(lines: Sequence[Line]) -> list[Obstacle]:
    """Lines that the host who is to bear them has not accepted, and lines that nobody may accept."""
    found = []
    for number, line in enumerate(lines):
        if is_refused(line):
            found.append(Obstacle("partner_pays_un_people", f"/costs/{number}", line.what))
        elif not line.is_accepted:
            found.append(Obstacle("cost_not_accepted", f"/costs/{number}", line.what))
    return found


def has_money(lines: Iterable[Line]) -> bool:
    """Whether anything is paid, in whatever currency."""
    return any(line.is_cash and line.amount > 0 for line in lines)


def totals(lines: Iterable[Line]) -> dict[str, Decimal]:
    """The value of all lines, in kind or paid, by currency; currencies in the order of their codes."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        found[line.currency] += line.amount
    return {currency: found[currency] for currency in sorted(found)}


def is_below(values: Mapping[str, Decimal], limits: Mapping[str, Decimal]) -> bool:
    """Whether each currency's total lies below its limit. One without a limit does not, unless nothing is in it."""
    return all(
        value == 0 or (currency in limits and value < limits[currency]) for currency, value in values.items()
    )


class CostNotFound(NotFound):
    type, title = "cost-not-found", "There is no such line of costs here"


class BadCost(Invalid):
    type, title = "bad-cost", "Something about this line of costs is not right"


class TooManyCosts(Conflict):
    type, title = "too-many-costs", "There are as many lines of costs as a training may have"
