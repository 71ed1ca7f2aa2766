"""Plans follow what happens: a completion, a level, another profile, a new edition of a course."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel import clock
from lms.kernel.events import publish
from lms.kernel.ids import new_id
from lms.kernel.writes import flush, gather
from lms.plans import queries
from lms.plans.domain.states import Difference, PlanFollowed, difference
from lms.plans.service.making import Made, Terms, make_plans


async def follow(session: AsyncSession, *, person_ids: Sequence[UUID], cause: str) -> int:
    """Tailor these people's active plans anew and say what changed; how many changed.

    Run twice it changes nothing the second time: a plan made from the same facts is the same.
    """
    rows = {row.person_id: row for row in await queries.active_plans_of(session, person_ids)}
    made = await make_plans(session, {person: _terms(row) for person, row in rows.items()})
    changed = [
        (rows[person], each) for person, each in made.items() if each.content != _compared(rows[person])
    ]
    for row, each in changed:
        await _replace(session, row, each, cause)
    await flush(session)  # whoever follows a wish reads on what changed
    return len(changed)


def _terms(row: Any) -> Terms:
    """As agreed: what is left of the time counts from today."""
    return Terms(clock.today(), row.due_on if row.due_on and row.due_on > clock.today() else None)


def _compared(row: Any) -> dict[str, Any]:
    return {key: value for key, value in row.content.items() if key != "proposed_courses"}


async def _replace(session: AsyncSession, row: Any, made: Made, cause: str) -> None:
    changed = difference(row.content, made.content, done=sorted(made.facts.completed))
    values = {"content": made.content, "revision": row.revision + 1, "weekly_minutes": made.weekly_minutes}
    if made.profile is not None:
        values["profile"] = made.profile.key
    await session.execute(update(queries.plans).where(queries.plans.c.id == row.id).values(**values))
    if not changed.is_none:
        gather(session, queries.changes, [_change(row.id, cause, changed)])
        data = {"person": str(row.person_id), "cause": cause, **_lists(changed)}
        await publish(session, [PlanFollowed(subject_id=row.id, data=data)], acting=None)


def _change(plan_id: UUID, cause: str, changed: Difference) -> dict[str, Any]:
    return {"id": new_id(), "plan_id": plan_id, "at": clock.now(), "cause": cause, **_lists(changed)}


def _lists(changed: Difference) -> dict[str, list[str]]:
    return {"added": list(changed.added), "removed": list(changed.removed)}
