"""Reminders of due days: each step of the ladder once, by mail and on the person's page."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from lms.assigned import queries
from lms.assigned.domain.due import step_to_send
from lms.assigned.domain.events import Reminded
from lms.assigned.domain.standing import Standing
from lms.kernel import clock
from lms.kernel.events import publish
from lms.kernel.ids import new_id
from lms.kernel.statements import fetch

_KEEP = """
INSERT INTO assignment_reminders (id, assignment_id, due_on, step, reminded_on)
SELECT r.id, r.assignment_id, r.due_on, r.step, $1
  FROM unnest($2::uuid[], $3::uuid[], $4::date[], $5::int[]) AS r(id, assignment_id, due_on, step)
    ON CONFLICT (assignment_id, due_on, step) DO NOTHING
RETURNING id, assignment_id, due_on, step"""


async def remind(session: AsyncSession, *, ladder: Sequence[int]) -> int:
    """Remind everybody whose day for it has come, `ladder` in days before the due day; how many reminders went out.

    A step is kept in the transaction that has its mail sent, so whoever runs this again finds it done.
    """
    today = clock.today()
    due: list[tuple[Standing, int]] = []
    async for each in queries.to_remind(session, today=today, ahead=max([0, *ladder])):
        step = step_to_send(
            today,
            due_on=each.due_on,
            since=each.told_on,
            ladder=ladder,
            sent=each.sent_steps(),
            absences=each.absences,
        )
        if step is not None:
            due.append((each, step))
    kept = await _keep(session, due) if due else []
    people = {each.id: each.person_id for each, _ in due}
    await publish(session, [_event(row, people[row["assignment_id"]]) for row in kept], acting=None)
    return len(kept)


async def _keep(session: AsyncSession, due: Sequence[tuple[Standing, int]]) -> Sequence[Any]:
    return await fetch(
        session,
        _KEEP,
        clock.today(),
        [new_id() for _ in due],
        [each.id for each, _ in due],
        [each.due_on for each, _ in due],
        [step for _, step in due],
    )


def _event(row: Any, person_id: UUID) -> Reminded:
    data = {
        "person": str(person_id),
        "assignment": str(row["assignment_id"]),
        "due_on": row["due_on"].isoformat(),
        "step": row["step"],
    }
    return Reminded(subject_id=row["id"], data=data)
