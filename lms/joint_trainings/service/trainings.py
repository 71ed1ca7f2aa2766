"""Joint trainings proposed, changed, and taken part in. What was agreed is changed by nobody."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.domain.taxonomy import Taxonomy
from lms.catalogue.queries import get_taxonomy, refs_by_key
from lms.catalogue.schema_check import did_you_mean
from lms.joint_trainings.domain.states import PREPARED_IN, TrainingState
from lms.joint_trainings.domain.trainings import (
    FIELDS,
    BadTraining,
    HostAccepted,
    HostNotFound,
    HostRef,
    NotYourHost,
    Proposal,
    Terms,
    TrainingChanged,
    TrainingProposed,
    TrainingSettled,
    faults_in,
    faults_in_hosts,
    terms_from,
)
from lms.joint_trainings.models.trainings import JointTraining, TrainingHost
from lms.joint_trainings.queries.trainings import acts_for, hosts_of, own_hosts
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.errors import Fault
from lms.kernel.events import publish
from lms.kernel.i18n import LANGUAGES
from lms.partners.queries import id_of
from lms.people.queries import find_entity

_HOST = Permission.TRAININGS_HOST
LEAD_FIELDS = frozenset({"course", "name_or_emblem", "every_session", "attended_percent"})
"""What stays with the entity that leads; the rest either side may write while it is being prepared."""


async def propose(session: AsyncSession, *, acting: Actor, proposal: Proposal) -> JointTraining:
    """A new draft. Hosts for which the actor acts have accepted with it; the others are asked.

    Raises `NotYourHost` unless the actor acts for one of them: a partner's proposal binds nobody else.
    """
    course_id = await check_terms(session, proposal.terms)
    found = await _hosts(session, proposal.hosts)
    lead = _lead(proposal, found)
    if not any(_is_own(acting, host) for host in found):
        raise NotYourHost()
    training = JointTraining(
        title="", aim="", language="", lead_entity_id=lead, proposed_by_id=acting.person_id
    )
    _set(training, proposal.terms, course_id)
    leading = next((host for host in found if lead is not None and host.entity_id == lead), None)
    training.managed_by_id = acting.person_id if leading is not None and _is_own(acting, leading) else None
    session.add(training)
    await session.flush()
    for host in found:
        session.add(_host_row(training.id, host, acting))
    await session.flush()
    data = {"hosts": [str(host.id) for host in found]}
    said = TrainingProposed(subject_id=training.id, entity_id=lead, data=data)
    await publish(session, [said], acting=acting)
    return training


class _Named:
    """A host that was named, found in its register."""

    def __init__(self, entity: Any = None, partner_id: UUID | None = None) -> None:
        self.entity_id: UUID | None = entity.id if entity else None
        self.path: str | None = entity.path if entity else None
        self.partner_id = partner_id
        self.id = self.entity_id or partner_id


def _is_own(acting: Actor, host: _Named) -> bool:
    return acts_for(acting, host)


def _host_row(training_id: UUID, host: _Named, acting: Actor) -> TrainingHost:
    own = _is_own(acting, host)
    return TrainingHost(
        training_id=training_id,
        entity_id=host.entity_id,
        partner_id=host.partner_id,
        accepted_by_id=acting.person_id if own else None,
        accepted_at=clock.now() if own else None,
    )


async def _hosts(session: AsyncSession, named: Sequence[HostRef]) -> list[_Named]:
    faults = faults_in_hosts(named)
    found = []
    for number, ref in enumerate(named if not faults else ()):
        host = await _find_host(session, ref)
        if host is None:
            faults.append(Fault(f"/hosts/{number}", f"There is no {ref.key!r}."))
        else:
            found.append(host)
    if faults:
        raise BadTraining(faults[0].detail, faults=faults)
    return found


async def _find_host(session: AsyncSession, ref: HostRef) -> _Named | None:
    if ref.entity is not None:
        entity = await find_entity(session, ref.entity)
        return _Named(entity=entity) if entity else None
    partner_id = await id_of(session, ref.partner or "")
    return _Named(partner_id=partner_id) if partner_id else None


def _lead(proposal: Proposal, found: Sequence[_Named]) -> UUID | None:
    """The entity that leads: the one that is named, or the first."""
    if proposal.lead is None:
        return next((host.entity_id for host in found if host.entity_id), None)
    for ref, host in zip(proposal.hosts, found, strict=True):
        if ref.entity == proposal.lead:
            return host.entity_id
    sentence = "The entity that leads is one of the hosts."
    raise BadTraining(sentence, faults=[Fault("/lead", sentence)])


async def check_terms(session: AsyncSession, terms: Terms) -> UUID | None:
    """The course's id; raises `BadTraining` with all that is wrong."""
    faults = faults_in(terms)
    faults += faults_in_tags(await get_taxonomy(session), terms.focuses, terms.competencies)
    for number, each in enumerate((terms.language, *terms.languages)):
        if each not in LANGUAGES:
            pointer = f"/languages/{number - 1}" if number else "/language"
            faults.append(Fault(pointer, f"{each!r} is none of the six languages."))
    refs = await refs_by_key(session, [terms.course]) if terms.course else {}
    if terms.course and terms.course not in refs:
        faults.append(Fault("/course", f"There is no course {terms.course!r} on offer."))
    if faults:
        raise BadTraining(faults[0].detail, faults=faults)
    return refs[terms.course].id if terms.course else None


