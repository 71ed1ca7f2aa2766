"""Bookings over the API: in order, once each, moving up by themselves, and seen by one's own side only."""

from datetime import timedelta
from typing import Any

import pytest
from httpx2 import AsyncClient
from sqlalchemy import text
from time_machine import travel

from lms.joint_trainings.service.bookings import mark_no_shows
from lms.joint_trainings.service.days import due_sessions, follow_session
from lms.kernel import clock
from lms.kernel.database import Database
from tests.cast import ADMIN, COLLEAGUE, FOCAL_POINT, HR, LEARNER, OTHER_LEARNER, SUPERVISOR, VOLUNTEER, Cast
from tests.joint_trainings.samples import book, in_days, planned, published

BOOKINGS, SESSIONS = "/api/v1/bookings", "/api/v1/sessions"


@pytest.fixture
async def training(client: AsyncClient, cast: Cast) -> dict[str, Any]:
    return await published(client, cast, every_session=False)


async def cancel(client: AsyncClient, cast: Cast, booking: dict[str, Any], by: str) -> Any:
    return await client.post(f"{BOOKINGS}/{booking['id']}/cancellation", headers=cast.token(by))


async def state(client: AsyncClient, cast: Cast, booking: dict[str, Any], by: str) -> str:
    return str((await client.get(f"{BOOKINGS}/{booking['id']}", headers=cast.token(by))).json()["state"])


async def test_first_come_first_seated_and_the_next_moves_up(
    client: AsyncClient, cast: Cast, training: dict[str, Any]
) -> None:
    made = await planned(client, cast, training["id"])
    got = [
        (await book(client, cast, made["id"], by)).json()
        for by in (LEARNER, COLLEAGUE, VOLUNTEER, SUPERVISOR)
    ]
    assert [each["state"] for each in got] == ["seated", "seated", "waitlisted", "waitlisted"]
    assert [each["number"] for each in got] == [1, 2, 3, 4]
    again = (await book(client, cast, made["id"], LEARNER)).json()
    assert again["id"] == got[0]["id"], "twice is once"
    for _ in range(2):
        answer = await cancel(client, cast, got[1], COLLEAGUE)
        assert (answer.status_code, answer.json()["state"], answer.json()["is_late"]) == (
            200,
            "cancelled",
            False,
        )
    assert await state(client, cast, got[2], VOLUNTEER) == "seated"
    assert await state(client, cast, got[3], SUPERVISOR) == "waitlisted"
    back = (await book(client, cast, made["id"], COLLEAGUE)).json()
    assert (back["state"], back["number"]) == ("waitlisted", 5), "who comes back stands at the end"
    seen = (await client.get(f"{SESSIONS}/{made['id']}", headers=cast.token(LEARNER))).json()
    assert (seen["taken"], seen["waiting"], seen["booking"]["state"]) == (2, 2, "seated")


async def test_quotas_are_kept_until_they_are_released(
    client: AsyncClient, cast: Cast, database: Database, training: dict[str, Any]
) -> None:
    africa, relief = (host["id"] for host in training["hosts"])
    quotas = [{"host": africa, "seats": 1}, {"host": relief, "seats": 1}]
    release = in_days(20)
    made = await planned(client, cast, training["id"], quotas=quotas, release_on=release.isoformat())
    first = (await book(client, cast, made["id"], LEARNER)).json()
    second = (await book(client, cast, made["id"], COLLEAGUE)).json()
    assert (first["state"], second["state"]) == ("seated", "waitlisted"), "the other seat is another host's"
    with travel(clock.now() + timedelta(days=20, hours=1), tick=True):
        async with database.transaction() as session:
            assert made["id"] in {str(each) for each in await due_sessions(session)}
        for _ in range(2):
            async with database.transaction() as session:
                await follow_session(session, made["id"])
        async with database.transaction() as session:
            assert made["id"] not in {str(each) for each in await due_sessions(session)}
    assert await state(client, cast, second, COLLEAGUE) == "seated"
    third = (await book(client, cast, made["id"], OTHER_LEARNER)).json()
    assert third["state"] == "waitlisted"


