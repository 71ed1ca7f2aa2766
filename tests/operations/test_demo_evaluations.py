"""The demo shows evaluations: twelve reactions that are told, tests, results that wait, and a form to fill in."""

import pytest
from httpx2 import AsyncClient

from lms.demo.evaluations import make_evaluations
from lms.demo.organisation import NoDemoInProduction
from lms.kernel.database import Database
from lms.settings import Settings
from tests.cast import FOCAL_POINT, LEARNER, Cast


async def test_a_training_with_twelve_reactions(
    client: AsyncClient, cast: Cast, database: Database, settings: Settings
) -> None:
    for _ in range(2):
        await make_evaluations(database, settings)
    listed = (await client.get("/api/v1/evaluations", headers=cast.token(FOCAL_POINT))).json()["items"]
    assert len(listed) == 2
    told = next(each for each in listed if each["title"].startswith("Indicators"))
    by_level = {each["level"]: each for each in told["levels"]}
    assert by_level["reaction"]["answered"] == 12 and by_level["learning"]["gained"]["people"] == 12
    assert by_level["behaviour"]["closed_at"] is None
    asked = (await client.get("/api/v1/me/evaluations", headers=cast.token(LEARNER))).json()["items"]
    assert sorted(each["kind"] for each in asked) == ["behaviour", "reaction"]


async def test_never_in_production(database: Database, settings: Settings) -> None:
    with pytest.raises(NoDemoInProduction):
        await make_evaluations(database, settings.model_copy(update={"environment": "production"}))
