"""Lessons that tests write, and trainings that are over."""

from typing import Any

from httpx2 import AsyncClient
from sqlalchemy import text

from lms.kernel.database import Database
from tests.cast import COORDINATOR, FOCAL_POINT, LEARNER, Cast
from tests.joint_trainings.samples import API, propose
from tests.partners.samples import grant

WORDS = {
    "title": "Read the draft aloud before the lawyers do",
    "context": "A day with an office's programme people and those who buy for it.",
    "done": "Eighteen people took a draft memorandum apart in groups of three.",
    "worked": "Reading clauses aloud showed which of them nobody could explain.",
    "failed": "The afternoon was too full, so that the budget table was never reached.",
    "again": "The groups again; half as many clauses.",
    "advice": "Send the draft a week ahead, and ask each person for one question.",
}
REVIEWER, HOST = COORDINATOR, FOCAL_POINT
WRITER = LEARNER
"""Whom `make_writer` has act for the Africa office too."""


async def make_writer(database: Database, cast: Cast) -> None:
    """A second focal point of the hosting office."""
    await grant(database, cast, WRITER, "focal_point", "uneo-africa")


async def over(client: AsyncClient, cast: Cast, database: Database, **values: Any) -> str:
    """A training that is closed, whichever way it came there; its id."""
    training = await propose(client, cast, **values)
    await put(database, training["id"], "closed")
    return str(training["id"])


async def put(database: Database, training_id: str, state: str) -> None:
    async with database.transaction() as session:
        statement = text("UPDATE joint_trainings SET state = :state WHERE id = CAST(:id AS uuid)")
        await session.execute(statement, {"state": state, "id": training_id})


async def write(
    client: AsyncClient, cast: Cast, training_id: str, by: str = HOST, **values: Any
) -> dict[str, Any]:
    """The training's lesson, begun."""
    answer = await client.post(f"{API}/{training_id}/lesson", json=WORDS | values, headers=cast.token(by))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def submit(client: AsyncClient, cast: Cast, training_id: str, by: str = HOST) -> Any:
    """Hand it in as it stands; the answer."""
    headers = cast.token(by) | {"If-Match": "*"}
    return await client.post(f"{API}/{training_id}/lesson/submission", headers=headers)


async def review(
    client: AsyncClient,
    cast: Cast,
    training_id: str,
    outcome: str = "published",
    by: str = REVIEWER,
    **sent: Any,
) -> Any:
    """End its review; the answer."""
    headers = cast.token(by) | {"If-Match": "*"}
    path = f"/api/v1/lesson-reviews/{training_id}"
    return await client.post(path, json={"outcome": outcome} | sent, headers=headers)


async def published(
    client: AsyncClient,
    cast: Cast,
    database: Database,
    *,
    training: dict[str, Any] | None = None,
    **words: Any,
) -> tuple[str, str]:
    """A lesson in the library; its training's id and its key."""
    training_id = await over(client, cast, database, **(training or {}))
    await write(client, cast, training_id, **words)
    handed_in = await submit(client, cast, training_id)
    assert handed_in.status_code == 200, handed_in.text
    answer = await review(client, cast, training_id)
    assert answer.status_code == 201, answer.text
    return training_id, answer.json()["key"]
