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
from tests.cast import COLLEAGUE, LEARNER, OTHER_LEARNER, SUPERVISOR, Cast
from tests.journeys.learning import enrol
from tests.journeys.post import Post, open_post, until

JOB = "SELECT status FROM procrastinate_jobs WHERE task_name = 'mail.enrolled' AND args->'ids' ? :enrolment"


@pytest.fixture
async def post() -> AsyncIterator[Post]:
    async with open_post() as opened:
        yield opened


@contextmanager
def worker(settings: Settings, mail_url: str) -> Iterator[subprocess.Popen[bytes]]:
    """`lms work` as a process of its own; killed outright at the end if it still runs.

    A worker that is silent for three seconds counts as dead, so that a test need not wait for long.
    """
    assert settings.database_url is not None
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("LMS_")},
        "LMS_DATABASE_URL": settings.database_url.get_secret_value(),
        "LMS_VAR_DIR": str(settings.var_dir),
        "LMS_MAIL_URL": mail_url,
        "LMS_WORKER_SILENCE_SECONDS": "3",
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


async def stands(database: Database, enrolment: str, status: str) -> None:
    """Wait until the enrolment's mail job has this status."""
    seen = None
    for _ in range(900):
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
    client: AsyncClient, database: Database, cast: Cast, settings: Settings, post: Post
) -> None:
    enrolment = (await enrol(client, cast.token(LEARNER), "partnership-essentials"))["id"]
    mail = settings.var_dir / "mail" / f"enrolled-{enrolment}.eml"
    post.hold(LEARNER)
    with worker(settings, post.url):
        await until(lambda: f"enrolled.{enrolment}" in post.arrived)
    await stands(database, enrolment, "doing")  # nobody does it
    with worker(settings, "file:") as process:
        await stands(database, enrolment, "succeeded")
        assert mail.is_file()
        mail.unlink()

        # As after a kill between the mail and its job's end: run again, it sends no second mail.
        orphan = "UPDATE procrastinate_jobs SET status = 'doing', worker_id = NULL WHERE task_name = 'mail.enrolled'"
        await change(database, orphan)
        await stands(database, enrolment, "succeeded")
        assert not mail.exists()

        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0, "told to stop, it stops"


async def test_a_mail_that_may_have_gone_when_its_worker_was_killed_goes_again_as_the_same_one(
    client: AsyncClient, database: Database, cast: Cast, settings: Settings, post: Post
) -> None:
    """Killed before it heard that the mail was taken: again rather than never, and a reader may tell."""
    enrolment = (await enrol(client, cast.token(COLLEAGUE), "partnership-essentials"))["id"]
    post.hold(COLLEAGUE)
    with worker(settings, post.url):
        await until(lambda: f"enrolled.{enrolment}" in post.arrived)
    post.let_go("250 Taken")
    with worker(settings, post.url):
        await stands(database, enrolment, "succeeded")
    assert post.arrived.count(f"enrolled.{enrolment}") == 2


async def test_told_to_stop_a_worker_puts_back_what_it_cannot_finish(
    client: AsyncClient, database: Database, cast: Cast, settings: Settings, post: Post
) -> None:
    enrolment = (await enrol(client, cast.token(SUPERVISOR), "partnership-essentials"))["id"]
    post.hold(SUPERVISOR)
    with worker(settings, post.url) as process:
        await until(lambda: f"enrolled.{enrolment}" in post.arrived)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 60) == 0
    await stands(database, enrolment, "todo")


async def test_a_mail_server_that_is_away_is_tried_again(
    client: AsyncClient, database: Database, cast: Cast, settings: Settings
) -> None:
    enrolment = (await enrol(client, cast.token(OTHER_LEARNER), "partnership-essentials"))["id"]
    with worker(settings, "smtp://127.0.0.1:1"):
        for _ in range(900):
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
        await stands(database, enrolment, "succeeded")
    assert (settings.var_dir / "mail" / f"enrolled-{enrolment}.eml").is_file()
