"""Every SELECT about plans, and what tailoring needs to know of people, read for many at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.models import Course
from lms.completions.models import Completion
from lms.completions.validity_queries import valid_until_sql
from lms.kernel.database import table_of
from lms.kernel.statements import fetch
from lms.people.models import Person
from lms.plans.domain.schedule import Span
from lms.plans.domain.states import PlanNotFound, PlanState
from lms.plans.models import CalendarFeed, LearningTime, Plan, PlanChange, PlanWish

plans = table_of(Plan)
changes = table_of(PlanChange)
wishes = table_of(PlanWish)
times = table_of(LearningTime)
feeds = table_of(CalendarFeed)
persons = table_of(Person)
completions = table_of(Completion)
courses = table_of(Course)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one person on the day of planning."""

    person_id: UUID
    kind: str | None
    partner: bool
    chosen_profile: str | None
    roles: tuple[str, ...]
    focuses: tuple[str, ...]
    modality: str | None
    languages: frozenset[str]
    working_time_percent: int
    learning_days: int | None
    weekly_minutes: int | None  # as the person has set it
    held: dict[str, int]
    completed: frozenset[str]
    worked: frozenset[str]
    absences: tuple[Span, ...]
    pinned: frozenset[str]
    dropped: frozenset[str]


# One row a person, whatever there is of each kind; sub-selects by index, so that a thousand people cost a thousand
# times one.
_FACTS = f"""
SELECT p.id, a.kind, a.partner_id IS NOT NULL AS partner, a.target_profile AS chosen_profile,
       coalesce(a.working_time_percent, 100) AS working_time_percent,
       (SELECT array_agg(DISTINCT g.role) FROM role_grants g
         WHERE g.person_id = p.id AND g.revoked_at IS NULL AND (g.until_on IS NULL OR g.until_on >= $2)) AS roles,
       up.focuses, coalesce(p.modality, up.modality) AS modality, up.learning_days,
       p.languages, p.language, t.weekly_minutes,
       (SELECT json_object_agg(s.competency, s.level) FROM (
           SELECT competency, max(level) AS level FROM standings
            WHERE person_id = p.id AND valid_until >= $2 GROUP BY 1) s) AS held,
       (SELECT array_agg(DISTINCT c.key) FROM completions m JOIN courses c ON c.id = m.course_id
         WHERE m.person_id = p.id AND coalesce({valid_until_sql("m")}, 'infinity') >= $2
           AND NOT EXISTS (SELECT 1 FROM completion_revocations r WHERE r.completion_id = m.id)) AS completed,
       (SELECT array_agg(DISTINCT c.key) FROM skill_records k
          JOIN course_versions v ON v.id = k.course_version_id JOIN courses c ON c.id = v.course_id
         WHERE k.person_id = p.id AND k.source = 'assessed_work' AND coalesce({valid_until_sql("k")}, 'infinity') >= $2
           AND NOT EXISTS (SELECT 1 FROM skill_revocations r WHERE r.skill_record_id = k.id)) AS worked,
       (SELECT json_agg(json_build_array(b.from_on, b.until_on) ORDER BY b.from_on) FROM absences b
         WHERE b.person_id = p.id AND b.until_on >= $2) AS absences,
       (SELECT json_agg(json_build_array(w.course, w.wish)) FROM plan_wishes w WHERE w.person_id = p.id) AS wishes
  FROM persons p
  LEFT JOIN LATERAL (SELECT * FROM affiliations a
                      WHERE a.person_id = p.id AND a.is_primary AND a.from_on <= $2
                        AND (a.until_on IS NULL OR a.until_on >= $2) ORDER BY a.from_on DESC LIMIT 1) a ON true
  LEFT JOIN entities e ON e.id = a.entity_id
  -- What an office does not say of itself, it has from the nearest above that does.
  LEFT JOIN LATERAL (SELECT (array_agg(n.focuses::text ORDER BY length(n.path) DESC)
                               FILTER (WHERE cardinality(n.focuses) > 0))[1]::text[] AS focuses,
                            (array_agg(n.modality ORDER BY length(n.path) DESC)
                               FILTER (WHERE n.modality IS NOT NULL))[1] AS modality,
                            (array_agg(n.learning_days ORDER BY length(n.path) DESC)
                               FILTER (WHERE n.learning_days IS NOT NULL))[1] AS learning_days
                       FROM entities n WHERE starts_with(e.path, n.path)) up ON true
  LEFT JOIN learning_times t ON t.person_id = p.id
 WHERE p.id = ANY($1) AND p.erased_at IS NULL
"""


