"""Every SELECT of the register: what readers may see of partners. Nothing confidential is read here."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, text, true
from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.partners.domain.register import PartnerNotFound, PartNotFound
from lms.partners.models import Partner, PartnerAgreement, PartnerChange, PartnerContact
from lms.people.models import Entity, Person, RoleGrant
from lms.people.queries import matches

partners = table_of(Partner)
parents = partners.alias("parents")
contacts = table_of(PartnerContact)
agreements = table_of(PartnerAgreement)
changes = table_of(PartnerChange)
entities = table_of(Entity)
persons = table_of(Person)
role_grants = table_of(RoleGrant)


def visible_to(actor: Actor, permission: Permission) -> ColumnElement[bool]:
    """Partners for which `actor` holds `permission`: all of them, or those whose part they coordinate."""
    if actor.paths(permission):
        return true()
    return partners.c.id.in_(actor.partners(permission))


async def list_partners(
    session: AsyncSession,
    *,
    actor: Actor,
    words: Sequence[str] = (),
    filters: dict[str, str | None],
    after: Sequence[str] | None,
    limit: int,
) -> Sequence[Any]:
    """Partners whom `actor` may see, in name order. `filters`: columns and the value they must have, None for any."""
    statement = (
        select(partners, parents.c.key.label("parent"))
        .join(parents, parents.c.id == partners.c.parent_id, isouter=True)
        .where(visible_to(actor, Permission.PARTNERS_READ))
        .order_by(partners.c.sort_key, partners.c.id)
        .limit(limit)
    )
    for name, value in filters.items():
        if value:
            statement = statement.where(partners.c[name] == value)
    if words:
        statement = statement.where(matches(partners.c.search_words, words))
    if after:
        same = and_(partners.c.sort_key == after[0], partners.c.id > UUID(after[1]))
        statement = statement.where(or_(partners.c.sort_key > after[0], same))
    return (await session.execute(statement)).all()


async def get_partner(
    session: AsyncSession, key: str, *, actor: Actor, permission: Permission = Permission.PARTNERS_READ
) -> Any:
    """The partner with this key and its group, if `actor` may; else as if it were not there."""
    names = (parents.c.key.label("parent"), parents.c.name.label("parent_name"))
    statement = (
        select(partners, *names)
        .join(parents, parents.c.id == partners.c.parent_id, isouter=True)
        .where(partners.c.key == key, visible_to(actor, permission))
    )
    found = (await session.execute(statement)).one_or_none()
    if found is None:
        raise PartnerNotFound()
    return found


async def lock_partner(session: AsyncSession, key: str, *, actor: Actor, permission: Permission) -> Partner:
    """The partner as an object to change, locked until the transaction ends."""
    statement = select(Partner).where(partners.c.key == key, visible_to(actor, permission)).with_for_update()
    found: Partner | None = await session.scalar(statement)
    if found is None:
        raise PartnerNotFound()
    return found


async def id_of(session: AsyncSession, key: str) -> UUID | None:
    """The partner's id; None when there is none with this key."""
    found: UUID | None = await session.scalar(select(partners.c.id).where(partners.c.key == key))
    return found


async def group_of(session: AsyncSession, partner_id: UUID) -> list[UUID]:
    """The partner and the groups above it, itself first."""
    statement = text(
        """WITH RECURSIVE up AS (
             SELECT id, parent_id, 0 AS height FROM partners WHERE id = :id
             UNION ALL SELECT p.id, p.parent_id, up.height + 1 FROM partners p JOIN up ON p.id = up.parent_id
              WHERE up.height < 20)
           SELECT id FROM up ORDER BY height"""
    )
    return list(await session.scalars(statement, {"id": partner_id}))


async def members_of(session: AsyncSession, partner_id: UUID) -> Sequence[Any]:
    """Partners that belong to this one directly (key, name), in name order."""
    statement = (
        select(partners.c.key, partners.c.name)
        .where(partners.c.parent_id == partner_id)
        .order_by(partners.c.sort_key, partners.c.id)
        .limit(200)
    )
    return (await session.execute(statement)).all()


async def contacts_of(session: AsyncSession, partner_id: UUID) -> Sequence[Any]:
    """Whom one speaks to there, the longest known first."""
    statement = select(contacts).where(contacts.c.partner_id == partner_id).order_by(contacts.c.id)
    return (await session.execute(statement)).all()


async def get_contact(session: AsyncSession, partner_id: UUID, contact_id: UUID) -> Any:
    """One contact of this partner."""
    statement = select(contacts).where(contacts.c.partner_id == partner_id, contacts.c.id == contact_id)
    found = (await session.execute(statement)).one_or_none()
    if found is None:
        raise PartNotFound()
    return found


async def agreements_of(
    session: AsyncSession, partner_id: UUID, agreement_id: UUID | None = None
) -> Sequence[Any]:
    """Agreements with a partner (or the one), each with the entity's key, name and path, the latest signed first."""
    named = (entities.c.key.label("entity"), entities.c.name.label("entity_name"), entities.c.path)
    statement = (
        select(agreements, *named, persons.c.name.label("managed_by"))
        .join(entities, entities.c.id == agreements.c.entity_id)
        .join(persons, persons.c.id == agreements.c.managed_by_id)
        .where(agreements.c.partner_id == partner_id)
        .order_by(agreements.c.signed_on.desc(), agreements.c.id)
    )
    if agreement_id is not None:
        statement = statement.where(agreements.c.id == agreement_id)
    return (await session.execute(statement)).all()


async def get_agreement(session: AsyncSession, partner_id: UUID, agreement_id: UUID) -> Any:
    """One agreement of this partner."""
    found = await agreements_of(session, partner_id, agreement_id)
    if not found:
        raise PartNotFound()
    return found[0]


async def changes_of(
    session: AsyncSession, partner_id: UUID, *, after: Sequence[str] | None, limit: int
) -> Sequence[Any]:
    """What changed at a partner, with who did it, the latest first."""
    statement = (
        select(changes, persons.c.name.label("actor"))
        .join(persons, persons.c.id == changes.c.actor_id, isouter=True)
        .where(changes.c.partner_id == partner_id)
        .order_by(changes.c.id.desc())
        .limit(limit)
    )
    if after:
        statement = statement.where(changes.c.id < UUID(after[0]))
    return (await session.execute(statement)).all()


async def coordinators_of(session: AsyncSession, partner_id: UUID) -> Sequence[Any]:
    """Who coordinates the partner's part now: grant id, person id and name."""
    statement = (
        select(role_grants.c.id, role_grants.c.person_id, persons.c.name)
        .join(persons, persons.c.id == role_grants.c.person_id)
        .where(role_grants.c.partner_id == partner_id, role_grants.c.revoked_at.is_(None))
        .order_by(role_grants.c.id)
    )
    return (await session.execute(statement)).all()


async def named_files(session: AsyncSession, keys: Sequence[str]) -> set[str]:
    """Which of these storage keys an agreement's document lies under."""
    return set(await session.scalars(select(agreements.c.file_key).where(agreements.c.file_key.in_(keys))))


async def names_by_id(session: AsyncSession, partner_ids: Sequence[UUID]) -> Sequence[Any]:
    """Key and name of these partners, in name order."""
    statement = (
        select(partners.c.id, partners.c.key, partners.c.name)
        .where(partners.c.id.in_(partner_ids))
        .order_by(partners.c.sort_key, partners.c.id)
    )
    return (await session.execute(statement)).all()
