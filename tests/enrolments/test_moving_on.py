"""A learner in the middle of a course, and a new version of it: stay, or move on with what still counts."""

import asyncio
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from httpx2 import AsyncClient
from sqlalchemy import text

from lms.catalogue.domain import Edition
from lms.catalogue.service import publish_library
from lms.kernel.database import Database
from tests.cast import ASSESSOR, COLLEAGUE, LEARNER, OTHER_LEARNER, SUPERVISOR, VOLUNTEER, Cast
from tests.catalogue.small_library import load, spoil, write_library
from tests.journeys.learning import enrol, pass_quiz, read_page

COURSE, PAGE, QUIZ, WORK = "first-steps", "four-papers", "papers-quiz", "review-a-draft"
HARDER = ("course.yaml", "pass_mark: 75", "pass_mark: 90")
MOVED = "enrolments.moved"
Publish = Callable[..., Any]


@pytest.fixture
async def publish(database: Database, tmp_path: Path) -> Publish:
    """Publish the small library as it was, then with one more thing changed at each call."""
    write_library(tmp_path)

    async def publish(*changes: tuple[str, str, str], change: str = "minor", fresh: bool = False) -> Edition:
        if fresh:
            shutil.rmtree(tmp_path)
            write_library(tmp_path)
        for file, old, new in changes:
            spoil(tmp_path, f"{COURSE}/{file}", old, new)
        if change == "material":
            spoil(
                tmp_path, f"{COURSE}/course.yaml", "change: minor", "change: material\n  renew_by: 2027-12-31"
            )
        library = load(tmp_path)
        assert not library.errors, library.errors
        async with database.transaction() as session:
            await publish_library(session, library, acting=None)
        return library.courses[COURSE]

    await publish()
    return publish


