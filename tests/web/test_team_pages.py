"""Pages of supervisors and assessors: what they may do, and how little else they see."""

import re
from datetime import timedelta

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from lms.catalogue.domain import Edition
from lms.catalogue.queries import get_course, get_edition
from lms.kernel import clock
from lms.kernel.database import Database
from lms.web.assessor import field_of
from tests.cast import ASSESSOR, COLLEAGUE, HR, LEARNER, OTHER_LEARNER, SUPERVISOR, VOLUNTEER, Cast
from tests.journeys.learning import enrol, pass_quiz, read_page
from tests.web.counting import statements
from tests.web.readers import Reader

TODAY = clock.today()
COURSE, WORK = "partnership-essentials", "judge-a-proposal"


@pytest.fixture(scope="module")
async def supervisor(app: FastAPI, cast: Cast) -> Reader:
    return await Reader(app).sign_in(cast, SUPERVISOR)


@pytest.fixture(scope="module")
async def assessor(app: FastAPI, cast: Cast) -> Reader:
    return await Reader(app).sign_in(cast, ASSESSOR)


@pytest.fixture(scope="module")
async def edition(database: Database) -> Edition:
    async with database.reading() as session:
        return await get_edition(session, (await get_course(session, COURSE)).version_id)


# -- the team ----------------------------------------------------------------------------------------------


async def test_the_team_is_those_who_report_to_me_and_their_own_learning_is_not_shown(
    supervisor: Reader, client: AsyncClient, cast: Cast
) -> None:
    await enrol(client, cast.token(COLLEAGUE), "legal-foundations")
    page = await supervisor.get("/team")
    assert "Wanjiru Kamau" in page
    assert "Ingrid Solberg" not in page
    assert "Legal foundations" not in page
    assert "Partnership essentials" not in page  # completed elsewhere: not the supervisor's to see


async def test_a_course_is_assigned_with_a_day_and_shown_done_once_it_is(
    supervisor: Reader, client: AsyncClient, cast: Cast, edition: Edition
) -> None:
    due = TODAY + timedelta(days=14)
    await supervisor.get(f"/team/assign?person={cast.ids[LEARNER]}")
    assert f'value="{cast.ids[LEARNER]}" selected' in supervisor.page
    page = await supervisor.send(
        "/team/assign", person=str(cast.ids[LEARNER]), course=COURSE, due_on=str(due)
    )
    assert "The course is assigned" in page
    assert "14 days left" in page
    assert "Not done" in page
    await _take(client, cast, edition)
    page = await supervisor.get("/team")
    assert "Done" in page
    assert "days left" not in page
    assert "%" not in page[page.index("<main") :]  # no score, no progress


async def _take(client: AsyncClient, cast: Cast, edition: Edition) -> None:
    """Do everything required in the course that was assigned."""
    headers = cast.token(LEARNER)
    enrolments = (await client.get("/api/v1/enrolments", headers=headers)).json()["items"]
    enrolment = next(each["id"] for each in enrolments if each["course"] == edition.key)
    for activity in edition.course.required_activities:
        if activity.kind == "page":
            await read_page(client, headers, enrolment, activity.key)
        else:
            await pass_quiz(client, headers, edition, enrolment, activity.key)


async def test_mistakes_in_the_form_are_named_in_its_order_and_kept(supervisor: Reader) -> None:
    await supervisor.get("/team/assign")
    page = await supervisor.send(
        "/team/assign", 422, person="", course="", due_on=str(TODAY - timedelta(days=1))
    )
    found = re.findall(r'<li><a href="#field-(\w+)">', page)
    assert found == ["person", "course", "due_on"]
    assert f'value="{TODAY - timedelta(days=1)}"' in page


async def test_a_course_is_not_assigned_twice_nor_to_someone_elses_people(
    supervisor: Reader, cast: Cast
) -> None:
    await supervisor.get("/team/assign")
    given = {"person": str(cast.ids[VOLUNTEER]), "course": "legal-foundations"}
    await supervisor.send("/team/assign", **given)
    await supervisor.get("/team/assign")
    assert "is on this course already" in await supervisor.send("/team/assign", 422, **given)
    given["person"] = str(cast.ids[OTHER_LEARNER])
    assert "those who report to you" in await supervisor.send("/team/assign", 422, **given)
    assert "is not on offer" in await supervisor.send(
        "/team/assign", 422, person=str(cast.ids[VOLUNTEER]), course="no-such-course"
    )


async def test_nobody_else_has_a_team_page(app: FastAPI, cast: Cast) -> None:
    for email in (LEARNER, HR):
        reader = await Reader(app).sign_in(cast, email)
        await reader.get("/team", 403)
        await reader.get("/assess", 403)


async def test_the_team_page_costs_the_same_with_more_assigned(
    app: FastAPI, supervisor: Reader, cast: Cast
) -> None:
    await supervisor.get("/team")
    with statements(app) as few:
        await supervisor.get("/team")
    await supervisor.get("/team/assign")
    await supervisor.send("/team/assign", person=str(cast.ids[COLLEAGUE]), course="budgeting-a-partnership")
    with statements(app) as more:
        await supervisor.get("/team")
    assert len(more) == len(few)


