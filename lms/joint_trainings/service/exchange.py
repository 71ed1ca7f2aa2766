"""Needs and offers: written, posted, changed, met, withdrawn and posted again by those whose they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.domain.taxonomy import Taxonomy
from lms.catalogue.queries import get_taxonomy
from lms.catalogue.schema_check import did_you_mean
from lms.joint_trainings.domain.exchange import (
    FIELDS,
    Act,
    BadNotice,
    NeedPosted,
    Notice,
    NoticeChanged,
    NoticeKind,
    NoticeState,
    OfferPosted,
    Setting,
    faults_in_notice,
    faults_in_posting,
    notice_from,
    state_after,
)
from lms.joint_trainings.domain.exchange_fit import Fit, Side, in_order
from lms.joint_trainings.models.exchange import ExchangeNotice
from lms.joint_trainings.queries import exchange as queries
from lms.joint_trainings.service.trainings import faults_in_tags
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.errors import Fault
from lms.kernel.events import publish
from lms.kernel.i18n import LANGUAGES, search_words
from lms.partners import queries as register
from lms.partners.domain.register import PartnerNotFound
from lms.people.queries import get_entity_visible_to


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose it is, by key: an entity, or a partner."""

    entity: str | None = None
    partner: str | None = None


async def write(
    session: AsyncSession, *, acting: Actor, kind: NoticeKind, owner: Owner, notice: Notice
) -> ExchangeNotice:
    """A draft that its owner alone sees."""
    row = ExchangeNotice(kind=kind.value, title="", contact_id=acting.person_id)
    row.entity_id, row.partner_id = await _owner_ids(session, acting, kind, owner)
    await _check(session, kind, notice, NoticeState.DRAFT)
    _set(row, notice)
    session.add(row)
    await session.flush()
    return row


async def _owner_ids(
    session: AsyncSession, acting: Actor, kind: NoticeKind, owner: Owner
) -> tuple[UUID | None, UUID | None]:
    """The entity's id or the partner's; raises unless the actor may post for it."""
    if (owner.entity is None) == (owner.partner is None):
        sentence = "Name one entity or partner for which you post."
        raise BadNotice(sentence, faults=[Fault("/entity", sentence)])
    if owner.entity is not None:
        permission = queries.POSTS[kind]
        entity = await get_entity_visible_to(session, owner.entity, actor=acting, permission=permission)
        return entity.id, None
    partner_id = await register.id_of(session, owner.partner or "")
    if kind is NoticeKind.NEED or partner_id not in acting.partners(queries.POSTS[kind]):
        raise PartnerNotFound()
    return None, partner_id


async def _check(session: AsyncSession, kind: NoticeKind, notice: Notice, state: NoticeState) -> None:
    """Raise for whatever is wrong with what it says; of one that others see, for what is missing too."""
    taxonomy = await get_taxonomy(session)
    faults = faults_in_notice(notice) + _faults_in_keys(taxonomy, notice)
    if state is NoticeState.POSTED:
        found = {fault.pointer for fault in faults}
        missing = faults_in_posting(kind, notice, clock.today())
        faults += [fault for fault in missing if fault.pointer not in found]
    if faults:
        raise BadNotice(faults[0].detail, faults=faults)


def _faults_in_keys(taxonomy: Taxonomy, notice: Notice) -> list[Fault]:
    faults = faults_in_tags(taxonomy, notice.focuses, notice.competencies)
    known = {
        "skill_areas": [each.key for each in taxonomy.skill_areas],
        "audiences": [each.key for each in taxonomy.audiences],
        "languages": list(LANGUAGES),
    }
    for name, there in known.items():
        for number, key in enumerate(getattr(notice, name)):
            if key not in there:
                faults.append(Fault(f"/{name}/{number}", f"There is no {key!r}.{did_you_mean(key, there)}"))
    return faults


def _set(row: ExchangeNotice, notice: Notice) -> None:
    for name in FIELDS:
        value = getattr(notice, name)
        setattr(row, name, list(dict.fromkeys(value)) if isinstance(value, tuple) else value)
    row.setting = notice.setting.value
    said = " ".join((notice.title, notice.words, notice.audience_words, notice.teachers, notice.place))
    row.search_words = func.array_to_tsvector(sorted(search_words(said)))


def notice_of(row: Any) -> Notice:
    """What a row of `exchange_notices`, object or tuple, says."""
    return notice_from({name: getattr(row, name) for name in FIELDS})


async def change(
    session: AsyncSession, *, acting: Actor, row: ExchangeNotice, values: Mapping[str, Any]
) -> None:
    """Say something else in it; what is posted stays whole. `row` is locked."""
    before = notice_of(row)
    after = notice_from({name: getattr(before, name) for name in FIELDS} | dict(values))
    changed = sorted(name for name in FIELDS if getattr(before, name) != getattr(after, name))
    if not changed:
        return
    await _check(session, NoticeKind(row.kind), after, NoticeState(row.state))
    _set(row, after)
    await _touch(session, acting, row, {"kind": row.kind, "fields": changed})


async def act(session: AsyncSession, *, acting: Actor, row: ExchangeNotice, what: Act) -> None:
    """Post it, say that it is met, or withdraw it; where it stands already nothing changes. `row` is locked."""
    state = state_after(NoticeState(row.state), what)
    if state is NoticeState.POSTED:
        await _check(session, NoticeKind(row.kind), notice_of(row), state)
    if state.value == row.state:
        return
    row.state = state.value
    if state is not NoticeState.POSTED:
        await _touch(session, acting, row, {"kind": row.kind, "state": state.value})
        return
    row.posted_at, row.contact_id = clock.now(), acting.person_id
    await _touch(session, acting, row, None)
    kind = NeedPosted if row.kind == NoticeKind.NEED else OfferPosted
    data = {"partner": str(row.partner_id)} if row.partner_id else {}
    await publish(session, [kind(subject_id=row.id, entity_id=row.entity_id, data=data)], acting=acting)


async def _touch(
    session: AsyncSession, acting: Actor, row: ExchangeNotice, data: Mapping[str, Any] | None
) -> None:
    row.revision += 1
    row.changed_at = clock.now()
    await session.flush()
    if data is not None:
        said = NoticeChanged(subject_id=row.id, entity_id=row.entity_id, data=data)
        await publish(session, [said], acting=acting)


# -- what fits ---------------------------------------------------------------------------------------------


async def fits_for(session: AsyncSession, notice: Any, *, actor: Actor, limit: int) -> list[tuple[Any, Fit]]:
    """What of the other kind fits this row and the actor may see, best first, each with the reason."""
    taxonomy = await get_taxonomy(session)
    one = _side(notice, taxonomy)
    if one is None:
        return []
    rows = await queries.candidates_for(session, notice, actor=actor, taxonomy=taxonomy)
    by_id = {row.id: row for row in rows}
    sides = [side for row in rows if (side := _side(row, taxonomy)) is not None]
    return [(by_id[each], fit) for each, fit in in_order(one, sides, clock.today())[:limit]]


def _side(row: Any, taxonomy: Taxonomy) -> Side | None:
    """What counts of a row; None of a draft that is not whole yet."""
    if row.from_on is None or row.until_on is None or not row.seats:
        return None
    return Side(
        id=row.id,
        competencies=frozenset(row.competencies),
        skill_areas=frozenset(queries.areas_of(row, taxonomy)),
        focuses=frozenset(row.focuses),
        languages=frozenset(row.languages),
        from_on=row.from_on,
        until_on=row.until_on,
        seats=row.seats,
        setting=Setting(row.setting),
    )
