"""Inviting people of a partner: whose side invites, and whether the gate lets it."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel.access import Actor, Permission
from lms.kernel.errors import Fault, Invalid
from lms.partners.domain.gate import Effort, Scope
from lms.partners.domain.screening import NotClear
from lms.partners.queries import get_partner
from lms.partners.screening import verdict_on
from lms.people.domain import PersonNotFound
from lms.people.invitations import service as invitations
from lms.people.invitations.domain import PARTNER, Purpose
from lms.people.models import Entity, Invitation
from lms.people.queries import get_entity_visible_to

_INVITE = Permission.PARTNER_PEOPLE_INVITE


async def invite(
    session: AsyncSession,
    *,
    acting: Actor,
    partner: str,
    email: str,
    name: str | None,
    language: str,
    days: int,
    purpose: Purpose | None = None,
    entity: str | None = None,
    host_path: str | None = None,
    effort: Effort = Effort.FULL,
) -> Invitation:
    """Invite somebody to be of a partner's people; without a `purpose` to nothing more.

    `partner` and `entity` are keys: who invites for an entity names it, the partner's own coordinator leaves it out.
    The gate is asked for the hosting entity at `host_path`, else for `entity`; with neither nobody hosts anything.
    Raises `NotClear`, in the same words whatever the reason, and what `invitations.service.invite` raises.
    """
    row = await get_partner(session, partner, actor=acting, permission=_INVITE)
    side = await _side(session, acting, row.id, entity)
    path = host_path or (side.path if side else None)
    if path is not None:
        await _ask_gate(session, row.id, path, effort)
    return await invitations.invite(
        session,
        acting=acting,
        partner_id=row.id,
        email=email,
        name=name,
        language=language,
        purpose=purpose or Purpose(PARTNER, row.id),
        days=days,
        entity=side,
    )


async def _side(session: AsyncSession, acting: Actor, partner_id: UUID, entity: str | None) -> Entity | None:
    if entity is not None:
        return await get_entity_visible_to(session, entity, actor=acting, permission=_INVITE)
    if partner_id not in acting.partners(_INVITE):
        sentence = "Name the entity for which you invite."
        raise Invalid(sentence, faults=[Fault("/entity", sentence)])
    return None


async def _ask_gate(session: AsyncSession, partner_id: UUID, path: str, effort: Effort) -> None:
    verdict = await verdict_on(session, partner_id, path, scope=Scope.JOINT_TRAINING, effort=effort)
    if not verdict.is_clear:
        raise NotClear()


async def send_again(
    session: AsyncSession, *, acting: Actor, partner: str, invitation_id: UUID, days: int
) -> Invitation:
    """The letter once more, with a new link. On an entity's side the gate is asked anew."""
    row = await get_partner(session, partner, actor=acting, permission=_INVITE)
    sent = await invitations.send_again(
        session, acting=acting, partner_id=row.id, invitation_id=invitation_id, days=days
    )
    if sent.entity_id is not None:
        side = await session.get_one(Entity, sent.entity_id)
        # How deeply had to be looked was settled by the first letter; what has come up since stands in the way.
        await _ask_gate(session, row.id, side.path, Effort.LIGHT)
    return sent


async def withdraw(session: AsyncSession, *, acting: Actor, partner: str, invitation_id: UUID) -> Invitation:
    """Take an invitation back before it is accepted."""
    row = await get_partner(session, partner, actor=acting, permission=_INVITE)
    return await invitations.withdraw(session, acting=acting, partner_id=row.id, invitation_id=invitation_id)


async def end_affiliation(
    session: AsyncSession, *, acting: Actor, partner: str, person_id: UUID, until_on: date | None = None
) -> None:
    """Somebody is no longer of the partner's people, from the day after `until_on` (today)."""
    row = await get_partner(session, partner, actor=acting, permission=_INVITE)
    if row.id not in acting.partners(_INVITE):
        raise PersonNotFound()
    await invitations.end_affiliation(
        session, acting=acting, partner_id=row.id, person_id=person_id, until_on=until_on
    )
