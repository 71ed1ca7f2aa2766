"""Rows gathered during a request go out as one statement, in order, or not at all."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest
from asyncpg.exceptions import ForeignKeyViolationError
from sqlalchemy import text

from lms.kernel import clock
from lms.kernel.database import Database, table_of
from lms.kernel.events import EventRow
from lms.kernel.ids import new_id
from lms.kernel.jobs import enqueue
from lms.kernel.writes import flush, gather
from lms.recognition.models import MonthlyTotal
from lms.skills.models import Standing

events, totals, standings = table_of(EventRow), table_of(MonthlyTotal), table_of(Standing)
MAX = "(person_id, month, line) DO UPDATE SET amount = GREATEST(recognition_totals.amount, EXCLUDED.amount)"


def happened(type_: str, **data: Any) -> dict[str, Any]:
    return {
        "at": clock.now(), "type": type_, "v": 1, "actor_id": None, "subject_type": "test",
        "subject_id": new_id(), "entity_id": None, "data": data,
    }  # fmt: skip


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """SQL that the driver sends while the test runs, without what opens and closes a transaction."""
    sent: list[str] = []
    fetch = asyncpg.Connection.fetch

    async def noted(connection: Any, sql: str, *values: Any, **options: Any) -> Any:
        sent.append(sql)
        return await fetch(connection, sql, *values, **options)

    monkeypatch.setattr(asyncpg.Connection, "fetch", noted)
    return sent


async def types_of(database: Database, beginning: str) -> list[tuple[str, Any]]:
    async with database.reading() as session:
        rows = await session.execute(
            text("SELECT type, data FROM events WHERE starts_with(type, :type) ORDER BY id"),
            {"type": beginning},
        )
        return [(row.type, row.data) for row in rows]


async def test_several_tables_are_one_statement(database: Database, statements: list[str], cast: Any) -> None:
    person = next(iter(cast.ids.values()))
    async with database.transaction() as session:
        gather(
            session,
            events,
            [happened("one.first"), happened("one.second", levels={"a": 1}, words="é 'x' \"y\"")],
        )
        month = {
            "person_id": person,
            "month": clock.today().replace(day=1),
            "line": "course:one",
            "amount": 5,
        }
        gather(session, totals, [month], on_conflict=MAX)
        gather(session, events, [happened("one.third")])
        enqueue(session, "keys.clear")
        assert statements == []
    assert len(statements) == 1
    found = await types_of(database, "one.")
    assert [kind for kind, _ in found] == ["one.first", "one.second", "one.third"], "in the order gathered"
    assert found[1][1] == {"levels": {"a": 1}, "words": "é 'x' \"y\""}
    async with database.reading() as session:
        job = text(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'keys.clear' AND status = 'todo'"
        )
        assert await session.scalar(job) == 1


async def test_nothing_gathered_is_no_statement(database: Database, statements: list[str]) -> None:
    async with database.transaction() as session:
        gather(session, events, [])
        await flush(session)
    assert statements == []


async def test_any_number_of_rows_is_one_statement_prepared_once(
    database: Database, statements: list[str]
) -> None:
    for count in (2, 5):
        async with database.transaction() as session:
            gather(session, events, [happened(f"many.{n}") for n in range(count)])
    assert len(statements) == 2
    assert statements[0] == statements[1]


async def test_rows_that_are_all_alike_are_as_many(database: Database) -> None:
    row = happened("alike")
    async with database.transaction() as session:
        gather(session, events, [row, row, row])
    assert len(await types_of(database, "alike")) == 3


async def test_what_is_rolled_back_leaves_neither_rows_nor_jobs(database: Database) -> None:
    async def give_up() -> None:
        async with database.transaction() as session:
            gather(session, events, [happened("gone.flushed")])
            enqueue(session, "keys.clear", queueing_lock="gone")
            await flush(session)
            gather(session, events, [happened("gone.gathered")])
            raise ValueError

    with pytest.raises(ValueError):
        await give_up()
    assert await types_of(database, "gone.") == []
    async with database.reading() as session:
        lock = text("SELECT count(*) FROM procrastinate_jobs WHERE queueing_lock = 'gone'")
        assert await session.scalar(lock) == 0


async def test_a_row_that_breaks_a_rule_takes_the_whole_statement_with_it(database: Database) -> None:
    nobody = UUID(int=0)
    bad = {
        "person_id": nobody,
        "competency": "x",
        "level": 1,
        "source": "course",
        "valid_until": clock.today(),
    }

    async def write() -> None:
        async with database.transaction() as session:
            gather(session, events, [happened("broken.event")])
            gather(session, standings, [bad])

    with pytest.raises(ForeignKeyViolationError):
        await write()
    assert await types_of(database, "broken.") == []


async def test_an_upsert_keeps_the_greater_amount(database: Database, cast: Any) -> None:
    person = next(iter(cast.ids.values()))
    month = clock.today().replace(day=1)
    for amounts in ({"a": 5, "b": 9}, {"a": 7, "b": 2, "c": 1}):
        async with database.transaction() as session:
            rows = [
                {"person_id": person, "month": month, "line": f"course:up-{key}", "amount": amount}
                for key, amount in sorted(amounts.items())
            ]
            gather(session, totals, rows, on_conflict=MAX)
    async with database.reading() as session:
        found = await session.execute(
            text(
                "SELECT line, amount FROM recognition_totals WHERE starts_with(line, 'course:up-') ORDER BY line"
            )
        )
        assert [tuple(row) for row in found] == [("course:up-a", 7), ("course:up-b", 9), ("course:up-c", 1)]
