"""Propose, accept, decline and adjust plans. A person has one plan of their own; a proposal binds nobody."""

from collections.abc import Collection
from datetime import date, time
from typing import Any
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.queries import get_course, refs_by_key
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.errors import Fault, Invalid, NotAllowed
from lms.kernel.events import publish
from lms.kernel.ids import new_id
from lms.people.queries import is_in_scope, team_of
from lms.plans import queries
from lms.plans.domain.schedule import budget
from lms.plans.domain.states import (
    NoProfile,
    NoTime,
    PlanAccepted,
    PlanDecided,
    PlanDeclined,
    PlanProposed,
    PlanState,
    Wish,
)
from lms.plans.service.following import follow
from lms.plans.service.making import Made, Terms, make_plans


async def suggest(session: AsyncSession, person_id: UUID, terms: Terms) -> Made:
    """The plan a person could have: looked at, and kept nowhere."""
    return (await make_plans(session, {person_id: terms}))[person_id]


async def accept_own(
    session: AsyncSession, *, acting: Actor, due_on: date | None = None, weekly_minutes: int | None = None
) -> UUID:
    """Make the suggested plan one's own; the one before ends."""
    _check_due(due_on)
    if weekly_minutes is not None:
        await set_learning_time(session, acting=acting, weekly_minutes=weekly_minutes)
    made = await suggest(session, acting.person_id, Terms(clock.today(), due_on))
    row = _row(made, PlanState.ACTIVE, proposed_by=None)
    await _end_active(session, acting.person_id)
    await session.execute(insert(queries.plans).values(**row))
    await publish(session, [PlanAccepted(subject_id=row["id"], data=_about(row))], acting=acting)
    return UUID(str(row["id"]))


async def propose(
    session: AsyncSession,
    *,
    acting: Actor,
    person_id: UUID,
    due_on: date | None = None,
    weekly_minutes: int | None = None,
    courses: Collection[str] = (),
) -> UUID:
    """Propose a plan to somebody of one's team or, as a focal point, of one's entity; `courses` are part of it.

    An earlier open proposal of the same proposer ends.
    """
    await check_may_propose(session, acting=acting, person_id=person_id)
    _check_due(due_on)
    known = await refs_by_key(session, list(courses))
    unknown = [each for each in courses if each not in known]
    if unknown:
        faults = [Fault("/courses", f"There is no course {each!r}.") for each in unknown]
        raise Invalid("Some courses are not known.", faults=faults)
    terms = Terms(clock.today(), due_on, weekly_minutes, frozenset(courses))
    row = _row(await suggest(session, person_id, terms), PlanState.PROPOSED, proposed_by=acting.person_id)
    row["content"] |= {"proposed_courses": sorted(courses)}
    await session.execute(
        update(queries.plans)
        .where(
            queries.plans.c.person_id == person_id,
            queries.plans.c.proposed_by_id == acting.person_id,
            queries.plans.c.state == PlanState.PROPOSED,
        )
        .values(state=PlanState.ENDED, decided_at=clock.now())
    )
    await session.execute(insert(queries.plans).values(**row))
    event = PlanProposed(subject_id=row["id"], person_id=person_id, data=_about(row))
    await publish(session, [event], acting=acting)
    return UUID(str(row["id"]))


async def check_may_propose(session: AsyncSession, *, acting: Actor, person_id: UUID) -> None:
    """Raise `NotAllowed` for whoever is neither a reporting officer nor a focal point of the person."""
    if person_id == acting.person_id:
        raise NotAllowed("One's own plan is made on one's own page.")
    if await is_in_scope(session, acting, Permission.PLANS_PROPOSE, person_id):
        return
    team = await team_of(session, acting.person_id)
    if person_id not in {member.id for member in team}:
        raise NotAllowed(
            "Plans are proposed by a person's reporting officers and their entity's focal point."
        )


def _check_due(due_on: date | None) -> None:
    if due_on is not None and due_on <= clock.today():
        raise Invalid("A plan is due on a day to come.", faults=[Fault("/due_on", "Choose a day to come.")])


