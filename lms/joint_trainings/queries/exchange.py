"""Every SELECT of needs and offers, narrowed to what a reader may see.

An owner sees what is theirs in every state. Entities see the needs and offers of all that are posted or met; a
partner sees needs, and of offers none but its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, any_, exists, false, func, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.domain.taxonomy import Taxonomy
from lms.joint_trainings.domain.exchange import (
    PUBLIC_STATES,
    NoticeKind,
    NoticeNotFound,
    NoticeState,
    Standing,
)
from lms.joint_trainings.models.exchange import ExchangeNotice
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.partners.models import Partner
from lms.people.models import Entity, Person
from lms.people.queries import matches
from lms.people.queries.visible import in_scope

notices = table_of(ExchangeNotice)
entities = table_of(Entity)
partners = table_of(Partner)
persons = table_of(Person)
POSTS = {NoticeKind.NEED: Permission.NEEDS_POST, NoticeKind.OFFER: Permission.OFFERS_POST}
"""Who may change a need or an offer: who holds this for its entity or partner."""
MOST_CANDIDATES = 500
"""The newest that could fit are looked at, not all there ever were."""


def of_owner(kind: NoticeKind, actor: Actor) -> ColumnElement[bool]:
    """Needs or offers that the actor may post and change; `entities` is joined."""
    theirs = or_(in_scope(actor, POSTS[kind]), notices.c.partner_id.in_(actor.partners(POSTS[kind])))
    return and_(notices.c.kind == kind.value, theirs)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Needs and offers that the actor may read; `entities` is joined."""
    public = notices.c.state.in_([each.value for each in PUBLIC_STATES])
    own_partners = actor.partners(Permission.EXCHANGE_READ)
    opened = [of_owner(kind, actor) for kind in NoticeKind] + [notices.c.partner_id.in_(own_partners)]
    if actor.paths(Permission.EXCHANGE_READ):
        opened.append(public)
    if own_partners:
        opened.append(and_(public, notices.c.kind == NoticeKind.NEED.value))
    return or_(false(), *opened)


