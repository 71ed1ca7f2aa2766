"""Idempotency-Key on any POST: the same key, query and body get the first answer again, others are refused.

Key and answer travel in the route's own transaction, so the answer is kept if, and only if, the work is. The same
key sent twice at once meets at the unique index: the second waits for the end of the first and gets its answer,
or does the work itself where the first was refused or died. The key is looked at once the asker's right has been
proven, so that a kept answer is given out only to someone who may still ask.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import IO

from asyncpg.exceptions import LockNotAvailableError
from fastapi import Request, Response
from pydantic import BaseModel
from sqlalchemy import Column, Text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel
from starlette.types import Message, Receive

from lms.kernel import clock
from lms.kernel.database import PERSONAL, moment
from lms.kernel.errors import Conflict, Fault, Invalid
from lms.kernel.statements import fetch

_LONGEST_WAIT = "10s"
_IN_MEMORY, _CHUNK = 2**20, 2**16  # bytes of a body held in memory, and handed on at a time


class IdempotencyKey(SQLModel, table=True):
    """The answer once given to a POST with this key by this sender (a digest of what they signed in with)."""

    __tablename__ = "idempotency_keys"

    sender: str = Field(sa_column=Column(Text(), primary_key=True))
    key: str = Field(sa_column=Column(Text(), primary_key=True))
    request_digest: str
    status: int | None = None  # None: under way, and seen by its own transaction only
    media_type: str | None = None
    body: str | None = Field(default=None, sa_column_kwargs={"info": PERSONAL})
    created_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class KeyReused(Invalid):
    """The same key came with another request."""

    type, title = "idempotency-key-reused", "This Idempotency-Key was used for another request"


class StillUnderWay(Conflict):
    """The first request with this key has not ended for long."""

    type, title = "still-under-way", "The first request with this Idempotency-Key is still under way"


class AnsweredBefore(Exception):
    """No error: carries the kept answer from the permit past the route."""

    def __init__(self, response: Response) -> None:
        self.response = response


@dataclass(slots=True)
class _Once:
    """One request with a key; `session` is the route's own, known from the permit on."""

    sender: str
    key: str
    digest: str
    session: AsyncSession | None = None
    kept: str | None = None  # the answer to keep; None: the one that is given


async def answer_once(request: Request, run: Callable[[Request], Awaitable[Response]]) -> Response:
    """Run the route for the first request with this key; give the kept answer to any later one."""
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as body:
        once = request.state.once = await _read(request, body)
        try:
            response = await run(Request(request.scope, _again(body, request.receive)))
        except AnsweredBefore as known:
            return known.response
    if once.session is None:
        raise RuntimeError("A route that takes an Idempotency-Key needs a permit.")
    answer = bytes(response.body).decode() if hasattr(response, "body") else ""
    kept = answer if once.kept is None else once.kept
    await fetch(once.session, _KEEP, once.sender, once.key, response.status_code, response.media_type, kept)
    return response


def keep_instead(request: Request, answer: BaseModel) -> None:
    """Have `answer` kept for the request's key, if it has one, in place of the real one: for what is told once."""
    once: _Once | None = getattr(request.state, "once", None)
    if once is not None:
        once.kept = answer.model_dump_json()


async def _read(request: Request, body: IO[bytes]) -> _Once:
    """Who asks for what under which key; what was sent goes to `body`: a file of many megabytes is no text to hold."""
    key = request.headers["idempotency-key"]
    if not 1 <= len(key) <= 200:
        fault = Fault("/Idempotency-Key", "Give 1 to 200 characters.")
        raise Invalid("An Idempotency-Key has 1 to 200 characters.", faults=[fault])
    secret = request.headers.get("authorization") or request.cookies.get("lms_session") or ""
    # The secret goes in so that nothing can be guessed of a body from its digest, be it a password.
    asked = hashlib.sha256(f"{secret}\n{request.url.path}?{request.url.query}\n".encode())
    async for chunk in request.stream():
        asked.update(chunk)
        body.write(chunk)
    body.seek(0)
    return _Once(hashlib.sha256(secret.encode()).hexdigest(), key, asked.hexdigest())


def _again(body: IO[bytes], receive: Receive) -> Receive:
    """`receive` that hands out what was read into `body`, and only then listens to the client again."""
    ended = False

    async def read() -> Message:
        nonlocal ended
        if ended:
            return await receive()
        chunk = body.read(_CHUNK)
        ended = not chunk
        return {"type": "http.request", "body": chunk, "more_body": not ended}

    return read


async def claim_key(request: Request, session: AsyncSession) -> None:
    """Called once the asker's right is proven: claim the request's key, if it has one, or end it here.

    Raises `AnsweredBefore` with the first answer, `KeyReused`, or `StillUnderWay` after a wait of some seconds.
    """
    once: _Once | None = getattr(request.state, "once", None)
    if once is None:
        return
    once.session = session
    await fetch(session, _WAIT, _LONGEST_WAIT)
    try:
        claimed = await fetch(session, _CLAIM, once.sender, once.key, once.digest)
    except LockNotAvailableError as error:
        raise StillUnderWay(headers={"Retry-After": "5"}) from error
    await fetch(session, _WAIT, "0")
    if not claimed:
        raise AnsweredBefore(await _kept(session, once))


async def _kept(session: AsyncSession, once: _Once) -> Response:
    row = (await fetch(session, _READ, once.sender, once.key))[0]
    if row["request_digest"] != once.digest:
        raise KeyReused()
    return Response(row["body"], status_code=row["status"], media_type=row["media_type"])


_WAIT = "SELECT set_config('lock_timeout', $1, true)"
_CLAIM = """INSERT INTO idempotency_keys (sender, key, request_digest, created_at) VALUES ($1, $2, $3, now())
            ON CONFLICT (sender, key) DO NOTHING RETURNING key"""
_READ = "SELECT request_digest, status, media_type, body FROM idempotency_keys WHERE sender = $1 AND key = $2"
_KEEP = "UPDATE idempotency_keys SET status = $3, media_type = $4, body = $5 WHERE sender = $1 AND key = $2"
