"""HTTP of invitations to a partner's people, and of those people. Accepting is a page: it needs no sign-in."""

from uuid import UUID

from fastapi import APIRouter, Request, status

from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import Session
from lms.kernel.http import DbSession, StrictRoute
from lms.kernel.pagination import Page, PageTurn
from lms.partners import inviting
from lms.partners.invitation_schemas import (
    AffiliationEnd,
    InvitationCreate,
    InvitationRead,
    PartnerPersonRead,
    invitation_read,
)
from lms.partners.queries import get_partner
from lms.people.invitations import queries
from lms.people.invitations.domain import InvitationNotFound, InvitationState
from lms.people.permits import permit

router = APIRouter(route_class=StrictRoute, tags=["partners"])
_INVITE = Permission.PARTNER_PEOPLE_INVITE


@router.get("/partners/{key}/people")
async def list_people(
    key: str, session: DbSession, turn: PageTurn, actor: Actor = permit(_INVITE)
) -> Page[PartnerPersonRead]:
    """A partner's own people in name order, for who coordinates its part; nobody else sees any of them."""
    partner = await get_partner(session, key, actor=actor, permission=_INVITE)
    filters = {"list": "partner-people", "partner": key}
    rows = await queries.people_of_partner(
        session, partner.id, actor=actor, after=turn.after(filters, (str, UUID)), limit=turn.wanted
    )
    return turn.page(
        rows, filters, key=lambda row: [row.sort_key, row.id], read=PartnerPersonRead.model_validate
    )


@router.post("/partners/{key}/people/{person_id}/end", status_code=status.HTTP_204_NO_CONTENT)
async def end_affiliation(
    key: str, person_id: UUID, end: AffiliationEnd, session: DbSession, actor: Actor = permit(_INVITE)
) -> None:
    """Somebody leaves the partner; they keep their sign-in and all they have learned."""
    await inviting.end_affiliation(
        session, acting=actor, partner=key, person_id=person_id, until_on=end.until_on
    )


@router.get("/partners/{key}/invitations")
async def list_invitations(
    key: str,
    session: DbSession,
    turn: PageTurn,
    actor: Actor = permit(_INVITE),
    state: InvitationState | None = None,
) -> Page[InvitationRead]:
    """Invitations, the latest first: all of the partner for its coordinator, else those of one's own entities."""
    partner = await get_partner(session, key, actor=actor, permission=_INVITE)
    filters = {"list": "invitations", "partner": key, "state": state}
    rows = await queries.list_invitations(
        session,
        partner.id,
        actor=actor,
        state=state,
        now=clock.now(),
        after=turn.after(filters, (UUID,)),
        limit=turn.wanted,
    )
    return turn.page(rows, filters, key=lambda row: [row.id], read=invitation_read)


@router.post("/partners/{key}/invitations", status_code=status.HTTP_201_CREATED)
async def invite(
    key: str, new: InvitationCreate, request: Request, session: DbSession, actor: Actor = permit(_INVITE)
) -> InvitationRead:
    """Invite an address by a letter that only it gets; invited again it answers with the first invitation."""
    made = await inviting.invite(
        session,
        acting=actor,
        partner=key,
        email=new.email,
        name=new.name,
        language=new.language or actor.language,
        days=request.app.state.settings.invitation_days,
        entity=new.entity,
    )
    return await _answer(session, made.id)


@router.post("/partners/{key}/invitations/{invitation_id}/send-again")
async def send_again(
    key: str, invitation_id: UUID, request: Request, session: DbSession, actor: Actor = permit(_INVITE)
) -> InvitationRead:
    """A new letter with a new link; the old link opens nothing from now on."""
    days = request.app.state.settings.invitation_days
    await inviting.send_again(session, acting=actor, partner=key, invitation_id=invitation_id, days=days)
    return await _answer(session, invitation_id)


@router.post("/partners/{key}/invitations/{invitation_id}/withdraw")
async def withdraw(
    key: str, invitation_id: UUID, session: DbSession, actor: Actor = permit(_INVITE)
) -> InvitationRead:
    """Take an invitation back before it is accepted."""
    await inviting.withdraw(session, acting=actor, partner=key, invitation_id=invitation_id)
    return await _answer(session, invitation_id)


async def _answer(session: Session, invitation_id: UUID) -> InvitationRead:
    row = await queries.find_by_id(session, invitation_id)
    if row is None:
        raise InvitationNotFound()
    return invitation_read(row)
