"""Have a rule reach those it is for: looked at first, then done, by the same path.

`preview` and `settle_rule` read whom the rule reaches with one function, so that what was shown is what happens.
Settling twice on a day does nothing the second time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from lms.assigned import queries
from lms.assigned.domain.cost import Preview, preview_of, without_done
from lms.assigned.domain.due import EndedWhy
from lms.assigned.domain.events import Assigned, AssignmentEnded
from lms.assigned.domain.rules import Due, DueFrom, RuleTerms, Whom, first_due
from lms.assigned.queries import Aim, Reached
from lms.catalogue.queries import get_editions, get_programmes, refs_by_key
from lms.completions.domain.programmes import Done, courses_left, programme_state
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.events import publish
from lms.kernel.ids import new_id
from lms.kernel.statements import fetch


@dataclass(frozen=True, slots=True)
class Previewed:
    """What a rule would do now, and to whom, in name order."""

    preview: Preview
    people: tuple[Reached, ...]
    names_done: bool  # whether its reader may know who has completed what


def terms_of(rule: Any) -> RuleTerms:
    """A rule's row as the rules of the domain see it."""
    whom = Whom(
        kinds=tuple(rule.kinds),
        grades=tuple(rule.grades),
        roles=tuple(rule.roles),
        profiles=tuple(rule.profiles),
        new_joiners=rule.new_joiners,
    )
    due = Due(rule.due_on, rule.due_days, DueFrom(rule.due_from) if rule.due_from else None)
    return RuleTerms(
        course=rule.course,
        programme=rule.programme,
        whom=whom,
        due=due,
        starts_on=rule.starts_on,
        compulsory=rule.compulsory,
        decision=rule.decision,
        reason=rule.reason,
    )


def aim_of(rule: Any, *, today: date) -> Aim:
    """Whom a saved rule is for; before its activation, as if it were activated today."""
    terms = terms_of(rule)
    return Aim(rule.entity_path, terms, terms.starts_on or today, rule.id)


async def preview(session: AsyncSession, rule: Any, *, actor: Actor) -> Previewed:
    """What a saved rule would do now, as far as `actor` may know."""
    return await _preview(session, aim_of(rule, today=clock.today()), actor)


async def preview_terms(session: AsyncSession, *, path: str, terms: RuleTerms, actor: Actor) -> Previewed:
    """What a rule that is not saved yet would do for the entity at `path`, as far as `actor` may know."""
    return await _preview(session, Aim(path, terms, terms.starts_on or clock.today()), actor)


async def _preview(session: AsyncSession, aim: Aim, actor: Actor) -> Previewed:
    people = await queries.reached(session, aim, today=clock.today())
    if not actor.may(Permission.ASSIGNMENTS_READ, aim.path):
        most = await _minutes(session, aim.terms, [each.person_id for each in people], whole=True)
        return Previewed(without_done(people, most), tuple(people), names_done=False)
    fresh = [each.person_id for each in people if each.is_fresh]
    minutes = await _minutes(session, aim.terms, fresh)
    return Previewed(preview_of(people, minutes), tuple(people), names_done=True)


async def _minutes(
    session: AsyncSession, terms: RuleTerms, people: Sequence[UUID], *, whole: bool = False
) -> Mapping[UUID, int]:
    """How long it takes each of these people: the course, or what is left of the programme (all of it: `whole`)."""
    if terms.course is not None:
        each = (await course_minutes(session, [terms.course])).get(terms.course, 0)
        return dict.fromkeys(people, each)
    assert terms.programme is not None
    return await _programme_minutes(session, terms.programme, people, whole=whole)


async def course_minutes(session: AsyncSession, keys: Sequence[str]) -> dict[str, int]:
    """Minutes of required activities, of courses on offer."""
    refs = await refs_by_key(session, keys)
    editions = await get_editions(session, [ref.version_id for ref in refs.values()])
    return {
        key: sum(each.minutes for each in editions[ref.version_id].course.required_activities)
        for key, ref in refs.items()
    }


