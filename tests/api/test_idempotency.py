"""Idempotency-Key: what the same request is, what is kept of an answer, and what a large body costs."""

import tracemalloc
from collections.abc import AsyncIterator

from httpx2 import AsyncClient
from sqlalchemy import text

from lms.kernel.database import Database
from tests.cast import HR, LEARNER, Cast
from tests.people.import_samples import row, table

PEOPLE = "/api/v1/imports/people"


async def test_a_dry_run_and_the_real_thing_are_two_requests(client: AsyncClient, cast: Cast) -> None:
    headers = cast.token(HR) | {"Idempotency-Key": "both", "Content-Type": "text/csv"}
    tried = await client.post(f"{PEOPLE}?dry_run=true", content=table(row("key")), headers=headers)
    assert (tried.status_code, tried.json()["dry_run"]) == (202, True)
    real = await client.post(PEOPLE, content=table(row("key")), headers=headers)
    assert real.status_code == 422, real.text
    assert real.json()["type"] == "/problems/idempotency-key-reused"
    again = await client.post(f"{PEOPLE}?dry_run=true", content=table(row("key")), headers=headers)
    assert again.json() == tried.json()


async def test_what_is_told_once_is_not_kept(client: AsyncClient, cast: Cast, database: Database) -> None:
    headers = cast.token(LEARNER) | {"Idempotency-Key": "a token"}
    first = await client.post("/api/v1/me/tokens", json={"name": "machine"}, headers=headers)
    again = await client.post("/api/v1/me/tokens", json={"name": "machine"}, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json() | {"token": None}
    async with database.reading() as session:
        kept = (await session.execute(text("SELECT * FROM idempotency_keys"))).all()
    assert kept
    assert first.json()["token"] not in str(kept)


async def test_a_large_file_is_read_whole_and_told_apart_to_the_last_byte(
    client: AsyncClient, cast: Cast
) -> None:
    headers = cast.token(HR) | {"Idempotency-Key": "large", "Content-Type": "text/csv"}
    padded = "\n" * 3 * 2**20  # empty lines count for nothing
    sent = table(row("large")) + padded
    first = await client.post(PEOPLE, content=sent, headers=headers)
    assert (first.status_code, first.json()["created"]) == (202, 1), first.text
    assert (await client.post(PEOPLE, content=sent, headers=headers)).json() == first.json()
    assert (await client.post(PEOPLE, content=sent + "\n", headers=headers)).status_code == 422


async def test_a_large_body_with_a_key_is_not_held_in_memory(client: AsyncClient) -> None:
    async def megabytes() -> AsyncIterator[bytes]:
        for _ in range(32):
            yield bytes(2**20)

    headers = {"Idempotency-Key": "flood", "Content-Type": "text/csv"}
    tracemalloc.start()
    try:
        answer = await client.post(PEOPLE, content=megabytes(), headers=headers)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer.status_code == 401
    assert peak < 8 * 2**20
