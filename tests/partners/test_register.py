"""The register over the API: who keeps it, who reads it, what a partner corrects, and what is left of a change."""

import time
from typing import Any

import pytest
from httpx2 import AsyncClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from lms.kernel.database import Database
from lms.partners.domain.register import COUNTRIES, key_for
from tests.cast import ADMIN, COLLEAGUE, COORDINATOR, FOCAL_POINT, LEARNER, OTHER_LEARNER, SENIOR, Cast
from tests.partners.samples import API, appoint, make


async def pointers(answer: Any) -> set[str]:
    return {each["pointer"] for each in answer.json()["errors"]}


@given(st.lists(st.text(max_size=12), max_size=6))
def test_a_key_made_of_a_name_is_a_key_and_free(names: list[str]) -> None:
    taken: set[str] = set()
    for name in names:
        key = key_for(name, taken)
        assert key not in taken
        assert all(part.isascii() and part.isalnum() and part == part.lower() for part in key.split("-"))
        taken.add(key)


def test_countries_are_those_of_iso_3166() -> None:
    assert {"KE", "FR", "CI", "TL"} <= COUNTRIES
    assert not {"EU", "UN", "XK", "ZZ"} & COUNTRIES
    assert len(COUNTRIES) == 249


async def test_who_makes_a_partner_and_who_reads_it(client: AsyncClient, cast: Cast) -> None:
    sent = {"name": "Énergie  Solaire du Sahel", "kind": "company", "sector": "energy", "country": "ML"}
    for email, status in ((LEARNER, 403), (SENIOR, 403), (FOCAL_POINT, 201), (COORDINATOR, 201)):
        answer = await client.post(API, json=sent, headers=cast.token(email))
        assert answer.status_code == status, (email, answer.text)
    made = answer.json()
    assert (made["key"], made["name"]) == ("energie-solaire-du-sahel-2", "Énergie Solaire du Sahel")
    for email, status in ((LEARNER, 403), (SENIOR, 200), (FOCAL_POINT, 200), (ADMIN, 200)):
        assert (await client.get(f"{API}/{made['key']}", headers=cast.token(email))).status_code == status


async def test_bad_input_is_said_by_its_place(client: AsyncClient, cast: Cast) -> None:
    bad = {
        "name": "X", "kind": "company", "sector": "gold", "country": "XX", "website": "ftp://x",
        "participation_checked_on": "2026-13-01", "colour": "red",
    }  # fmt: skip
    answer = await client.post(API, json=bad, headers=cast.token(ADMIN))
    wanted = {"/sector", "/country", "/website", "/participation_checked_on", "/colour"}
    assert (answer.status_code, await pointers(answer)) == (422, wanted)
    ahead = {"name": "X", "kind": "company", "committed_on": "2199-01-01", "parent": "nobody"}
    assert await pointers(await client.post(API, json=ahead, headers=cast.token(ADMIN))) == {"/committed_on"}
    del ahead["committed_on"]
    assert await pointers(await client.post(API, json=ahead, headers=cast.token(ADMIN))) == {"/parent"}
    await make(client, cast, "taken-key", participation_id="9001")
    for again, pointer in (
        ({"key": "taken-key"}, "/key"),
        ({"participation_id": "9001"}, "/participation_id"),
    ):
        answer = await client.post(
            API, json={"name": "Y", "kind": "company", **again}, headers=cast.token(ADMIN)
        )
        assert (answer.status_code, await pointers(answer)) == (409, {pointer})


