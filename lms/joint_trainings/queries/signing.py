"""Who may sign for whom, and what was signed."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.signing import AuthorityNotFound
from lms.joint_trainings.domain.trainings import TrainingNotFound
from lms.joint_trainings.models.agreements import AgreementDocument
from lms.joint_trainings.models.signing import AgreementSignature, SigningAuthority, SigningAuthorityEnd
from lms.joint_trainings.queries.trainings import (
    entities,
    hosts,
    partners,
    persons,
    read_with_names,
    trainings,
    visible_to,
)
from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.people.domain import AffiliationKind
from lms.people.models import Affiliation
from lms.people.queries.visible import in_scope

authorities, ends = table_of(SigningAuthority), table_of(SigningAuthorityEnd)
signatures, documents = table_of(AgreementSignature), table_of(AgreementDocument)
affiliations = table_of(Affiliation)
homes = entities.alias("homes")


def _belongs(today: date) -> ColumnElement[bool]:
    """Whether who holds an authority is of that entity or partner today, and not erased."""
    of_entity = func.starts_with(homes.c.path, entities.c.path) | func.starts_with(
        entities.c.path, homes.c.path
    )
    tie = (
        select(affiliations.c.id)
        .select_from(affiliations.outerjoin(homes, homes.c.id == affiliations.c.entity_id))
        .where(
            affiliations.c.person_id == authorities.c.person_id,
            affiliations.c.kind != AffiliationKind.FORMER.value,
            affiliations.c.from_on <= today,
            affiliations.c.until_on.is_(None) | (affiliations.c.until_on >= today),
            or_(affiliations.c.partner_id == authorities.c.partner_id, of_entity),
        )
        .correlate(authorities, entities)
    )
    return persons.c.erased_at.is_(None) & exists(tie)


def _with_names(today: date) -> Select[Any]:
    """Authorities with `path`, `host_key` and `host_name` of whom they are for, the person, their end, `belongs`."""
    key, name = (func.coalesce(entities.c[each], partners.c[each]) for each in ("key", "name"))
    return (
        select(
            authorities,
            entities.c.path,
            key.label("host_key"),
            name.label("host_name"),
            persons.c.name.label("person"),
            ends.c.recorded_at.label("ended_at"),
            ends.c.reason.label("end_reason"),
            _belongs(today).label("belongs"),
        )
        .join(entities, entities.c.id == authorities.c.entity_id, isouter=True)
        .join(partners, partners.c.id == authorities.c.partner_id, isouter=True)
        .join(persons, persons.c.id == authorities.c.person_id)
        .join(ends, ends.c.authority_id == authorities.c.id, isouter=True)
    )


async def authorities_for(
    session: AsyncSession, host_rows: Sequence[Any], today: date
) -> dict[UUID, list[Any]]:
    """By host (a row of `hosts_of`) the authorities recorded for it: an entity's own or of one above it."""
    found: dict[UUID, list[Any]] = {host.id: [] for host in host_rows}
    wanted = [
        authorities.c.partner_id.in_([host.partner_id for host in host_rows if host.partner_id]),
        *(func.starts_with(host.path, entities.c.path) for host in host_rows if host.path),
    ]
    rows = (await session.execute(_with_names(today).where(or_(*wanted)).order_by(authorities.c.id))).all()
    for host in host_rows:
        found[host.id] = [row for row in rows if _is_for(row, host)]
    return found


def _is_for(row: Any, host: Any) -> bool:
    if row.partner_id is not None:
        return bool(row.partner_id == host.partner_id)
    return bool(host.path and host.path.startswith(row.path))


def _kept_by(actor: Actor) -> ColumnElement[bool]:
    """Authorities that `actor` records: of entities as legal office, of partners as who acts for them."""
    return or_(
        in_scope(actor, Permission.AGREEMENTS_CLEAR),
        authorities.c.partner_id.in_(actor.partners(Permission.TRAININGS_HOST)),
    )