def _read() -> Select[Any]:
    """Notices with the key, name and path of whose they are, and who posted them last."""
    named = (
        entities.c.key.label("entity"),
        entities.c.path,
        partners.c.key.label("partner"),
        func.coalesce(entities.c.name, partners.c.name).label("owner_name"),
        persons.c.name.label("contact_name"),
    )
    return (
        select(notices, *named)
        .join(entities, entities.c.id == notices.c.entity_id, isouter=True)
        .join(partners, partners.c.id == notices.c.partner_id, isouter=True)
        .join(persons, persons.c.id == notices.c.contact_id)
    )


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to. Days: what could be held within them, even in part. None is any."""

    standing: Standing | None = None
    skill_area: str | None = None
    competency: str | None = None
    focus: str | None = None
    language: str | None = None
    from_on: date | None = None
    until_on: date | None = None
    entity: str | None = None
    partner: str | None = None
    updated_since: datetime | None = None

    def conditions(self, taxonomy: Taxonomy) -> Iterator[ColumnElement[bool]]:
        """A condition for each that is given."""
        if self.standing:
            yield _stands(self.standing)
        if self.skill_area:
            yield _about([self.skill_area], taxonomy)
        if self.competency:
            yield literal(self.competency) == any_(notices.c.competencies)
        if self.focus:
            for_every = func.cardinality(notices.c.focuses) == 0
            yield or_(for_every, literal(self.focus) == any_(notices.c.focuses))
        if self.language:
            yield literal(self.language) == any_(notices.c.languages)
        yield from self._plain()

    def _plain(self) -> Iterator[ColumnElement[bool]]:
        if self.from_on:
            yield notices.c.until_on >= self.from_on
        if self.until_on:
            yield notices.c.from_on <= self.until_on
        if self.entity:
            yield entities.c.key == self.entity
        if self.partner:
            yield partners.c.key == self.partner
        if self.updated_since:
            yield notices.c.changed_at >= self.updated_since


def _stands(standing: Standing) -> ColumnElement[bool]:
    if standing in (Standing.POSTED, Standing.LAPSED):
        is_over = notices.c.stands_until < clock.today()
        posted = notices.c.state == NoticeState.POSTED.value
        return and_(posted, is_over if standing is Standing.LAPSED else ~is_over)
    return notices.c.state == standing.value


def _about(areas: Sequence[str], taxonomy: Taxonomy) -> ColumnElement[bool]:
    """Notices that name one of these skill areas, or a competency of one."""
    within = [each.key for area in taxonomy.skill_areas if area.key in areas for each in area.competencies]
    return or_(
        notices.c.skill_areas.op("&&", is_comparison=True)(list(areas)),
        notices.c.competencies.op("&&", is_comparison=True)(within),
    )


async def list_notices(
    session: AsyncSession,
    kind: NoticeKind,
    *,
    actor: Actor,
    taxonomy: Taxonomy,
    filters: Filters,
    words: Sequence[str] = (),
    own: bool = False,
    after: Sequence[str] | None,
    limit: int,
) -> Sequence[Any]:
    """Needs or offers that `actor` may see (`own`: may change), the latest written first.

    With `updated_since` the change of longest ago comes first, so that who reads on to the end misses none.
    """
    statement = _read().where(notices.c.kind == kind.value, visible_to(actor), *filters.conditions(taxonomy))
    if own:
        statement = statement.where(of_owner(kind, actor))
    if words:
        statement = statement.where(matches(notices.c.search_words, words))
    statement = _turned(statement, filters, after).limit(limit)
    rows: Sequence[Any] = (await session.execute(statement)).all()
    return rows


def _turned(statement: Select[Any], filters: Filters, after: Sequence[str] | None) -> Select[Any]:
    if not filters.updated_since:
        seen = statement.where(notices.c.id < UUID(after[0])) if after else statement
        return seen.order_by(notices.c.id.desc())
    if after:
        last = tuple_(literal(datetime.fromisoformat(after[0])), literal(UUID(after[1])))
        statement = statement.where(tuple_(notices.c.changed_at, notices.c.id) > last)
    return statement.order_by(notices.c.changed_at, notices.c.id)


async def get_notice(
    session: AsyncSession, kind: NoticeKind, notice_id: UUID, *, actor: Actor, own: bool = False
) -> Any:
    """The need or offer if `actor` may see it (`own`: change it); else as if it were not there."""
    narrowed = of_owner(kind, actor) if own else visible_to(actor)
    statement = _read().where(notices.c.id == notice_id, notices.c.kind == kind.value, narrowed)
    found = (await session.execute(statement)).one_or_none()
    if found is None:
        raise NoticeNotFound()
    return found


async def is_own(session: AsyncSession, kind: NoticeKind, notice_id: UUID, *, actor: Actor) -> bool:
    """Whether the actor may change it."""
    return bool(await session.scalar(select(_owned(kind, notice_id, actor))))


def _owned(kind: NoticeKind, notice_id: UUID, actor: Actor) -> ColumnElement[bool]:
    joined = notices.join(entities, entities.c.id == notices.c.entity_id, isouter=True)
    theirs = select(literal(1)).select_from(joined)
    return exists(theirs.where(notices.c.id == notice_id, of_owner(kind, actor)))


async def lock_notice(
    session: AsyncSession, kind: NoticeKind, notice_id: UUID, *, actor: Actor, for_all: bool = False
) -> ExchangeNotice:
    """It as an object to change, locked until the transaction ends. `for_all`: whoever's it is, if one sees it."""
    await get_notice(session, kind, notice_id, actor=actor, own=not for_all)
    return await session.get_one(ExchangeNotice, notice_id, with_for_update=True)


async def candidates_for(
    session: AsyncSession, notice: Any, *, actor: Actor, taxonomy: Taxonomy
) -> Sequence[Any]:
    """What of the other kind could fit `notice` and the actor may see; `domain.exchange_fit` judges and orders."""
    statement = _read().where(
        notices.c.kind == NoticeKind(notice.kind).other.value,
        visible_to(actor),
        _stands(Standing.POSTED),
        notices.c.languages.op("&&", is_comparison=True)(list(notice.languages)),
        notices.c.from_on <= notice.until_on,
        notices.c.until_on >= notice.from_on,
        _about(areas_of(notice, taxonomy), taxonomy),
    )
    statement = statement.order_by(notices.c.id.desc()).limit(MOST_CANDIDATES)
    rows: Sequence[Any] = (await session.execute(statement)).all()
    return rows


def areas_of(notice: Any, taxonomy: Taxonomy) -> list[str]:
    """Skill areas it names, and those of the competencies it names."""
    named = set(notice.skill_areas)
    for area in taxonomy.skill_areas:
        if any(each.key in notice.competencies for each in area.competencies):
            named.add(area.key)
    return sorted(named)