async def look(client: AsyncClient, headers: dict[str, str], enrolment: str) -> dict[str, Any]:
    answer = await client.get(f"/api/v1/enrolments/{enrolment}/move", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


async def move(client: AsyncClient, headers: dict[str, str], enrolment: str, version: int) -> Any:
    path = f"/api/v1/enrolments/{enrolment}/move"
    return await client.post(path, json={"version": version}, headers=headers)


async def count(database: Database, sql: str, **values: Any) -> int:
    async with database.reading() as session:
        return int(await session.scalar(text(sql), values))


def states(enrolment: dict[str, Any]) -> dict[str, str]:
    return {each["key"]: each["state"] for module in enrolment["modules"] for each in module["activities"]}


async def test_what_counts_is_kept_and_the_rest_is_to_do_again(
    client: AsyncClient, cast: Cast, publish: Publish, database: Database
) -> None:
    headers, first = cast.token(LEARNER), await publish(fresh=True)
    enrolment = await enrol(client, headers, COURSE)
    at, before = enrolment["id"], enrolment["course_version"]
    read = await read_page(client, headers, at, PAGE)
    assert read["enrolment_state"] == "active"
    assert (await pass_quiz(client, headers, first, at, QUIZ))["passed"] is True  # and with it the course
    # Somebody who is still in the middle: the page is read, the quiz was not passed.
    headers = cast.token(COLLEAGUE)
    at = (await enrol(client, headers, COURSE))["id"]
    await read_page(client, headers, at, PAGE)
    path = f"/api/v1/enrolments/{at}/activities/{QUIZ}/attempts"
    attempt = (await client.post(path, headers=headers)).json()
    await client.post(f"/api/v1/attempts/{attempt['id']}/submit", json={"responses": {}}, headers=headers)

    await publish(HARDER, ("course.yaml", "prerequisites: []", "prerequisites: [next-steps]"),
                  ("../next-steps/course.yaml", "[first-steps]", "[]"))  # fmt: skip
    now = (await client.get(f"/api/v1/enrolments/{at}", headers=headers)).json()
    assert (now["course_version"], now["on_newest_version"]) == (before, False), "nobody is moved"
    told = await look(client, headers, at)
    assert (told["kept"], told["again"], told["new"], told["gone"]) == ([PAGE], [QUIZ], [], [])
    assert (told["minutes_left"], told["completes"], told["under_way"]) == (8, False, [])

    answer = await move(client, headers, at, told["to_version"])
    assert answer.status_code == 200, answer.text
    moved = answer.json()
    assert (moved["course_version"], moved["on_newest_version"]) == (told["to_version"], True)
    assert moved["enrolled_at"] == now["enrolled_at"]
    assert states(moved) == {PAGE: "completed", QUIZ: "not_started", WORK: "not_started"}
    kept = (await client.get(f"/api/v1/attempts/{attempt['id']}", headers=headers)).json()
    assert len(kept["questions"]) == 4
    assert kept["submitted_at"]
    events = "SELECT count(*) FROM events WHERE type = :type AND subject_id = :id"
    assert await count(database, events, type=MOVED, id=at) == 1


async def test_a_course_that_is_completed_stays_on_its_version(
    client: AsyncClient, cast: Cast, publish: Publish
) -> None:
    headers, first = cast.token(VOLUNTEER), await publish(fresh=True)
    at = (await enrol(client, headers, COURSE))["id"]
    await read_page(client, headers, at, PAGE)
    await pass_quiz(client, headers, first, at, QUIZ)
    await publish(HARDER)
    told = await look(client, headers, at)
    answer = await move(client, headers, at, told["to_version"])
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/cannot-move")


async def test_what_is_under_way_is_finished_first(client: AsyncClient, cast: Cast, publish: Publish) -> None:
    await publish(fresh=True)
    headers = cast.token(ASSESSOR)
    at = (await enrol(client, headers, COURSE))["id"]
    path = f"/api/v1/enrolments/{at}/activities"
    attempt = (await client.post(f"{path}/{QUIZ}/attempts", headers=headers)).json()
    sent = await client.post(f"{path}/{WORK}/submissions", data={"words": "A page."}, headers=headers)
    assert sent.status_code == 201
    await publish(HARDER)
    told = await look(client, headers, at)
    assert told["under_way"] == [QUIZ, WORK]
    answer = await move(client, headers, at, told["to_version"])
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/cannot-move")
    assert [QUIZ in each["detail"] or WORK in each["detail"] for each in answer.json()["errors"]] == [
        True,
        True,
    ]
    await client.post(f"/api/v1/attempts/{attempt['id']}/submit", json={"responses": {}}, headers=headers)
    assert (await look(client, headers, at))["under_way"] == [WORK]


async def test_two_devices_move_once(
    client: AsyncClient, cast: Cast, publish: Publish, database: Database
) -> None:
    await publish(fresh=True)
    headers = cast.token(SUPERVISOR)
    at = (await enrol(client, headers, COURSE))["id"]
    await publish(HARDER)
    to = (await look(client, headers, at))["to_version"]
    answers = await asyncio.gather(*(move(client, headers, at, to) for _ in range(6)))
    assert [each.status_code for each in answers] == [200] * 6
    assert (
        await count(
            database, "SELECT count(*) FROM events WHERE type = :type AND subject_id = :id", type=MOVED, id=at
        )
        == 1
    )
    stale = await move(client, headers, at, to - 1)
    assert stale.status_code == 409
    assert stale.json()["type"] == "/problems/another-version"


async def test_progress_that_waited_for_a_move_is_not_lost(
    client: AsyncClient, cast: Cast, publish: Publish, database: Database
) -> None:
    await publish(fresh=True)
    headers = cast.token(OTHER_LEARNER)
    at = (await enrol(client, headers, COURSE))["id"]
    await publish(HARDER)
    to = (await look(client, headers, at))["to_version"]
    async with database.transaction() as session:
        await session.execute(text("SELECT 1 FROM enrolments WHERE id = :id FOR UPDATE"), {"id": at})
        waiting = [asyncio.create_task(move(client, headers, at, to))]
        await asyncio.sleep(0.1)
        waiting.append(asyncio.create_task(read_page(client, headers, at, PAGE)))  # type: ignore[arg-type]
        await asyncio.sleep(0.1)
    await asyncio.gather(*waiting)
    now = (await client.get(f"/api/v1/enrolments/{at}", headers=headers)).json()
    assert (now["course_version"], states(now)[PAGE]) == (to, "completed")


async def test_a_version_that_asks_nothing_more_completes_the_course(
    client: AsyncClient, cast: Cast, publish: Publish, database: Database
) -> None:
    headers = cast.token("hr@demo.example")
    await publish(fresh=True)
    at = (await enrol(client, headers, COURSE))["id"]
    first = await publish(fresh=True)
    await pass_quiz(client, headers, first, at, QUIZ)
    optional = (
        "course.yaml",
        "{key: four-papers, kind: page,",
        "{key: four-papers, kind: page, required: false,",
    )
    await publish(optional)
    told = await look(client, headers, at)
    assert told["completes"]
    moved = (await move(client, headers, at, told["to_version"])).json()
    assert moved["state"] == "completed"
    sql = """SELECT count(*) FROM completions m JOIN course_versions v ON v.id = m.course_version_id
              WHERE m.enrolment_id = :id AND v.number = :number"""
    assert await count(database, sql, id=at, number=told["to_version"]) == 1


async def test_a_quiz_that_asks_something_else_has_tries_of_its_own(
    client: AsyncClient, cast: Cast, publish: Publish
) -> None:
    await publish(fresh=True)
    headers = cast.token("senior@demo.example")
    at = (await enrol(client, headers, COURSE))["id"]
    path = f"/api/v1/enrolments/{at}/activities/{QUIZ}/attempts"

    async def use_up() -> list[int]:
        statuses = []
        for _ in range(4):
            attempt = await client.post(path, headers=headers)
            statuses.append(attempt.status_code)
            if attempt.status_code == 201:
                submit = f"/api/v1/attempts/{attempt.json()['id']}/submit"
                await client.post(submit, json={"responses": {}}, headers=headers)
        return statuses

    assert await use_up() == [201, 201, 201, 409]
    await publish(("en/four-papers.md", "A letter", "Another letter"))
    await move(client, headers, at, (await look(client, headers, at))["to_version"])
    assert (await client.post(path, headers=headers)).status_code == 409, "the same quiz"
    await publish(HARDER)
    await move(client, headers, at, (await look(client, headers, at))["to_version"])
    assert (await client.post(path, headers=headers)).status_code == 201


async def test_after_a_material_edition_a_page_is_read_again(
    client: AsyncClient, cast: Cast, publish: Publish
) -> None:
    await publish(fresh=True)
    headers = cast.token("officer.three@demo.example")
    at = (await enrol(client, headers, COURSE))["id"]
    await read_page(client, headers, at, PAGE)
    await publish(("en/four-papers.md", "A letter", "Another letter"), change="material")
    told = await look(client, headers, at)
    assert (told["kept"], told["again"], told["change"]) == ([], [PAGE], "material")


async def test_nobody_looks_at_or_moves_another_s_enrolment(
    client: AsyncClient, cast: Cast, publish: Publish
) -> None:
    await publish(fresh=True)
    at = (await enrol(client, cast.token("learner.li@demo.example"), COURSE))["id"]
    other = cast.token(COLLEAGUE)
    assert (await client.get(f"/api/v1/enrolments/{at}/move", headers=other)).status_code == 404
    assert (await move(client, other, at, 1)).status_code == 404
    bad = await client.post(f"/api/v1/enrolments/{at}/move", json={"version": 0}, headers=other)
    assert re.search("version", bad.json()["errors"][0]["pointer"])