async def list_authorities(
    session: AsyncSession, *, actor: Actor, today: date, after: Sequence[str] | None, limit: int
) -> Sequence[Any]:
    """Authorities that `actor` keeps, the latest recorded first."""
    statement = _with_names(today).where(_kept_by(actor))
    if after:
        statement = statement.where(authorities.c.id < UUID(after[0]))
    statement = statement.order_by(authorities.c.id.desc()).limit(limit)
    rows: Sequence[Any] = (await session.execute(statement)).all()
    return rows


async def get_authority(session: AsyncSession, authority_id: UUID, *, actor: Actor, today: date) -> Any:
    """One that `actor` keeps; else as if it were not there."""
    statement = _with_names(today).where(_kept_by(actor), authorities.c.id == authority_id)
    found = (await session.execute(statement)).one_or_none()
    if found is None:
        raise AuthorityNotFound()
    return found


async def signatures_of(session: AsyncSession, training_id: UUID) -> Sequence[Any]:
    """What was signed, the first first, each with the document's digest, who signed, and by which source."""
    statement = (
        select(
            signatures,
            documents.c.digest,
            persons.c.name.label("person"),
            authorities.c.source,
        )
        .join(documents, documents.c.id == signatures.c.document_id)
        .join(persons, persons.c.id == signatures.c.person_id)
        .join(authorities, authorities.c.id == signatures.c.authority_id)
        .where(signatures.c.training_id == training_id)
        .order_by(signatures.c.id)
    )
    return (await session.execute(statement)).all()


def _to_sign(actor: Actor) -> ColumnElement[bool]:
    """Trainings for a host of which an authority of `actor` was recorded, whatever became of it."""
    own, of_host = entities.alias("own"), entities.alias("of_host")
    named = (
        select(authorities.c.id)
        .select_from(authorities.outerjoin(own, own.c.id == authorities.c.entity_id))
        .where(
            authorities.c.person_id == actor.person_id,
            or_(
                authorities.c.partner_id == hosts.c.partner_id,
                func.starts_with(of_host.c.path, own.c.path),
            ),
        )
    )
    return exists(
        select(hosts.c.id)
        .select_from(hosts.outerjoin(of_host, of_host.c.id == hosts.c.entity_id))
        .where(hosts.c.training_id == trainings.c.id, exists(named))
    )


async def get_training_to_sign(session: AsyncSession, training_id: UUID, *, actor: Actor) -> Any:
    """A training whose agreement `actor` may read: of a host of theirs, or one they are named to sign for."""
    readable = or_(visible_to(actor), _to_sign(actor))
    found = (
        await session.execute(read_with_names().where(trainings.c.id == training_id, readable))
    ).one_or_none()
    if found is None:
        raise TrainingNotFound()
    return found


async def waiting_for_signature(session: AsyncSession, *, actor: Actor) -> Sequence[Any]:
    """Assessed trainings that `actor` is named to sign for, the earliest first."""
    statement = (
        read_with_names()
        .where(trainings.c.state == "assessed", _to_sign(actor))
        .order_by(trainings.c.starts_on, trainings.c.id)
        .limit(50)
    )
    rows: Sequence[Any] = (await session.execute(statement)).all()
    return rows


async def managers_with(session: AsyncSession, partner_id: UUID, path: str) -> Sequence[Any]:
    """Who manages trainings that are agreed or under way with a partner, for entities at or under `path`."""
    statement = (
        select(persons.c.id, persons.c.email, persons.c.language)
        .distinct()
        .join(trainings, trainings.c.managed_by_id == persons.c.id)
        .where(
            trainings.c.state.in_(("agreed", "published", "running")),
            exists(
                select(hosts.c.id).where(
                    hosts.c.training_id == trainings.c.id, hosts.c.partner_id == partner_id
                )
            ),
            exists(
                select(hosts.c.id)
                .join(entities, entities.c.id == hosts.c.entity_id)
                .where(hosts.c.training_id == trainings.c.id, func.starts_with(entities.c.path, path))
            ),
            persons.c.email.isnot(None),
            persons.c.erased_at.is_(None),
        )
        .order_by(persons.c.id)
    )
    return (await session.execute(statement)).all()