# -- assessing ---------------------------------------------------------------------------------------------


async def _hand_in(client: AsyncClient, cast: Cast, email: str, words: str) -> str:
    headers = cast.token(email)
    enrolments = (await client.get("/api/v1/enrolments", headers=headers)).json()["items"]
    found = [each["id"] for each in enrolments if each["course"] == COURSE]
    enrolment = found[0] if found else (await enrol(client, headers, COURSE))["id"]
    answer = await client.post(
        f"/api/v1/enrolments/{enrolment}/activities/{WORK}/submissions",
        headers=headers,
        data={"words": words},
        files={"file": ("note.txt", b"A note.", "text/plain")},
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_work_is_assessed_by_the_rubric_and_then_only_read(
    assessor: Reader, client: AsyncClient, cast: Cast, edition: Edition
) -> None:
    first = await _hand_in(client, cast, COLLEAGUE, "My note.\n<script>alert(1)</script>")
    second = await _hand_in(client, cast, VOLUNTEER, "Another note.")
    page = await assessor.get("/assess")
    assert page.index(first) < page.index(second)
    page = await assessor.get(f"/assess/{first}")
    assert "&lt;script&gt;" in page
    assert f"/api/v1/submissions/{first}/file" in page
    criteria = edition.assignment(WORK, "en").criteria
    best = {field_of(each.id): str(each.max_points) for each in criteria}
    page = await assessor.send(
        f"/assess/{first}", 422, **dict(list(best.items())[1:]), comment="Well argued."
    )
    assert "Choose what describes criterion 1 best." in page
    assert "Well argued." in page
    assert len(re.findall(r'value="\d" checked', page)) == len(criteria) - 1
    page = await assessor.send(f"/assess/{first}", **best, comment="Well argued.")
    assert "The assessment is saved" in page
    assert "Passed with 100%" in page
    assert f'href="/assess/{second}"' in page  # the next in the queue
    assert 'type="radio"' not in page
    page = await assessor.send(f"/assess/{first}", **best)
    assert "was assessed already; nothing was changed" in page
    assert first in await assessor.get("/assess?state=assessed")
    assert first not in await assessor.get("/assess")


async def test_a_rubric_in_another_language_than_the_page_says_so(
    app: FastAPI, client: AsyncClient, cast: Cast, edition: Edition
) -> None:
    reader = await Reader(app).sign_in(cast, ASSESSOR, "ar")
    waiting = re.search(r'href="/assess/([0-9a-f-]{36})"', await reader.get("/assess"))
    assert waiting
    page = await reader.get(f"/assess/{waiting[1]}")
    language = edition.language_for("es")  # the volunteer's, in which the course was taken
    task = edition.assignment(WORK, language)
    levels = sum(each.max_points + 1 for each in task.criteria)
    marked = f'<bdi lang="{language}" dir="ltr">'
    assert page.count(marked) == 2 + len(task.criteria) + levels  # course, title, and the whole rubric
    assert f"<h1>{marked}{task.title}</bdi></h1>" in page


async def test_points_that_the_rubric_does_not_have_are_refused(
    assessor: Reader, client: AsyncClient, cast: Cast, edition: Edition
) -> None:
    waiting = re.search(r'href="/assess/([0-9a-f-]{36})"', await assessor.get("/assess"))
    assert waiting
    await assessor.get(f"/assess/{waiting[1]}")
    criteria = edition.assignment(WORK, "en").criteria
    page = await assessor.send(f"/assess/{waiting[1]}", 422, **{field_of(each.id): "99" for each in criteria})
    assert page.count("Choose what describes criterion") == 2 * len(criteria)


async def test_an_assessor_sees_no_work_of_another_organisation(
    assessor: Reader, client: AsyncClient, cast: Cast
) -> None:
    work = await _hand_in(client, cast, OTHER_LEARNER, "A note from Goma.")
    assert work not in await assessor.get("/assess")
    await assessor.get(f"/assess/{work}", 404)
    await assessor.get("/assess")
    await assessor.send(f"/assess/{work}", 404, comment="No.")


async def test_an_empty_queue_says_what_will_be_there(app: FastAPI, cast: Cast) -> None:
    reader = await Reader(app).sign_in(cast, ASSESSOR)
    page = await reader.get("/assess?state=nonsense")
    assert "Work to assess" in page


async def test_the_queue_costs_the_same_however_long_it_is(
    app: FastAPI, assessor: Reader, client: AsyncClient, cast: Cast
) -> None:
    await assessor.get("/assess")
    with statements(app) as few:
        await assessor.get("/assess")
    await _hand_in(client, cast, LEARNER, "One more.")
    with statements(app) as more:
        await assessor.get("/assess")
    assert len(more) == len(few)
