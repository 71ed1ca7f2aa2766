"""`lms token`, `lms password`, `lms grant`."""

from typing import Annotated, Any

import typer

from lms.cli.ground import console, run_with_database
from lms.kernel.database import Database
from lms.kernel.errors import DomainError
from lms.people.domain import Role
from lms.people.queries import find_person_by_email, get_actor
from lms.people.service import create_token, grant_by_operator, set_password
from lms.settings import Settings

commands = typer.Typer()


@commands.command()
def token(
    email: str,
    days: Annotated[int, typer.Option(min=1, max=366)] = 30,
    scope: Annotated[
        list[str] | None, typer.Option(help="A permission; repeat for several; none: all.")
    ] = None,
) -> None:
    """Print a new API token of the person with this e-mail."""

    async def make(database: Database, _: Settings) -> str:
        async with database.transaction() as session:
            actor = await get_actor(session, await _person_id(session, email))
            secret, _token = await create_token(
                session, acting=actor, name="lms token", days=days, scopes=scope or None
            )
            return secret

    typer.echo(run_with_database(make))


async def _person_id(session: Any, email: str) -> Any:
    person = await find_person_by_email(session, email)
    if person is None:
        raise DomainError(f"Nobody has the e-mail {email}.")
    return person.id


@commands.command()
def password(email: str) -> None:
    """Set the password of the person with this e-mail; it is asked for, and ends their sign-ins."""
    new = typer.prompt("New password", hide_input=True, confirmation_prompt=True)

    async def change(database: Database, _: Settings) -> None:
        async with database.transaction() as session:
            await set_password(session, person_id=await _person_id(session, email), password=new)

    run_with_database(change)


@commands.command()
def grant(
    email: str,
    role: Role,
    entity: Annotated[str | None, typer.Option(help="Left out: the whole system.")] = None,
) -> None:
    """Give a role to the person with this e-mail: how the first administrator of an installation is made."""

    async def give(database: Database, _: Settings) -> None:
        async with database.transaction() as session:
            await grant_by_operator(
                session, person_id=await _person_id(session, email), role=role, entity=entity
            )

    run_with_database(give)
    console.print(f"{email} is now {role.value} for {entity or 'the whole system'}.")
