"""The recognition report: its first page with headline figures, against the plain SQL that reads the same rows."""

import time
import urllib.request
from datetime import date
from statistics import median

import asyncpg

from lms.demo.generate import entity_key
from lms.kernel import clock
from tests.bench import load
from tests.bench.context import Context
from tests.bench.ground import ADMIN, secret_of
from tests.bench.report import Result

LIMIT = 3.0
_TIMES = 15

# Who is listed, and one pass over their monthly rows of the year.
_PLAIN = """
SELECT count(*), sum(t.amount) FILTER (WHERE starts_with(t.line, 'course:')),
       sum(t.amount) FILTER (WHERE starts_with(t.line, 'level:'))
  FROM entities e JOIN affiliations a ON a.entity_id = e.id JOIN recognition_totals t ON t.person_id = a.person_id
 WHERE starts_with(e.path, $1) AND a.is_primary AND a.kind = 'staff' AND a.from_on <= $3
   AND (a.until_on IS NULL OR a.until_on >= $3) AND t.month BETWEEN $2 AND $3
"""


async def measure(context: Context) -> Result:
    """Page and plain SQL in turn, one at a time; then pages of more people, to see what the cost follows."""
    first, last = date(clock.today().year - 1, 1, 1), date(clock.today().year - 1, 12, 31)
    connection = await asyncpg.connect(context.ground.url)
    pages: list[float] = []
    plain: list[float] = []
    try:
        for number in range(_TIMES + 3):
            plain_ms, rows = await _plain(connection, entity_key(1), first, last)
            page_ms = await _page(context, entity_key(1), first, last)
            if number >= 3:
                plain.append(plain_ms)
                pages.append(page_ms)
        others = await _others(context, connection, first, last)
    finally:
        await connection.close()
    reached = median(pages) / median(plain)
    sizes = context.ground.sizes
    return Result(
        title="Recognition report, first page with headline figures",
        limit=f"within {LIMIT:.0f} times of the plain SQL that reads the same monthly rows",
        reached=f"{reached:.1f} times",
        good=reached <= LIMIT,
        table=[
            ("", "people", "monthly rows", "plain SQL ms", "first page ms"),
            (entity_key(1), f"{sizes.report:,}", f"{rows:,}", f"{median(plain):.1f}", f"{median(pages):.1f}"),
            *others,
        ],
        notes=[
            f"{sizes.people:,} people, {sizes.facts:,} facts, the year {first.year}, 50 people a page; "
            "both alone on the machine, one request at a time."
        ],
        profile=await context.profiled(iter([_request(entity_key(1), first, last)] * 400), connections=1),
    )


async def _others(
    context: Context, connection: "asyncpg.Connection[asyncpg.Record]", first: date, last: date
) -> list[tuple[str, ...]]:
    """The same for a larger and a smaller entity: the cost follows the people, not the facts there are."""
    sizes, lines = context.ground.sizes, []
    few = (sizes.people - sizes.large - sizes.report) // (sizes.entities - 2)
    for key, people in ((entity_key(0), sizes.large), (entity_key(5), few)):
        plain, pages, rows = [], [], 0
        for _ in range(5):
            milliseconds, rows = await _plain(connection, key, first, last)
            plain.append(milliseconds)
            pages.append(await _page(context, key, first, last))
        lines.append((key, f"{people:,}", f"{rows:,}", f"{median(plain):.1f}", f"{median(pages):.1f}"))
    return lines


async def _plain(
    connection: "asyncpg.Connection[asyncpg.Record]", key: str, first: date, last: date
) -> tuple[float, int]:
    started = time.perf_counter()
    row = await connection.fetchrow(_PLAIN, f"/{key}/", first, last)
    assert row is not None
    return (time.perf_counter() - started) * 1000, row[0]


async def _page(context: Context, key: str, first: date, last: date) -> float:
    made = await load.run(context.product.port, iter([_request(key, first, last)]), seconds=60, connections=1)
    return made.milliseconds[0]


def _request(key: str, first: date, last: date) -> bytes:
    path = f"/api/v1/reports/recognition?entity={key}&from={first}&to={last}"
    return load.request("GET", path, token=secret_of(ADMIN))


def get(context: Context, path: str) -> "urllib.request.Request":
    """A request for a file, as the administrator."""
    return urllib.request.Request(
        f"http://127.0.0.1:{context.product.port}{path}",
        headers={"Authorization": f"Bearer {secret_of(ADMIN)}"},
    )
