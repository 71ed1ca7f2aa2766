"""Passwords: which are refused, how one's own is changed, and what that ends."""

from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from lms.kernel.database import Database, table_of
from lms.people import service
from lms.people.domain import WeakPassword
from lms.people.models import SignInThrottle
from lms.people.passwords import LEAST, Weakness, weakness_of
from lms.people.permits import COOKIE
from tests.cast import ADMIN, ASSESSOR, COLLEAGUE, HR, LEARNER, OTHER_LEARNER, SENIOR, SUPERVISOR, Cast

NEW = "harbour lantern seventeen"
OWN = {"name": "Amina Otieno-Mwangi", "email": "amina.otieno-mwangi@uneo.example"}


# -- the rule ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("password", "weakness"),
    [
        ("", Weakness.SHORT),
        ("k7#fTq!x9Lm", Weakness.SHORT),
        ("harbour lantern", None),
        ("8472 9183 7461", None),
        ("  harbour   ", None),
        ("海港灯笼十七号的旧船长在等", None),
        ("h" * 6 + "arbour" * 166, Weakness.LONG),
        ("aaaaaaaaaaaa", Weakness.COMMON),
        ("121212 121212", Weakness.COMMON),
        ("123456789012", Weakness.COMMON),
        ("098765432109", Weakness.COMMON),
        ("password1234", Weakness.COMMON),
        ("Passw0rd!2026", Weakness.COMMON),
        ("2026-United-Nations", Weakness.COMMON),
        ("United Nations 2026", Weakness.COMMON),
        ("QWERTYUIOP123", Weakness.COMMON),
        ("correct horse battery staple", Weakness.COMMON),
        ("amina otieno-mwangi", Weakness.OWN),
        ("AMINA.Otieno-Mwangi@UNEO.example", Weakness.OWN),
        ("amina.otieno-mwangi", Weakness.OWN),
        ("otieno-mwangi1985!", Weakness.OWN),
        ("Amina00000000", Weakness.OWN),
        ("amina likes harbours", None),
    ],
)
def test_what_is_easy_to_guess_is_refused(password: str, weakness: Weakness | None) -> None:
    assert weakness_of(password, **OWN) is weakness


@given(st.text(min_size=LEAST), st.text(), st.none() | st.text())
def test_any_text_gets_a_verdict(password: str, name: str, email: str | None) -> None:
    assert weakness_of(password, name=name, email=email) is not Weakness.SHORT
    if email is not None and len(email) >= LEAST and any(each.isalpha() for each in email):
        assert weakness_of(email, name=name, email=email) is not None


async def test_the_operator_is_held_to_the_same_rule(database: Database, cast: Cast) -> None:
    async with database.transaction() as session:
        with pytest.raises(WeakPassword):
            await service.set_password(session, person_id=cast.ids[LEARNER], password=LEARNER)


# -- changing one's own ------------------------------------------------------------------------------------


async def change(client: AsyncClient, who: dict[str, str], current: str, new: str, **more: str) -> Any:
    sent = {"current": current, "new": new}
    return await client.post("/api/v1/me/password", json=sent, headers=who | more)


async def signs_in(client: AsyncClient, email: str, password: str) -> int:
    answer = await client.post("/sign-in", data={"email": email, "password": password})
    client.cookies.clear()
    return int(answer.status_code)


@pytest.fixture(autouse=True)
async def fresh(database: Database) -> None:
    """No wrong tries from the test before."""
    async with database.transaction() as session:
        await session.execute(table_of(SignInThrottle).delete())


