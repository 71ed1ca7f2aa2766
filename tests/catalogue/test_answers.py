"""Kept answers of the catalogue: never older than the last publication, never for someone who may not ask."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient

from lms.app import create_app
from lms.catalogue import queries
from lms.catalogue.service import publish_library
from lms.kernel.database import Database
from lms.settings import Settings
from tests.cast import ADMIN, LEARNER, Cast
from tests.catalogue.small_library import load, write_library

COURSES = "/api/v1/courses"


@pytest.fixture(scope="module")
async def other(settings: Settings) -> AsyncIterator[AsyncClient]:
    """A second worker on the same database."""
    app = create_app(settings)
    async with AsyncClient(transport=ASGITransport(app=app), base_url="http://test") as client:
        yield client
    await app.state.database.close()


async def listed(client: AsyncClient, headers: dict[str, str], query: str = "") -> list[tuple[str, str]]:
    answer = await client.get(f"{COURSES}?limit=200{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    return [(each["key"], each["title"]) for each in answer.json()["items"]]


async def test_a_kept_answer_is_the_same_answer_without_looking_for_courses_again(
    client: AsyncClient, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await client.get(f"{COURSES}?limit=1", headers=cast.token(LEARNER))
    monkeypatch.delattr(queries, "list_course_versions")
    second = await client.get(f"{COURSES}?limit=1", headers=cast.token(ADMIN))
    assert (second.status_code, second.content) == (first.status_code, first.content)
    for name in ("content-type", "content-length", "link"):
        assert second.headers.get_list(name) == first.headers.get_list(name)


async def test_who_may_not_ask_gets_no_kept_answer(client: AsyncClient, cast: Cast) -> None:
    await listed(client, cast.token(LEARNER))
    for headers in ({}, {"Authorization": "Bearer nobody"}):
        assert (await client.get(f"{COURSES}?limit=200", headers=headers)).status_code == 401


async def test_each_reader_has_their_own_language(client: AsyncClient, cast: Cast) -> None:
    titles = {}
    for language in ("en", "fr"):
        headers = cast.token(LEARNER)
        answer = await client.patch("/api/v1/me", json={"language": language}, headers=headers)
        assert answer.status_code == 200, answer.text
        titles[language] = dict(await listed(client, headers))["partnership-essentials"]
    await client.patch("/api/v1/me", json={"language": "en"}, headers=cast.token(LEARNER))
    assert titles["en"] != titles["fr"]


async def test_a_bad_request_is_refused_every_time(client: AsyncClient, cast: Cast) -> None:
    for _ in range(2):
        for query in ("focus=No Key", "limit=0", "unknown=1", "cursor=made-up"):
            answer = await client.get(f"{COURSES}?{query}", headers=cast.token(LEARNER))
            assert answer.status_code == 422, query
    for _ in range(2):
        assert (await client.get(f"{COURSES}/no-such", headers=cast.token(LEARNER))).status_code == 404


async def test_what_one_worker_publishes_is_seen_by_the_next_request_to_another(
    app: FastAPI, client: AsyncClient, other: AsyncClient, cast: Cast, tmp_path: Path
) -> None:
    headers = cast.token(ADMIN)
    before = await listed(client, headers)
    assert await listed(other, headers) == before
    database: Database = app.state.database
    write_library(tmp_path)
    async with database.transaction() as session:
        await publish_library(session, load(tmp_path), acting=None)
    both = [await listed(client, headers), await listed(other, headers)]
    assert "first-steps" in dict(both[0])
    assert both[0] == both[1]
    assert (await other.get(f"{COURSES}/first-steps", headers=headers)).status_code == 200


async def test_pages_follow_one_another_by_their_link_alone(client: AsyncClient, cast: Cast) -> None:
    headers, seen, address = cast.token(LEARNER), [], f"{COURSES}?limit=1"
    while address:
        answer = await client.get(address, headers=headers | {"Host": "elsewhere.example"})
        seen += [each["key"] for each in answer.json()["items"]]
        link = answer.headers.get("link", "")
        assert "elsewhere" not in link
        address = link.removeprefix("<").partition(">")[0]
    assert seen == [key for key, _ in await listed(client, headers)]
