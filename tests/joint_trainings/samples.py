"""Joint trainings that tests propose, and the ways by which they come to a state."""

from datetime import date, timedelta
from typing import Any

from httpx2 import AsyncClient

from lms.kernel import clock
from lms.kernel.database import Database
from tests.cast import ASSESSOR, COLLEAGUE, COORDINATOR, FOCAL_POINT, Cast
from tests.partners.samples import API as PARTNERS_API
from tests.partners.samples import grant, make

API = "/api/v1/joint-trainings"
AFRICA, RELIEF, PARTNER = "uneo-africa", "unro", "baobab-solar"
SCREENING, PARTNERS_COORDINATOR = ASSESSOR, COLLEAGUE  # whom tests give these roles


def in_days(number: int) -> date:
    """A day so many days from now."""
    return clock.today() + timedelta(days=number)


async def propose(
    client: AsyncClient, cast: Cast, by: str = FOCAL_POINT, hosts: Any = None, **values: Any
) -> dict[str, Any]:
    """A draft of two entities (or of `hosts`), of one day a month ahead."""
    sent = {
        "title": "Reading a memorandum together",
        "hosts": hosts or [{"entity": AFRICA}, {"entity": RELIEF}],
        "languages": ["en"],
        "competencies": ["legal-instruments"],
        "course": "legal-foundations",
        "starts_on": in_days(30).isoformat(),
        "minutes": 180,
    }
    answer = await client.post(API, json=sent | values, headers=cast.token(by))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def make_clear(
    client: AsyncClient, cast: Cast, database: Database, key: str, entity: str = "uneo", **values: Any
) -> None:
    """A partner for whom the gate of `entity`, and of what lies under it, is open."""
    values = {"committed_on": in_days(-20).isoformat(), "commitment_reference": "A letter"} | values
    await make(client, cast, key, **values)
    await grant(database, cast, SCREENING, "screening_officer", entity)
    sent = {
        "entity": entity, "occurred_on": in_days(-10).isoformat(), "reference": "A file",
        "scope": "partnership", "effort": "full", "may_proceed": True,
        "valid_until": in_days(300).isoformat(),
    }  # fmt: skip
    answer = await client.post(f"{PARTNERS_API}/{key}/decisions", json=sent, headers=cast.token(SCREENING))
    assert answer.status_code == 201, answer.text


async def accept_all(client: AsyncClient, cast: Cast, training: dict[str, Any]) -> None:
    """Every entity that hosts takes part; the coordinator of the whole system says so."""
    for host in training["hosts"]:
        if host["kind"] == "entity":
            address = f"{API}/{training['id']}/hosts/{host['id']}/acceptance"
            answer = await client.post(address, headers=cast.token(COORDINATOR))
            assert answer.status_code == 200, answer.text


async def move(client: AsyncClient, cast: Cast, training_id: str, to: str, by: str = FOCAL_POINT) -> Any:
    """Ask for a move, as the training stands now; the answer."""
    headers = cast.token(by)
    seen = await client.get(f"{API}/{training_id}", headers=headers)
    sent = {"to": to} | ({"reason": "It cannot be held."} if to in ("cancelled", "draft") else {})
    match = {"If-Match": seen.headers.get("ETag", '"0"')}
    return await client.post(f"{API}/{training_id}/moves", json=sent, headers=headers | match)


async def published(client: AsyncClient, cast: Cast, **values: Any) -> dict[str, Any]:
    """A training of entities alone, published."""
    training = await propose(client, cast, **values)
    await accept_all(client, cast, training)
    answer = await move(client, cast, training["id"], "published")
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def session_values(**values: Any) -> dict[str, Any]:
    """A session of two seats, a month ahead, as it is sent."""
    sent = {
        "title": "First morning",
        "place": "Room 3, Nairobi",
        "link": "https://meet.example/first",
        "local_on": in_days(30).isoformat(),
        "local_at": "09:00",
        "zone": "Africa/Nairobi",
        "minutes": 180,
        "languages": ["en"],
        "seats": 2,
    }
    return sent | values


async def planned(
    client: AsyncClient, cast: Cast, training_id: str, by: str = FOCAL_POINT, **values: Any
) -> dict[str, Any]:
    """A session of a training."""
    address = f"{API}/{training_id}/sessions"
    answer = await client.post(address, json=session_values(**values), headers=cast.token(by))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def book(client: AsyncClient, cast: Cast, session_id: str, by: str) -> Any:
    """Book for oneself; the answer."""
    return await client.post("/api/v1/me/bookings", json={"session": session_id}, headers=cast.token(by))