async def test_more_seats_seat_who_waits(client: AsyncClient, cast: Cast, training: dict[str, Any]) -> None:
    made = await planned(client, cast, training["id"], seats=1)
    await book(client, cast, made["id"], LEARNER)
    second = (await book(client, cast, made["id"], COLLEAGUE)).json()
    headers = cast.token(FOCAL_POINT) | {"If-Match": "*"}
    answer = await client.patch(f"{SESSIONS}/{made['id']}", json={"seats": 2}, headers=headers)
    assert answer.status_code == 200, answer.text
    assert await state(client, cast, second, COLLEAGUE) == "seated"
    fewer = await client.patch(f"{SESSIONS}/{made['id']}", json={"seats": 1}, headers=headers)
    assert (fewer.status_code, fewer.json()["errors"][0]["pointer"]) == (422, "/seats")


async def test_sessions_attended_together_are_booked_together(client: AsyncClient, cast: Cast) -> None:
    training = await published(client, cast, every_session=True)
    first = await planned(client, cast, training["id"], seats=5)
    second = await planned(
        client, cast, training["id"], seats=1, local_on=in_days(31).isoformat(), title="Second"
    )
    seen = (await client.get(f"{SESSIONS}/{first['id']}", headers=cast.token(FOCAL_POINT))).json()
    assert seen["seats"] == 1, "seats are the same in all"
    await book(client, cast, second["id"], LEARNER)
    await book(client, cast, first["id"], COLLEAGUE)
    third = await planned(
        client, cast, training["id"], seats=1, local_on=in_days(32).isoformat(), title="Third"
    )
    own = (await client.get("/api/v1/me/bookings", headers=cast.token(COLLEAGUE))).json()["items"]
    mine = {each["session_id"]: each for each in own if each["training_id"] == training["id"]}
    assert {key: each["state"] for key, each in mine.items()} == {
        each["id"]: "waitlisted" for each in (first, second, third)
    }
    theirs = (await client.get("/api/v1/me/bookings", headers=cast.token(LEARNER))).json()["items"]
    one = next(each for each in theirs if each["session_id"] == third["id"])
    assert one["state"] == "seated", "who has a seat has one in a new session too"
    await cancel(client, cast, one, LEARNER)
    own = (await client.get("/api/v1/me/bookings", headers=cast.token(COLLEAGUE))).json()["items"]
    assert {each["state"] for each in own if each["training_id"] == training["id"]} == {"seated"}


async def test_who_cannot_book(client: AsyncClient, cast: Cast, training: dict[str, Any]) -> None:
    made = await planned(client, cast, training["id"])
    for email in (HR, ADMIN):
        answer = await book(client, cast, made["id"], email)
        assert answer.status_code in (403, 404), (email, answer.text)
    answer = await book(client, cast, "0199a000-0000-7000-8000-000000000000", LEARNER)
    assert answer.status_code == 404


async def test_late_is_said_and_what_has_begun_is_not_given_back(
    client: AsyncClient, cast: Cast, training: dict[str, Any]
) -> None:
    made = await planned(client, cast, training["id"], seats=2)
    first = (await book(client, cast, made["id"], LEARNER)).json()
    second = (await book(client, cast, made["id"], COLLEAGUE)).json()
    starts = clock.now() + timedelta(days=30)
    with travel(starts.replace(hour=6, minute=0) - timedelta(hours=47), tick=True):
        answer = await cancel(client, cast, first, LEARNER)
        assert answer.json()["is_late"] is True
    with travel(starts.replace(hour=6, minute=0) + timedelta(minutes=1), tick=True):
        answer = await cancel(client, cast, second, COLLEAGUE)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/session-over")


