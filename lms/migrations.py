"""Run Alembic from code: up to the newest revision, or one back, on a database given by its address."""

from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from lms.kernel.errors import Conflict
from lms.settings import PROJECT


def configuration(url: str) -> Config:
    """Alembic's configuration for this project and database."""
    config = Config(str(Path(PROJECT) / "alembic.ini"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def upgrade(url: str) -> None:
    """Bring the schema to the newest revision; nothing happens when it is there. Safe from several instances."""
    command.upgrade(configuration(url), "head")


class CannotUndo(Conflict):
    type, title = "cannot-undo", "Only the newest revision can be undone"


def downgrade_one(url: str) -> None:
    """Undo the newest revision, and never one more: what lies further back holds facts. Raises `CannotUndo`."""
    current = current_revision(url)
    if current != newest_revision():
        raise CannotUndo(f"The schema is at {current}, not at the newest revision; restore a backup instead.")
    command.downgrade(configuration(url), "-1")


def current_revision(url: str) -> str | None:
    """The revision that this database is at; None when it has no schema of ours."""
    with psycopg.connect(url) as connection:
        known = connection.execute("SELECT to_regclass('alembic_version')").fetchone()
        if known is None or known[0] is None:
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return None if row is None else str(row[0])


def newest_revision() -> str:
    """The revision that this code expects."""
    head = ScriptDirectory.from_config(Config(str(Path(PROJECT) / "alembic.ini"))).get_current_head()
    return str(head)