async def test_a_change_names_the_state_it_changes_and_leaves_its_before(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    await make(client, cast, "changing", sector="energy")
    await make(client, cast, "holding")
    point, path = cast.token(FOCAL_POINT), f"{API}/changing"
    tag = (await client.get(path, headers=point)).headers["etag"]
    change = {"sector": "health", "parent": "holding", "committed_on": "2026-02-03"}
    assert (await client.patch(path, json=change, headers=point)).status_code == 428
    changed = await client.patch(path, json=change, headers=point | {"If-Match": tag})
    assert (changed.status_code, changed.json()["parent"]) == (200, "holding")
    assert (
        await client.patch(path, json={"sector": "energy"}, headers=point | {"If-Match": tag})
    ).status_code == 412
    same = await client.patch(path, json=change, headers=point | {"If-Match": changed.headers["etag"]})
    assert same.headers["etag"] == changed.headers["etag"]
    items = (await client.get(f"{path}/changes", headers=point)).json()["items"]
    assert len(items) == 2
    assert items[0]["before"] == {"sector": "energy", "parent": None, "committed_on": None}
    assert items[0]["after"] == change
    assert items[0]["actor"]["id"] == str(cast.ids[FOCAL_POINT])
    async with database.reading() as session:
        told = await session.scalar(
            text("SELECT data FROM events WHERE type = 'partners.partner_changed' ORDER BY id DESC LIMIT 1")
        )
    assert told == {"part": "profile", "fields": ["committed_on", "parent", "sector"]}


async def test_a_group_has_no_loop(client: AsyncClient, cast: Cast) -> None:
    await make(client, cast, "loop-top")
    await make(client, cast, "loop-mid", parent="loop-top")
    await make(client, cast, "loop-low", parent="loop-mid")
    for parent in ("loop-low", "loop-top"):
        answer = await client.patch(
            f"{API}/loop-top", json={"parent": parent}, headers=cast.token(ADMIN) | {"If-Match": "*"}
        )
        assert (answer.status_code, await pointers(answer)) == (422, {"/parent"})


async def test_contacts_come_and_go_and_stay_among_the_changes(client: AsyncClient, cast: Cast) -> None:
    await make(client, cast, "spoken-to")
    point, path = cast.token(FOCAL_POINT), f"{API}/spoken-to"
    sent = {"name": "Amara Diallo", "email": "amara@x.example"}
    contact = (await client.post(f"{path}/contacts", json=sent, headers=point)).json()
    assert (await client.get(path, headers=point)).json()["contacts"] == [contact]
    await make(client, cast, "not-theirs")
    wrong = await client.delete(f"{API}/not-theirs/contacts/{contact['id']}", headers=point)
    assert wrong.status_code == 404
    assert (await client.delete(f"{path}/contacts/{contact['id']}", headers=point)).status_code == 204
    assert (await client.get(path, headers=point)).json()["contacts"] == []
    gone = (await client.get(f"{path}/changes", headers=point)).json()["items"][0]
    assert (gone["part"], gone["part_id"], gone["before"], gone["after"]) == (
        "contact",
        contact["id"],
        sent,
        {},
    )


async def test_a_contact_changes_in_its_place_and_leaves_its_before(client: AsyncClient, cast: Cast) -> None:
    await make(client, cast, "renamed")
    point, path = cast.token(FOCAL_POINT), f"{API}/renamed/contacts"
    sent = {"name": "Amara Diallo", "email": "amara@x.example"}
    path = f"{path}/{(await client.post(path, json=sent, headers=point)).json()['id']}"
    tag = (await client.get(path, headers=point)).headers["etag"]
    change = {"email": None, "phone": "+221 77 000"}
    assert (await client.patch(path, json=change, headers=point)).status_code == 428
    changed = await client.patch(path, json=change, headers=point | {"If-Match": tag})
    assert (changed.status_code, changed.json()["phone"], changed.json()["email"]) == (
        200,
        "+221 77 000",
        None,
    )
    assert (await client.patch(path, json=change, headers=point | {"If-Match": tag})).status_code == 412
    empty = await client.patch(path, json={"name": None}, headers=point | {"If-Match": "*"})
    assert empty.status_code == 422
    newest = (await client.get(f"{API}/renamed/changes", headers=point)).json()["items"][0]
    assert newest["before"] == {"email": "amara@x.example", "phone": None}
    await make(client, cast, "elsewhere")
    wrong = path.replace("renamed", "elsewhere")
    assert (await client.patch(wrong, json=change, headers=point | {"If-Match": "*"})).status_code == 404
    assert (await client.get(path, headers=cast.token(LEARNER))).status_code == 403


async def test_an_agreement_and_its_document(client: AsyncClient, cast: Cast) -> None:
    await make(client, cast, "signing")
    await appoint(client, cast, "signing", OTHER_LEARNER)
    point, path = cast.token(FOCAL_POINT), f"{API}/signing/agreements"
    sent = {"entity": "uneo-africa", "kind": "memorandum", "version": "2025-3", "signed_on": "2026-01-10"}
    file = {"file": ("memorandum.txt", b"We agree.", "text/plain")}
    far = await client.post(path, data=sent | {"entity": "unro"}, headers=point)
    assert far.status_code == 404  # not an entity for which this focal point keeps the register
    early = await client.post(path, data=sent | {"until_on": "2025-01-01"}, headers=point)
    assert (early.status_code, await pointers(early)) == (422, {"/until_on"})
    unknown = await client.post(path, data=sent | {"managed_by": "no@one.example"}, headers=point)
    assert (unknown.status_code, await pointers(unknown)) == (404, {"/managed_by"})
    made = await client.post(path, data=sent | {"managed_by": COLLEAGUE}, files=file, headers=point)
    assert (made.status_code, made.json()["file_name"]) == (201, "memorandum.txt"), made.text
    assert made.json()["managed_by"]["id"] == str(cast.ids[COLLEAGUE])
    document = f"{path}/{made.json()['id']}/file"
    for email, status in (
        (FOCAL_POINT, 200),
        (OTHER_LEARNER, 200),
        (SENIOR, 200),
        ("assessor.relief@demo.example", 404),
    ):
        answer = await client.get(document, headers=cast.token(email))
        assert answer.status_code == status, (email, answer.text)
        if status == 200:
            assert answer.headers["content-disposition"].startswith("attachment")
            assert answer.content == b"We agree."
    own = (await client.get(f"{API}/signing", headers=cast.token(OTHER_LEARNER))).json()
    assert own["agreements"][0]["managed_by"] is None
    ended = await client.patch(
        f"{path}/{made.json()['id']}", json={"until_on": "2026-12-31"}, headers=point | {"If-Match": '"1"'}
    )
    assert (ended.status_code, ended.json()["until_on"], ended.headers["etag"]) == (200, "2026-12-31", '"2"')


async def test_a_partner_sees_and_corrects_its_own_profile_and_nothing_else(
    client: AsyncClient, cast: Cast
) -> None:
    await make(client, cast, "mine", country="KE")
    await make(client, cast, "theirs")
    grant = await appoint(client, cast, "mine", OTHER_LEARNER)
    hers = cast.token(OTHER_LEARNER) | {"If-Match": "*"}
    seen = (await client.get(API, headers=hers)).json()["items"]
    assert [each["key"] for each in seen if each["key"] in ("mine", "theirs")] == ["mine"]
    assert (await client.get(f"{API}/theirs", headers=hers)).status_code == 404
    assert (await client.patch(f"{API}/theirs", json={"name": "X"}, headers=hers)).status_code == 404
    fixed = await client.patch(f"{API}/mine", json={"country": "UG", "about": "We sell seed."}, headers=hers)
    assert (fixed.status_code, fixed.json()["country"]) == (200, "UG")
    beyond = await client.patch(
        f"{API}/mine", json={"participation_status": "active", "parent": "theirs", "name": "M"}, headers=hers
    )
    assert (beyond.status_code, await pointers(beyond)) == (403, {"/participation_status", "/parent"})
    for path in ("mine/changes", "mine/contacts", "mine/coordinators"):
        method, body = (
            ("GET", None) if path.endswith("changes") else ("POST", {"name": "N", "person": "a@b.example"})
        )
        assert (await client.request(method, f"{API}/{path}", json=body, headers=hers)).status_code in (
            403,
            422,
        )
    point = await client.post(
        f"{API}/mine/coordinators", json={"person": COLLEAGUE}, headers=cast.token(FOCAL_POINT)
    )
    assert point.status_code == 403  # a focal point of one entity appoints nobody
    ended = await client.delete(f"{API}/mine/coordinators/{grant}", headers=cast.token(COORDINATOR))
    assert ended.status_code == 204
    assert (await client.get(f"{API}/mine", headers=hers)).status_code == (404 if seen[1:] else 403)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("q=kiwi fili", ["kiwi-filière"]),
        ("q=kiwi&sector=energy", ["kiwi-one"]),
        ("q=kiwi&country=FR", ["kiwi-filière"]),
        ("q=kiwi&kind=foundation", ["kiwi-one"]),
        ("q=kiwi&participation=active", ["kiwi-filière"]),
        ("q=77001", ["kiwi-filière"]),
        ("q=!!", []),
    ],
)
async def test_the_list_is_narrowed(client: AsyncClient, cast: Cast, query: str, wanted: list[str]) -> None:
    admin = cast.token(ADMIN)
    if not (await client.get(f"{API}?q=kiwi", headers=admin)).json()["items"]:
        await make(client, cast, "kiwi-one", sector="energy", kind="foundation")
        await make(
            client, cast, "kiwi-filiere", name="Kiwi Filière", country="FR", participation_status="active",
            participation_id="77001",
        )  # fmt: skip
    answer = await client.get(f"{API}?{query}", headers=admin)
    assert [each["key"] for each in answer.json()["items"]] == [each.replace("è", "e") for each in wanted]


