"""`lms import people FILE`, `lms import entities FILE`: as the operator, with progress and results by line."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from lms.cli.ground import console, run_with_database
from lms.kernel.database import Database
from lms.people.imports.domain import BadTable, ImportKind, ImportState, Outcome
from lms.people.imports.queries import list_results
from lms.people.imports.service import import_file
from lms.people.models import Import
from lms.settings import Settings

commands = typer.Typer(no_args_is_help=True, help="Bring in people or entities from a CSV file.")
SHOWN = 50  # refused lines printed; the rest is counted

File = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A CSV file in UTF-8.")
]
ForEntity = Annotated[
    str | None, typer.Option(help="Key of the entity imported for; left out: all entities.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and change nothing.")]


@commands.command()
def people(file: File, entity: ForEntity = None, dry_run: DryRun = False) -> None:
    """Bring in people and their affiliations. Run again, it makes nobody twice; fails when lines were refused."""
    _import(ImportKind.PEOPLE, file, entity, dry_run)


@commands.command()
def entities(file: File, entity: ForEntity = None, dry_run: DryRun = False) -> None:
    """Bring in entities. Run again, it makes none twice; fails when lines were refused."""
    _import(ImportKind.ENTITIES, file, entity, dry_run)


def _import(kind: ImportKind, file: Path, entity: str | None, dry_run: bool) -> None:
    async def run(database: Database, _: Settings) -> tuple[Import, list[Any]]:
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
        ) as bar:
            task = bar.add_task(file.name, total=None)

            def show(job: Import) -> None:
                done = job.created + job.updated + job.unchanged + job.refused
                bar.update(task, total=job.rows, completed=done)

            try:
                job = await import_file(
                    database, file, kind=kind, entity=entity, dry_run=dry_run, progress=show
                )
            except BadTable as error:
                bar.stop()
                for fault in error.faults[1:]:
                    console.print(f"[red]{fault.detail}[/red]", highlight=False)
                raise
        async with database.reading() as session:
            return job, list(await list_results(session, job.id, outcome=Outcome.REFUSED, limit=SHOWN))

    _print(*run_with_database(run))


def _print(job: Import, refused: list[Any]) -> None:
    table = Table("line", "column", "what is wrong")
    for row in refused:
        for error in row.errors:
            table.add_row(str(row.line), error["pointer"].removeprefix("/"), error["detail"])
    if refused:
        console.print(table)
    if job.refused > SHOWN:
        console.print(f"... and {job.refused - SHOWN} more refused lines.")
    outcomes = (
        f"{job.created} created, {job.updated} updated, {job.unchanged} unchanged, {job.refused} refused"
    )
    console.print(f"{job.rows} lines: {outcomes}.{' Nothing was changed: a dry run.' if job.dry_run else ''}")
    if job.state == ImportState.FAILED:
        console.print(f"[red]{job.fault}[/red]", highlight=False)
    if job.refused or job.state == ImportState.FAILED:
        raise typer.Exit(1)
