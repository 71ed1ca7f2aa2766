"""Reports as files: the completion report of a large entity, and the recognition report of everybody."""

import asyncio
import time
import urllib.request
from dataclasses import dataclass
from statistics import median

from lms.demo.generate import entity_key
from lms.demo.generated_courses import LONG, edition
from lms.kernel import clock
from tests.bench.context import Context
from tests.bench.ground import ADMIN, secret_of
from tests.bench.report import Result
from tests.bench.server import Server, children_of, memory_of

LIMIT_SECONDS, FIRST_SECONDS, LIMIT_MB = 3.0, 1.0, 32.0


@dataclass(frozen=True, slots=True)
class Download:
    """One file: when its first byte and its last came, its lines, and by how much the server's memory grew."""

    first: float
    seconds: float
    lines: int
    size: int
    grown_mb: float


async def completion_report(context: Context) -> Result:
    """People of one entity on the long course, one column for each activity."""
    course = edition(LONG).course
    path = f"/api/v1/reports/completion.csv?course={course.key}&entity={entity_key(0)}"
    await download(context.product, path)
    runs = [await download(context.product, path) for _ in range(context.rounds)]
    seconds, first = median(run.seconds for run in runs), median(run.first for run in runs)
    return Result(
        title="Completion report as CSV",
        limit=f"under {LIMIT_SECONDS:.0f} s, streaming from the first second",
        reached=f"{seconds:.2f} s, first bytes after {first:.2f} s",
        good=seconds < LIMIT_SECONDS and first < FIRST_SECONDS,
        notes=[
            f"{runs[0].lines - 1:,} people on {len(course.activities)} activities, {runs[0].size / 2**20:.1f} MB."
        ],
    )


async def recognition_report(context: Context) -> Result:
    """A year of every entity, one file after the other; the largest tells how memory grows."""
    year = clock.today().year - 1
    entities = [entity_key(number) for number in range(context.ground.sizes.entities)]
    paths = [
        f"/api/v1/reports/recognition.csv?entity={key}&from={year}-01-01&to={year}-12-31" for key in entities
    ]
    started, lines, grown = time.perf_counter(), 0, 0.0
    for path in paths:
        run = await download(context.product, path)
        lines, grown = lines + run.lines - 1, max(grown, run.grown_mb)
    seconds = time.perf_counter() - started
    return Result(
        title="Recognition report of everybody as CSV",
        limit=f"memory grows by no more than {LIMIT_MB:.0f} MB",
        reached=f"{grown:.0f} MB",
        good=grown <= LIMIT_MB,
        notes=[f"{lines:,} people in {len(entities)} files, {seconds:.1f} s."],
    )


async def download(server: Server, path: str) -> Download:
    """Fetch a file, looking at the workers' memory meanwhile."""
    pids = children_of(server.pid)
    before = memory_of(pids)
    watch = asyncio.create_task(_peak(pids))
    try:
        first, seconds, lines, size = await asyncio.to_thread(_read, server, path)
    finally:
        watch.cancel()
        peak = await watch
    return Download(first, seconds, lines, size, max(0.0, peak - before))


def _read(server: Server, path: str) -> tuple[float, float, int, int]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}{path}", headers={"Authorization": f"Bearer {secret_of(ADMIN)}"}
    )
    started = time.perf_counter()
    first, lines, size = 0.0, 0, 0
    with urllib.request.urlopen(request) as answer:
        while chunk := answer.read1(1 << 16):
            first = first or time.perf_counter() - started
            lines, size = lines + chunk.count(b"\n"), size + len(chunk)
    return first, time.perf_counter() - started, lines, size


async def _peak(pids: list[int]) -> float:
    peak = 0.0
    try:
        while True:
            peak = max(peak, memory_of(pids))
            await asyncio.sleep(0.02)
    except asyncio.CancelledError:
        return max(peak, memory_of(pids))
