"""The queue's own upkeep: jobs whose worker was killed are taken up again, done ones are cleared away."""

from contextlib import suppress

import structlog
from procrastinate import App
from procrastinate.exceptions import ConnectorException

log = structlog.get_logger("job")
KEPT_HOURS = 72


async def give_back_abandoned(queue: App) -> None:
    """Put back jobs whose worker gives no sign of life any more (for half a minute): it was killed."""
    for job in await queue.job_manager.get_stalled_jobs():
        with suppress(ConnectorException):  # another worker was quicker
            await queue.job_manager.retry_job(job)
            log.warning("taken up again", job=job.task_name)


async def clear_done(queue: App) -> None:
    """Delete jobs done some days ago; failed ones stay for an operator to look at."""
    await queue.job_manager.delete_old_jobs(nb_hours=KEPT_HOURS, queue="lms")
