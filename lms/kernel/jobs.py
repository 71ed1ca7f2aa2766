"""Enqueue a job by name, in the caller's transaction. Only `lms.jobs` knows what a name runs.

A job that is enqueued by a transaction that rolls back does not exist. It may run twice: it checks its own
effect first.
"""

import json
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel.writes import gather_call

# procrastinate's own function, called on our session, so that the job is part of our transaction.
_DEFER = """SELECT cardinality(procrastinate_defer_jobs_v1(ARRAY(
    SELECT ROW('lms', name, 0, NULL, queueing_lock, args::jsonb, NULL)::procrastinate_job_to_defer_v1
    FROM unnest({0}::text[], {1}::text[], {2}::text[]) AS j(name, args, queueing_lock))))"""


def enqueue(session: AsyncSession, name: str, *, queueing_lock: str | None = None, **args: Any) -> None:
    """Have `name` run with `args` (JSON) once this transaction has committed.

    With `queueing_lock`, the transaction fails if a job with the same lock already waits.
    """
    gather_call(session, _DEFER, (name, json.dumps(args, default=str), queueing_lock))
