"""Needs and offers that tests post."""

from typing import Any

from httpx2 import AsyncClient

from tests.cast import COORDINATOR, FOCAL_POINT, Cast
from tests.joint_trainings.samples import AFRICA, in_days

V1 = "/api/v1"
SAID = {
    "words": "Colleagues read contracts that partners send.",
    "languages": ["en", "fr"],
    "competencies": ["legal-instruments"],
    "seats": 20,
    "from_on": in_days(20).isoformat(),
    "until_on": in_days(80).isoformat(),
    "stands_until": in_days(60).isoformat(),
}
OFFERED = {"teachers": "In-house lawyers", "in_return": "Nothing."}


async def written(client: AsyncClient, cast: Cast, by: str, path: str, **values: Any) -> dict[str, Any]:
    """A draft."""
    answer = await client.post(f"{V1}/{path}", json=values, headers=cast.token(by))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def posted(client: AsyncClient, cast: Cast, by: str, path: str, **values: Any) -> dict[str, Any]:
    """Written and posted."""
    made = await written(client, cast, by, path, **SAID | values)
    answer = await client.post(f"{V1}/{path}/{made['id']}/post", headers=cast.token(by))
    assert answer.status_code == 200, answer.text
    made = answer.json()
    return made


async def need(client: AsyncClient, cast: Cast, by: str = FOCAL_POINT, **values: Any) -> dict[str, Any]:
    """A posted need of the focal point's entity."""
    return await posted(client, cast, by, "needs", **{"entity": AFRICA, "title": "Contract clauses"} | values)


async def offer(client: AsyncClient, cast: Cast, by: str, **values: Any) -> dict[str, Any]:
    """A posted offer."""
    return await posted(client, cast, by, "offers", **{"title": "How a contract is read"} | OFFERED | values)


async def introduced(
    client: AsyncClient, cast: Cast, need: dict[str, Any], offer: dict[str, Any]
) -> dict[str, Any]:
    """What the coordinator has introduced."""
    sent = {"need": need["id"], "offer": offer["id"], "words": "You may like each other."}
    answer = await client.post(f"{V1}/introductions", json=sent, headers=cast.token(COORDINATOR))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made
