"""Killed under load, and a database that goes away: what was acknowledged is there afterwards, once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from httpx2 import AsyncClient, HTTPError, Response

from tests.cast import COLLEAGUE, HR, LEARNER, SUPERVISOR, VOLUNTEER
from tests.journeys.post import Post, open_post, until
from tests.journeys.served import COURSE, PAGE, QUIZ, Served

API = "/api/v1"
Headers = dict[str, str]
pytestmark = pytest.mark.xdist_group("serial")  # one real server at a time


@pytest.fixture(scope="module")
async def post() -> AsyncIterator[Post]:
    async with open_post() as opened:
        yield opened


@pytest.fixture(scope="module")
async def served(post: Post) -> AsyncIterator[Served]:
    """A server with the demo's people, running. A worker of it that is silent for four seconds counts as dead."""
    made = Served.make(LMS_MAIL_URL=post.url, LMS_WORKER_SILENCE_SECONDS="4")
    try:
        await made.begin("--demo")
        yield made
    finally:
        await asyncio.to_thread(made.end)


@pytest.fixture(scope="module")
def tokens(served: Served) -> dict[str, Headers]:
    return served.sign_everybody()


# -- load --------------------------------------------------------------------------------------------------


class Load:
    """What was sent and what was acknowledged, by several connections at once, until the server is gone."""

    def __init__(self, served: Served, tokens: dict[str, Headers]) -> None:
        self.served, self.tokens = served, tokens
        self.recorded: dict[str, dict[str, Any]] = {}  # completion id → the row that was sent
        self.completed: set[str] = set()  # enrolments whose last page was acknowledged
        self.enrolled: set[str] = set()
        self.unanswered: list[list[dict[str, Any]]] = []
        self._numbers = count()

    async def run(self, end: Callable[[], None]) -> None:
        """Send from all connections; once enough was acknowledged call `end`, and wait until all have noticed."""
        async with self.served.client() as client:
            senders = [self.batches(client) for _ in range(3)]
            senders += [self.learn(client, email) for email in (LEARNER, COLLEAGUE, SUPERVISOR, VOLUNTEER)]
            sending = [asyncio.create_task(self.until_gone(each)) for each in senders]
            await until(lambda: len(self.recorded) >= 100 and len(self.completed) >= 10)
            await asyncio.to_thread(end)
            await asyncio.wait_for(asyncio.gather(*sending), timeout=60)

    async def until_gone(self, sending: Awaitable[None]) -> None:
        with suppress(HTTPError):
            await sending

    async def batches(self, client: AsyncClient) -> None:
        """Batches of ten rows that nobody else sends."""
        people = [LEARNER, COLLEAGUE, SUPERVISOR, VOLUNTEER]
        while True:
            rows = [self._row(people[n % 4]) for n in range(10)]
            self.unanswered.append(rows)
            sent = {"completions": rows}
            answer = await client.post(f"{API}/completions/batch", json=sent, headers=self.tokens[HR])
            if answer.status_code != 200:
                return
            self.unanswered.remove(rows)
            for each in answer.json()["results"]:
                assert each["outcome"] == "recorded", each
                self.recorded[each["id"]] = rows[each["index"]]

    def _row(self, person: str) -> dict[str, Any]:
        number = next(self._numbers)
        day = (date(2025, 1, 1) + timedelta(days=number % 300)).isoformat()
        return {"person": person, "course": COURSE, "occurred_on": day, "source": f"load {number}"}

    async def learn(self, client: AsyncClient, email: str) -> None:
        """Take the short course, again and again."""
        headers = self.tokens[email]
        while True:
            enrolment = (
                await self._good(client.post(f"{API}/enrolments", json={"course": COURSE}, headers=headers))
            )["id"]
            self.enrolled.add(enrolment)
            base = f"{API}/enrolments/{enrolment}/activities"
            attempt = (await self._good(client.post(f"{base}/{QUIZ}/attempts", headers=headers)))["id"]
            right = {"responses": {"yes-or-no": "affirm"}}
            await self._good(client.post(f"{API}/attempts/{attempt}/submit", json=right, headers=headers))
            done = client.put(f"{base}/{PAGE}/progress", json={"state": "completed"}, headers=headers)
            assert (await self._good(done))["enrolment_state"] == "completed"
            self.completed.add(enrolment)

    async def _good(self, answer: Awaitable[Response]) -> dict[str, Any]:
        got = await answer
        if got.status_code not in (200, 201):
            raise HTTPError(got.text)
        body: dict[str, Any] = got.json()
        return body


