"""Every SELECT about people, and the one place that says whom an actor may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, cast, exists, false, func, or_, select, text, true
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel.access import Actor, Grant, Permission
from lms.kernel.database import table_of
from lms.kernel.statements import fetch
from lms.people.domain import EntityNotFound, PersonNotFound, email_key, permissions_of
from lms.people.models import (
    Account,
    Affiliation,
    ApiToken,
    Entity,
    Person,
    RoleGrant,
    SignIn,
    SignInThrottle,
)

persons = table_of(Person)
affiliations = table_of(Affiliation)
entities = table_of(Entity)
role_grants = table_of(RoleGrant)

# -- who is asking -----------------------------------------------------------------------------------------

# Secret, person, grants, own entity and reporting line in one statement, on every request: nothing about
# rights is cached, so what is revoked is refused by the next request of any process.
_IDENTIFY = """
SELECT s.asked, p.id, p.name, p.language, p.time_zone, s.session_id, s.scopes,
       (SELECT json_agg(json_build_array(g.role, coalesce(e.path, '/'), e.key))
          FROM role_grants g LEFT JOIN entities e ON e.id = g.entity_id
         WHERE g.person_id = p.id AND g.revoked_at IS NULL AND g.partner_id IS NULL
           AND (g.until_on IS NULL OR g.until_on >= current_date)) AS grants,
       own.path AS entity_path, own.key AS entity_key,
       -- Two questions instead of one with OR, which no index answers.
       EXISTS (SELECT 1 FROM affiliations r WHERE r.first_reporting_officer_id = p.id
                  AND r.from_on <= current_date AND (r.until_on IS NULL OR r.until_on >= current_date))
       OR EXISTS (SELECT 1 FROM affiliations r WHERE r.second_reporting_officer_id = p.id
                  AND r.from_on <= current_date AND (r.until_on IS NULL OR r.until_on >= current_date)) AS supervises
  FROM ({signed_in}) s
  JOIN persons p ON p.id = s.person_id AND p.erased_at IS NULL
  LEFT JOIN LATERAL (SELECT e.path, e.key FROM affiliations a JOIN entities e ON e.id = a.entity_id
                      WHERE a.person_id = p.id AND a.is_primary AND a.from_on <= current_date
                        AND (a.until_on IS NULL OR a.until_on >= current_date)
                      ORDER BY a.from_on DESC LIMIT 1) own ON true
