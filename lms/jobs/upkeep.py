"""The queue's own upkeep: jobs whose worker was killed are taken up again, done ones are cleared away."""

import structlog
from procrastinate import App

log = structlog.get_logger("job")
KEPT_HOURS = 72
MOST_TRIES = 8
"""After so many a job has failed for good, and stays for an operator to look at."""

# One statement, with the jobs locked: two workers that look at the same time do not both put a job back, the
# second of them out of the hands of a third. procrastinate's own way reads first and puts back later.
_GIVE_BACK = """
WITH dead AS (
    SELECT job.id, job.task_name, job.attempts + 1 AS tries
      FROM procrastinate_jobs job
      LEFT JOIN procrastinate_workers worker
           ON worker.id = job.worker_id AND worker.last_heartbeat > now() - make_interval(secs => %(silence)s)
     WHERE job.status = 'doing' AND job.queue_name = 'lms' AND worker.id IS NULL
       AND (%(own)s::bigint IS NULL OR job.worker_id IS DISTINCT FROM %(own)s)
       FOR UPDATE OF job SKIP LOCKED)
SELECT task_name, tries,
       CASE WHEN tries < %(most)s THEN procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL)
            ELSE procrastinate_finish_job_v1(id, 'failed', false) END
  FROM dead"""


async def give_back_abandoned(queue: App, *, silence: float, own: int | None = None) -> None:
    """Put back jobs whose worker gave no sign of life for `silence` seconds: it was killed.

    One that was tried too often fails instead: it may be what kills its worker. Jobs of the worker `own`, which
    asks, are in its hands, however late its own sign of life is.
    """
    given_back = await queue.connector.execute_query_all_async(
        _GIVE_BACK, silence=float(silence), own=own, most=MOST_TRIES
    )
    for job in given_back:
        if job["tries"] < MOST_TRIES:
            log.warning("taken up again", job=job["task_name"], tries=job["tries"])
        else:
            log.error("given up, its worker died each time", job=job["task_name"], tries=job["tries"])


async def clear_done(queue: App) -> None:
    """Delete jobs done some days ago; failed ones stay for an operator to look at."""
    await queue.job_manager.delete_old_jobs(nb_hours=KEPT_HOURS, queue="lms")
