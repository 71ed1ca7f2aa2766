"""Every SELECT of screening. What the gate needs is read the same way whatever there is to find."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.partners.domain.gate import (
    Baseline,
    Bid,
    Decision,
    Effort,
    Exclusion,
    Known,
    Rule,
    Scope,
    Waiver,
    Warned,
)
from lms.partners.domain.register import Participation
from lms.partners.domain.screening import FactKind
from lms.partners.domain.warnings import Step, StepKind, review_day, stands_in_the_way
from lms.partners.models import (
    CircleMember,
    EarlyWarning,
    Partner,
    PartnerAgreement,
    ScreeningEnd,
    ScreeningFact,
    WarningStep,
)
from lms.partners.queries import group_of
from lms.people.domain import EntityNotFound
from lms.people.models import Entity, Person
from lms.people.queries import get_entity

partners, facts, ends = table_of(Partner), table_of(ScreeningFact), table_of(ScreeningEnd)
warnings, steps, circle = table_of(EarlyWarning), table_of(WarningStep), table_of(CircleMember)
agreements, entities, persons = table_of(PartnerAgreement), table_of(Entity), table_of(Person)


# -- the circle --------------------------------------------------------------------------------------------


async def get_circle_entity(session: AsyncSession, key: str, *, actor: Actor) -> Entity:
    """The entity with this key if `actor` is of its circle; else as if it were not there."""
    entity = await get_entity(session, key)
    if not await is_in_circle(session, actor, entity.path):
        raise EntityNotFound(f"There is no entity {key!r} whose screening you may see.")
    return entity


async def is_in_circle(session: AsyncSession, actor: Actor, path: str) -> bool:
    """An officer there, or a senior manager there whom an officer named for the entity or one above it."""
    if actor.may(Permission.SCREENING_NAME, path):
        return True
    if not actor.may(Permission.GATE_WAIVE, path):
        return False
    named = (
        select(circle.c.id)
        .join(entities, entities.c.id == circle.c.entity_id)
        .where(circle.c.person_id == actor.person_id, circle.c.ended_at.is_(None))
        .where(func.starts_with(path, entities.c.path))
    )
    return (await session.execute(named.limit(1))).first() is not None


async def members_of(session: AsyncSession, entity_id: UUID) -> Sequence[Any]:
    """Senior managers who were let into the circle (id, person, name, since), the first named first."""
    statement = (
        select(circle.c.id, circle.c.person_id, circle.c.named_at, persons.c.name)
        .join(persons, persons.c.id == circle.c.person_id)
        .where(circle.c.entity_id == entity_id, circle.c.ended_at.is_(None))
        .order_by(circle.c.id)
    )
    return (await session.execute(statement)).all()


# -- what the gate looks at --------------------------------------------------------------------------------


async def known_of(session: AsyncSession, partner_id: UUID) -> Known:
    """Everything that counts about a partner or its group, of every entity: four statements whatever there is."""
    group = await group_of(session, partner_id)
    found = [row for row in await facts_of(session, group) if row.ended_at is None]
    of = {kind: [row for row in found if row.kind == kind] for kind in FactKind}
    return Known(
        exclusions=[Exclusion(r.subject, r.path, r.occurred_on) for r in of[FactKind.EXCLUSION]],
        decisions=[_decision(row) for row in of[FactKind.DECISION]],
        baselines=await _baselines(session, group),
        warnings=await _warned(session, group),
        bids=[Bid(r.reference or str(r.id), r.path, r.occurred_on) for r in of[FactKind.BID]],
        waivers=[
            Waiver(str(r.id), Rule(r.subject), r.path, r.occurred_on, r.valid_until)
            for r in of[FactKind.WAIVER]
            if r.partner_id == partner_id  # a waiver is for the partner it names, not for its group
        ],
    )


def _decision(row: Any) -> Decision:
    scope, effort = Scope(row.scope), Effort(row.effort)
    return Decision(str(row.id), row.path, scope, effort, row.may_proceed, row.occurred_on, row.valid_until)


async def facts_of(session: AsyncSession, group: Sequence[UUID]) -> Sequence[Any]:
    """Facts about these partners, the latest recorded first, each with its entity, who recorded it, and its end."""
    statement = (
        select(
            facts,
            entities.c.path,
            entities.c.key.label("entity"),
            persons.c.name.label("by"),
            ends.c.recorded_at.label("ended_at"),
            ends.c.reason.label("end_reason"),
        )
        .join(entities, entities.c.id == facts.c.entity_id, isouter=True)
        .join(persons, persons.c.id == facts.c.by_id)
        .join(ends, ends.c.fact_id == facts.c.id, isouter=True)
        .where(facts.c.partner_id.in_(group))
        .order_by(facts.c.recorded_at.desc(), facts.c.id.desc())
    )
    return (await session.execute(statement)).all()


async def get_fact(session: AsyncSession, fact_id: UUID) -> Any | None:
    """One fact with its entity's path and its end."""
    statement = (
        select(facts, entities.c.path, ends.c.recorded_at.label("ended_at"))
        .join(entities, entities.c.id == facts.c.entity_id, isouter=True)
        .join(ends, ends.c.fact_id == facts.c.id, isouter=True)
        .where(facts.c.id == fact_id)
    )
    return (await session.execute(statement)).one_or_none()


