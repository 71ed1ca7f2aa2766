"""Rules written down, activated and ended. Compulsory is only what the head of the entity, or a delegate, activates."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from lms.assigned import queries
from lms.assigned.domain.due import EndedWhy
from lms.assigned.domain.events import RuleActivated, RuleEnded
from lms.assigned.domain.rules import (
    BadRule,
    NotTheHead,
    RuleNotActive,
    RuleNotDraft,
    RuleState,
    RuleTerms,
    faults_in,
)
from lms.assigned.models import AssignmentRule
from lms.assigned.service.settling import end_assignments, settle_rule, terms_of
from lms.catalogue.queries import get_profiles, get_programmes, refs_by_key
from lms.catalogue.schema_check import did_you_mean
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.kernel.errors import Fault
from lms.kernel.events import publish
from lms.kernel.ids import new_id
from lms.people.queries import get_entity_visible_to

rules = table_of(AssignmentRule)


async def make_rule(session: AsyncSession, *, acting: Actor, entity: str, terms: RuleTerms) -> UUID:
    """Write a rule down as a draft; it assigns nothing until it is activated."""
    found = await get_entity_visible_to(session, entity, actor=acting, permission=Permission.ASSIGNMENTS_MAKE)
    await check_terms(session, terms)
    values = {"id": new_id(), "entity_id": found.id, "state": RuleState.DRAFT.value, "revision": 1}
    made = {"made_by_id": acting.person_id, "made_at": clock.now()}
    await session.execute(insert(rules).values(**values, **made, **_columns(terms)))
    return UUID(str(values["id"]))


def _columns(terms: RuleTerms) -> dict[str, Any]:
    return {
        "course": terms.course,
        "programme": terms.programme,
        "kinds": list(terms.whom.kinds),
        "grades": list(terms.whom.grades),
        "roles": list(terms.whom.roles),
        "profiles": list(terms.whom.profiles),
        "new_joiners": terms.whom.new_joiners,
        "starts_on": terms.starts_on,
        "due_on": terms.due.on,
        "due_days": terms.due.days,
        "due_from": terms.due.since.value if terms.due.since else None,
        "compulsory": terms.compulsory,
        "decision": terms.decision,
        "reason": terms.reason,
    }


async def check_terms(session: AsyncSession, terms: RuleTerms) -> None:
    """Raise `BadRule` with all that is wrong with it."""
    faults = faults_in(terms, today=clock.today())
    if terms.course is not None and terms.course not in await refs_by_key(session, [terms.course]):
        faults.append(Fault("/course", f"There is no course {terms.course!r} on offer."))
    programmes = (await get_programmes(session)).programmes
    if terms.programme is not None and programmes.get(terms.programme) is None:
        near = did_you_mean(terms.programme, [each.key for each in programmes.programmes])
        faults.append(Fault("/programme", f"There is no programme {terms.programme!r}.{near}"))
    profiles = await get_profiles(session)
    for key in terms.whom.profiles:
        if profiles.get(key) is None:
            near = did_you_mean(key, [each.key for each in profiles.profiles])
            faults.append(Fault("/profiles", f"There is no profile {key!r}.{near}"))
    if faults:
        raise BadRule(faults[0].detail, faults=faults)


async def get_rule_for_change(session: AsyncSession, rule_id: UUID, *, acting: Actor) -> Any:
    """A rule of an entity where the actor makes them, locked until the transaction ends."""
    return await queries.get_rule_visible_to(session, rule_id, actor=acting, lock=True)


async def change_rule(session: AsyncSession, *, rule: Any, terms: RuleTerms) -> None:
    """Write a draft anew."""
    _require_draft(rule)
    await check_terms(session, terms)
    await _set(session, rule, **_columns(terms))


async def delete_rule(session: AsyncSession, *, rule: Any) -> None:
    """Throw a draft away."""
    _require_draft(rule)
    await session.execute(delete(rules).where(rules.c.id == rule.id))


def _require_draft(rule: Any) -> None:
    if rule.state != RuleState.DRAFT:
        raise RuleNotDraft()


async def _set(session: AsyncSession, rule: Any, **values: Any) -> None:
    statement = update(rules).where(rules.c.id == rule.id).values(revision=rule.revision + 1, **values)
    await session.execute(statement)


async def activate_rule(session: AsyncSession, *, acting: Actor, rule: Any) -> tuple[int, int]:
    """Have a draft assign: at once to whom its preview names, and from now on to whoever comes to be among them.

    How many were assigned, and how many ended (none). Raises `NotTheHead` where it is compulsory and the actor may
    not make it so, and `BadRule` where its day has passed, or its course has gone, since it was written.
    """
    _require_draft(rule)
    _require_head(acting, rule)
    today = clock.today()
    terms = terms_of(rule)
    await check_terms(session, replace(terms, starts_on=terms.starts_on or today))
    await _set(
        session,
        rule,
        state=RuleState.ACTIVE.value,
        starts_on=terms.starts_on or today,
        activated_by_id=acting.person_id,
        activated_at=clock.now(),
    )
    data = {"compulsory": rule.compulsory, "decision": rule.decision}
    event = RuleActivated(subject_id=rule.id, entity_id=rule.entity_id, data=data)
    await publish(session, [event], acting=acting)
    active = (await queries.active_rules(session, rule_ids=[rule.id]))[0]
    return await settle_rule(session, active, acting=acting)


def _require_head(acting: Actor, rule: Any) -> None:
    if rule.compulsory and not acting.may(Permission.ASSIGNMENTS_ORDER, rule.entity_path):
        raise NotTheHead()


async def end_rule(session: AsyncSession, *, acting: Actor, rule: Any) -> int:
    """Have an active rule assign no more; what it assigned and was not done ends. How many assignments ended."""
    if rule.state != RuleState.ACTIVE:
        raise RuleNotActive()
    _require_head(acting, rule)
    await _set(session, rule, state=RuleState.ENDED.value, ended_by_id=acting.person_id, ended_at=clock.now())
    event = RuleEnded(subject_id=rule.id, entity_id=rule.entity_id)
    await publish(session, [event], acting=acting)
    open_ones = await queries.left_behind(session, rule.id, reached=[])
    ended = await end_assignments(session, rule, open_ones, EndedWhy.RULE_ENDED)
    await publish(session, ended, acting=acting)
    return len(ended)
