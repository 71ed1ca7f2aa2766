"""Killed under load, with its database: everything acknowledged is there afterwards, once, and the sums are right."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import date, timedelta
from itertools import count
from typing import Any

import psycopg
import pytest
from httpx2 import AsyncClient, HTTPError, Response

from lms.adapters import postgres_server as server
from lms.adapters.postgres_programs import owner
from lms.kernel.database import Database, make_engine
from lms.rebuild import compare_projections
from tests.cast import COLLEAGUE, HR, LEARNER, SUPERVISOR, VOLUNTEER
from tests.journeys.served import COURSE, PAGE, QUIZ, Served

API = "/api/v1"
Headers = dict[str, str]
pytestmark = pytest.mark.xdist_group("serial")  # one real server at a time


@pytest.fixture(scope="module")
async def served() -> AsyncIterator[Served]:
    """A server with the demo's people, running."""
    made = Served.make()
    try:
        await made.begin("--demo")
        yield made
    finally:
        await asyncio.to_thread(made.end)


@pytest.fixture(scope="module")
def tokens(served: Served) -> dict[str, Headers]:
    return served.sign_everybody()


async def differences(served: Served) -> set[int]:
    database = Database(make_engine(served.url, pool_size=1))
    try:
        async with database.reading() as session:
            return set((await compare_projections(session)).values())
    finally:
        await database.close()


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

    async def run(self, seconds: float, end: Callable[[], None]) -> None:
        """Send from all connections; after some seconds call `end`, and wait until all have noticed."""
        async with self.served.client() as client:
            senders = [self.batches(client) for _ in range(3)]
            senders += [self.learn(client, email) for email in (LEARNER, COLLEAGUE, SUPERVISOR, VOLUNTEER)]
            sending = [asyncio.create_task(self.until_gone(each)) for each in senders]
            await asyncio.sleep(seconds)
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
    await load.run(2.5, served.kill)
    assert len(load.recorded) >= 50
    assert len(load.completed) >= 10
    await served.begin()

    with psycopg.connect(served.url) as connection:
        stored = {str(row[0]) for row in connection.execute("SELECT id FROM completions").fetchall()}
        own = connection.execute(
            "SELECT enrolment_id, count(*) FROM completions WHERE enrolment_id IS NOT NULL GROUP BY 1"
        ).fetchall()
        completed = connection.execute("SELECT id FROM enrolments WHERE state = 'completed'").fetchall()
        doubled = connection.execute(
            "SELECT count(*) FROM (SELECT 1 FROM completions GROUP BY person_id, course_id, occurred_on, sender, "
            "enrolment_id HAVING count(*) > 1) d"
        ).fetchone()
        skills = connection.execute(
            "SELECT count(*) FROM completions c WHERE NOT EXISTS "
            "(SELECT 1 FROM skill_records s WHERE s.completion_id = c.id)"
        ).fetchone()
        events = connection.execute(
            "SELECT count(*) FROM completions c WHERE NOT EXISTS (SELECT 1 FROM events e "
            "WHERE e.subject_id = c.id AND e.type = 'completions.course_completed')"
        ).fetchone()
    assert set(load.recorded) <= stored, "lost: acknowledged rows of a batch"
    counts = {str(enrolment): number for enrolment, number in own}
    assert load.completed <= set(counts), "lost: acknowledged last pages"
    assert set(counts) == {str(row[0]) for row in completed}, "completed and recorded go together"
    assert set(counts.values()) == {1}
    assert (doubled, skills, events) == ((0,), (0,), (0,)), "doubled, without skill records, without event"
    assert await differences(served) == {0}

    # What was not answered is sent again, and each row is there once, whether it had been recorded or not.
    async with served.client() as client:
        for rows in load.unanswered:
            sent = {"completions": rows}
            answer = (await client.post(f"{API}/completions/batch", json=sent, headers=tokens[HR])).json()
            assert answer["recorded"] + answer["duplicates"] == 10
            assert answer["recorded"] in (0, 10), "a batch is recorded whole or not at all"
    assert await differences(served) == {0}


# -- the database goes away and comes back -----------------------------------------------------------------


async def knock(client: AsyncClient, headers: Headers, stop: asyncio.Event, seen: Counter[int]) -> None:
    """Read and write without pause; every answer is a good one, or says to come back."""
    for number in count():
        if stop.is_set():
            return
        if number % 2:
            answer = await client.get(f"{API}/me", headers=headers)
        else:
            answer = await client.post(f"{API}/me/tokens", json={"name": "knock"}, headers=headers)
        seen[answer.status_code] += 1
        if answer.status_code not in (200, 201):
            assert answer.status_code == 503, answer.text
            assert answer.headers["content-type"] == "application/problem+json"
            assert int(answer.headers["retry-after"]) > 0
            assert answer.json()["type"] == "/problems/unavailable"
            await asyncio.sleep(0.02)


async def through(
    served: Served, headers: Headers, away: Callable[[], None], back: Callable[[], None]
) -> Counter[int]:
    """Knock while the database goes away and comes back; what was answered."""
    stop, seen = asyncio.Event(), Counter[int]()
    async with served.client() as client:
        knocking = [asyncio.create_task(knock(client, headers, stop, seen)) for _ in range(8)]
        await asyncio.sleep(0.5)
        await asyncio.to_thread(away)
        await asyncio.sleep(0.7)
        await asyncio.to_thread(back)
        await asyncio.sleep(1)
        stop.set()
        await asyncio.gather(*knocking)
        # And then each worker process serves again, on every connection that it keeps.
        for _ in range(3):
            answers = await asyncio.gather(*(client.get(f"{API}/me", headers=headers) for _ in range(30)))
            assert Counter(each.status_code for each in answers) == {200: 30}
    return seen


@pytest.mark.parametrize("way", ["restarted", "killed"])
async def test_while_the_database_is_away_answers_say_so_and_then_all_goes_on(
    served: Served, tokens: dict[str, Headers], way: str
) -> None:
    home = (served.var / "postgres").resolve()
    account = owner(served.data)
    away = served.kill_database if way == "killed" else lambda: server.stop(home, account)
    seen = await through(served, tokens[LEARNER], away, lambda: server.serve(home, account, {}))
    assert set(seen) == {200, 201, 503}, seen

    # The worker inside the server has come back as well: a job enqueued now is done.
    async with served.client() as client:
        enrolment = await enrol_anew(client, tokens[COLLEAGUE])
    for _ in range(200):
        if job_of(served, enrolment) == "succeeded":
            break
        await asyncio.sleep(0.1)
    assert job_of(served, enrolment) == "succeeded"
    assert (served.var / "mail" / f"enrolled-{enrolment}.eml").is_file()


async def enrol_anew(client: AsyncClient, headers: Headers) -> str:
    """A new enrolment; one that is open is left first."""
    for each in (await client.get(f"{API}/enrolments", headers=headers)).json()["items"]:
        if each["state"] == "active":
            await client.post(f"{API}/enrolments/{each['id']}/withdraw", headers=headers)
    answer = await client.post(f"{API}/enrolments", json={"course": COURSE}, headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def job_of(served: Served, enrolment: str) -> str | None:
    """How the job that tells of an enrolment stands."""
    with psycopg.connect(served.url) as connection:
        row = connection.execute(
            "SELECT status FROM procrastinate_jobs WHERE task_name = 'mail.enrolled' AND args->'ids' ? %s",
            [enrolment],
        ).fetchone()
        return None if row is None else str(row[0])
