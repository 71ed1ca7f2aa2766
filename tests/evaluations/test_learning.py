"""Tests before and after: set by the lead, the same for both, told to learners by name and to hosts in sum."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx2 import AsyncClient

from lms.evaluations.service.opening import ask_before
from lms.kernel import clock
from lms.kernel.database import Database
from tests.cast import COORDINATOR, FOCAL_POINT, LEARNER, Cast
from tests.evaluations.samples import API, asked_people, close, close_level
from tests.joint_trainings.samples import propose, published

QUESTIONS = [
    {"prompt": f"Question {number}?", "options": ["Yes", "No", "Perhaps"], "right": number % 3}
    for number in range(4)
]


@pytest.fixture(scope="module")
async def people(database: Database, cast: Cast) -> list[str]:
    return await asked_people(database, cast, 6)


async def set_test(client: AsyncClient, cast: Cast, training: str, by: str = FOCAL_POINT, **sent: Any) -> Any:
    return await client.put(f"{API}/{training}/test", json=sent, headers=cast.token(by))


async def take(client: AsyncClient, cast: Cast, training: UUID, person: str, kind: str, right: int) -> Any:
    """Take a test with so many right answers of four."""
    responses = {
        f"q{number + 1}": f"o{each['right'] if number < right else (each['right'] + 1) % 3}"
        for number, each in enumerate(QUESTIONS)
    }
    path = f"{API}/{training}/tests/{kind}"
    return await client.post(path, json={"responses": responses}, headers=cast.token(person))


async def ready(client: AsyncClient, cast: Cast, database: Database, people: list[str]) -> UUID:
    """A published training with a test, these people asked to take it before."""
    training = await published(client, cast)
    answer = await set_test(client, cast, training["id"], questions=QUESTIONS)
    assert answer.status_code == 200, answer.text
    made = UUID(training["id"])
    async with database.transaction() as session:
        first = clock.today() + timedelta(days=3)
        asked = [cast.ids[each] for each in people]
        assert await ask_before(session, made, first, asked)
        assert not await ask_before(session, made, first, asked), "nobody is asked twice"
    return made


async def test_a_test_names_a_quiz_of_the_course_or_holds_questions(client: AsyncClient, cast: Cast) -> None:
    training = (await propose(client, cast))["id"]
    quizzes = (await client.get(f"{API}/{training}/test", headers=cast.token(FOCAL_POINT))).json()["quizzes"]
    assert quizzes
    for sent, pointer in (
        ({}, "/questions"),
        ({"activity": quizzes[0], "questions": QUESTIONS}, "/questions"),
        ({"activity": "no-such-quiz"}, "/activity"),
        ({"questions": QUESTIONS[:2]}, "/questions"),
        (
            {"questions": [*QUESTIONS[:2], {"prompt": "x", "options": ["a", "a"], "right": 0}]},
            "/questions/2/options",
        ),
        (
            {"questions": [*QUESTIONS[:2], {"prompt": "x", "options": ["a", "b"], "right": 2}]},
            "/questions/2/right",
        ),
    ):
        answer = await set_test(client, cast, training, **sent)
        assert (answer.status_code, {e["pointer"] for e in answer.json()["errors"]}) == (422, {pointer})
    kept = await set_test(client, cast, training, activity=quizzes[0])
    assert kept.json()["activity"] == quizzes[0]
    assert (await set_test(client, cast, training, by=LEARNER, activity=quizzes[0])).status_code == 403
    assert (await set_test(client, cast, training, questions=QUESTIONS)).json()["activity"] is None


async def test_before_and_after_ask_the_same_and_tell_the_learner(
    client: AsyncClient, cast: Cast, database: Database, people: list[str]
) -> None:
    training, headers = await ready(client, cast, database, people[:1]), cast.token(people[0])
    before = (await client.get(f"{API}/{training}/forms/pre_test", headers=headers)).json()
    assert len(before["questions"]) == 4 and "right" not in str(before)
    scored = await take(client, cast, training, people[0], "pre_test", 1)
    assert (scored.status_code, scored.json()["score"]) == (200, 25.0)
    await close(database, str(training), cast.ids[people[0]])
    after = (await client.get(f"{API}/{training}/forms/post_test", headers=headers)).json()
    assert after["questions"] == before["questions"]
    assert (await take(client, cast, training, people[0], "post_test", 3)).json()["score"] == 75.0
    again = await take(client, cast, training, people[0], "post_test", 4)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/already-answered")
    mine = (await client.get("/api/v1/me/test-scores", headers=headers)).json()["items"]
    assert [(each["kind"], each["score"]) for each in mine if each["training_id"] == str(training)] == [
        ("pre_test", 25.0), ("post_test", 75.0),
    ]  # fmt: skip
    of_others = (await client.get("/api/v1/me/test-scores", headers=cast.token(FOCAL_POINT))).json()
    assert str(training) not in str(of_others)


async def test_a_test_that_was_taken_stays_as_it_is(
    client: AsyncClient, cast: Cast, database: Database, people: list[str]
) -> None:
    training = await ready(client, cast, database, people[:1])
    bad = {"responses": {"q1": "o9"}}
    path, headers = f"{API}/{training}/tests/pre_test", cast.token(people[0])
    refused = await client.post(path, json=bad, headers=headers)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/responses/q1")
    assert (
        await client.post(f"{API}/{training}/tests/reaction", json=bad, headers=headers)
    ).status_code == 404
    assert (await take(client, cast, training, people[0], "pre_test", 4)).status_code == 200
    answer = await set_test(client, cast, str(training), questions=QUESTIONS[:3])
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/test-in-use")
    not_asked = await take(client, cast, training, COORDINATOR, "pre_test", 4)
    assert (not_asked.status_code, not_asked.json()["type"]) == (404, "/problems/not-asked")


async def test_hosts_read_sums_of_five_or_more(
    client: AsyncClient, cast: Cast, database: Database, people: list[str]
) -> None:
    training = await ready(client, cast, database, people)
    for person in people:
        await take(client, cast, training, person, "pre_test", 1)
    await close(database, str(training), *(cast.ids[each] for each in people))
    for number, person in enumerate(people):
        await take(client, cast, training, person, "post_test", 4 if number < 5 else 1)
    await close_level(client, cast, training, "learning")
    read = await client.get(f"{API}/{training}", headers=cast.token(FOCAL_POINT))
    level = next(each for each in read.json()["levels"] if each["level"] == "learning")
    gained = level["gained"]
    assert (level["asked"], level["answered"], gained["people"]) == (6, 6, 6)
    assert (gained["average_before"], gained["average_after"]) == (25.0, 87.5)
    assert gained["gains"] == {"lower": 0, "same": None, "up_to_20": 0, "over_20": None}, (
        "one of six is hidden"
    )
