"""Use cases of the register: profiles, contacts, agreements and who coordinates. Every change leaves its before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from lms.adapters.storage import StoredFile
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.kernel.errors import Fault, Invalid
from lms.kernel.events import publish
from lms.kernel.i18n import search_words, sort_key
from lms.partners import queries
from lms.partners.domain.register import (
    KEPT_FIELDS,
    OWN_FIELDS,
    AgreementKind,
    GroupLoop,
    NotYourField,
    Part,
    PartnerChanged,
    PartnerExists,
    PartNotFound,
    key_for,
)
from lms.partners.models import Partner, PartnerAgreement, PartnerChange, PartnerContact
from lms.people.domain import PersonNotFound
from lms.people.models import RoleGrant
from lms.people.queries import find_person_by_email, get_entity_visible_to
from lms.people.service import grant_for_partner, revoke_grant

partners = table_of(Partner)
_TURN = text("SELECT pg_advisory_xact_lock(4703131)")  # any number, the same for every process
CONTACT_FIELDS = ("name", "post_title", "email", "phone")


async def take_turn(session: AsyncSession) -> None:
    """Wait until nobody else makes partners or moves them between groups."""
    await session.execute(_TURN)


# -- profiles ----------------------------------------------------------------------------------------------


async def create_partner(
    session: AsyncSession,
    *,
    acting: Actor,
    key: str | None = None,
    parent: str | None = None,
    values: Mapping[str, Any],
) -> Partner:
    """A new partner; without a `key` one is made of the name. `values`: `name` and `kind` at least."""
    _check_past(values)
    await take_turn(session)
    if key is not None and await queries.id_of(session, key) is not None:
        raise PartnerExists(faults=[Fault("/key", "This key is taken.")])
    partner = Partner(
        key=key or await _free_key(session, values["name"]),
        name=values["name"],
        sort_key="",
        parent_id=await _parent_id(session, parent),
    )
    await _check_participation(session, partner, values.get("participation_id"))
    for name in KEPT_FIELDS & set(values):
        setattr(partner, name, values[name])
    _index(partner)
    session.add(partner)
    await session.flush()
    after = {name: value for name, value in values.items() if value is not None} | {"parent": parent}
    await record_change(session, acting, partner.id, Part.PROFILE, {}, after)
    return partner


async def change_partner(
    session: AsyncSession, *, acting: Actor, partner: Partner, values: Mapping[str, Any]
) -> bool:
    """Set what `values` names (`parent`: key of its group); whether anything was different.

    `partner` is locked. Raises `NotYourField` when the partner's own coordinator names more than its profile.
    """
    _check_fields(acting, set(values))
    _check_past(values)
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    if "parent" in values:
        await _move(session, partner, values["parent"], before, after)
    if values.get("participation_id") not in (None, partner.participation_id):
        await _check_participation(session, partner, values["participation_id"])
    for name in sorted(KEPT_FIELDS & set(values)):
        if values[name] != getattr(partner, name):
            before[name], after[name] = getattr(partner, name), values[name]
            setattr(partner, name, values[name])
    if not after:
        return False
    partner.revision += 1
    _index(partner)
    await record_change(session, acting, partner.id, Part.PROFILE, before, after)
    await session.flush()
    return True


def _check_fields(acting: Actor, names: set[str]) -> None:
    beyond = sorted(names - OWN_FIELDS)
    if beyond and not acting.paths(Permission.PARTNERS_KEEP):
        sentence = "Those who keep the register change this."
        raise NotYourField(faults=[Fault(f"/{name}", sentence) for name in beyond])


def _check_past(values: Mapping[str, Any]) -> None:
    """Raise for a day to come: nothing was signed or looked up then."""
    names = ("participation_since", "participation_checked_on", "committed_on")
    ahead = [name for name in names if values.get(name) and values[name] > clock.today()]
    if ahead:
        sentence = "This day lies ahead."
        raise Invalid(sentence, faults=[Fault(f"/{name}", sentence) for name in ahead])


def _index(partner: Partner) -> None:
    partner.sort_key = sort_key(partner.name)
    partner.search_words = func.array_to_tsvector(
        words_of(partner.name, partner.key, partner.participation_id)
    )


def words_of(name: str, key: str, participation_id: str | None) -> list[str]:
    """The words a partner is found by, sorted, each once."""
    return sorted(
        {*search_words(name), *search_words(key.replace("-", " ")), *search_words(participation_id or "")}
    )


async def _free_key(session: AsyncSession, name: str) -> str:
    stem = key_for(name, ())
    taken = await session.scalars(select(partners.c.key).where(partners.c.key.startswith(stem)))
    return key_for(name, set(taken))


async def _check_participation(session: AsyncSession, partner: Partner, number: str | None) -> None:
    statement = select(partners.c.id).where(
        partners.c.participation_id == number, partners.c.id != partner.id
    )
    if number is not None and await session.scalar(statement) is not None:
        raise PartnerExists(faults=[Fault("/participation_id", "Another partner has this number.")])


async def _parent_id(session: AsyncSession, parent: str | None) -> UUID | None:
    if parent is None:
        return None
    found = await queries.id_of(session, parent)
    if found is None:
        sentence = f"There is no partner {parent!r}."
        raise Invalid(sentence, faults=[Fault("/parent", sentence)])
    return found


async def _move(
    session: AsyncSession, partner: Partner, parent: str | None, before: dict[str, Any], after: dict[str, Any]
) -> None:
    await take_turn(session)
    new = await _parent_id(session, parent)
    if new == partner.parent_id:
        return
    if new is not None and partner.id in await queries.group_of(session, new):
        raise GroupLoop(faults=[Fault("/parent", GroupLoop.title)])
    old = await session.get(Partner, partner.parent_id) if partner.parent_id else None
    before["parent"], after["parent"] = old.key if old else None, parent
    partner.parent_id = new


async def record_change(
    session: AsyncSession,
    acting: Actor,
    partner_id: UUID,
    part: Part,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    part_id: UUID | None = None,
) -> None:
    """Keep what was known before and after, and say that it changed."""
    session.add(
        PartnerChange(
            partner_id=partner_id,
            part=part.value,
            part_id=part_id,
            actor_id=acting.person_id,
            before=as_json(before),
            after=as_json(after),
        )
    )
    data = {"part": part.value, "fields": sorted({*before, *after})}
    await publish(session, [PartnerChanged(subject_id=partner_id, data=data)], acting=acting)


def as_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """Days and ids as text."""
    return {
        name: each.isoformat() if isinstance(each, date) else str(each) if isinstance(each, UUID) else each
        for name, each in values.items()
    }


# -- contacts ----------------------------------------------------------------------------------------------


async def add_contact(session: AsyncSession, *, acting: Actor, key: str, values: Mapping[str, Any]) -> UUID:
    """Keep whom one speaks to at a partner; the contact's id."""
    partner = await queries.lock_partner(session, key, actor=acting, permission=Permission.PARTNERS_KEEP)
    given: dict[str, Any] = {name: values.get(name) for name in CONTACT_FIELDS}
    contact = PartnerContact(partner_id=partner.id, **given)
    session.add(contact)
    await session.flush()
    await record_change(session, acting, partner.id, Part.CONTACT, {}, dict(values), contact.id)
    return contact.id


