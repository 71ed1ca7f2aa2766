"""Every SELECT about invitations and about the people of a partner."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, text, true
from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.people.domain import AffiliationKind, digest_of
from lms.people.invitations.domain import InvitationNotFound, InvitationState
from lms.people.models import Affiliation, Entity, Invitation, Person, RoleGrant
from lms.people.queries.accounts import partners
from lms.people.queries.visible import in_scope

_INVITE = Permission.PARTNER_PEOPLE_INVITE
invitations = table_of(Invitation)
persons = table_of(Person)
affiliations = table_of(Affiliation)
entities = table_of(Entity)
role_grants = table_of(RoleGrant)
inviters = persons.alias("inviters")


@dataclass(frozen=True, slots=True)
class Addressee:
    """What is known of the address of an invitation: its person, and how that person stands here."""

    person_id: UUID | None = None
    name: str | None = None
    has_account: bool = False
    is_un_personnel: bool = False


_ADDRESSEE = text(
    """SELECT p.id, p.name, EXISTS (SELECT 1 FROM accounts c WHERE c.person_id = p.id) AS has_account,
              EXISTS (SELECT 1 FROM affiliations a WHERE a.person_id = p.id AND a.entity_id IS NOT NULL
                         AND a.kind <> 'former' AND (a.until_on IS NULL OR a.until_on >= current_date)) AS is_un
         FROM persons p WHERE p.email_key = :email_key AND p.erased_at IS NULL"""
)


async def addressee_of(session: AsyncSession, email_key: str | None) -> Addressee:
    """Whose address it is; nobody's, when no person has it. Who serves an entity now or soon is UN personnel."""
    row = (await session.execute(_ADDRESSEE, {"email_key": email_key})).one_or_none()
    return Addressee() if row is None else Addressee(row.id, row.name, row.has_account, row.is_un)


def _shown() -> Any:
    return (
        select(
            invitations,
            partners.c.key.label("partner"),
            partners.c.name.label("partner_name"),
            entities.c.name.label("entity_name"),
            inviters.c.name.label("invited_by"),
        )
        .join(partners, partners.c.id == invitations.c.partner_id)
        .join(entities, entities.c.id == invitations.c.entity_id, isouter=True)
        .join(inviters, inviters.c.id == invitations.c.invited_by_id)
    )


async def get_by_secret(session: AsyncSession, secret: str) -> Any:
    """The invitation that a letter's secret opens, with who invites to which partner, whatever its state."""
    statement = _shown().where(invitations.c.token_digest == digest_of(secret))
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise InvitationNotFound()
    return row


async def find_by_id(session: AsyncSession, invitation_id: UUID) -> Any | None:
    """The invitation with who invites to which partner, for its letter."""
    return (await session.execute(_shown().where(invitations.c.id == invitation_id))).one_or_none()


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Invitations of the partners one coordinates, or made on the side of the entities one invites for."""
    return or_(invitations.c.partner_id.in_(actor.partners(_INVITE)), in_scope(actor, _INVITE))


async def lock_visible(
    session: AsyncSession, partner_id: UUID, invitation_id: UUID, *, actor: Actor
) -> Invitation:
    """The invitation as an object to change, if `actor` may see it; locked until the transaction ends."""
    statement = (
        select(Invitation)
        .join(entities, entities.c.id == invitations.c.entity_id, isouter=True)
        .where(invitations.c.id == invitation_id, invitations.c.partner_id == partner_id, visible_to(actor))
        .with_for_update(of=invitations)
    )
    found: Invitation | None = await session.scalar(statement)
    if found is None:
        raise InvitationNotFound()
    return found


async def latest_for(
    session: AsyncSession, partner_id: UUID, email_key: str, kind: str, purpose_id: UUID
) -> Invitation | None:
    """The last invitation of this address for this purpose that was not withdrawn."""
    statement = (
        select(Invitation)
        .where(
            invitations.c.partner_id == partner_id,
            invitations.c.email_key == email_key,
            invitations.c.purpose_kind == kind,
            invitations.c.purpose_id == purpose_id,
            invitations.c.withdrawn_at.is_(None),
        )
        .order_by(invitations.c.id.desc())
        .limit(1)
        .with_for_update()
    )
    found: Invitation | None = await session.scalar(statement)
    return found


async def list_invitations(
    session: AsyncSession,
    partner_id: UUID,
    *,
    actor: Actor,
    state: InvitationState | None,
    now: datetime,
    after: Sequence[str] | None,
    limit: int,
) -> Sequence[Any]:
    """Invitations to a partner whom `actor` may see, the latest first."""
    statement = (
        _shown()
        .where(invitations.c.partner_id == partner_id, visible_to(actor), _stands(state, now))
        .order_by(invitations.c.id.desc())
        .limit(limit)
    )
    if after:
        statement = statement.where(invitations.c.id < UUID(after[0]))
    return (await session.execute(statement)).all()


def _stands(state: InvitationState | None, now: datetime) -> ColumnElement[bool]:
    """`domain.state_of` as a condition."""
    if state is None:
        return true()
    accepted, withdrawn = invitations.c.accepted_at.is_not(None), invitations.c.withdrawn_at.is_not(None)
    if state is InvitationState.ACCEPTED:
        return accepted
    if state is InvitationState.WITHDRAWN:
        return and_(~accepted, withdrawn)
    is_late = invitations.c.expires_at <= now
    return and_(~accepted, ~withdrawn, is_late if state is InvitationState.EXPIRED else ~is_late)


# -- people of a partner -----------------------------------------------------------------------------------


def belongs_to(partner_id: UUID) -> ColumnElement[bool]:
    """Affiliations of a partner's personnel that run today."""
    return and_(
        affiliations.c.partner_id == partner_id,
        affiliations.c.kind == AffiliationKind.PARTNER_PERSONNEL.value,
        affiliations.c.from_on <= func.current_date(),
        or_(affiliations.c.until_on.is_(None), affiliations.c.until_on >= func.current_date()),
    )


