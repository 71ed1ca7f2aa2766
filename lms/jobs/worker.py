"""Run the worker: beside the server in one process, or by itself (`lms work`)."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from procrastinate import App
from procrastinate.exceptions import ConnectorException
from procrastinate.worker import Worker

from lms.jobs.queue import open_queue, when_troubled
from lms.jobs.upkeep import give_back_abandoned
from lms.settings import Settings

log = structlog.get_logger("worker")
_PAUSE, _LONGEST_PAUSE = 0.5, 4.0  # seconds until the next try when the database is away


@asynccontextmanager
async def running_worker(settings: Settings) -> AsyncIterator[None]:
    """A worker that runs beside what is inside the block, and finishes its jobs when the block ends."""
    worker = asyncio.create_task(_keep_working(settings, concurrency=2))
    try:
        yield
    finally:
        worker.cancel()
        with suppress(asyncio.CancelledError, TimeoutError):
            await asyncio.wait_for(worker, timeout=settings.worker_silence_seconds)


async def work(settings: Settings) -> None:
    """Work off jobs until a signal says stop."""
    worker = asyncio.create_task(_keep_working(settings, concurrency=4))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, worker.cancel)
    with suppress(asyncio.CancelledError):
        await worker


async def _keep_working(settings: Settings, *, concurrency: int) -> None:
    """Work until cancelled; when the database goes away and comes back, so does the worker.

    Each try begins with connections of its own: a pool that has seen a long absence tries ever more seldom.
    """
    pause = _PAUSE
    while True:
        error: str | None = None
        began = asyncio.get_running_loop().time()
        try:
            async with open_queue(settings) as queue:
                await _work_once(queue, settings.worker_silence_seconds, concurrency)
        except Exception as trouble:
            error = repr(trouble)[:300]
        lasted = asyncio.get_running_loop().time() - began
        pause = _PAUSE if lasted > 60 else min(2 * pause, _LONGEST_PAUSE)
        log.warning("worker interrupted", error=error, again_in_seconds=pause)
        await asyncio.sleep(pause)


async def _work_once(queue: App, silence: float, concurrency: int) -> None:
    """Work until cancelled, which lets running jobs finish for a while, or until the database is in trouble.

    procrastinate's worker ends when the database goes away: with an error, or quietly when it was only its
    listener that noticed. It would live on where it could not note how a job ended, and that job would stand as
    being done for ever; so it ends then too, and what stands under its name is given back. It does not hear
    signals here, since beside the server it would take them from it.
    """
    worker = Worker(
        queue,
        queues=["lms"],
        concurrency=concurrency,
        install_signal_handlers=False,
        update_heartbeat_interval=silence / 5,
        stalled_worker_timeout=silence,
        # It gives no more signs of life while it waits for its last jobs: they end before it counts as dead.
        shutdown_graceful_timeout=silence / 2,
    )
    when_troubled(queue, worker.stop)
    async with asyncio.TaskGroup() as group:
        looking = group.create_task(_look_for_abandoned(queue, worker, silence))
        await worker.run()  # type: ignore[no-untyped-call] # procrastinate leaves it without types
        looking.cancel()


async def _look_for_abandoned(queue: App, worker: Worker, silence: float) -> None:
    while True:
        with suppress(ConnectorException):  # the worker notices by itself that the database is away
            await give_back_abandoned(queue, silence=silence, own=worker.worker_id)
        await asyncio.sleep(silence / 4)


async def work_off(settings: Settings) -> None:
    """Work off the jobs that wait now, then return."""
    async with open_queue(settings) as queue:
        await queue.run_worker_async(queues=["lms"], wait=False, install_signal_handlers=False)
