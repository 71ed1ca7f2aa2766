"""Previews over the API: from a folder or an archive, the uploader's alone, for a day, and no more than is fair."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import time_machine
from fastapi import FastAPI
from httpx2 import AsyncClient, Response
from sqlalchemy import text

from lms.catalogue import previews
from lms.catalogue.previews import AN_HOUR
from lms.jobs.tasks import Outside, clear_old_previews
from lms.kernel import clock
from lms.kernel.database import Database
from lms.settings import Settings
from tests.cast import ADMIN, AUTHOR, HR, LEARNER, Cast
from tests.catalogue.small_library import spoil, write_library
from tests.catalogue.test_archive import course_zip

PATH = "/api/v1/course-previews"
COURSE = "first-steps"


@pytest.fixture
async def root(app: FastAPI, tmp_path: Path) -> AsyncIterator[Path]:
    """The small library as the server's course files."""
    settings, folder = app.state.settings, write_library(tmp_path / "courses")
    app.state.settings = settings.model_copy(update={"courses_dir": folder, "var_dir": tmp_path / "var"})
    yield folder
    app.state.settings = settings


@pytest.fixture(autouse=True)
async def _fresh(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(text("DELETE FROM course_previews"))


async def send(
    client: AsyncClient, cast: Cast, content: bytes, email: str = AUTHOR, **fields: str
) -> Response:
    files = {"file": ("../../course.zip", content, "application/zip")}
    return await client.post(PATH, files=files, data=fields, headers=cast.token(email))


async def rows(database: Database) -> int:
    async with database.reading() as session:
        return int(
            await session.scalar(text("SELECT count(*) FROM course_previews WHERE content IS NOT NULL"))
        )


async def test_an_archive_is_read_and_nothing_of_it_stays(
    client: AsyncClient, cast: Cast, root: Path, app: FastAPI
) -> None:
    answer = await send(client, cast, course_zip(root))
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["course"], made["source"], made["sound"]) == (COURSE, "archive", True)
    assert [path for path in app.state.settings.previews_dir.rglob("*")] == []
    again = (await client.get(f"{PATH}/{made['id']}", headers=cast.token(AUTHOR))).json()
    assert again == made


async def test_every_mistake_is_told_with_file_line_and_sentence(
    client: AsyncClient, cast: Cast, root: Path
) -> None:
    spoil(root, f"{COURSE}/course.yaml", "minutes: 11", "minutes: 12")
    spoil(root, f"{COURSE}/en/four-papers.md", "[sg-2007]", "[sg-2008]")
    (root / COURSE / "en" / "evil.svg").write_text("<svg onload='alert(1)'/>", encoding="utf-8")
    for made in (
        (await send(client, cast, course_zip(root))).json(),
        (await client.post(PATH, data={"folder": COURSE}, headers=cast.token(AUTHOR))).json(),
    ):
        errors = {(each["file"], each["line"]) for each in made["findings"] if each["severity"] == "error"}
        assert not made["sound"]
        assert len([file for file, line in errors if file == f"{COURSE}/course.yaml" and line]) == 2
        assert (f"{COURSE}/en/evil.svg", None) in errors
        assert all(each["sentence"] for each in made["findings"])
        page = await client.get(
            f"/author/previews/{made['id']}/en", headers=cast.token(AUTHOR) | {"accept": "text/html"}
        )
        assert page.status_code == 404


async def test_a_curious_neighbour_finds_nothing(client: AsyncClient, cast: Cast, root: Path) -> None:
    made = (await send(client, cast, course_zip(root))).json()
    pages = ("/author/previews/{}", "/author/previews/{}/en", "/author/previews/{}/en/four-papers")
    for path in (PATH + "/{}", *pages):
        answer = await client.get(path.format(made["id"]), headers=cast.token(ADMIN))
        assert answer.status_code == 404, path
    assert (await client.delete(f"{PATH}/{made['id']}", headers=cast.token(ADMIN))).status_code == 404
    assert (await client.get(f"{PATH}/{made['id']}", headers=cast.token(AUTHOR))).status_code == 200
    assert (await client.get(PATH, headers=cast.token(ADMIN))).json()["items"] == []
    for email in (LEARNER, HR):
        assert (await client.get(f"{PATH}/{made['id']}", headers=cast.token(email))).status_code == 403
        assert (await send(client, cast, course_zip(root), email)).status_code == 403


async def test_a_preview_is_deleted_at_once_or_after_a_day(
    client: AsyncClient, cast: Cast, root: Path, database: Database, settings: Settings
) -> None:
    headers = cast.token(AUTHOR)
    first, second = [(await send(client, cast, course_zip(root))).json()["id"] for _ in range(2)]
    listed = (await client.get(f"{PATH}?limit=1", headers=headers)).json()
    assert [each["id"] for each in listed["items"]] == [second]
    rest = (await client.get(f"{PATH}?limit=1&cursor={listed['next_cursor']}", headers=headers)).json()
    assert [each["id"] for each in rest["items"]] == [first]
    assert (await client.delete(f"{PATH}/{first}", headers=headers)).status_code == 204
    assert (await client.get(f"{PATH}/{first}", headers=headers)).status_code == 404
    assert (await client.delete(f"{PATH}/{first}", headers=headers)).status_code == 404
    assert await rows(database) == 1
    async with database.transaction() as session:
        await session.execute(text("UPDATE course_previews SET expires_at = now() - interval '1 second'"))
    assert (await client.get(f"{PATH}/{second}", headers=headers)).status_code == 404
    assert (await client.get(f"/author/previews/{second}/en", headers=headers)).status_code == 404
    await clear_old_previews(Outside(settings, database))
    assert await rows(database) == 0


