"""Courses quote lessons by their address; what an edition quotes is known from its publication on."""

from pathlib import Path

from sqlalchemy import text

from lms.catalogue.service import publish_library
from lms.kernel.database import Database
from tests.cast import Cast
from tests.catalogue.small_library import load, spoil, write_library

PAGE, WORDS = "first-steps/en/four-papers.md", "says so"


async def quoted(database: Database) -> set[str]:
    async with database.reading() as session:
        return set(await session.scalars(text("SELECT lesson FROM lesson_quotes")))


async def publish(database: Database, root: Path) -> None:
    library = load(root)
    assert not library.errors, library.errors
    async with database.transaction() as session:
        await publish_library(session, library, acting=None)


async def test_what_a_new_edition_quotes_takes_the_place_of_what_the_one_before_did(
    database: Database, cast: Cast, tmp_path: Path
) -> None:
    write_library(tmp_path)
    await publish(database, tmp_path)
    assert await quoted(database) == set()
    link = '[an office](/lessons/read-it-aloud) and [another](/lessons/ask-first "Ask first") say so'
    spoil(tmp_path, PAGE, WORDS, link)
    await publish(database, tmp_path)
    assert await quoted(database) == {"read-it-aloud", "ask-first"}
    spoil(tmp_path, PAGE, link, "[an office](/lessons/read-it-aloud-2) says so")
    await publish(database, tmp_path)
    assert await quoted(database) == {"read-it-aloud-2"}
