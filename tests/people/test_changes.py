"""Changing people and entities one at a time: by whom, against which state, with what kept."""

import asyncio
from typing import Any

from httpx2 import AsyncClient
from sqlalchemy import text

from lms.kernel.database import Database
from tests.cast import ADMIN, ASSESSOR, COLLEAGUE, HR, LEARNER, OTHER_HR, OTHER_LEARNER, VOLUNTEER, Cast
from tests.people.import_samples import row, taken


async def patch(
    client: AsyncClient, who: dict[str, str], address: str, change: dict[str, Any], match: str | None = "*"
) -> Any:
    headers = who if match is None else {**who, "If-Match": match}
    return await client.patch(f"/api/v1{address}", json=change, headers=headers)


async def test_a_change_names_the_state_it_changes(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    hr, address = cast.token(HR), f"/people/{cast.ids[VOLUNTEER]}"
    read = await client.get(f"/api/v1{address}", headers=hr)
    tag = read.headers["etag"]
    assert (await patch(client, hr, address, {"name": "X"}, None)).status_code == 428
    changed = await patch(client, hr, address, {"name": "Tomás  Ferreira Lima", "gender": "male"}, tag)
    assert (changed.status_code, changed.json()["name"]) == (200, "Tomás Ferreira Lima")
    assert (await patch(client, hr, address, {"name": "Y"}, tag)).status_code == 412
    assert changed.headers["etag"] != tag
    same = await patch(client, hr, address, {"gender": "male"}, changed.headers["etag"])
    assert same.headers["etag"] == changed.headers["etag"]
    async with database.reading() as session:
        kept = (
            await session.execute(
                text("SELECT before, after FROM person_changes WHERE person_id = :id"),
                {"id": cast.ids[VOLUNTEER]},
            )
        ).one()
    assert kept.before == {"name": "Tomás Ferreira", "gender": None}
    assert kept.after == {"name": "Tomás Ferreira Lima", "gender": "male"}
    found = (await client.get("/api/v1/people?q=lima", headers=hr)).json()
    assert [each["name"] for each in found["items"]] == ["Tomás Ferreira Lima"]


async def test_two_changes_to_one_state_do_not_both_succeed(client: AsyncClient, cast: Cast) -> None:
    hr, address = cast.token(HR), f"/people/{cast.ids[COLLEAGUE]}"
    tag = (await client.get(f"/api/v1{address}", headers=hr)).headers["etag"]
    both = await asyncio.gather(
        *(patch(client, hr, address, {"gender": g}, tag) for g in ("female", "other"))
    )
    assert sorted(each.status_code for each in both) == [200, 412]


async def test_who_may_read_and_change_a_person(client: AsyncClient, cast: Cast) -> None:
    mine, theirs = f"/people/{cast.ids[LEARNER]}", f"/people/{cast.ids[OTHER_LEARNER]}"
    for who, address, reads, changes in (
        (LEARNER, mine, 200, 403),
        (LEARNER, theirs, 404, 403),
        (ASSESSOR, mine, 404, 403),
        (HR, theirs, 404, 404),
        (OTHER_HR, theirs, 200, 200),
        (ADMIN, theirs, 200, 200),
    ):
        token = cast.token(who)
        assert (await client.get(f"/api/v1{address}", headers=token)).status_code == reads, who
        assert (await patch(client, token, address, {"modality": None})).status_code == changes, who


async def test_e_mails_stay_apart_and_with_their_accounts(client: AsyncClient, cast: Cast) -> None:
    hr, admin = cast.token(HR), cast.token(ADMIN)
    made = await taken(client, hr, row("x1"), row("x2"))
    address = f"/people/{made['results'][0]['person']['id']}"
    taken_already = await patch(client, hr, address, {"email": "NADIA.x2@people.example"})
    assert (taken_already.status_code, taken_already.json()["type"]) == (409, "/problems/email-taken")
    assert (await patch(client, hr, address, {"email": "x3@people.example"})).status_code == 200
    account = f"/people/{cast.ids[LEARNER]}"
    kept = await patch(client, hr, account, {"email": "mine@people.example"})
    assert (kept.status_code, kept.json()["type"]) == (409, "/problems/email-kept")
    moved = await patch(client, admin, account, {"email": "amina@people.example"})
    assert (moved.status_code, moved.json()["email"]) == (200, "amina@people.example")


async def test_bad_changes_are_named(client: AsyncClient, cast: Cast) -> None:
    address = f"/people/{cast.ids[VOLUNTEER]}"
    for change, pointer in (
        ({"name": None}, "/"),
        ({"name": ""}, "/name"),
        ({"email": "nobody"}, "/email"),
        ({"time_zone": "Mars"}, "/time_zone"),
        ({"language": "de"}, "/language"),
        ({"languages": ["!"]}, "/languages/0"),
        ({"role": "admin"}, "/role"),
    ):
        answer = await patch(client, cast.token(HR), address, change)
        assert answer.status_code == 422, change
        assert [each["pointer"] for each in answer.json()["errors"]] == [pointer], change


async def test_a_person_sets_their_own_language(client: AsyncClient, cast: Cast) -> None:
    mine = cast.token(OTHER_LEARNER)
    change = {"language": "fr", "languages": ["fr", "ar"], "time_zone": "Africa/Kinshasa"}
    answer = await patch(client, mine, "/me", change, None)
    assert (answer.status_code, answer.json()["language"], answer.json()["time_zone"]) == (
        200,
        "fr",
        "Africa/Kinshasa",
    )
    assert (await client.get("/api/v1/me", headers=mine)).json()["language"] == "fr"
    assert (await patch(client, mine, "/me", {"name": "Somebody"}, None)).status_code == 422


async def test_an_absence_without_an_end_is_told_and_breaks_nothing(client: AsyncClient, cast: Cast) -> None:
    """Kept as the last day there is, it would be infinite to the database, which no list could read."""
    address, hr = f"/api/v1/people/{cast.ids[COLLEAGUE]}/absences", cast.token(HR)
    for from_on, until_on, pointer in (
        ("2026-01-01", "9999-12-31", "/until_on"),
        ("0001-01-01", "2026-01-05", "/from_on"),
    ):
        answer = await client.post(address, json={"from_on": from_on, "until_on": until_on}, headers=hr)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/absence-too-far"), answer.text
        assert answer.json()["errors"][0]["pointer"] == pointer


async def test_absences_do_not_overlap_and_keep_no_reason(client: AsyncClient, cast: Cast) -> None:
    address, hr = f"/api/v1/people/{cast.ids[LEARNER]}/absences", cast.token(HR)
    for first, last, status in (
        ("2026-01-05", "2026-02-28", 201),
        ("2026-02-28", "2026-03-10", 409),
        ("2026-03-02", "2026-03-01", 422),
        ("2026-03-01", "2026-03-01", 201),
    ):
        days = {"from_on": first, "until_on": last}
        assert (await client.post(address, json=days, headers=hr)).status_code == status
    days = {"from_on": "2027-01-05", "until_on": "2027-01-06"}
    assert (await client.post(address, json=days | {"reason": "ill"}, headers=hr)).status_code == 422
    assert (await client.post(address, json=days, headers=cast.token(OTHER_HR))).status_code == 404
    assert (await client.post(address, json=days, headers=cast.token(LEARNER))).status_code == 403


async def test_entities_are_made_changed_and_moved(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    admin = cast.token(ADMIN)
    new = {"key": "y-regional", "name": "Regional", "kind": "regional_office", "parent": "uneo"}
    assert (await client.post("/api/v1/entities", json=new, headers=admin)).status_code == 201
    assert (await client.post("/api/v1/entities", json=new, headers=admin)).status_code == 409
    below = {"key": "y-country", "name": "Country", "kind": "country_office", "parent": "y-regional"}
    assert (await client.post("/api/v1/entities", json=below, headers=admin)).status_code == 201
    assert (await client.post("/api/v1/entities", json=below, headers=cast.token(HR))).status_code == 403

    tag = (await client.get("/api/v1/entities/y-regional", headers=admin)).headers["etag"]
    address = "/entities/y-regional"
    loop = await patch(client, admin, address, {"parent": "y-country"}, tag)
    assert (loop.status_code, loop.json()["type"]) == (422, "/problems/entity-loop")
    assert (await patch(client, admin, address, {"parent": "y-regional"}, tag)).status_code == 422
    assert (await patch(client, admin, address, {"parent": "nowhere"}, tag)).status_code == 404
    moved = await patch(client, admin, address, {"parent": "unro", "name": "Moved"}, tag)
    assert (moved.status_code, moved.json()["path"]) == (200, "/unro/y-regional/")
    assert (await patch(client, admin, address, {"name": "Again"}, tag)).status_code == 412
    country = (await client.get("/api/v1/entities/y-country", headers=admin)).json()
    assert country["path"] == "/unro/y-regional/y-country/"
    top = await patch(client, admin, address, {"parent": None})
    assert top.json()["path"] == "/y-regional/"
    async with database.reading() as session:
        told = (
            await session.scalars(
                text("SELECT data FROM events WHERE type = 'people.entity_changed' ORDER BY id")
            )
        ).all()
    assert [each["after"].get("path") for each in told if each["key"] == "y-regional"] == [
        None,
        "/unro/y-regional/",
        "/y-regional/",
    ]
    assert all(each["on"] for each in told)
