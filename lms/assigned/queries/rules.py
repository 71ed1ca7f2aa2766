"""Rules: those of one's entities, those that assign, and how far their people are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.assigned.domain.rules import RuleNotFound, RuleState
from lms.assigned.models import AssignmentRule
from lms.assigned.queries.reach import done_on
from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.kernel.small_cells import LEAST
from lms.kernel.statements import fetch
from lms.people.models import Entity, Person
from lms.people.queries import in_scope

rules = table_of(AssignmentRule)
entities = table_of(Entity)
persons = table_of(Person)


def _rules() -> Select[Any]:
    makers, activators = persons.alias("makers"), persons.alias("activators")
    return (
        select(
            rules,
            entities.c.key.label("entity"),
            entities.c.name.label("entity_name"),
            entities.c.path.label("entity_path"),
            makers.c.name.label("made_by_name"),
            activators.c.name.label("activated_by_name"),
        )
        .select_from(rules)
        .join(entities, entities.c.id == rules.c.entity_id)
        .join(makers, makers.c.id == rules.c.made_by_id)
        .join(activators, activators.c.id == rules.c.activated_by_id, isouter=True)
    )


async def list_rules(
    session: AsyncSession,
    *,
    actor: Actor,
    state: str | None = None,
    entity: str | None = None,
    after: Sequence[str] | None = None,
    limit: int = 50,
) -> Sequence[Any]:
    """Rules of the entities where `actor` makes them, the newest first."""
    statement = _rules().where(in_scope(actor, Permission.ASSIGNMENTS_MAKE))
    conditions: list[ColumnElement[bool]] = []
    if state is not None:
        conditions.append(rules.c.state == state)
    if entity is not None:
        conditions.append(entities.c.key == entity)
    if after is not None:
        conditions.append(rules.c.id < UUID(after[0]))
    statement = statement.where(*conditions).order_by(rules.c.id.desc()).limit(limit)
    rows: Sequence[Any] = (await session.execute(statement)).all()
    return rows


async def get_rule_visible_to(
    session: AsyncSession, rule_id: UUID, *, actor: Actor, lock: bool = False
) -> Any:
    """A rule of an entity where `actor` makes them; with `lock`, nobody else changes it meanwhile."""
    statement = _rules().where(rules.c.id == rule_id, in_scope(actor, Permission.ASSIGNMENTS_MAKE))
    if lock:
        statement = statement.with_for_update(of=rules)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise RuleNotFound()
    return row


async def active_rules(session: AsyncSession, *, rule_ids: Sequence[UUID] | None = None) -> Sequence[Any]:
    """Rules that assign, by id; shared locks keep them active until this transaction ends."""
    statement = _rules().where(rules.c.state == RuleState.ACTIVE)
    if rule_ids is not None:
        statement = statement.where(rules.c.id.in_(rule_ids))
    statement = statement.order_by(rules.c.id).with_for_update(of=rules, read=True)
    rows: Sequence[Any] = (await session.execute(statement)).all()
    return rows


@dataclass(frozen=True, slots=True)
class Counts:
    """How many people a rule reached: in all, of them done, and ended before they were done."""

    assigned: int = 0
    done: int = 0
    ended: int = 0


def too_few(assigned: int, actor: Actor, path: str) -> bool:
    """Whether counts of so many people tell `actor`, who knows whom the rule reaches, who of them has done it."""
    return assigned < LEAST and not actor.may(Permission.ASSIGNMENTS_READ, path)


_COUNTS = f"""
SELECT rule_id, count(*) AS assigned, count(done_on) AS done,
       count(*) FILTER (WHERE done_on IS NULL AND ended_on IS NOT NULL) AS ended
  FROM (SELECT s.rule_id, s.ended_on, {done_on("s", "r")} AS done_on
          FROM assignments s JOIN assignment_rules r ON r.id = s.rule_id WHERE r.id = ANY($1)) x
 GROUP BY 1"""


async def counts_of(session: AsyncSession, rule_ids: Sequence[UUID]) -> dict[UUID, Counts]:
    """Counts by rule; a rule that has reached nobody is not among them."""
    rows = await fetch(session, _COUNTS, list(rule_ids))
    return {row["rule_id"]: Counts(row["assigned"], row["done"], row["ended"]) for row in rows}


async def people_of_import(session: AsyncSession, import_id: UUID) -> list[UUID]:
    """People whom an import has made or changed, once all of it is worked off."""
    statement = """SELECT DISTINCT i.person_id FROM import_results i JOIN imports j ON j.id = i.import_id
        WHERE j.id = $1 AND j.done_at IS NOT NULL AND NOT j.dry_run AND i.person_id IS NOT NULL
          AND i.outcome IN ('created', 'updated')"""
    return [row["person_id"] for row in await fetch(session, statement, import_id)]