async def _programme_minutes(
    session: AsyncSession, key: str, people: Sequence[UUID], *, whole: bool
) -> Mapping[UUID, int]:
    programmes = (await get_programmes(session)).programmes
    if programmes.get(key) is None:
        return dict.fromkeys(people, 0)
    courses = sorted(programmes.courses_of(key))
    minutes = await course_minutes(session, courses)
    done = {} if whole else await queries.done_courses(session, people, courses)
    known: dict[tuple[Done, ...], int] = {}  # most people have the same of it: nothing

    def left(own: tuple[Done, ...]) -> int:
        if own not in known:
            state = programme_state(programmes, key, own, clock.today())
            known[own] = sum(minutes.get(course, 0) for course in courses_left(state, minutes))
        return known[own]

    return {person: left(tuple(done.get(person, ()))) for person in people}


# -- done --------------------------------------------------------------------------------------------------


async def settle_rule(
    session: AsyncSession, rule: Any, *, people: Sequence[UUID] | None = None, acting: Actor | None = None
) -> tuple[int, int]:
    """Assign to those whom an active rule reaches anew, and end what was assigned to those who left it.

    With `people`, look at these alone. How many were assigned, and how many ended.
    """
    today = clock.today()
    reached = await queries.reached(session, aim_of(rule, today=today), today=today, people=people)
    fresh = sorted((each for each in reached if each.is_fresh), key=lambda each: each.person_id)
    assigned = await _assign(session, rule, fresh, today)
    left = await queries.left_behind(
        session, rule.id, reached=[each.person_id for each in reached], people=people
    )
    ended = await end_assignments(session, rule, left, EndedWhy.LEFT)
    await publish(session, assigned, acting=acting)
    await publish(session, ended, acting=acting)
    return len(assigned), len(ended)


_ASSIGN = """
INSERT INTO assignments (id, rule_id, person_id, assigned_on, due_on)
SELECT r.id, $1, r.person_id, $2, r.due_on
  FROM unnest($3::uuid[], $4::uuid[], $5::date[]) AS r(id, person_id, due_on)
    ON CONFLICT (rule_id, person_id) WHERE ended_on IS NULL DO NOTHING
RETURNING id, person_id, due_on"""


async def _assign(session: AsyncSession, rule: Any, people: Sequence[Reached], today: date) -> list[Assigned]:
    if not people:
        return []
    due, started_on = terms_of(rule).due, rule.activated_at.date()
    days = [
        first_due(due, started_on=started_on, joined_on=each.joined_on, assigned_on=today) for each in people
    ]
    ids = [new_id() for _ in people]
    rows = await fetch(session, _ASSIGN, rule.id, today, ids, [each.person_id for each in people], days)
    return [
        Assigned(
            subject_id=row["id"],
            person_id=row["person_id"],
            entity_id=rule.entity_id,
            data=_about(rule, row["person_id"]) | {"due_on": row["due_on"].isoformat()},
        )
        for row in rows
    ]


def _about(rule: Any, person_id: UUID) -> dict[str, Any]:
    what = {"course": rule.course} if rule.course else {"programme": rule.programme}
    return {"person": str(person_id), "rule": str(rule.id), **what}


async def end_assignments(
    session: AsyncSession, rule: Any, rows: Sequence[Any], why: EndedWhy
) -> list[AssignmentEnded]:
    """End these (id, person_id); the caller publishes what is answered."""
    if not rows:
        return []
    statement = """UPDATE assignments SET ended_on = $2, ended_why = $3
        WHERE id = ANY($1) AND ended_on IS NULL RETURNING id, person_id"""
    ended = await fetch(session, statement, [row["id"] for row in rows], clock.today(), why.value)
    return [
        AssignmentEnded(
            subject_id=row["id"],
            person_id=row["person_id"],
            entity_id=rule.entity_id,
            data=_about(rule, row["person_id"]) | {"why": why.value},
        )
        for row in ended
    ]


async def settle_people(session: AsyncSession, people: Sequence[UUID]) -> tuple[int, int]:
    """Have every active rule look at these people: something about them has changed."""
    assigned = ended = 0
    for rule in await queries.active_rules(session):
        more, fewer = await settle_rule(session, rule, people=people)
        assigned, ended = assigned + more, ended + fewer
    return assigned, ended
