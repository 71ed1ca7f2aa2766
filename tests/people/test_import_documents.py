"""The guide names every column and kind that a file may hold."""

from lms.people.imports.entities import PARSERS
from lms.people.imports.rows import COLUMNS, KINDS
from lms.settings import PROJECT


def test_the_guide_names_every_column_and_kind() -> None:
    guide = (PROJECT / "docs" / "imports.md").read_text(encoding="utf-8")
    missing = [name for name in (*COLUMNS, *PARSERS, *KINDS) if f"`{name}`" not in guide]
    assert missing == []
