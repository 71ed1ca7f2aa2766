"""Persons: found, named, listed, with their affiliations and their team."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, cast, func, or_, select, text
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.people.domain import PersonNotFound, email_key
from lms.people.models import (
    Affiliation,
    Entity,
    Person,
)
from lms.people.queries.visible import current_on, main_on, person_ids_visible_to, person_visible_to

persons = table_of(Person)
affiliations = table_of(Affiliation)
entities = table_of(Entity)


@dataclass(frozen=True, slots=True)
class PersonName:
    """Who someone is, for a list."""

    id: UUID
    name: str


async def get_person(session: AsyncSession, person_id: UUID) -> Person:
    """The person with this id, for those who already know that they may."""
    person = await session.get(Person, person_id)
    if person is None:
        raise PersonNotFound()
    return person


async def resolve_person(session: AsyncSession, who: str, *, actor: Actor, permission: Permission) -> UUID:
    """The id of the person named by id or e-mail, if `actor` may see them under `permission`."""
    condition = _by_id_or_email(who)
    statement = select(persons.c.id).where(condition, person_visible_to(actor, permission, persons.c.id))
    found = await session.scalar(statement)
    if found is None:
        raise PersonNotFound(f"There is no person {who!r} here.")
    return UUID(str(found))


def _by_id_or_email(who: str) -> ColumnElement[bool]:
    try:
        return persons.c.id == UUID(who)
    except ValueError:
        return persons.c.email_key == email_key(who)


async def find_person_by_email(session: AsyncSession, email: str) -> Person | None:
    """The person with this e-mail, whoever asks: for signing in and for commands."""
    found: Person | None = await session.scalar(select(Person).where(persons.c.email_key == email_key(email)))
    return found


async def ids_by_reference(
    session: AsyncSession, ids: Sequence[UUID], emails: Sequence[str], *, actor: Actor, permission: Permission
) -> tuple[set[UUID], dict[str, UUID]]:
    """Of many ids and e-mails those whom `actor` may see: ids known, and id by e-mail key. One statement."""
    statement = select(persons.c.id, persons.c.email_key).where(
        or_(persons.c.id == func.any(ids), persons.c.email_key == func.any([email_key(e) for e in emails])),
        person_visible_to(actor, permission, persons.c.id),
    )
    rows = (await session.execute(statement)).all()
    return {row.id for row in rows}, {row.email_key: row.id for row in rows if row.email_key}


async def names_of(session: AsyncSession, person_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Names by id."""
    rows = await session.execute(select(persons.c.id, persons.c.name).where(persons.c.id.in_(person_ids)))
    return {row.id: row.name for row in rows}


async def affiliations_of(session: AsyncSession, person_id: UUID) -> Sequence[Any]:
    """A person's affiliations with the entity's key and name, latest first."""
    statement = (
        select(affiliations, entities.c.key.label("entity"), entities.c.name.label("entity_name"))
        .join(entities, entities.c.id == affiliations.c.entity_id, isouter=True)
        .where(affiliations.c.person_id == person_id)
        .order_by(affiliations.c.from_on.desc(), affiliations.c.id)
    )
    return (await session.execute(statement)).all()


async def team_of(session: AsyncSession, supervisor_id: UUID) -> Sequence[Any]:
    """Those who report to this person today (id, name, post), in name order."""
    statement = (
        select(persons.c.id, persons.c.name, persons.c.sort_key, affiliations.c.post_title)
        .join(affiliations, affiliations.c.person_id == persons.c.id)
        .where(
            or_(
                affiliations.c.first_reporting_officer_id == supervisor_id,
                affiliations.c.second_reporting_officer_id == supervisor_id,
            ),
            current_on(func.current_date()),
        )
        .order_by(persons.c.sort_key, persons.c.id)
    )
    return (await session.execute(statement)).all()


async def list_people(
    session: AsyncSession,
    *,
    actor: Actor,
    words: Sequence[str],
    entity_path: str | None,
    after: Sequence[str] | None,
    limit: int,
) -> Sequence[Any]:
    """People whom `actor` may see, in name order, each with their present primary entity and post."""
    visible = person_ids_visible_to(actor, Permission.PEOPLE_READ).subquery()
    statement = (
        select(
            persons.c.id,
            persons.c.name,
            persons.c.email,
            persons.c.sort_key,
            entities.c.key.label("entity"),
            affiliations.c.post_title,
            affiliations.c.grade,
            affiliations.c.kind,
        )
        .join(
            affiliations,
            and_(affiliations.c.person_id == persons.c.id, text(main_on("affiliations", "current_date"))),
            isouter=True,
        )
        .join(entities, entities.c.id == affiliations.c.entity_id, isouter=True)
        .where(persons.c.id.in_(select(visible.c[0])), persons.c.erased_at.is_(None))
        .order_by(persons.c.sort_key, persons.c.id)
        .limit(limit)
    )
    if words:
        statement = statement.where(matches(persons.c.search_words, words))
    if entity_path:
        statement = statement.where(entities.c.path.startswith(entity_path, autoescape=True))
    if after:
        statement = statement.where(
            or_(
                persons.c.sort_key > after[0],
                and_(persons.c.sort_key == after[0], persons.c.id > UUID(after[1])),
            )
        )
    return (await session.execute(statement)).all()


def matches(column: ColumnElement[Any], words: Sequence[str]) -> ColumnElement[bool]:
    """Whether a `tsvector` of our own words holds every one of `words`, the last as a beginning."""
    return column.op("@@", is_comparison=True)(cast(words_query(words), TSQUERY()))


def words_query(words: Sequence[str]) -> str:
    """The query of `matches` in PostgreSQL's own notation."""
    quoted = ["'" + word.replace("\\", "\\\\").replace("'", "''") + "'" for word in words]
    return " & ".join([*quoted[:-1], quoted[-1] + ":*"])
