"""The completion report: who is listed, what is told of each, and to whom."""

import csv
import io

from httpx2 import AsyncClient

from tests.cast import ADMIN, HR, LEARNER, OTHER_HR, Cast

COURSE, ENTITY = "partnership-essentials", "uneo"
PATH = "/api/v1/reports/completion.csv"


async def _rows(client: AsyncClient, cast: Cast, who: str, entity: str = ENTITY) -> list[dict[str, str]]:
    answer = await client.get(PATH, params={"course": COURSE, "entity": entity}, headers=cast.token(who))
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def _enrol(client: AsyncClient, cast: Cast, who: str) -> dict[str, object]:
    answer = await client.post("/api/v1/enrolments", json={"course": COURSE}, headers=cast.token(who))
    assert answer.status_code in (201, 409)
    mine = await client.get("/api/v1/enrolments", headers=cast.token(who))
    found: dict[str, object] = mine.json()["items"][0]
    return found


async def test_a_learner_on_the_way_has_a_row_with_states_only(client: AsyncClient, cast: Cast) -> None:
    enrolment = await _enrol(client, cast, LEARNER)
    activities = [each for module in enrolment["modules"] for each in module["activities"]]  # type: ignore[attr-defined]
    page = next(each["key"] for each in activities if each["kind"] == "page")
    done = await client.put(
        f"/api/v1/enrolments/{enrolment['id']}/activities/{page}/progress",
        json={"state": "completed"},
        headers=cast.token(LEARNER),
    )
    assert done.status_code == 200
    row = next(row for row in await _rows(client, cast, HR) if row["person_id"] == str(cast.ids[LEARNER]))
    states = {key: value for key, value in row.items() if key.startswith("activity_")}
    assert len(states) == len(activities)
    assert states.pop(f"activity_{page.replace('-', '_')}") == "completed"
    assert set(states.values()) <= {"not_started", "started", "submitted", "completed"}
    assert (row["state"], row["completed_on"]) == ("active", "")
    assert 0 < float(row["progress"]) < 100
    assert "score" not in " ".join(row)


async def test_a_failed_quiz_shows_as_begun(client: AsyncClient, cast: Cast) -> None:
    enrolment = await _enrol(client, cast, LEARNER)
    activities = [each for module in enrolment["modules"] for each in module["activities"]]  # type: ignore[attr-defined]
    quiz = next(each["key"] for each in activities if each["kind"] == "quiz")
    begun = await client.post(
        f"/api/v1/enrolments/{enrolment['id']}/activities/{quiz}/attempts", headers=cast.token(LEARNER)
    )
    tried = await client.post(
        f"/api/v1/attempts/{begun.json()['id']}/submit", json={"responses": {}}, headers=cast.token(LEARNER)
    )
    assert tried.json()["passed"] is False
    rows = await _rows(client, cast, HR)
    row = next(row for row in rows if row["person_id"] == str(cast.ids[LEARNER]))
    assert row[f"activity_{quiz.replace('-', '_')}"] == "started"


async def test_another_entitys_hr_finds_no_such_entity(client: AsyncClient, cast: Cast) -> None:
    params = {"course": COURSE, "entity": ENTITY}
    answer = await client.get(PATH, params=params, headers=cast.token(OTHER_HR))
    assert answer.status_code == 404


async def test_it_needs_the_right_to_read_reports(client: AsyncClient, cast: Cast) -> None:
    for who in (LEARNER, ADMIN):
        params = {"course": COURSE, "entity": ENTITY}
        answer = await client.get(PATH, params=params, headers=cast.token(who))
        assert answer.status_code == 403


async def test_an_unknown_course_is_not_found(client: AsyncClient, cast: Cast) -> None:
    params = {"course": "no-such-course", "entity": ENTITY}
    answer = await client.get(PATH, params=params, headers=cast.token(HR))
    assert answer.status_code == 404
