"""Agreements of trainings: their clauses, what was seen of them, and what legal offices said."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.states import PREPARED_IN
from lms.joint_trainings.models.agreements import (
    AgreementClearance,
    AgreementDocument,
    ClearanceRequest,
    StandardClearance,
    TrainingClause,
)
from lms.joint_trainings.queries.trainings import entities, hosts, persons, trainings
from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.people.models import RoleGrant
from lms.people.queries.visible import in_scope

clauses, documents = table_of(TrainingClause), table_of(AgreementDocument)
standards, requests = table_of(StandardClearance), table_of(ClearanceRequest)
clearances = table_of(AgreementClearance)


async def clauses_of(session: AsyncSession, training_id: UUID) -> dict[str, Any]:
    """Clauses that are not the standard ones, by key."""
    found = await session.execute(select(clauses).where(clauses.c.training_id == training_id))
    return {row.key: row for row in found}


async def document_of(session: AsyncSession, training_id: UUID, digest: str) -> Any | None:
    """A document by its digest, if anybody acted on it."""
    statement = select(documents).where(documents.c.training_id == training_id, documents.c.digest == digest)
    return (await session.execute(statement)).one_or_none()


async def standard_clearances(session: AsyncSession, digest: str | None = None) -> Sequence[Any]:
    """Clearances of the standard agreement (of one digest), the first given first, with entity and officer."""
    statement = (
        select(
            standards,
            entities.c.key.label("entity"),
            entities.c.name.label("entity_name"),
            entities.c.path,
            persons.c.name.label("by"),
        )
        .join(entities, entities.c.id == standards.c.entity_id)
        .join(persons, persons.c.id == standards.c.by_id)
        .order_by(standards.c.id)
    )
    if digest is not None:
        statement = statement.where(standards.c.digest == digest)
    return (await session.execute(statement)).all()


async def clearances_of(session: AsyncSession, training_id: UUID) -> Sequence[Any]:
    """What legal offices said of a training's agreement, the first first, each with the digests it is about."""
    statement = (
        select(
            clearances,
            documents.c.digest,
            documents.c.legal_digest,
            entities.c.key.label("entity"),
            entities.c.name.label("entity_name"),
            entities.c.path,
            persons.c.name.label("by"),
        )
        .join(documents, documents.c.id == clearances.c.document_id)
        .join(entities, entities.c.id == clearances.c.entity_id)
        .join(persons, persons.c.id == clearances.c.by_id)
        .where(clearances.c.training_id == training_id)
        .order_by(clearances.c.id)
    )
    return (await session.execute(statement)).all()


async def last_request_of(session: AsyncSession, training_id: UUID) -> Any | None:
    """The latest request for clearance, with the digests it is about."""
    statement = (
        select(requests, documents.c.digest, documents.c.legal_digest)
        .join(documents, documents.c.id == requests.c.document_id)
        .where(requests.c.training_id == training_id)
        .order_by(requests.c.id.desc())
        .limit(1)
    )
    return (await session.execute(statement)).one_or_none()


async def waiting_for(
    session: AsyncSession, *, actor: Actor, after: Sequence[str] | None, limit: int
) -> Sequence[Any]:
    """Agreements that wait for `actor` as legal office, the longest waiting first.

    Asked for, still in preparation, and not decided on as they stood when they were last asked for.
    """
    newer = requests.alias("newer")
    own = (
        select(hosts.c.id)
        .join(entities, entities.c.id == hosts.c.entity_id)
        .where(hosts.c.training_id == trainings.c.id, in_scope(actor, Permission.AGREEMENTS_CLEAR))
    )
    answered = documents.alias("answered")
    decided = (
        select(clearances.c.id)
        .join(answered, answered.c.id == clearances.c.document_id)
        .join(entities, entities.c.id == clearances.c.entity_id)
        .where(
            clearances.c.training_id == trainings.c.id,
            answered.c.legal_digest == documents.c.legal_digest,
            in_scope(actor, Permission.AGREEMENTS_CLEAR),
        )
    )
    statement = (
        select(
            requests.c.id,
            requests.c.training_id,
            requests.c.recorded_at,
            trainings.c.title,
            trainings.c.language,
            trainings.c.starts_on,
            documents.c.digest,
            persons.c.name.label("by"),
        )
        .join(trainings, trainings.c.id == requests.c.training_id)
        .join(documents, documents.c.id == requests.c.document_id)
        .join(persons, persons.c.id == requests.c.by_id)
        .where(
            trainings.c.state.in_([state.value for state in PREPARED_IN]),
            exists(own),
            ~exists(decided),
            ~exists(
                select(newer.c.id).where(newer.c.training_id == trainings.c.id, newer.c.id > requests.c.id)
            ),
        )
        .order_by(requests.c.id)
        .limit(limit)
    )
    if after:
        statement = statement.where(requests.c.id > UUID(after[0]))
    return (await session.execute(statement)).all()


async def legal_officers_for(session: AsyncSession, training_id: UUID) -> Sequence[Any]:
    """Who clears for the entities that host a training: id, e-mail, language."""
    grants, offices = table_of(RoleGrant), entities.alias("offices")
    statement = (
        select(persons.c.id, persons.c.email, persons.c.language)
        .distinct()
        .join(grants, grants.c.person_id == persons.c.id)
        .join(offices, offices.c.id == grants.c.entity_id)
        .join(hosts, hosts.c.training_id == training_id)
        .join(entities, entities.c.id == hosts.c.entity_id)
        .where(
            grants.c.role == "legal_officer",
            grants.c.revoked_at.is_(None),
            grants.c.until_on.is_(None) | (grants.c.until_on >= func.current_date()),
            func.starts_with(entities.c.path, offices.c.path),
            persons.c.email.isnot(None),
            persons.c.erased_at.is_(None),
        )
        .order_by(persons.c.id)
    )
    return (await session.execute(statement)).all()