"""
_BY_COOKIE = _IDENTIFY.format(
    signed_in="SELECT token_hash AS asked, person_id, id AS session_id, NULL::jsonb AS scopes FROM sign_ins "
    "WHERE token_hash = ANY($1) AND revoked_at IS NULL AND expires_at > now()"
)
_BY_TOKEN = _IDENTIFY.format(
    signed_in="SELECT token_hash AS asked, person_id, NULL::uuid AS session_id, scopes FROM api_tokens "
    "WHERE token_hash = ANY($1) AND revoked_at IS NULL AND expires_at > now()"
)
_BY_PERSON = _IDENTIFY.format(
    signed_in="SELECT asked, asked AS person_id, NULL::uuid AS session_id, NULL::jsonb AS scopes "
    "FROM unnest($1::uuid[]) AS u(asked)"
)


async def actors_by_cookie(session: AsyncSession, digests: Sequence[str]) -> dict[str, Actor]:
    """Who signed in with the browser sessions whose secrets have these digests; one that has ended is left out."""
    return await _identify(session, _BY_COOKIE, digests)


async def actors_by_token(session: AsyncSession, digests: Sequence[str]) -> dict[str, Actor]:
    """Whose API tokens have these digests; one that is unknown, expired or revoked is left out."""
    return await _identify(session, _BY_TOKEN, digests)


async def get_actor(session: AsyncSession, person_id: UUID) -> Actor:
    """The actor a person is, for jobs and commands that act in their name."""
    found = await _identify(session, _BY_PERSON, [person_id])
    if not found:
        raise PersonNotFound()
    return found[person_id]


async def _identify(session: AsyncSession, statement: str, asked: Sequence[Any]) -> dict[Any, Actor]:
    return {row["asked"]: _actor(row) for row in await fetch(session, statement, asked)}


def _actor(row: Any) -> Actor:
    grants = tuple(Grant(role, path, key) for role, path, key in row["grants"] or ())
    return Actor(
        person_id=row["id"],
        name=row["name"],
        language=row["language"],
        time_zone=row["time_zone"],
        grants=grants,
        permissions=permissions_of(grants, supervises=row["supervises"]),
        scopes=None if row["scopes"] is None else frozenset(row["scopes"]),
        entity_path=row["entity_path"],
        entity_key=row["entity_key"],
        supervises=row["supervises"],
        session_id=row["session_id"],
    )


# -- who may be seen ---------------------------------------------------------------------------------------


def in_scope(actor: Actor, permission: Permission) -> ColumnElement[bool]:
    """Entities for which `actor` holds `permission`, as a condition on `entities.path`."""
    return or_(
        false(), *(entities.c.path.startswith(path, autoescape=True) for path in actor.paths(permission))
    )


def person_ids_visible_to(actor: Actor, permission: Permission) -> Select[Any]:
    """Ids of the people who have, or had, an affiliation where `actor` holds `permission`; always oneself."""
    theirs = person_ids_in_scope(actor, permission)
    return theirs.union(select(persons.c.id).where(persons.c.id == actor.person_id))  # type: ignore[return-value]


def person_ids_in_scope(actor: Actor, permission: Permission) -> Select[Any]:
    """The same without oneself, for what nobody does to their own record."""
    return (
        select(affiliations.c.person_id)
        .join(entities, entities.c.id == affiliations.c.entity_id)
        .where(in_scope(actor, permission))
    )


def person_visible_to(
    actor: Actor, permission: Permission, person_id: ColumnElement[Any]
) -> ColumnElement[bool]:
    """Whether `person_id` is among `person_ids_visible_to`, asked for each person: for a few known people."""
    if "/" in actor.paths(permission):
        return true()
    theirs = exists().where(
        affiliations.c.person_id == person_id,
        entities.c.id == affiliations.c.entity_id,
        in_scope(actor, permission),
    )
    return or_(person_id == actor.person_id, theirs)


def fact_visible_to(
    actor: Actor, permission: Permission, person_id: ColumnElement[Any], day: ColumnElement[Any]
) -> ColumnElement[bool]:
    """Whether a fact about `person_id` dated `day` may be seen: one's own, or dated within an affiliation in scope.

    HR sees what happened while the person was theirs; what was before is the person's to share.
    """
    if any(path == "/" for path in actor.paths(permission)):
        return true()
    within = (
        exists()
        .where(affiliations.c.person_id == person_id)
        .where(entities.c.id == affiliations.c.entity_id)
        .where(in_scope(actor, permission))
        .where(affiliations.c.from_on <= day)
        .where(or_(affiliations.c.until_on.is_(None), affiliations.c.until_on >= day))
    )
    return or_(person_id == actor.person_id, within)


def current_on(day: ColumnElement[Any] | date) -> ColumnElement[bool]:
    """Affiliations in force on `day`."""
    return and_(
        affiliations.c.from_on <= day, or_(affiliations.c.until_on.is_(None), affiliations.c.until_on >= day)
    )


# -- entities ----------------------------------------------------------------------------------------------


async def get_entity(session: AsyncSession, key: str) -> Entity:
    """The entity with this key."""
    entity: Entity | None = await session.scalar(select(Entity).where(entities.c.key == key))
    if entity is None:
        raise EntityNotFound(f"There is no entity {key!r}.")
    return entity


async def get_entity_visible_to(
    session: AsyncSession, key: str, *, actor: Actor, permission: Permission
) -> Entity:
    """The entity with this key if `actor` holds `permission` for it; else as if it were not there."""
    entity = await get_entity(session, key)
    if not actor.may(permission, entity.path):
        raise EntityNotFound(f"There is no entity {key!r} for which you may do this.")
    return entity


async def list_entities(session: AsyncSession) -> Sequence[Entity]:
    """Every entity, parents before children. Their names are no secret."""
    return (await session.scalars(select(Entity).order_by(entities.c.path))).all()


async def entities_in_scope(
    session: AsyncSession, *, actor: Actor, permission: Permission
) -> Sequence[Entity]:
    """Entities for which `actor` holds `permission`, in the order of the tree."""
    statement = select(Entity).where(in_scope(actor, permission)).order_by(entities.c.path)
    return (await session.scalars(statement)).all()


async def focuses_of(session: AsyncSession, person_id: UUID) -> list[str]:
    """Focuses of the person's present primary entity, or of its nearest ancestor that has any."""
    statement = text(
        """SELECT up.focuses FROM affiliations a JOIN entities e ON e.id = a.entity_id
             JOIN entities up ON starts_with(e.path, up.path) AND cardinality(up.focuses) > 0
            WHERE a.person_id = :person AND a.is_primary AND a.from_on <= current_date
              AND (a.until_on IS NULL OR a.until_on >= current_date)
            ORDER BY length(up.path) DESC LIMIT 1"""
    )
    return list(await session.scalar(statement, {"person": person_id}) or [])


