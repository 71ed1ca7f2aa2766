"""Statements on the paths that every request takes, sent straight through the driver.

SQLAlchemy compiles, wraps and dresses rows up; for a lookup of one row that costs three times the lookup. What
is fetched here runs on the session's own connection and in its transaction, as if the session had sent it.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_ALIVE = text("SELECT 1")


async def fetch(session: AsyncSession, sql: str, *values: Any) -> Sequence[Any]:
    """Rows (by name: `row["id"]`, or by place) of a statement in PostgreSQL's own words, with `$1`, `$2` ... in it.

    JSON comes out decoded and goes in as text. An error is the driver's own, not SQLAlchemy's.
    """
    if session.new or session.dirty or session.deleted:
        await session.flush()
    try:
        driver = await _driver(session)
        rows: Sequence[Any] = await driver.fetch(sql, *values)
    except Exception:
        known = session.info.get("driver")
        if known is not None and known[2].is_closed():
            # Let SQLAlchemy find out by itself: it then drops every connection to the lost server at once.
            await session.execute(_ALIVE)
        raise
    return rows


async def _driver(session: AsyncSession) -> Any:
    """The driver's connection, its transaction begun if the session is one that writes."""
    begun = session.sync_session.get_transaction()
    known = session.info.get("driver")
    if known is None or begun is None or known[0] is not begun:
        proxied = await (await session.connection()).get_raw_connection()
        known = (session.sync_session.get_transaction(), proxied.dbapi_connection, proxied.driver_connection)
        session.info["driver"] = known
    adapted: Any
    _, adapted, driver = known
    # The adapter begins a transaction only before statements of its own cursors and has no public way to ask
    # for it; a test in tests/kernel holds that a rollback undoes what was sent here.
    if adapted._transaction is None:
        await adapted._start_transaction()
    return driver
