"""What every row stands on: a PostgreSQL of its own with durable settings, filled, and tokens to sign in with."""

import asyncio
import hashlib
import json
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from lms import migrations
from lms.adapters import embedded_postgres
from lms.adapters.embedded_postgres import Cluster
from lms.demo.generate import COURSE, PERSON, VERSION, Sizes, generate, made_id
from lms.demo.generated_courses import edition
from lms.kernel import clock

DATABASE = "bench"
TOKENS, ROLES = 0x20, 0x21  # kinds of made ids

# fsync, synchronous_commit and full_page_writes stay as PostgreSQL has them: an answer means that the row is
# on disk. The rest is what an operator would set on a machine of this size.
SETTINGS = {"shared_buffers": "1GB", "effective_cache_size": "4GB", "max_wal_size": "4GB"}

ADMIN = 0
"""Number of the person who administers the system, and reads the reports of all of it."""


@dataclass(slots=True)
class Ground:
    """The filled database; `run` tells this run's ready enrolments from those of earlier runs."""

    cluster: Cluster
    sizes: Sizes
    run: int
    ready: int
    seconds_to_fill: float
    used: int = 0

    @property
    def url(self) -> str:
        """The database's address."""
        return self.cluster.url(DATABASE)

    def take(self, count: int) -> range:
        """Numbers of ready enrolments that nobody else gets."""
        if self.used + count > self.ready:
            raise SystemExit(f"{self.ready} ready enrolments are too few; give a larger --ready.")
        self.used += count
        return range(self.used - count, self.used)

    def enrolment_id(self, number: int) -> UUID:
        """The id of a ready enrolment."""
        return made_id(self.run, number)

    def person_number(self, number: int) -> int:
        """Whose enrolment it is."""
        return number % self.sizes.people

    def course_number(self, number: int) -> int:
        """Which course it is in: never the long one; all others have the same shape."""
        return 1 + number // self.sizes.people


def secret_of(number: int) -> str:
    """The bearer token of the `number`th person."""
    return f"bench-{number:08d}"


@asynccontextmanager
async def filled(folder: Path | None, sizes: Sizes, ready: int) -> AsyncIterator[Ground]:
    """A filled database in `folder`, left there for the next run; without one, in a folder that is removed."""
    if folder is not None:
        async with _filled(folder, sizes, ready) as ground:
            yield ground
        return
    with tempfile.TemporaryDirectory(prefix="lms-bench-") as made:
        try:
            async with _filled(Path(made), sizes, ready) as ground:
                yield ground
        finally:
            embedded_postgres.destroy(Path(made))


@asynccontextmanager
async def _filled(folder: Path, sizes: Sizes, ready: int) -> AsyncIterator[Ground]:
    started = time.perf_counter()
    with embedded_postgres.running(folder, settings=SETTINGS) as cluster:
        embedded_postgres.ensure_database(cluster, DATABASE)
        url = cluster.url(DATABASE)
        await asyncio.to_thread(migrations.upgrade, url)
        connection = await asyncpg.connect(url)
        try:
            await _fill_once(connection, url, sizes)
            ground = Ground(cluster, sizes, 0x1000 + int(time.time()) % 0xE000, ready, 0.0)
            await _make_tokens(connection, sizes)
            await _make_ready(connection, ground)
        finally:
            await connection.close()
        ground.seconds_to_fill = time.perf_counter() - started
        yield ground


async def _fill_once(connection: "asyncpg.Connection[Any]", url: str, sizes: Sizes) -> None:
    """The sizes are written on a table, so that a kept folder is not filled twice."""
    mark = await connection.fetchval("SELECT obj_description('persons'::regclass)")
    if mark not in (None, repr(sizes)):
        raise SystemExit("The folder holds a database of other sizes; name another folder.")
    if mark is None:
        await generate(url, sizes)
        await connection.execute("CREATE SEQUENCE bench_numbers")
        await connection.execute(f"COMMENT ON TABLE persons IS '{sizes!r}'")


async def _make_tokens(connection: "asyncpg.Connection[Any]", sizes: Sizes) -> None:
    """A token for everybody; the administrator also reads and records as HR, for the whole system."""
    await connection.execute("TRUNCATE api_tokens, role_grants")
    now = clock.now()
    tokens = (
        (made_id(TOKENS, n), _digest(n), made_id(PERSON, n), "bench", now, now + timedelta(days=1))
        for n in range(sizes.people)
    )
    columns = ["id", "token_hash", "person_id", "name", "created_at", "expires_at"]
    await connection.copy_records_to_table("api_tokens", columns=columns, records=tokens)
    await connection.executemany(
        "INSERT INTO role_grants (id, person_id, role, granted_at) VALUES ($1, $2, $3, now())",
        [
            (made_id(ROLES, n), made_id(PERSON, ADMIN), role)
            for n, role in enumerate(("admin", "hr_officer", "senior_manager"))
        ],
    )


def _digest(number: int) -> str:
    return hashlib.sha256(secret_of(number).encode()).hexdigest()


async def _make_ready(connection: "asyncpg.Connection[Any]", ground: Ground) -> None:
    """Enrolments that lack their last page only. Those of an earlier run go."""
    await connection.execute("DELETE FROM enrolments WHERE place = 'bench'")
    now = clock.now()
    pages = [each.key for each in edition(1).course.required_activities]
    progress = json.dumps({key: {"state": "completed", "at": now.isoformat()} for key in pages[:-1]})
    columns = [
        "id",
        "person_id",
        "course_id",
        "course_version_id",
        "state",
        "language",
        "progress",
        "place",
        "enrolled_at",
    ]
    await connection.copy_records_to_table(
        "enrolments",
        columns=columns,
        records=(
            (
                ground.enrolment_id(n),
                made_id(PERSON, ground.person_number(n)),
                made_id(COURSE, ground.course_number(n)),
                made_id(VERSION, ground.course_number(n)),
                "active",
                "en",
                progress,
                "bench",
                now,
            )
            for n in range(ground.ready)
        ),
    )
    await connection.execute("ANALYZE enrolments")
    await connection.execute("ANALYZE api_tokens")
    await connection.execute("CHECKPOINT")