async def get_contact_for_change(
    session: AsyncSession, key: str, contact_id: UUID, *, acting: Actor
) -> PartnerContact:
    """A contact of a partner whom the actor keeps in the register; locked."""
    partner = await queries.get_partner(session, key, actor=acting, permission=Permission.PARTNERS_KEEP)
    contact = await session.get(PartnerContact, contact_id, with_for_update=True)
    if contact is None or contact.partner_id != partner.id:
        raise PartNotFound()
    return contact


async def change_contact(
    session: AsyncSession, *, acting: Actor, contact: PartnerContact, values: Mapping[str, Any]
) -> None:
    """Set what `values` names of a locked contact; before and after are kept."""
    different = {name: value for name, value in values.items() if value != getattr(contact, name)}
    if not different:
        return
    before = {name: getattr(contact, name) for name in different}
    for name, value in different.items():
        setattr(contact, name, value)
    contact.revision += 1
    await record_change(session, acting, contact.partner_id, Part.CONTACT, before, different, contact.id)
    await session.flush()


async def remove_contact(session: AsyncSession, *, acting: Actor, key: str, contact_id: UUID) -> None:
    """Somebody is no longer spoken to; what was known stays among the changes."""
    partner = await queries.lock_partner(session, key, actor=acting, permission=Permission.PARTNERS_KEEP)
    contact = await session.get(PartnerContact, contact_id)
    if contact is None or contact.partner_id != partner.id:
        raise PartNotFound()
    before = {name: getattr(contact, name) for name in CONTACT_FIELDS if getattr(contact, name) is not None}
    await session.delete(contact)
    await record_change(session, acting, partner.id, Part.CONTACT, before, {}, contact_id)
    await session.flush()


# -- agreements --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewAgreement:
    """An agreement as it was signed. `managed_by`: an e-mail; none: whoever records it."""

    entity: str
    kind: AgreementKind
    version: str
    signed_on: date
    until_on: date | None = None
    managed_by: str | None = None


