"""Use cases of invitations: invite, send again, withdraw, accept; and a partner's people who leave.

The secret of a link is made by the job that writes the letter and is nowhere but in the letter: `invite` only asks for
one. Whoever calls `invite` has asked the due-diligence gate, which lies above this room.
"""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.errors import Fault, Invalid
from lms.kernel.events import publish
from lms.kernel.i18n import LANGUAGES, sort_key
from lms.people import service as people
from lms.people.changes import record_change
from lms.people.domain import AffiliationKind, PersonNotFound, WeakPassword, digest_of, email_key, is_email
from lms.people.domain import new_secret as make_secret
from lms.people.imports import cells
from lms.people.invitations import queries
from lms.people.invitations.domain import (
    CoordinatorStays,
    InvitationAccepted,
    InvitationAnswered,
    InvitationForAnother,
    InvitationOver,
    InvitationState,
    InvitationWithdrawn,
    Invited,
    NotTheirCoordinator,
    Purpose,
    SignInToAccept,
    UnPersonnel,
    state_of,
    told,
)
from lms.people.models import Account, Affiliation, Entity, Invitation, Person
from lms.people.passwords import weakness_of
from lms.people.queries import get_actor
from lms.people.search import person_words
from lms.people.turns import take_turn_with_people

_INVITE = Permission.PARTNER_PEOPLE_INVITE
_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended(:address, 4703141))")


# -- inviting ----------------------------------------------------------------------------------------------


async def invite(
    session: AsyncSession,
    *,
    acting: Actor,
    partner_id: UUID,
    email: str,
    name: str | None,
    language: str,
    purpose: Purpose,
    days: int,
    entity: Entity | None = None,
) -> Invitation:
    """Invite an address to be of a partner's people, for a purpose; the letter follows by a job.

    `entity`: the side that invites, None for the partner's own coordinator. The same address, partner and purpose
    answer with the invitation there is: an open one, or an accepted one whose person is still there. One that expired
    is sent again. Raises `NotTheirCoordinator` and `Invalid`.
    """
    _check_may_invite(acting, partner_id, entity)
    _check_given(email, language)
    key = email_key(email)
    await session.execute(_TURN, {"address": f"{partner_id}:{key}"})
    known = await queries.latest_for(session, partner_id, key, purpose.kind, purpose.id)
    if known is not None and not await _has_left(session, known):
        if _state(known) is InvitationState.EXPIRED:
            await _send(session, acting, known, days)
        return known
    invitation = Invitation(
        email=email.strip(),
        email_key=key,
        name=name,
        language=language,
        partner_id=partner_id,
        entity_id=entity.id if entity else None,
        purpose_kind=purpose.kind,
        purpose_id=purpose.id,
        purpose_title=purpose.title,
        purpose_path=purpose.path,
        invited_by_id=acting.person_id,
        sendings=0,
        expires_at=clock.now(),
    )
    session.add(invitation)
    await session.flush()
    await _send(session, acting, invitation, days)
    return invitation


def _check_may_invite(acting: Actor, partner_id: UUID, entity: Entity | None) -> None:
    may = acting.may(_INVITE, entity.path) if entity else partner_id in acting.partners(_INVITE)
    if not may:
        raise NotTheirCoordinator()


def _check_given(email: str, language: str) -> None:
    faults = []
    if not is_email(email):
        faults.append(Fault("/email", "This is not an e-mail address."))
    if language not in LANGUAGES:
        faults.append(Fault("/language", f"One of: {', '.join(LANGUAGES)}."))
    if faults:
        raise Invalid(faults[0].detail, faults=faults)


async def _has_left(session: AsyncSession, invitation: Invitation) -> bool:
    """Whether somebody accepted it and is no longer of the partner's people."""
    if invitation.person_id is None:
        return False
    return await queries.lock_affiliation(session, invitation.partner_id, invitation.person_id) is None


def _state(invitation: Invitation) -> InvitationState:
    return state_of(invitation.accepted_at, invitation.withdrawn_at, invitation.expires_at, clock.now())


def _purpose(invitation: Invitation) -> Purpose:
    return Purpose(
        invitation.purpose_kind, invitation.purpose_id, invitation.purpose_title, invitation.purpose_path
    )


