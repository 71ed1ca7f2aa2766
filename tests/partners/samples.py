"""Partners that tests make, by those who keep the register."""

from typing import Any

from httpx2 import AsyncClient

from lms.kernel.database import Database
from lms.people.models import RoleGrant
from tests.cast import ADMIN, Cast

API = "/api/v1/partners"


async def make(client: AsyncClient, cast: Cast, key: str, **values: Any) -> dict[str, Any]:
    """A partner with this key."""
    sent = {"key": key, "name": key.replace("-", " ").title(), "kind": "company"} | values
    answer = await client.post(API, json=sent, headers=cast.token(ADMIN))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def appoint(client: AsyncClient, cast: Cast, key: str, email: str) -> str:
    """Have somebody coordinate a partner's part; the grant's id."""
    answer = await client.post(f"{API}/{key}/coordinators", json={"person": email}, headers=cast.token(ADMIN))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def grant(database: Database, cast: Cast, email: str, role: str, entity: str | None) -> None:
    """A role for an entity, however it was given."""
    from sqlalchemy import text

    async with database.transaction() as session:
        entity_id = await session.scalar(text("SELECT id FROM entities WHERE key = :key"), {"key": entity})
        session.add(RoleGrant(person_id=cast.ids[email], role=role, entity_id=entity_id))
