"""Focal points that tests make, and sessions they announce."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from httpx2 import AsyncClient
from sqlalchemy import text

from lms.kernel import clock
from lms.kernel.database import Database
from tests.cast import Cast
from tests.partners.samples import grant

API = "/api/v1"
ME = f"{API}/me/focal-point"
SESSIONS, GROUPS = f"{API}/topic-sessions", f"{API}/working-groups"


async def make_focal_point(database: Database, cast: Cast, email: str, entity: str | None) -> None:
    """Give somebody the role."""
    await grant(database, cast, email, "focal_point", entity)


async def end_role(database: Database, cast: Cast, email: str) -> None:
    """Take the role back, however it was given."""
    async with database.transaction() as session:
        statement = (
            "UPDATE role_grants SET revoked_at = now() WHERE person_id = :person AND role = 'focal_point'"
        )
        await session.execute(text(statement), {"person": cast.ids[email]})


async def write_profile(client: AsyncClient, cast: Cast, email: str, **values: Any) -> dict[str, Any]:
    """A profile as its person writes it."""
    answer = await client.patch(ME, json=values, headers=cast.token(email) | {"If-Match": "*"})
    assert answer.status_code == 200, answer.text
    written: dict[str, Any] = answer.json()
    return written


def a_session(**values: Any) -> dict[str, Any]:
    """What announces a session of next week."""
    day = (datetime.now(ZoneInfo("Africa/Nairobi")) + timedelta(days=7)).date().isoformat()
    sent = {
        "title": "Clauses on data", "topic": "legal-instruments", "local_date": day, "local_time": "14:00",
        "time_zone": "Africa/Nairobi", "minutes": 60, "language": "en", "link": "https://meet.example/data",
    }  # fmt: skip
    return sent | values


async def announce(client: AsyncClient, cast: Cast, email: str, **values: Any) -> str:
    """A session's id."""
    answer = await client.post(SESSIONS, json=a_session(**values), headers=cast.token(email))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def let_pass(database: Database, session_id: str) -> None:
    """Have a session be over, as it will be."""
    async with database.transaction() as session:
        begun = clock.now() - timedelta(days=1)
        statement = "UPDATE topic_sessions SET starts_at = :begun WHERE id = CAST(:id AS uuid)"
        await session.execute(text(statement), {"begun": begun, "id": session_id})
