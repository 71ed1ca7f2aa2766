"""A learner's way through a course over the API, answering from the course files."""

import json
from typing import Any

from httpx2 import AsyncClient

from lms.catalogue.domain import Edition
from lms.enrolments.domain.grading import answer_to

Headers = dict[str, str]


async def enrol(client: AsyncClient, headers: Headers, course: str) -> dict[str, Any]:
    """Enrol; the enrolment."""
    answer = await client.post("/api/v1/enrolments", json={"course": course}, headers=headers)
    assert answer.status_code == 201, answer.text
    enrolment: dict[str, Any] = answer.json()
    return enrolment


def right_answers(edition: Edition, activity: str, questions: list[dict[str, Any]]) -> dict[str, Any]:
    """Right responses to the questions of an attempt, as JSON."""
    quiz = edition.quiz(activity, "en")
    answers = {each["id"]: answer_to(quiz.question(each["id"])) for each in questions}
    return json.loads(json.dumps(answers, default=float))  # type: ignore[no-any-return]


async def pass_quiz(
    client: AsyncClient, headers: Headers, edition: Edition, enrolment_id: str, activity: str
) -> dict[str, Any]:
    """Try a quiz once, with right answers; the outcome."""
    path = f"/api/v1/enrolments/{enrolment_id}/activities/{activity}/attempts"
    attempt = (await client.post(path, headers=headers)).json()
    responses = right_answers(edition, activity, attempt["questions"])
    answer = await client.post(
        f"/api/v1/attempts/{attempt['id']}/submit", json={"responses": responses}, headers=headers
    )
    assert answer.status_code == 200, answer.text
    outcome: dict[str, Any] = answer.json()
    return outcome


async def read_page(
    client: AsyncClient, headers: Headers, enrolment_id: str, activity: str
) -> dict[str, Any]:
    """Mark a page as read; where the enrolment stands then."""
    path = f"/api/v1/enrolments/{enrolment_id}/activities/{activity}/progress"
    answer = await client.put(path, json={"state": "completed"}, headers=headers)
    assert answer.status_code == 200, answer.text
    progress: dict[str, Any] = answer.json()
    return progress


async def take_course(client: AsyncClient, headers: Headers, edition: Edition) -> dict[str, Any]:
    """Enrol and do everything that is required; the enrolment as it is then."""
    enrolment = await enrol(client, headers, edition.key)
    for activity in edition.course.required_activities:
        if activity.kind == "page":
            await read_page(client, headers, enrolment["id"], activity.key)
        elif activity.kind == "quiz":
            assert (await pass_quiz(client, headers, edition, enrolment["id"], activity.key))["passed"]
    answer = await client.get(f"/api/v1/enrolments/{enrolment['id']}", headers=headers)
    done: dict[str, Any] = answer.json()
    return done
