"""Importing people from a file by the command, into a database of its own that holds the entities only."""

import asyncio
import csv
import os
import subprocess
import sys
import time
from pathlib import Path

import asyncpg

from lms import migrations
from lms.adapters import embedded_postgres
from lms.demo.generate import entity_key
from tests.bench.context import Context
from tests.bench.report import Result
from tests.bench.server import memory_of

DATABASE = "bench_import"
PEOPLE, LIMIT_SECONDS, LIMIT_MB = 130_000, 60.0, 200.0


async def measure(context: Context) -> Result:
    """One import of `PEOPLE` people, or of as many as the bench's own organisation has when that is smaller."""
    people = min(PEOPLE, context.ground.sizes.people)
    file = context.folder / "people.csv"
    _write(file, people, context.ground.sizes.entities)
    url = await _fresh_database(context)
    started = time.perf_counter()
    peak, half = await _run(file, url, context.folder)
    seconds = time.perf_counter() - started
    made = await _count(url)
    allowed = LIMIT_SECONDS * people / PEOPLE
    return Result(
        title=f"Import of {people:,} people",
        limit=f"under {allowed:.0f} s, flat memory",
        reached=f"{seconds:.1f} s, {peak:.0f} MB at most",
        good=seconds < allowed and made == people and peak < half + LIMIT_MB,
        notes=[
            f"`lms import people`, {made:,} people made. Memory at most: {half:.0f} MB over the first half of the "
            f"time, {peak:.0f} MB over all of it; the command by itself holds about 120 MB."
        ],
    )


def _write(file: Path, people: int, entities: int) -> None:
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(["personnel_number", "name", "email", "entity", "kind", "grade", "from"])
        for number in range(people):
            key = entity_key(number % entities)
            mail = f"i{number}@imported.example"
            writer.writerow([f"I{number:07d}", f"Person {number}", mail, key, "staff", "P-3", "2024-01-01"])


async def _fresh_database(context: Context) -> str:
    cluster = context.ground.cluster
    connection = await asyncpg.connect(cluster.url("postgres"))
    await connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
    await connection.close()
    embedded_postgres.ensure_database(cluster, DATABASE)
    url = cluster.url(DATABASE)
    await asyncio.to_thread(migrations.upgrade, url)
    source, target = await asyncpg.connect(context.ground.url), await asyncpg.connect(url)
    columns = "id, key, name, sort_key, kind, path, focuses, revision, created_at"
    rows = await source.fetch(f"SELECT {columns} FROM entities WHERE parent_id IS NULL")
    await target.copy_records_to_table("entities", columns=columns.split(", "), records=rows)
    await source.close()
    await target.close()
    return url


async def _run(file: Path, url: str, folder: Path) -> tuple[float, float]:
    """Run the command; the most memory it held, over all and over the first half of its samples."""
    command = [sys.executable, "-m", "lms.cli", "import", "people", str(file)]
    environment = os.environ | {"LMS_DATABASE_URL": url, "LMS_VAR_DIR": str(folder)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    samples = [0.0]
    while process.poll() is None:
        samples.append(memory_of([process.pid]))
        await asyncio.sleep(0.1)
    if process.returncode:
        assert process.stdout is not None
        raise SystemExit(f"The import failed: {process.stdout.read().decode()[-2000:]}")
    return max(samples), max(samples[: len(samples) // 2 + 1])


async def _count(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM persons"))
    finally:
        await connection.close()
