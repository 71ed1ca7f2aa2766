"""A worker killed in the middle of a job: the job is done after a restart, and its mail is sent once."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress

import pytest
from httpx2 import AsyncClient
from sqlalchemy import text

from lms.kernel.database import Database
from lms.settings import Settings
from tests.cast import LEARNER, OTHER_LEARNER, Cast
from tests.journeys.learning import enrol

JOB = "SELECT status FROM procrastinate_jobs WHERE task_name = 'mail.enrolled' AND args->'ids' ? :enrolment"


@pytest.fixture
async def deaf_mail_server() -> AsyncIterator[str]:
    """The address of a mail server that takes a connection and never says a word."""
    taken: list[asyncio.StreamWriter] = []

    async def take(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.append(writer)

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    yield f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    for writer in taken:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


@contextmanager
def worker(settings: Settings, mail_url: str) -> Iterator[subprocess.Popen[bytes]]:
    """`lms work` as a process of its own; killed outright at the end if it still runs."""
    assert settings.database_url is not None
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("LMS_")},
        "LMS_DATABASE_URL": settings.database_url.get_secret_value(),
        "LMS_VAR_DIR": str(settings.var_dir),
        "LMS_MAIL_URL": mail_url,
        "LMS_LOG_LEVEL": "error",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "lms.cli", "work"],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


async def until(database: Database, enrolment: str, status: str) -> None:
    """Wait until the enrolment's mail job has this status."""
    seen = None
    for _ in range(300):
        async with database.reading() as session:
            seen = await session.scalar(text(JOB), {"enrolment": enrolment})
        if seen == status:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"the job is {seen}, not {status}")


async def change(database: Database, sql: str) -> None:
    async with database.transaction() as session:
        await session.execute(text(sql))


async def test_a_job_whose_worker_was_killed_is_done_by_the_next_and_its_mail_sent_once(
    client: AsyncClient, database: Database, cast: Cast, settings: Settings, deaf_mail_server: str
) -> None:
    enrolment = (await enrol(client, cast.token(LEARNER), "partnership-essentials"))["id"]
    mail = settings.var_dir / "mail" / f"enrolled-{enrolment}.eml"
    with worker(settings, deaf_mail_server):
        await until(database, enrolment, "doing")
    assert not mail.exists()
    await until(database, enrolment, "doing")  # nobody does it, and it says so still

    # Half a minute later its worker counts as dead; the next one takes the job up as it starts.
    await change(database, "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")
    with worker(settings, "file:") as process:
        await until(database, enrolment, "succeeded")
        assert mail.is_file()
        mail.unlink()

        # Killed after the mail went and before the job was marked as done: run again, it sends no second mail.
        await change(
            database,
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = NULL WHERE task_name = 'mail.enrolled'",
        )
        await change(
            database,
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES ('lms', 'jobs.give_back', '{}')",
        )
        await until(database, enrolment, "succeeded")
        assert not mail.exists()

        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0, "told to stop, it stops"


async def test_a_mail_server_that_is_away_is_tried_again(
    client: AsyncClient, database: Database, cast: Cast, settings: Settings
) -> None:
    enrolment = (await enrol(client, cast.token(OTHER_LEARNER), "partnership-essentials"))["id"]
    with worker(settings, "smtp://127.0.0.1:1"):
        for _ in range(200):
            async with database.reading() as session:
                tries = text(JOB.replace("SELECT status", "SELECT attempts"))
                if await session.scalar(tries, {"enrolment": enrolment}):
                    break
            await asyncio.sleep(0.1)
    async with database.reading() as session:
        sent = text("SELECT count(*) FROM sent_mails WHERE key = :key")
        assert await session.scalar(sent, {"key": f"enrolled:{enrolment}"}) == 0
    await change(database, "UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")
    with worker(settings, "file:"):
        await until(database, enrolment, "succeeded")
    assert (settings.var_dir / "mail" / f"enrolled-{enrolment}.eml").is_file()
