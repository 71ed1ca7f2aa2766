"""`lms keys list`, `create`, `rotate`, `retire`: what dossiers and credentials are signed with."""

from typing import Annotated

import typer
from rich.table import Table

from lms.adapters import signing
from lms.cli.ground import console, run_with_database
from lms.kernel.database import Database
from lms.settings import Settings

commands = typer.Typer(no_args_is_help=True, help="Keys that dossiers and credentials are signed with.")


@commands.command("list")
def list_keys() -> None:
    """Show every key: its name, since when it signs, and whether it still does."""

    async def read(database: Database, _: Settings) -> list[tuple[str, str, str]]:
        async with database.reading() as session:
            rows = await signing.list_keys(session)
            return [(row.kid, f"{row.created_at:%Y-%m-%d %H:%M} UTC", signing.state_of(row)) for row in rows]

    table = Table("Key", "Since", "State")
    for row in run_with_database(read):
        table.add_row(*row)
    console.print(table)


@commands.command()
def create() -> None:
    """Make the first key; where one is active already, nothing is done."""

    async def make(database: Database, settings: Settings) -> str | None:
        async with database.transaction() as session:
            if any(
                signing.state_of(key) is signing.KeyState.ACTIVE for key in await signing.list_keys(session)
            ):
                return None
            return await signing.rotate(session, folder=signing.Keys(settings.keys_dir))

    made = run_with_database(make)
    console.print(
        f"{made} signs from now on." if made else "A key is active already; `lms keys rotate` replaces it."
    )


@commands.command()
def rotate() -> None:
    """Make a new key that signs from now on; what the old one signed stays good."""

    async def make(database: Database, settings: Settings) -> str:
        async with database.transaction() as session:
            return await signing.rotate(session, folder=signing.Keys(settings.keys_dir))

    console.print(f"{run_with_database(make)} signs from now on.")


@commands.command()
def retire(
    kid: str,
    revoke: Annotated[
        bool, typer.Option(help="Somebody else may hold it: what it signed is no longer vouched for.")
    ] = False,
) -> None:
    """Have a key sign nothing more. Its private half may then be deleted from the folder."""

    async def end(database: Database, _: Settings) -> None:
        async with database.transaction() as session:
            await signing.end_key(session, kid=kid, revoke=revoke)

    run_with_database(end)
    console.print(f"{kid} is {'revoked' if revoke else 'retired'}.")