async def test_everything_acknowledged_before_a_kill_is_there_after_it_once(
    served: Served, tokens: dict[str, Headers]
) -> None:
    load = Load(served, tokens)
    await load.run(served.kill)
    await served.begin()

    stored = {str(each) for each in served.column("SELECT id FROM completions")}
    own = served.column("SELECT enrolment_id FROM completions WHERE enrolment_id IS NOT NULL")
    completed = served.column("SELECT id FROM enrolments WHERE state = 'completed'")
    doubled = served.column(
        "SELECT 1 FROM completions GROUP BY person_id, course_id, occurred_on, sender, enrolment_id HAVING count(*) > 1"
    )
    without_skills = served.column(
        "SELECT id FROM completions c WHERE NOT EXISTS (SELECT 1 FROM skill_records s WHERE s.completion_id = c.id)"
    )
    without_event = served.column(
        "SELECT id FROM completions c WHERE NOT EXISTS (SELECT 1 FROM events e "
        "WHERE e.subject_id = c.id AND e.type = 'completions.course_completed')"
    )
    assert set(load.recorded) <= stored, "lost: acknowledged rows of a batch"
    assert load.completed <= {str(each) for each in own}, "lost: acknowledged last pages"
    assert sorted(own) == sorted(completed), "completed and recorded go together, once"
    assert doubled == without_skills == without_event == []
    assert await served.differences() == {0}

    # What was not answered is sent again, and each row is there once, whether it had been recorded or not.
    async with served.client() as client:
        for rows in load.unanswered:
            sent = {"completions": rows}
            answer = (await client.post(f"{API}/completions/batch", json=sent, headers=tokens[HR])).json()
            assert answer["recorded"] + answer["duplicates"] == 10
            assert answer["recorded"] in (0, 10), "a batch is recorded whole or not at all"
    assert await served.differences() == {0}


# -- the database goes away and comes back -----------------------------------------------------------------


class Knocking:
    """Reads and writes without pause, by several connections; every answer is a good one, or says to come back."""

    def __init__(self, client: AsyncClient, headers: Headers) -> None:
        self.client, self.headers = client, headers
        self.seen = Counter[int]()
        self.made: set[str] = set()  # tokens whose making was acknowledged
        self._stop = asyncio.Event()

    @asynccontextmanager
    async def on(self) -> AsyncIterator[None]:
        """Knock while the block runs."""
        async with asyncio.TaskGroup() as group:
            for _ in range(8):
                group.create_task(self._knock())
            try:
                yield
            finally:
                self._stop.set()

    async def more(self, *statuses: int) -> None:
        """Wait until each of these was answered a few more times."""
        before = self.seen.copy()
        await until(lambda: all(self.seen[each] >= before[each] + 4 for each in statuses))

    async def _knock(self) -> None:
        for number in count():
            if self._stop.is_set():
                return
            if number % 2:
                answer = await self.client.get(f"{API}/me", headers=self.headers)
            else:
                sent = {"name": "knock"}
                answer = await self.client.post(f"{API}/me/tokens", json=sent, headers=self.headers)
            self._note(answer)
            if answer.status_code == 503:
                await asyncio.sleep(0.02)

    def _note(self, answer: Response) -> None:
        self.seen[answer.status_code] += 1
        if answer.status_code == 201:
            self.made.add(answer.json()["id"])
        elif answer.status_code != 200:
            assert answer.status_code == 503, answer.text
            assert answer.headers["content-type"] == "application/problem+json"
            assert int(answer.headers["retry-after"]) > 0
            assert answer.json()["type"] == "/problems/unavailable"


@pytest.mark.parametrize("way", ["restarted", "killed"])
async def test_while_the_database_is_away_answers_say_so_and_then_all_goes_on(
    served: Served, tokens: dict[str, Headers], post: Post, way: str
) -> None:
    async with served.client() as client:
        post.hold(HR)
        interrupted = await enrol_anew(client, tokens[HR])
        await until(lambda: f"enrolled.{interrupted}" in post.arrived)

        # In the middle of requests, and of a job, which then fails and cannot say so.
        knocking = Knocking(client, tokens[LEARNER])
        async with knocking.on():
            await knocking.more(200, 201)
            await asyncio.to_thread(served.kill_database if way == "killed" else served.stop_database)
            await knocking.more(503)
            post.let_go("451 Come back later")
            await asyncio.to_thread(served.begin_database)
            await knocking.more(200, 201)

        # Each server process serves again, on every connection that it keeps.
        for _ in range(3):
            reads = (client.get(f"{API}/me", headers=tokens[LEARNER]) for _ in range(30))
            assert Counter(each.status_code for each in await asyncio.gather(*reads)) == {200: 30}
        later = await enrol_anew(client, tokens[COLLEAGUE])

    stored = {str(each) for each in served.column("SELECT id FROM api_tokens")}
    assert knocking.made <= stored, "lost: acknowledged"
    # The workers inside the server have come back as well: the job they were at is done, and so is a new one.
    for enrolment in (interrupted, later):
        await until(lambda each=enrolment: job_of(served, each) == "succeeded")
        assert post.taken.count(f"enrolled.{enrolment}") == 1


async def enrol_anew(client: AsyncClient, headers: Headers) -> str:
    """A new enrolment; one that is open is left first."""
    for each in (await client.get(f"{API}/enrolments", headers=headers)).json()["items"]:
        if each["state"] == "active":
            await client.post(f"{API}/enrolments/{each['id']}/withdraw", headers=headers)
    answer = await client.post(f"{API}/enrolments", json={"course": COURSE}, headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def job_of(served: Served, enrolment: str) -> str:
    """How the job that tells of an enrolment stands."""
    statement = (
        "SELECT status::text FROM procrastinate_jobs WHERE task_name = 'mail.enrolled' AND args->'ids' ? %s"
    )
    (status,) = served.column(statement, enrolment)
    return str(status)