async def facts_of(session: AsyncSession, person_ids: Sequence[UUID], *, on: date) -> dict[UUID, Facts]:
    """What is known of these people on a day; who was erased is left out. One statement."""
    return {row["id"]: _facts(row) for row in await fetch(session, _FACTS, list(person_ids), on)}


def _facts(row: Any) -> Facts:
    wished = row["wishes"] or ()
    return Facts(
        person_id=row["id"],
        kind=row["kind"],
        partner=row["partner"],
        chosen_profile=row["chosen_profile"],
        roles=tuple(row["roles"] or ()),
        focuses=tuple(row["focuses"] or ()),
        modality=row["modality"],
        languages=frozenset([*row["languages"], row["language"]]),
        working_time_percent=row["working_time_percent"],
        learning_days=row["learning_days"],
        weekly_minutes=row["weekly_minutes"],
        held=row["held"] or {},
        completed=frozenset(row["completed"] or ()),
        worked=frozenset(row["worked"] or ()),
        absences=tuple(Span(date.fromisoformat(a), date.fromisoformat(b)) for a, b in row["absences"] or ()),
        pinned=frozenset(course for course, wish in wished if wish == "pinned"),
        dropped=frozenset(course for course, wish in wished if wish == "dropped"),
    )


async def find_active_plan(session: AsyncSession, person_id: UUID, *, lock: bool = False) -> Any | None:
    """A person's plan; None when they have none."""
    statement = select(plans).where(plans.c.person_id == person_id, plans.c.state == PlanState.ACTIVE)
    if lock:
        statement = statement.with_for_update()
    return (await session.execute(statement)).one_or_none()


async def active_plans_of(session: AsyncSession, person_ids: Sequence[UUID]) -> Sequence[Any]:
    """Plans of these people, locked in the order of their ids."""
    statement = (
        select(plans)
        .where(plans.c.person_id.in_(person_ids), plans.c.state == PlanState.ACTIVE)
        .order_by(plans.c.id)
        .with_for_update()
    )
    return (await session.execute(statement)).all()


# What happened is about a person, a completion, a piece of work or an assignment; ids of all are distinct.
_AMONG = """
SELECT person_id FROM plans WHERE state = 'active' AND person_id IN (
    SELECT unnest($1::uuid[])
    UNION SELECT person_id FROM completions WHERE id = ANY($1)
    UNION SELECT person_id FROM assignments WHERE id = ANY($1)
    UNION SELECT n.person_id FROM submissions s JOIN enrolments n ON n.id = s.enrolment_id WHERE s.id = ANY($1))
ORDER BY person_id
"""


async def planning_people_behind(session: AsyncSession, subject_ids: Sequence[UUID]) -> list[UUID]:
    """Of the people whom events with these subjects are about, those who have an active plan."""
    return [row["person_id"] for row in await fetch(session, _AMONG, list(subject_ids))]


async def planning_people(session: AsyncSession, *, after: UUID | None, limit: int) -> Sequence[UUID]:
    """People who have an active plan, by id."""
    statement = select(plans.c.person_id).where(plans.c.state == PlanState.ACTIVE)
    if after is not None:
        statement = statement.where(plans.c.person_id > after)
    return (await session.scalars(statement.order_by(plans.c.person_id).limit(limit))).all()


