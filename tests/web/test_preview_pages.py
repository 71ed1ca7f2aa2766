"""Previews: a course as a learner would see it, in each language; quizzes can be tried, and nothing is recorded."""

import html
import io
import re
import zipfile

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from lms.catalogue.beside import library_beside
from lms.enrolments.domain.grading import answer_to
from lms.kernel.database import Database
from lms.settings import Settings
from lms.web.quiz_form import fields_of
from tests.cast import ADMIN, AUTHOR, LEARNER, Cast
from tests.web.readers import Reader

COURSE = "legal-foundations"
RECORDS = ("enrolments", "attempts", "submissions", "completions", "skill_records", "events")


@pytest.fixture
async def author(app: FastAPI, cast: Cast) -> Reader:
    return await Reader(app).sign_in(cast, AUTHOR)


async def counts(database: Database) -> list[int]:
    async with database.reading() as session:
        return [int(await session.scalar(text(f"SELECT count(*) FROM {each}"))) for each in RECORDS]


def archive(settings: Settings) -> bytes:
    """The course as an author would send it."""
    buffer = io.BytesIO()
    home = settings.courses_dir / COURSE
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for path in sorted(home.rglob("*")):
            if path.is_file():
                made.write(path, f"{COURSE}/{path.relative_to(home)}")
    return buffer.getvalue()


async def preview(author: Reader, settings: Settings) -> str:
    """Send the archive; the address of the preview."""
    assert "(optional)" not in await author.get("/author/previews")  # one of the two is needed
    await author.send(
        "/author/previews", files={"file": ("course.zip", archive(settings), "application/zip")}
    )
    assert re.fullmatch(r"/author/previews/[0-9a-f-]{36}", author.path)
    return author.path


async def test_a_course_is_gone_through_in_every_language_and_nothing_is_recorded(
    author: Reader, settings: Settings, database: Database, app: FastAPI, cast: Cast
) -> None:
    edition = library_beside(settings.courses_dir).courses[COURSE]
    before = await counts(database)
    home = await preview(author, settings)
    assert "This course is sound" in author.page
    for language in edition.course.languages:
        assert f'href="{home}/{language}"' in author.page
    for language in edition.course.languages:
        outline = await author.get(f"{home}/{language}")
        assert "Nothing is recorded" in outline
        for activity in edition.course.activities:
            assert f'href="{home}/{language}/{activity.key}"' in outline
            page = html.unescape(await author.get(f"{home}/{language}/{activity.key}"))
            assert edition.activity_text(activity.key, language).title in page
            assert "/learn/" not in page.replace('href="/learning"', "")
    first = edition.course.activities[0]
    await author.send(f"{home}/en/{first.key}/read")
    assert author.path == f"{home}/en/{edition.course.activities[1].key}"
    await author.send(f"{home}/en/{edition.course.activities[-1].key}/read")
    assert author.path == f"{home}/en"
    assert await counts(database) == before
    neighbour = await Reader(app).sign_in(cast, ADMIN)
    for path in (home, f"{home}/en", f"{home}/en/{first.key}"):
        await neighbour.get(path, 404)
    await (await Reader(app).sign_in(cast, LEARNER)).get("/author/previews", 403)


async def test_a_quiz_is_tried_and_graded_and_kept_nowhere(
    author: Reader, settings: Settings, database: Database
) -> None:
    edition = library_beside(settings.courses_dir).courses[COURSE]
    key = next(each.key for each in edition.course.activities if each.kind == "quiz")
    home, before = await preview(author, settings), await counts(database)
    await author.get(f"{home}/en/{key}")
    page = await author.send(f"{home}/en/{key}/attempts")
    address, asked = author.path, author.asked()
    assert asked
    assert "data-drafts" not in page
    assert (await author.get(address)).count("<fieldset") == page.count("<fieldset")
    assert author.asked() == asked, "the same address asks the same"
    page = await author.send(address, 422, do="submit")
    assert "is not answered" in page
    assert "Not passed yet" in await author.send(address, do="submit-anyway")
    quiz = edition.quiz(key, "en")
    right = fields_of(
        [quiz.question(each) for each in asked], {each: answer_to(quiz.question(each)) for each in asked}
    )
    await author.get(address)
    page = await author.send(address, **right, do="submit")
    assert re.search(r"Passed with 100\s?%", page)
    assert "In a preview nothing is kept" in await author.send(address, **right, do="save")
    await author.send(address, 422, **{**right, next(iter(right)): "no-such-option"}, do="submit")
    assert await counts(database) == before
    assert await author.get(
        f"{home}/en/{edition.course.activities[0].key}/attempts/{'0' * 8}-0000-4000-8000-{'0' * 12}", 409
    )


async def test_a_piece_of_work_is_shown_and_not_taken(author: Reader, settings: Settings) -> None:
    edition = library_beside(settings.courses_dir).courses[COURSE]
    work = next(each.key for each in edition.course.activities if each.kind == "assignment")
    home = await preview(author, settings)
    page = await author.get(f"{home}/en/{work}")
    assert "How your work is assessed" in page
    assert 'name="words"' not in page
    await author.send(f"{home}/en/{work}/work", 404)


async def test_a_folder_is_shown_and_mistakes_of_an_archive_are_said_at_the_form(
    author: Reader, settings: Settings
) -> None:
    page = await author.get("/author/previews")
    assert f'<option value="{COURSE}">' in page
    await author.send("/author/previews", folder=COURSE)
    assert "from the folder on the server" in author.page
    assert COURSE in await author.get("/author")
    assert "Choose a folder, or choose a file" in await author.send("/author/previews", 422)
    assert "There is no such folder" in await author.send("/author/previews", 422, folder="../etc")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr("../evil.md", b"")
        made.writestr("C:evil.md", b"")
    page = await author.send(
        "/author/previews", 422, files={"file": ("x.zip", buffer.getvalue(), "application/zip")}
    )
    assert "leads out of its folder" in page
    assert "no colon" in page
    home = await preview(author, settings)
    assert "The preview is deleted." in await author.send(f"{home}/delete")
    await author.get(home, 404)
    await author.get(f"{home}/en", 404)


async def test_the_pages_speak_six_languages(app: FastAPI, cast: Cast, settings: Settings) -> None:
    for language in ("ar", "zh", "fr", "ru", "es"):
        author = await Reader(app).sign_in(cast, AUTHOR, language)
        home = await preview(author, settings)
        for path in ("/author/previews", home, f"{home}/en"):
            assert f'<html lang="{language}"' in await author.get(path)
        assert "Nothing is recorded" not in author.page
