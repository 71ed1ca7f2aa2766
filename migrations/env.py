"""Alembic's environment: our metadata, our URL, an advisory lock so that several instances may start at once."""

import asyncio
from typing import Any

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from lms.kernel.database import async_url
from lms.tables import metadata

LOCK = 4_703_118  # any number, the same for every instance


def _is_ours(name: str | None, kind: str, *_: Any) -> bool:
    """procrastinate's tables come from its own SQL, and partitions from the function that makes them."""
    return not (kind == "table" and name and name.startswith(("procrastinate_", "events_")))


def _include_object(_: Any, name: str | None, kind: str, *__: Any) -> bool:
    return _is_ours(name, kind)


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        compare_server_default=False,
        include_object=_include_object,
    )
    with context.begin_transaction():
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        context.run_migrations()


async def _run() -> None:
    url = context.config.get_main_option("sqlalchemy.url")
    if not url:
        raise RuntimeError("Run `lms migrate`, which knows the database's address.")
    engine = create_async_engine(async_url(url))
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_migrate)
            await connection.commit()
    finally:  # also of a revision that refuses
        await engine.dispose()


given = context.config.attributes.get("connection")
if given is not None:
    _migrate(given)
else:
    asyncio.run(_run())
