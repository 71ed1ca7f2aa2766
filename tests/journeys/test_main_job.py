"""The main job over the API: learn, complete, be recorded, be reported, be revoked."""

import csv
import io

import pytest
from httpx2 import AsyncClient

from lms.catalogue.beside import library_beside
from lms.catalogue.domain import Edition
from lms.kernel.database import Database
from lms.rebuild import compare_projections
from lms.settings import Settings
from tests.cast import ADMIN, ASSESSOR, HR, LEARNER, OTHER_HR, SENIOR, Cast
from tests.journeys.learning import take_course

PERIOD = "from=2026-01-01&to=2026-12-31"


@pytest.fixture(scope="module")
def essentials(settings: Settings) -> Edition:
    return library_beside(settings.courses_dir).courses["partnership-essentials"]


async def test_from_enrolment_to_report_and_back(
    client: AsyncClient, database: Database, cast: Cast, essentials: Edition
) -> None:
    learner, hr = cast.token(LEARNER), cast.token(HR)
    done = await take_course(client, learner, essentials)
    assert (done["state"], done["progress"], done["minutes_left"]) == ("completed", 1.0, 0)

    completions = (await client.get("/api/v1/completions", headers=learner)).json()["items"]
    assert [each["course"] for each in completions] == ["partnership-essentials"]
    records = (await client.get("/api/v1/skill-records", headers=learner)).json()["items"]
    taught = {(each.competency, 1, "course") for each in essentials.course.teaches}
    assert {(each["competency"], each["level"], each["source"]) for each in records} == taught

    row = await _row(client, hr, cast)
    assert row["courses"] == 1
    assert row["total"] == pytest.approx(sum(line["points"] for line in row["lines"]))
    assert row["total"] > 0
    opened = (
        await client.get(
            f"/api/v1/reports/recognition/people/{cast.ids[LEARNER]}?entity=uneo&{PERIOD}", headers=hr
        )
    ).json()
    assert [each["id"] for each in opened["completions"]] == [completions[0]["id"]]
    assert len(opened["skill_records"]) == len(taught)

    text = (await client.get(f"/api/v1/reports/recognition.csv?entity=uneo&{PERIOD}", headers=hr)).text
    rows = {each["person_id"]: each for each in csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))}
    assert float(rows[str(cast.ids[LEARNER])]["total"]) == row["total"]

    revoked = await client.post(
        f"/api/v1/completions/{completions[0]['id']}/revoke", json={"reason": "Wrong person."}, headers=hr
    )
    assert revoked.json()["revocation_reason"] == "Wrong person."
    assert (await _row(client, hr, cast))["total"] == 0
    standing = await client.get(f"/api/v1/people/{cast.ids[LEARNER]}/standing", headers=learner)
    assert standing.json()["competencies"] == []
    async with database.reading() as session:
        assert set((await compare_projections(session)).values()) == {0}


async def _row(client: AsyncClient, headers: dict[str, str], cast: Cast) -> dict[str, object]:
    report = (await client.get(f"/api/v1/reports/recognition?entity=uneo&{PERIOD}", headers=headers)).json()
    names = [each["person"]["name"] for each in report["rows"]]
    assert len(names) == len(set(names)) == report["summary"]["people"]
    return next(each for each in report["rows"] if each["person"]["id"] == str(cast.ids[LEARNER]))


@pytest.mark.parametrize("ending", ["", ".csv", ".xlsx", ".pdf"])
@pytest.mark.parametrize(
    ("email", "status"),
    [(HR, 200), (SENIOR, 200), (OTHER_HR, 404), (LEARNER, 403), (ASSESSOR, 403), (ADMIN, 403)],
)
async def test_a_report_is_for_its_entity_s_own_officers(
    client: AsyncClient, cast: Cast, email: str, status: int, ending: str
) -> None:
    path = f"/api/v1/reports/recognition{ending}?entity=uneo&{PERIOD}"
    assert (await client.get(path, headers=cast.token(email))).status_code == status
