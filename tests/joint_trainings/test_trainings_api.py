"""Joint trainings over the API: proposed by either side, changed by both, moved by the one that leads."""

from datetime import timedelta
from typing import Any

import pytest
from httpx2 import AsyncClient
from time_machine import travel

from lms.joint_trainings.service.moves import begin_due
from lms.kernel import clock
from lms.kernel.database import Database
from tests.cast import COORDINATOR, FOCAL_POINT, LEARNER, OTHER_LEARNER, SENIOR, Cast
from tests.joint_trainings.samples import (
    AFRICA,
    API,
    PARTNER,
    PARTNERS_COORDINATOR,
    RELIEF,
    accept_all,
    in_days,
    make_clear,
    move,
    propose,
    published,
)
from tests.partners.samples import appoint, make

PARTNERS = PARTNERS_COORDINATOR


@pytest.fixture(scope="module", autouse=True)
async def partners(client: AsyncClient, cast: Cast, database: Database) -> None:
    """One that is clear and has a coordinator, and two that are not."""
    await make_clear(client, cast, database, PARTNER)
    await appoint(client, cast, PARTNER, PARTNERS)
    for key in ("quinoa-and-sons", "meridian-leaf"):
        await make(client, cast, key)


def pointers(answer: Any) -> set[str]:
    return {each["pointer"] for each in answer.json()["errors"]}


async def test_a_proposal_asks_the_others(client: AsyncClient, cast: Cast) -> None:
    training = await propose(client, cast)
    assert [(each["key"], each["is_lead"]) for each in training["hosts"]] == [(AFRICA, True), (RELIEF, False)]
    assert training["hosts"][0]["accepted_at"] and training["hosts"][1]["accepted_at"] is None
    refused = await move(client, cast, training["id"], "published")
    assert (refused.status_code, pointers(refused)) == (409, {"/hosts"})
    await accept_all(client, cast, training)
    assert (await move(client, cast, training["id"], "published")).json()["state"] == "published"


async def test_a_partner_s_proposal_binds_nobody(client: AsyncClient, cast: Cast) -> None:
    hosts = [{"partner": PARTNER}, {"entity": AFRICA}]
    training = await propose(client, cast, by=PARTNERS, hosts=hosts)
    entity, partner = training["hosts"]
    assert entity["is_lead"] and entity["accepted_at"] is None and partner["accepted_at"]
    address = f"{API}/{training['id']}/hosts/{entity['id']}/acceptance"
    assert (await client.post(address, headers=cast.token(PARTNERS))).status_code == 403
    assert (await move(client, cast, training["id"], "assessed", by=PARTNERS)).status_code == 403
    assert (await client.post(address, headers=cast.token(FOCAL_POINT))).status_code == 200


async def test_nobody_proposes_for_others_alone(client: AsyncClient, cast: Cast) -> None:
    sent = {"title": "Theirs", "hosts": [{"entity": RELIEF}, {"partner": "quinoa-and-sons"}]}
    for email, status in ((PARTNERS, 403), (FOCAL_POINT, 403), (LEARNER, 403), (COORDINATOR, 201)):
        answer = await client.post(API, json=sent, headers=cast.token(email))
        assert answer.status_code == status, (email, answer.text)


async def test_the_first_entity_that_is_asked_leads_what_a_partner_proposed_alone(
    client: AsyncClient, cast: Cast
) -> None:
    training = await propose(client, cast, by=PARTNERS, hosts=[{"partner": PARTNER}])
    address, headers = f"{API}/{training['id']}/hosts", cast.token(PARTNERS)
    answer = await client.post(address, json={"entity": AFRICA}, headers=headers)
    assert [(each["key"], each["is_lead"]) for each in answer.json()["hosts"]] == [
        (AFRICA, True), (PARTNER, False),
    ]  # fmt: skip
    assert (await client.post(address, json={"entity": RELIEF}, headers=headers)).status_code == 403


async def test_others_do_not_see_it(client: AsyncClient, cast: Cast) -> None:
    training = await propose(client, cast, hosts=[{"entity": AFRICA}, {"partner": "quinoa-and-sons"}])
    for email, status in ((PARTNERS, 404), (OTHER_LEARNER, 403), (SENIOR, 200), (FOCAL_POINT, 200)):
        answer = await client.get(f"{API}/{training['id']}", headers=cast.token(email))
        assert answer.status_code == status, email
    listed = (await client.get(API, headers=cast.token(PARTNERS))).json()["items"]
    assert training["id"] not in {each["id"] for each in listed}


