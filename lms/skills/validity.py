"""Skill records count for as long as what they rest on: absences and newer editions move their end too."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from lms.completions.validity import FactKind, Settled, Which, settle
from lms.people.domain import AbsencesChanged
from lms.skills.service import project

SKILL_RECORDS = FactKind(
    "skill_record",
    """SELECT c.id, c.person_id, c.occurred_on, c.recorded_at, c.valid_until, v.course_id, v.number
         FROM skill_records c LEFT JOIN course_versions v ON v.id = c.course_version_id
        WHERE NOT EXISTS (SELECT 1 FROM skill_revocations r WHERE r.skill_record_id = c.id)""",
)


async def settle_skills(session: AsyncSession, which: Which, *, after: UUID | None = None) -> Settled:
    """Settle the next records and project the people anew for whom something changed."""
    settled = await settle(session, SKILL_RECORDS, which, after=after)
    for person_id in sorted(settled.people):
        await project(session, person_id=person_id)
    return settled


async def on_absences_changed(session: AsyncSession, events: Sequence[AbsencesChanged]) -> None:
    """Reaction: move the ends of these people's records, and with them their standing."""
    which = Which(people=[event.subject_id for event in events])
    last: UUID | None = None
    while True:
        last = (await settle_skills(session, which, after=last)).last
        if last is None:
            return