async def test_a_page_of_twenty_thousand_partners_takes_less_than_fifty_milliseconds(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    async with database.transaction() as session:
        await session.execute(
            text(
                """INSERT INTO partners (id, key, name, sort_key, search_words, kind, sector, country,
                                         revision, created_at)
                   SELECT gen_random_uuid(), 'many-' || n, 'Many ' || n, 'many ' || n,
                          array_to_tsvector(ARRAY['many', n::text]), 'company',
                          CASE n % 3 WHEN 0 THEN 'energy' ELSE 'health' END, CASE n % 50 WHEN 0 THEN 'KE' ELSE 'FR' END,
                          1, now() FROM generate_series(1, 20000) n"""
            )
        )
        await session.execute(text("ANALYZE partners"))
    admin = cast.token(ADMIN)
    first = (await client.get(f"{API}?q=many&limit=200", headers=admin)).json()
    for query in (
        "limit=50",
        "sector=energy",
        "country=KE&sector=energy",
        "q=many 77",
        f"cursor={first['next_cursor']}&q=many&limit=200",
    ):
        took = []
        for _ in range(5):
            begun = time.perf_counter()
            answer = await client.get(f"{API}?{query}", headers=admin)
            took.append(time.perf_counter() - begun)
            assert answer.status_code == 200, answer.text
        assert min(took) < 0.05, (query, took)