async def decide(session: AsyncSession, *, acting: Actor, plan_id: UUID, accept: bool) -> None:
    """Accept or decline what was proposed to one; decided twice alike it was decided once."""
    row = await queries.get_proposal(session, plan_id, person_id=acting.person_id)
    wanted = PlanState.ACTIVE if accept else PlanState.DECLINED
    if row.state == wanted:
        return
    if row.state != PlanState.PROPOSED:
        raise PlanDecided()
    if accept:
        await _end_active(session, acting.person_id)
        for course in row.content.get("proposed_courses", ()):
            await _wish(session, acting.person_id, course, Wish.PINNED)
        if await queries.find_learning_time(session, acting.person_id) is None:
            # What was agreed on holds when the plan follows something later.
            await set_learning_time(session, acting=acting, weekly_minutes=row.weekly_minutes)
    await session.execute(
        update(queries.plans)
        .where(queries.plans.c.id == plan_id)
        .values(state=wanted, decided_at=clock.now(), revision=row.revision + 1)
    )
    kind = PlanAccepted if accept else PlanDeclined
    await publish(session, [kind(subject_id=plan_id, data={"person": str(row.person_id)})], acting=acting)


async def _end_active(session: AsyncSession, person_id: UUID) -> None:
    await session.execute(
        update(queries.plans)
        .where(queries.plans.c.person_id == person_id, queries.plans.c.state == PlanState.ACTIVE)
        .values(state=PlanState.ENDED, decided_at=clock.now())
    )


async def wish(session: AsyncSession, *, acting: Actor, course: str, wanted: Wish | None) -> None:
    """Pin a course, drop it, or (None) leave it to the tailoring again; one's plan follows at once."""
    await get_course(session, course)
    await _wish(session, acting.person_id, course, wanted)
    await follow(session, person_ids=[acting.person_id], cause="wish")


async def _wish(session: AsyncSession, person_id: UUID, course: str, wanted: Wish | None) -> None:
    table = queries.wishes
    if wanted is None:
        await session.execute(delete(table).where(table.c.person_id == person_id, table.c.course == course))
        return
    values = {"person_id": person_id, "course": course, "wish": wanted.value, "at": clock.now()}
    statement = insert(table).values(**values)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["person_id", "course"], set_=values)
    )


async def set_learning_time(
    session: AsyncSession,
    *,
    acting: Actor,
    weekly_minutes: int,
    weekday: int | None = None,
    starts_at: time | None = None,
) -> None:
    """Say how long a week one learns and when; what is left out stays as it was."""
    values: dict[str, Any] = {"weekly_minutes": weekly_minutes}
    values |= {} if weekday is None else {"weekday": weekday}
    values |= {} if starts_at is None else {"starts_at": starts_at}
    defaults = {"weekday": 2, "starts_at": time(14)}
    statement = insert(queries.times).values(person_id=acting.person_id, **(defaults | values))
    await session.execute(statement.on_conflict_do_update(index_elements=["person_id"], set_=values))


def _row(made: Made, state: PlanState, *, proposed_by: UUID | None) -> dict[str, Any]:
    if made.profile is None:
        raise NoProfile("Choose a target profile for the post first.")
    start_on, due_on = made.terms.start_on, made.terms.due_on
    if budget(made.weekly_minutes, start_on, due_on, made.facts.absences) == 0:
        faults = [Fault("/due_on", "Choose a later day.")]
        raise NoTime(f"Between {start_on} and {due_on} there is no whole week to learn in.", faults=faults)
    return {
        "id": new_id(),
        "person_id": made.facts.person_id,
        "state": state.value,
        "proposed_by_id": proposed_by,
        "profile": made.profile.key,
        "weekly_minutes": made.weekly_minutes,
        "start_on": made.terms.start_on,
        "due_on": made.terms.due_on,
        "content": made.content,
        "revision": 1,
        "made_at": clock.now(),
        "decided_at": clock.now() if state is PlanState.ACTIVE else None,
    }


def _about(row: dict[str, Any]) -> dict[str, Any]:
    return {"person": str(row["person_id"]), "profile": row["profile"], "steps": len(row["content"]["steps"])}
