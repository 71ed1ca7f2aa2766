"""What an administrator watches: how much there is, what waits or failed, and what happened last.

Types and ids of events only: no answer, evidence or free text is read here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts of the whole system; `worker_seen_at` is the worker's last sign of life, None without one."""

    people: int
    entities: int
    courses: int
    jobs_waiting: int
    jobs_running: int
    jobs_failed: int
    worker_seen_at: datetime | None
    events_today: int


_OVERVIEW = text(
    """SELECT (SELECT count(*) FROM persons WHERE erased_at IS NULL) AS people,
              (SELECT count(*) FROM entities) AS entities,
              (SELECT count(*) FROM courses WHERE retired_at IS NULL AND current_version_id IS NOT NULL) AS courses,
              j.waiting AS jobs_waiting, j.running AS jobs_running, j.failed AS jobs_failed,
              (SELECT max(last_heartbeat) FROM procrastinate_workers) AS worker_seen_at,
              (SELECT count(*) FROM events WHERE at >= date_trunc('day', now())) AS events_today
         FROM (SELECT count(*) FILTER (WHERE status = 'todo') AS waiting,
                      count(*) FILTER (WHERE status = 'doing') AS running,
                      count(*) FILTER (WHERE status = 'failed') AS failed
                 FROM procrastinate_jobs WHERE status IN ('todo', 'doing', 'failed')) j"""
)
_FAILED_JOBS = text(
    """SELECT task_name, count(*) AS jobs, max(attempts) AS attempts,
              max((SELECT max(e.at) FROM procrastinate_events e WHERE e.job_id = j.id)) AS last_at
         FROM procrastinate_jobs j WHERE status = 'failed' GROUP BY 1 ORDER BY 1"""
)
_EVENTS = text(
    """SELECT v.id, v.at, v.type, v.subject_type, v.subject_id, a.name AS actor,
              coalesce(p.name, c.key, e.key) AS subject, o.key AS entity
         FROM (SELECT * FROM events
                WHERE (CAST(:at AS timestamptz) IS NULL OR (at, id) < (:at, CAST(:id AS bigint)))
                  AND (CAST(:type AS text) IS NULL OR type = :type)
                ORDER BY at DESC, id DESC LIMIT :limit) v
         LEFT JOIN persons a ON a.id = coalesce(v.actor_id, CASE v.type WHEN 'people.signed_in' THEN v.subject_id END)
         LEFT JOIN persons p ON v.subject_type = 'person' AND p.id = v.subject_id
         LEFT JOIN courses c ON v.subject_type = 'course' AND c.id = v.subject_id
         LEFT JOIN entities e ON v.subject_type = 'entity' AND e.id = v.subject_id
         LEFT JOIN entities o ON o.id = v.entity_id
        ORDER BY v.at DESC, v.id DESC"""
)


async def overview(session: AsyncSession) -> Overview:
    """The counts, in one statement."""
    row = (await session.execute(_OVERVIEW)).one()
    return Overview(**row._mapping)


async def failed_jobs(session: AsyncSession) -> Sequence[Any]:
    """Jobs that were given up, by name (task_name, jobs, attempts, last_at)."""
    return (await session.execute(_FAILED_JOBS)).all()


async def latest_events(
    session: AsyncSession, *, event_type: str | None, after: Sequence[str] | None, limit: int
) -> Sequence[Any]:
    """Events, the latest first (id, at, type, subject_type, subject_id, actor, subject, entity).

    `after` is (at in ISO 8601, id) of the last one read. For people to look at: a reader that must not miss
    what commits late uses `GET /api/v1/events`.
    """
    at, event_id = after or (None, None)
    values = {
        "at": None if at is None else datetime.fromisoformat(at),
        "id": None if event_id is None else int(event_id),
        "type": event_type,
        "limit": limit,
    }
    return (await session.execute(_EVENTS, values)).all()
