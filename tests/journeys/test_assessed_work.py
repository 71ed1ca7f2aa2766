"""A piece of work: handed in, assessed by the learner's own side, and a level 2 that came of it."""

from typing import Any

import pytest
from httpx2 import AsyncClient

from lms.catalogue.beside import library_beside
from lms.catalogue.domain import AssignmentText, Edition
from lms.settings import Settings
from tests.cast import ASSESSOR, COLLEAGUE, HR, LEARNER, Cast
from tests.journeys.learning import enrol

OTHER_ASSESSOR = "assessor.relief@demo.example"
API = "/api/v1"


@pytest.fixture(scope="module")
def legal(settings: Settings) -> Edition:
    return library_beside(settings.courses_dir).courses["legal-foundations"]


def _work(edition: Edition) -> tuple[str, AssignmentText]:
    activity = next(each for each in edition.course.activities if each.kind == "assignment")
    return activity.key, edition.assignment(activity.key, "en")


async def _hand_in(client: AsyncClient, headers: dict[str, str], enrolment: str, activity: str) -> Any:
    path = f"{API}/enrolments/{enrolment}/activities/{activity}/submissions"
    file = {"file": ("../../answer.md", b"# My answer\n", "text/plain")}
    return await client.post(path, data={"words": "See the file."}, files=file, headers=headers)


async def test_from_handing_in_to_level_two(client: AsyncClient, cast: Cast, legal: Edition) -> None:
    learner, assessor = cast.token(LEARNER), cast.token(ASSESSOR)
    activity, text = _work(legal)
    enrolment = (await enrol(client, learner, "legal-foundations"))["id"]
    handed_in = await _hand_in(client, learner, enrolment, activity)
    assert handed_in.status_code == 201, handed_in.text
    work = handed_in.json()
    assert (work["file_name"], work["state"]) == ("answer.md", "submitted")
    assert (await _hand_in(client, learner, enrolment, activity)).status_code == 409

    queue = (await client.get(f"{API}/submissions", headers=assessor)).json()["items"]
    assert [each["id"] for each in queue] == [work["id"]]
    assert (await client.get(f"{API}/submissions", headers=cast.token(OTHER_ASSESSOR))).json()["items"] == []
    for email, status in ((OTHER_ASSESSOR, 404), (LEARNER, 403), (HR, 403)):
        answer = await client.get(f"{API}/submissions/{work['id']}", headers=cast.token(email))
        assert answer.status_code == status

    shown = (await client.get(f"{API}/submissions/{work['id']}", headers=assessor)).json()
    assert {each["id"] for each in shown["criteria"]} == {each.id for each in text.criteria}
    file = await client.get(f"{API}/submissions/{work['id']}/file", headers=assessor)
    assert file.content == b"# My answer\n"
    assert file.headers["content-disposition"].startswith("attachment")
    stranger = await client.get(f"{API}/submissions/{work['id']}/file", headers=cast.token(COLLEAGUE))
    assert stranger.status_code in (403, 404)

    await _assess_and_look(client, cast, legal, work["id"], enrolment, activity)


async def _assess_and_look(
    client: AsyncClient, cast: Cast, legal: Edition, work: str, enrolment: str, activity: str
) -> None:
    learner, assessor = cast.token(LEARNER), cast.token(ASSESSOR)
    _, text = _work(legal)
    path = f"{API}/submissions/{work}/assessment"
    short = {"points": {text.criteria[0].id: 1}, "comment": ""}
    refused = await client.post(path, json=short, headers=assessor)
    assert refused.status_code == 422
    assert {each["pointer"] for each in refused.json()["errors"]} == {
        f"/points/{criterion.id}" for criterion in text.criteria[1:]
    }

    nothing = {"points": {each.id: 0 for each in text.criteria}, "comment": "Try again with the facts."}
    assert (await client.post(path, json=nothing, headers=assessor)).json()["passed"] is False
    assert (await client.post(path, json=nothing, headers=assessor)).status_code == 409
    assert (await client.get(f"{API}/skill-records", headers=learner)).json()["items"] == []

    again = (await _hand_in(client, learner, enrolment, activity)).json()
    full = {"points": {each.id: each.max_points for each in text.criteria}, "comment": "Well argued."}
    passed = await client.post(f"{API}/submissions/{again['id']}/assessment", json=full, headers=assessor)
    assert passed.json()["passed"] is True
    records = (await client.get(f"{API}/skill-records", headers=learner)).json()["items"]
    expected = {
        (each.competency, each.assessed_level) for each in legal.course.teaches if each.assessed_level
    }
    assert {(each["competency"], each["level"]) for each in records} == expected
    assert {each["source"] for each in records} == {"assessed_work"}
    assert {each["assessor_id"] for each in records} == {str(cast.ids[ASSESSOR])}


async def test_nobody_assesses_their_own_work(client: AsyncClient, cast: Cast, legal: Edition) -> None:
    assessor = cast.token(ASSESSOR)
    activity, _ = _work(legal)
    enrolment = (await enrol(client, assessor, "legal-foundations"))["id"]
    work = (await _hand_in(client, assessor, enrolment, activity)).json()
    assert (await client.get(f"{API}/submissions/{work['id']}", headers=assessor)).status_code == 404


async def test_a_supervisor_assigns_and_sees_done_or_not(client: AsyncClient, cast: Cast) -> None:
    supervisor = cast.token("supervisor@demo.example")
    given = {"course": "budgeting-a-partnership", "person": str(cast.ids[COLLEAGUE]), "due_on": "2026-12-31"}
    assigned = await client.post(f"{API}/enrolments", json=given, headers=supervisor)
    assert assigned.status_code == 201
    theirs = (await client.get(f"{API}/enrolments", headers=cast.token(COLLEAGUE))).json()["items"]
    assert [(each["course"], each["due_on"]) for each in theirs] == [
        ("budgeting-a-partnership", "2026-12-31")
    ]
    outside = given | {"person": str(cast.ids[OTHER_ASSESSOR])}
    assert (await client.post(f"{API}/enrolments", json=outside, headers=supervisor)).status_code == 403
    read = await client.get(f"{API}/enrolments/{assigned.json()['id']}", headers=supervisor)
    assert read.status_code == 404
