"""Idempotency-Key on any POST: the same key and body get the first answer again, another body is refused.

The key is reserved before the route runs and the answer is kept after it has committed. A process that dies in
between leaves a reservation; after a minute the same request may run again, and the routes below are safe to
run twice. A kept answer is given out where the route's permission has been checked anew, and only there.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from fastapi import Request, Response
from sqlalchemy import Column, Text, TextClause, text
from sqlmodel import Field, SQLModel

from lms.kernel import clock
from lms.kernel.database import Database, moment
from lms.kernel.errors import Conflict, Fault, Invalid

_RESERVATION = timedelta(minutes=1)


class IdempotencyKey(SQLModel, table=True):
    """The answer once given to a POST with this key by this sender (a digest of what they signed in with)."""

    __tablename__ = "idempotency_keys"

    sender: str = Field(sa_column=Column(Text(), primary_key=True))
    key: str = Field(sa_column=Column(Text(), primary_key=True))
    request_digest: str
    status: int | None = None  # None: under way
    media_type: str | None = None
    body: str | None = None
    created_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class KeyReused(Invalid):
    """The same key came with another request."""

    type, title = "idempotency-key-reused", "This Idempotency-Key was used for another request"


class AnsweredBefore(Exception):
    """No error: carries the kept answer from the permit past the route."""

    def __init__(self, response: Response) -> None:
        self.response = response


class StillUnderWay(Conflict):
    """The first request with this key has not answered yet."""

    type, title = "still-under-way", "The first request with this Idempotency-Key is still under way"


_RESERVE = text(
    """INSERT INTO idempotency_keys (sender, key, request_digest, created_at) VALUES (:sender, :key, :digest, now())
       ON CONFLICT (sender, key) DO UPDATE SET created_at = now()
        WHERE idempotency_keys.status IS NULL AND idempotency_keys.request_digest = EXCLUDED.request_digest
          AND idempotency_keys.created_at < :stale
       RETURNING key"""
)
_READ = text(
    "SELECT request_digest, status, media_type, body FROM idempotency_keys WHERE sender = :sender AND key = :key"
)
_KEEP = text(
    """UPDATE idempotency_keys SET status = :status, media_type = :media_type, body = :body
        WHERE sender = :sender AND key = :key"""
)
_FORGET = text("DELETE FROM idempotency_keys WHERE sender = :sender AND key = :key")


async def answer_once(request: Request, run: Callable[[Request], Awaitable[Response]]) -> Response:
    """Run the route for the first request with this key; give the kept answer to any later one."""
    key = request.headers["idempotency-key"]
    if not 1 <= len(key) <= 200:
        raise Invalid(
            "An Idempotency-Key has 1 to 200 characters.", faults=[Fault("/Idempotency-Key", "Too long.")]
        )
    secret = request.headers.get("authorization") or request.cookies.get("lms_session") or ""
    identity = {"sender": hashlib.sha256(secret.encode()).hexdigest(), "key": key}
    digest = hashlib.sha256(f"{request.url.path}\n".encode() + await request.body()).hexdigest()
    database: Database = request.app.state.database
    request.state.kept_answer = await _reserve(database, identity, digest)
    if request.state.kept_answer is not None:
        return await _given_again(request, run)
    try:
        response = await run(request)
    except BaseException:
        # A refusal changed nothing: the sender may mend the request and send it with the same key.
        await _write(database, _FORGET, identity)
        raise
    body = bytes(response.body).decode() if hasattr(response, "body") else ""
    values = {"status": response.status_code, "media_type": response.media_type, "body": body, **identity}
    await _write(database, _KEEP, values)
    return response


async def _given_again(request: Request, run: Callable[[Request], Awaitable[Response]]) -> Response:
    try:
        await run(request)
    except AnsweredBefore as known:
        return known.response
    raise RuntimeError("A route that takes an Idempotency-Key needs a permit.")


def answer_again(request: Request) -> None:
    """Called once the asker's right is proven: end a repeated request here with the answer it had."""
    kept: Response | None = getattr(request.state, "kept_answer", None)
    if kept is not None:
        raise AnsweredBefore(kept)


async def _reserve(database: Database, identity: dict[str, str], digest: str) -> Response | None:
    async with database.transaction() as session:
        stale = clock.now() - _RESERVATION
        if await session.scalar(_RESERVE, identity | {"digest": digest, "stale": stale}) is not None:
            return None
        row = (await session.execute(_READ, identity)).one_or_none()
    if row is not None and row.request_digest != digest:
        raise KeyReused()
    if row is None or row.status is None:  # none: it was refused, and forgotten, this very moment
        raise StillUnderWay(headers={"Retry-After": "5"})
    return Response(row.body, status_code=row.status, media_type=row.media_type)


async def _write(database: Database, statement: TextClause, values: Mapping[str, object]) -> None:
    async with database.transaction() as session:
        await session.execute(statement, values)
