"""The one place where fixtures live: a throw-away PostgreSQL, a template with the demo, a fresh clone for each module.

Each test process starts a server of its own (under a second), migrates a template once, publishes the courses and
makes the demo organisation in it; a module then gets a clone in a few tens of milliseconds, and its tests share
it. A test that needs rows of its own makes them; a test that counts everything belongs in a module of its own.
"""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import hypothesis
import psycopg
import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient
from pydantic import SecretStr

from lms import migrations, reactions
from lms.adapters import embedded_postgres
from lms.adapters.embedded_postgres import Cluster
from lms.app import create_app
from lms.kernel.database import Database, make_engine
from lms.settings import Settings
from tests.cast import Cast, make_cast

# How long an example takes says something of the machine and nothing of the law. Where CI is set, Hypothesis has a
# profile of its own that knows no deadline either, and tries the same examples every time.
if "CI" not in os.environ:
    hypothesis.settings.register_profile("house", deadline=None)
    hypothesis.settings.load_profile("house")

# Tests throw their database away, so it need not survive a power cut.
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
TEMPLATE = "template_lms"
_numbers = count(1)


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """A folder for this test process, in memory where there is room."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2**30
    with tempfile.TemporaryDirectory(prefix="lms-tests-", dir=memory if roomy else None) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def cluster(scratch: Path) -> Iterator[Cluster]:
    """A PostgreSQL server of this test process."""
    var = scratch / "postgres"
    try:
        yield embedded_postgres.start(var, settings=NOT_DURABLE)
    finally:
        embedded_postgres.destroy(var)


@pytest.fixture(scope="session")
async def template_cast(cluster: Cluster, scratch: Path) -> Cast:
    """The demo's people, with a bearer token each; made once, in the template that every module clones."""
    reactions.install()
    embedded_postgres.ensure_database(cluster, TEMPLATE)
    migrations_url = cluster.url(TEMPLATE)
    await _in_thread(migrations.upgrade, migrations_url)
    settings = _settings(migrations_url, scratch)
    database = Database(make_engine(migrations_url, pool_size=2))
    try:
        return await make_cast(database, settings)
    finally:
        await database.close()


@pytest.fixture(scope="module")
def cast(template_cast: Cast) -> Cast:
    """The same for one module: whom its tests add to their own database, no other module finds in its cast."""
    return Cast(dict(template_cast.ids), dict(template_cast.passwords))


async def _in_thread(work, *arguments):  # type: ignore[no-untyped-def]
    """Alembic runs a loop of its own, so it needs a thread without one."""
    import asyncio

    return await asyncio.to_thread(work, *arguments)


def _settings(url: str, folder: Path) -> Settings:
    return Settings(
        environment="test",
        database_url=SecretStr(url),
        var_dir=folder / "var",
        jobs_in_server=False,
        log_level="error",
        session_hours=1,
    )


@pytest.fixture(scope="module")
def database_url(cluster: Cluster, cast: Cast) -> Iterator[str]:
    """The address of a fresh clone of the template."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}"')
    yield cluster.url(name)
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(scope="module")
def settings(database_url: str, scratch: Path) -> Settings:
    """Settings for this module's database; no worker runs beside the server."""
    return _settings(database_url, scratch)


@pytest.fixture(scope="module")
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    """The application on this module's database."""
    made = create_app(settings)
    yield made
    await made.state.database.close()


@pytest.fixture(scope="module")
def database(app: FastAPI) -> Database:
    """The application's database, for looking behind the API."""
    found: Database = app.state.database
    return found


@pytest.fixture(scope="module")
async def client(app: FastAPI) -> AsyncIterator[AsyncClient]:
    """A client that speaks to the application without a socket; sign in with `headers=cast.token(...)`."""
    transport = ASGITransport(app=app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://test") as made:
        yield made
