"""Topic sessions and working groups over the API: announced, joined once, noted, carried on, closed."""

import asyncio
from typing import Any

import pytest
from httpx2 import AsyncClient
from sqlalchemy import text

from lms.kernel.database import Database
from tests.cast import COLLEAGUE, COORDINATOR, FOCAL_POINT, HR, LEARNER, OTHER_HR, Cast
from tests.focal_points.samples import (
    GROUPS,
    SESSIONS,
    a_session,
    announce,
    end_role,
    let_pass,
    make_focal_point,
)


@pytest.fixture(scope="module", autouse=True)
async def _others(database: Database, cast: Cast) -> None:
    """Two more focal points, one of another organisation."""
    await make_focal_point(database, cast, COLLEAGUE, "uneo-kenya")
    await make_focal_point(database, cast, OTHER_HR, "unro")


async def post(client: AsyncClient, cast: Cast, email: str, path: str, body: Any = None) -> Any:
    return await client.post(path, json=body, headers=cast.token(email))


def said(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


async def test_focal_points_of_all_entities_announce_and_find_sessions(
    client: AsyncClient, cast: Cast
) -> None:
    made = await announce(client, cast, FOCAL_POINT)
    for email in (LEARNER, COORDINATOR):
        assert said(await post(client, cast, email, SESSIONS, a_session())) == (403, "no-focal-point")
        assert (await client.get(SESSIONS, headers=cast.token(email))).json()["items"] == []
        assert (await client.get(f"{SESSIONS}/{made}", headers=cast.token(email))).status_code == 404
    seen = (await client.get(f"{SESSIONS}/{made}", headers=cast.token(OTHER_HR))).json()
    assert (seen["local_time"], seen["time_zone"], seen["starts_at"][11:16]) == (
        "14:00",
        "Africa/Nairobi",
        "11:00",
    )
    assert (seen["joined"], seen["am_in"], seen["host"]["id"]) == (1, False, str(cast.ids[FOCAL_POINT]))
    query = f"{SESSIONS}?topic=legal"
    listed = (await client.get(query, headers=cast.token(OTHER_HR))).json()["items"]
    assert made in [each["id"] for each in listed]
    assert (await client.get(f"{SESSIONS}?topic=finance", headers=cast.token(OTHER_HR))).json()["items"] == []


async def test_the_list_goes_on_where_a_page_ends(client: AsyncClient, cast: Cast) -> None:
    ids = [await announce(client, cast, FOCAL_POINT, local_time=f"1{hour}:15") for hour in (7, 5, 6)]
    hers = cast.token(COLLEAGUE)
    walked, cursor = [], ""
    while cursor is not None:
        page = (await client.get(f"{SESSIONS}?limit=1{cursor}", headers=hers)).json()
        walked += [each["id"] for each in page["items"]]
        cursor = f"&cursor={page['next_cursor']}" if page["next_cursor"] else None
    assert [each for each in walked if each in ids] == [ids[1], ids[2], ids[0]]
    assert len(walked) == len(set(walked))


async def test_bad_sessions_are_refused_at_their_place(client: AsyncClient, cast: Cast) -> None:
    for wrong, problem, place in (
        ({"local_date": "2026-01-01"}, "topic-session-in-the-past", "/local_date"),
        ({"local_date": "0001-01-01"}, "topic-session-in-the-past", "/local_date"),
        ({"local_date": "9999-12-31"}, "topic-session-too-far-ahead", "/local_date"),
        (
            {"local_date": "2027-03-28", "local_time": "02:30", "time_zone": "Europe/Paris"},
            "time-skipped",
            "/local_time",
        ),
        (
            {"local_date": "2027-10-31", "local_time": "02:30", "time_zone": "Europe/Paris"},
            "time-twice",
            "/local_time",
        ),
        ({"time_zone": "Nairobi"}, "invalid", "/time_zone"),
        ({"local_time": "25:00"}, "invalid", "/local_time"),
        ({"topic": "gold"}, "bad-topic-session", "/topic"),
        ({"link": None}, "bad-topic-session", "/link"),
        ({"minutes": 0}, "invalid", "/minutes"),
    ):
        answer = await post(client, cast, FOCAL_POINT, SESSIONS, a_session(**wrong))
        assert said(answer) == (422, problem), (wrong, answer.text)
        assert [each["pointer"] for each in answer.json()["errors"]] == [place], wrong


async def test_joining_twice_is_refused_however_often_it_is_sent_at_once(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    made = await announce(client, cast, FOCAL_POINT)
    path = f"{SESSIONS}/{made}"
    answers = await asyncio.gather(*(post(client, cast, COLLEAGUE, f"{path}/join") for _ in range(5)))
    assert sorted(each.status_code for each in answers) == [200, 409, 409, 409, 409]
    assert said(next(each for each in answers if each.status_code == 409)) == (409, "joined-already")
    assert (await client.get(path, headers=cast.token(COLLEAGUE))).json()["joined"] == 2
    assert said(await post(client, cast, FOCAL_POINT, f"{path}/join")) == (409, "joined-already")
    assert said(await post(client, cast, FOCAL_POINT, f"{path}/leave")) == (409, "host-stays")
    assert said(await post(client, cast, OTHER_HR, f"{path}/leave")) == (409, "not-joined")
    assert (await post(client, cast, COLLEAGUE, f"{path}/leave")).json()["am_in"] is False
    assert (await post(client, cast, COLLEAGUE, f"{path}/join")).json()["am_in"] is True


async def test_a_session_that_is_called_off_or_over_is_closed(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    off, over = await announce(client, cast, FOCAL_POINT), await announce(client, cast, FOCAL_POINT)
    assert said(await post(client, cast, COLLEAGUE, f"{SESSIONS}/{off}/call-off")) == (403, "no-focal-point")
    assert (await post(client, cast, FOCAL_POINT, f"{SESSIONS}/{off}/call-off")).json()[
        "state"
    ] == "called_off"
    await let_pass(database, over)
    for each in (off, over):
        for act in ("join", "leave", "call-off"):
            email = FOCAL_POINT if act == "call-off" else COLLEAGUE
            answer = await post(client, cast, email, f"{SESSIONS}/{each}/{act}")
            assert said(answer) == (409, "topic-session-closed"), (each, act)
    past = (await client.get(f"{SESSIONS}?when=past", headers=cast.token(COLLEAGUE))).json()["items"]
    assert over in [each["id"] for each in past]
    carried = await post(
        client, cast, FOCAL_POINT, f"{SESSIONS}/{off}/carry-on", {"title": "T", "purpose": "P"}
    )
    assert said(carried) == (409, "topic-session-closed")


async def test_after_a_session_come_notes_and_a_group_of_those_who_came(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    made = await announce(client, cast, FOCAL_POINT)
    path, group = f"{SESSIONS}/{made}", {"title": "Data clauses", "purpose": "One clause for all of us"}
    for email in (COLLEAGUE, OTHER_HR):
        assert (await post(client, cast, email, f"{path}/join")).status_code == 200
    notes = {"notes": "Three clauses were compared.", "came": [str(cast.ids[COLLEAGUE])]}
    point = cast.token(FOCAL_POINT)
    assert said(await client.put(f"{path}/notes", json=notes, headers=point)) == (
        409,
        "topic-session-not-over",
    )
    assert said(await post(client, cast, FOCAL_POINT, f"{path}/carry-on", group)) == (
        409,
        "topic-session-not-over",
    )
    await let_pass(database, made)
    assert (await client.put(f"{path}/notes", json=notes, headers=cast.token(COLLEAGUE))).status_code == 403
    stranger = notes | {"came": [str(cast.ids[LEARNER])]}
    refused = await client.put(f"{path}/notes", json=stranger, headers=point)
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/came/0"]
    noted = (await client.put(f"{path}/notes", json=notes, headers=point)).json()
    came = {each["id"]: each["came"] for each in noted["people"]}
    assert came == {
        str(cast.ids[COLLEAGUE]): True,
        str(cast.ids[OTHER_HR]): False,
        str(cast.ids[FOCAL_POINT]): False,
    }
    await make_focal_point(database, cast, HR, "uneo")
    assert said(await post(client, cast, HR, f"{path}/carry-on", group)) == (409, "not-joined")
    await end_role(database, cast, HR)
    carried = await post(client, cast, FOCAL_POINT, f"{path}/carry-on", group)
    assert carried.status_code == 201, carried.text
    assert {each["id"] for each in carried.json()["people"]} == {
        str(cast.ids[COLLEAGUE]),
        str(cast.ids[FOCAL_POINT]),
    }
    assert said(await post(client, cast, COLLEAGUE, f"{path}/carry-on", group)) == (409, "carried-on")
    first = (await client.get(f"{SESSIONS}?when=past&group={carried.json()['id']}", headers=point)).json()[
        "items"
    ]
    assert [each["id"] for each in first] == [made]


async def test_a_group_meets_grows_and_ends(client: AsyncClient, database: Database, cast: Cast) -> None:
    made = await announce(client, cast, FOCAL_POINT)
    await post(client, cast, COLLEAGUE, f"{SESSIONS}/{made}/join")
    await let_pass(database, made)
    group = {"title": "Prices", "purpose": "Compare what partners quote"}
    carried = await post(client, cast, COLLEAGUE, f"{SESSIONS}/{made}/carry-on", group)
    assert (carried.json()["members"], carried.json()["am_in"]) == (2, True)  # nobody noted who came
    key = carried.json()["id"]
    path = f"{GROUPS}/{key}"
    outside = await post(client, cast, OTHER_HR, SESSIONS, a_session(group=key))
    assert said(outside) == (403, "not-of-working-group")
    meeting = await announce(client, cast, FOCAL_POINT, group=key)
    assert said(await post(client, cast, OTHER_HR, f"{SESSIONS}/{meeting}/join")) == (
        403,
        "not-of-working-group",
    )
    assert (await post(client, cast, OTHER_HR, f"{path}/join")).json()["members"] == 3
    assert said(await post(client, cast, OTHER_HR, f"{path}/join")) == (409, "joined-already")
    assert (await post(client, cast, OTHER_HR, f"{SESSIONS}/{meeting}/join")).status_code == 200
    assert (await post(client, cast, OTHER_HR, f"{path}/leave")).json()["members"] == 2
    assert (await client.get(f"{SESSIONS}/{meeting}", headers=cast.token(OTHER_HR))).json()["am_in"] is False
    assert said(await post(client, cast, OTHER_HR, f"{path}/close", {"outcome": "Done"})) == (
        403,
        "not-of-working-group",
    )
    closed = (await post(client, cast, COLLEAGUE, f"{path}/close", {"outcome": "A table of prices."})).json()
    assert (closed["state"], closed["outcome"]) == ("closed", "A table of prices.")
    off = (await client.get(f"{SESSIONS}/{meeting}", headers=cast.token(COLLEAGUE))).json()
    assert off["state"] == "called_off"
    for act, body in (("join", None), ("leave", None), ("close", {"outcome": "Again"})):
        assert said(await post(client, cast, FOCAL_POINT, f"{path}/{act}", body)) == (
            409,
            "working-group-closed",
        )
    late = await post(client, cast, FOCAL_POINT, SESSIONS, a_session(group=key))
    assert said(late) == (409, "working-group-closed")
    for state, wanted in (("open", False), ("closed", True)):
        listed = (await client.get(f"{GROUPS}?state={state}", headers=cast.token(OTHER_HR))).json()["items"]
        assert (key in [each["id"] for each in listed]) is wanted


async def test_whoever_is_no_focal_point_any_more_sees_what_they_took_part_in(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    hers, other = await announce(client, cast, FOCAL_POINT), await announce(client, cast, FOCAL_POINT)
    await post(client, cast, COLLEAGUE, f"{SESSIONS}/{hers}/join")
    await end_role(database, cast, COLLEAGUE)
    token = cast.token(COLLEAGUE)
    assert (await client.get(f"{SESSIONS}/{hers}", headers=token)).status_code == 200
    assert (await client.get(f"{SESSIONS}/{other}", headers=token)).status_code == 404
    listed = {each["id"] for each in (await client.get(SESSIONS, headers=token)).json()["items"]}
    assert hers in listed
    assert other not in listed
    assert said(await post(client, cast, COLLEAGUE, SESSIONS, a_session())) == (403, "no-focal-point")
    assert (await post(client, cast, COLLEAGUE, f"{SESSIONS}/{hers}/leave")).status_code == 200
    await make_focal_point(database, cast, COLLEAGUE, "uneo-kenya")


async def test_events_hold_no_words(client: AsyncClient, database: Database, cast: Cast) -> None:
    async with database.reading() as session:
        told = (
            await session.execute(
                text("SELECT type, data::text AS data FROM events WHERE type LIKE 'focal_points.%'")
            )
        ).all()
    assert {each.type for each in told} >= {
        f"focal_points.{each}"
        for each in (
            "session_announced",
            "session_joined",
            "session_called_off",
            "session_noted",
            "group_formed",
            "group_joined",
            "group_ended",
        )
    }
    assert not [each for each in told if "clause" in each.data.replace("legal", "") or "Prices" in each.data]
