"""Needs and offers over the API: who posts, who sees, what fits, and how two become a draft joint training."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from httpx2 import AsyncClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from time_machine import travel

from lms.kernel import clock
from lms.kernel.database import Database
from tests.cast import ASSESSOR, COLLEAGUE, COORDINATOR, FOCAL_POINT, LEARNER, SENIOR, SUPERVISOR, Cast
from tests.joint_trainings.exchange_samples import (
    SAID,
    V1,
    introduced,
    need,
    offer,
    written,
)
from tests.joint_trainings.samples import AFRICA, RELIEF, in_days
from tests.partners.samples import appoint, grant, make

BAOBAB, MERIDIAN = "baobab-law", "meridian-books"
THEIRS, OTHERS = COLLEAGUE, SUPERVISOR  # who coordinate the two partners
RELIEFS = ASSESSOR  # focal point of the relief organisation


@pytest.fixture(scope="module", autouse=True)
async def sides(client: AsyncClient, cast: Cast, database: Database) -> None:
    """Two partners with a coordinator each, and a second focal point."""
    for key, email in ((BAOBAB, THEIRS), (MERIDIAN, OTHERS)):
        await make(client, cast, key)
        await appoint(client, cast, key, email)
    await grant(database, cast, RELIEFS, "focal_point", RELIEF)


def pointers(answer: Any) -> set[str]:
    return {each["pointer"] for each in answer.json()["errors"]}


async def ids(client: AsyncClient, cast: Cast, email: str, path: str, **params: Any) -> set[str]:
    answer = await client.get(f"{V1}/{path}", headers=cast.token(email), params={"limit": 200} | params)
    assert answer.status_code == 200, answer.text
    return {each["id"] for each in answer.json()["items"]}


# -- who posts, who sees -----------------------------------------------------------------------------------


async def test_one_posts_for_one_s_own_alone(client: AsyncClient, cast: Cast) -> None:
    for by, path, owner, status in (
        (FOCAL_POINT, "needs", {"entity": AFRICA}, 201),
        (FOCAL_POINT, "needs", {"entity": RELIEF}, 404),
        (FOCAL_POINT, "offers", {"partner": BAOBAB}, 404),
        (THEIRS, "offers", {"partner": BAOBAB}, 201),
        (THEIRS, "offers", {"partner": MERIDIAN}, 404),
        (THEIRS, "offers", {"entity": AFRICA}, 404),
        (THEIRS, "offers", {"entity": AFRICA, "partner": BAOBAB}, 422),
        (THEIRS, "offers", {}, 422),
        (THEIRS, "needs", {"entity": AFRICA}, 403),
        (COORDINATOR, "needs", {"entity": AFRICA}, 403),
        (LEARNER, "needs", {"entity": AFRICA}, 403),
    ):
        answer = await client.post(f"{V1}/{path}", json=owner | {"title": "x"}, headers=cast.token(by))
        assert answer.status_code == status, (by, path, owner, answer.text)
        if status == 422:
            assert pointers(answer) == {"/entity"}


async def test_a_draft_is_one_s_own_and_what_is_withdrawn_is_again(client: AsyncClient, cast: Cast) -> None:
    made = await written(client, cast, FOCAL_POINT, "needs", entity=AFRICA, title="Later")
    path, point = f"{V1}/needs/{made['id']}", cast.token(FOCAL_POINT)
    everybody = (RELIEFS, COORDINATOR, THEIRS)
    for email in everybody:
        assert (await client.get(path, headers=cast.token(email))).status_code == 404
        assert made["id"] not in await ids(client, cast, email, "needs")
    assert made["id"] in await ids(client, cast, FOCAL_POINT, "needs")
    refused = await client.post(f"{path}/post", headers=point)
    wanted = {"/languages", "/competencies", "/seats", "/from_on", "/until_on", "/stands_until"}
    assert (refused.status_code, pointers(refused)) == (422, wanted)
    tag = {"If-Match": made_tag(await client.get(path, headers=point))}
    changed = await client.patch(path, json=SAID, headers=point | tag)
    assert changed.status_code == 200, changed.text
    assert (await client.post(f"{path}/post", headers=point)).json()["standing"] == "posted"
    for email in everybody:
        assert (await client.get(path, headers=cast.token(email))).status_code == 200
    assert (await client.post(f"{path}/withdraw", headers=point)).json()["standing"] == "withdrawn"
    for email in everybody:
        assert (await client.get(path, headers=cast.token(email))).status_code == 404
    assert (await client.post(f"{path}/meet", headers=point)).status_code == 409
    assert (await client.post(f"{path}/post", headers=point)).json()["standing"] == "posted"
    again = await client.post(f"{path}/post", headers=point)  # a double click
    assert again.headers["etag"] == (await client.get(path, headers=point)).headers["etag"]


def made_tag(answer: Any) -> str:
    return str(answer.headers["etag"])


async def test_nobody_changes_what_is_not_theirs(client: AsyncClient, cast: Cast) -> None:
    made = await need(client, cast)
    given = await offer(client, cast, THEIRS, partner=BAOBAB)
    for path, owner, others in (
        (f"{V1}/needs/{made['id']}", FOCAL_POINT, (RELIEFS,)),
        (f"{V1}/offers/{given['id']}", THEIRS, (OTHERS, FOCAL_POINT)),
    ):
        for email in others:
            token = cast.token(email)
            stars = token | {"If-Match": "*"}
            assert (await client.patch(path, json={"title": "y"}, headers=stars)).status_code == 404
            assert (await client.post(f"{path}/withdraw", headers=token)).status_code == 404
        mine = cast.token(owner)
        assert (await client.patch(path, json={"title": "y"}, headers=mine)).status_code == 428
        stale = await client.patch(path, json={"title": "y"}, headers=mine | {"If-Match": '"0"'})
        assert stale.status_code == 412


async def test_a_partner_sees_needs_and_its_own_offers_and_no_name(client: AsyncClient, cast: Cast) -> None:
    wanted = await need(client, cast)
    own = await offer(client, cast, THEIRS, partner=BAOBAB)
    another = await offer(client, cast, OTHERS, partner=MERIDIAN)
    entity = await offer(client, cast, FOCAL_POINT, entity=AFRICA)
    seen = await ids(client, cast, THEIRS, "offers")
    assert own["id"] in seen
    assert not {another["id"], entity["id"]} & seen
    for each in (another, entity):
        assert (await client.get(f"{V1}/offers/{each['id']}", headers=cast.token(THEIRS))).status_code == 404
    assert {own["id"], another["id"], entity["id"]} <= await ids(client, cast, RELIEFS, "offers")
    assert {own["id"], another["id"], entity["id"]} <= await ids(client, cast, COORDINATOR, "offers")
    told = (await client.get(f"{V1}/needs/{wanted['id']}", headers=cast.token(THEIRS))).json()
    assert (told["entity"], told["contact"]) == (AFRICA, None)
    assert str(cast.ids[FOCAL_POINT]) not in str(told)
    for email, name in ((FOCAL_POINT, True), (COORDINATOR, True), (RELIEFS, False)):
        answer = await client.get(f"{V1}/needs/{wanted['id']}", headers=cast.token(email))
        assert (answer.json()["contact"] is not None) == name, email
    for email in (LEARNER, SENIOR):
        assert (await client.get(f"{V1}/needs", headers=cast.token(email))).status_code == 403


# -- lists -------------------------------------------------------------------------------------------------


async def test_a_list_is_narrowed_by_what_it_says(client: AsyncClient, cast: Cast) -> None:
    one = await need(
        client, cast, title="Clauses sur l’arbitrage", focuses=["environment"], languages=["fr"],
        from_on=in_days(200).isoformat(), until_on=in_days(220).isoformat(),
    )  # fmt: skip
    for params, found in (
        ({"skill_area": "legal"}, True),
        ({"skill_area": "finance"}, False),
        ({"competency": "legal-instruments"}, True),
        ({"focus": "environment"}, True),
        ({"focus": "poverty"}, False),
        ({"language": "fr"}, True),
        ({"language": "en"}, False),
        ({"from_on": in_days(220).isoformat()}, True),
        ({"from_on": in_days(221).isoformat()}, False),
        ({"until_on": in_days(199).isoformat()}, False),
        ({"entity": AFRICA}, True),
        ({"entity": RELIEF}, False),
        ({"q": "ARBITR"}, True),
        ({"q": "contract arbitrage"}, False),
        ({"q": "!!"}, False),
        ({"state": "posted"}, True),
        ({"state": "lapsed"}, False),
    ):
        assert (one["id"] in await ids(client, cast, THEIRS, "needs", **params)) == found, params
    with travel(clock.now() + timedelta(days=61)):
        assert one["id"] in await ids(client, cast, COORDINATOR, "needs", state="lapsed")
    unknown = await client.get(f"{V1}/needs", params={"color": "red"}, headers=cast.token(THEIRS))
    assert unknown.status_code == 422


async def test_pages_hold_everything_once_and_changes_come_in_order(client: AsyncClient, cast: Cast) -> None:
    since = clock.now().isoformat()
    made = [(await need(client, cast, title=f"Page {number}"))["id"] for number in range(4)]
    token = cast.token(FOCAL_POINT)
    await client.patch(f"{V1}/needs/{made[0]}", json={"seats": 9}, headers=token | {"If-Match": "*"})
    for params, expected in (
        ({}, [*reversed(made)]),
        ({"updated_since": since}, [*made[1:], made[0]]),
    ):
        found, cursor = [], None
        while True:
            asked = {"limit": 3, "q": "page"} | params | ({"cursor": cursor} if cursor else {})
            page = (await client.get(f"{V1}/needs", params=asked, headers=token)).json()
            found += [each["id"] for each in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert found == expected
    stolen = (await client.get(f"{V1}/needs", params={"limit": 1}, headers=token)).json()["next_cursor"]
    other = await client.get(f"{V1}/offers", params={"cursor": stolen}, headers=token)
    assert other.status_code == 422


async def test_what_is_posted_stays_whole_and_keys_are_known(client: AsyncClient, cast: Cast) -> None:
    made = await need(client, cast)
    stars = cast.token(FOCAL_POINT) | {"If-Match": "*"}
    for change, wrong in (
        ({"seats": None}, {"/seats"}),
        ({"languages": []}, {"/languages"}),
        ({"until_on": in_days(10).isoformat()}, {"/until_on", "/stands_until"}),
        ({"stands_until": in_days(-1).isoformat()}, {"/stands_until"}),
        ({"competencies": ["legal-instrument"]}, {"/competencies/0"}),
        ({"skill_areas": ["x"], "audiences": ["y"]}, {"/skill_areas/0", "/audiences/0"}),
        ({"focuses": ["environment", "z"]}, {"/focuses/1"}),
        ({"title": None}, {"/"}),
        ({"teachers": "x"}, {"/teachers"}),
    ):  # fmt: skip
        answer = await client.patch(f"{V1}/needs/{made['id']}", json=change, headers=stars)
        assert (answer.status_code, pointers(answer)) == (422, wrong), change
    with travel(clock.now() + timedelta(days=61)):
        late = await client.patch(f"{V1}/needs/{made['id']}", json={"seats": 5}, headers=stars)
        assert pointers(late) == {"/stands_until"}
        renewed = {"stands_until": in_days(9).isoformat()}
        answer = await client.patch(f"{V1}/needs/{made['id']}", json=renewed, headers=stars)
        assert answer.json()["standing"] == "posted"


# -- what fits ---------------------------------------------------------------------------------------------


async def test_what_fits_comes_with_its_reason_and_only_to_whom_may_see_it(
    client: AsyncClient, cast: Cast
) -> None:
    wanted = await need(client, cast, competencies=["costing-and-budgeting"], languages=["ru"])
    same = await offer(
        client, cast, THEIRS, partner=BAOBAB, competencies=["costing-and-budgeting"], languages=["ru"]
    )
    area = await offer(
        client, cast, OTHERS, partner=MERIDIAN, competencies=[], skill_areas=["finance"], languages=["ru", "en"]
    )  # fmt: skip
    await offer(
        client, cast, THEIRS, partner=BAOBAB, competencies=["costing-and-budgeting"], languages=["zh"]
    )
    path = f"{V1}/needs/{wanted['id']}/fits"
    found = (await client.get(path, headers=cast.token(FOCAL_POINT))).json()
    assert [each["offer"]["id"] for each in found] == [same["id"], area["id"]]
    assert found[0]["fit"] | {"rule": ""} == {
        "rule": "", "competencies": ["costing-and-budgeting"], "skill_areas": ["finance"], "focuses": [],
        "every_focus": True, "languages": ["ru"], "same_setting": True, "seats": 20,
        "from_on": SAID["from_on"], "until_on": SAID["until_on"],
    }  # fmt: skip
    assert found[1]["fit"]["competencies"] == []
    theirs = (await client.get(path, headers=cast.token(THEIRS))).json()
    assert [each["offer"]["id"] for each in theirs] == [same["id"]]
    back = (await client.get(f"{V1}/offers/{area['id']}/fits", headers=cast.token(OTHERS))).json()
    assert wanted["id"] in {each["need"]["id"] for each in back}
    draft = await written(client, cast, FOCAL_POINT, "needs", entity=AFRICA, title="Bare")
    assert (await client.get(f"{V1}/needs/{draft['id']}/fits", headers=cast.token(FOCAL_POINT))).json() == []


# -- introductions -----------------------------------------------------------------------------------------


async def test_an_introduction_names_both_to_both_and_to_nobody_else(client: AsyncClient, cast: Cast) -> None:
    wanted = await need(client, cast)
    given = await offer(client, cast, THEIRS, partner=BAOBAB, seats=12)
    made = await introduced(client, cast, wanted, given)
    assert made["seats"] == 12
    path = f"{V1}/introductions/{made['id']}"
    for email in (FOCAL_POINT, THEIRS, COORDINATOR):
        told = (await client.get(path, headers=cast.token(email))).json()
        assert told["need"]["contact"]["email"] == FOCAL_POINT
        assert told["offer"]["contact"]["email"] == THEIRS
        assert made["id"] in await ids(client, cast, email, "introductions", state="open")
    for email in (OTHERS, RELIEFS):
        assert (await client.get(path, headers=cast.token(email))).status_code == 404
        assert made["id"] not in await ids(client, cast, email, "introductions")
        assert (await client.post(f"{path}/training", headers=cast.token(email))).status_code == 404
    sent = {"need": wanted["id"], "offer": given["id"]}
    again = await client.post(f"{V1}/introductions", json=sent, headers=cast.token(COORDINATOR))
    assert (again.status_code, again.json()["type"]) == (409, "/problems/already-introduced")
    for email in (FOCAL_POINT, THEIRS):
        answer = await client.post(f"{V1}/introductions", json=sent, headers=cast.token(email))
        assert answer.status_code == 403


async def test_only_what_is_posted_is_introduced(client: AsyncClient, cast: Cast) -> None:
    wanted = await need(client, cast, stands_until=in_days(2).isoformat())
    given = await offer(client, cast, THEIRS, partner=BAOBAB)
    token = cast.token(COORDINATOR)
    swapped = {"need": given["id"], "offer": wanted["id"]}
    answer = await client.post(f"{V1}/introductions", json=swapped, headers=token)
    assert (answer.status_code, pointers(answer)) == (422, {"/need"})
    sent = {"need": wanted["id"], "offer": given["id"]}
    with travel(clock.now() + timedelta(days=3)):
        lapsed = await client.post(f"{V1}/introductions", json=sent, headers=token)
    assert (lapsed.status_code, pointers(lapsed)) == (409, {"/need"})
    await client.post(f"{V1}/offers/{given['id']}/meet", headers=cast.token(THEIRS))
    taken = await client.post(f"{V1}/introductions", json=sent, headers=token)
    assert (taken.status_code, pointers(taken)) == (409, {"/offer"})


async def test_either_side_declines_with_words_and_then_nothing_comes_of_it(
    client: AsyncClient, cast: Cast
) -> None:
    for by, side in ((FOCAL_POINT, "need"), (THEIRS, "offer")):
        wanted, given = await need(client, cast), await offer(client, cast, THEIRS, partner=BAOBAB)
        path = f"{V1}/introductions/{(await introduced(client, cast, wanted, given))['id']}"
        words = {"words": "We found another."}
        others = await client.post(f"{path}/decline", json=words, headers=cast.token(COORDINATOR))
        assert (others.status_code, others.json()["type"]) == (403, "/problems/not-your-introduction")
        empty = await client.post(f"{path}/decline", json={"words": "  "}, headers=cast.token(by))
        assert (empty.status_code, pointers(empty)) == (422, {"/words"})
        told = (await client.post(f"{path}/decline", json=words, headers=cast.token(by))).json()
        assert (told["state"], told["declined_by"], told["declined_words"]) == (
            "declined",
            side,
            words["words"],
        )
        for act, body in (("decline", words), ("training", None)):
            late = await client.post(f"{path}/{act}", json=body, headers=cast.token(FOCAL_POINT))
            assert late.status_code == 409


# -- drafts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", [FOCAL_POINT, THEIRS, COORDINATOR])
async def test_both_become_one_draft_with_hosts_on_both_sides(
    client: AsyncClient, cast: Cast, database: Database, by: str
) -> None:
    wanted = await need(client, cast, focuses=["environment"], title="What to ask of a contract")
    given = await offer(
        client, cast, THEIRS, partner=BAOBAB, languages=["fr", "es"], until_on=in_days(70).isoformat()
    )
    made = await introduced(client, cast, wanted, given)
    path = f"{V1}/introductions/{made['id']}/training"
    answers = await asyncio.gather(*(client.post(path, headers=cast.token(by)) for _ in range(3)))
    assert {each.status_code for each in answers} == {200}
    (training_id,) = {each.json()["training_id"] for each in answers}
    token = cast.token(FOCAL_POINT)
    training = (await client.get(f"{V1}/joint-trainings/{training_id}", headers=token)).json()
    assert (training["state"], training["title"]) == ("draft", wanted["title"])
    assert (training["languages"], training["focuses"]) == (["fr"], ["environment"])
    assert training["competencies"] == ["legal-instruments"]
    assert (training["starts_on"], training["ends_on"]) == (SAID["from_on"], in_days(70).isoformat())
    assert [(each["key"], each["is_lead"]) for each in training["hosts"]] == [(AFRICA, True), (BAOBAB, False)]
    met = (await client.get(f"{V1}/needs/{wanted['id']}", headers=token)).json()
    left = (await client.get(f"{V1}/offers/{given['id']}", headers=token)).json()
    assert (met["standing"], left["standing"]) == ("met", "posted")
    async with database.reading() as session:
        manages = await session.scalar(
            text("SELECT managed_by_id FROM joint_trainings WHERE id = CAST(:id AS uuid)"),
            {"id": training_id},
        )
    assert manages == (None if by == THEIRS else cast.ids[FOCAL_POINT])


async def test_two_entities_host_what_one_needs_and_the_other_offers(client: AsyncClient, cast: Cast) -> None:
    wanted, given = await need(client, cast), await offer(client, cast, RELIEFS, entity=RELIEF)
    made = await introduced(client, cast, wanted, given)
    path = f"{V1}/introductions/{made['id']}/training"
    training_id = (await client.post(path, headers=cast.token(RELIEFS))).json()["training_id"]
    address = f"{V1}/joint-trainings/{training_id}"
    training = (await client.get(address, headers=cast.token(RELIEFS))).json()
    hosts = [(each["key"], each["is_lead"], each["accepted_at"] is not None) for each in training["hosts"]]
    assert hosts == [(AFRICA, True, False), (RELIEF, False, True)]


async def test_a_need_or_an_offer_becomes_a_draft_by_itself(client: AsyncClient, cast: Cast) -> None:
    wanted, given = await need(client, cast), await offer(client, cast, THEIRS, partner=BAOBAB)
    path = f"{V1}/needs/{wanted['id']}/training"
    for email, status in ((RELIEFS, 404), (THEIRS, 404), (FOCAL_POINT, 200)):
        assert (await client.post(path, headers=cast.token(email))).status_code == status, email
    one, two = [
        (await client.post(path, headers=cast.token(who))).json() for who in (FOCAL_POINT, COORDINATOR)
    ]
    assert one == two and one["offer"] is None and one["state"] == "drafted"
    path = f"{V1}/offers/{given['id']}/training"
    alone = await client.post(path, json={}, headers=cast.token(THEIRS))
    assert (alone.status_code, pointers(alone)) == (422, {"/entity"})
    asked = {"entity": AFRICA}
    others = await client.post(path, json=asked, headers=cast.token(OTHERS))
    assert others.status_code == 404
    made = [(await client.post(path, json=asked, headers=cast.token(THEIRS))).json() for _ in range(2)]
    assert made[0] == made[1]
    address = f"{V1}/joint-trainings/{made[0]['training_id']}"
    hosts = (await client.get(address, headers=cast.token(THEIRS))).json()["hosts"]
    assert [(each["key"], each["accepted_at"] is not None) for each in hosts] == [
        (AFRICA, False),
        (BAOBAB, True),
    ]
    elsewhere = (await client.post(path, json={"entity": RELIEF}, headers=cast.token(COORDINATOR))).json()
    assert elsewhere["training_id"] != made[0]["training_id"]


async def test_nothing_becomes_of_what_was_withdrawn(client: AsyncClient, cast: Cast) -> None:
    wanted, given = await need(client, cast), await offer(client, cast, THEIRS, partner=BAOBAB)
    made = await introduced(client, cast, wanted, given)
    await client.post(f"{V1}/needs/{wanted['id']}/withdraw", headers=cast.token(FOCAL_POINT))
    late = await client.post(f"{V1}/introductions/{made['id']}/training", headers=cast.token(THEIRS))
    assert (late.status_code, late.json()["type"]) == (409, "/problems/notice-not-open")
    alone = await client.post(f"{V1}/needs/{wanted['id']}/training", headers=cast.token(FOCAL_POINT))
    assert alone.status_code == 409


async def test_what_was_said_is_never_changed(client: AsyncClient, cast: Cast, database: Database) -> None:
    wanted, given = await need(client, cast), await offer(client, cast, THEIRS, partner=BAOBAB)
    await introduced(client, cast, wanted, given)
    statements = [
        f"TRUNCATE {each} CASCADE"
        for each in ("exchange_introductions", "exchange_declines", "exchange_drafts")
    ]
    for statement in (*statements, "UPDATE exchange_introductions SET words = 'x'"):
        with pytest.raises(DBAPIError, match="append"):
            async with database.transaction() as session:
                await session.execute(text(statement))


async def test_events_say_what_happened_without_names(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    wanted, given = await need(client, cast), await offer(client, cast, THEIRS, partner=BAOBAB)
    made = await introduced(client, cast, wanted, given)
    await client.post(f"{V1}/introductions/{made['id']}/training", headers=cast.token(FOCAL_POINT))
    async with database.reading() as session:
        rows = (
            await session.execute(
                text(
                    "SELECT type, data FROM events WHERE type LIKE 'exchange.%'"
                    " AND subject_id IN (CAST(:n AS uuid), CAST(:o AS uuid), CAST(:i AS uuid)) ORDER BY id"
                ),
                {"n": wanted["id"], "o": given["id"], "i": made["id"]},
            )
        ).all()
    assert [row.type for row in rows] == [
        "exchange.need_posted", "exchange.offer_posted", "exchange.introduced", "exchange.notice_changed",
        "exchange.training_drafted",
    ]  # fmt: skip
    assert rows[2].data == {"need": wanted["id"], "offer": given["id"]}
    assert rows[3].data == {"kind": "need", "state": "met"}
    assert set(rows[4].data) == {"need", "offer", "training"}
