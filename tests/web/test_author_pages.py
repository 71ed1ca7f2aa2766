"""Pages of authors: what the files change, whom that touches, two versions side by side; and the learner's choice."""

import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from lms.catalogue.loader import load_library
from lms.catalogue.service import publish_library
from lms.kernel.database import Database
from tests.cast import ASSESSOR, AUTHOR, HR, LEARNER, SUPERVISOR, Cast
from tests.catalogue.small_library import spoil
from tests.web.readers import Reader

COURSE = "legal-foundations"


@pytest.fixture
async def folder(app: FastAPI, tmp_path: Path) -> AsyncIterator[Path]:
    """A copy of the course files that a test may change; the server looks at it."""
    settings, copy = app.state.settings, tmp_path / "courses"
    shutil.copytree(settings.courses_dir, copy)
    app.state.settings = settings.model_copy(update={"courses_dir": copy})
    yield copy
    app.state.settings = settings


@pytest.fixture
async def author(app: FastAPI, cast: Cast) -> Reader:
    return await Reader(app).sign_in(cast, AUTHOR)


def pages_of(folder: Path) -> tuple[str, str, str]:
    """A page of the course, its first paragraph's first words, and the key of a quiz."""
    text = (folder / COURSE / "course.yaml").read_text(encoding="utf-8")
    page = re.search(r"key: ([a-z-]+), kind: page", text)
    quiz = re.search(r"key: ([a-z-]+), kind: quiz", text)
    assert page
    assert quiz
    body = (folder / COURSE / "en" / f"{page[1]}.md").read_text(encoding="utf-8").split("---\n", 2)[2].strip()
    return page[1], body.split("\n")[-1][:30], quiz[1]


async def test_nobody_else_opens_them(app: FastAPI, cast: Cast) -> None:
    for email in (LEARNER, HR):
        reader = await Reader(app).sign_in(cast, email)
        for path in ("/author", f"/author/courses/{COURSE}", f"/author/courses/{COURSE}/difference"):
            await reader.get(path, 403)
        assert 'href="/author"' not in reader.page


async def test_an_author_sees_every_course_and_how_its_files_stand(author: Reader, folder: Path) -> None:
    page = await author.get("/author")
    assert COURSE in page
    assert "files that are not published" not in page
    course = folder / COURSE / "en" / "course.md"
    course.write_text(course.read_text(encoding="utf-8") + "\nOne more sentence.\n", encoding="utf-8")
    (folder / "partnership-essentials" / "course.yaml").write_text("modules: [", encoding="utf-8")
    page = await author.get("/author")
    assert "1 course has files that are not published" in page
    assert "with mistakes" in page
    page = await author.get("/author/courses/partnership-essentials")
    assert "The files have mistakes" in page
    assert "partnership-essentials/course.yaml:1" in page
    await author.get("/author/courses/no-such-course", 404)


async def test_a_change_is_told_part_by_part_before_it_is_published(
    author: Reader, folder: Path, app: FastAPI, cast: Cast
) -> None:
    learner = await Reader(app).sign_in(cast, ASSESSOR)
    await learner.send(f"/courses/{COURSE}/enrol")
    assert "are what is published" in await author.get(f"/author/courses/{COURSE}")
    page_key, words, _ = pages_of(folder)
    spoil(folder, f"{COURSE}/en/{page_key}.md", words, f"Brand & new words. {words}")
    spoil(folder, f"{COURSE}/course.yaml", "validity_months: 36", "validity_months: 24")
    page = await author.get(f"/author/courses/{COURSE}")
    assert "changed" in page
    assert "validity_months" in page
    assert re.search(r"Words, English: \d added, 0 taken away", page)
    row = page[page.index("All entities together") :]
    assert "not shown" in row[: row.index("</tr>")], "one person on the way is not told"
    assert 'href="/admin/courses/publish"' in page
    page = await author.get(f"/author/courses/{COURSE}/difference?from=1&to=files&language=en")
    assert "<ins>Brand &amp; new words. </ins>" in page
    assert "<del>36</del>" in page
    assert "<ins>24</ins>" in page
    page = await author.get(f"/author/courses/{COURSE}/difference?from=1&to=files&language=fr")
    assert "In this language no words differ" in page or "Brand" not in page
    await author.get(f"/author/courses/{COURSE}/difference?from=7", 404)
    await author.get(f"/author/courses/{COURSE}/difference?from=x", 422)


async def test_a_learner_is_told_quietly_and_chooses(
    folder: Path, app: FastAPI, cast: Cast, database: Database
) -> None:
    page_key, words, quiz = pages_of(folder)
    learner = await Reader(app).sign_in(cast, LEARNER)
    staying = await Reader(app).sign_in(cast, SUPERVISOR)
    for reader in (learner, staying):
        await reader.send(f"/courses/{COURSE}/enrol")
        await reader.send(f"/learn/{COURSE}/{page_key}/read")
        assert "newer version" not in await reader.get(f"/learn/{COURSE}")
        await reader.get(f"/courses/{COURSE}/move")
        assert reader.path == f"/learn/{COURSE}", "there is nothing to move to"
    course = (folder / COURSE / "course.yaml").read_text(encoding="utf-8")
    mark = re.search(rf"key: {quiz}, kind: quiz[^}}]*pass_mark: (\d+)", course)
    assert mark
    spoil(folder, f"{COURSE}/course.yaml", mark[0], mark[0].replace(f"pass_mark: {mark[1]}", "pass_mark: 95"))
    spoil(folder, f"{COURSE}/en/{page_key}.md", words, f"Better. {words}")
    async with database.transaction() as session:
        await publish_library(session, load_library(folder), acting=None)

    page = await learner.get(f"/learn/{COURSE}")
    assert "A newer version of this course has been published" in page
    assert f'href="/courses/{COURSE}/move"' in await learner.get(f"/learn/{COURSE}/{page_key}")
    assert "You are on an earlier version" in await learner.get(f"/courses/{COURSE}")
    attempt = await learner.begin_quiz(COURSE, quiz)
    page = await learner.get(f"/courses/{COURSE}/move")
    assert "First finish what is under way" in page
    assert 'name="version"' not in page
    await learner.send(attempt, do="submit-anyway")
    page = await learner.get(f"/courses/{COURSE}/move")
    assert page.index("What you keep") < page.index("To do again")
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    assert "Nothing was changed" in await learner.send(f"/courses/{COURSE}/move", version="999")
    assert "You are on the newest version" in await learner.send(
        f"/courses/{COURSE}/move", version=version[1]
    )
    assert learner.path == f"/learn/{COURSE}"
    assert "newer version" not in await learner.get(f"/learn/{COURSE}")
    assert "Not passed yet" not in await learner.get(f"/learn/{COURSE}/{quiz}"), "that was another quiz"
    await learner.send(f"/courses/{COURSE}/move", version=version[1])
    assert learner.path == f"/learn/{COURSE}"
    assert "A newer version" in await staying.get(f"/learn/{COURSE}"), "who does not choose stays"


async def test_pages_speak_six_languages(app: FastAPI, cast: Cast) -> None:
    for language in ("ar", "zh", "fr", "ru", "es"):
        reader = await Reader(app).sign_in(cast, AUTHOR, language)
        for path in (
            "/author",
            f"/author/courses/{COURSE}",
            f"/author/courses/{COURSE}/difference?from=1&to=files",
        ):
            assert f'<html lang="{language}"' in await reader.get(path)
