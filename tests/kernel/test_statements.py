"""Statements sent through the driver belong to their session: its transaction, its rollback, its connection."""

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from lms.kernel.database import Database
from lms.kernel.statements import fetch

INSERT = "INSERT INTO sent_mails (key, sent_at) VALUES ($1, now()) RETURNING key"
COUNT = "SELECT count(*) FROM sent_mails WHERE key = $1"


async def _count(database: Database, key: str) -> int:
    async with database.reading() as session:
        return int((await fetch(session, COUNT, key))[0][0])


async def test_what_was_fetched_commits_with_its_session(database: Database) -> None:
    async with database.transaction() as session:
        assert (await fetch(session, INSERT, "kept"))[0]["key"] == "kept"
        assert await _count(database, "kept") == 0, "nobody else sees it before the commit"
    assert await _count(database, "kept") == 1


async def test_a_rollback_undoes_it_even_as_the_first_statement(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as session:
            await fetch(session, INSERT, "undone")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await _count(database, "undone") == 0


async def test_both_ways_of_sending_share_one_transaction(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(text("INSERT INTO sent_mails (key, sent_at) VALUES ('orm', now())"))
        assert (await fetch(session, COUNT, "orm"))[0][0] == 1
        await fetch(session, INSERT, "driver")
        sent = text("SELECT count(*) FROM sent_mails WHERE key = 'driver'")
        assert await session.scalar(sent) == 1


async def test_a_session_goes_on_with_a_new_transaction_after_a_commit(database: Database) -> None:
    async with database._writing() as session:
        await fetch(session, INSERT, "first")
        await session.commit()
        await fetch(session, INSERT, "second")
        await session.rollback()
    assert (await _count(database, "first"), await _count(database, "second")) == (1, 0)


async def test_the_drivers_error_comes_through_and_ends_the_transaction(database: Database) -> None:
    async def write_twice() -> None:
        async with database.transaction() as session:
            await fetch(session, INSERT, "twice")
            await fetch(session, INSERT, "twice")

    with pytest.raises(asyncpg.UniqueViolationError):
        await write_twice()
    assert await _count(database, "twice") == 0


async def test_a_lost_connection_is_known_to_sqlalchemy(database: Database) -> None:
    """The one that lost it fails; the next session gets a sound connection."""

    async def lose() -> None:
        async with database.reading() as session:
            mine = (await fetch(session, "SELECT pg_backend_pid()"))[0][0]
            async with database.reading() as other:
                await fetch(other, "SELECT pg_terminate_backend($1, 5000)", mine)
            await fetch(session, "SELECT 1")

    with pytest.raises(DBAPIError):
        await lose()
    assert await _count(database, "nothing") == 0


async def test_an_error_of_the_database_tells_no_parameters(database: Database) -> None:
    """It goes to the log as it is."""
    with pytest.raises(DBAPIError) as caught:
        async with database.reading() as session:
            await session.execute(
                text("SELECT 1 / 0 WHERE CAST(:name AS text) <> ''"), {"name": "Amina Otieno"}
            )
    assert "division by zero" in str(caught.value)
    assert "Amina" not in str(caught.value)
