"""How many statements a page sends, so that a test can say that it does not grow with the list."""

from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import FastAPI
from sqlalchemy import event


@contextmanager
def statements(app: FastAPI) -> Iterator[list[str]]:
    """SQL statements sent while the block runs."""
    sent: list[str] = []
    engine = app.state.database.engine.sync_engine

    def note(_c, _cursor, statement, *_rest):  # type: ignore[no-untyped-def]
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
