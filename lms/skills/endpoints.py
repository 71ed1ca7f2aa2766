"""HTTP of skill records and standing."""

from datetime import UTC, date, datetime, time
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.errors import Fault, Invalid
from lms.kernel.http import Day, DbSession, StrictRoute
from lms.kernel.pagination import Page, PageTurn
from lms.people.permits import permit
from lms.people.queries import names_of, resolve_person
from lms.people.schemas import PersonRef
from lms.skills import queries
from lms.skills.domain import standing_on
from lms.skills.schemas import SkillRecordRead, StandingRead, competency_read, skill_record_read

router = APIRouter(route_class=StrictRoute, tags=["skills"])


@router.get("/skill-records")
async def list_skill_records(
    session: DbSession,
    turn: PageTurn,
    actor: Actor = permit(Permission.SELF),
    person: Annotated[
        str | None, Query(max_length=254, description="An id or an e-mail; left out: oneself.")
    ] = None,
) -> Page[SkillRecordRead]:
    """A person's skill records, latest first."""
    filters = {"list": "skill-records", "person": person}
    person_id = await resolve_person(
        session, person or str(actor.person_id), actor=actor, permission=Permission.SKILLS_READ
    )
    after = turn.after(filters, (UUID,))
    rows = await queries.list_skill_records(
        session, actor=actor, person_id=person_id, after=after, limit=turn.wanted
    )
    return turn.page(rows, filters, key=lambda row: [row.id], read=skill_record_read)


@router.get("/people/{person_id}/standing")
async def read_standing(
    person_id: UUID,
    session: DbSession,
    actor: Actor = permit(Permission.SELF),
    as_at: Annotated[Day | None, Query(description="A day, today at the latest; left out: now.")] = None,
) -> StandingRead:
    """How a person stands, as it was known at the end of a day (UTC), or is now."""
    day, moment = _moment(as_at)
    known = await resolve_person(session, str(person_id), actor=actor, permission=Permission.SKILLS_READ)
    held = await queries.held_as_at(session, actor=actor, person_id=known, moment=moment)
    name = (await names_of(session, [known]))[known]
    return StandingRead(
        person=PersonRef(id=known, name=name),
        as_at=day,
        as_at_moment=moment,
        competencies=[competency_read(standing) for standing in standing_on(day, held)],
    )


def _moment(as_at: date | None) -> tuple[date, datetime]:
    """The day and the moment it means: its last one in UTC, or now for today."""
    today = clock.today()
    if as_at is None or as_at == today:
        return today, clock.now()
    if as_at > today:
        raise Invalid(
            "A standing of a future day is not known.", faults=[Fault("/as_at", "Today at the latest.")]
        )
    return as_at, datetime.combine(as_at, time.max, UTC)
