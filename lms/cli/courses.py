"""`lms courses check`, `lms courses publish`, `lms courses digest`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from lms.catalogue.loader import Library, load_library, older_citations
from lms.catalogue.service import Impact, impact_of, publish_library
from lms.cli.ground import console, run_with_database
from lms.kernel import clock
from lms.kernel.database import Database
from lms.recognition.policies import DEFAULT_POLICY, read_policy
from lms.recognition.service import publish_policy
from lms.settings import Settings, get_settings

commands = typer.Typer(no_args_is_help=True, help="Check and publish the courses in LMS_COURSES_DIR.")


async def publish_beside(database: Database, settings: Settings) -> list[Impact]:
    library = load_library(settings.courses_dir)
    async with database.transaction() as session:
        await publish_policy(session, read_policy(DEFAULT_POLICY))
        return await publish_library(session, library, acting=None)


@commands.command("check")
def courses_check(
    folder: Annotated[Path | None, typer.Argument(help="Left out: LMS_COURSES_DIR.")] = None,
    citations: Annotated[bool, typer.Option(help="Also list citations not looked up for a year.")] = False,
) -> None:
    """List every mistake in the courses, with file, line and a sentence."""
    library = load_library(folder or get_settings().courses_dir)
    findings = list(library.findings)
    if citations:
        findings += older_citations(library, clock.today())
    for finding in sorted(findings, key=lambda each: each.sort_key):
        typer.echo(str(finding))
    errors = sum(finding.is_error for finding in findings)
    typer.echo(
        f"{len(library.courses)} courses are sound; {errors} mistakes, {len(findings) - errors} notes."
    )
    if errors:
        raise typer.Exit(1)


@commands.command("publish")
def courses_publish(
    dry_run: Annotated[bool, typer.Option(help="Only say whom it would touch.")] = False,
) -> None:
    """Publish courses that have changed, after saying whom that touches."""

    async def publish(database: Database, settings: Settings) -> list[Impact]:
        library = load_library(settings.courses_dir)
        async with database.reading() as session:
            _print_impact(await impact_of(session, library))
        return [] if dry_run else await publish_beside(database, settings)

    published = run_with_database(publish)
    console.print(f"{len(published)} editions were published." if not dry_run else "Nothing was published.")


def _print_impact(impacts: list[Impact]) -> None:
    table = Table("course", "edition", "change", "in progress", "completed", "by entity: going/done/to renew")
    for each in impacts:
        where = ", ".join(
            f"{at.entity} {at.in_progress}/{at.completed}/{at.holding}" for at in each.by_entity
        )
        row = (each.course, str(each.number), each.change, str(each.in_progress), str(each.completed), where)
        table.add_row(*row)
    if impacts:
        console.print(table)


@commands.command("digest")
def courses_digest(key: str) -> None:
    """List the digests of a course's original files, for `translated_from` in translations."""
    library: Library = load_library(get_settings().courses_dir)
    digests = library.digests.get(key)
    if digests is None:
        console.print(f"[red]There is no course {key}.[/red]")
        raise typer.Exit(1)
    for file, digest in sorted(digests.items()):
        typer.echo(f"{digest[:12]}  {file}")
