"""The results on the page of an evaluation: what was agreed, what was reached, who confirmed it."""

from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from lms.evaluations.domain.levels import Level
from lms.evaluations.queries import counting
from lms.evaluations.queries.results import Result, results_of
from lms.joint_trainings.queries.trainings import acts_for
from lms.kernel.access import Actor
from lms.kernel.i18n import format_number, translator
from lms.web.charts import Bar


async def results_part(
    session: AsyncSession, training_id: UUID, actor: Actor, language: str
) -> dict[str, Any]:
    """Agreed indicators with their values, where results are asked for; which of them one may confirm."""
    levels = (await counting.levels_of(session, [training_id]))[training_id]
    level = next((each for each in levels if each.level == Level.RESULTS), None)
    found = await results_of(session, training_id) if level is not None else []
    return {
        "results": [_view(each, actor, language) for each in found],
        "results_open": level is not None and level.closed_at is None,
    }


def _view(result: Result, actor: Actor, language: str) -> dict[str, Any]:
    row, value = result.indicator, result.value
    return {
        "row": row,
        "value": value,
        "confirmed": result.confirmed,
        "waiting": result.waiting,
        "may_confirm": any(acts_for(actor, host) for host in result.waiting),
        "bars": _bars(result, language),
    }


def _bars(result: Result, language: str) -> list[Bar]:
    """Where one began, what was reached, what was to be reached; in the indicator's own unit, never added up."""
    _ = translator(language).gettext
    reached = result.value.value if result.value is not None else None
    parts = (
        (_("Baseline"), result.indicator.baseline),
        (_("Reached"), reached),
        (_("Target"), result.indicator.target),
    )
    return [
        Bar(label, max(float(each), 0.0), shown=format_number(float(each), language))
        for label, each in parts
        if each is not None
    ]


def number_in(text: str) -> Decimal | None:
    """The number that somebody wrote, with a point or a comma; None where it is none."""
    try:
        found = Decimal(text.replace(" ", "").replace("\u202f", "").replace("\xa0", "").replace(",", "."))
    except InvalidOperation:
        return None
    return found.quantize(Decimal("0.01")) if found.is_finite() and abs(found) < 10**12 else None
