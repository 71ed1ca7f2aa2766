"""Waivers: given by human resources and heads, for a reason and until a day; they teach nothing and count nowhere."""

from datetime import date, timedelta
from typing import Any

import pytest
from httpx2 import AsyncClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from lms.catalogue.domain import last_valid_day
from lms.completions.domain.waivers import MOST_MONTHS, fault_in_expiry, last_day_of_waiver
from lms.jobs.letters import completed
from lms.kernel import clock
from lms.kernel.database import Database
from tests.cast import ADMIN, COLLEAGUE, HR, LEARNER, OTHER_LEARNER, SENIOR, SUPERVISOR, VOLUNTEER, Cast

COURSE, AFTER_IT = "partnership-essentials", "legal-foundations"
WAIVERS = "/api/v1/waivers"


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.none() | st.integers(1, 60), st.integers(-400, 2500))
def test_a_waiver_ends_after_today_and_no_later_than_the_course_would(
    today: date, months: int | None, ahead: int
) -> None:
    end = today + timedelta(days=ahead)
    last = last_valid_day(today, months or MOST_MONTHS)
    assert last is not None
    fine, course_ends = today < end <= last, last_valid_day(today, months)
    assert (fault_in_expiry(end, today=today, course_ends=course_ends) is None) is fine
    assert last_day_of_waiver(today, course_ends) == last


def soon(days: int = 90) -> str:
    return (clock.today() + timedelta(days=days)).isoformat()


async def give(
    client: AsyncClient, cast: Cast, person: str, by: str = HR, status: int = 201, **more: Any
) -> dict[str, Any]:
    sent = {"person": person, "course": COURSE, "reason": "Wrote the guide itself.", "valid_until": soon()}
    answer = await client.post(WAIVERS, json=sent | more, headers=cast.token(by))
    assert answer.status_code == status, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def count(database: Database, sql: str, cast: Cast, person: str) -> int:
    async with database.reading() as session:
        return int(await session.scalar(text(sql), {"person": cast.ids[person]}) or 0)


async def test_a_waiver_is_a_completion_of_its_own_kind(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    made = await give(client, cast, LEARNER)
    assert (made["reason"], made["given_by"]["id"]) == ("Wrote the guide itself.", str(cast.ids[HR]))
    shown = (await client.get(f"/api/v1/completions/{made['id']}", headers=cast.token(LEARNER))).json()
    assert (shown["source"], shown["minutes"], shown["valid_until"]) == ("waiver", 0, soon())
    assert shown["evidence"]["words"] == "Wrote the guide itself."
    assert (shown["sender"], shown["ground"], shown["request_id"]) == (None, None, None)
    assert (
        await count(database, "SELECT count(*) FROM skill_records WHERE person_id = :person", cast, LEARNER)
        == 0
    )
    totals = "SELECT count(*) FROM recognition_totals WHERE person_id = :person"
    assert await count(database, totals, cast, LEARNER) == 0
    sources = await client.get("/api/v1/completions?source=waiver", headers=cast.token(LEARNER))
    assert [each["id"] for each in sources.json()["items"]] == [made["id"]]
    listed = (await client.get(f"{WAIVERS}?person={LEARNER}", headers=cast.token(SENIOR))).json()["items"]
    assert [each["id"] for each in listed] == [made["id"]]


async def test_it_opens_what_comes_after_the_course(client: AsyncClient, cast: Cast) -> None:
    """The person is exempted: another course that asks for this one first can be taken."""
    before = await client.post("/api/v1/enrolments", json={"course": AFTER_IT}, headers=cast.token(LEARNER))
    assert before.status_code == 201, before.text


async def test_a_double_click_is_one_waiver(client: AsyncClient, cast: Cast) -> None:
    first = await give(client, cast, COLLEAGUE)
    again = await give(client, cast, COLLEAGUE)
    assert (again["id"], again["duplicate"]) == (first["id"], True)
    shorter = await give(client, cast, COLLEAGUE, status=409, valid_until=soon(30))
    assert shorter["type"] == "/problems/already-waived"
    longer = await give(client, cast, COLLEAGUE, valid_until=soon(120))
    assert longer["id"] != first["id"]


async def test_revoked_it_can_be_given_anew(client: AsyncClient, cast: Cast) -> None:
    first = await give(client, cast, VOLUNTEER, by=SENIOR)
    revoked = await client.post(
        f"/api/v1/completions/{first['id']}/revoke", json={"reason": "Mistaken."}, headers=cast.token(HR)
    )
    assert revoked.status_code == 200, revoked.text
    assert (await give(client, cast, VOLUNTEER, by=SENIOR))["id"] != first["id"]


@pytest.mark.parametrize(
    ("sent", "status", "problem", "pointer"),
    [
        ({"valid_until": "2026-01-01"}, 422, "bad-expiry", "/valid_until"),
        ({"valid_until": "2099-01-01"}, 422, "bad-expiry", "/valid_until"),
        ({"reason": " "}, 422, "invalid", "/reason"),
        ({"course": "no-such-course"}, 404, "course-not-found", None),
        ({"person": HR}, 403, "not-allowed", None),
        ({"person": OTHER_LEARNER}, 404, "person-not-found", None),
        ({"person": "nobody@demo.example"}, 404, "person-not-found", None),
    ],
)
async def test_what_cannot_be_waived_says_why(
    client: AsyncClient, cast: Cast, sent: dict[str, str], status: int, problem: str, pointer: str | None
) -> None:
    answer = await give(client, cast, sent.pop("person", LEARNER), status=status, **sent)
    assert answer["type"] == f"/problems/{problem}"
    assert pointer in [None, *(each["pointer"] for each in answer["errors"])]


async def test_who_runs_the_system_or_learns_waives_nothing(client: AsyncClient, cast: Cast) -> None:
    for by in (ADMIN, LEARNER):
        await give(client, cast, COLLEAGUE, by=by, status=403)


async def test_the_person_is_told_without_the_reason(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    made = await give(client, cast, SUPERVISOR)
    async with database.reading() as session:
        [mail] = await completed(session, [made["id"]], "https://learn.example")
    assert mail.subject.startswith("You need not take this course: ")
    assert "https://learn.example/record" in mail.body
    assert "Wrote the guide" not in mail.body