async def _baselines(session: AsyncSession, group: Sequence[UUID]) -> list[Baseline]:
    """Of the partner and its parent: participation, and the partner's own commitment."""
    names = ("id", "participation_status", "participation_checked_on", "committed_on")
    statement = select(*(partners.c[name] for name in names)).where(partners.c.id.in_(group[:2]))
    found = []
    for row in await session.execute(statement):
        is_own = row.id == group[0]
        if row.participation_status is not None:
            ground = "participation" if is_own else "parent_participation"
            active = row.participation_status == Participation.ACTIVE
            found.append(Baseline(ground, active, row.participation_checked_on))
        if row.committed_on is not None and is_own:
            found.append(Baseline("commitment", True, row.committed_on))
    return found


async def _warned(session: AsyncSession, group: Sequence[UUID]) -> list[Warned]:
    told = []
    for warning, its_steps in await warnings_of(session, group):
        review, is_closed = review_day(its_steps), any(s.kind is StepKind.CLOSED for s in its_steps)
        if review is not None and not is_closed and stands_in_the_way(its_steps):
            told.append(Warned(str(warning.id), warning.path, its_steps[0].occurred_on, review))
    return told


async def warnings_of(session: AsyncSession, group: Sequence[UUID]) -> list[tuple[Any, list[Step]]]:
    """Early warnings about these partners with their steps in order, the latest first."""
    statement = (
        select(warnings, entities.c.path, entities.c.key.label("entity"), persons.c.name.label("author"))
        .join(entities, entities.c.id == warnings.c.entity_id)
        .join(persons, persons.c.id == warnings.c.author_id)
        .where(warnings.c.partner_id.in_(group))
        .order_by(warnings.c.id.desc())
    )
    rows = (await session.execute(statement)).all()
    by_warning: dict[UUID, list[Step]] = {row.id: [] for row in rows}
    for row in await steps_of(session, [row.id for row in rows]):
        by_warning[row.warning_id].append(as_step(row))
    return [(row, by_warning[row.id]) for row in rows]


async def steps_of(session: AsyncSession, warning_ids: Sequence[UUID]) -> Sequence[Any]:
    """What happened to these warnings, in order, each with who did it."""
    statement = (
        select(steps, persons.c.name.label("by"))
        .join(persons, persons.c.id == steps.c.by_id)
        .where(steps.c.warning_id.in_(warning_ids))
        .order_by(steps.c.id)
    )
    return (await session.execute(statement)).all()


def as_step(row: Any) -> Step:
    """A row of `steps_of` as the rules see it."""
    return Step(StepKind(row.kind), row.by_id, row.occurred_on, row.review_on, row.stands_in_the_way)


async def lock_warning(session: AsyncSession, warning_id: UUID) -> Any | None:
    """A warning with its entity's path; nobody else adds a step until this transaction ends."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:id, 0))"), {"id": str(warning_id)}
    )
    statement = (
        select(warnings, entities.c.path)
        .join(entities, entities.c.id == warnings.c.entity_id)
        .where(warnings.c.id == warning_id)
    )
    return (await session.execute(statement)).one_or_none()


async def hands_of(session: AsyncSession, partner_id: UUID, path: str, today: date) -> set[UUID]:
    """Who proposed or manages a running agreement with the partner, of the entity at `path`, above or below it."""
    statement = (
        select(agreements.c.proposed_by_id, agreements.c.managed_by_id)
        .join(entities, entities.c.id == agreements.c.entity_id)
        .where(agreements.c.partner_id == partner_id)
        .where(func.starts_with(entities.c.path, path) | func.starts_with(path, entities.c.path))
        .where(agreements.c.until_on.is_(None) | (agreements.c.until_on >= today))
    )
    return {person for row in await session.execute(statement) for person in row}


# -- lapses ------------------------------------------------------------------------------------------------


async def watched_pairs(session: AsyncSession, today: date) -> Sequence[Any]:
    """Partners and entities between which something runs or was decided: what the nightly job looks at."""
    statement = text(
        """SELECT p.id, p.key, p.name, e.key AS entity, e.path, e.name AS entity_name
             FROM (SELECT partner_id, entity_id FROM screening_facts WHERE kind = 'decision'
                   UNION SELECT partner_id, entity_id FROM partner_agreements
                          WHERE until_on IS NULL OR until_on >= :today) w
             JOIN partners p ON p.id = w.partner_id JOIN entities e ON e.id = w.entity_id ORDER BY p.key, e.path"""
    )
    return (await session.execute(statement, {"today": today})).all()


async def owners_of(session: AsyncSession, partner_id: UUID, path: str, today: date) -> Sequence[Any]:
    """Whom a lapse concerns: managers of running agreements, and screening officers; e-mail, language, is_officer."""
    statement = text(
        """SELECT DISTINCT p.id, p.email, p.language, w.is_officer FROM (
             SELECT a.managed_by_id AS person_id, false AS is_officer FROM partner_agreements a
               JOIN entities e ON e.id = a.entity_id
              WHERE a.partner_id = :partner AND e.path = :path AND (a.until_on IS NULL OR a.until_on >= :today)
             UNION SELECT g.person_id, true FROM role_grants g LEFT JOIN entities e ON e.id = g.entity_id
              WHERE g.role = 'screening_officer' AND g.revoked_at IS NULL AND g.partner_id IS NULL
                AND (g.until_on IS NULL OR g.until_on >= :today) AND starts_with(:path, coalesce(e.path, '/'))) w
           JOIN persons p ON p.id = w.person_id WHERE p.email IS NOT NULL AND p.erased_at IS NULL ORDER BY p.id"""
    )
    asked = {"partner": partner_id, "path": path, "today": today}
    return (await session.execute(statement, asked)).all()
