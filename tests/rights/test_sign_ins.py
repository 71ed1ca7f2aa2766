"""What is revoked is refused by the next request, of any process; cookies need the token of their own pages."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient
from sqlalchemy import update

from lms.app import create_app
from lms.kernel import clock
from lms.kernel.database import Database, table_of
from lms.people.domain import csrf_token, digest_of
from lms.people.models import ApiToken, RoleGrant
from lms.people.permits import COOKIE
from lms.settings import Settings
from tests.cast import ADMIN, COLLEAGUE, HR, LEARNER, Cast

ME, REPORT = "/api/v1/me", "/api/v1/reports/recognition?entity=uneo&from=2026-01-01&to=2026-12-31"
Headers = dict[str, str]


@pytest.fixture(scope="module")
async def other(settings: Settings) -> AsyncIterator[AsyncClient]:
    """A second instance of the application on the same database."""
    app = create_app(settings)
    async with AsyncClient(transport=ASGITransport(app=app), base_url="http://other") as made:
        yield made
    await app.state.database.close()


async def new_token(client: AsyncClient, headers: Headers, **wanted: Any) -> tuple[str, Headers]:
    answer = await client.post("/api/v1/me/tokens", json={"name": "t"} | wanted, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"], {"Authorization": f"Bearer {answer.json()['token']}"}


async def statuses(clients: tuple[AsyncClient, ...], path: str, headers: Headers) -> list[int]:
    return [(await each.get(path, headers=headers)).status_code for each in clients]


# -- tokens ------------------------------------------------------------------------------------------------


async def test_a_revoked_token_is_refused_everywhere(
    client: AsyncClient, other: AsyncClient, cast: Cast
) -> None:
    token_id, headers = await new_token(client, cast.token(LEARNER))
    assert await statuses((client, other), ME, headers) == [200, 200]
    assert (
        await client.delete(f"/api/v1/me/tokens/{token_id}", headers=cast.token(LEARNER))
    ).status_code == 204
    assert await statuses((client, other), ME, headers) == [401, 401]
    assert (await client.get(ME, headers=headers)).json()["type"] == "/problems/sign-in-ended"
    again = await client.delete(f"/api/v1/me/tokens/{token_id}", headers=cast.token(LEARNER))
    assert again.status_code == 204


async def test_an_expired_token_is_refused(
    client: AsyncClient, other: AsyncClient, database: Database, cast: Cast
) -> None:
    token_id, headers = await new_token(client, cast.token(LEARNER))
    tokens = table_of(ApiToken)
    async with database.transaction() as session:
        past = clock.now() - timedelta(seconds=1)
        await session.execute(update(tokens).where(tokens.c.id == token_id).values(expires_at=past))
    assert await statuses((client, other), ME, headers) == [401, 401]


@pytest.mark.parametrize(
    "value", ["Bearer nonsense", "Bearer ", "Bearer", "Basic bGVhcm5lcg==", "token-of-x", " "]
)
async def test_what_is_no_token_is_refused_even_beside_a_good_cookie(
    client: AsyncClient, cast: Cast, value: str
) -> None:
    cookie = await sign_in(client, cast, LEARNER)
    answer = await client.get(ME, headers={"Authorization": value, "Cookie": cookie})
    assert answer.status_code == 401, answer.text


async def test_a_token_carries_its_scopes_and_no_more(client: AsyncClient, cast: Cast) -> None:
    _, reports = await new_token(client, cast.token(HR), scopes=["reports:read"])
    assert (await client.get(REPORT, headers=reports)).status_code == 200
    assert (await client.get(ME, headers=reports)).status_code == 403
    assert (await client.get("/api/v1/people", headers=reports)).status_code == 403

    _, own = await new_token(client, cast.token(HR), scopes=["self:use"])
    theirs = await client.get(f"/api/v1/completions?person={cast.ids[COLLEAGUE]}", headers=own)
    assert theirs.status_code == 404
    assert (await client.get(ME, headers=own)).json()["permissions"] == ["self:use"]
    assert (await client.get("/api/v1/completions", headers=own)).json()["items"] == []


async def test_a_token_makes_no_wider_token(client: AsyncClient, cast: Cast) -> None:
    _, narrow = await new_token(client, cast.token(HR), scopes=["self:use"])
    wider = {"name": "wider", "scopes": ["self:use", "people:read"]}
    assert (await client.post("/api/v1/me/tokens", json=wider, headers=narrow)).status_code == 403
    _, child = await new_token(client, narrow)
    assert (await client.get(ME, headers=child)).json()["permissions"] == ["self:use"]
    assert (await client.get("/api/v1/people", headers=child)).status_code == 403


async def test_a_scope_gives_nothing_that_the_person_has_not(client: AsyncClient, cast: Cast) -> None:
    _, headers = await new_token(
        client, cast.token(LEARNER), scopes=["reports:read", "people:read", "self:use"]
    )
    assert (await client.get(REPORT, headers=headers)).status_code == 403
    assert (await client.get("/api/v1/people", headers=headers)).status_code == 403


async def test_an_unknown_scope_is_told(client: AsyncClient, cast: Cast) -> None:
    sent = {"name": "t", "scopes": ["everything"]}
    answer = await client.post("/api/v1/me/tokens", json=sent, headers=cast.token(LEARNER))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/scopes")


async def test_only_a_digest_of_a_token_is_kept(client: AsyncClient, database: Database, cast: Cast) -> None:
    token_id, headers = await new_token(client, cast.token(LEARNER))
    secret = headers["Authorization"].removeprefix("Bearer ")
    tokens = table_of(ApiToken)
    async with database.reading() as session:
        row = (await session.execute(tokens.select().where(tokens.c.id == token_id))).one()
    assert row.token_hash == digest_of(secret)
    assert secret not in str(row)


# -- roles -------------------------------------------------------------------------------------------------


async def test_a_revoked_role_is_refused_everywhere(
    client: AsyncClient, other: AsyncClient, cast: Cast
) -> None:
    admin, colleague = cast.token(ADMIN), cast.token(COLLEAGUE)
    path = f"/api/v1/people/{cast.ids[COLLEAGUE]}/grants"
    assert await statuses((client, other), REPORT, colleague) == [403, 403]
    grant = await client.post(path, json={"role": "hr_officer", "entity": "uneo"}, headers=admin)
    assert await statuses((client, other), REPORT, colleague) == [200, 200]
    revoked = await other.delete(f"/api/v1/grants/{grant.json()['id']}", headers=admin)
    assert revoked.status_code == 204
    assert await statuses((client, other), REPORT, colleague) == [403, 403]
    again = await client.delete(f"/api/v1/grants/{grant.json()['id']}", headers=admin)
    assert again.status_code == 404


async def test_a_role_given_twice_is_taken_back_once(client: AsyncClient, cast: Cast) -> None:
    admin, colleague = cast.token(ADMIN), cast.token(COLLEAGUE)
    path = f"/api/v1/people/{cast.ids[COLLEAGUE]}/grants"
    role = {"role": "hr_officer", "entity": "uneo"}
    given = await asyncio.gather(*(client.post(path, json=role, headers=admin) for _ in range(3)))
    assert {each.status_code for each in given} == {201}
    assert len({each.json()["id"] for each in given}) == 1
    assert (await client.get(REPORT, headers=colleague)).status_code == 200
    await client.delete(f"/api/v1/grants/{given[0].json()['id']}", headers=admin)
    assert (await client.get(REPORT, headers=colleague)).status_code == 403


async def test_a_role_ends_with_its_last_day(client: AsyncClient, database: Database, cast: Cast) -> None:
    grants = table_of(RoleGrant)
    today = clock.today()
    async with database.transaction() as session:
        session.add(RoleGrant(person_id=cast.ids[LEARNER], role="senior_manager", until_on=today))
    assert (await client.get(REPORT, headers=cast.token(LEARNER))).status_code == 200
    async with database.transaction() as session:
        yesterday = update(grants).where(grants.c.until_on == today)
        await session.execute(yesterday.values(until_on=today - timedelta(days=1)))
    assert (await client.get(REPORT, headers=cast.token(LEARNER))).status_code == 403


@pytest.mark.parametrize("role", ["admin", "hr_officer"])
async def test_only_who_manages_grants_gives_a_role(client: AsyncClient, cast: Cast, role: str) -> None:
    for email in (LEARNER, HR):
        path = f"/api/v1/people/{cast.ids[email]}/grants"
        answer = await client.post(path, json={"role": role, "entity": None}, headers=cast.token(email))
        assert answer.status_code == 403


# -- browser sessions --------------------------------------------------------------------------------------


async def sign_in(client: AsyncClient, cast: Cast, email: str) -> str:
    """Sign in as a browser does; the cookie as it goes back."""
    sent = {"email": email, "password": cast.passwords[email]}
    answer = await client.post("/sign-in", data=sent, headers={"Cookie": ""})
    assert answer.status_code == 303, answer.text
    client.cookies.clear()
    return f"{COOKIE}={answer.cookies[COOKIE]}"


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    client: AsyncClient, app: FastAPI, cast: Cast
) -> None:
    sent = {"email": LEARNER, "password": cast.passwords[LEARNER]}
    for environment, secure in (("test", False), ("production", True)):
        kept = app.state.settings
        app.state.settings = kept.model_copy(update={"environment": environment})
        try:
            answer = await client.post("/sign-in", data=sent)
        finally:
            app.state.settings = kept
        client.cookies.clear()
        (cookie,) = [each for each in answer.headers.get_list("set-cookie") if each.startswith(COOKIE)]
        parts = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"httponly", "samesite=lax", "path=/", "max-age=3600"} <= parts
        assert ("secure" in parts) is secure
        assert "domain" not in cookie.lower()


async def test_a_change_by_cookie_needs_the_token_of_our_own_pages(client: AsyncClient, cast: Cast) -> None:
    cookie = await sign_in(client, cast, LEARNER)
    secret = cookie.removeprefix(f"{COOKIE}=")
    sent = {"name": "by cookie"}
    assert (await client.get(ME, headers={"Cookie": cookie})).status_code == 200
    for token in (None, "", "x" * 40, csrf_token("another session")):
        headers = {"Cookie": cookie} | ({} if token is None else {"X-CSRF-Token": token})
        answer = await client.post("/api/v1/me/tokens", json=sent, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/csrf")
    good = {"Cookie": cookie, "X-CSRF-Token": csrf_token(secret)}
    assert (await client.post("/api/v1/me/tokens", json=sent, headers=good)).status_code == 201


async def test_an_ended_session_is_refused_everywhere(
    client: AsyncClient, other: AsyncClient, cast: Cast
) -> None:
    cookie = await sign_in(client, cast, LEARNER)
    headers = {"Cookie": cookie}
    assert await statuses((client, other), ME, headers) == [200, 200]
    token = csrf_token(cookie.removeprefix(f"{COOKIE}="))
    out = await client.post("/sign-out", data={"csrf_token": token}, headers=headers)
    assert out.status_code == 303
    assert await statuses((client, other), ME, headers) == [401, 401]


async def test_a_kept_answer_is_not_given_to_a_revoked_token(client: AsyncClient, cast: Cast) -> None:
    """An Idempotency-Key repeats an answer only to someone who may still ask."""
    token_id, headers = await new_token(client, cast.token(LEARNER))
    repeated = headers | {"Idempotency-Key": "once-only"}
    first = await client.post("/api/v1/me/tokens", json={"name": "made once"}, headers=repeated)
    same = await client.post("/api/v1/me/tokens", json={"name": "made once"}, headers=repeated)
    assert first.json()["id"] == same.json()["id"]
    await client.delete(f"/api/v1/me/tokens/{token_id}", headers=cast.token(LEARNER))
    refused = await client.post("/api/v1/me/tokens", json={"name": "made once"}, headers=repeated)
    assert refused.status_code == 401, refused.text
    assert first.json()["token"] not in refused.text


async def test_a_kept_answer_needs_the_form_token_too(client: AsyncClient, cast: Cast) -> None:
    cookie = await sign_in(client, cast, LEARNER)
    headers = {"Cookie": cookie, "Idempotency-Key": "by-cookie"}
    good = headers | {"X-CSRF-Token": csrf_token(cookie.removeprefix(f"{COOKIE}="))}
    first = await client.post("/api/v1/me/tokens", json={"name": "t"}, headers=good)
    assert first.status_code == 201
    assert (await client.post("/api/v1/me/tokens", json={"name": "t"}, headers=headers)).status_code == 403
