"""`lms serve`, `lms work`, `lms migrate`, `lms demo`."""

import asyncio
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from lms import migrations, reactions
from lms.cli.courses import publish_beside
from lms.cli.ground import console, database_of, run_with_database, told_plainly, url_of
from lms.demo.editions import begin_earlier, publish_earlier
from lms.demo.organisation import make_demo, read_accounts
from lms.demo.whole import furnish_whole
from lms.jobs.worker import work as work_off
from lms.kernel.database import Database, make_engine
from lms.kernel.logs import configure_logs
from lms.settings import Settings, get_settings

commands = typer.Typer()


@commands.command()
def serve(
    demo: Annotated[bool, typer.Option(help="Make the demo organisation on first start.")] = False,
    host: Annotated[str | None, typer.Option(help="Instead of LMS_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Instead of LMS_PORT.", min=1, max=65535)] = None,
) -> None:
    """Migrate, publish the courses and serve; with no LMS_DATABASE_URL, on a database of its own."""
    _set_place(host, port)
    with told_plainly(), database_of(get_settings()) as settings:
        migrations.upgrade(url_of(settings))
        reactions.install()
        asyncio.run(_prepare(settings, demo=demo))
        with _shared_metrics(settings):
            uvicorn.run(
                "lms.app:create_app",
                factory=True,
                host=settings.host,
                port=settings.port,
                workers=settings.workers,
                access_log=False,
                log_level="warning",
                timeout_graceful_shutdown=20,
                timeout_worker_healthcheck=30,  # a process that computes on a busy machine is not dead
                server_header=False,
            )


def _set_place(host: str | None, port: int | None) -> None:
    """Tell every process that is started from here, by the way each of them is told."""
    given = {"LMS_HOST": host, "LMS_PORT": port}
    os.environ.update({name: str(value) for name, value in given.items() if value is not None})
    get_settings.cache_clear()


@contextmanager
def _shared_metrics(settings: Settings) -> Iterator[None]:
    """Give several server processes one fresh folder, in which Prometheus's figures are added up."""
    if settings.workers == 1 or "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        yield
        return
    folder = _fresh_folder(settings.var_dir)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fresh_folder(var: Path) -> Path:
    """In memory if possible: the system kills a process that writes to a file mapped from a full disk."""
    digest = hashlib.sha256(str(var.resolve()).encode()).hexdigest()[:16]
    folder = Path("/dev/shm") / f"lms-metrics-{digest}"  # noqa: S108 — made for us alone, or not taken
    with suppress(OSError):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        return folder
    folder = var / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


async def _prepare(settings: Settings, *, demo: bool) -> None:
    database = Database(make_engine(url_of(settings), pool_size=2))
    try:
        if demo:
            accounts = await _make_demo(database, settings)
        else:
            accounts = []
            await publish_beside(database, settings)
    finally:
        await database.close()
    address = f"http://{settings.host}:{settings.port}"
    console.print(
        f"\nPartnership Learning serves at [bold]{address}[/bold] (the API's reference: {address}/api/docs)"
    )
    if accounts:
        _print_accounts(accounts)
    console.print("Stop with Ctrl-C; everything is kept.\n")


async def _make_demo(database: Database, settings: Settings) -> list[dict[str, str]]:
    """The courses and the demo organisation; in an empty database somebody begins a course in an earlier edition."""
    is_first = await publish_earlier(database, settings)
    if not is_first:
        await publish_beside(database, settings)
    accounts = await make_demo(database, settings)
    if is_first:
        await begin_earlier(database)
        await publish_beside(database, settings)
    return await furnish_whole(database, settings) or accounts


def _print_accounts(accounts: list[dict[str, str]]) -> None:
    """One sign-in for each role, in plain columns that can be copied whatever the terminal's width."""
    typer.echo("\nDemo sign-ins (all of them: lms demo --accounts)\n")
    shown: set[str] = set()
    for each in accounts:
        if each["role"] not in shown:
            typer.echo(f"  {each['role']:<15} {each['email']:<28} {each['password']:<25} {each['entity']}")
            shown.add(each["role"])
    typer.echo("")


@commands.command()
def work() -> None:
    """Work off jobs, apart from the server."""
    with told_plainly(), database_of(get_settings()) as settings:
        configure_logs(settings)
        reactions.install()
        asyncio.run(work_off(settings))


@commands.command()
def migrate(
    down_one: Annotated[bool, typer.Option(help="Undo the newest revision instead.")] = False,
) -> None:
    """Bring the database's schema to the newest revision."""
    with told_plainly(), database_of(get_settings()) as settings:
        if down_one:
            migrations.downgrade_one(url_of(settings))
        else:
            migrations.upgrade(url_of(settings))
    console.print("The schema is at its newest revision." if not down_one else "One revision was undone.")


@commands.command()
def demo(
    accounts: Annotated[bool, typer.Option(help="Only print the sign-ins, as JSON.")] = False,
) -> None:
    """Make the demo organisation, or print its sign-ins."""
    if accounts:
        typer.echo(json.dumps(read_accounts(get_settings()), indent=2, ensure_ascii=False))
        return

    _print_accounts(run_with_database(_make_demo))
