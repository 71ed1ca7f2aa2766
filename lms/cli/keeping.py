"""`lms rebuild`, `lms backup`, `lms restore`."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, urlsplit

import typer

from lms import migrations
from lms.adapters import embedded_postgres
from lms.cli.ground import console, database_of, run_with_database, told_plainly, url_of
from lms.kernel.database import Database
from lms.kernel.errors import DomainError
from lms.rebuild import compare_projections, rebuild_projections
from lms.settings import Settings, get_settings

commands = typer.Typer()


@commands.command()
def rebuild(
    check: Annotated[
        bool, typer.Option(help="Only compare; say what differs and fail if anything does.")
    ] = False,
) -> None:
    """Make standings and monthly totals anew from the facts, or compare them with the facts."""

    async def run(database: Database, _: Settings) -> dict[str, int]:
        async with database.transaction() as session:
            if not check:
                await rebuild_projections(session)
            return await compare_projections(session)

    differences = run_with_database(run)
    for name, count in differences.items():
        typer.echo(f"{name}: {count} rows differ from the facts")
    if any(differences.values()):
        raise typer.Exit(1)


@commands.command()
def backup(file: Path) -> None:
    """Write the whole database to FILE, and uploaded files beside it (FILE.files)."""
    with told_plainly(), database_of(get_settings()) as settings:
        _postgres("pg_dump", "--format=custom", f"--file={file}", url=url_of(settings))
        if settings.storage_dir.is_dir():
            shutil.copytree(settings.storage_dir, Path(f"{file}.files"), dirs_exist_ok=True)
    console.print(f"Written to {file}.")


@commands.command()
def restore(
    file: Path,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Put the database back to what FILE holds; what is in it now is lost."""
    if not file.is_file():
        console.print(f"[red]{file} is not there.[/red]")
        raise typer.Exit(1)
    if not yes:
        typer.confirm("Everything now in the database will be replaced. Go on?", abort=True)
    with told_plainly(), database_of(get_settings()) as settings:
        _restore(file, url_of(settings))
        files = Path(f"{file}.files")
        if files.is_dir():
            shutil.copytree(files, settings.storage_dir, dirs_exist_ok=True)
        migrations.upgrade(url_of(settings))
    console.print(f"Restored from {file}.")


def _restore(file: Path, url: str) -> None:
    """Replace everything by what FILE holds, in one transaction: a restore that fails has changed nothing.

    Not `pg_restore --clean`: it cannot drop what partitions inherit.
    """
    script = file.with_suffix(".restore.sql")
    try:
        _postgres("pg_restore", "--no-owner", f"--file={script}", str(file))
        empty = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"
        options = ("--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1")
        _postgres("psql", *options, f"--command={empty}", f"--file={script}", url=url)
    finally:
        script.unlink(missing_ok=True)


def _postgres(program: str, *arguments: str, url: str | None = None) -> None:
    """Run one of PostgreSQL's programs, on the database at `url` if one is given.

    What it writes is for its owner alone: a dump holds everybody's record. A password goes by the environment,
    since anybody on the machine reads the arguments of a running program.
    """
    environment = dict(os.environ)
    if url is not None:
        if password := urlsplit(url).password:
            url, environment["PGPASSWORD"] = url.replace(f":{password}@", "@", 1), unquote(password)
        arguments = (*arguments, f"--dbname={url}")
    command: list[str | Path] = [embedded_postgres.binary(program), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, umask=0o077)
    if done.returncode:
        raise DomainError(f"{program} failed: {done.stderr.strip()[-500:]}")
