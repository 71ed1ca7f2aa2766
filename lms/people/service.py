"""Use cases of people: signing in and out, passwords, tokens, grants."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.kernel.errors import Fault, Invalid, NotAllowed
from lms.kernel.events import publish
from lms.people import queries
from lms.people.domain import (
    FOR_PARTNERS,
    PERMISSIONS_BY_ROLE,
    SYSTEM_WIDE,
    GrantNotAllowed,
    GrantNotFound,
    NoPassword,
    PasswordChanged,
    PersonNotFound,
    Role,
    RoleGranted,
    RoleRevoked,
    SignedIn,
    TokenNotFound,
    TooManySignIns,
    WeakPassword,
    WrongCredentials,
    WrongPassword,
    digest_of,
    email_key,
    new_secret,
)
from lms.people.models import Account, ApiToken, Entity, Person, RoleGrant, SignIn, SignInThrottle
from lms.people.passwords import Weakness, weakness_of

THROTTLE_WINDOW = timedelta(minutes=15)
_RETRY = {"Retry-After": str(int(THROTTLE_WINDOW.total_seconds()))}


@cache
def _hasher() -> PasswordHash:
    return PasswordHash((Argon2Hasher(),))


@cache
def _hash_of_nothing() -> str:
    """Verified when there is no such account, so that the answer takes as long as for a wrong password."""
    return _hasher().hash(new_secret())


async def hash_password(password: str) -> str:
    """Argon2, off the event loop: it takes tens of milliseconds of a core by design."""
    return await asyncio.to_thread(_hasher().hash, password)


async def set_password(session: AsyncSession, *, person_id: UUID, password: str) -> None:
    """Give a person an account, or a new password; every browser session of theirs ends. Raises `WeakPassword`."""
    person = await queries.get_person(session, person_id)
    weakness = weakness_of(password, name=person.name, email=person.email)
    if weakness is not None:
        raise WeakPassword(weakness)
    await _keep_password(session, person_id, password)
    sign_ins = table_of(SignIn)
    await session.execute(
        update(sign_ins)
        .where(sign_ins.c.person_id == person_id, sign_ins.c.revoked_at.is_(None))
        .values(revoked_at=clock.now())
    )


async def _keep_password(session: AsyncSession, person_id: UUID, password: str) -> None:
    hashed = await hash_password(password)
    statement = insert(table_of(Account)).values(
        person_id=person_id, password_hash=hashed, created_at=clock.now()
    )
    await session.execute(
        statement.on_conflict_do_update(index_elements=["person_id"], set_={"password_hash": hashed})
    )


async def change_password(
    session: AsyncSession, *, acting: Actor, current: str, new: str, tries: int
) -> None:
    """Change one's own password. Every browser session but the one that asks ends; API tokens stay.

    Raises `NoPassword`, `NotAllowed` (a token with scopes), `WeakPassword`, `TooManySignIns` and `WrongPassword`,
    which the caller counts with `record_wrong_password`, in a transaction that this error does not undo.
    """
    if acting.scopes is not None:
        raise NotAllowed("A token with scopes does not change the password.")
    if not await queries.has_password(session, acting.person_id):
        raise NoPassword()
    person = await queries.get_person(session, acting.person_id)
    weakness = weakness_of(new, name=person.name, email=person.email)
    if weakness is None and new == current:
        weakness = Weakness.SAME
    if weakness is not None:
        raise WeakPassword(weakness, pointer="/new")
    found, throttled = await find_credentials_fault(
        session, email=person.email or "", password=current, tries=tries
    )
    if throttled:
        raise TooManySignIns(headers=_RETRY)
    if found is None:
        raise WrongPassword(faults=[Fault("/current", WrongPassword.title)])
    await _keep_password(session, acting.person_id, new)
    await end_other_sign_ins(session, acting=acting)
    await publish(session, [PasswordChanged(subject_id=acting.person_id)], acting=acting)


async def record_wrong_password(session: AsyncSession, *, acting: Actor) -> None:
    """Count one wrong present password together with failed sign-ins: guesses are limited whichever way they come."""
    person = await queries.get_person(session, acting.person_id)
    await record_failed_sign_in(session, email=person.email or "")


async def find_credentials_fault(
    session: AsyncSession, *, email: str, password: str, tries: int
) -> tuple[UUID | None, bool]:
    """The account that e-mail and password open, or None; and whether the tries of this window are used up."""
    since = clock.now() - THROTTLE_WINDOW
    if await queries.failed_sign_ins(session, email, since=since) >= tries:
        return None, True
    account = await queries.find_account(session, email)
    hashed = account.password_hash if account else _hash_of_nothing()
    good = await asyncio.to_thread(_hasher().verify, password, hashed)
    return (account.id if account and good else None), False


async def sign_in(
    session: AsyncSession, *, email: str, password: str, hours: int, tries: int
) -> tuple[str, UUID]:
    """A new browser session's secret and the person it is for.

    Raises `WrongCredentials`, the same whether the account exists or not, and `TooManySignIns`. A failure is
    counted by the caller with `record_failed_sign_in`, in a transaction that this error does not undo.
    """
    person_id, throttled = await find_credentials_fault(session, email=email, password=password, tries=tries)
    if throttled:
        raise TooManySignIns(headers=_RETRY)
    if person_id is None:
        raise WrongCredentials()
    return await open_session(session, person_id, hours=hours), person_id


async def open_session(session: AsyncSession, person_id: UUID, *, hours: int) -> str:
    """A new browser session's secret, for a person whom the caller has made sure of."""
    secret, now = new_secret(), clock.now()
    session.add(
        SignIn(token_hash=digest_of(secret), person_id=person_id, expires_at=now + timedelta(hours=hours))
    )
    await publish(session, [SignedIn(subject_id=person_id)], acting=None)
    return secret


