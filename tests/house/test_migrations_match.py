"""The migrations make exactly the tables that the models describe."""

import asyncio

from alembic import command

from lms.migrations import configuration


async def test_migrations_match_the_models(database_url: str) -> None:
    await asyncio.to_thread(command.check, configuration(database_url))
