"""The engine, the session and its one commit, and the few column types that every table shares."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Column, DateTime, MetaData, Table, Text, event
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlmodel import SQLModel

from lms.kernel.together import Together
from lms.kernel.writes import flush

SQLModel.metadata.naming_convention = cast(
    Any,
    {
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    },
)
metadata: MetaData = SQLModel.metadata

# SQLAlchemy's own session: SQLModel's warns at every `execute`, which Core statements need.
Session = AsyncSession
PERSONAL: dict[str, Any] = {"personal": True}
"""Column `info` that marks what identifies a person; `tests/house` lists every such column."""


def table_of(model: type[SQLModel]) -> Table:
    """The Core table of a model, for statements that need no objects."""
    return cast(Table, getattr(model, "__table__"))  # noqa: B009 — set by the metaclass, unknown to mypy


def moment(**options: Any) -> Column[datetime]:
    """A column for an aware moment."""
    return Column(DateTime(timezone=True), **options)


def keys(**options: Any) -> Column[list[str]]:
    """A column for a list of keys."""
    return Column(ARRAY(Text()), nullable=False, server_default="{}", **options)


def document(**options: Any) -> Column[Any]:
    """A column for a JSON document; reassign it, never change it in place."""
    return Column(JSONB(none_as_null=True), **options)


def sortable(**options: Any) -> Column[str]:
    """A column for a key of ours that sorts by code point, whatever the database's locale."""
    return Column(Text(collation="C"), **options)


def async_url(url: str) -> str:
    """`postgresql://...` as SQLAlchemy wants it for asyncpg."""
    scheme, _, rest = url.partition("://")
    if scheme.split("+")[0] not in ("postgresql", "postgres"):
        raise ValueError("LMS_DATABASE_URL must begin with postgresql://")
    return f"postgresql+asyncpg://{rest}"


def make_engine(url: str, *, pool_size: int = 10, statement_cache: int = 256) -> AsyncEngine:
    """An engine; `statement_cache=0` is for a pooler in transaction mode, which breaks prepared statements."""
    engine = create_async_engine(
        async_url(url),
        # No overflow: its connections are closed after each use, and opening one costs ten requests. The one
        # used last is used next, since its statements are prepared and its caches warm.
        pool_size=2 * pool_size,
        max_overflow=0,
        pool_use_lifo=True,
        # An error is logged with its statement; names and addresses are among the parameters.
        hide_parameters=True,
        connect_args={
            "prepared_statement_cache_size": statement_cache,
            "statement_cache_size": statement_cache,
            "server_settings": {"application_name": "lms", "timezone": "UTC"},
        },
    )
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def _refuse_closed(connection: Any, *_: Any) -> None:
    """After a restart of the database the pool opens new connections, instead of one request failing for each old.

    Only what the driver knows is looked at: asking the server (`pool_pre_ping`) is a round trip a request.
    """
    if connection.driver_connection.is_closed():
        raise DisconnectionError


class Database:
    """One engine and its sessions. `transaction()` is for jobs and commands; requests use `kernel.http`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._writing = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
        # A lone SELECT needs no BEGIN and no ROLLBACK: two round trips less on every read.
        self._reading = async_sessionmaker(
            engine.execution_options(isolation_level="AUTOCOMMIT"),
            class_=AsyncSession,
            expire_on_commit=False,
            autoflush=False,
        )
        self.together = Together(self.reading)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session that commits when the block ends well and rolls back when it does not."""
        async with self._writing() as session:
            yield session
            await commit(session)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session for reading only, outside any transaction."""
        async with self._reading() as session:
            yield session

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncSession]:
        """A session whose reads all see the same moment, for reports made of several statements."""
        async with self._writing() as session:
            await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


async def commit(session: AsyncSession) -> None:
    """Send what was gathered and commit. Called at the edge only: services never commit."""
    await flush(session)
    await session.commit()


async def roll_back(session: AsyncSession) -> None:
    """Undo all that this request did and gathered: a form that is shown again must not save half of it."""
    session.info.clear()
    await session.rollback()
