"""Sessions over the API: planned in local time, moved with their seats, cancelled for everybody."""

from typing import Any

import pytest
from httpx2 import AsyncClient
from sqlalchemy import text

from lms.joint_trainings.service.moves import begin_due
from lms.kernel.database import Database
from tests.cast import COLLEAGUE, COORDINATOR, FOCAL_POINT, LEARNER, OTHER_LEARNER, Cast
from tests.joint_trainings.samples import (
    API,
    book,
    in_days,
    move,
    planned,
    propose,
    published,
    session_values,
)

SESSIONS = "/api/v1/sessions"


async def change(
    client: AsyncClient, cast: Cast, session_id: str, by: str = FOCAL_POINT, **values: Any
) -> Any:
    headers = cast.token(by)
    seen = await client.get(f"{SESSIONS}/{session_id}", headers=headers)
    match = {"If-Match": seen.headers.get("ETag", '"0"')}
    return await client.patch(f"{SESSIONS}/{session_id}", json=values, headers=headers | match)


def pointers(answer: Any) -> set[str]:
    return {each["pointer"] for each in answer.json()["errors"]}


async def test_a_moment_follows_from_day_time_and_zone(client: AsyncClient, cast: Cast) -> None:
    training = await propose(client, cast)
    made = await planned(client, cast, training["id"], local_on="2027-01-20")
    assert (made["starts_at"], made["ends_at"]) == ("2027-01-20T06:00:00Z", "2027-01-20T09:00:00Z")
    assert made["local_at"] == "09:00:00" and made["link"] == "https://meet.example/first"


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({"zone": "Europe/Paris", "local_on": "2027-03-28", "local_at": "02:30"}, "/local_at"),
        ({"zone": "Europe/Paris", "local_on": "2027-10-31", "local_at": "02:30"}, "/fold"),
        ({"zone": "Mars/Olympus"}, "/zone"),
        ({"local_on": "2026-01-01"}, "/local_on"),
        ({"title": " "}, "/title"),
        ({"place": None, "link": None}, "/place"),
        ({"local_at": "09:00:30"}, "/local_at"),
        ({"local_at": "09:00+02:00"}, "/local_at"),
        ({"minutes": 0}, "/minutes"),
        ({"release_on": "2030-01-01"}, "/release_on"),
        ({"quotas": [{"host": "0199a000-0000-7000-8000-000000000000", "seats": 1}]}, "/quotas/0"),
    ],
)
async def test_what_is_wrong_is_said_by_its_place(
    client: AsyncClient, cast: Cast, values: dict[str, Any], place: str
) -> None:
    training = await propose(client, cast)
    address = f"{API}/{training['id']}/sessions"
    answer = await client.post(address, json=session_values(**values), headers=cast.token(FOCAL_POINT))
    assert (answer.status_code, pointers(answer)) == (422, {place}), answer.text


async def test_a_time_that_comes_twice_is_taken_with_fold(client: AsyncClient, cast: Cast) -> None:
    training = await propose(client, cast)
    when = {"zone": "Europe/Paris", "local_on": "2027-10-31", "local_at": "02:30"}
    first = await planned(client, cast, training["id"], **when, fold=0)
    second = await planned(client, cast, training["id"], **when, fold=1)
    assert (first["starts_at"], second["starts_at"]) == ("2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z")
    kept = await change(client, cast, second["id"], title="Renamed")
    assert kept.json()["starts_at"] == "2027-10-31T01:30:00Z", "another title leaves the time alone"


async def test_more_quotas_than_seats(client: AsyncClient, cast: Cast) -> None:
    training = await propose(client, cast)
    quotas = [{"host": host["id"], "seats": 2} for host in training["hosts"]]
    address = f"{API}/{training['id']}/sessions"
    sent = session_values(quotas=quotas, seats=3)
    answer = await client.post(address, json=sent, headers=cast.token(FOCAL_POINT))
    assert (answer.status_code, pointers(answer)) == (422, {"/quotas"})


async def test_who_may_plan_and_who_may_see(client: AsyncClient, cast: Cast) -> None:
    training = await propose(client, cast)
    address = f"{API}/{training['id']}/sessions"
    for email, status in ((LEARNER, 403), (OTHER_LEARNER, 403), (COORDINATOR, 201)):
        answer = await client.post(address, json=session_values(), headers=cast.token(email))
        assert answer.status_code == status, email
    made = answer.json()
    unseen = await client.get(f"{SESSIONS}/{made['id']}", headers=cast.token(LEARNER))
    assert unseen.status_code == 404, "a draft is open to nobody"
    assert (await client.get(address, headers=cast.token(FOCAL_POINT))).json()[0]["id"] == made["id"]


