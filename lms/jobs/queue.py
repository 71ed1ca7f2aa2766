"""The queue: procrastinate on our own database. `lms.kernel.jobs.enqueue` puts jobs in, a worker takes them out."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, LiteralString, cast

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException

from lms.jobs import tasks
from lms.settings import Settings

_AWAY_SECONDS = 5
"""How long a statement waits for a connection. The pool's own half minute would be spent on a database that is gone."""

# A host that vanishes sends no word: the system asks after it, and lets it go within half a minute.
_NETWORK = {
    "connect_timeout": _AWAY_SECONDS,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}


class _Connector(PsycopgConnector):
    """Says when a statement that changes something failed, besides raising."""

    troubled: Callable[[], None] | None = None

    async def execute_query_async(self, query: LiteralString, **arguments: Any) -> None:
        try:
            await super().execute_query_async(query, **arguments)
        except ConnectorException:
            if self.troubled is not None:
                self.troubled()
            raise


@asynccontextmanager
async def open_queue(settings: Settings) -> AsyncIterator[App]:
    """A queue for the database of these settings, knowing every task; closed with all that its tasks opened.

    It connects when first asked something, and raises then where the database is away.
    """
    if settings.database_url is None:
        raise RuntimeError("LMS_DATABASE_URL is not set.")
    connector = _Connector(
        conninfo=settings.database_url.get_secret_value(),
        kwargs=_NETWORK,
        min_size=0,
        max_size=4,
        timeout=_AWAY_SECONDS,
    )
    queue = App(connector=connector)
    outside = tasks.Outside(settings)
    tasks.register(queue, outside)
    try:
        async with queue.open_async():
            yield queue
    finally:
        await outside.close()


def when_troubled(queue: App, act: Callable[[], None]) -> None:
    """Have `act` called whenever the queue could not note something, such as how a job ended."""
    cast(_Connector, queue.connector).troubled = act