# -- persons -----------------------------------------------------------------------------------------------


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
            and_(
                affiliations.c.person_id == persons.c.id,
                affiliations.c.is_primary,
                current_on(func.current_date()),
            ),
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


# -- grants and accounts -----------------------------------------------------------------------------------


async def grants_of(session: AsyncSession, person_id: UUID) -> Sequence[Any]:
    """Roles a person holds now, each with the entity's key (None: the whole system)."""
    statement = (
        select(role_grants, entities.c.key.label("entity"), entities.c.path.label("path"))
        .join(entities, entities.c.id == role_grants.c.entity_id, isouter=True)
        .where(role_grants.c.person_id == person_id, role_grants.c.revoked_at.is_(None))
        .order_by(role_grants.c.granted_at)
    )
    return (await session.execute(statement)).all()


async def find_account(session: AsyncSession, email: str) -> Any | None:
    """Person id and password hash behind an e-mail; None when there is no such account."""
    accounts = table_of(Account)
    statement = (
        select(persons.c.id, accounts.c.password_hash)
        .join(accounts, accounts.c.person_id == persons.c.id)
        .where(persons.c.email_key == email_key(email), persons.c.erased_at.is_(None))
    )
    return (await session.execute(statement)).one_or_none()


async def failed_sign_ins(session: AsyncSession, email: str, *, since: datetime) -> int:
    """Failed sign-ins under this e-mail since a moment."""
    throttles = table_of(SignInThrottle)
    statement = select(func.coalesce(func.sum(throttles.c.failures), 0)).where(
        throttles.c.email_key == email_key(email), throttles.c.window_at >= since
    )
    return int(await session.scalar(statement) or 0)


async def mail_address_of(session: AsyncSession, person_id: UUID) -> Any | None:
    """Name, e-mail and language of a person who has an e-mail; None otherwise."""
    statement = select(persons.c.name, persons.c.email, persons.c.language).where(
        persons.c.id == person_id, persons.c.email.is_not(None)
    )
    return (await session.execute(statement)).one_or_none()


async def tokens_of(session: AsyncSession, person_id: UUID) -> Sequence[Any]:
    """A person's API tokens that are good now (id, name, scopes, from, until), the newest first."""
    tokens = table_of(ApiToken)
    statement = (
        select(tokens.c.id, tokens.c.name, tokens.c.scopes, tokens.c.created_at, tokens.c.expires_at)
        .where(
            tokens.c.person_id == person_id, tokens.c.revoked_at.is_(None), tokens.c.expires_at > func.now()
        )
        .order_by(tokens.c.id.desc())
    )
    return (await session.execute(statement)).all()


async def sign_ins_of(session: AsyncSession, person_id: UUID) -> Sequence[Any]:
    """A person's browser sessions that are good now (id, from, until), the newest first."""
    sign_ins = table_of(SignIn)
    statement = (
        select(sign_ins.c.id, sign_ins.c.created_at, sign_ins.c.expires_at)
        .where(
            sign_ins.c.person_id == person_id,
            sign_ins.c.revoked_at.is_(None),
            sign_ins.c.expires_at > func.now(),
        )
        .order_by(sign_ins.c.id.desc())
    )
    return (await session.execute(statement)).all()
