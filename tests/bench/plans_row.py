"""Learning plans: one person's with a thousand courses, and five thousand people's by jobs on two workers."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from statistics import median

import asyncpg

from lms.demo.generate import PERSON, made_id
from lms.kernel import clock
from lms.kernel.database import Database, make_engine
from lms.kernel.ids import new_id
from lms.plans.service import Terms, make_plans
from tests.bench.context import Context
from tests.bench.report import Result

WORKERS, AT_ONCE, PEOPLE = 2, 100, 5_000
LIMIT_MS, LIMIT_PER_SECOND = 20.0, 500.0


async def measure(context: Context) -> Result:
    """Plan some people one by one, then all that have a plan by jobs."""
    people = min(PEOPLE, context.ground.sizes.people // 4)
    milliseconds = await _one_by_one(context)
    per_second, changed = await _by_jobs(context, people)
    return Result(
        title=f"Learning plans with {context.ground.sizes.courses:,} courses",
        limit=f"one person under {LIMIT_MS:.0f} ms; by jobs at least {LIMIT_PER_SECOND:.0f} people a second on two cores",
        reached=f"{median(milliseconds):.1f} ms, {per_second:.0f} a second",
        good=median(milliseconds) < LIMIT_MS and per_second >= LIMIT_PER_SECOND and changed == people,
        notes=[
            f"One person: facts read, plan made with its reasons and days; {len(milliseconds)} people, at most "
            f"{max(milliseconds):.1f} ms.",
            f"By jobs: {people:,} people with a plan, {AT_ONCE} a job, {WORKERS} workers (`lms work`); facts read, plans "
            f"made, {changed:,} of them changed and were written with what changed and an event each.",
        ],
    )


async def _one_by_one(context: Context) -> list[float]:
    database = Database(make_engine(context.ground.url, pool_size=1))
    taken = []
    try:
        for number in range(200):
            person = made_id(PERSON, number * 7)
            started = time.perf_counter()
            async with database.reading() as session:
                made = await make_plans(session, {person: Terms(clock.today())})
            assert made[person].content["steps"]
            taken.append(1000 * (time.perf_counter() - started))
    finally:
        await database.close()
    return taken[10:]  # the first read the library


async def _by_jobs(context: Context, people: int) -> tuple[float, int]:
    connection = await asyncpg.connect(context.ground.url)
    try:
        await _give_plans(connection, people)
        with ExitStack() as stack:
            for _ in range(WORKERS):
                stack.enter_context(_worker(context))
            await _warm(connection)
            started = time.perf_counter()
            await _enqueue(connection, people)
            while await connection.fetchval(_LEFT):
                await asyncio.sleep(0.05)
            seconds = time.perf_counter() - started
        changed = await connection.fetchval("SELECT count(*) FROM plans WHERE revision = 2")
    finally:
        await connection.close()
    return people / seconds, int(changed)


_LEFT = """SELECT count(*) FROM procrastinate_jobs
            WHERE task_name = 'plans.after_change' AND status IN ('todo', 'doing')"""


async def _give_plans(connection: "asyncpg.Connection[object]", people: int) -> None:
    """Each an empty plan, so that following it changes every one."""
    content = json.dumps({"steps": [], "left_out": [], "gap": [], "minutes": 0})
    await connection.execute("TRUNCATE plans, plan_changes")
    # What the other rows left waiting would be worked off first, for minutes.
    await connection.execute("TRUNCATE procrastinate_jobs CASCADE")
    rows = [
        (new_id(), made_id(PERSON, n), "active", "none", 45, date.today(), content, 1, clock.now())
        for n in range(people)
    ]
    await connection.copy_records_to_table(
        "plans",
        records=rows,
        columns=[
            "id", "person_id", "state", "profile", "weekly_minutes", "start_on", "content", "revision", "made_at",
        ],
    )  # fmt: skip


async def _warm(connection: "asyncpg.Connection[object]") -> None:
    """Until both workers have looked for work, and have read the library for a job about nobody."""
    while await connection.fetchval("SELECT count(*) FROM procrastinate_workers") < WORKERS:
        await asyncio.sleep(0.1)
    for _ in range(4 * WORKERS):
        await _defer(connection, [str(made_id(PERSON, 10**9))])
    while await connection.fetchval(_LEFT):
        await asyncio.sleep(0.05)


async def _enqueue(connection: "asyncpg.Connection[object]", people: int) -> None:
    for first in range(0, people, AT_ONCE):
        ids = [str(made_id(PERSON, number)) for number in range(first, min(first + AT_ONCE, people))]
        await _defer(connection, ids)


async def _defer(connection: "asyncpg.Connection[object]", ids: list[str]) -> None:
    await connection.execute(
        """SELECT procrastinate_defer_jobs_v1(ARRAY[
               ROW('lms', 'plans.after_change', 0, NULL, NULL, $1::jsonb, NULL)::procrastinate_job_to_defer_v1])""",
        json.dumps({"ids": ids}),
    )


@contextmanager
def _worker(context: Context) -> Iterator[None]:
    environment = os.environ | {
        "LMS_DATABASE_URL": context.ground.url,
        "LMS_VAR_DIR": str(context.folder),
        "LMS_LOG_LEVEL": "error",
    }
    process = subprocess.Popen([sys.executable, "-m", "lms.cli", "work"], env=environment)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
