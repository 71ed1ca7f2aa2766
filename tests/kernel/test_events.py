"""The event log: a partition for each month, nothing ever changed, and a reader that skips nothing."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx2 import AsyncClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from lms.kernel import clock
from lms.kernel.access import Permission
from lms.kernel.database import Database, commit, table_of
from lms.kernel.events import EventRow
from lms.kernel.ids import new_id
from lms.kernel.writes import flush, gather
from lms.people.queries import get_actor
from tests.cast import ADMIN, HR, LEARNER, Cast

FACTS = [
    "completions",
    "completion_revocations",
    "skill_records",
    "skill_revocations",
    "events",
    "course_versions",
]
EVENTS = "/api/v1/events"


def happened(kind: str, at: datetime | None = None) -> dict[str, Any]:
    return {
        "at": at or clock.now(), "type": kind, "v": 1, "actor_id": None, "subject_type": "test",
        "subject_id": new_id(), "entity_id": None, "data": {},
    }  # fmt: skip


async def write(database: Database, kind: str, at: datetime | None = None) -> None:
    async with database.transaction() as session:
        gather(session, table_of(EventRow), [happened(kind, at)])


# -- facts are never changed -------------------------------------------------------------------------------


async def refused(database: Database, statement: str) -> str:
    with pytest.raises(DBAPIError) as caught:
        async with database.transaction() as session:
            await session.execute(text(statement))
    return str(caught.value.orig)


@pytest.fixture(scope="module")
async def facts(client: AsyncClient, cast: Cast) -> None:
    """At least one row in each table of facts."""
    row = {"person": LEARNER, "course": "legal-foundations", "occurred_on": "2026-01-31", "source": "facts"}
    made = await client.post("/api/v1/completions/batch", json={"completions": [row]}, headers=cast.token(HR))
    path = f"/api/v1/completions/{made.json()['results'][0]['id']}/revoke"
    answer = await client.post(path, json={"reason": "To have one."}, headers=cast.token(HR))
    assert answer.status_code == 200, answer.text


@pytest.mark.usefixtures("facts")
@pytest.mark.parametrize("table", FACTS)
async def test_a_fact_is_neither_changed_nor_deleted_nor_emptied(database: Database, table: str) -> None:
    async with database.reading() as session:
        columns = "SELECT column_name FROM information_schema.columns WHERE table_name = :table ORDER BY 1"
        column = (await session.scalars(text(columns), {"table": table})).first()
        count = await session.scalar(text(f"SELECT count(*) FROM {table}"))
    assert count
    for statement in (
        f"UPDATE {table} SET {column} = {column}",
        f"DELETE FROM {table}",
        f"TRUNCATE {table} CASCADE",
    ):
        assert "append-only" in await refused(database, statement)
    async with database.reading() as session:
        assert await session.scalar(text(f"SELECT count(*) FROM {table}")) == count


async def test_a_partition_of_events_refuses_as_the_whole_does(database: Database) -> None:
    async with database.reading() as session:
        names = (
            await session.scalars(
                text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'events'::regclass")
            )
        ).all()
    month = f"events_{clock.today():%Y_%m}"
    assert {month, "events_other"} <= set(names)
    await write(database, "guarded")
    for statement in (f"UPDATE {month} SET v = 2", f"DELETE FROM {month}"):
        assert "append-only" in await refused(database, statement), statement
    for name in names:
        assert "append-only" in await refused(database, f"TRUNCATE {name}"), name


# -- partitions --------------------------------------------------------------------------------------------


async def partition_of(database: Database, kind: str) -> str:
    async with database.reading() as session:
        found = text("SELECT tableoid::regclass::text FROM events WHERE type = :kind")
        return str(await session.scalar(found, {"kind": kind}))


async def test_each_month_has_its_partition_and_no_event_is_ever_refused(database: Database) -> None:
    now = clock.now()
    await write(database, "month.now")
    assert await partition_of(database, "month.now") == f"events_{now:%Y_%m}"
    await write(database, "month.far", datetime(2049, 6, 15, tzinfo=UTC))
    assert await partition_of(database, "month.far") == "events_other"
    for day, _ in (
        ("2049-06-20", "has rows in the other"),
        ("2051-02-10", "new"),
        ("2051-02-28", "there already"),
    ):
        async with database.transaction() as session:
            await session.execute(
                text("SELECT make_event_partition(CAST(CAST(:day AS text) AS date))"), {"day": day}
            )
    for second, at in (
        ("first", datetime(2051, 2, 1, tzinfo=UTC)),
        ("last", datetime(2051, 3, 1, tzinfo=UTC)),
    ):
        moment = at if second == "first" else at - timedelta(microseconds=1)
        await write(database, f"month.{second}", moment)
        assert await partition_of(database, f"month.{second}") == "events_2051_02"
    assert "append-only" in await refused(database, "TRUNCATE events_2051_02")
    await write(database, "month.far", datetime(2049, 6, 16, tzinfo=UTC))


# -- reading -----------------------------------------------------------------------------------------------


async def read_on(
    client: AsyncClient, cast: Cast, after: str | None, limit: int = 200
) -> tuple[list[str], str | None]:
    """Types of the events behind a place, and the place behind them."""
    query = f"limit={limit}" + (f"&after={after}" if after else "")
    answer = await client.get(f"{EVENTS}?{query}", headers=cast.token(ADMIN))
    assert answer.status_code == 200, answer.text
    body = answer.json()
    return [each["type"] for each in body["items"]], body["next"]


async def read_all(
    client: AsyncClient, cast: Cast, after: str | None, limit: int = 200
) -> tuple[list[str], str | None]:
    found: list[str] = []
    while True:
        types, place = await read_on(client, cast, after, limit)
        found += types
        if not types:
            return found, place
        after = place


async def test_what_commits_late_is_not_skipped(client: AsyncClient, database: Database, cast: Cast) -> None:
    """One transaction takes its ids first and commits last; a reader in between waits for it, and then has both."""
    _, place = await read_all(client, cast, None)
    async with database._writing() as slow:
        gather(slow, table_of(EventRow), [happened("late.slow")])
        await flush(slow)
        await write(database, "late.quick")
        between, place = await read_all(client, cast, place)
        assert "late.slow" not in between
        assert "late.quick" not in between, "it stands behind one that is not yet decided"
        await commit(slow)
    after, place = await read_all(client, cast, place)
    assert sorted(each for each in between + after if each.startswith("late.")) == ["late.quick", "late.slow"]
    assert (await read_all(client, cast, place))[0] == []


async def test_what_is_rolled_back_never_shows(client: AsyncClient, database: Database, cast: Cast) -> None:
    _, place = await read_all(client, cast, None)
    async with database._writing() as given_up:
        gather(given_up, table_of(EventRow), [happened("undone")])
        await flush(given_up)
        await write(database, "done")
    found, _ = await read_all(client, cast, place)
    assert found == ["done"]


async def test_many_writers_and_a_reader_that_follows_along(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    _, place = await read_all(client, cast, None)
    done = asyncio.Event()

    async def writer(number: int) -> None:
        for step in range(6):
            async with database.transaction() as session:
                gather(session, table_of(EventRow), [happened(f"along.{number}.{step}.a")])
                await flush(session)
                await asyncio.sleep(0.001 * ((number * 7 + step * 3) % 5))
                gather(session, table_of(EventRow), [happened(f"along.{number}.{step}.b")])

    async def reader() -> list[str]:
        found: list[str] = []
        after = place
        while True:
            last = done.is_set()
            types, after = await read_all(client, cast, after, limit=5)
            found += types
            if last:
                return found
            await asyncio.sleep(0.002)

    async def writers() -> None:
        await asyncio.gather(*(writer(number) for number in range(6)))
        done.set()

    found, _ = await asyncio.gather(reader(), writers())
    wanted = [f"along.{n}.{s}.{half}" for n in range(6) for s in range(6) for half in "ab"]
    along = [each for each in found if each.startswith("along.")]
    assert sorted(along) == sorted(wanted), "each once"


async def test_events_are_read_by_those_who_may(client: AsyncClient, database: Database, cast: Cast) -> None:
    for email in (LEARNER, HR):
        assert (await client.get(EVENTS, headers=cast.token(email))).status_code == 403
    async with database.reading() as session:
        actor = await get_actor(session, cast.ids[ADMIN])
    assert actor.may(Permission.EVENTS_READ)
