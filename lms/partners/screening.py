"""Use cases of screening: decisions, exclusions, bids, waivers, early warnings, the circle, and the gate's answer.

What is recorded here is confidential: an event says that something was, for which entity, and no more.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.errors import Fault, Invalid
from lms.kernel.events import publish
from lms.kernel.writes import flush
from lms.partners import screening_queries as queries
from lms.partners.domain.gate import Effort, Question, Rule, Scope, Verdict, judge
from lms.partners.domain.register import CircleChanged, ScreeningChanged, ScreeningRead
from lms.partners.domain.screening import (
    FactEnded,
    FactKind,
    FactNotFound,
    NoManager,
    NotInCircle,
    check_days,
    check_waiver,
)
from lms.partners.domain.warnings import (
    Category,
    Outcome,
    SourceKind,
    Step,
    StepKind,
    check_facts,
    check_step,
)
from lms.partners.models import CircleMember, EarlyWarning, ScreeningEnd, ScreeningFact, WarningStep
from lms.partners.policies import policy_for
from lms.partners.queries import contacts_of, get_partner
from lms.people.domain import PersonNotFound
from lms.people.models import Entity
from lms.people.queries import find_person_by_email, get_actor, get_entity_visible_to

_DECIDE = Permission.SCREENING_DECIDE


# -- the gate ----------------------------------------------------------------------------------------------


async def verdict_on(
    session: AsyncSession,
    partner_id: UUID,
    path: str,
    *,
    scope: Scope,
    effort: Effort,
    on: date | None = None,
) -> Verdict:
    """The gate's answer for the entity at `path`; used at agreement, publication and invitation."""
    known = await queries.known_of(session, partner_id)
    return judge(known, Question(path, on or clock.today(), scope, effort), policy_for(path))


async def is_clear(
    session: AsyncSession, *, actor: Actor, key: str, entity: str, scope: Scope, effort: Effort
) -> bool:
    """What anyone who reads the register for the entity is told; who coordinates a partner's part is told nothing."""
    host = await get_entity_visible_to(session, entity, actor=actor, permission=Permission.PARTNERS_READ)
    partner = await get_partner(session, key, actor=actor)
    return (await verdict_on(session, partner.id, host.path, scope=scope, effort=effort)).is_clear


async def look(session: AsyncSession, *, actor: Actor, key: str, entity: str) -> tuple[Any, Entity]:
    """The partner and the entity for somebody of the circle; that they looked is on record before they see it."""
    host = await queries.get_circle_entity(session, entity, actor=actor)
    partner = await get_partner(session, key, actor=actor)
    await publish(session, [ScreeningRead(subject_id=partner.id, entity_id=host.id)], acting=actor)
    await flush(session)
    return partner, host


async def _tell(session: AsyncSession, acting: Actor, fact_id: UUID, entity_id: UUID | None) -> None:
    await publish(session, [ScreeningChanged(subject_id=fact_id, entity_id=entity_id)], acting=acting)


# -- decisions, exclusions, bids ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewFact:
    """What an officer records. `subject`: an exclusion's list. `reference`: where it is kept, never what it says."""

    kind: FactKind
    entity: str | None
    occurred_on: date
    reference: str
    valid_until: date | None = None
    may_proceed: bool | None = None
    scope: Scope | None = None
    effort: Effort | None = None
    subject: str | None = None


async def record_fact(
    session: AsyncSession, *, acting: Actor, key: str, new: NewFact, today: date | None = None
) -> UUID:
    """Record a decision, exclusion or bid for an entity where the actor decides; its id.

    `today` is the day by which its days are checked; another than this day is for what is taken over from before.
    """
    partner = await get_partner(session, key, actor=acting)
    entity_id = await _deciding(session, acting, new)
    if new.kind is FactKind.EXCLUSION:
        await _check_list(session, entity_id, new.subject)
    check_days(new.occurred_on, new.valid_until, today or clock.today())
    fact = ScreeningFact(
        kind=new.kind.value,
        partner_id=partner.id,
        entity_id=entity_id,
        occurred_on=new.occurred_on,
        valid_until=new.valid_until,
        by_id=acting.person_id,
        reference=new.reference,
        may_proceed=new.may_proceed,
        scope=new.scope.value if new.scope else None,
        effort=new.effort.value if new.effort else None,
        subject=new.subject,
    )
    return await _keep(session, acting, fact)


async def _deciding(session: AsyncSession, acting: Actor, new: NewFact) -> UUID | None:
    if new.entity is not None:
        return (await get_entity_visible_to(session, new.entity, actor=acting, permission=_DECIDE)).id
    if not acting.may(_DECIDE, "/"):
        sentence = "Name the entity; only who decides for the whole system leaves it out."
        raise NotInCircle(sentence, faults=[Fault("/entity", sentence)])
    return None


async def _check_list(session: AsyncSession, entity_id: UUID | None, on_list: str | None) -> None:
    """Raise for a list that the entity's policy does not know: the gate would pass it over."""
    entity = await session.get(Entity, entity_id) if entity_id else None
    known = sorted(policy_for(entity.path if entity else "/").exclusions)
    if on_list not in known:
        sentence = f"One of: {', '.join(known)}."
        raise Invalid(sentence, faults=[Fault("/on_list", sentence)])


async def _keep(session: AsyncSession, acting: Actor, fact: ScreeningFact) -> UUID:
    session.add(fact)
    await session.flush()
    await _tell(session, acting, fact.id, fact.entity_id)
    return fact.id


