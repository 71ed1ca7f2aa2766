"""Run the worker: beside the server in one process, or by itself (`lms work`)."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from procrastinate import App

from lms.jobs.queue import open_queue
from lms.jobs.upkeep import give_back_abandoned
from lms.settings import Settings

log = structlog.get_logger("worker")
_PAUSE = 2  # seconds until the next try when the database is away


@asynccontextmanager
async def running_worker(settings: Settings) -> AsyncIterator[None]:
    """A worker that runs beside what is inside the block, and finishes its jobs when the block ends."""
    async with open_queue(settings) as queue:
        worker = asyncio.create_task(_keep_working(queue, concurrency=2))
        try:
            yield
        finally:
            worker.cancel()
            with suppress(asyncio.CancelledError, TimeoutError):
                await asyncio.wait_for(worker, timeout=20)


async def work(settings: Settings) -> None:
    """Work off jobs until a signal says stop."""
    async with open_queue(settings) as queue:
        worker = asyncio.create_task(_keep_working(queue, concurrency=4))
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, worker.cancel)
        with suppress(asyncio.CancelledError):
            await worker


async def _keep_working(queue: App, *, concurrency: int) -> None:
    """Work until cancelled, which lets running jobs finish; when the database comes back, so does the worker.

    procrastinate's own worker ends when the database goes away: with an error, or quietly when it was only its
    listener that noticed. It does not hear signals here, since beside the server it would take them from it.
    """
    while True:
        error: str | None = None
        try:
            await give_back_abandoned(queue)
            await queue.run_worker_async(
                queues=["lms"], concurrency=concurrency, install_signal_handlers=False
            )
        except Exception as trouble:
            error = repr(trouble)[:300]
        log.warning("worker interrupted", error=error, again_in_seconds=_PAUSE)
        await asyncio.sleep(_PAUSE)


async def work_off(settings: Settings) -> None:
    """Work off the jobs that wait now, then return."""
    async with open_queue(settings) as queue:
        await queue.run_worker_async(queues=["lms"], wait=False, install_signal_handlers=False)