def _coordinates(partner_id: UUID) -> ColumnElement[bool]:
    return exists().where(
        role_grants.c.person_id == affiliations.c.person_id,
        role_grants.c.partner_id == partner_id,
        role_grants.c.revoked_at.is_(None),
        or_(role_grants.c.until_on.is_(None), role_grants.c.until_on >= func.current_date()),
    )


async def people_of_partner(
    session: AsyncSession, partner_id: UUID, *, actor: Actor, after: Sequence[str] | None, limit: int
) -> Sequence[Any]:
    """The partner's own people today, in name order: for who coordinates its part, and nobody else."""
    statement = (
        select(
            persons.c.id,
            persons.c.name,
            persons.c.email,
            persons.c.sort_key,
            affiliations.c.from_on,
            affiliations.c.until_on,
            _coordinates(partner_id).label("coordinates"),
        )
        .join(affiliations, affiliations.c.person_id == persons.c.id)
        .where(belongs_to(partner_id), affiliations.c.partner_id.in_(actor.partners(_INVITE)))
        .where(persons.c.erased_at.is_(None))
        .order_by(persons.c.sort_key, persons.c.id)
        .limit(limit)
    )
    if after:
        same = and_(persons.c.sort_key == after[0], persons.c.id > UUID(after[1]))
        statement = statement.where(or_(persons.c.sort_key > after[0], same))
    return (await session.execute(statement)).all()


async def lock_affiliation(session: AsyncSession, partner_id: UUID, person_id: UUID) -> Affiliation | None:
    """The person's running affiliation to the partner, locked until the transaction ends."""
    statement = (
        select(Affiliation)
        .where(belongs_to(partner_id), affiliations.c.person_id == person_id)
        .order_by(affiliations.c.from_on.desc())
        .limit(1)
        .with_for_update()
    )
    found: Affiliation | None = await session.scalar(statement)
    return found


async def coordinates(session: AsyncSession, partner_id: UUID, person_id: UUID) -> bool:
    """Whether the person coordinates the partner's part."""
    statement = select(affiliations.c.id).where(
        affiliations.c.person_id == person_id,
        affiliations.c.partner_id == partner_id,
        _coordinates(partner_id),
    )
    return (await session.execute(statement.limit(1))).first() is not None


async def has_main_affiliation(session: AsyncSession, person_id: UUID) -> bool:
    """Whether another affiliation of the person is the main one, today or later."""
    statement = select(affiliations.c.id).where(
        affiliations.c.person_id == person_id,
        affiliations.c.is_primary,
        or_(affiliations.c.until_on.is_(None), affiliations.c.until_on >= func.current_date()),
    )
    return (await session.execute(statement.limit(1))).first() is not None