async def record_failed_sign_in(session: AsyncSession, *, email: str) -> None:
    """Count one failure for this e-mail in the present minute."""
    throttles = table_of(SignInThrottle)
    statement = insert(throttles).values(
        email_key=email_key(email), window_at=clock.now().replace(second=0, microsecond=0), failures=1
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["email_key", "window_at"], set_={"failures": throttles.c.failures + 1}
        )
    )


async def sign_out(session: AsyncSession, *, acting: Actor) -> None:
    """End the browser session that asks."""
    sign_ins = table_of(SignIn)
    await session.execute(
        update(sign_ins).where(sign_ins.c.id == acting.session_id).values(revoked_at=func.now())
    )


async def end_other_sign_ins(session: AsyncSession, *, acting: Actor) -> None:
    """End every browser session of the actor but the one that asks; all of them, when a token asks."""
    sign_ins = table_of(SignIn)
    await session.execute(
        update(sign_ins)
        .where(
            sign_ins.c.person_id == acting.person_id,
            sign_ins.c.id != acting.session_id,
            sign_ins.c.revoked_at.is_(None),
        )
        .values(revoked_at=func.now())
    )


async def create_token(
    session: AsyncSession, *, acting: Actor, name: str, days: int = 90, scopes: Sequence[str] | None = None
) -> tuple[str, ApiToken]:
    """A new API token of the actor; its secret is told this once. `scopes` are permissions, None: all.

    A token made with a token carries that one's scopes at most.
    """
    scopes = _scopes_within(acting, scopes)
    unknown = sorted(set(scopes or ()) - {permission.value for permission in Permission})
    if unknown:
        raise Invalid(
            "Unknown scope.", faults=[Fault("/scopes", f"There is no scope {name}.") for name in unknown]
        )
    secret = new_secret()
    token = ApiToken(
        token_hash=digest_of(secret),
        person_id=acting.person_id,
        name=name,
        scopes=None if scopes is None else list(scopes),
        expires_at=clock.now() + timedelta(days=days),
    )
    session.add(token)
    await session.flush()
    return secret, token


def _scopes_within(acting: Actor, scopes: Sequence[str] | None) -> Sequence[str] | None:
    if acting.scopes is None:
        return scopes
    wider = sorted(set(scopes or ()) - acting.scopes)
    if wider:
        raise NotAllowed(f"The token you use has not itself the scope {', '.join(wider)}.")
    return sorted(acting.scopes) if scopes is None else scopes


async def revoke_token(session: AsyncSession, *, acting: Actor, token_id: UUID) -> None:
    """End one of the actor's own tokens; ended twice it is ended once."""
    tokens = table_of(ApiToken)
    statement = (
        update(tokens)
        .where(tokens.c.id == token_id, tokens.c.person_id == acting.person_id)
        .values(revoked_at=func.coalesce(tokens.c.revoked_at, clock.now()))
        .returning(tokens.c.id)
    )
    if await session.scalar(statement) is None:
        raise TokenNotFound()


async def grant_role(
    session: AsyncSession, *, acting: Actor, person_id: UUID, role: Role, entity: str | None
) -> RoleGrant:
    """Give a role for an entity and below (None: the whole system) to someone the actor may see.

    Nobody grants beyond their own reach: the actor manages grants there, and may do there what the role may,
    unless they administer the whole system. Nor does anybody give a role to themselves: who runs the system could
    then read, one request later, what is not theirs to read.
    """
    if person_id == acting.person_id:
        raise GrantNotAllowed(
            "Nobody gives a role to themselves; another administrator or the operator does."
        )
    await queries.resolve_person(session, str(person_id), actor=acting, permission=Permission.GRANTS_MANAGE)
    granted_for = None if entity is None else await queries.get_entity(session, entity)
    _check_reach(acting, role, granted_for.path if granted_for else "/")
    return await _grant(session, acting=acting, person_id=person_id, role=role, granted_for=granted_for)


