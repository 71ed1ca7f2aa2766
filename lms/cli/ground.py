"""What every command stands on: a database, settings that name it, and errors told in one line."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import typer
from pydantic import SecretStr
from rich.console import Console

from lms import migrations, reactions
from lms.adapters import embedded_postgres
from lms.kernel.database import Database, make_engine
from lms.kernel.errors import DomainError
from lms.settings import Settings, get_settings

console = Console()
T = TypeVar("T")


@contextmanager
def database_of(settings: Settings) -> Iterator[Settings]:
    """Settings with a database: the given one, or our own, started if need be and stopped by the last to leave."""
    if settings.database_url is not None:
        yield settings
        return
    with embedded_postgres.running(settings.var_dir) as cluster:
        embedded_postgres.ensure_database(cluster, "lms")
        url = cluster.url("lms")
        os.environ["LMS_DATABASE_URL"] = url  # for the server's own processes
        get_settings.cache_clear()
        try:
            yield settings.model_copy(update={"database_url": SecretStr(url)})
        finally:
            os.environ.pop("LMS_DATABASE_URL", None)
            get_settings.cache_clear()


def url_of(settings: Settings) -> str:
    assert settings.database_url is not None
    return settings.database_url.get_secret_value()


def run_with_database(work: Callable[[Database, Settings], Awaitable[T]]) -> T:
    """Run `work` with a migrated database; an error a person can understand ends with one line, not a trace."""

    async def run(settings: Settings) -> T:
        database = Database(make_engine(url_of(settings), pool_size=2))
        try:
            return await work(database, settings)
        finally:
            await database.close()

    reactions.install()
    with told_plainly(), database_of(get_settings()) as settings:
        migrations.upgrade(url_of(settings))
        return asyncio.run(run(settings))


@contextmanager
def told_plainly() -> Iterator[None]:
    try:
        yield
    except (DomainError, embedded_postgres.EmbeddedPostgresError) as error:
        console.print(f"[red]{error}[/red]", highlight=False)
        raise typer.Exit(1) from error
