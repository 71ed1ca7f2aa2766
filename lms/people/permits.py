"""Who is asking, found on every request; a route names the permission it needs with `permit(...)`."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from lms.kernel.access import Actor, Permission
from lms.kernel.database import Database, Session
from lms.kernel.errors import NotAllowed, NotSignedIn
from lms.kernel.http import SAFE_METHODS, DbSession
from lms.kernel.idempotency import claim_key
from lms.people.domain import CsrfFailed, SignInEnded, csrf_token, digest_of
from lms.people.queries import actors_by_cookie, actors_by_token

COOKIE = "lms_session"
_bearer = HTTPBearer(
    auto_error=False, description="An API token, made by `lms token` or on the page of one's account."
)
_cookie = APIKeyCookie(name=COOKIE, auto_error=False, description="The session of a browser that signed in.")


async def find_actor(request: Request, session: Session | None) -> Actor | None:
    """The actor behind a request's token or cookie; None when it has neither.

    A request that only reads needs no `session` for this. Raises `SignInEnded` for a token that is not (or no
    more) good: an anonymous answer would hide it.
    """
    header = request.headers.get("authorization", "")
    if header:
        scheme, _, secret = header.partition(" ")
        actor = await _read(request, session, actors_by_token, secret) if scheme.lower() == "bearer" else None
        if actor is None:
            raise SignInEnded("This token is not good: unknown, expired or revoked.")
        return actor
    secret = request.cookies.get(COOKIE, "")
    return await _read(request, session, actors_by_cookie, secret) if secret else None


async def _read(
    request: Request,
    session: Session | None,
    actors: Callable[[Session, Sequence[str]], Awaitable[Mapping[str, Actor]]],
    secret: str,
) -> Actor | None:
    """A change reads rights in its own transaction; what only reads shares the statement with others who ask now."""
    digest = digest_of(secret)
    if session is None or request.method in SAFE_METHODS:
        database: Database = request.app.state.database
        return await database.together.ask(actors, digest)
    return (await actors(session, [digest])).get(digest)


class Permit:
    """A dependency that answers with the actor if they hold `permission` anywhere; lists narrow it further."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    async def __call__(
        self,
        request: Request,
        session: DbSession,
        _token: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)] = None,
        _session_cookie: Annotated[str | None, Depends(_cookie)] = None,
    ) -> Actor:
        return await self.check(request, session)

    async def check(self, request: Request, session: Session | None) -> Actor:
        """The actor, or `NotSignedIn` or `NotAllowed`."""
        actor = await find_actor(request, session)
        if actor is None:
            raise NotSignedIn()
        if request.method not in SAFE_METHODS and "authorization" not in request.headers:
            await check_csrf(request)
        if not actor.may(self.permission):
            raise NotAllowed(f"This needs the permission {self.permission.value}.")
        request.state.actor = actor
        if session is not None:
            await claim_key(request, session)
        return actor


def permit(permission: Permission) -> Any:
    """`actor: Actor = permit(Permission.X)` in a route's signature."""
    return Depends(Permit(permission))


async def check_csrf(request: Request) -> None:
    """Raise unless a change asked for with a cookie carries the token that only our own pages know."""
    expected = csrf_token(request.cookies.get(COOKIE, ""))
    sent = request.headers.get("x-csrf-token")
    if sent is None and "form" in request.headers.get("content-type", ""):
        sent = str((await request.form()).get("csrf_token", ""))
    if sent != expected:
        raise CsrfFailed()