async def grant_by_operator(
    session: AsyncSession, *, person_id: UUID, role: Role, entity: str | None
) -> RoleGrant:
    """Give a role from the command line, by whoever runs the system: nobody signed in stands behind it."""
    granted_for = None if entity is None else await queries.get_entity(session, entity)
    return await _grant(session, acting=None, person_id=person_id, role=role, granted_for=granted_for)


async def _grant(
    session: AsyncSession, *, acting: Actor | None, person_id: UUID, role: Role, granted_for: Entity | None
) -> RoleGrant:
    if role in SYSTEM_WIDE and granted_for is not None:
        sentence = f"The role {role.value} is held for the whole system, not for an entity."
        raise Invalid(sentence, faults=[Fault("/entity", sentence)])
    if role in FOR_PARTNERS:
        sentence = f"The role {role.value} is held for a partner; it is given on the partner's page."
        raise Invalid(sentence, faults=[Fault("/role", sentence)])
    entity_id = granted_for.id if granted_for else None
    data = {"role": role.value, "entity": granted_for.key if granted_for else None}
    return await _grant_once(
        session, acting, RoleGrant(person_id=person_id, role=role.value, entity_id=entity_id), data
    )


async def grant_for_partner(
    session: AsyncSession, *, acting: Actor, person_id: UUID, partner_id: UUID, partner: str
) -> RoleGrant:
    """Have a person coordinate a partner's part; `partner` is its key. Raises `GrantNotAllowed`."""
    if not acting.may(Permission.PARTNERS_KEEP, "/") or person_id == acting.person_id:
        raise GrantNotAllowed("You cannot appoint this person for a partner.")
    role = Role.PARTNER_COORDINATOR.value
    grant = RoleGrant(person_id=person_id, role=role, partner_id=partner_id)
    return await _grant_once(session, acting, grant, {"role": role, "partner": partner})


async def _grant_once(
    session: AsyncSession, acting: Actor | None, grant: RoleGrant, data: dict[str, Any]
) -> RoleGrant:
    # Two who give the same role at once make one grant, or one of them would be left when it is taken back.
    if await session.get(Person, grant.person_id, with_for_update={"key_share": True}) is None:
        raise PersonNotFound()
    wanted = (grant.role, grant.entity_id, grant.partner_id, None)
    held = next(
        (
            row.id
            for row in await queries.grants_of(session, grant.person_id)
            if (row.role, row.entity_id, row.partner_id, row.until_on) == wanted
        ),
        None,
    )
    if held is not None:
        return await session.get_one(RoleGrant, held)
    grant.granted_by_id = acting.person_id if acting else None
    session.add(grant)
    event = RoleGranted(subject_id=grant.person_id, entity_id=grant.entity_id, data=data)
    await publish(session, [event], acting=acting)
    return grant


def _check_reach(acting: Actor, role: Role, path: str) -> None:
    if not acting.may(Permission.GRANTS_MANAGE, path):
        raise GrantNotAllowed()
    everywhere = acting.may(Permission.GRANTS_MANAGE, "/")
    if (
        not everywhere
        and role is Role.ADMIN
        and not all(acting.may(p, path) for p in PERMISSIONS_BY_ROLE[role])
    ):
        raise GrantNotAllowed()


async def revoke_grant(session: AsyncSession, *, acting: Actor, grant_id: UUID) -> None:
    """Take a role back; it ends with the person's next request."""
    grant = await session.get(RoleGrant, grant_id)
    if grant is None or grant.revoked_at is not None:
        raise GrantNotFound()
    if grant.partner_id is not None and acting.may(Permission.PARTNERS_KEEP, "/"):
        return await _take_back(session, acting, grant)
    path = "/"
    if grant.entity_id is not None:
        path = next(
            row.path for row in await queries.grants_of(session, grant.person_id) if row.id == grant_id
        )
    _check_reach(acting, Role(grant.role), path)
    await _take_back(session, acting, grant)


async def _take_back(session: AsyncSession, acting: Actor, grant: RoleGrant) -> None:
    grant.revoked_at = clock.now()
    event = RoleRevoked(subject_id=grant.person_id, entity_id=grant.entity_id, data={"role": grant.role})
    await publish(session, [event], acting=acting)


def new_password() -> str:
    """A random password that can be typed: four groups of five."""
    letters = new_secret().replace("-", "").replace("_", "").lower()
    return "-".join(letters[start : start + 5] for start in range(0, 20, 5))
