"""Introductions as the coordinator and their two sides see them; nobody else knows of one."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.exchange import IntroductionNotFound, IntroductionState, NoticeKind
from lms.joint_trainings.models.exchange import (
    ExchangeNotice,
    Introduction,
    IntroductionDecline,
    IntroductionDraft,
)
from lms.joint_trainings.queries.exchange import POSTS, entities, partners, persons
from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of

introductions = table_of(Introduction)
declines = table_of(IntroductionDecline)
drafts = table_of(IntroductionDraft)
notices = table_of(ExchangeNotice)
needs, offers = notices.alias("needs"), notices.alias("offers")
need_entities, offer_entities = entities.alias("need_entities"), entities.alias("offer_entities")
need_contacts, offer_contacts = persons.alias("need_contacts"), persons.alias("offer_contacts")
_SIDES = {NoticeKind.NEED: (needs, need_entities), NoticeKind.OFFER: (offers, offer_entities)}


def of_side(kind: NoticeKind, actor: Actor) -> ColumnElement[bool]:
    """Introductions of which the actor acts for this side."""
    notice, entity = _SIDES[kind]
    paths = actor.paths(POSTS[kind])
    within = or_(false(), *(entity.c.path.startswith(path, autoescape=True) for path in paths))
    return func.coalesce(or_(within, notice.c.partner_id.in_(actor.partners(POSTS[kind]))), false())


def _visible_to(actor: Actor) -> ColumnElement[bool]:
    if actor.paths(Permission.EXCHANGE_INTRODUCE):
        return true()
    return or_(*(of_side(kind, actor) for kind in NoticeKind))


def _read(actor: Actor) -> Select[Any]:
    """Introductions with both notices, whose they are, both contacts, and what came of it."""
    named = (
        needs.c.title.label("need_title"),
        needs.c.language.label("need_language"),
        needs.c.seats.label("need_seats"),
        needs.c.entity_id.label("need_entity_id"),
        need_entities.c.key.label("need_entity"),
        need_entities.c.name.label("need_owner_name"),
        need_contacts.c.name.label("need_contact"),
        need_contacts.c.email.label("need_email"),
        offers.c.title.label("offer_title"),
        offers.c.language.label("offer_language"),
        offers.c.seats.label("offer_seats"),
        offer_entities.c.key.label("offer_entity"),
        partners.c.key.label("offer_partner"),
        func.coalesce(offer_entities.c.name, partners.c.name).label("offer_owner_name"),
        offer_contacts.c.name.label("offer_contact"),
        offer_contacts.c.email.label("offer_email"),
        declines.c.side.label("declined_side"),
        declines.c.words.label("declined_words"),
        declines.c.recorded_at.label("declined_at"),
        drafts.c.training_id,
        drafts.c.recorded_at.label("drafted_at"),
        of_side(NoticeKind.NEED, actor).label("is_need_side"),
        of_side(NoticeKind.OFFER, actor).label("is_offer_side"),
    )
    return (
        select(introductions, *named)
        .join(needs, needs.c.id == introductions.c.need_id, isouter=True)
        .join(need_entities, need_entities.c.id == needs.c.entity_id, isouter=True)
        .join(need_contacts, need_contacts.c.id == needs.c.contact_id, isouter=True)
        .join(offers, offers.c.id == introductions.c.offer_id, isouter=True)
        .join(offer_entities, offer_entities.c.id == offers.c.entity_id, isouter=True)
        .join(partners, partners.c.id == offers.c.partner_id, isouter=True)
        .join(offer_contacts, offer_contacts.c.id == offers.c.contact_id, isouter=True)
        .join(declines, declines.c.introduction_id == introductions.c.id, isouter=True)
        .join(drafts, drafts.c.introduction_id == introductions.c.id, isouter=True)
    )


async def list_introductions(
    session: AsyncSession,
    *,
    actor: Actor,
    state: IntroductionState | None = None,
    notice_id: UUID | None = None,
    after: Sequence[str] | None = None,
    limit: int,
) -> Sequence[Any]:
    """Introductions that the actor made possible or takes part in, the latest first."""
    statement = _read(actor).where(_visible_to(actor), *_in_state(state))
    if notice_id:
        statement = statement.where(
            or_(introductions.c.need_id == notice_id, introductions.c.offer_id == notice_id)
        )
    if after:
        statement = statement.where(introductions.c.id < UUID(after[0]))
    statement = statement.order_by(introductions.c.id.desc()).limit(limit)
    rows: Sequence[Any] = (await session.execute(statement)).all()
    return rows


def _in_state(state: IntroductionState | None) -> list[ColumnElement[bool]]:
    declined, drafted = declines.c.side.isnot(None), drafts.c.training_id.isnot(None)
    match state:
        case IntroductionState.DECLINED:
            return [declined]
        case IntroductionState.DRAFTED:
            return [and_(drafted, ~declined)]
        case IntroductionState.OPEN:
            return [~drafted, ~declined]
        case _:
            return []


async def get_introduction(
    session: AsyncSession, introduction_id: UUID, *, actor: Actor, lock: bool = False
) -> Any:
    """One introduction, for its sides and the coordinator. With `lock` nothing comes of it meanwhile."""
    if lock:
        held = select(introductions.c.id).where(introductions.c.id == introduction_id).with_for_update()
        await session.execute(held)
    statement = _read(actor).where(introductions.c.id == introduction_id, _visible_to(actor))
    found = (await session.execute(statement)).one_or_none()
    if found is None:
        raise IntroductionNotFound()
    return found


async def find_alone(
    session: AsyncSession, kind: NoticeKind, notice_id: UUID, entity_id: UUID | None
) -> UUID | None:
    """The introduction by which a need or an offer became a training without the other kind."""
    mine, other = (
        (introductions.c.need_id, introductions.c.offer_id)
        if kind is NoticeKind.NEED
        else (introductions.c.offer_id, introductions.c.need_id)
    )
    asked = introductions.c.entity_id.is_not_distinct_from(entity_id)
    statement = select(introductions.c.id).where(mine == notice_id, other.is_(None), asked)
    found: UUID | None = await session.scalar(statement)
    return found
