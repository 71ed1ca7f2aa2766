"""The queue: procrastinate on our own database. `lms.kernel.jobs.enqueue` puts jobs in, a worker takes them out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from procrastinate import App, PsycopgConnector

from lms.jobs import tasks
from lms.settings import Settings


@asynccontextmanager
async def open_queue(settings: Settings) -> AsyncIterator[App]:
    """A queue for the database of these settings, knowing every task; closed with all that its tasks opened."""
    if settings.database_url is None:
        raise RuntimeError("LMS_DATABASE_URL is not set.")
    connector = PsycopgConnector(conninfo=settings.database_url.get_secret_value(), min_size=1, max_size=4)
    queue = App(connector=connector)
    outside = tasks.Outside(settings)
    tasks.register(queue, outside)
    try:
        async with queue.open_async():
            yield queue
    finally:
        await outside.close()
