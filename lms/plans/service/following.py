"""Plans follow what happens: a completion, a level, another profile, a new edition of a course."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel import clock
from lms.kernel.events import publish
from lms.kernel.ids import new_id
from lms.kernel.statements import fetch
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
    changed = [(rows[person], each, each.content) for person, each in made.items()]
    changed = [(row, each, content) for row, each, content in changed if content != _compared(row)]
    if changed:
        await _replace(session, changed)
        await _say(session, changed, cause)
    return len(changed)


Changed = Sequence[tuple[Any, Made, dict[str, Any]]]
"""Rows of plans, what was made for each, and its content."""


def _terms(row: Any) -> Terms:
    """As agreed: what is left of the time counts from today."""
    return Terms(clock.today(), row.due_on if row.due_on and row.due_on > clock.today() else None)


def _compared(row: Any) -> dict[str, Any]:
    return {key: value for key, value in row.content.items() if key != "proposed_courses"}


_REPLACE = """
UPDATE plans SET content = r.content::jsonb, weekly_minutes = r.weekly_minutes,
                 profile = coalesce(r.profile, plans.profile),
                 revision = revision + 1
  FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[]) AS r(id, content, weekly_minutes, profile)
 WHERE plans.id = r.id
"""


async def _replace(session: AsyncSession, changed: Changed) -> None:
    await fetch(
        session,
        _REPLACE,
        [row.id for row, _, _ in changed],
        [json.dumps(content, ensure_ascii=False) for _, _, content in changed],
        [made.weekly_minutes for _, made, _ in changed],
        [made.profile.key if made.profile else None for _, made, _ in changed],
    )


async def _say(session: AsyncSession, changed: Changed, cause: str) -> None:
    """Note which steps came and went, and publish it: for plans in which any did."""
    steps = [
        (row, difference(row.content, content, done=sorted(made.facts.completed)))
        for row, made, content in changed
    ]
    steps = [(row, each) for row, each in steps if not each.is_none]
    gather(session, queries.changes, [_change(row.id, cause, each) for row, each in steps])
    said = [
        PlanFollowed(subject_id=row.id, data={"person": str(row.person_id), "cause": cause, **_lists(each)})
        for row, each in steps
    ]
    await publish(session, said, acting=None)
    await flush(session)  # whoever follows a wish reads on what changed


def _change(plan_id: UUID, cause: str, changed: Difference) -> dict[str, Any]:
    return {"id": new_id(), "plan_id": plan_id, "at": clock.now(), "cause": cause, **_lists(changed)}


def _lists(changed: Difference) -> dict[str, list[str]]:
    return {"added": list(changed.added), "removed": list(changed.removed)}