def faults_in_tags(taxonomy: Taxonomy, focuses: Sequence[str], competencies: Sequence[str]) -> list[Fault]:
    """A fault for each key that the taxonomy does not know, with the nearest that it does."""
    known = {
        "focuses": ([each.key for each in taxonomy.focuses], focuses),
        "competencies": ([each.key for each in taxonomy.competencies], competencies),
    }
    return [
        Fault(f"/{name}/{number}", f"There is no {key!r}.{did_you_mean(key, there)}")
        for name, (there, asked) in known.items()
        for number, key in enumerate(asked)
        if key not in there
    ]


def _set(training: JointTraining, terms: Terms, course_id: UUID | None) -> None:
    for name in FIELDS:
        if name != "course":
            value = getattr(terms, name)
            setattr(training, name, list(value) if isinstance(value, tuple) else value)
    training.course_id = course_id


def terms_of(row: Any) -> Terms:
    """The terms of a training as it stands, a row of `queries.trainings`."""
    return terms_from(row._mapping)


async def change_terms(
    session: AsyncSession, *, acting: Actor, training: JointTraining, before: Terms, after: Terms
) -> None:
    """Write what differs. `training` is locked, `before` are its terms."""
    changed = sorted(name for name in FIELDS if getattr(before, name) != getattr(after, name))
    if not changed:
        return
    require_preparing(training)
    own = await own_hosts(session, training.id, actor=acting)
    kept = sorted(LEAD_FIELDS & set(changed))
    if kept and not any(host.is_lead for host in own):
        sentence = "The entity that leads decides this."
        raise NotYourHost(sentence, faults=[Fault(f"/{name}", sentence) for name in kept])
    _set(training, after, await check_terms(session, after))
    await touch(session, training, acting=acting, fields=changed)


async def touch(
    session: AsyncSession, training: JointTraining, *, acting: Actor | None, fields: Sequence[str]
) -> None:
    """Count a change of a training, so that whoever read it before is told, and say it."""
    training.revision += 1
    await session.flush()
    data: Mapping[str, Any] = {"fields": list(fields)}
    said = TrainingChanged(subject_id=training.id, entity_id=training.lead_entity_id, data=data)
    await publish(session, [said], acting=acting)


def require_preparing(training: JointTraining) -> None:
    """Raise unless it may still be changed."""
    if TrainingState(training.state) not in PREPARED_IN:
        raise TrainingSettled()


async def require_lead(session: AsyncSession, training: JointTraining, *, acting: Actor) -> None:
    """Raise unless the actor acts for the entity that leads."""
    own = await own_hosts(session, training.id, actor=acting)
    if not any(host.is_lead for host in own):
        raise NotYourHost("The entity that leads does this.")


async def mark_evaluated(session: AsyncSession, training_id: UUID) -> None:
    """Note that every level of its evaluation is closed, so that it can be reviewed. Twice is once."""
    training = await session.get_one(JointTraining, training_id, with_for_update=True)
    if training.evaluated_at is None:
        training.evaluated_at = clock.now()
        await touch(session, training, acting=None, fields=["evaluated_at"])


# -- hosts -------------------------------------------------------------------------------------------------


async def add_host(
    session: AsyncSession, *, acting: Actor, training: JointTraining, ref: HostRef
) -> TrainingHost:
    """Ask another to host it too; the lead does, or whoever proposed it where no entity leads: the first then does.

    One that is there already is answered with its row.
    """
    require_preparing(training)
    if training.lead_entity_id is not None:
        await require_lead(session, training, acting=acting)
    (host,) = await _hosts(session, [ref])
    for each in (await hosts_of(session, [training.id]))[training.id]:
        if host.id in (each.entity_id, each.partner_id):
            return await session.get_one(TrainingHost, each.id)
    row = _host_row(training.id, host, acting)
    session.add(row)
    if training.lead_entity_id is None:
        training.lead_entity_id = host.entity_id
    await touch(session, training, acting=acting, fields=["hosts"])
    return row


async def remove_host(
    session: AsyncSession, *, acting: Actor, training: JointTraining, host_id: UUID
) -> None:
    """Let a host go while it is prepared: the lead does, or the host itself. The lead itself stays."""
    require_preparing(training)
    host = await _host_of(session, training, host_id)
    if host.is_lead:
        raise NotYourHost("The entity that leads cannot leave; cancel the training instead.")
    if not acts_for(acting, host):
        await require_lead(session, training, acting=acting)
    await session.delete(await session.get_one(TrainingHost, host_id))
    await touch(session, training, acting=acting, fields=["hosts"])


async def accept(session: AsyncSession, *, acting: Actor, training: JointTraining, host_id: UUID) -> None:
    """Say for a host that it takes part. Twice is once."""
    host = await _host_of(session, training, host_id)
    if not acts_for(acting, host):
        raise NotYourHost()
    row = await session.get_one(TrainingHost, host_id)
    if row.accepted_at is not None:
        return
    require_preparing(training)
    row.accepted_by_id, row.accepted_at = acting.person_id, clock.now()
    if host.is_lead and training.managed_by_id is None:
        training.managed_by_id = acting.person_id
    await touch(session, training, acting=acting, fields=["hosts"])
    said = HostAccepted(subject_id=training.id, entity_id=training.lead_entity_id, host_id=host_id)
    await publish(session, [said], acting=acting)


async def _host_of(session: AsyncSession, training: JointTraining, host_id: UUID) -> Any:
    for each in (await hosts_of(session, [training.id]))[training.id]:
        if each.id == host_id:
            return each
    raise HostNotFound()
