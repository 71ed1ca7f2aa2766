"""The agreement of a training: clauses changed, clearance asked for and decided, the standard text cleared once."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.agreement_texts import standard
from lms.joint_trainings.domain.agreements import (
    FURTHER,
    AgreementChanged,
    BadClause,
    ClauseNotFound,
    ClearanceAsked,
    ClearanceDecided,
    Decision,
    NothingToClear,
    NotLegalOffice,
    StandardCleared,
)
from lms.joint_trainings.models.agreements import (
    AgreementClearance,
    AgreementDocument,
    ClearanceRequest,
    StandardClearance,
    TrainingClause,
)
from lms.joint_trainings.models.trainings import JointTraining
from lms.joint_trainings.policies import policy_for
from lms.joint_trainings.queries.agreements import document_of, last_request_of, standard_clearances
from lms.joint_trainings.queries.trainings import acts_for
from lms.joint_trainings.service.papers import Papers, papers_of
from lms.joint_trainings.service.parts import all_hosts, changed, require_partner, require_preparing
from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.kernel.errors import Fault, Invalid
from lms.kernel.events import publish
from lms.kernel.ids import new_id
from lms.people.queries import get_entity_visible_to

_CLEAR = Permission.AGREEMENTS_CLEAR
MOST = 8_000
"""Characters of a clause."""


# -- clauses -----------------------------------------------------------------------------------------------


async def change_clause(
    session: AsyncSession, *, acting: Actor, training: JointTraining, key: str, words: str
) -> None:
    """Write a clause in other words than the standard ones; the standard words again take the change away."""
    require_preparing(training)
    papers = await _papers(session, training)
    words = words.strip()
    if not words:
        sentence = "A clause is changed or added to, never emptied."
        raise BadClause(sentence, faults=[Fault("/text", sentence)])
    before = _words_before(papers, key)
    own = await session.get(TrainingClause, (training.id, key))
    if words == before and own is not None:
        await session.delete(own)
    elif words != before:
        own = own or TrainingClause(training_id=training.id, key=key, text="", changed_by_id=acting.person_id)
        own.text, own.changed_by_id = words, acting.person_id
        session.add(own)
    await changed(session, training, acting, "clauses")


def _words_before(papers: Papers, key: str) -> str:
    """The standard words of a clause; none for what is agreed beyond them."""
    found = {each.key: each.text for each in papers.standard.in_language(papers.training.language)}
    if key not in (*found, FURTHER):
        raise ClauseNotFound()
    return found.get(key, "")


async def restore_clause(session: AsyncSession, *, acting: Actor, training: JointTraining, key: str) -> None:
    """Have the standard words hold again."""
    require_preparing(training)
    _words_before(await _papers(session, training), key)
    own = await session.get(TrainingClause, (training.id, key))
    if own is not None:
        await session.delete(own)
        await changed(session, training, acting, "clauses")


async def _papers(session: AsyncSession, training: JointTraining) -> Papers:
    hosts = await all_hosts(session, training.id)
    require_partner(hosts)
    return await papers_of(session, training, hosts)


# -- documents ---------------------------------------------------------------------------------------------


async def keep_document(session: AsyncSession, papers: Papers) -> UUID:
    """The id of the document as it stands, kept when somebody acts on it; two who do at once keep one."""
    values = {
        "id": new_id(),
        "training_id": papers.training.id,
        "digest": papers.digest,
        "legal_digest": papers.legal_digest,
        "content": papers.content,
    }
    row = AgreementDocument(**values)
    statement = insert(table_of(AgreementDocument)).values(values | {"recorded_at": row.recorded_at})
    await session.execute(statement.on_conflict_do_nothing())
    kept = await document_of(session, papers.training.id, papers.digest)
    if kept is None:
        raise AgreementChanged()
    found: UUID = kept.id
    return found


# -- clearance of one agreement ----------------------------------------------------------------------------


async def ask_clearance(session: AsyncSession, *, acting: Actor, training: JointTraining) -> None:
    """Have the legal office look at the agreement as it stands. Asked twice for the same, it is asked once.

    Raises `NothingToClear` where the standard clearance is enough.
    """
    require_preparing(training)
    papers = await _papers(session, training)
    if not papers.why_clearance:
        raise NothingToClear()
    last = await last_request_of(session, training.id)
    if last is not None and last.legal_digest == papers.legal_digest:
        return
    document_id = await keep_document(session, papers)
    session.add(ClearanceRequest(training_id=training.id, document_id=document_id, by_id=acting.person_id))
    await session.flush()
    said = ClearanceAsked(
        subject_id=training.id, entity_id=training.lead_entity_id, data={"digest": papers.digest}
    )
    await publish(session, [said], acting=acting)


async def decide_clearance(
    session: AsyncSession,
    *,
    acting: Actor,
    training: JointTraining,
    digest: str,
    decision: Decision,
    words: str = "",
) -> list[UUID]:
    """Clear the agreement that was seen, or refuse to, for each hosting entity whose legal office the actor is.

    Raises `AgreementChanged` where it is no longer what `digest` names. The ids of what was recorded.
    """
    require_preparing(training)
    papers = await _papers(session, training)
    offices = [host for host in papers.hosts if host.path and acts_for(acting, host, _CLEAR)]
    if not offices:
        raise NotLegalOffice()
    if not papers.why_clearance:
        raise NothingToClear()
    if digest != papers.digest:
        raise AgreementChanged()
    if decision is Decision.REFUSED and not words.strip():
        raise Invalid("Say why.", faults=[Fault("/words", "A reason is required.")])
    document_id = await keep_document(session, papers)
    rows = [
        AgreementClearance(
            training_id=training.id,
            document_id=document_id,
            entity_id=host.entity_id,
            decision=decision.value,
            words=words.strip() or None,
            by_id=acting.person_id,
        )
        for host in offices
    ]
    session.add_all(rows)
    await session.flush()
    data = {"digest": digest, "decision": decision.value}
    said = ClearanceDecided(subject_id=training.id, entity_id=training.lead_entity_id, data=data)
    await publish(session, [said], acting=acting)
    return [row.id for row in rows]


# -- the standard agreement --------------------------------------------------------------------------------


async def clear_standard(session: AsyncSession, *, acting: Actor, entity: str, digest: str) -> None:
    """Clear the standard agreement in force for an entity whose legal office the actor is. Twice is once."""
    office = await get_entity_visible_to(session, entity, actor=acting, permission=_CLEAR)
    now = standard(policy_for([office.path]).standard_text)
    if digest != now.digest:
        raise AgreementChanged()
    await _one_by_one(session, f"{office.id}:{digest}")
    given = await standard_clearances(session, digest)
    if any(row.entity_id == office.id for row in given):
        return
    row = StandardClearance(entity_id=office.id, version=now.version, digest=digest, by_id=acting.person_id)
    session.add(row)
    await session.flush()
    data = {"version": now.version, "digest": digest}
    said = StandardCleared(subject_id=office.id, entity_id=office.id, data=data)
    await publish(session, [said], acting=acting)


async def _one_by_one(session: AsyncSession, of: str) -> None:
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:of, 0))"), {"of": of})
