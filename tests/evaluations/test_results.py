"""Results: what agreed indicators reached, recorded by the lead, confirmed by the others, then closed."""

from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from lms.joint_trainings.models.indicators import TrainingIndicator
from lms.kernel.database import Database
from tests.cast import COORDINATOR, FOCAL_POINT, LEARNER, SENIOR, Cast
from tests.evaluations.samples import API, closed
from tests.joint_trainings.samples import in_days
from tests.web.readers import Reader, words


async def with_indicator(client: AsyncClient, cast: Cast, database: Database) -> tuple[UUID, UUID]:
    training = await closed(client, cast, database, LEARNER, full=True)
    async with database.transaction() as session:
        row = TrainingIndicator(
            training_id=training, name="Memoranda that a lawyer read first", unit="%", baseline=20, target=60
        )
        session.add(row)
        await session.flush()
        return training, row.id


def value(indicator: UUID, **other: Any) -> dict[str, Any]:
    return {
        "indicator": str(indicator), "value": "45.50", "occurred_on": in_days(0).isoformat(),
        "source": "The registry of agreements",
    } | other  # fmt: skip


async def record(client: AsyncClient, cast: Cast, training: UUID, sent: Any, by: str = FOCAL_POINT) -> Any:
    return await client.post(f"{API}/{training}/results", json=sent, headers=cast.token(by))


async def confirm(client: AsyncClient, cast: Cast, training: UUID, value_id: str, by: str) -> Any:
    path = f"{API}/{training}/results/{value_id}/confirmation"
    return await client.post(path, headers=cast.token(by))


async def test_a_value_is_recorded_confirmed_and_closed(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    training, indicator = await with_indicator(client, cast, database)
    close = f"{API}/{training}/levels/results/closing"
    empty = await client.post(close, headers=cast.token(FOCAL_POINT))
    assert (empty.status_code, empty.json()["type"]) == (409, "/problems/level-incomplete")
    assert empty.json()["errors"][0]["pointer"] == "/results/0"
    made = await record(client, cast, training, value(indicator))
    assert made.status_code == 201, made.text
    reached = made.json()["items"][0]["reached"]
    assert (reached["value"], len(reached["waiting_for"])) == ("45.50", 1)
    assert (await client.post(close, headers=cast.token(FOCAL_POINT))).status_code == 409
    assert (await confirm(client, cast, training, reached["id"], FOCAL_POINT)).status_code == 403
    for _ in range(2):
        answer = await confirm(client, cast, training, reached["id"], COORDINATOR)
        assert answer.json()["items"][0]["reached"]["waiting_for"] == []
    later = (await record(client, cast, training, value(indicator, value=50))).json()["items"][0]["reached"]
    assert later["waiting_for"], "a later value is confirmed anew"
    stale = await confirm(client, cast, training, reached["id"], COORDINATOR)
    assert (stale.status_code, stale.json()["type"]) == (404, "/problems/result-not-found")
    await confirm(client, cast, training, later["id"], COORDINATOR)
    assert (await client.post(close, headers=cast.token(FOCAL_POINT))).status_code == 200
    assert (await record(client, cast, training, value(indicator))).status_code == 409


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ({"occurred_on": in_days(1).isoformat()}, "/occurred_on"),
        ({"source": " "}, "/source"),
        ({"value": "much"}, "/value"),
        ({"value": "1.234"}, "/value"),
        ({"indicator": str(UUID(int=1))}, "/indicator"),
    ],
)
async def test_a_bad_value_is_said_by_its_place(
    client: AsyncClient, cast: Cast, database: Database, sent: Any, pointer: str
) -> None:
    training, indicator = await with_indicator(client, cast, database)
    answer = await record(client, cast, training, value(indicator) | sent)
    assert answer.status_code == 422
    assert pointer in {each["pointer"] for each in answer.json()["errors"]}


async def test_only_the_lead_records(client: AsyncClient, cast: Cast, database: Database) -> None:
    training, indicator = await with_indicator(client, cast, database)
    for person in (SENIOR, LEARNER):
        assert (await record(client, cast, training, value(indicator), by=person)).status_code == 403
    light = await closed(client, cast, database, LEARNER)
    answer = await record(client, cast, light, value(indicator))
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/no-evaluation")


async def test_pages_record_and_confirm(
    app: FastAPI, client: AsyncClient, cast: Cast, database: Database
) -> None:
    training, indicator = await with_indicator(client, cast, database)
    lead, here = await Reader(app).sign_in(cast, FOCAL_POINT), f"/trainings/{training}/evaluation"
    assert "No value is recorded yet." in await lead.get(here)
    sent = {"indicator": str(indicator), "value": "45,5", "occurred_on": in_days(0).isoformat(), "source": ""}
    page = await lead.send(f"{here}/results", 422, **sent)
    assert "Say where the value comes from." in page and 'value="45,5"' in page
    page = await lead.send(f"{here}/results", **sent | {"source": "The registry"})
    assert "waits for" in words(page) and "45.5" in words(page)
    other = await Reader(app).sign_in(cast, COORDINATOR)
    page = await other.get(here)
    path = page.split(f'action="{here}/results/')[1].split('"')[0]
    assert "You have confirmed the value." in await other.send(f"{here}/results/{path}")