async def _send(session: AsyncSession, acting: Actor, invitation: Invitation, days: int) -> None:
    """Have a letter written with a new link; the one before opens nothing from now on."""
    invitation.token_digest, invitation.sent_at = None, None
    invitation.sendings += 1
    invitation.expires_at = clock.now() + timedelta(days=days)
    await session.flush()
    data = told(invitation.partner_id, _purpose(invitation))
    await publish(
        session,
        [Invited(subject_id=invitation.id, entity_id=invitation.entity_id, data=data)],
        acting=acting,
    )


async def send_again(
    session: AsyncSession, *, acting: Actor, partner_id: UUID, invitation_id: UUID, days: int
) -> Invitation:
    """A new letter with a new link and all its days; an expired invitation is open again."""
    invitation = await queries.lock_visible(session, partner_id, invitation_id, actor=acting)
    _check_unanswered(invitation)
    state = _state(invitation)
    if state is InvitationState.WITHDRAWN or invitation.email is None:  # its address is no longer kept
        raise InvitationOver(state)
    await _send(session, acting, invitation, days)
    return invitation


def _check_unanswered(invitation: Invitation) -> None:
    if invitation.accepted_at is not None:
        raise InvitationAnswered()


async def withdraw(
    session: AsyncSession, *, acting: Actor, partner_id: UUID, invitation_id: UUID
) -> Invitation:
    """Take it back; its link opens nothing from now on. Withdrawn twice it is withdrawn once."""
    invitation = await queries.lock_visible(session, partner_id, invitation_id, actor=acting)
    _check_unanswered(invitation)
    if invitation.withdrawn_at is None:
        invitation.withdrawn_at, invitation.withdrawn_by_id = clock.now(), acting.person_id
        data = told(partner_id, _purpose(invitation))
        event = InvitationWithdrawn(subject_id=invitation.id, entity_id=invitation.entity_id, data=data)
        await publish(session, [event], acting=acting)
        await session.flush()
    return invitation


async def make_link(session: AsyncSession, invitation_id: UUID) -> str | None:
    """The secret for the letter of an invitation, told this once; None when it is over or its letter has gone out."""
    invitation = await session.get(Invitation, invitation_id, with_for_update=True)
    if invitation is None or invitation.token_digest is not None:
        return None
    if _state(invitation) is not InvitationState.OPEN or invitation.email is None:
        return None
    secret = make_secret()
    invitation.token_digest, invitation.sent_at = digest_of(secret), clock.now()
    await session.flush()
    return secret


# -- accepting ---------------------------------------------------------------------------------------------


async def accept(session: AsyncSession, *, acting: Actor, secret: str) -> Invitation:
    """Accept as the person of the address, who is signed in; a second time answers the same.

    Raises `InvitationNotFound`, `InvitationForAnother`, `InvitationOver` and `UnPersonnel`.
    """
    invitation = await _take(session, secret)
    addressee = await queries.addressee_of(session, invitation.email_key)
    if acting.person_id not in (addressee.person_id, invitation.person_id):
        raise InvitationForAnother()
    if invitation.accepted_at is None:
        _check_open(invitation, addressee)
        await _fulfil(session, invitation, acting.person_id)
    return invitation


async def accept_with_password(
    session: AsyncSession, *, secret: str, name: str, language: str, password: str, hours: int, tries: int
) -> tuple[str, Invitation]:
    """Accept with an account made now, by the person of the address or by one made with it; a new session's secret.

    Sent a second time, with the same password, it signs in and answers the same; with another it raises as `sign_in`
    does. Raises `WeakPassword`, `SignInToAccept` for an address with an account, and what `accept` raises.
    """
    found = await queries.get_by_secret(session, secret)
    if found.accepted_at is None:
        made = await _accept_anew(session, secret, name, language, password, hours)
        if made is not None:
            return made
    invitation = await session.get_one(Invitation, found.id)
    opened, _ = await people.sign_in(
        session, email=found.email or "", password=password, hours=hours, tries=tries
    )
    return opened, invitation