async def add_agreement(
    session: AsyncSession, *, acting: Actor, key: str, new: NewAgreement, file: StoredFile | None
) -> UUID:
    """Record an agreement of an entity for which the actor keeps the register, with its document; its id."""
    partner = await queries.lock_partner(session, key, actor=acting, permission=Permission.PARTNERS_KEEP)
    entity = await get_entity_visible_to(
        session, new.entity, actor=acting, permission=Permission.PARTNERS_KEEP
    )
    _check_days(new.signed_on, new.until_on)
    agreement = PartnerAgreement(
        partner_id=partner.id,
        entity_id=entity.id,
        kind=new.kind.value,
        version=new.version,
        signed_on=new.signed_on,
        until_on=new.until_on,
        proposed_by_id=acting.person_id,
        managed_by_id=await _manager(session, acting, new.managed_by),
        **_document(file),
    )
    session.add(agreement)
    await session.flush()
    after = {
        "entity": new.entity,
        "kind": new.kind.value,
        "version": new.version,
        "signed_on": new.signed_on,
        "until_on": new.until_on,
        "file": file is not None,
    }
    await record_change(session, acting, partner.id, Part.AGREEMENT, {}, after, agreement.id)
    return agreement.id


def _document(file: StoredFile | None) -> dict[str, Any]:
    if file is None:
        return {}
    return {"file_key": file.key, "file_name": file.name, "file_type": file.type, "file_size": file.size}


def _check_days(signed_on: date, until_on: date | None) -> None:
    if until_on is not None and until_on < signed_on:
        sentence = "It cannot end before it is signed."
        raise Invalid(sentence, faults=[Fault("/until_on", sentence)])


async def _manager(session: AsyncSession, acting: Actor, email: str | None) -> UUID:
    if email is None:
        return acting.person_id
    person = await find_person_by_email(session, email)
    if person is None:
        raise PersonNotFound(faults=[Fault("/managed_by", "There is no person with this e-mail.")])
    return person.id


async def get_agreement_for_change(
    session: AsyncSession, key: str, agreement_id: UUID, *, acting: Actor
) -> PartnerAgreement:
    """The agreement, if it is of an entity for which the actor keeps the register; locked."""
    partner = await queries.get_partner(session, key, actor=acting, permission=Permission.PARTNERS_KEEP)
    row = await queries.get_agreement(session, partner.id, agreement_id)
    if not acting.may(Permission.PARTNERS_KEEP, row.path):
        raise PartNotFound()
    return await session.get_one(PartnerAgreement, agreement_id, with_for_update=True)


async def change_agreement(
    session: AsyncSession, *, acting: Actor, agreement: PartnerAgreement, values: Mapping[str, Any]
) -> None:
    """Have an agreement end on another day, or somebody else manage it (`managed_by`: an e-mail)."""
    given = {name: value for name, value in values.items() if name == "until_on"}
    if values.get("managed_by"):
        given["managed_by_id"] = await _manager(session, acting, values["managed_by"])
    _check_days(agreement.signed_on, given.get("until_on", agreement.until_on))
    different = {name: value for name, value in given.items() if value != getattr(agreement, name)}
    if not different:
        return
    before = {name: getattr(agreement, name) for name in different}
    for name, value in different.items():
        setattr(agreement, name, value)
    agreement.revision += 1
    await record_change(
        session, acting, agreement.partner_id, Part.AGREEMENT, before, different, agreement.id
    )
    await session.flush()


# -- who coordinates ---------------------------------------------------------------------------------------


async def appoint_coordinator(session: AsyncSession, *, acting: Actor, key: str, email: str) -> RoleGrant:
    """Have a person see and correct their partner's profile; whoever keeps the whole register appoints."""
    partner = await queries.lock_partner(session, key, actor=acting, permission=Permission.PARTNERS_KEEP)
    person = await find_person_by_email(session, email)
    if person is None:
        raise PersonNotFound(faults=[Fault("/person", "There is no person with this e-mail.")])
    return await grant_for_partner(
        session, acting=acting, person_id=person.id, partner_id=partner.id, partner=partner.key
    )


async def dismiss_coordinator(session: AsyncSession, *, acting: Actor, key: str, grant_id: UUID) -> None:
    """Take the role back; it ends with the person's next request."""
    partner = await queries.get_partner(session, key, actor=acting, permission=Permission.PARTNERS_KEEP)
    grant = await session.get(RoleGrant, grant_id)
    if grant is None or grant.partner_id != partner.id:
        raise PartNotFound()
    await revoke_grant(session, acting=acting, grant_id=grant_id)
