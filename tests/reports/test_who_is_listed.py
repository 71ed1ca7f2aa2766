"""Whom reports list: by the main affiliation of the day, once each, and nobody who retired or left."""

import csv
import io
from typing import Any

import pytest
from httpx2 import AsyncClient
from sqlalchemy import text

from lms.catalogue.service import _IMPACT
from lms.kernel import clock
from lms.kernel.database import Database
from lms.reports.recognition import KINDS
from tests.cast import HR, Cast
from tests.people.import_samples import outcomes, row, taken

COURSE = "partnership-essentials"
YEAR = clock.today().year
PERIOD = {"from": f"{YEAR}-01-01", "to": f"{YEAR}-12-31"}


async def _report(client: AsyncClient, cast: Cast, entity: str, **choice: str) -> dict[str, Any]:
    params = {"entity": entity, "limit": "200", **PERIOD, **choice}
    answer = await client.get("/api/v1/reports/recognition", params=params, headers=cast.token(HR))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _entities(report: dict[str, Any], person: str) -> list[str]:
    return [each["entity"] for each in report["rows"] if each["person"]["id"] == person]


async def _completions(client: AsyncClient, cast: Cast, entity: str) -> list[str]:
    params = {"course": COURSE, "entity": entity}
    answer = await client.get("/api/v1/reports/completion.csv", params=params, headers=cast.token(HR))
    return [each["person_id"] for each in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))]


async def _put_on_course(database: Database, person: str) -> None:
    async with database.transaction() as session:
        await session.execute(
            text(
                """INSERT INTO enrolments (id, person_id, course_id, course_version_id, state, language, progress,
                                           enrolled_at)
                   SELECT gen_random_uuid(), :person, id, current_version_id, 'active', 'en', '{}', now()
                     FROM courses WHERE key = :course"""
            ),
            {"person": person, "course": COURSE},
        )


@pytest.fixture(scope="module")
async def moved(client: AsyncClient, database: Database, cast: Cast) -> str:
    """Someone who moved to another office before the last day of a fixed term: two main affiliations run today."""
    term = {"from": f"{YEAR - 1}-01-01", "until": f"{YEAR}-12-31"}
    await taken(client, cast.token(HR), row("term", **term))
    later = await taken(
        client, cast.token(HR), row("term", entity="uneo-africa", **{"from": f"{YEAR}-01-01"})
    )
    assert outcomes(later) == ["updated"]
    person: str = later["results"][0]["person"]["id"]
    await _put_on_course(database, person)
    return person


async def test_somebody_with_two_main_affiliations_is_listed_once_where_they_went(
    client: AsyncClient, cast: Cast, moved: str
) -> None:
    report = await _report(client, cast, "uneo")
    assert _entities(report, moved) == ["uneo-africa"]
    assert report["summary"]["people"] == len({each["person"]["id"] for each in report["rows"]})
    assert _entities(await _report(client, cast, "uneo-kenya"), moved) == []
    params = {"entity": "uneo", **PERIOD}
    opened = await client.get(
        f"/api/v1/reports/recognition/people/{moved}", params=params, headers=cast.token(HR)
    )
    assert opened.status_code == 200, opened.text


async def test_so_they_are_everywhere_else(client: AsyncClient, cast: Cast, moved: str) -> None:
    assert (await _completions(client, cast, "uneo")).count(moved) == 1
    assert (await _completions(client, cast, "uneo-kenya")).count(moved) == 0
    people = (await client.get("/api/v1/people", params={"limit": 200}, headers=cast.token(HR))).json()
    assert [each["entity"] for each in people["items"] if each["id"] == moved] == ["uneo-africa"]


async def test_the_earlier_affiliation_counts_again_once_the_later_one_has_ended(
    client: AsyncClient, cast: Cast
) -> None:
    term = {"from": f"{YEAR - 1}-01-01", "until": f"{YEAR}-12-31"}
    await taken(client, cast.token(HR), row("loan", **term))
    loan = {"from": f"{YEAR - 1}-03-01", "until": f"{YEAR - 1}-05-31"}
    back = await taken(client, cast.token(HR), row("loan", entity="uneo-africa", **loan))
    person = back["results"][0]["person"]["id"]
    assert _entities(await _report(client, cast, "uneo"), person) == ["uneo-kenya"]
    then = {"from": f"{YEAR - 1}-01-01", "to": f"{YEAR - 1}-04-30"}
    assert _entities(await _report(client, cast, "uneo", **then), person) == ["uneo-africa"]


async def test_publishing_counts_a_person_with_two_main_affiliations_once(
    client: AsyncClient, cast: Cast, database: Database, moved: str
) -> None:
    async with database.reading() as session:
        rows = (await session.execute(_IMPACT, {"course": COURSE})).all()
        on_it = await session.scalar(
            text(
                "SELECT count(*) FROM enrolments n JOIN courses c ON c.id = n.course_id"
                " WHERE c.key = :course AND n.state = 'active'"
            ),
            {"course": COURSE},
        )
    assert sum(each.in_progress for each in rows) == on_it


@pytest.mark.parametrize(("kind", "listed"), [("former", False), ("intern", True)])
async def test_who_retired_is_in_no_report(
    client: AsyncClient, database: Database, cast: Cast, kind: str, listed: bool
) -> None:
    made = await taken(client, cast.token(HR), row(f"a {kind}", kind=kind, email=f"{kind}@people.example"))
    person = made["results"][0]["person"]["id"]
    await _put_on_course(database, person)
    assert (person in await _completions(client, cast, "uneo")) is listed
    rows = [_entities(await _report(client, cast, "uneo", kind=each), person) for each in KINDS]
    assert any(rows) is listed


async def test_who_retires_before_the_last_day_of_an_appointment_leaves_the_reports(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    hr = cast.token(HR)
    await taken(client, hr, row("retiree", **{"from": f"{YEAR - 1}-01-01", "until": f"{YEAR}-12-31"}))
    made = await taken(client, hr, row("retiree", kind="former", **{"from": f"{YEAR}-01-01"}))
    person = made["results"][0]["person"]["id"]
    await _put_on_course(database, person)
    assert person not in await _completions(client, cast, "uneo")
    assert _entities(await _report(client, cast, "uneo"), person) == []


async def test_nobody_has_served_in_a_period_that_has_not_begun(client: AsyncClient, cast: Cast) -> None:
    ahead = {"from": f"{YEAR + 1}-02-01", "to": f"{YEAR + 1}-02-28"}
    rows = (await _report(client, cast, "uneo", **ahead))["rows"]
    assert rows
    assert {each["days_in_service"] for each in rows} == {0}
