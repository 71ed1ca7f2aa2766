"""Profiles and the directory over the API: what a focal point writes, who finds them, and what is left when it ends."""

from datetime import timedelta
from typing import Any

import pytest
from httpx2 import AsyncClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from lms.kernel import clock
from lms.kernel.database import Database
from tests.cast import (
    ADMIN,
    COLLEAGUE,
    COORDINATOR,
    FOCAL_POINT,
    HR,
    LEARNER,
    OTHER_HR,
    OTHER_LEARNER,
    SENIOR,
    VOLUNTEER,
    Cast,
)
from tests.focal_points.samples import API, ME, end_role, make_focal_point, write_profile
from tests.partners.samples import appoint, make

LIST = f"{API}/focal-points"


async def found(client: AsyncClient, cast: Cast, email: str, query: str = "") -> set[str]:
    answer = await client.get(f"{LIST}?{query}", headers=cast.token(email))
    assert answer.status_code == 200, answer.text
    return {each["person"]["id"] for each in answer.json()["items"]}


def pointers(answer: Any) -> set[str]:
    return {each["pointer"] for each in answer.json()["errors"]}


async def test_a_profile_is_its_person_s_and_changed_by_its_state(client: AsyncClient, cast: Cast) -> None:
    point = cast.token(FOCAL_POINT)
    for email in (LEARNER, ADMIN, SENIOR):
        assert (await client.get(ME, headers=cast.token(email))).status_code == 404
        answer = await client.patch(ME, json={}, headers=cast.token(email) | {"If-Match": "*"})
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/focal-point-not-found")
    empty = await client.get(ME, headers=point)
    assert (empty.json()["share_percent"], empty.headers["etag"]) == (None, '"0"')
    sent = {
        "share_percent": 40, "background": ["banking", "law", "banking"], "sponsor": SENIOR,
        "head_supports": True, "support_words": "She gives me Fridays.", "languages": ["fr", "sw"],
        "topics": ["legal", "legal-instruments"], "wants_sessions": True,
    }  # fmt: skip
    assert (await client.patch(ME, json=sent, headers=point)).status_code == 428
    written = await client.patch(ME, json=sent, headers=point | {"If-Match": '"0"'})
    assert (written.status_code, written.headers["etag"]) == (200, '"1"'), written.text
    assert written.json()["background"] == ["banking", "law"]
    assert written.json()["sponsor"]["id"] == str(cast.ids[SENIOR])
    assert (await client.patch(ME, json={}, headers=point | {"If-Match": '"0"'})).status_code == 412
    kept = await write_profile(client, cast, FOCAL_POINT, share_percent=None)
    assert (kept["share_percent"], kept["languages"]) == (None, ["fr", "sw"])


