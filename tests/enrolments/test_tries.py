"""Tries at a quiz are counted over enrolments: leaving and coming back gives no new ones."""

from pathlib import Path

from httpx2 import AsyncClient

from lms.catalogue.service import publish_library
from lms.kernel.database import Database
from tests.cast import LEARNER, Cast
from tests.catalogue.small_library import load, write_library
from tests.journeys.learning import enrol

COURSE, QUIZ = "first-steps", "papers-quiz"  # three tries in two hours


async def test_leaving_a_course_gives_no_new_tries(
    client: AsyncClient, cast: Cast, database: Database, tmp_path: Path
) -> None:
    write_library(tmp_path)
    async with database.transaction() as session:
        await publish_library(session, load(tmp_path), acting=None)
    headers = cast.token(LEARNER)
    statuses = []
    for tries in (2, 2):
        enrolment = (await enrol(client, headers, COURSE))["id"]
        path = f"/api/v1/enrolments/{enrolment}/activities/{QUIZ}/attempts"
        for _ in range(tries):
            attempt = await client.post(path, headers=headers)
            statuses.append(attempt.status_code)
            if attempt.status_code == 201:
                submit = f"/api/v1/attempts/{attempt.json()['id']}/submit"
                await client.post(submit, json={"responses": {}}, headers=headers)
        assert (
            await client.post(f"/api/v1/enrolments/{enrolment}/withdraw", headers=headers)
        ).status_code == 200
    assert statuses == [201, 201, 201, 409]
