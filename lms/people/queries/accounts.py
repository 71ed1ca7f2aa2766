"""What a person holds and signs in with: roles, passwords, tokens, sessions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import column, func, select, table
from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel.database import table_of
from lms.people.domain import email_key
from lms.people.models import (
    Account,
    ApiToken,
    Entity,
    Person,
    RoleGrant,
    SignIn,
    SignInThrottle,
)

persons = table_of(Person)
entities = table_of(Entity)
role_grants = table_of(RoleGrant)
partners = table(
    "partners", column("id"), column("key"), column("name")
)  # of a room above, joined to be named


async def grants_of(session: AsyncSession, person_id: UUID) -> Sequence[Any]:
    """Roles a person holds now, each with the entity's or partner's key (neither: the whole system)."""
    places = (entities.c.key.label("entity"), entities.c.path.label("path"))
    named = (partners.c.key.label("partner"), partners.c.name.label("partner_name"))
    statement = (
        select(role_grants, *places, *named)
        .join(entities, entities.c.id == role_grants.c.entity_id, isouter=True)
        .join(partners, partners.c.id == role_grants.c.partner_id, isouter=True)
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


async def has_password(session: AsyncSession, person_id: UUID) -> bool:
    """Whether a person signs in with a password: has an account, and the e-mail that it is opened with."""
    accounts = table_of(Account)
    statement = (
        select(accounts.c.person_id)
        .join(persons, persons.c.id == accounts.c.person_id)
        .where(accounts.c.person_id == person_id, persons.c.email_key.is_not(None))
    )
    return (await session.execute(statement)).first() is not None


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
