"""A worker whose database is in trouble, or that dies: no job is lost, and none has its effect twice."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from httpx2 import AsyncClient
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from sqlalchemy import text

from lms.adapters.mail import FileMailer, Mail
from lms.jobs.queue import open_queue
from lms.jobs.upkeep import MOST_TRIES, give_back_abandoned
from lms.jobs.worker import running_worker
from lms.kernel.database import Database
from lms.settings import Settings
from tests.cast import LEARNER, Cast
from tests.journeys.learning import enrol
from tests.journeys.post import until

COURSE = "partnership-essentials"


# -- an answer of the database is lost ---------------------------------------------------------------------


class Cut:
    """The connection fails at one statement, once: before it is sent, or after it was done, unanswered."""

    def __init__(self, statement: str, *, done: bool) -> None:
        self.statement, self.done, self.times = statement, done, 0

    def install(self, patch: pytest.MonkeyPatch) -> None:
        for name in ("execute_query_async", "execute_query_one_async"):
            patch.setattr(PsycopgConnector, name, self._around(getattr(PsycopgConnector, name)))

    def _around(self, sound: Callable[..., Any]) -> Callable[..., Any]:
        async def send(connector: PsycopgConnector, query: str, **values: Any) -> Any:
            # Looking for a job finds none most of the time; meant is the time that it does.
            now = self.statement in query and self.times == 0
            if now and not self.done:
                self.times += 1
                raise ConnectorException
            answer = await sound(connector, query, **values)
            if now and (answer is None or answer["id"] is not None):
                self.times += 1
                raise ConnectorException
            return answer

        return send


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Keys of the mails that were to go out, one for each time."""
    keys: list[str] = []
    sound = FileMailer.send

    async def send(mailer: FileMailer, mail: Mail) -> None:
        keys.append(mail.key)
        await sound(mailer, mail)

    monkeypatch.setattr(FileMailer, "send", send)
    return keys


async def status_of(database: Database, enrolment: str) -> str | None:
    statement = (
        "SELECT status FROM procrastinate_jobs WHERE task_name = 'mail.enrolled' AND args->'ids' ? :id"
    )
    async with database.reading() as session:
        found: str | None = await session.scalar(text(statement), {"id": enrolment})
    return found


async def until_done(database: Database, enrolment: str) -> None:
    async with asyncio.timeout(60):
        while await status_of(database, enrolment) != "succeeded":
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("statement", "done"),
    [("fetch_job", False), ("fetch_job", True), ("finish_job", False), ("finish_job", True)],
)
async def test_a_job_is_done_once_whatever_answer_was_lost(
    client: AsyncClient, database: Database, cast: Cast, settings: Settings, sent: list[str],
    monkeypatch: pytest.MonkeyPatch, statement: str, done: bool,
) -> None:  # fmt: skip
    enrolment = await enrol_anew(client, cast)
    cut = Cut(f"procrastinate_{statement}", done=done)
    cut.install(monkeypatch)
    async with running_worker(settings):
        await until(lambda: cut.times == 1)
        await until_done(database, enrolment)
    assert sent.count(f"enrolled:{enrolment}") == 1


async def test_a_job_that_failed_is_tried_again_though_that_could_not_be_noted(
    client: AsyncClient, database: Database, cast: Cast, settings: Settings, sent: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    enrolment = await enrol_anew(client, cast)
    cut = Cut("procrastinate_retry_job", done=False)
    cut.install(monkeypatch)
    folder = settings.var_dir / "mail"
    full = folder / f"enrolled-{enrolment}.eml"
    folder.mkdir(parents=True, exist_ok=True)
    full.symlink_to("/dev/full")  # it cannot be written for want of room
    async with running_worker(settings):
        await until(lambda: cut.times == 1)
        full.unlink()
        await until_done(database, enrolment)
    assert full.is_file()
    assert sent.count(f"enrolled:{enrolment}") == 2, "the one that failed, and the one that did not"


async def enrol_anew(client: AsyncClient, cast: Cast) -> str:
    headers = cast.token(LEARNER)
    for each in (await client.get("/api/v1/enrolments", headers=headers)).json()["items"]:
        if each["state"] == "active":
            await client.post(f"/api/v1/enrolments/{each['id']}/withdraw", headers=headers)
    return str((await enrol(client, headers, COURSE))["id"])


# -- whose jobs are given back -----------------------------------------------------------------------------


@pytest.fixture
async def queue(settings: Settings) -> AsyncIterator[App]:
    async with open_queue(settings) as opened:
        yield opened


async def worker(database: Database, silent_for: int) -> int:
    """The number of a worker that last gave a sign of life so many seconds ago."""
    made = """INSERT INTO procrastinate_workers (last_heartbeat)
              VALUES (now() - make_interval(secs => :silent)) RETURNING id"""
    async with database.transaction() as session:
        return int(await session.scalar(text(made), {"silent": silent_for}))


async def job_of(database: Database, of: int | None, *, tries: int = 0) -> int:
    """The number of a job that stands as being done by a worker."""
    made = """INSERT INTO procrastinate_jobs (queue_name, task_name, status, worker_id, attempts)
              VALUES ('lms', 'keys.clear', 'doing', :of, :tries) RETURNING id"""
    async with database.transaction() as session:
        return int(await session.scalar(text(made), {"of": of, "tries": tries}))


async def state(database: Database, job: int) -> tuple[str, int]:
    async with database.reading() as session:
        found = "SELECT status::text, attempts FROM procrastinate_jobs WHERE id = :id"
        status, tries = (await session.execute(text(found), {"id": job})).one()
        return status, tries


async def test_jobs_of_the_silent_are_given_back_and_no_others(queue: App, database: Database) -> None:
    living, dead = await worker(database, 5), await worker(database, 15)
    kept, abandoned, orphaned = [await job_of(database, of) for of in (living, dead, None)]
    await give_back_abandoned(queue, silence=10, own=living)
    assert await state(database, kept) == ("doing", 0)
    assert await state(database, abandoned) == ("todo", 1)
    assert await state(database, orphaned) == ("todo", 1)
    own = await job_of(database, dead)
    await give_back_abandoned(queue, silence=10, own=dead)
    assert await state(database, own) == ("doing", 0), "whoever asks is not dead"
    await give_back_abandoned(queue, silence=10)
    assert await state(database, own) == ("todo", 1)


async def test_several_that_look_at_once_give_a_job_back_once(queue: App, database: Database) -> None:
    jobs = [await job_of(database, None) for _ in range(10)]
    await asyncio.gather(*(give_back_abandoned(queue, silence=10) for _ in range(4)))
    assert [await state(database, job) for job in jobs] == [("todo", 1)] * 10


async def test_a_job_whose_worker_dies_each_time_is_given_up(queue: App, database: Database) -> None:
    job = await job_of(database, None, tries=MOST_TRIES - 1)
    await give_back_abandoned(queue, silence=10)
    assert await state(database, job) == ("failed", MOST_TRIES)
