"""The report: sums of what is told of each training, by course, partner and entity, as JSON and CSV."""

import csv
from io import StringIO
from typing import Any

import pytest
from httpx2 import AsyncClient

from lms.kernel.database import Database
from tests.cast import FOCAL_POINT, HR, SENIOR, Cast
from tests.evaluations.samples import API, asked_people, close_level, closed, react_as, reaction
from tests.joint_trainings.samples import AFRICA, PARTNER, PARTNERS_COORDINATOR, RELIEF, make_clear
from tests.partners.samples import appoint


@pytest.fixture(scope="module", autouse=True)
async def told(client: AsyncClient, cast: Cast, database: Database) -> None:
    """Three trainings: six and seven answers to two courses, and four that are never told."""
    await make_clear(client, cast, database, PARTNER)
    await appoint(client, cast, PARTNER, PARTNERS_COORDINATOR)
    people = await asked_people(database, cast, 7)
    for course, number, score in (
        ("legal-foundations", 6, 4), ("legal-foundations", 4, 1), ("partnership-essentials", 7, 5),
    ):  # fmt: skip
        training = await closed(client, cast, database, *people, course=course)
        for person in people[:number]:
            await react_as(client, cast, training, person, reaction(score))
        for level in ("reaction", "learning"):
            await close_level(client, cast, training, level)


async def report(client: AsyncClient, cast: Cast, by: str = FOCAL_POINT, **filters: str) -> Any:
    answer = await client.get(f"{API}/report", params=filters, headers=cast.token(by))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_sums_leave_out_what_is_not_told(client: AsyncClient, cast: Cast) -> None:
    everything = await report(client, cast)
    (form,) = [each for each in everything["forms"] if each["kind"] == "reaction"]
    assert (everything["trainings"], form["trainings"], form["untold"], form["people"]) == (3, 2, 1, 13)
    assert form["questions"]["clear"]["average"] == round((6 * 4 + 7 * 5) / 13, 1)
    assert [(b["low"], b["high"], b["people"]) for b in form["questions"]["clear"]["bands"]][-2:] == [
        (4, 4, 6), (5, 5, 7),
    ]  # fmt: skip
    assert everything["tests"] == {"trainings": 0, "untold": 3, "gained": None}


async def test_it_is_narrowed_by_course_partner_and_entity(client: AsyncClient, cast: Cast) -> None:
    for filters, trainings, people in (
        ({"course": "legal-foundations"}, 2, 6),
        ({"course": "legal-foundations", "entity": RELIEF}, 2, 6),
        ({"entity": AFRICA}, 3, 13),
        ({"partner": PARTNER}, 0, 0),
        ({"from_on": "2190-01-01"}, 0, 0),
    ):
        found = await report(client, cast, **filters)
        assert (found["trainings"], sum(form["people"] for form in found["forms"])) == (trainings, people)
    unknown = await client.get(f"{API}/report?gender=female", headers=cast.token(FOCAL_POINT))
    assert unknown.status_code == 422


async def test_who_reads_what(client: AsyncClient, cast: Cast) -> None:
    assert (await report(client, cast, by=SENIOR))["trainings"] == 3
    assert (await report(client, cast, by=PARTNERS_COORDINATOR))["trainings"] == 0, "none of these is theirs"
    assert (await client.get(f"{API}/report", headers=cast.token(HR))).status_code == 403


async def test_the_file_says_the_same(client: AsyncClient, cast: Cast) -> None:
    answer = await client.get(f"{API}/report.csv?course=legal-foundations", headers=cast.token(FOCAL_POINT))
    assert answer.headers["content-disposition"].endswith('evaluations-legal-foundations.csv"')
    rows = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))
    clear = next(row for row in rows if row["question"] == "clear")
    assert (clear["people"], clear["average"], clear["trainings_not_shown"]) == ("6", "4.00", "1")
    assert clear["distribution"] == "1: 0; 2: 0; 3: 0; 4: 6; 5: 0"