def test_what_a_killed_upload_left_is_cleared_after_an_hour(tmp_path: Path) -> None:
    folder = tmp_path / "previews"
    (folder / "abc-unpacked" / "first-steps").mkdir(parents=True)
    (folder / "abc").write_bytes(b"PK")
    (tmp_path / "kept").mkdir()
    (folder / "link").symlink_to(tmp_path / "kept")
    previews.clear_unpacked(folder)
    assert len(list(folder.iterdir())) == 3
    previews.clear_unpacked(folder, seconds=-1)
    assert list(folder.iterdir()) == []
    assert (tmp_path / "kept").is_dir()
    previews.clear_unpacked(tmp_path / "nothing")


@pytest.mark.parametrize(
    "folder",
    [
        "..",
        "../courses",
        "first-steps/en",
        "/etc",
        "profiles",
        "no-such-course",
        ".",
        "FIRST-STEPS",
        "first-steps\0",
    ],
)
async def test_only_a_course_folder_below_the_course_files_is_shown(
    folder: str, client: AsyncClient, cast: Cast, root: Path
) -> None:
    (root / "profiles").mkdir()
    answer = await client.post(PATH, data={"folder": folder}, headers=cast.token(AUTHOR))
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/no-such-folder")
    assert answer.json()["errors"][0]["pointer"] == "/folder"


async def test_a_link_among_the_course_files_is_not_followed(
    client: AsyncClient, cast: Cast, root: Path
) -> None:
    (root / "linked").symlink_to(root / COURSE)
    answer = await client.post(PATH, data={"folder": "linked"}, headers=cast.token(AUTHOR))
    assert answer.status_code == 422


async def test_bad_input_gets_a_clear_answer(
    client: AsyncClient, cast: Cast, root: Path, app: FastAPI
) -> None:
    for answer in (
        await client.post(PATH, data={}, headers=cast.token(AUTHOR)),
        await send(client, cast, course_zip(root), folder=COURSE),
    ):
        assert answer.status_code == 422
        assert {each["pointer"] for each in answer.json()["errors"]} == {"/folder", "/file"}
    answer = await send(client, cast, b"no archive")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/bad-archive")
    app.state.settings = app.state.settings.model_copy(update={"upload_limit_mb": 1})
    answer = await send(client, cast, b"0" * (2**20 + 1))
    assert answer.status_code == 413
    assert list(app.state.settings.previews_dir.iterdir()) == []


async def test_so_many_an_hour_and_those_that_are_refused_count_too(
    client: AsyncClient, cast: Cast, root: Path
) -> None:
    answers = [await send(client, cast, b"no archive") for _ in range(AN_HOUR - 1)]
    assert {each.status_code for each in answers} == {422}
    last = await asyncio.gather(
        *(client.post(PATH, data={"folder": COURSE}, headers=cast.token(AUTHOR)) for _ in range(2))
    )
    assert sorted(each.status_code for each in last) == [201, 429]
    refused = next(each for each in last if each.status_code == 429)
    assert refused.json()["type"] == "/problems/too-many-previews"
    assert 1 <= int(refused.headers["retry-after"]) <= 3600
    assert (await client.post(PATH, data={"folder": COURSE}, headers=cast.token(ADMIN))).status_code == 201
    with time_machine.travel(clock.now().timestamp() + 3601, tick=True):
        assert (
            await client.post(PATH, data={"folder": COURSE}, headers=cast.token(AUTHOR))
        ).status_code == 201


async def test_scripts_in_an_archive_run_nowhere(client: AsyncClient, cast: Cast, root: Path) -> None:
    """The check refuses HTML; what passes as Markdown is sanitised, and titles are text."""
    spoil(
        root,
        f"{COURSE}/en/course.md",
        "title: First steps",
        "title: 'First <img src=x onerror=alert(1)> steps'",
    )
    spoil(
        root,
        f"{COURSE}/en/four-papers.md",
        "A letter",
        "[a letter](javascript:alert(1)) ![x](data:image/svg+xml;base64,PHN2Zz4=)",
    )
    made = (await send(client, cast, course_zip(root))).json()
    headers = cast.token(AUTHOR) | {"accept": "text/html"}
    for path in ("", "/en", "/en/four-papers"):
        answer = await client.get(f"/author/previews/{made['id']}{path}", headers=headers)
        assert "<img" not in answer.text
        assert 'href="javascript:' not in answer.text
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy


async def test_the_same_key_makes_one_preview(
    client: AsyncClient, cast: Cast, root: Path, database: Database
) -> None:
    headers = cast.token(AUTHOR) | {"Idempotency-Key": "one-preview"}
    answers = [await client.post(PATH, data={"folder": COURSE}, headers=headers) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert await rows(database) == 1


async def test_few_are_made_at_once(client: AsyncClient, cast: Cast, root: Path) -> None:
    sent = [client.post(PATH, data={"folder": COURSE}, headers=cast.token(AUTHOR)) for _ in range(12)]
    answers = await asyncio.gather(*sent)
    assert {each.status_code for each in answers} == {201, 503}
    assert {each.headers.get("retry-after") for each in answers if each.status_code == 503} == {"2"}
    again = await client.post(PATH, data={"folder": COURSE}, headers=cast.token(AUTHOR))
    assert again.status_code == 201, "nothing is left taken"
