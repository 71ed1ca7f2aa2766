"""The long way over the API: assessed, agreed and published with a partner, and every way in which it is refused."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx2 import AsyncClient
from sqlalchemy import text
from time_machine import travel

from lms.jobs.agreement_letters import clearance_asked, clearance_decided
from lms.jobs.gate_letters import gate_lapses
from lms.kernel import clock
from lms.kernel.database import Database
from tests.cast import FOCAL_POINT, HR, LEARNER, OTHER_HR, Cast
from tests.joint_trainings.samples import (
    AFRICA,
    API,
    LEGAL,
    PARTNER,
    PARTNER_SIGNS,
    PARTNERS_COORDINATOR,
    RELIEF,
    SIGNS,
    agreed,
    agreement_of,
    assess,
    authorise,
    fill,
    in_days,
    move,
    partner_ready,
    propose,
    ready_to_sign,
    sign,
    signed,
    with_partner,
)

AUTHORITIES = "/api/v1/signing-authorities"


@pytest.fixture(scope="module", autouse=True)
async def ready(client: AsyncClient, cast: Cast, database: Database) -> None:
    """The partner, and everybody who clears and signs."""
    await partner_ready(client, cast, database)


def said(answer: Any) -> str:
    return " ".join(each["detail"] for each in answer.json()["errors"])


def pointers(answer: Any) -> set[str]:
    return {each["pointer"] for each in answer.json()["errors"]}


async def readiness(client: AsyncClient, cast: Cast, training_id: str, by: str = FOCAL_POINT) -> Any:
    answer = await client.get(f"{API}/{training_id}/readiness", headers=cast.token(by))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def keys(client: AsyncClient, cast: Cast, training_id: str) -> list[str]:
    return [each["key"] for each in (await readiness(client, cast, training_id))["obstacles"]]


async def cost(client: AsyncClient, cast: Cast, training: Any, by: str = FOCAL_POINT, **values: Any) -> Any:
    sent = {
        "host": training["hosts"][0]["id"], "kind": "venue", "for_whom": "everyone", "what": "A room",
        "is_cash": False, "amount": "500.00", "currency": "USD", "basis": "The public daily rate",
    }  # fmt: skip
    address = f"{API}/{training['id']}/costs"
    return await client.post(address, json=sent | values, headers=cast.token(by))


async def change(client: AsyncClient, cast: Cast, training_id: str, key: str, words: str) -> Any:
    headers = cast.token(FOCAL_POINT) | {"If-Match": "*"}
    return await client.put(f"{API}/{training_id}/clauses/{key}", json={"text": words}, headers=headers)


async def test_the_long_way(client: AsyncClient, cast: Cast) -> None:
    training = await agreed(client, cast)
    assert training["state"] == "published"
    assert [(each["to_state"], each["track"]) for each in training["moves"]] == [
        ("assessed", "light"), ("agreed", "light"), ("published", "light"),
    ]  # fmt: skip
    assert (training["track"], training["track_why"]) == ("light", [])
    agreement = await agreement_of(client, cast, training["id"], by=PARTNERS_COORDINATOR)
    assert [each["is_current"] for each in agreement["signatures"]] == [True, True]
    assert (agreement["needs_clearance"], agreement["obstacles"]) == ([], [])


async def test_a_refusal_lists_every_obstacle(client: AsyncClient, cast: Cast) -> None:
    training = await with_partner(client, cast)
    refused = await move(client, cast, training["id"], "assessed")
    assert (refused.status_code, pointers(refused)) == (409, {"/ex-ante-assessments"})
    await assess(client, cast, training["id"])
    assert (await move(client, cast, training["id"], "assessed")).status_code == 201
    refused = await move(client, cast, training["id"], "agreed")
    assert refused.status_code == 409
    assert {"/indicators", "/checklist/insurance", "/agreement/signatures"} <= pointers(refused)
    found = await keys(client, cast, training["id"])
    assert found.count("item_not_answered") == 12 and found.count("not_signed") == 2


async def test_the_full_track_asks_both_sides(client: AsyncClient, cast: Cast) -> None:
    training = await with_partner(client, cast, minutes=600)
    assert (training["track"], training["track_why"]) == ("full", ["longer_than_a_day"])
    await assess(client, cast, training["id"])
    assert await keys(client, cast, training["id"]) == ["side_not_assessed"]
    await assess(client, cast, training["id"], by=PARTNERS_COORDINATOR)
    assert (await move(client, cast, training["id"], "assessed")).json()["moves"][0]["track"] == "full"


async def test_a_side_reads_its_own_answers_and_the_newest_hold(client: AsyncClient, cast: Cast) -> None:
    training = await with_partner(client, cast)
    address = f"{API}/{training['id']}/ex-ante-assessments"
    for words in ("First.", "Second."):
        answers = {name: words for name in ("benefit", "contribution", "risk", "expectation", "proof")}
        answer = await client.post(address, json={"answers": answers}, headers=cast.token(FOCAL_POINT))
        assert answer.status_code == 201
    assert [each["answers"]["risk"] for each in answer.json()["items"]] == ["Second."]
    seen = (await client.get(address, headers=cast.token(PARTNERS_COORDINATOR))).json()
    assert (seen["answered"], seen["items"]) == (["un"], [])
    await assess(client, cast, training["id"], by=PARTNERS_COORDINATOR)
    seen = (await client.get(address, headers=cast.token(PARTNERS_COORDINATOR))).json()
    assert [(each["partner"], each["by"]) for each in seen["items"]] == [(PARTNER, None)]
    whole = (await client.get(address, headers=cast.token(FOCAL_POINT))).json()
    assert [each["partner"] for each in whole["items"]] == [None, PARTNER]
    wrong = await client.post(address, json={"answers": {"risk": "x"}}, headers=cast.token(FOCAL_POINT))
    assert (wrong.status_code, len(wrong.json()["errors"])) == (422, 4)


async def test_the_checklist_is_the_entities_and_asks_what_the_training_has(
    client: AsyncClient, cast: Cast
) -> None:
    training = await with_partner(client, cast, is_recorded=True)
    address = f"{API}/{training['id']}/checklist"
    headers = cast.token(FOCAL_POINT)
    for item, sent, status in (
        ("recording", {"answer": "not_applicable"}, 422),
        ("name_and_emblem", {"answer": "not_applicable"}, 200),
        ("insurance", {"answer": "no"}, 422),
        ("insurance", {"answer": "no", "note": "The place insures."}, 200),
        ("no_such_item", {"answer": "yes"}, 422),
    ):
        answer = await client.put(f"{address}/{item}", json=sent, headers=headers)
        assert answer.status_code == status, (item, answer.text)
    partner = await client.put(
        f"{address}/recording", json={"answer": "yes"}, headers=cast.token(PARTNERS_COORDINATOR)
    )
    assert partner.status_code == 403
    read = (await client.get(address, headers=cast.token(PARTNERS_COORDINATOR))).json()["items"]
    by_item = {each["item"]: each for each in read}
    assert len(read) == 12 and by_item["insurance"]["note"] == "The place insures."
    assert by_item["insurance"]["by"] is None, "a partner is not told who of the entity answered"
    await fill(client, cast, training["id"])
    sent = {"answer": "no", "note": "It hopes for an order."}
    await client.put(f"{address}/no_sales", json=sent, headers=headers)
    await assess(client, cast, training["id"])
    assert (await move(client, cast, training["id"], "assessed")).status_code == 201
    assert "item_answered_no" in await keys(client, cast, training["id"])


async def test_a_partner_pays_no_un_participant_s_travel(client: AsyncClient, cast: Cast) -> None:
    training = await with_partner(client, cast)
    partner = training["hosts"][1]["id"]
    for kind, for_whom, status in (
        ("travel", "un", 422), ("gift", "everyone", 422), ("travel", "partner", 201), ("catering", "un", 201),
    ):  # fmt: skip
        answer = await cost(client, cast, training, host=partner, kind=kind, for_whom=for_whom)
        assert answer.status_code == status, (kind, answer.text)
        if status == 422:
            assert pointers(answer) == {"/for_whom"} and "pays no UN participant" in said(answer)
    stranger = str(cast.ids[LEARNER])
    for sent, place in (
        ({"currency": "XQZ"}, "/currency"),
        ({"amount": "-1"}, "/amount"),
        ({"host": stranger}, "/host"),
    ):
        answer = await cost(client, cast, training, **sent)
        assert answer.status_code in (404, 422) and pointers(answer) == {place}, answer.text


async def test_who_bears_a_cost_accepts_it(client: AsyncClient, cast: Cast) -> None:
    training = await ready_to_sign(client, cast)
    partner = training["hosts"][1]["id"]
    await cost(client, cast, training, host=partner)
    await cost(client, cast, training, currency="KES", amount="60000")
    read = await cost(client, cast, training, amount="20.50")
    assert read.json()["totals"] == [
        {"currency": "KES", "amount": "60000.00"}, {"currency": "USD", "amount": "520.50"},
    ]  # fmt: skip
    assert "cost_not_accepted" in await keys(client, cast, training["id"])
    line = read.json()["items"][0]["id"]
    address = f"{API}/{training['id']}/costs/{line}"
    assert (await client.post(f"{address}/acceptance", headers=cast.token(FOCAL_POINT))).status_code == 403
    accepted = await client.post(f"{address}/acceptance", headers=cast.token(PARTNERS_COORDINATOR))
    assert accepted.json()["items"][0]["accepted_at"]
    assert "cost_not_accepted" not in await keys(client, cast, training["id"])
    assert "not_cleared" in await keys(client, cast, training["id"]), "no limit is known for KES"
    assert (await client.delete(address, headers=cast.token(FOCAL_POINT))).status_code == 204
    assert (await client.delete(address, headers=cast.token(FOCAL_POINT))).status_code == 404


async def test_money_makes_a_training_full(client: AsyncClient, cast: Cast) -> None:
    training = await with_partner(client, cast)
    await cost(client, cast, training, is_cash=True)
    found = await readiness(client, cast, training["id"])
    assert (found["track"], found["why"]) == ("full", ["money"])


# -- clauses and clearance ---------------------------------------------------------------------------------


async def test_a_changed_clause_goes_to_the_legal_office(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    training = await ready_to_sign(client, cast)
    path = f"{API}/{training['id']}"
    nothing = await client.post(f"{path}/agreement/clearance-requests", headers=cast.token(FOCAL_POINT))
    assert nothing.status_code == 409
    assert (
        await change(client, cast, training["id"], "insurance", "The partner insures all.")
    ).status_code == 200
    found = await readiness(client, cast, training["id"])
    assert (found["track"], found["why"]) == ("full", ["changed_agreement"])
    assert "not_cleared" in [each["key"] for each in found["obstacles"]]
    for _ in range(2):
        asked = await client.post(f"{path}/agreement/clearance-requests", headers=cast.token(FOCAL_POINT))
        assert asked.status_code == 204
    waiting = (await client.get("/api/v1/agreements/waiting", headers=cast.token(LEGAL))).json()["items"]
    assert [each["training"] for each in waiting].count(training["id"]) == 1
    async with database.reading() as session:
        mails = await clearance_asked(session, [UUID(training["id"])], "https://lms.example")
    assert LEGAL in [each.to for each in mails]
    clauses = (await client.get(f"{path}/clauses", headers=cast.token(LEGAL))).json()["items"]
    (changed,) = [each for each in clauses if each["is_changed"]]
    assert changed["text"] == "The partner insures all." and "Each host insures" in changed["standard_text"]
    digest = (await agreement_of(client, cast, training["id"], by=LEGAL))["digest"]
    sent = {"digest": digest, "decision": "cleared"}
    address = f"{path}/agreement/clearances"
    assert (await client.post(address, json=sent, headers=cast.token(FOCAL_POINT))).status_code == 403
    old = await client.post(address, json=sent | {"digest": "0" * 64}, headers=cast.token(LEGAL))
    assert old.json()["type"] == "/problems/agreement-changed"
    refused = await client.post(address, json=sent | {"decision": "refused"}, headers=cast.token(LEGAL))
    assert (refused.status_code, pointers(refused)) == (422, {"/words"})
    assert (await client.post(address, json=sent, headers=cast.token(LEGAL))).status_code == 204
    async with database.reading() as session:
        mails = await clearance_decided(session, [UUID(training["id"])], "https://lms.example")
    assert [each.to for each in mails] == [FOCAL_POINT] and training["title"] in mails[0].body
    assert "not_cleared" not in await keys(client, cast, training["id"])
    waiting = (await client.get("/api/v1/agreements/waiting", headers=cast.token(LEGAL))).json()["items"]
    assert training["id"] not in [each["training"] for each in waiting]
    await change(client, cast, training["id"], "insurance", "The partner insures all and everything.")
    assert "not_cleared" in await keys(client, cast, training["id"]), "a change needs it anew"
    match = cast.token(FOCAL_POINT) | {"If-Match": "*"}
    assert (await client.delete(f"{path}/clauses/insurance", headers=match)).status_code == 204
    assert "not_cleared" not in await keys(client, cast, training["id"])
    assert (await change(client, cast, training["id"], "no_such", "x")).status_code == 404


async def test_a_name_or_emblem_needs_clearance_and_a_new_day_asks_nobody_again(
    client: AsyncClient, cast: Cast
) -> None:
    training = await ready_to_sign(client, cast, name_or_emblem=True)
    agreement = await agreement_of(client, cast, training["id"], by=LEGAL)
    assert agreement["needs_clearance"] == ["name_or_emblem"]
    sent = {"digest": agreement["digest"], "decision": "cleared"}
    address = f"{API}/{training['id']}"
    await client.post(f"{address}/agreement/clearances", json=sent, headers=cast.token(LEGAL))
    headers = cast.token(FOCAL_POINT) | {"If-Match": "*"}
    await client.patch(address, json={"starts_on": in_days(40).isoformat()}, headers=headers)
    after = await agreement_of(client, cast, training["id"])
    assert after["digest"] != agreement["digest"]
    assert "not_cleared" not in [each["key"] for each in after["obstacles"]]


async def test_two_hosts_who_change_a_clause_at_once(client: AsyncClient, cast: Cast) -> None:
    training = await with_partner(client, cast)
    address = f"{API}/{training['id']}"
    seen = {"If-Match": (await client.get(address, headers=cast.token(FOCAL_POINT))).headers["ETag"]}
    path = f"{address}/clauses/material"
    first = await client.put(path, json={"text": "Ours."}, headers=cast.token(FOCAL_POINT) | seen)
    second = await client.put(path, json={"text": "Theirs."}, headers=cast.token(PARTNERS_COORDINATOR) | seen)
    assert (first.status_code, second.status_code) == (200, 412)
    assert (await client.put(path, json={"text": "x"}, headers=cast.token(FOCAL_POINT))).status_code == 428


async def test_an_entity_whose_office_cleared_nothing_waits_for_it(client: AsyncClient, cast: Cast) -> None:
    hosts = [{"entity": AFRICA}, {"partner": PARTNER}, {"entity": RELIEF}]
    training = await propose(client, cast, hosts=hosts)
    found = await agreement_of(client, cast, training["id"])
    lacking = [each["of"] for each in found["obstacles"] if each["key"] == "standard_not_cleared"]
    assert len(lacking) == 1 and "Relief" in lacking[0]


# -- signing -----------------------------------------------------------------------------------------------


async def test_a_change_after_one_signature_is_signed_anew(client: AsyncClient, cast: Cast) -> None:
    training = await ready_to_sign(client, cast)
    assert (await sign(client, cast, training, 0, SIGNS)).status_code == 201
    before = await agreement_of(client, cast, training["id"])
    headers = cast.token(PARTNERS_COORDINATOR)
    indicator = {"name": "Participants who asked for more", "unit": "people"}
    await client.post(f"{API}/{training['id']}/indicators", json=indicator, headers=headers)
    after = await agreement_of(client, cast, training["id"])
    assert [each["is_current"] for each in after["signatures"]] == [False]
    assert "signed_before_change" in [each["key"] for each in after["obstacles"]]
    sent = {"host": training["hosts"][0]["id"], "digest": before["digest"]}
    address = f"{API}/{training['id']}/agreement/signatures"
    stale = await client.post(address, json=sent, headers=cast.token(SIGNS))
    assert stale.json()["type"] == "/problems/agreement-changed"
    assert (await sign(client, cast, training, 0, SIGNS)).status_code == 201
    assert (await move(client, cast, training["id"], "agreed")).status_code == 409


async def test_two_devices_sign_once(client: AsyncClient, cast: Cast, database: Database) -> None:
    training = await ready_to_sign(client, cast)
    answers = await asyncio.gather(*(sign(client, cast, training, 0, SIGNS) for _ in range(4)))
    assert {each.status_code for each in answers} == {201}
    async with database.reading() as session:
        count = "SELECT count(*) FROM agreement_signatures WHERE training_id = :id"
        assert await session.scalar(text(count), {"id": training["id"]}) == 1


async def test_nobody_signs_before_it_is_ready_or_without_authority(client: AsyncClient, cast: Cast) -> None:
    training = await with_partner(client, cast)
    await assess(client, cast, training["id"])
    await move(client, cast, training["id"], "assessed")
    early = await sign(client, cast, training, 0, SIGNS)
    assert early.json()["type"] == "/problems/not-ready-to-sign" and "/indicators" in pointers(early)
    await fill(client, cast, training["id"])
    for number, by in ((0, FOCAL_POINT), (1, SIGNS), (0, PARTNER_SIGNS)):
        answer = await sign(client, cast, training, number, by)
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/no-authority"), (number, by)
    address = f"{API}/{training['id']}/agreement"
    assert (await client.get(address, headers=cast.token(LEARNER))).status_code == 404


async def test_who_is_named_to_sign_reads_the_agreement_without_a_role(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    training = await ready_to_sign(client, cast)
    address = f"{API}/{training['id']}/agreement"
    assert (await client.get(address, headers=cast.token(HR))).status_code == 404
    limit = {"limit_amount": "100", "limit_currency": "USD"}
    mine = await authorise(client, cast, HR, by=LEGAL, entity="uneo", **limit)
    assert (await client.get(address, headers=cast.token(HR))).status_code == 200
    await cost(client, cast, training, amount="100.01")
    above = await sign(client, cast, training, 0, HR)
    assert above.status_code == 403 and "above the limit" in above.json()["detail"]
    await client.post(f"{AUTHORITIES}/{mine['id']}/end", json={"reason": "x"}, headers=cast.token(LEGAL))


async def test_a_signatory_who_left_signs_no_more_and_what_they_signed_stays(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    left = await ready_to_sign(client, cast)
    training = await signed(client, cast)
    end = "UPDATE affiliations SET until_on = :day WHERE person_id = :person AND partner_id IS NULL"
    person = {"person": cast.ids[SIGNS]}
    async with database.transaction() as session:
        await session.execute(text(end), person | {"day": in_days(-1)})
    refused = await sign(client, cast, left, 0, SIGNS)
    assert refused.status_code == 403 and "has left" in refused.json()["detail"]
    assert "signatory_left" in await keys(client, cast, left["id"])
    assert (await move(client, cast, training["id"], "agreed")).status_code == 201, (
        "signed while they held it"
    )
    async with database.transaction() as session:
        await session.execute(text(end), person | {"day": None})


async def test_an_authority_that_was_ended_signs_no_more(client: AsyncClient, cast: Cast) -> None:
    training = await ready_to_sign(client, cast)
    mine = await authorise(client, cast, HR, by=LEGAL, entity="uneo")
    address = f"{AUTHORITIES}/{mine['id']}/end"
    assert (
        await client.post(address, json={"reason": "x"}, headers=cast.token(FOCAL_POINT))
    ).status_code == 404
    ended = await client.post(address, json={"reason": "She changed posts."}, headers=cast.token(LEGAL))
    assert (ended.json()["standing"], ended.json()["end_reason"]) == ("ended", "She changed posts.")
    again = await client.post(address, json={"reason": "x"}, headers=cast.token(LEGAL))
    assert (again.status_code, again.json()["type"]) == (409, "/problems/authority-over")
    answer = await sign(client, cast, training, 0, HR)
    assert answer.status_code == 403


async def test_who_may_record_whose_authority(client: AsyncClient, cast: Cast) -> None:
    sent = {"person": HR, "source": "A memo", "from_on": in_days(0).isoformat()}
    for by, values, status in (
        (FOCAL_POINT, {"entity": "uneo"}, 403),
        (PARTNERS_COORDINATOR, {"entity": "uneo"}, 403),
        (FOCAL_POINT, {"partner": PARTNER}, 403),
        (LEGAL, {"entity": "unro"}, 404),
        (LEGAL, {"entity": "uneo", "person": LEGAL}, 422),
        (LEGAL, {"entity": "uneo", "person": OTHER_HR}, 422),
        (LEGAL, {"entity": "uneo", "until_on": in_days(-1).isoformat()}, 422),
        (LEGAL, {"entity": "uneo", "limit_amount": "5"}, 422),
        (PARTNERS_COORDINATOR, {"partner": PARTNER, "person": HR}, 422),
        (PARTNERS_COORDINATOR, {"partner": PARTNER, "person": "nobody@x.example"}, 422),
    ):
        answer = await client.post(AUTHORITIES, json=sent | values, headers=cast.token(by))
        assert answer.status_code == status, (by, values, answer.text)
    listed = (await client.get(AUTHORITIES, headers=cast.token(PARTNERS_COORDINATOR))).json()["items"]
    assert {each["partner"] for each in listed} == {PARTNER}
    strangers = [
        await client.post(AUTHORITIES, json=sent | {"partner": PARTNER, "person": person},
                          headers=cast.token(PARTNERS_COORDINATOR))
        for person in (HR, "nobody@x.example")
    ]  # fmt: skip
    assert strangers[0].json()["errors"] == strangers[1].json()["errors"], "nobody learns who is known here"


# -- the gate between agreement and publication ------------------------------------------------------------


async def test_screening_that_lapses_between_agreement_and_publication(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    training = await agreed(client, cast, to="agreed", starts_on=in_days(320).isoformat())
    with travel(clock.now() + timedelta(days=301), tick=True):
        async with database.transaction() as session:
            await session.execute(text("UPDATE api_tokens SET expires_at = expires_at + interval '400 days'"))
        refused = await move(client, cast, training["id"], "published")
        assert refused.status_code == 409
        assert "ask your screening officer" in said(refused) and "expired" not in refused.text
        partner = await readiness(client, cast, training["id"], by=PARTNERS_COORDINATOR)
        assert [each["key"] for each in partner["obstacles"]] == ["not_clear"]
        still = (await client.get(f"{API}/{training['id']}", headers=cast.token(FOCAL_POINT))).json()
        assert still["state"] == "agreed"
        kept = await agreement_of(client, cast, training["id"])
        assert [each["is_current"] for each in kept["signatures"]] == [True, True]
        async with database.reading() as session:
            mails = await gate_lapses(session, "https://lms.example")
        told = [each for each in mails if each.to == FOCAL_POINT]
        assert len(told) == 1 and "Rien de nouveau ne commence" in told[0].body, "the reader's language"
    assert (await move(client, cast, training["id"], "published")).status_code == 201


async def test_what_is_agreed_is_not_changed(client: AsyncClient, cast: Cast) -> None:
    training = await agreed(client, cast, to="agreed")
    assert (await cost(client, cast, training)).status_code == 409
    assert (await change(client, cast, training["id"], "insurance", "x")).status_code == 409
    assert (await assess(client, cast, training["id"])).status_code == 409
    answer = await client.put(
        f"{API}/{training['id']}/checklist/insurance",
        json={"answer": "no", "note": "x"},
        headers=cast.token(FOCAL_POINT),
    )
    assert answer.status_code == 409


async def test_a_training_of_entities_alone_has_no_agreement(client: AsyncClient, cast: Cast) -> None:
    training = await propose(client, cast)
    for path in ("agreement", "clauses"):
        answer = await client.get(f"{API}/{training['id']}/{path}", headers=cast.token(FOCAL_POINT))
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/no-agreement")
