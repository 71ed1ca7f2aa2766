"""Delegated authority recorded and ended, and the agreement signed by who holds it."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.agreements import AgreementChanged, NotLegalOffice
from lms.joint_trainings.domain.signing import (
    WHY_NOT,
    AgreementSigned,
    AuthorityEnded,
    AuthorityNotFound,
    AuthorityOver,
    AuthorityRecorded,
    AuthorityStanding,
    BadAuthority,
    NewAuthority,
    NoAuthority,
    NotReadyToSign,
    best_of,
    how_stands,
)
from lms.joint_trainings.domain.states import Obstacle, TrainingState
from lms.joint_trainings.domain.trainings import HostNotFound, sentence_of
from lms.joint_trainings.models.signing import AgreementSignature, SigningAuthority, SigningAuthorityEnd
from lms.joint_trainings.models.trainings import JointTraining
from lms.joint_trainings.queries.signing import (
    authorities_for,
    get_authority,
    get_training_to_sign,
    signatures_of,
)
from lms.joint_trainings.service.agreements import keep_document
from lms.joint_trainings.service.costs import CURRENCIES
from lms.joint_trainings.service.papers import Papers, obstacles_by_law, papers_of
from lms.joint_trainings.service.parts import all_hosts, require_partner
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.errors import Fault
from lms.kernel.events import publish
from lms.partners.queries import get_partner
from lms.people.queries import find_person_by_email, get_entity_visible_to

STRANGER = "This is the e-mail of nobody who belongs to it today."
_HOST, _CLEAR = Permission.TRAININGS_HOST, Permission.AGREEMENTS_CLEAR


async def record_authority(session: AsyncSession, *, acting: Actor, new: NewAuthority) -> SigningAuthority:
    """Record what an instrument delegates: for an entity its legal office does, for a partner who acts for it.

    Raises `BadAuthority` with all that is wrong. A legal officer records none of their own.
    """
    entity_id, partner_id = await _of_whom(session, acting, new)
    person = await find_person_by_email(session, new.person)
    faults = _faults(new)
    if person is None:
        faults.append(Fault("/person", STRANGER))
    elif entity_id is not None and person.id == acting.person_id:
        faults.append(Fault("/person", "Nobody records an authority of their own."))
    if faults or person is None:
        raise BadAuthority(faults[0].detail, faults=faults)
    row = SigningAuthority(
        person_id=person.id,
        entity_id=entity_id,
        partner_id=partner_id,
        source=new.source,
        from_on=new.from_on,
        until_on=new.until_on,
        limit_amount=new.limit_amount,
        limit_currency=new.limit_currency,
        by_id=acting.person_id,
    )
    session.add(row)
    await session.flush()
    await _require_belonging(session, acting, row)
    data = {"partner": str(partner_id)} if partner_id else {}
    said = AuthorityRecorded(subject_id=row.id, entity_id=entity_id, data=data)
    await publish(session, [said], acting=acting)
    return row


async def _of_whom(
    session: AsyncSession, acting: Actor, new: NewAuthority
) -> tuple[UUID | None, UUID | None]:
    if (new.entity is None) == (new.partner is None):
        raise BadAuthority("Name an entity or a partner.", faults=[Fault("/entity", "Name one of the two.")])
    if new.entity is not None:
        if not acting.paths(_CLEAR):
            raise NotLegalOffice("The legal office of the entity records who signs for it.")
        return (await get_entity_visible_to(session, new.entity, actor=acting, permission=_CLEAR)).id, None
    partner = await get_partner(session, new.partner or "", actor=acting)
    if partner.id not in acting.partners(_HOST):
        raise NotLegalOffice("The partner's own coordinator records who signs for it.")
    return None, partner.id


def _faults(new: NewAuthority) -> list[Fault]:
    faults = []
    if new.until_on is not None and new.until_on < new.from_on:
        faults.append(Fault("/until_on", "It cannot end before it begins."))
    if (new.limit_amount is None) != (new.limit_currency is None):
        faults.append(Fault("/limit_amount", "A limit has an amount and a currency."))
    elif new.limit_currency is not None and new.limit_currency not in CURRENCIES:
        faults.append(Fault("/limit_currency", "Give the code of a currency, such as USD."))
    return faults


async def _require_belonging(session: AsyncSession, acting: Actor, row: SigningAuthority) -> None:
    """Who signs for a host is one of its own people; of others nobody learns here whether they are known."""
    kept = await get_authority(session, row.id, actor=acting, today=clock.today())
    if not kept.belongs:
        raise BadAuthority(STRANGER, faults=[Fault("/person", STRANGER)])


async def end_authority(session: AsyncSession, *, acting: Actor, authority_id: UUID, reason: str) -> None:
    """It no longer holds, from now on; what was signed by it stays signed."""
    row = await session.get(SigningAuthority, authority_id, with_for_update=True)
    if row is None:
        raise AuthorityNotFound()
    kept = await get_authority(session, authority_id, actor=acting, today=clock.today())
    if kept.ended_at is not None:
        raise AuthorityOver()
    session.add(SigningAuthorityEnd(authority_id=authority_id, by_id=acting.person_id, reason=reason))
    await session.flush()
    said = AuthorityEnded(subject_id=authority_id, entity_id=kept.entity_id)
    await publish(session, [said], acting=acting)


# -- signing -----------------------------------------------------------------------------------------------


async def sign(
    session: AsyncSession, *, acting: Actor, training_id: UUID, host_id: UUID, digest: str
) -> UUID:
    """Sign for a host what `digest` names; the signature's id. Signed already, that one's.

    Raises `AgreementChanged` where the agreement is no longer that, `NoAuthority` with the reason where the
    actor may not sign for this host now, `NotReadyToSign` with all that is left to do.
    """
    await get_training_to_sign(session, training_id, actor=acting)
    training = await session.get_one(JointTraining, training_id, with_for_update=True)
    hosts = await all_hosts(session, training_id)
    require_partner(hosts)
    papers = await papers_of(session, training, hosts)
    authority_id = await _authority(session, acting, papers, host_id)
    if digest != papers.digest:
        raise AgreementChanged()
    for row in await signatures_of(session, training_id):
        if (row.host_id, row.digest) == (host_id, digest):
            done: UUID = row.id
            return done
    _require_ready(training, await left_before_signing(session, papers))
    return await _keep(session, acting, papers, host_id, authority_id)


async def _authority(session: AsyncSession, acting: Actor, papers: Papers, host_id: UUID) -> UUID:
    if host_id not in {host.id for host in papers.hosts}:
        raise HostNotFound()
    today = clock.today()
    own: dict[UUID, AuthorityStanding] = {
        row.id: how_stands(row, today, papers.values)
        for row in (await authorities_for(session, papers.hosts, today))[host_id]
        if row.person_id == acting.person_id
    }
    best = best_of(own.values())
    if best is not AuthorityStanding.GOOD:
        raise NoAuthority(WHY_NOT[best] if best else None)
    return next(each for each, standing in own.items() if standing is AuthorityStanding.GOOD)


async def left_before_signing(session: AsyncSession, papers: Papers) -> list[Obstacle]:
    """What is left to do before anybody signs."""
    waiting = [host.name for host in papers.hosts if host.accepted_at is None]
    return [
        *(Obstacle("host_not_accepted", "/hosts", name) for name in waiting),
        *papers.obstacles_within(),
        *await obstacles_by_law(session, papers),
    ]


def _require_ready(training: JointTraining, left: list[Obstacle]) -> None:
    if TrainingState(training.state) is not TrainingState.ASSESSED:
        raise NotReadyToSign("An agreement is signed when the training is assessed and not yet agreed.")
    if left:
        faults = [Fault(each.pointer, sentence_of(each)) for each in left]
        raise NotReadyToSign("Before it is signed, something is left to do; see errors.", faults=faults)


async def _keep(
    session: AsyncSession, acting: Actor, papers: Papers, host_id: UUID, authority_id: UUID
) -> UUID:
    row = AgreementSignature(
        training_id=papers.training.id,
        document_id=await keep_document(session, papers),
        host_id=host_id,
        authority_id=authority_id,
        person_id=acting.person_id,
    )
    session.add(row)
    await session.flush()
    said = AgreementSigned(
        subject_id=papers.training.id,
        entity_id=papers.training.lead_entity_id,
        data={"host": str(host_id), "digest": papers.digest},
    )
    await publish(session, [said], acting=acting)
    return row.id
