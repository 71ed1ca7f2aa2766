"""The coordinator introduces a need and an offer; a side declines, or both become a draft joint training."""

from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.exchange import (
    Act,
    AlreadyIntroduced,
    BadNotice,
    Introduced,
    IntroductionClosed,
    IntroductionDeclined,
    IntroductionState,
    NoticeKind,
    NoticeNotFound,
    NoticeState,
    NotOpen,
    NotYourSide,
    Standing,
    TrainingDrafted,
    introduction_state,
    standing_of,
)
from lms.joint_trainings.domain.exchange_terms import terms_for
from lms.joint_trainings.domain.trainings import HostRef, Proposal
from lms.joint_trainings.models.exchange import (
    ExchangeNotice,
    Introduction,
    IntroductionDecline,
    IntroductionDraft,
)
from lms.joint_trainings.models.trainings import JointTraining
from lms.joint_trainings.queries import exchange as notices
from lms.joint_trainings.queries import introductions as queries
from lms.joint_trainings.service.exchange import act, notice_of
from lms.joint_trainings.service.trainings import propose
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.kernel.errors import Fault
from lms.kernel.events import publish
from lms.kernel.ids import new_id
from lms.people.models import Entity
from lms.people.queries import find_entity

introductions = table_of(Introduction)


async def introduce(
    session: AsyncSession, *, acting: Actor, need_id: UUID, offer_id: UUID, words: str = ""
) -> UUID:
    """Bring the two together: each side learns who posted the other. Once for the same two."""
    for kind, notice_id, pointer in (
        (NoticeKind.NEED, need_id, "/need"),
        (NoticeKind.OFFER, offer_id, "/offer"),
    ):
        try:
            row = await notices.lock_notice(session, kind, notice_id, actor=acting, for_all=True)
        except NoticeNotFound as error:
            raise BadNotice(error.title, faults=[Fault(pointer, error.title)]) from error
        _require_open(row, pointer)
    made = await _insert(session, acting, need_id=need_id, offer_id=offer_id, words=words.strip())
    if made is None:
        raise AlreadyIntroduced()
    data = {"need": str(need_id), "offer": str(offer_id)}
    await publish(session, [Introduced(subject_id=made, data=data)], acting=acting)
    return made


def _require_open(row: ExchangeNotice, pointer: str = "") -> None:
    if standing_of(NoticeState(row.state), row.stands_until, clock.today()) is not Standing.POSTED:
        raise NotOpen(faults=[Fault(pointer, NotOpen.title)])


async def _insert(session: AsyncSession, acting: Actor, **values: Any) -> UUID | None:
    """The new row's id; None where the same two stand there already."""
    row = {"id": new_id(), "by_id": acting.person_id, "words": "", "recorded_at": clock.now()} | values
    statement = insert(introductions).values(row).on_conflict_do_nothing().returning(introductions.c.id)
    made: UUID | None = await session.scalar(statement)
    return made


def state_of(row: Any) -> IntroductionState:
    """The state of a row of `queries.introductions`."""
    return introduction_state(declined=row.declined_side is not None, drafted=row.training_id is not None)


async def decline(session: AsyncSession, *, acting: Actor, introduction_id: UUID, words: str) -> None:
    """Say for one's side that nothing will come of it, and why; the other side reads the words."""
    row = await queries.get_introduction(session, introduction_id, actor=acting, lock=True)
    if not (row.is_need_side or row.is_offer_side):
        raise NotYourSide()
    if state_of(row) is not IntroductionState.OPEN:
        raise IntroductionClosed()
    if not words.strip():
        raise BadNotice(faults=[Fault("/words", "Say why, for the other side.")])
    side = NoticeKind.NEED if row.is_need_side else NoticeKind.OFFER
    session.add(
        IntroductionDecline(
            introduction_id=introduction_id, side=side.value, by_id=acting.person_id, words=words.strip()
        )
    )
    await session.flush()
    said = IntroductionDeclined(subject_id=introduction_id, data={"side": side.value})
    await publish(session, [said], acting=acting)


# -- a draft joint training --------------------------------------------------------------------------------


