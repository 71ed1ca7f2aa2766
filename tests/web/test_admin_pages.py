"""Pages of administrators, the API's reference and the pages of problem types."""

import re
import shutil
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from lms.kernel.database import Database
from lms.web.reference import coded, example_of, fields_of, kind_of, operations_of, problem_types
from tests.cast import ADMIN, ASSESSOR, COLLEAGUE, HR, LEARNER, Cast
from tests.web.counting import statements
from tests.web.readers import Reader


@pytest.fixture(scope="module")
async def admin(app: FastAPI, cast: Cast) -> Reader:
    return await Reader(app).sign_in(cast, ADMIN)


# -- how the system is -------------------------------------------------------------------------------------


async def test_the_first_page_counts_and_says_that_no_worker_lives(admin: Reader) -> None:
    page = await admin.get("/admin")
    assert "No worker has given a sign of life" in page
    assert "No job has failed" in page


async def test_jobs_that_failed_are_named(admin: Reader, database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(
            text(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, status, attempts, args)"
                " VALUES ('lms', 'mail.enrolled', 'failed', 8, '{}')"
            )
        )
    page = await admin.get("/admin")
    assert "1 job failed for good" in page
    assert "mail.enrolled" in page


@pytest.mark.parametrize("path", ["/admin", "/admin/courses", "/admin/courses/publish", "/admin/events"])
async def test_nobody_else_opens_them(app: FastAPI, cast: Cast, path: str) -> None:
    for email in (LEARNER, HR):
        await (await Reader(app).sign_in(cast, email)).get(path, 403)


# -- roles -------------------------------------------------------------------------------------------------


async def test_a_role_is_given_used_and_taken_back(app: FastAPI, admin: Reader, cast: Cast) -> None:
    path = f"/admin/people/{cast.ids[LEARNER]}/grants"
    learner = await Reader(app).sign_in(cast, LEARNER)
    await learner.get("/assess", 403)
    await admin.get(path)
    page = await admin.send(path, 422, role="emperor", entity="")
    assert "Choose the role." in page
    assert "Choose where the role is held." in page
    page = await admin.send(path, role="assessor", entity="uneo-kenya")
    assert "The role is given." in page
    await learner.get("/assess")
    revoke = re.search(r'action="(/admin/people/[^"]+/revoke)"', page)
    assert revoke
    assert "The role is taken back" in await admin.send(revoke[1])
    await learner.get("/assess", 403)
    assert "Nothing was changed" in await admin.send(revoke[1])


async def test_an_administrator_is_warned_before_taking_back_their_own_role(
    admin: Reader, cast: Cast
) -> None:
    page = await admin.get(f"/admin/people/{cast.ids[ADMIN]}/grants")
    assert "This is your own role" in page
    assert "the whole system" in page


# -- courses -----------------------------------------------------------------------------------------------


async def test_published_courses_stand_with_version_and_day(admin: Reader) -> None:
    page = await admin.get("/admin/courses")
    assert "Partnership essentials" in page
    assert "legal-foundations" in page


async def test_what_is_published_is_what_was_shown(app: FastAPI, admin: Reader, tmp_path: Path) -> None:
    settings = app.state.settings
    folder = tmp_path / "courses"
    shutil.copytree(settings.courses_dir, folder)
    app.state.settings = settings.model_copy(update={"courses_dir": folder})
    try:
        await _publish(admin, folder)
    finally:
        app.state.settings = settings


async def _publish(admin: Reader, folder: Path) -> None:
    assert "Everything is published" in await admin.get("/admin/courses/publish")
    words = folder / "legal-foundations" / "en" / "course.md"
    original = words.read_text(encoding="utf-8")
    words.write_text(original + "\nOne more sentence.\n", encoding="utf-8")
    page = await admin.get("/admin/courses/publish")
    assert "Publish 1 course" in page
    shown = re.search(r'name="fingerprint" value="([0-9a-f]{64})"', page)
    assert shown
    words.write_text(original + "\nAnother sentence.\n", encoding="utf-8")
    page = await admin.send("/admin/courses/publish", 409, fingerprint=shown[1])
    assert "have changed since you looked" in page
    shown = re.search(r'name="fingerprint" value="([0-9a-f]{64})"', page)
    assert shown
    assert "1 course is published." in await admin.send("/admin/courses/publish", fingerprint=shown[1])
    assert "Sofia Lindqvist" in admin.page
    (folder / "legal-foundations" / "course.yaml").write_text("modules: [", encoding="utf-8")
    page = await admin.get("/admin/courses/publish")
    assert "legal-foundations/course.yaml" in page
    assert 'name="fingerprint"' not in page
    shutil.rmtree(folder)
    assert "LMS_COURSES_DIR" in await admin.get("/admin/courses/publish", 503)


# -- events ------------------------------------------------------------------------------------------------