async def give_waiver(
    session: AsyncSession,
    *,
    acting: Actor,
    key: str,
    entity: str,
    waives: Rule,
    reason: str,
    conditions: str,
    valid_until: date,
) -> UUID:
    """Let one rule pass for a partner until a day: by a senior manager of the circle, with no hand in an agreement."""
    host = await get_entity_visible_to(session, entity, actor=acting, permission=Permission.GATE_WAIVE)
    partner = await get_partner(session, key, actor=acting)
    if not await queries.is_in_circle(session, acting, host.path):
        raise NotInCircle()
    today = clock.today()
    hands = await queries.hands_of(session, partner.id, host.path, today)
    check_waiver(waives, policy_for(host.path), acting.person_id, hands)
    check_days(today, valid_until, today)
    fact = ScreeningFact(
        kind=FactKind.WAIVER.value,
        partner_id=partner.id,
        entity_id=host.id,
        occurred_on=today,
        valid_until=valid_until,
        by_id=acting.person_id,
        subject=waives.value,
        reason=reason,
        conditions=conditions,
    )
    return await _keep(session, acting, fact)


async def revoke_fact(session: AsyncSession, *, acting: Actor, fact_id: UUID, reason: str) -> None:
    """It no longer counts, from now on: by who decides there; a waiver also by who gave it."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:id, 0))"), {"id": str(fact_id)}
    )
    row = await queries.get_fact(session, fact_id)
    is_own = row is not None and row.kind == FactKind.WAIVER and row.by_id == acting.person_id
    if row is None or not (is_own or acting.may(_DECIDE, row.path or "/")):
        raise FactNotFound()
    if row.ended_at is not None:
        raise FactEnded()
    session.add(ScreeningEnd(fact_id=fact_id, by_id=acting.person_id, reason=reason))
    await session.flush()
    await _tell(session, acting, fact_id, row.entity_id)


# -- early warnings ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewWarning:
    """Facts without adjectives and without named persons."""

    entity: str
    category: Category
    source_kind: SourceKind
    facts: str
    occurred_on: date
    is_heard: bool = False


async def raise_warning(session: AsyncSession, *, acting: Actor, key: str, new: NewWarning) -> UUID:
    """Tell of something in confidence; it counts once another person has approved it. Its id."""
    host = await get_entity_visible_to(session, new.entity, actor=acting, permission=_DECIDE)
    partner = await get_partner(session, key, actor=acting)
    check_days(new.occurred_on, None, clock.today())
    check_facts(new.facts, [row.name for row in await contacts_of(session, partner.id)])
    warning = EarlyWarning(
        partner_id=partner.id,
        entity_id=host.id,
        category=new.category.value,
        source_kind=new.source_kind.value,
        facts=new.facts,
        is_heard=new.is_heard,
        author_id=acting.person_id,
        occurred_on=new.occurred_on,
    )
    session.add(warning)
    await session.flush()
    await _tell(session, acting, warning.id, host.id)
    return warning.id


@dataclass(frozen=True, slots=True)
class NewStep:
    """What happens to a warning next."""

    kind: StepKind
    review_on: date | None = None
    stands_in_the_way: bool | None = None
    outcome: Outcome | None = None
    words: str | None = None


async def take_step(session: AsyncSession, *, acting: Actor, warning_id: UUID, new: NewStep) -> None:
    """Approve, renew or close a warning, or keep the partner's answer beside it."""
    row = await queries.lock_warning(session, warning_id)
    if row is None or not acting.may(_DECIDE, row.path):
        raise FactNotFound()
    step = Step(new.kind, acting.person_id, clock.today(), new.review_on, new.stands_in_the_way)
    before = [queries.as_step(each) for each in await queries.steps_of(session, [warning_id])]
    check_step(before, step, author_id=row.author_id, is_heard=row.is_heard)
    session.add(
        WarningStep(
            warning_id=warning_id,
            kind=new.kind.value,
            by_id=acting.person_id,
            occurred_on=step.occurred_on,
            review_on=new.review_on,
            stands_in_the_way=new.stands_in_the_way,
            outcome=new.outcome.value if new.outcome else None,
            words=new.words,
        )
    )
    await session.flush()
    await _tell(session, acting, warning_id, row.entity_id)


# -- the circle --------------------------------------------------------------------------------------------


async def name_manager(session: AsyncSession, *, acting: Actor, entity: str, email: str) -> UUID:
    """Let a senior manager of the entity into its circle; named twice they are in it once. The membership's id."""
    host = await get_entity_visible_to(session, entity, actor=acting, permission=Permission.SCREENING_NAME)
    person = await find_person_by_email(session, email)
    if person is None:
        raise PersonNotFound(faults=[Fault("/person", "There is no person with this e-mail.")])
    if not (await get_actor(session, person.id)).may(Permission.GATE_WAIVE, host.path):
        raise NoManager(faults=[Fault("/person", NoManager.title)])
    await session.get(Entity, host.id, with_for_update=True)
    for row in await queries.members_of(session, host.id):
        if row.person_id == person.id:
            return UUID(str(row.id))
    member = CircleMember(entity_id=host.id, person_id=person.id, named_by_id=acting.person_id)
    session.add(member)
    await session.flush()
    event = CircleChanged(subject_id=person.id, entity_id=host.id, data={"is_in": True})
    await publish(session, [event], acting=acting)
    return member.id


async def let_go(session: AsyncSession, *, acting: Actor, member_id: UUID) -> None:
    """Somebody is no longer of the circle, from their next request on."""
    member = await session.get(CircleMember, member_id, with_for_update=True)
    entity = await session.get(Entity, member.entity_id) if member else None
    if member is None or entity is None or not acting.may(Permission.SCREENING_NAME, entity.path):
        raise FactNotFound()
    if member.ended_at is not None:
        raise FactEnded()
    member.ended_at, member.ended_by_id = clock.now(), acting.person_id
    event = CircleChanged(subject_id=member.person_id, entity_id=entity.id, data={"is_in": False})
    await publish(session, [event], acting=acting)
