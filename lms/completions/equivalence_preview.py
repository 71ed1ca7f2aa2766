"""Before an equivalence is decided: how many people would get the course, in which entities."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from lms.completions import equivalence_queries as queries
from lms.completions.domain.equivalences import spans_reaching
from lms.completions.equivalences import Decision, checked
from lms.kernel.access import Actor, Permission
from lms.kernel.small_cells import hidden_figures, sum_figures


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """An entity and how many of its own people would get the course; None: too few to be told."""

    entity: str
    name: str
    people: int | None


@dataclass(frozen=True, slots=True)
class Preview:
    """The total, None where it would tell of too few, and the entities with any."""

    people: int | None
    rows: Sequence[PreviewRow]


async def preview(session: AsyncSession, *, actor: Actor, decision: Decision) -> Preview:
    """Count whom the equivalence would hit now; raises what deciding it would raise."""
    rule, _ = await checked(session, acting=actor, decision=decision)
    spans = spans_reaching(await queries.read_register(session), rule)
    counted = await queries.count_hit(session, spans, gives=rule.gives, path=rule.path)
    return shown(
        [row for row in counted if row["people"]], is_own=actor.may(Permission.REPORTS_READ, rule.path)
    )


def shown(rows: Sequence[Any], *, is_own: bool) -> Preview:
    """The counts; outside one's own entity few people are hidden, and what would give them away."""
    figures = sum_figures({row["key"]: row["people"] for row in rows}, name="hit")
    hidden = frozenset() if is_own else hidden_figures(figures.values())

    def told(key: str | None, people: int) -> int | None:
        return None if key in figures and figures[key].key in hidden else people

    total = sum(row["people"] for row in rows)
    listed = [PreviewRow(row["key"], row["name"], told(row["key"], row["people"])) for row in rows]
    return Preview(told(None, total), listed)