async def test_the_new_password_opens_and_the_old_does_not(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    mine, old = cast.token(LEARNER), cast.passwords[LEARNER]
    signed_in = await client.post("/sign-in", data={"email": LEARNER, "password": old})
    client.cookies.clear()
    browser = {"Cookie": f"{COOKIE}={signed_in.cookies[COOKIE]}"}
    assert (await client.get("/api/v1/me", headers=browser)).status_code == 200
    assert (await change(client, mine, old, NEW)).status_code == 204
    assert (await client.get("/api/v1/me", headers=browser)).status_code == 401, (
        "a token asked: no browser stays"
    )
    assert [await signs_in(client, LEARNER, each) for each in (old, NEW)] == [401, 303]
    assert (await client.get("/api/v1/me", headers=mine)).status_code == 200, "tokens stay"
    async with database.reading() as session:
        found = await session.execute(
            text("SELECT actor_id, subject_id, data FROM events WHERE type = 'people.password_changed'")
        )
        told = found.all()
    assert told == [(cast.ids[LEARNER], cast.ids[LEARNER], {})]


async def test_spaces_at_the_ends_belong_to_a_password(client: AsyncClient, cast: Cast) -> None:
    spaced = f"  {NEW} "
    assert (await change(client, cast.token(HR), cast.passwords[HR], spaced)).status_code == 204
    assert [await signs_in(client, HR, each) for each in (NEW, spaced)] == [401, 303]


@pytest.mark.parametrize(
    ("new", "says"),
    [
        ("short", "at least 12"),
        (SENIOR, "name or e-mail"),
        ("password1234", "guessed first"),
        ("x" * 1001, "at most 1000"),
        (None, "present password"),
    ],
)
async def test_a_weak_one_is_refused_and_says_why(
    client: AsyncClient, cast: Cast, new: str | None, says: str
) -> None:
    present = cast.passwords[SENIOR]
    answer = await change(client, cast.token(SENIOR), present, present if new is None else new)
    assert answer.status_code == 422, answer.text
    (fault,) = answer.json()["errors"]
    assert fault["pointer"] == "/new"
    assert says in fault["detail"]
    assert await signs_in(client, SENIOR, present) == 303


async def test_wrong_ones_are_counted_with_failed_sign_ins(
    client: AsyncClient, app: FastAPI, cast: Cast
) -> None:
    mine, right = cast.token(SUPERVISOR), cast.passwords[SUPERVISOR]
    tries = app.state.settings.sign_in_tries
    assert await signs_in(client, SUPERVISOR, "wrong") == 401
    for _ in range(tries - 1):
        answer = await change(client, mine, "wrong", NEW)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/wrong-password")
        assert [each["pointer"] for each in answer.json()["errors"]] == ["/current"]
    for current in ("wrong", right):
        answer = await change(client, mine, current, NEW)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "900")
    assert await signs_in(client, SUPERVISOR, right) == 429


async def test_a_token_with_scopes_is_refused(client: AsyncClient, cast: Cast) -> None:
    for scopes, status in ((["self:use"], 403), (["people:read"], 403), (None, 204)):
        made = await client.post(
            "/api/v1/me/tokens", json={"name": "t", "scopes": scopes}, headers=cast.token(ASSESSOR)
        )
        token = {"Authorization": f"Bearer {made.json()['token']}"}
        assert (await change(client, token, cast.passwords[ASSESSOR], NEW)).status_code == status, scopes


async def test_whoever_has_no_password_cannot_change_it(client: AsyncClient, cast: Cast) -> None:
    assert COLLEAGUE not in cast.passwords
    answer = await change(client, cast.token(COLLEAGUE), "whatever it may be", NEW)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/no-password")


async def test_sent_twice_it_is_changed_once_and_nothing_is_kept_to_guess_from(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    """Whoever reads the kept keys cannot tell the password of one sender from the same one of another."""
    for email in (OTHER_LEARNER, ADMIN):
        once = {"Idempotency-Key": "one and the same"}
        current = cast.passwords[email]
        for _ in range(2):
            assert (await change(client, cast.token(email), current, NEW, **once)).status_code == 204
        other = await change(client, cast.token(email), current, NEW + "!", **once)
        assert other.json()["type"] == "/problems/idempotency-key-reused"
    for email in (OTHER_LEARNER, ADMIN):
        once = {"Idempotency-Key": "a second one"}
        await change(client, cast.token(email), "the same text", NEW, **once)
    async with database.reading() as session:
        kept = await session.scalars(
            text("SELECT request_digest FROM idempotency_keys WHERE key = 'a second one'")
        )
        digests = list(kept)
    assert len(digests) == len(set(digests)) == 2