async def test_two_hosts_who_edit_at_once(client: AsyncClient, cast: Cast) -> None:
    training = await propose(client, cast, hosts=[{"entity": AFRICA}, {"partner": PARTNER}])
    address = f"{API}/{training['id']}"
    seen = {"If-Match": (await client.get(address, headers=cast.token(PARTNERS))).headers["ETag"]}
    first = await client.patch(address, json={"aim": "Ours."}, headers=cast.token(FOCAL_POINT) | seen)
    second = await client.patch(address, json={"aim": "Theirs."}, headers=cast.token(PARTNERS) | seen)
    assert (first.status_code, second.status_code) == (200, 412)
    again = {"If-Match": first.headers["ETag"]}
    kept = await client.patch(address, json={"name_or_emblem": True}, headers=cast.token(PARTNERS) | again)
    assert (kept.status_code, pointers(kept)) == (403, {"/name_or_emblem"})
    assert (await client.patch(address, json={"aim": "x"}, headers=cast.token(PARTNERS))).status_code == 428


async def test_bad_input_is_said_by_its_place(client: AsyncClient, cast: Cast) -> None:
    for sent, place in (
        ({"hosts": [{"entity": AFRICA}, {"entity": AFRICA}]}, "/hosts/1"),
        ({"hosts": [{"entity": AFRICA}, {}]}, "/hosts/1"),
        ({"hosts": [{"entity": AFRICA}, {"partner": "nobody"}]}, "/hosts/1"),
        ({"lead": RELIEF, "hosts": [{"entity": AFRICA}]}, "/lead"),
        ({"competencies": ["agreement-clause"]}, "/competencies/0"),
        ({"focuses": ["gold"]}, "/focuses/0"),
        ({"course": "no-such"}, "/course"),
        ({"ends_on": "2020-01-01"}, "/ends_on"),
    ):
        known = {"title": "T", "starts_on": "2027-01-01", "hosts": [{"entity": AFRICA}, {"entity": RELIEF}]}
        answer = await client.post(API, json=known | sent, headers=cast.token(FOCAL_POINT))
        assert (answer.status_code, pointers(answer)) == (422, {place}), answer.text


async def test_what_is_published_is_not_changed(client: AsyncClient, cast: Cast) -> None:
    training = await published(client, cast)
    headers = cast.token(FOCAL_POINT)
    match = {"If-Match": (await client.get(f"{API}/{training['id']}", headers=headers)).headers["ETag"]}
    answer = await client.patch(f"{API}/{training['id']}", json={"title": "Other"}, headers=headers | match)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/training-settled")


async def test_the_gate_shuts_out_a_partner_in_neutral_words(client: AsyncClient, cast: Cast) -> None:
    hosts = [{"entity": AFRICA}, {"partner": "meridian-leaf"}]
    training = await propose(client, cast, hosts=hosts)
    answer = await move(client, cast, training["id"], "published")
    assert answer.status_code == 409
    assert "does not become" in answer.json()["detail"], "a training with a partner is agreed first"


async def test_a_published_training_begins_on_its_day(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    training = await published(client, cast, starts_on=in_days(3).isoformat())
    assert (await move(client, cast, training["id"], "running")).status_code == 409
    with travel(clock.now() + timedelta(days=3), tick=True):
        async with database.transaction() as session:
            assert training["id"] in {str(each) for each in await begin_due(session)}
        async with database.transaction() as session:
            assert await begin_due(session) == []
    headers = cast.token(FOCAL_POINT)
    read = (await client.get(f"{API}/{training['id']}", headers=headers)).json()
    assert [(each["from_state"], each["to_state"], each["by"]) for each in read["moves"]][-1] == (
        "published", "running", None,
    )  # fmt: skip


async def test_a_cancelled_training_says_why_and_stays(client: AsyncClient, cast: Cast) -> None:
    training = await propose(client, cast)
    headers = cast.token(FOCAL_POINT) | {"If-Match": "*"}
    address = f"{API}/{training['id']}/moves"
    assert (await client.post(address, json={"to": "cancelled"}, headers=headers)).status_code == 422
    answer = await client.post(address, json={"to": "cancelled", "reason": "No room."}, headers=headers)
    assert (answer.json()["state"], answer.json()["moves"][0]["reason"]) == ("cancelled", "No room.")
    assert (await client.post(address, json={"to": "published"}, headers=headers)).status_code == 409
