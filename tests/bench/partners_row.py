"""The first page of a register of 20,000 partners, against the plain SQL that reads the same rows."""

import time
from statistics import median
from typing import Any

import asyncpg

from tests.bench import load
from tests.bench.context import Context
from tests.bench.ground import ADMIN, secret_of
from tests.bench.report import Result

PARTNERS, PAGE, LIMIT_MS = 20_000, 50, 50.0
_TIMES = 40
PATHS = {
    "all of them": f"/api/v1/partners?limit={PAGE}",
    "of one sector and country": f"/api/v1/partners?limit={PAGE}&sector=energy&country=KE",
    "by a word of the name": f"/api/v1/partners?limit={PAGE}&q=bench",
}
_FILL = f"""
INSERT INTO partners (id, key, name, sort_key, search_words, kind, sector, country, revision, created_at)
SELECT gen_random_uuid(), 'bench-' || n, 'Bench ' || n, 'bench ' || lpad(n::text, 6, '0'),
       array_to_tsvector(ARRAY['bench', n::text]), 'company', CASE n % 3 WHEN 0 THEN 'energy' ELSE 'health' END,
       CASE n % 50 WHEN 0 THEN 'KE' ELSE 'FR' END, 1, now()
  FROM generate_series(1, {PARTNERS}) n ON CONFLICT (key) DO NOTHING
"""
_PLAIN = f"SELECT * FROM partners ORDER BY sort_key, id LIMIT {PAGE + 1}"


async def measure(context: Context) -> Result:
    """Page and plain SQL in turn, one at a time."""
    connection = await asyncpg.connect(context.ground.url)
    pages: dict[str, list[float]] = {name: [] for name in PATHS}
    plain: list[float] = []
    try:
        await connection.execute(_FILL)
        await connection.execute("ANALYZE partners")
        for path in PATHS.values():
            await _page(context, path)
        for _ in range(_TIMES):
            started = time.perf_counter()
            await connection.fetch(_PLAIN)
            plain.append((time.perf_counter() - started) * 1000)
            for name, path in PATHS.items():
                pages[name].append(await _page(context, path))
    finally:
        await connection.close()
    return _result(pages, plain)


def _result(pages: dict[str, list[float]], plain: list[float]) -> Result:
    slowest = max(median(each) for each in pages.values())
    said = ", ".join(f"{name} {median(each):.1f} ms" for name, each in pages.items())
    return Result(
        title="Partner list",
        limit=f"the first {PAGE} of {PARTNERS:,} partners under {LIMIT_MS:.0f} ms over HTTP, however narrowed",
        reached=f"{slowest:.1f} ms",
        good=slowest < LIMIT_MS,
        notes=[f"Medians of {_TIMES}: {said}; the plain SQL for all of them {median(plain):.1f} ms."],
    )


async def _page(context: Context, path: str) -> float:
    request = load.request("GET", path, token=secret_of(ADMIN))
    made: Any = await load.run(context.product.port, iter([request]), seconds=30, connections=1)
    milliseconds: float = made.milliseconds[0]
    return milliseconds