async def get_proposal(session: AsyncSession, plan_id: UUID, *, person_id: UUID) -> Any:
    """A plan proposed to this person, locked; anybody else's is not there."""
    statement = (
        select(plans)
        .where(plans.c.id == plan_id, plans.c.person_id == person_id, plans.c.proposed_by_id.is_not(None))
        .with_for_update()
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise PlanNotFound()
    return row


async def proposals_to(session: AsyncSession, person_id: UUID) -> Sequence[Any]:
    """Open proposals to a person with the name of who made them, the newest first."""
    statement = (
        select(plans, persons.c.name.label("proposed_by"))
        .join(persons, persons.c.id == plans.c.proposed_by_id)
        .where(plans.c.person_id == person_id, plans.c.state == PlanState.PROPOSED)
        .order_by(plans.c.id.desc())
    )
    return (await session.execute(statement)).all()


async def find_proposal(session: AsyncSession, plan_id: UUID, *, person_id: UUID) -> Any:
    """An open proposal to this person with the name of who made it; one that was decided is not there."""
    for row in await proposals_to(session, person_id):
        if row.id == plan_id:
            return row
    raise PlanNotFound()


async def proposals_by(session: AsyncSession, proposer_id: UUID, *, person_id: UUID) -> Sequence[Any]:
    """What this supervisor or focal point has proposed to a person, the newest first."""
    statement = (
        select(plans)
        .where(plans.c.person_id == person_id, plans.c.proposed_by_id == proposer_id)
        .order_by(plans.c.id.desc())
    )
    return (await session.execute(statement)).all()


async def latest_proposals_by(
    session: AsyncSession, proposer_id: UUID, person_ids: Sequence[UUID]
) -> dict[UUID, Any]:
    """The last plan that one has proposed to each of these people (person_id, state, made_at, decided_at)."""
    statement = (
        select(plans.c.person_id, plans.c.state, plans.c.made_at, plans.c.decided_at)
        .ext(distinct_on(plans.c.person_id))
        .where(plans.c.proposed_by_id == proposer_id, plans.c.person_id.in_(person_ids))
        .order_by(plans.c.person_id, plans.c.id.desc())
    )
    return {row.person_id: row for row in await session.execute(statement)}


# A change names the event it followed and not its subject: what was completed last before it is what it followed.
_COMPLETED_BEFORE = (
    select(courses.c.key)
    .join(completions, completions.c.course_id == courses.c.id)
    .where(completions.c.person_id == plans.c.person_id, completions.c.recorded_at <= changes.c.at)
    .order_by(completions.c.recorded_at.desc(), completions.c.id.desc())
    .limit(1)
    .correlate(plans, changes)
    .scalar_subquery()
)


async def changes_of(session: AsyncSession, plan_id: UUID, *, limit: int = 10) -> Sequence[Any]:
    """What changed in a plan, the latest first, each with the course completed last before it."""
    statement = (
        select(changes, _COMPLETED_BEFORE.label("completed"))
        .join(plans, plans.c.id == changes.c.plan_id)
        .where(changes.c.plan_id == plan_id)
        .order_by(changes.c.at.desc())
        .limit(limit)
    )
    return (await session.execute(statement)).all()


async def wishes_of(session: AsyncSession, person_id: UUID) -> dict[str, str]:
    """What a person has decided about courses, by course, in the order in which they did."""
    statement = (
        select(wishes.c.course, wishes.c.wish).where(wishes.c.person_id == person_id).order_by(wishes.c.at)
    )
    return {row.course: row.wish for row in await session.execute(statement)}


async def find_learning_time(session: AsyncSession, person_id: UUID) -> Any | None:
    """When a person learns, if they have said so."""
    return (await session.execute(select(times).where(times.c.person_id == person_id))).one_or_none()


async def feeds_of(session: AsyncSession, person_id: UUID) -> Sequence[Any]:
    """A person's calendar addresses that are good (id, from), the newest first."""
    statement = (
        select(feeds.c.id, feeds.c.created_at)
        .where(feeds.c.person_id == person_id, feeds.c.revoked_at.is_(None))
        .order_by(feeds.c.id.desc())
    )
    return (await session.execute(statement)).all()


async def find_feed_owner(session: AsyncSession, secret_hash: str) -> UUID | None:
    """Whose calendar has the secret with this digest; None when there is none, or it was taken back."""
    statement = select(feeds.c.person_id).where(
        feeds.c.secret_hash == secret_hash, feeds.c.revoked_at.is_(None)
    )
    found: UUID | None = await session.scalar(statement)
    return found
