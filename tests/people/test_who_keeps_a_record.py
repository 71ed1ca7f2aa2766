"""A person's record is kept by the entity they work for; whoever they left reads what was theirs, no more."""

from datetime import timedelta
from typing import Any

from httpx2 import AsyncClient
from sqlalchemy import text

from lms.kernel import clock
from lms.kernel.database import Database
from tests.cast import COLLEAGUE, HR, OTHER_HR, Cast


async def rename(client: AsyncClient, cast: Cast, officer: str) -> int:
    headers = cast.token(officer) | {"If-Match": "*"}
    answer = await client.patch(
        f"/api/v1/people/{cast.ids[COLLEAGUE]}", json={"modality": None}, headers=headers
    )
    return int(answer.status_code)


async def test_after_a_move_the_new_entity_keeps_the_record_and_the_old_one_reads_it(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    assert await rename(client, cast, HR) == 200
    today, person = clock.today(), cast.ids[COLLEAGUE]
    values: dict[str, Any] = {"person": person, "yesterday": today - timedelta(days=1), "today": today}
    async with database.transaction() as session:
        await session.execute(
            text("UPDATE affiliations SET until_on = :yesterday WHERE person_id = :person"), values
        )
    assert (
        await rename(client, cast, HR) == 200
    )  # who left, and went nowhere, is still kept by the last entity
    assert await rename(client, cast, OTHER_HR) == 404
    async with database.transaction() as session:
        await session.execute(
            text(
                "INSERT INTO affiliations (id, person_id, entity_id, kind, is_primary, working_time_percent, from_on,"
                " revision, created_at) SELECT gen_random_uuid(), :person, id, 'staff', true, 100, :today, 1, now()"
                " FROM entities WHERE key = 'unro'"
            ),
            values,
        )
    assert await rename(client, cast, OTHER_HR) == 200
    assert await rename(client, cast, HR) == 404
    assert (await client.get(f"/api/v1/people/{person}", headers=cast.token(HR))).status_code == 200
