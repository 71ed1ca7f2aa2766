"""The coverage report of everybody, as a coordinator sees it, against the plain SQL that reads the same standings."""

import time
from statistics import median

import asyncpg

from tests.bench import load
from tests.bench.context import Context
from tests.bench.ground import ADMIN, secret_of
from tests.bench.report import Result
from tests.bench.server import children_of, memory_of

LIMIT, LIMIT_MB = 1.5, 32.0
_TIMES = 5
PATH = "/api/v1/reports/coverage"

# People by entity and competency, the least that has to be read; areas and profiles are not in it.
_PLAIN = """
SELECT a.entity_id, s.competency, count(*)
  FROM (SELECT DISTINCT person_id, competency FROM standings WHERE valid_until >= current_date) s
  JOIN affiliations a ON a.person_id = s.person_id
 WHERE a.is_primary AND a.kind = 'staff' AND a.until_on IS NULL GROUP BY 1, 2
"""


async def measure(context: Context) -> Result:
    """Report and plain SQL in turn, one at a time, and how much memory the server keeps of it."""
    connection = await asyncpg.connect(context.ground.url)
    reports: list[float] = []
    plain: list[float] = []
    try:
        standings = await connection.fetchval("SELECT count(*) FROM standings")
        await _report(context)
        before = _memory(context)
        for _ in range(_TIMES):
            started = time.perf_counter()
            await connection.fetch(_PLAIN)
            plain.append(time.perf_counter() - started)
            reports.append(await _report(context))
        grown = _memory(context) - before
    finally:
        await connection.close()
    reached = median(reports) / median(plain)
    return Result(
        title="Coverage report of everybody",
        limit=f"within {LIMIT} times of the plain SQL that counts people by entity and competency; "
        f"memory grows by no more than {LIMIT_MB:.0f} MB",
        reached=f"{reached:.1f} times, {grown:.0f} MB",
        good=reached <= LIMIT and grown <= LIMIT_MB,
        notes=[
            f"{context.ground.sizes.people:,} people, {standings:,} standings, all entities with their focuses and skill "
            f"areas: {median(reports):.1f} s over HTTP; the plain SQL, without areas and profiles, {median(plain):.1f} s.",
        ],
    )


async def _report(context: Context) -> float:
    request = load.request("GET", PATH, token=secret_of(ADMIN))
    made = await load.run(context.product.port, iter([request]), seconds=120, connections=1)
    return made.milliseconds[0] / 1000


def _memory(context: Context) -> float:
    return memory_of(children_of(context.product.pid))
