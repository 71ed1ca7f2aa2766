"""A disk that fills up under a running server: what cannot be kept is refused and said, and nothing kept is lost."""

import asyncio
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

import psycopg
import pytest
from httpx2 import AsyncClient, Response

from tests.cast import COLLEAGUE, HR, LEARNER
from tests.journeys.post import until
from tests.journeys.served import COURSE, Served
from tests.people.import_samples import row, table

API = "/api/v1"
Headers = dict[str, str]
pytestmark = pytest.mark.xdist_group("serial")  # one real server at a time
READS = (
    "/me",
    "/courses",
    "/enrolments",
    "/completions",
    "/skill-records",
    "/entities",
    f"/courses/{COURSE}",
)


@pytest.fixture(scope="module")
def disk() -> Iterator[Path]:
    """A disk of its own, on which everything lies that the server keeps, and its log. Only root may mount one."""
    at = Path(tempfile.mkdtemp(prefix="lms-disk-"))
    mount = ["mount", "-t", "tmpfs", "-o", "size=150m,mode=755", "none", str(at)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        at.rmdir()
        pytest.skip("this system lets us mount nothing")
    try:
        yield at
    finally:
        subprocess.run(["umount", "-l", str(at)], check=True)
        at.rmdir()


@pytest.fixture(scope="module")
async def served(disk: Path) -> AsyncIterator[Served]:
    (disk / "home").mkdir()
    made = Served.make(disk / "home")
    try:
        await made.begin("--demo")
        yield made
    finally:
        await asyncio.to_thread(made.end)


def fill(disk: Path) -> Path:
    """Fill the disk to the last page; the file that does."""
    with suppress(OSError), (disk / "rest").open("wb", buffering=0) as rest:
        while True:
            rest.write(bytes(4096))
    return disk / "rest"


async def record(client: AsyncClient, headers: Headers, number: int) -> Response:
    """Send two hundred rows that no other number sends."""
    rows = [
        {"person": COLLEAGUE, "course": COURSE, "occurred_on": f"2025-{1 + n // 28:02}-{1 + n % 28:02}",
         "source": f"{number} {'x' * 90}"}
        for n in range(200)
    ]  # fmt: skip
    return await client.post(f"{API}/completions/batch", json={"completions": rows}, headers=headers)


def assert_refused(answer: Response) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.json()["type"] == "/problems/unavailable"
    assert answer.json()["detail"].startswith("The disk is full")


async def test_a_full_disk_is_said_harms_nothing_and_needs_no_restart(served: Served, disk: Path) -> None:
    tokens = served.sign_everybody()
    processes = served.children()
    kept: set[str] = set()
    async with served.client() as client:
        with psycopg.connect(served.url, autocommit=True) as connection:
            # A log segment with room: where that cannot grow, PostgreSQL goes down, which is another test.
            connection.execute("SELECT pg_switch_wal()")
        for number in count():
            answer = await record(client, tokens[HR], number)
            if answer.status_code != 200:
                break
            assert number < 100, "the disk does not fill up"
            kept |= {each["id"] for each in answer.json()["results"]}
            rest = fill(disk)

        for _ in range(20):
            assert_refused(await record(client, tokens[HR], number))
            for path in READS:  # each in the figures, and each refusal in the log, which has no room either
                assert (await client.get(API + path, headers=tokens[LEARNER])).status_code == 200, path
        large = table(*(row(n) for n in range(2000)))
        csv = {**tokens[HR], "Content-Type": "text/csv"}
        assert_refused(await client.post(f"{API}/imports/people", content=large, headers=csv))
        assert (await client.get("/readyz")).json()["status"] == "ready"
        assert served.children() == processes, "no process of the server died"

        rest.unlink()
        again = (await record(client, tokens[HR], number)).json()
        assert (again["recorded"], again["duplicates"]) == (200, 0), (
            "what was refused had left nothing behind"
        )
        enrolled = await client.post(f"{API}/enrolments", json={"course": COURSE}, headers=tokens[LEARNER])

    kept |= {each["id"] for each in again["results"]}
    ours = "SELECT id FROM completions WHERE right(sender, 4) = 'xxxx'"
    assert {str(found) for found in served.column(ours)} == kept
    assert list((served.var / "storage").iterdir()) == []
    assert await served.differences() == {0}
    await until((served.var / "mail" / f"enrolled-{enrolled.json()['id']}.eml").is_file)
