"""Trouble behind the server: a full disk, a database that is away, changes that met; said plainly, nothing lost."""

import errno
import hashlib
from typing import Any

import asyncpg
import pytest
from asyncpg import exceptions as driver
from httpx2 import AsyncClient
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from lms.kernel.database import Database
from lms.rebuild import compare_projections
from tests.cast import COLLEAGUE, HR, LEARNER, Cast

BATCH, ME = "/api/v1/completions/batch", "/api/v1/me"
ROW = {"person": COLLEAGUE, "course": "legal-foundations", "occurred_on": "2026-03-03", "source": "trouble"}
AWAY = "The database cannot be reached just now. Try again in a moment."


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException, *, on: str) -> None:
    """Have the driver raise `error` for every statement with `on` in it, by whichever way it is sent."""
    for name in ("fetch", "prepare"):
        sound = getattr(asyncpg.Connection, name)

        async def send(connection: Any, sql: str, *values: Any, sound: Any = sound, **options: Any) -> Any:
            if on in sql:
                raise error
            return await sound(connection, sql, *values, **options)

        monkeypatch.setattr(asyncpg.Connection, name, send)


TROUBLES = [
    (driver.DiskFullError("could not extend file"), "The disk is full"),
    (OSError(errno.ENOSPC, "No space left on device"), "The disk is full"),
    (OSError(errno.EDQUOT, "Disk quota exceeded"), "The disk is full"),
    (driver.DeadlockDetectedError("deadlock detected"), "Two changes met"),
    (driver.SerializationError("could not serialize access"), "Two changes met"),
    (driver.CannotConnectNowError("the database system is starting up"), AWAY),
    (driver.AdminShutdownError("terminating connection due to administrator command"), AWAY),
    (driver.CrashShutdownError("terminating connection because of crash"), AWAY),
    (driver.TooManyConnectionsError("sorry, too many clients already"), AWAY),
    (driver.OutOfMemoryError("out of memory"), AWAY),
    (driver.QueryCanceledError("canceling statement due to statement timeout"), AWAY),
    (driver.ConnectionDoesNotExistError("connection was closed in the middle of operation"), AWAY),
    (driver.InterfaceError("connection is closed"), AWAY),
    (ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"), AWAY),
    (ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"), AWAY),
    (TimeoutError(), AWAY),
    (PoolTimeoutError("QueuePool limit reached"), AWAY),
]


@pytest.mark.parametrize(("error", "said"), TROUBLES, ids=lambda each: type(each).__name__)
@pytest.mark.parametrize("on", ["INSERT INTO completions", "INSERT INTO events", "api_tokens"])
async def test_what_passes_is_a_503_that_says_when_to_come_back(
    client: AsyncClient, database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch,
    error: BaseException, said: str, on: str,
) -> None:  # fmt: skip
    with monkeypatch.context() as patch:
        failing(patch, error, on=on)
        answer = await client.post(BATCH, json={"completions": [ROW]}, headers=cast.token(HR))
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["type"] == "/problems/unavailable"
    assert answer.json()["detail"].startswith(said)
    assert "asyncpg" not in answer.text


async def test_after_all_that_nothing_was_recorded_and_everything_works(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    """Runs behind the troubles above: each was undone whole."""
    for expected in ({"recorded": 1, "duplicates": 0}, {"recorded": 0, "duplicates": 1}):
        answer = await client.post(BATCH, json={"completions": [ROW]}, headers=cast.token(HR))
        assert {name: answer.json()[name] for name in expected} == expected
    async with database.reading() as session:
        assert set((await compare_projections(session)).values()) == {0}


async def test_a_commit_that_fails_is_not_answered_with_success(
    client: AsyncClient, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a route did is committed before a byte of the answer is sent."""
    gone = driver.ConnectionDoesNotExistError("connection was closed in the middle of operation")

    async def commit(_: Any) -> None:
        raise gone

    with monkeypatch.context() as patch:
        patch.setattr("lms.kernel.http.commit", commit)
        answer = await client.post("/api/v1/me/tokens", json={"name": "lost"}, headers=cast.token(LEARNER))
    assert answer.status_code == 503


async def test_an_answer_is_not_kept_for_work_that_was_not_committed(
    client: AsyncClient, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = cast.token(HR) | {"Idempotency-Key": "commit-fails"}
    sent = {"completions": [ROW | {"source": "kept only when committed"}]}

    async def commit(_: Any) -> None:
        raise driver.ConnectionDoesNotExistError("connection was closed in the middle of operation")

    with monkeypatch.context() as patch:
        patch.setattr("lms.kernel.http.commit", commit)
        assert (await client.post(BATCH, json=sent, headers=headers)).status_code == 503
    again = await client.post(BATCH, json=sent, headers=headers)
    assert (again.status_code, again.json()["recorded"]) == (200, 1)


async def test_a_key_whose_first_request_does_not_end_is_said_to_be_under_way(
    client: AsyncClient, database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = cast.token(HR) | {"Idempotency-Key": "never-ends"}
    sent = {"completions": [ROW | {"source": "under way"}]}
    monkeypatch.setattr("lms.kernel.idempotency._LONGEST_WAIT", "200ms")
    sender = hashlib.sha256(headers["Authorization"].encode()).hexdigest()
    async with database.transaction() as first:
        values = {"sender": sender, "key": "never-ends"}
        await first.execute(
            text(
                "INSERT INTO idempotency_keys (sender, key, request_digest, created_at)"
                " VALUES (:sender, :key, 'x', now())"
            ),
            values,
        )
        answer = await client.post(BATCH, json=sent, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/still-under-way")
        assert int(answer.headers["retry-after"]) > 0
        await first.rollback()
    assert (await client.post(BATCH, json=sent, headers=headers)).json()["recorded"] == 1


@pytest.mark.parametrize(
    "error", [ValueError("secret detail"), KeyError("secret detail"), RuntimeError("secret detail")]
)
async def test_a_mistake_of_ours_says_so_and_tells_nothing(
    client: AsyncClient, cast: Cast, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    with monkeypatch.context() as patch:
        failing(patch, error, on="api_tokens")
        answer = await client.get(ME, headers=cast.token(LEARNER))
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text
    assert answer.json()["request_id"]