async def draft(session: AsyncSession, *, acting: Actor, introduction_id: UUID) -> UUID:
    """Make a draft joint training of both; the training's id, the same one however often it is asked for."""
    row = await queries.get_introduction(session, introduction_id, actor=acting, lock=True)
    if row.training_id is not None:
        return UUID(str(row.training_id))
    if state_of(row) is not IntroductionState.OPEN:
        raise IntroductionClosed()
    return await _draft(session, acting, row)


async def draft_alone(
    session: AsyncSession, *, acting: Actor, kind: NoticeKind, notice_id: UUID, entity: str | None = None
) -> tuple[UUID, UUID]:
    """Make a draft of a need or an offer without the other kind; ids of introduction and training.

    For its owner and the coordinator. `entity` is asked to host what a partner offers, which no partner does alone.
    """
    introduces = bool(acting.paths(Permission.EXCHANGE_INTRODUCE))
    row = await notices.lock_notice(session, kind, notice_id, actor=acting, for_all=introduces)
    asked = await _asked(session, row, entity)
    entity_id = asked.id if asked else None
    made = await queries.find_alone(session, kind, notice_id, entity_id)
    if made is None:
        _require_open(row)
        made = await _insert(session, acting, **{f"{kind.value}_id": notice_id, "entity_id": entity_id})
    found = await queries.get_introduction(session, UUID(str(made)), actor=acting, lock=True)
    if found.training_id is not None:
        return found.id, found.training_id
    return found.id, await _draft(session, acting, found, entity)


async def _asked(session: AsyncSession, row: ExchangeNotice, entity: str | None) -> Entity | None:
    """The entity that is to host a partner's offer; needs and entities' offers have a host of their own."""
    found = await find_entity(session, entity) if entity else None
    if row.partner_id is not None and found is None:
        sentence = "Name the entity that is asked to host it."
        raise BadNotice(sentence, faults=[Fault("/entity", sentence)])
    if row.partner_id is None and entity:
        sentence = "An entity hosts this already."
        raise BadNotice(sentence, faults=[Fault("/entity", sentence)])
    return found


async def _draft(session: AsyncSession, acting: Actor, row: Any, asked: str | None = None) -> UUID:
    need, offer = await _rows(session, row)
    if any(each is not None and each.state == NoticeState.WITHDRAWN for each in (need, offer)):
        raise NotOpen("One of the two was withdrawn.")
    terms = terms_for(notice_of(need) if need else None, notice_of(offer) if offer else None, clock.today())
    entities = dict.fromkeys(each for each in (row.need_entity, row.offer_entity, asked) if each)
    hosts = [HostRef(entity=each) for each in entities]
    if row.offer_partner:
        hosts.append(HostRef(partner=row.offer_partner))
    training = await propose(session, acting=acting, proposal=Proposal(terms, tuple(hosts)))
    _leave_to_the_poster(training, row, need)
    session.add(IntroductionDraft(introduction_id=row.id, training_id=training.id, by_id=acting.person_id))
    await session.flush()
    if need is not None and need.state == NoticeState.POSTED:
        await act(session, acting=acting, row=need, what=Act.MEET)
    ids = {"need": row.need_id, "offer": row.offer_id, "training": training.id}
    data = {name: str(value) for name, value in ids.items() if value}
    said = TrainingDrafted(subject_id=row.id, entity_id=training.lead_entity_id, data=data)
    await publish(session, [said], acting=acting)
    return training.id


async def _rows(session: AsyncSession, row: Any) -> list[ExchangeNotice | None]:
    """Both notices, locked in the order of their kinds, as `introduce` does."""
    return [
        await session.get_one(ExchangeNotice, each, with_for_update=True) if each else None
        for each in (row.need_id, row.offer_id)
    ]


def _leave_to_the_poster(training: JointTraining, row: Any, need: ExchangeNotice | None) -> None:
    """A coordinator who makes the draft carries on nothing: who posted the need does."""
    if need is not None and training.managed_by_id and not row.is_need_side:
        training.managed_by_id = need.contact_id
