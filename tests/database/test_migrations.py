"""The schema's way up from empty, by several at once, one step back, and on the oldest PostgreSQL we promise."""

import asyncio
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from httpx2 import ASGITransport, AsyncClient
from pydantic import SecretStr

from lms import migrations
from lms.adapters.embedded_postgres import Cluster
from lms.adapters.postgres_programs import account_named, current_account, run
from lms.app import create_app
from lms.catalogue.beside import library_beside
from lms.kernel.errors import DomainError
from lms.settings import Settings
from tests.cast import make_cast
from tests.journeys import test_main_job as main_job

OLDEST = Path("/usr/lib/postgresql/15/bin")
_numbers = count(1)


@pytest.fixture
def empty(cluster: Cluster) -> Iterator[str]:
    """The address of an empty database."""
    name = f"empty_{next(_numbers)}"
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield cluster.url(name)
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def revisions() -> list[str]:
    """All revisions, the first first."""
    script = ScriptDirectory.from_config(migrations.configuration("postgresql://nowhere"))
    return [each.revision for each in reversed(list(script.walk_revisions()))]


def tables(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        return {row[0] for row in rows}


def test_revisions_are_one_line() -> None:
    script = ScriptDirectory.from_config(migrations.configuration("postgresql://nowhere"))
    assert len(script.get_heads()) == 1
    assert migrations.newest_revision() == revisions()[-1]
    assert all(not each.is_branch_point for each in script.walk_revisions())


async def test_up_from_empty_and_again(empty: str) -> None:
    assert migrations.current_revision(empty) is None
    await asyncio.to_thread(migrations.upgrade, empty)
    assert migrations.current_revision(empty) == migrations.newest_revision()
    made = tables(empty)
    assert {"completions", "events", "persons", "procrastinate_jobs"} <= made
    await asyncio.to_thread(migrations.upgrade, empty)
    assert tables(empty) == made
    await asyncio.to_thread(command.check, migrations.configuration(empty))


async def test_several_instances_may_start_at_once(empty: str) -> None:
    """Each a process of its own, as in production: one migrates, the others wait and find it done."""
    code = f"from lms import migrations; migrations.upgrade({empty!r}); print(migrations.current_revision({empty!r}))"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for each in started:
        said, wrong = await asyncio.to_thread(each.communicate, timeout=60)
        assert (each.returncode, said.strip()) == (0, migrations.newest_revision()), wrong
    await asyncio.to_thread(command.check, migrations.configuration(empty))


async def test_the_newest_revision_can_be_undone_and_no_other(empty: str) -> None:
    await asyncio.to_thread(migrations.upgrade, empty)
    before = tables(empty)
    await asyncio.to_thread(migrations.downgrade_one, empty)
    assert migrations.current_revision(empty) == revisions()[-2]
    with pytest.raises(DomainError, match="not at the newest revision"):
        await asyncio.to_thread(migrations.downgrade_one, empty)
    assert migrations.current_revision(empty) == revisions()[-2]
    await asyncio.to_thread(migrations.upgrade, empty)
    assert tables(empty) == before
    await asyncio.to_thread(command.check, migrations.configuration(empty))


async def test_revisions_that_hold_facts_refuse_whoever_asks(empty: str) -> None:
    """Also past our own command, straight through Alembic: nothing of it happens."""
    await asyncio.to_thread(migrations.upgrade, empty)
    for target in ("base", revisions()[0]):
        with pytest.raises(RuntimeError, match=r"facts|events"):
            await asyncio.to_thread(command.downgrade, migrations.configuration(empty), target)
        assert migrations.current_revision(empty) == migrations.newest_revision()


# -- the oldest PostgreSQL ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def oldest() -> Iterator[str]:
    """A throw-away server of PostgreSQL 15, as somebody who is not root; the address of its database."""
    account = account_named("nobody") if current_account().uid == 0 else current_account()
    memory = Path("/dev/shm")
    home = Path(tempfile.mkdtemp(prefix="lms-oldest-", dir=memory if memory.is_dir() else None))
    account.take(home)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
    try:
        made = run(account, [OLDEST / "initdb", "-D", home / "data", "-U", "lms", "-A", "trust", "-E", "UTF8",
                             "--locale=C", "--no-sync"])  # fmt: skip
        assert made.returncode == 0, made.stderr
        start = [OLDEST / "pg_ctl", "-D", home / "data", "-w", "-l", home / "log", "-o", options, "start"]
        assert run(account, start).returncode == 0, (home / "log").read_text()
        yield f"postgresql://lms@127.0.0.1:{port}/postgres"
    finally:
        run(account, [OLDEST / "pg_ctl", "-D", home / "data", "-m", "immediate", "stop"])
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="module")
async def old_client(oldest: str, scratch: Path) -> AsyncIterator[tuple[AsyncClient, Settings]]:
    """The application on that server, migrated."""
    await asyncio.to_thread(migrations.upgrade, oldest)
    settings = Settings(
        environment="test",
        database_url=SecretStr(oldest),
        var_dir=scratch / "oldest",
        jobs_in_server=False,
        log_level="error",
    )
    app = create_app(settings)
    async with AsyncClient(transport=ASGITransport(app=app), base_url="http://test") as made:
        made.app = app  # type: ignore[attr-defined]
        yield made, settings
    with suppress(OSError):
        await app.state.database.close()


@pytest.mark.skipif(not OLDEST.is_dir(), reason="PostgreSQL 15 is not installed here")
async def test_the_main_job_works_on_postgresql_15(
    old_client: tuple[AsyncClient, Settings], oldest: str
) -> None:
    with psycopg.connect(oldest) as connection:
        assert connection.info.server_version // 10000 == 15
    client, settings = old_client
    database = client.app.state.database  # type: ignore[attr-defined]
    cast = await make_cast(database, settings)
    essentials = library_beside(settings.courses_dir).courses["partnership-essentials"]
    await main_job.test_from_enrolment_to_report_and_back(client, database, cast, essentials)
    await asyncio.to_thread(command.check, migrations.configuration(oldest))