async def test_bad_profiles_are_refused_at_their_place(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    point = cast.token(FOCAL_POINT) | {"If-Match": "*"}
    for sent, wanted in (
        ({"share_percent": 101}, {"/share_percent"}),
        ({"topics": ["legal", "gold"]}, {"/topics/1"}),
        ({"languages": ["Kiswahili please"]}, {"/languages/0"}),
        ({"sponsor": FOCAL_POINT}, {"/sponsor"}),
        ({"sponsor": "nobody@nowhere.example"}, {"/sponsor"}),
        ({"colour": "red"}, {"/colour"}),
    ):
        answer = await client.patch(ME, json=sent, headers=point)
        assert (answer.status_code, pointers(answer)) == (422, wanted), answer.text


async def test_a_sponsor_who_has_left_is_refused_and_one_who_leaves_is_said(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    await write_profile(client, cast, FOCAL_POINT, sponsor=VOLUNTEER)
    async with database.transaction() as session:
        yesterday = clock.today() - timedelta(days=1)
        statement = "UPDATE affiliations SET until_on = :day WHERE person_id = :person"
        await session.execute(text(statement), {"day": yesterday, "person": cast.ids[VOLUNTEER]})
    own = (await client.get(ME, headers=cast.token(FOCAL_POINT))).json()
    assert (own["sponsor"]["id"], own["sponsor_is_here"]) == (str(cast.ids[VOLUNTEER]), False)
    again = await client.patch(
        ME, json={"sponsor": VOLUNTEER}, headers=cast.token(FOCAL_POINT) | {"If-Match": "*"}
    )
    assert (again.status_code, again.json()["type"], pointers(again)) == (
        422,
        "/problems/bad-sponsor",
        {"/sponsor"},
    )


async def test_exchanges_are_kept_and_what_was_a_mistake_is_withdrawn(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    await make(client, cast, "exchanging")
    point, path = cast.token(FOCAL_POINT), f"{ME}/exchanges"
    sent = {
        "kind": "job_shadowing",
        "partner": "exchanging",
        "from_on": "2026-03-02",
        "until_on": "2026-03-06",
    }
    sent |= {"learned": "How a tender is priced.", "is_two_sided": True}
    ahead = (clock.today() + timedelta(days=1)).isoformat()
    for wrong, wanted in (
        ({"until_on": ahead}, {"/until_on"}),
        ({"until_on": "2026-03-01", "partner": "nobody"}, {"/until_on", "/partner"}),
        ({"kind": "holiday"}, {"/kind"}),
        ({"learned": " "}, {"/learned"}),
    ):
        answer = await client.post(path, json=sent | wrong, headers=point)
        assert (answer.status_code, pointers(answer)) == (422, wanted), answer.text
    made = await client.post(path, json=sent, headers=point)
    assert (made.status_code, made.json()["partner_name"]) == (201, "Exchanging"), made.text
    seen = (await client.get(f"{LIST}/{cast.ids[FOCAL_POINT]}", headers=cast.token(LEARNER))).json()
    assert [each["id"] for each in seen["exchanges"]] == [made.json()["id"]]
    with pytest.raises(DBAPIError, match="append"):
        async with database.transaction() as session:
            await session.execute(text("UPDATE company_exchanges SET kind = 'visit'"))
    gone = f"{path}/{made.json()['id']}"
    await make_focal_point(database, cast, COLLEAGUE, "uneo-kenya")
    assert (await client.delete(gone, headers=cast.token(COLLEAGUE))).status_code == 404
    assert (await client.delete(gone, headers=point)).status_code == 204
    assert (await client.delete(gone, headers=point)).status_code == 404
    assert (await client.get(ME, headers=point)).json()["exchanges"] == []
    await end_role(database, cast, COLLEAGUE)


async def test_the_directory_is_narrowed(client: AsyncClient, database: Database, cast: Cast) -> None:
    await make_focal_point(database, cast, OTHER_HR, "unro")
    await write_profile(client, cast, OTHER_HR, topics=["legal"], languages=["es"], background=["Insurance"])
    await write_profile(client, cast, FOCAL_POINT, topics=["legal-instruments"], languages=["fr"])
    theirs, ours = str(cast.ids[OTHER_HR]), str(cast.ids[FOCAL_POINT])
    for query, wanted in (
        ("", {theirs, ours}),
        ("entity=unro", {theirs}),
        ("entity=uneo", {ours}),
        ("entity=unro-congo", set()),
        ("focus=environment", {ours}),  # of the entity above
        ("focus=humanitarian", {theirs}),
        ("topic=legal", {theirs, ours}),
        ("topic=legal-instruments", {theirs, ours}),
        ("topic=immunities-and-liability", {theirs}),
        ("language=es", {theirs}),
        ("q=insur", {theirs}),
        ("q=mendoza", {theirs}),
        ("q=nkurun&language=es", set()),
        ("q=!!", set()),
    ):
        assert await found(client, cast, LEARNER, query) == wanted, query
    assert (await client.get(f"{LIST}?entity=nothing", headers=cast.token(LEARNER))).status_code == 404
    first = (await client.get(f"{LIST}?limit=1", headers=cast.token(LEARNER))).json()
    assert await found(client, cast, LEARNER, f"limit=1&cursor={first['next_cursor']}") == {theirs, ours} - {
        first["items"][0]["person"]["id"]
    }
    await end_role(database, cast, OTHER_HR)


async def test_partners_see_those_who_agreed_to_it_and_nobody_else(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    """A coordinator of a partner who works for no entity, and a person of a partner who coordinates nothing."""
    await make(client, cast, "looking")
    await appoint(client, cast, "looking", OTHER_LEARNER)
    async with database.transaction() as session:
        statement = "UPDATE affiliations SET until_on = current_date - 1 WHERE person_id = ANY(:people)"
        people = [cast.ids[OTHER_LEARNER], cast.ids["learner.li@demo.example"]]
        await session.execute(text(statement), {"people": people})
    await make_focal_point(database, cast, HR, "uneo")
    await write_profile(client, cast, HR, shown_to_partners=False, sponsor=SENIOR)
    shown = {
        "shown_to_partners": True,
        "sponsor": SENIOR,
        "share_percent": 30,
        "support_words": "She is there.",
    }
    await write_profile(client, cast, FOCAL_POINT, **shown)
    ours, hers = str(cast.ids[FOCAL_POINT]), str(cast.ids[HR])
    assert await found(client, cast, OTHER_LEARNER) == {ours}
    assert await found(client, cast, OTHER_LEARNER, "q=dubois") == set()
    assert await found(client, cast, "learner.li@demo.example") == set()
    assert await found(client, cast, LEARNER) == {ours, hers}
    assert await found(client, cast, COORDINATOR) == {ours, hers}
    partner = cast.token(OTHER_LEARNER)
    assert (await client.get(f"{LIST}/{hers}", headers=partner)).status_code == 404
    one = await client.get(f"{LIST}/{ours}", headers=partner)
    assert (one.status_code, one.json()["sponsor"], one.json()["exchanges"]) == (200, None, [])
    assert "Rajesh" not in one.text
    inside = await client.get(f"{LIST}/{ours}", headers=cast.token(LEARNER))
    assert "Rajesh" in inside.text
    for answer in (one, inside):
        assert not {"share_percent", "head_supports", "support_words"} & set(answer.json())
    await write_profile(client, cast, FOCAL_POINT, shown_to_partners=False)
    assert await found(client, cast, OTHER_LEARNER) == set()
    await end_role(database, cast, HR)


async def test_when_the_role_ends_the_directory_forgets_and_the_person_keeps(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    await make(client, cast, "staying")
    await make_focal_point(database, cast, COLLEAGUE, "uneo-kenya")
    await write_profile(client, cast, COLLEAGUE, share_percent=20)
    sent = {"kind": "visit", "partner": "staying", "from_on": "2026-03-02", "until_on": "2026-03-02"}
    sent |= {"learned": "Their stores are full in June."}
    hers = cast.token(COLLEAGUE)
    assert (await client.post(f"{ME}/exchanges", json=sent, headers=hers)).status_code == 201
    assert str(cast.ids[COLLEAGUE]) in await found(client, cast, LEARNER)
    await end_role(database, cast, COLLEAGUE)
    assert str(cast.ids[COLLEAGUE]) not in await found(client, cast, LEARNER)
    assert (await client.get(f"{LIST}/{cast.ids[COLLEAGUE]}", headers=hers)).status_code == 404
    own = (await client.get(ME, headers=hers)).json()
    assert (own["is_focal_point"], own["share_percent"], len(own["exchanges"])) == (False, 20, 1)
    assert (await write_profile(client, cast, COLLEAGUE, share_percent=10))["share_percent"] == 10


async def test_whoever_left_the_organisation_is_no_focal_point_though_nobody_took_the_role_back(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    leaver = "learner.li@demo.example"
    await make_focal_point(database, cast, leaver, "unro")
    assert str(cast.ids[leaver]) not in await found(client, cast, LEARNER)  # left in a test above


async def test_a_profile_s_change_is_told_without_its_words(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    await write_profile(client, cast, FOCAL_POINT, support_words="Nobody's business.", share_percent=77)
    async with database.reading() as session:
        told = await session.scalar(
            text(
                "SELECT data FROM events WHERE type = 'focal_points.profile_changed' ORDER BY id DESC LIMIT 1"
            )
        )
    assert told == {"fields": ["share_percent", "support_words"]}