async def _accept_anew(
    session: AsyncSession, secret: str, name: str, language: str, password: str, hours: int
) -> tuple[str, Invitation] | None:
    """None when it was accepted while this request waited for its turn."""
    found = await queries.get_by_secret(session, secret)
    addressee = await queries.addressee_of(session, found.email_key)
    weakness = weakness_of(password, name=addressee.name or name, email=found.email)
    if weakness is not None:
        raise WeakPassword(weakness)
    hashed = await people.hash_password(password)  # before others wait for this
    invitation = await _take(session, secret)
    if invitation.accepted_at is not None:
        return None
    addressee = await queries.addressee_of(session, invitation.email_key)
    _check_open(invitation, addressee)
    if addressee.has_account:
        raise SignInToAccept()
    person_id = addressee.person_id or await _make_person(session, invitation, name, language)
    session.add(Account(person_id=person_id, password_hash=hashed))
    await session.flush()
    await _fulfil(session, invitation, person_id)
    return await people.open_session(session, person_id, hours=hours), invitation


async def _take(session: AsyncSession, secret: str) -> Invitation:
    """The invitation, locked, and nobody else making people meanwhile: one address never becomes two persons."""
    await take_turn_with_people(session)
    found = await queries.get_by_secret(session, secret)
    return await session.get_one(Invitation, found.id, with_for_update=True, populate_existing=True)


def _check_open(invitation: Invitation, addressee: queries.Addressee) -> None:
    state = _state(invitation)
    if state is not InvitationState.OPEN:
        raise InvitationOver(state)
    if addressee.is_un_personnel:
        raise UnPersonnel()


async def _make_person(session: AsyncSession, invitation: Invitation, name: str, language: str) -> UUID:
    plain = _plain(name)
    spoken = language if language in LANGUAGES else invitation.language
    person = Person(
        name=plain,
        sort_key=sort_key(plain),
        search_words=person_words(plain, invitation.email),
        email=invitation.email,
        email_key=invitation.email_key,
        language=spoken,
        languages=[spoken],
    )
    session.add(person)
    await session.flush()
    return person.id


def _plain(name: str) -> str:
    try:
        plain = str(cells.words(200)(name))
    except ValueError:
        plain = ""
    if not plain:
        sentence = "Give your name."
        raise Invalid(sentence, faults=[Fault("/name", sentence)])
    return plain


async def _fulfil(session: AsyncSession, invitation: Invitation, person_id: UUID) -> None:
    await _join(session, invitation.partner_id, person_id)
    invitation.accepted_at, invitation.person_id = clock.now(), person_id
    await session.flush()
    data = told(invitation.partner_id, _purpose(invitation), person_id=str(person_id))
    event = InvitationAccepted(subject_id=invitation.id, entity_id=invitation.entity_id, data=data)
    await publish(session, [event], acting=await get_actor(session, person_id))


async def _join(session: AsyncSession, partner_id: UUID, person_id: UUID) -> None:
    """Have the person be of the partner's people from today on; who was to leave today stays."""
    affiliation = await queries.lock_affiliation(session, partner_id, person_id)
    if affiliation is not None:
        affiliation.until_on = None
        return
    affiliation = Affiliation(
        person_id=person_id,
        partner_id=partner_id,
        kind=AffiliationKind.PARTNER_PERSONNEL.value,
        is_primary=not await queries.has_main_affiliation(session, person_id),
        from_on=clock.today(),
    )
    session.add(affiliation)


# -- leaving -----------------------------------------------------------------------------------------------


async def end_affiliation(
    session: AsyncSession, *, acting: Actor, partner_id: UUID, person_id: UUID, until_on: date | None = None
) -> None:
    """Somebody leaves the partner; `until_on` is their last day there, today or later. They keep their sign-in.

    Raises `PersonNotFound`, `Invalid`, and `CoordinatorStays` for oneself and for another coordinator.
    """
    last = until_on or clock.today()
    if last < clock.today():
        sentence = "The last day is today or later."
        raise Invalid(sentence, faults=[Fault("/until_on", sentence)])
    affiliation = await queries.lock_affiliation(session, partner_id, person_id)
    if partner_id not in acting.partners(_INVITE) or affiliation is None:
        raise PersonNotFound()
    if person_id == acting.person_id or await queries.coordinates(session, partner_id, person_id):
        raise CoordinatorStays("Those who keep the register take the role of coordinator back first.")
    if affiliation.until_on == last:
        return
    before = affiliation.until_on.isoformat() if affiliation.until_on else None
    affiliation.until_on = last
    affiliation.revision += 1
    await record_change(session, acting, person_id, {"until_on": before}, {"until_on": last.isoformat()})
    await session.flush()