async def test_a_moved_session_keeps_its_seats_and_raises_its_sequence(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    training = await published(client, cast, every_session=False)
    made = await planned(client, cast, training["id"])
    assert (await book(client, cast, made["id"], LEARNER)).json()["state"] == "seated"
    moved = await change(client, cast, made["id"], local_on=in_days(31).isoformat(), zone="Asia/Kathmandu")
    assert moved.status_code == 200, moved.text
    assert (moved.json()["sequence"], moved.json()["taken"]) == (1, 1)
    seats = await change(client, cast, made["id"], seats=5)
    assert seats.json()["sequence"] == 1, "more seats change nobody's calendar"
    fewer = await change(client, cast, made["id"], local_on="2020-01-01")
    assert pointers(fewer) == {"/local_on"}
    same = await change(client, cast, made["id"], title=made["title"])
    assert same.json()["sequence"] == 1
    stale = cast.token(FOCAL_POINT) | {"If-Match": '"1"'}
    answer = await client.patch(f"{SESSIONS}/{made['id']}", json={"title": "Other"}, headers=stale)
    assert answer.status_code == 412


async def test_a_cancelled_session_lets_everybody_go(client: AsyncClient, cast: Cast) -> None:
    training = await published(client, cast, every_session=False)
    made = await planned(client, cast, training["id"])
    booking = (await book(client, cast, made["id"], LEARNER)).json()
    address = f"{SESSIONS}/{made['id']}/cancellation"
    assert (await client.post(address, json={"reason": "x"}, headers=cast.token(LEARNER))).status_code == 403
    for _ in range(2):
        answer = await client.post(address, json={"reason": "Flood."}, headers=cast.token(FOCAL_POINT))
        assert answer.json()["cancelled_reason"] == "Flood." and answer.json()["sequence"] == 1
    read = await client.get(f"/api/v1/bookings/{booking['id']}", headers=cast.token(LEARNER))
    assert read.json()["state"] == "lapsed"
    assert (await book(client, cast, made["id"], COLLEAGUE)).status_code == 409
    assert (await change(client, cast, made["id"], title="Back")).status_code == 409


async def test_a_cancelled_training_cancels_what_is_to_come(client: AsyncClient, cast: Cast) -> None:
    training = await published(client, cast)
    made = await planned(client, cast, training["id"])
    booking = (await book(client, cast, made["id"], LEARNER)).json()
    assert (await move(client, cast, training["id"], "cancelled")).status_code == 201
    read = await client.get(f"{SESSIONS}/{made['id']}", headers=cast.token(FOCAL_POINT))
    assert read.json()["cancelled_at"]
    own = await client.get(f"/api/v1/bookings/{booking['id']}", headers=cast.token(LEARNER))
    assert own.json()["state"] == "lapsed"


async def test_facilitators_are_named_by_their_own_host(client: AsyncClient, cast: Cast) -> None:
    training = await published(client, cast)
    made = await planned(client, cast, training["id"])
    address = f"{SESSIONS}/{made['id']}/facilitators"
    for person, status in ((COLLEAGUE, 201), (COLLEAGUE, 201), ("nobody@x.example", 403)):
        answer = await client.post(address, json={"person": person}, headers=cast.token(FOCAL_POINT))
        assert answer.status_code == status, answer.text
    other = await client.post(address, json={"person": OTHER_LEARNER}, headers=cast.token(FOCAL_POINT))
    assert (other.status_code, pointers(other)) == (403, {"/person"}), "the other host names its own"
    seen = (await client.get(f"{SESSIONS}/{made['id']}", headers=cast.token(LEARNER))).json()
    assert seen["facilitators"][0]["person"] is None, "who did not consent is not named"
    mine = await client.put(
        f"/api/v1/me/facilitation/{made['id']}", json={"may_be_named": True}, headers=cast.token(COLLEAGUE)
    )
    assert mine.json()["link"] == "https://meet.example/first", "who leads it finds the way in"
    seen = (await client.get(f"{SESSIONS}/{made['id']}", headers=cast.token(LEARNER))).json()
    assert seen["facilitators"][0]["person"] and seen["link"] is None and seen["by_host"] == []
    gone = f"{address}/{cast.ids[COLLEAGUE]}"
    assert (await client.delete(gone, headers=cast.token(FOCAL_POINT))).status_code == 204
    assert (await client.delete(gone, headers=cast.token(FOCAL_POINT))).status_code == 404


async def test_sessions_are_content_and_say_when_a_training_begins_and_ends(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    training = await propose(client, cast, course=None)
    assert "/course" in pointers(await move(client, cast, training["id"], "published"))
    made = await planned(client, cast, training["id"])
    for host in training["hosts"]:
        accept = f"{API}/{training['id']}/hosts/{host['id']}/acceptance"
        await client.post(accept, headers=cast.token(COORDINATOR))
    assert (await move(client, cast, training["id"], "published")).status_code == 201
    assert (await move(client, cast, training["id"], "running")).status_code == 409
    begun = (
        "UPDATE training_sessions SET starts_at = now() - interval '2 hours', ends_at = now() + interval {}"
        " WHERE id = '{}'"
    )
    async with database.transaction() as session:
        await session.execute(text(begun.format("'1 hour'", made["id"])))
        assert training["id"] in {str(each) for each in await begin_due(session)}
    refused = await move(client, cast, training["id"], "closed")
    assert (refused.status_code, pointers(refused)) == (409, {"/ends_on"})
    async with database.transaction() as session:
        await session.execute(text(begun.format("'-1 hour'", made["id"])))
    assert (await move(client, cast, training["id"], "closed")).status_code == 201