async def test_events_name_who_did_what_and_hold_no_words_of_people(
    app: FastAPI, admin: Reader, cast: Cast
) -> None:
    page = await admin.get("/admin/events")
    assert "people.role_granted" in page
    assert "Amina Otieno" in page
    assert "demo record" not in page
    with statements(app) as sent:
        page = await admin.get("/admin/events?type=completions.course_completed")
    assert len(sent) == 1  # who asks goes by another door
    assert "type=people.role_granted" not in page
    assert '<option value="people.role_granted">' in page  # to be chosen, not to be known by heart
    assert '<option value="completions.course_completed" selected>' in page
    assert "Marie-Claire Dubois" in page


async def test_a_page_of_events_follows_another(admin: Reader, database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(
            text(
                "INSERT INTO events (at, type, v, subject_type, subject_id, data)"
                " SELECT now(), 'test.' || lpad(n::text, 2, '0'), 1, 'test', gen_random_uuid(), '{}'"
                " FROM generate_series(1, 60) n"
            )
        )
    page = await admin.get("/admin/events")
    onward = re.search(r'rel="next" href="([^"]+)"', page)
    assert onward
    shown = re.findall(r">(test\.\d\d)</a>", page)
    more = re.findall(r">(test\.\d\d)</a>", await admin.get(onward[1].replace("&amp;", "&")))
    assert sorted(shown + more) == [f"test.{number:02}" for number in range(1, 61)]
    await admin.get("/admin/events?cursor=nonsense", 422)


async def test_an_administrator_reads_no_work(admin: Reader, cast: Cast) -> None:
    await admin.get("/assess", 403)
    await admin.get(f"/reports/recognition/people/{cast.ids[COLLEAGUE]}?entity=uneo", 403)


# -- the reference -----------------------------------------------------------------------------------------


async def test_every_route_of_the_api_stands_in_the_reference_for_everybody(app: FastAPI) -> None:
    reader = Reader(app)
    index = await reader.get("/api/docs")
    for path, methods in app.openapi()["paths"].items():
        assert index.replace("<wbr>", "").count(path) >= len(methods)
    for tag in set(re.findall(r'href="/api/docs/([a-z]+)"', index)):
        page = await reader.get(f"/api/docs/{tag}")
        assert "<script>" not in page
        assert "style=" not in page
    await reader.get("/api/docs/nothing", 404)


def test_what_stands_between_backquotes_is_code_and_nothing_else_is_markup() -> None:
    assert coded("Send `<id>` & wait.") == "Send <code>&lt;id&gt;</code> &amp; wait."
    assert coded("An odd ` one.") == "An odd ` one."


def test_an_example_is_a_command_with_what_is_required(app: FastAPI) -> None:
    found = {(each.method, each.path): each for each in operations_of(app.openapi(), base_url="https://x")}
    post = found["POST", "/api/v1/enrolments"]
    assert '"course": "partnership-essentials"' in post.curl
    assert "-X POST" in post.curl
    report = found["GET", "/api/v1/reports/recognition"]
    assert '"https://x/api/v1/reports/recognition?entity=uneo&from=' in report.curl
    assert {each.path for each in report.parameters if each.required} >= {"entity (query)"}
    assert any(each.path == "rows[].lines[].points" for each in report.answers[0].fields)


def test_a_schema_that_holds_itself_comes_to_an_end() -> None:
    tree = {
        "type": "object",
        "required": ["below"],
        "properties": {"below": {"$ref": "#/components/schemas/Tree"}},
    }
    document = {"components": {"schemas": {"Tree": tree}}}
    assert 1 < len(fields_of(document, tree)) < 20
    listed = {"type": "array", "items": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}
    assert kind_of(document, listed) == "list of integer or null"
    assert example_of(document, listed) == [1]


async def test_every_kind_of_problem_has_a_page(app: FastAPI) -> None:
    reader = Reader(app)
    index = await reader.get("/problems")
    for name, problem in problem_types().items():
        assert f"/problems/{name}" in index
        page = await reader.get(f"/problems/{name}")
        assert f"<dd>{problem.status}</dd>" in page
        advice = page[page.index("What to do") :]
        assert len(re.sub(r"<[^>]+>", "", advice[: advice.index("</div>")]).strip()) > 20
    await reader.get("/problems/nothing", 404)


async def test_a_problem_names_the_page_that_explains_it(app: FastAPI, cast: Cast) -> None:
    reader = Reader(app)
    answer = await reader.client.get("/api/v1/me", headers={"accept": "application/json"})
    assert (await reader.client.get(answer.json()["type"])).status_code == 200


async def test_the_staff_pages_speak_six_languages_without_breaking(app: FastAPI, cast: Cast) -> None:
    for language in ("ar", "zh", "fr", "ru", "es"):
        reader = await Reader(app).sign_in(cast, ADMIN, language)
        for path in ("/admin", "/admin/events", "/admin/courses", "/api/docs", "/problems", "/people"):
            assert f'<html lang="{language}"' in await reader.get(path)
        assessor = await Reader(app).sign_in(cast, ASSESSOR, language)
        await assessor.get("/assess")
