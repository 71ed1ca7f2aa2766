"""Who administers one entity sees and changes nothing of another; and nobody who administers raises themselves."""

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from tests.cast import ADMIN, ASSESSOR, COLLEAGUE, OTHER_LEARNER, Cast
from tests.web.readers import Reader


@pytest.fixture(scope="module")
async def local(client: AsyncClient, cast: Cast) -> dict[str, str]:
    """The token of an administrator of UNEO alone."""
    path, role = f"/api/v1/people/{cast.ids[ASSESSOR]}/grants", {"role": "admin", "entity": "uneo"}
    answer = await client.post(path, json=role, headers=cast.token(ADMIN))
    assert answer.status_code == 201, answer.text
    return cast.token(ASSESSOR)


@pytest.mark.usefixtures("local")
async def test_the_event_log_of_the_whole_system_is_not_theirs(app: FastAPI, cast: Cast) -> None:
    reader = await Reader(app).sign_in(cast, ASSESSOR)
    assert "/admin/events" not in await reader.get("/admin")
    assert "Carlos Mendoza" not in await reader.get("/admin/events", 403)
    whole = await Reader(app).sign_in(cast, ADMIN)
    assert "/admin/events" in await whole.get("/admin")


async def test_people_of_another_entity_are_not_there(
    app: FastAPI, client: AsyncClient, cast: Cast, local: dict[str, str]
) -> None:
    reader, other = await Reader(app).sign_in(cast, ASSESSOR), cast.ids[OTHER_LEARNER]
    await reader.get(f"/admin/people/{cast.ids[COLLEAGUE]}/grants")
    assert "ليلى الهاشمي" not in await reader.get(f"/admin/people/{other}/grants", 404)
    role = {"role": "author", "entity": "uneo"}
    given = await client.post(f"/api/v1/people/{other}/grants", json=role, headers=local)
    assert given.status_code == 404, given.text


@pytest.mark.parametrize("email", [ADMIN, ASSESSOR])
async def test_nobody_gives_a_role_to_themselves(
    app: FastAPI, client: AsyncClient, cast: Cast, local: dict[str, str], email: str
) -> None:
    """Or who runs the system could read answers and evidence after one request."""
    path = f"/people/{cast.ids[email]}/grants"
    for role in ("hr_officer", "assessor", "admin"):
        sent = {"role": role, "entity": "uneo"}
        answer = await client.post(f"/api/v1{path}", json=sent, headers=cast.token(email))
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/grant-not-allowed")
    reader = await Reader(app).sign_in(cast, email)
    await reader.get(f"/admin{path}")
    page = await reader.send(f"/admin{path}", 422, role="hr_officer", entity="uneo")
    assert "You cannot grant this role for this entity." in page