async def test_who_leaves_seats_empty_books_shortly_before(
    client: AsyncClient, cast: Cast, database: Database, training: dict[str, Any]
) -> None:
    empty = [await planned(client, cast, training["id"]) for _ in range(2)]
    left = [(await book(client, cast, each["id"], SUPERVISOR)).json() for each in empty]
    async with database.transaction() as session:
        for _ in range(2):
            await mark_no_shows(session, [each["id"] for each in left], acting=None)
    facts = text("SELECT count(*) FROM booking_moves WHERE cause = 'no_show' AND person_id = :person")
    async with database.reading() as session:
        assert await session.scalar(facts, {"person": cast.ids[SUPERVISOR]}) == 2
    made = await planned(client, cast, training["id"])
    answer = await book(client, cast, made["id"], SUPERVISOR)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/books-later")
    soon = (clock.now() + timedelta(days=30)).replace(hour=6, minute=0) - timedelta(hours=40)
    with travel(soon, tick=True):
        assert (await book(client, cast, made["id"], SUPERVISOR)).json()["state"] == "seated"


async def test_a_host_books_its_own_people_and_sees_no_others(
    client: AsyncClient, cast: Cast, training: dict[str, Any]
) -> None:
    made = await planned(client, cast, training["id"], seats=9)
    address = f"{SESSIONS}/{made['id']}/bookings"
    for email, status, outcome in (
        (LEARNER, 201, "booked"), (LEARNER, 201, "already"), (OTHER_LEARNER, 403, None), ("x@y.example", 403, None),
    ):  # fmt: skip
        answer = await client.post(address, json={"person": email}, headers=cast.token(FOCAL_POINT))
        assert (answer.status_code, answer.json().get("outcome")) == (status, outcome), answer.text
    await book(client, cast, made["id"], OTHER_LEARNER)
    listed = await client.get(f"{BOOKINGS}?session={made['id']}", headers=cast.token(FOCAL_POINT))
    assert [each["person"]["id"] for each in listed.json()["items"]] == [str(cast.ids[LEARNER])]
    seen = (await client.get(f"{SESSIONS}/{made['id']}", headers=cast.token(FOCAL_POINT))).json()
    assert [each["taken"] for each in seen["by_host"]] == [1, 1], "others are counted"
    assert (await client.get(BOOKINGS, headers=cast.token(LEARNER))).status_code == 403


async def test_a_list_is_booked_line_by_line(
    client: AsyncClient, cast: Cast, training: dict[str, Any]
) -> None:
    made = await planned(client, cast, training["id"], seats=1)
    address = f"{SESSIONS}/{made['id']}/booking-imports"
    headers = cast.token(FOCAL_POINT) | {"Content-Type": "text/csv"}
    sent = f"email;name\r\n{LEARNER};\r\nnonsense;\r\n{COLLEAGUE};Two\r\n{LEARNER.upper()};\r\n{OTHER_LEARNER};\r\n"
    wanted = ["booked", "refused", "waitlisted", "already", "refused"]
    for query in ("?dry_run=true", ""):
        answer = await client.post(address + query, content=sent.encode(), headers=headers)
        assert [each["outcome"] for each in answer.json()["results"]] == wanted, answer.text
        assert [each["line"] for each in answer.json()["results"]] == [2, 3, 4, 5, 6]
    assert (await client.post(address, content=sent.encode(), headers=headers)).json()["results"][0][
        "outcome"
    ] == "already"
    for bad in (b"", b"\xff\xfe", b"name\nAmina\n", b"\n".join(b"a@b.example" for _ in range(501))):
        answer = await client.post(address, content=bad, headers=headers)
        assert answer.status_code == 422, bad[:20]
    assert (await client.post(address, json={}, headers=cast.token(FOCAL_POINT))).status_code == 415


async def test_the_line_ends_when_the_session_begins(
    client: AsyncClient, cast: Cast, database: Database, training: dict[str, Any]
) -> None:
    made = await planned(client, cast, training["id"], seats=1)
    await book(client, cast, made["id"], LEARNER)
    second = (await book(client, cast, made["id"], COLLEAGUE)).json()
    with travel(clock.now() + timedelta(days=31), tick=True):
        async with database.transaction() as session:
            for each in await due_sessions(session):
                await follow_session(session, each)
    assert await state(client, cast, second, COLLEAGUE) == "lapsed"


async def test_what_happened_to_a_booking_is_never_changed(database: Database, cast: Cast) -> None:
    with pytest.raises(Exception, match=r"append-only|never|change"):
        async with database.transaction() as session:
            await session.execute(text("UPDATE booking_moves SET cause = 'booked'"))
