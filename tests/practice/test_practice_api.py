"""Practice over the API: described, submitted to the officer of that time, attested, confirmed by a contact."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx2 import AsyncClient
from sqlalchemy import text
from time_machine import travel

from lms.adapters.mail import Mail
from lms.jobs.practice_letters import ask_contacts, decided, submitted
from lms.kernel import clock
from lms.kernel.database import Database
from lms.practice.domain import Answer, BadClaim, ConfirmationOver
from lms.practice.service import confirm_facts
from tests.cast import ADMIN, COLLEAGUE, HR, LEARNER, SENIOR, SUPERVISOR, Cast
from tests.partners.samples import make

API = "/api/v1/practice"
PARTNER = "acacia-water"


class Box:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []

    async def send(self, mail: Mail) -> None:
        self.mails.append(mail)


@pytest.fixture(scope="module")
async def contact(client: AsyncClient, cast: Cast) -> str:
    """A partner, and a contact of it with an address."""
    await make(client, cast, PARTNER)
    sent = {"name": "Noor Haddad", "email": "noor@acacia.example"}
    answer = await client.post(f"/api/v1/partners/{PARTNER}/contacts", json=sent, headers=cast.token(ADMIN))
    return str(answer.json()["id"])


def described(**values: Any) -> dict[str, Any]:
    return {
        "role": "Brought a water company and two districts to one table", "partner": PARTNER,
        "from_on": "2026-02-01", "until_on": "2026-09-30", "place": "Kisumu", "outcome": "Both signed.",
        "indicators": [{"name": "Households served", "reached": "1,200 of 1,000"}],
        "levels": {"negotiation": 3, "facilitation": 2},
    } | values  # fmt: skip


async def post(client: AsyncClient, cast: Cast, email: str, path: str, sent: Any = None) -> Any:
    return await client.post(f"{API}{path}", json=sent or {}, headers=cast.token(email))


async def drafted(client: AsyncClient, cast: Cast, **values: Any) -> str:
    answer = await post(client, cast, LEARNER, "", described(**values))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_described_submitted_and_attested(
    client: AsyncClient, cast: Cast, database: Database, contact: str
) -> None:
    made = await drafted(client, cast)
    for email in (SUPERVISOR, HR, SENIOR, ADMIN, COLLEAGUE):
        assert (await client.get(f"{API}/{made}", headers=cast.token(email))).status_code == 404, email
    for _ in range(2):
        answer = await post(client, cast, LEARNER, f"/{made}/submit")
        assert (answer.status_code, answer.json()["officer"]["id"]) == (200, str(cast.ids[SUPERVISOR]))
    assert [each["levels"] for each in answer.json()["ratings"]] == [{"oneself": 2}, {"oneself": 3}]
    waiting = (await client.get(API, headers=cast.token(SUPERVISOR))).json()["items"]
    assert [each["id"] for each in waiting] == [made]
    for email in (LEARNER, HR, COLLEAGUE):
        sent = {"levels": {"negotiation": 2, "facilitation": 2}, "words": "I saw it."}
        assert (await post(client, cast, email, f"/{made}/attest", sent)).status_code == 404, email
    bad = await post(
        client, cast, SUPERVISOR, f"/{made}/attest", {"levels": {"negotiation": 2}, "words": "x"}
    )
    assert {each["pointer"] for each in bad.json()["errors"]} == {"/levels/facilitation"}
    answer = await post(client, cast, SUPERVISOR, f"/{made}/attest", sent)
    assert (answer.status_code, answer.json()["state"]) == (200, "attested")
    shown = {each["competency"]: (each["levels"], each["disagree"]) for each in answer.json()["ratings"]}
    assert shown["negotiation"] == ({"oneself": 3, "reporting_officer": 2}, True)
    assert shown["facilitation"] == ({"oneself": 2, "reporting_officer": 2}, False)
    assert (await post(client, cast, SUPERVISOR, f"/{made}/attest", sent)).status_code == 409
    records = (await client.get("/api/v1/skill-records", headers=cast.token(LEARNER))).json()["items"]
    mine = [each for each in records if each["source"] == "attested_practice"]
    assert {(each["competency"], each["level"], each["valid_until"]) for each in mine} == {
        ("negotiation", 2, "2031-09-30"), ("facilitation", 2, "2031-09-30"),
    }  # fmt: skip
    async with database.reading() as session:
        (mail,) = await decided(session, [UUID(made)], "https://x.example")
        assert await submitted(session, [UUID(made)], "https://x.example") == []
    assert "Daniel Okafor attested your practice" in mail.subject


async def test_what_was_refused_is_changed_and_submitted_again(
    client: AsyncClient, cast: Cast, contact: str
) -> None:
    made = await drafted(client, cast)
    await post(client, cast, LEARNER, f"/{made}/submit")
    answer = await post(client, cast, SUPERVISOR, f"/{made}/refuse", {"words": "Your part was another."})
    assert answer.json()["state"] == "refused"
    address, headers = f"{API}/{made}", cast.token(LEARNER)
    assert (await client.put(address, json=described(), headers=headers)).status_code == 428
    match = {"If-Match": (await client.get(address, headers=headers)).headers["ETag"]}
    answer = await client.put(address, json=described(role="Took the minutes"), headers=headers | match)
    assert (answer.status_code, answer.json()["state"]) == (200, "draft")
    assert (await client.put(address, json=described(), headers=headers | match)).status_code == 412
    assert (await client.get(address, headers=cast.token(SUPERVISOR))).status_code == 404
    answer = await post(client, cast, LEARNER, f"/{made}/submit")
    assert [each["words"] for each in answer.json()["decisions"]] == ["Your part was another."]
    assert (await post(client, cast, LEARNER, f"/{made}/withdraw")).json()["state"] == "withdrawn"
    assert (await post(client, cast, SUPERVISOR, f"/{made}/refuse", {"words": "x"})).status_code == 404


async def test_bad_input_is_said_by_its_place(client: AsyncClient, cast: Cast, contact: str) -> None:
    bad = described(partner="nobody", until_on="2026-01-01", levels={"negotiations": 2}, from_on="2199-01-01")
    answer = await post(client, cast, LEARNER, "", bad)
    assert {each["pointer"] for each in answer.json()["errors"]} == {
        "/partner", "/until_on", "/levels/negotiations", "/from_on",
    }  # fmt: skip
    made = await drafted(client, cast, outcome="", has_interest=True)
    answer = await post(client, cast, LEARNER, f"/{made}/submit")
    assert {each["pointer"] for each in answer.json()["errors"]} == {"/outcome", "/interest_words"}


async def test_the_officer_of_that_time_is_asked_and_a_leaver_is_not(
    client: AsyncClient, cast: Cast, database: Database, contact: str
) -> None:
    end = "UPDATE affiliations SET until_on = :day WHERE person_id = :person"
    values = {"day": clock.today() - timedelta(days=1), "person": cast.ids[SUPERVISOR]}
    made = await drafted(client, cast)
    async with database.transaction() as session:
        await session.execute(text(end), values)
    answer = await post(client, cast, LEARNER, f"/{made}/submit")
    async with database.transaction() as session:
        await session.execute(text(end), values | {"day": None})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/nobody-attests")


async def test_a_contact_confirms_three_facts_once_and_sees_no_more(
    client: AsyncClient, cast: Cast, database: Database, contact: str
) -> None:
    made = await drafted(client, cast)
    for _ in range(2):
        answer = await post(client, cast, LEARNER, f"/{made}/confirmations", {"contact": contact})
        assert len(answer.json()["confirmations"]) == 1, answer.text
    async with database.reading() as session:
        statement = "SELECT id FROM practice_confirmations WHERE claim_id = :id"
        ids = list(await session.scalars(text(statement), {"id": made}))
    box = Box()
    await ask_contacts(database, box, "https://x.example", ids)
    await ask_contacts(database, box, "https://x.example", ids)
    (mail,) = box.mails
    assert mail.to == "noor@acacia.example" and "Kisumu" in mail.body
    assert "Both signed" not in mail.body and "negotiation" not in mail.body
    secret = re.findall(r"/confirm/(\S+)", mail.body)[0]
    answers = {"role": Answer.RIGHT, "dates": Answer.NOT_RIGHT, "place": Answer.CANNOT_SAY}
    with pytest.raises(BadClaim):
        async with database.transaction() as session:
            await confirm_facts(session, secret=secret, answers={"role": Answer.RIGHT})
    async with database.transaction() as session:
        row = await confirm_facts(session, secret=secret, answers=answers)
    assert not hasattr(row, "outcome")
    for moment in (clock.now(), clock.now() + timedelta(days=40)):
        with travel(moment, tick=True), pytest.raises(ConfirmationOver):
            async with database.transaction() as session:
                await confirm_facts(session, secret=secret, answers=answers)
    read = (await client.get(f"{API}/{made}", headers=cast.token(LEARNER))).json()
    assert read["confirmations"][0]["answers"] == {
        "role": "right", "dates": "not_right", "place": "cannot_say",
    }  # fmt: skip


async def test_files_show_it(client: AsyncClient, cast: Cast, contact: str) -> None:
    made = await drafted(client, cast)
    files = {"file": ("letter.txt", b"They thank us.", "text/plain")}
    answer = await client.post(f"{API}/{made}/files", files=files, headers=cast.token(LEARNER))
    assert answer.status_code == 201, answer.text
    address = f"{API}/{made}/files/{answer.json()['files'][0]['id']}"
    assert (await client.get(address, headers=cast.token(SUPERVISOR))).status_code == 404
    await post(client, cast, LEARNER, f"/{made}/submit")
    read = await client.get(address, headers=cast.token(SUPERVISOR))
    assert (read.status_code, read.content) == (200, b"They thank us.")
    late = await client.post(f"{API}/{made}/files", files=files, headers=cast.token(LEARNER))
    assert late.status_code == 409
