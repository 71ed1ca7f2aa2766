"""A quiz against the clock: an attempt whose time ran out is worth nothing, and stays so when it is asked about."""

from httpx2 import AsyncClient
from sqlalchemy import text

from lms.catalogue.beside import library_beside
from lms.kernel.database import Database
from lms.settings import Settings
from tests.cast import LEARNER, Cast
from tests.journeys.learning import enrol, right_answers

COURSE, QUIZ = "partnership-essentials", "answer-the-offer"


async def test_an_attempt_that_ran_out_passes_nothing_and_tells_no_answer(
    client: AsyncClient, database: Database, cast: Cast, settings: Settings
) -> None:
    learner, edition = cast.token(LEARNER), library_beside(settings.courses_dir).courses[COURSE]
    enrolment = await enrol(client, learner, COURSE)
    path = f"/api/v1/enrolments/{enrolment['id']}/activities/{QUIZ}/attempts"
    attempt = (await client.post(path, headers=learner)).json()
    answers = {"responses": right_answers(edition, QUIZ, attempt["questions"])}
    kept = await client.put(f"/api/v1/attempts/{attempt['id']}/responses", json=answers, headers=learner)
    assert kept.status_code == 204, kept.text
    async with database.transaction() as session:
        await session.execute(
            text("UPDATE attempts SET due_at = now() - interval '1 hour' WHERE id = :id"),
            {"id": attempt["id"]},
        )
    late = await client.post(f"/api/v1/attempts/{attempt['id']}/submit", json=answers, headers=learner)
    assert late.status_code == 410, late.text
    again = (await client.post(path, headers=learner)).json()
    assert again["id"] != attempt["id"]
    outcome = (
        await client.post(f"/api/v1/attempts/{attempt['id']}/submit", json=answers, headers=learner)
    ).json()
    assert (outcome["score"], outcome["passed"]) == (0, False)
    assert all(each["answer"] is None for each in outcome["feedback"])
