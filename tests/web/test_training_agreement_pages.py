"""Pages of an agreement: both sides fill their part, the legal office sees what differs, signatories what they sign."""

import re
from io import BytesIO

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from pypdf import PdfReader

from lms.joint_trainings.domain.checklist import Item
from lms.kernel.database import Database
from tests.cast import FOCAL_POINT, HR, LEARNER, OTHER_LEARNER, Cast
from tests.joint_trainings.samples import (
    API,
    LEGAL,
    PARTNER,
    SIGNS,
    agreed,
    in_days,
    partner_ready,
    ready_to_sign,
    with_partner,
)
from tests.partners.samples import appoint
from tests.web.readers import Reader, words

PARTNERS = OTHER_LEARNER  # coordinates the partner's part, and signs in on pages


@pytest.fixture(scope="module", autouse=True)
async def ready(client: AsyncClient, cast: Cast, database: Database) -> None:
    """The partner, and everybody who clears and signs."""
    await partner_ready(client, cast, database)
    await appoint(client, cast, PARTNER, PARTNERS)


async def test_both_sides_fill_their_part(app: FastAPI, client: AsyncClient, cast: Cast) -> None:
    training = await with_partner(client, cast, minutes=600)
    base = f"/trainings/{training['id']}"
    reader = await Reader(app).sign_in(cast, FOCAL_POINT)
    page = words(await reader.get(f"{base}/assessment"))
    assert "Full track: it is longer than a day" in page and "The entities have not answered" in page
    told = {"benefit": "Buyers.", "contribution": "Law.", "risk": "Haste.", "expectation": "None."}
    page = await reader.send(f"{base}/assessment", 422, **told)
    assert "Buyers." in page and "Answer this question." in page
    page = words(await reader.send(f"{base}/assessment", **told, proof="Contracts."))
    assert "The entities have answered" in page and "Haste." in page
    partner = await Reader(app).sign_in(cast, PARTNERS)
    page = words(await partner.get(f"{base}/assessment"))
    assert "Haste." not in page and "The entities have answered" in page
    await partner.send(f"{base}/assessment", **told, proof="Repairs.")
    await reader.get(f"{base}/indicators")
    page = await reader.send(f"{base}/indicators", 422, name="Contracts", unit="per cent", target="many")
    assert "Write a number" in page and 'value="Contracts"' in page
    sent = {
        "baseline": "20",
        "target": "60.5",
        "verification": "A sample",
        "measured_on": in_days(90).isoformat(),
    }
    page = words(await reader.send(f"{base}/indicators", name="Contracts", unit="per cent", **sent))
    assert "60.50" in page and "A sample" in page


async def test_the_checklist_on_one_page(app: FastAPI, client: AsyncClient, cast: Cast) -> None:
    training = await with_partner(client, cast, name_or_emblem=True)
    base = f"/trainings/{training['id']}/checklist"
    reader = await Reader(app).sign_in(cast, FOCAL_POINT)
    page = await reader.get(base)
    assert "12 items have no answer yet." in words(page)
    assert 'name="recording" value="not_applicable"' in page
    assert 'name="name_and_emblem" value="not_applicable"' not in page
    all_yes = {item.value: "yes" for item in Item}
    page = await reader.send(base, 422, **all_yes | {"insurance": "no"})
    assert "Say why in the note" in page
    page = await reader.send(base, **all_yes | {"insurance": "no", "note-insurance": "The place insures."})
    assert "Every item has an answer." in words(page)
    partner = await Reader(app).sign_in(cast, PARTNERS)
    page = words(await partner.get(base))
    assert "The place insures." in page and "Record the answers" not in page


async def test_costs_are_refused_in_clear_words(app: FastAPI, client: AsyncClient, cast: Cast) -> None:
    training = await with_partner(client, cast)
    entity, partner = (host["id"] for host in training["hosts"])
    base = f"/trainings/{training['id']}/costs"
    reader = await Reader(app).sign_in(cast, FOCAL_POINT)
    await reader.get(base)
    line = {"what": "Flights", "kind": "travel", "for_whom": "un", "host": partner, "is_cash": "true",
            "amount": "900", "currency": "USD", "basis": "Fares"}  # fmt: skip
    page = await reader.send(base, 422, **line)
    assert "A partner pays no UN participant" in page and 'value="Flights"' in page
    page = words(await reader.send(base, **line | {"host": entity}))
    assert "USD 900.00" in page.replace("\u00a0", " ") and "accepted" in page
    page = await reader.send(base, **line | {"kind": "venue", "what": "A hall"})
    assert "not accepted yet" in words(page)
    theirs = await Reader(app).sign_in(cast, PARTNERS)
    page = await theirs.get(base)
    accept = re.search(r'action="(/trainings/[^"]+/accept)"', page)
    assert accept
    assert "not accepted yet" not in words(await theirs.send(accept[1]))


async def test_a_changed_clause_stands_beside_the_standard_one(
    app: FastAPI, client: AsyncClient, cast: Cast
) -> None:
    training = await ready_to_sign(client, cast)
    base = f"/trainings/{training['id']}"
    reader = await Reader(app).sign_in(cast, FOCAL_POINT)
    page = await reader.get(f"{base}/agreement")
    revision = re.search(r'name="revision" value="(\d+)"', page)
    assert revision
    text = "Each host insures its own people and answers for what they do, and tells the others how."
    page = await reader.send(f"{base}/clauses/insurance", text=text, revision=revision[1])
    assert "differs from the standard" in words(page) and "<del>" in page and "<ins>" in page
    page = await reader.send(f"{base}/clauses/insurance", 422, text=text, revision=revision[1])
    assert "no longer what you saw" in page
    page = words(await reader.send(f"{base}/agreement/clearance"))
    assert "The legal office was asked on" in page
    officer = await Reader(app).sign_in(cast, LEGAL)
    assert training["title"] in await officer.get("/agreements")
    page = await officer.get(f"{base}/agreement")
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', page)
    assert digest and "<del>" in page
    page = await officer.send(f"{base}/agreement/clearance", 422, digest=digest[1], decision="refused")
    assert "A reason is required." in page
    page = words(
        await officer.send(f"{base}/agreement/clearance", digest=digest[1], decision="cleared", words="Fine.")
    )
    assert "Cleared for" in page and "Fine." in page
    partner = words(await (await Reader(app).sign_in(cast, PARTNERS)).get(f"{base}/agreement"))
    assert "Cleared for" in partner and "Fine." not in partner


async def test_a_signatory_reads_all_and_signs_once(app: FastAPI, client: AsyncClient, cast: Cast) -> None:
    training = await ready_to_sign(client, cast)
    base = f"/trainings/{training['id']}/agreement/sign"
    stranger = await Reader(app).sign_in(cast, LEARNER)
    await stranger.get(base, 404)
    reader = await Reader(app).sign_in(cast, SIGNS)
    assert training["title"] in await reader.get("/agreements/to-sign")
    page = await reader.get(base)
    told = words(page)
    for part in (
        "Privileges and immunities",
        "Contracts that name who repairs",
        "Every host sees who signed",
    ):
        assert part in told
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', page)
    host = training["hosts"][0]["id"]
    assert digest and f'name="host" value="{host}"' in page
    assert f'name="host" value="{training["hosts"][1]["id"]}"' not in page
    for _ in range(2):
        page = words(await reader.send(base, digest=digest[1], host=host))
        assert "You have signed." in page
    assert "no longer what you saw" in await reader.send(base, 422, digest="0" * 64, host=host)
    assert "Choose for which host" in await reader.send(base, 422, digest=digest[1])
    other = training["hosts"][1]["id"]
    assert "You hold no authority" in await reader.send(base, 422, digest=digest[1], host=other)


async def test_the_file_is_the_same_twice_and_in_the_language_chosen(
    app: FastAPI, client: AsyncClient, cast: Cast
) -> None:
    training = await agreed(client, cast)
    address = f"{API}/{training['id']}/agreement.pdf"
    files = {}
    for language in ("en", "ar", "zh"):
        answers = [
            await client.get(f"{address}?language={language}", headers=cast.token(PARTNERS)) for _ in range(2)
        ]
        assert answers[0].content == answers[1].content
        assert answers[0].headers["content-type"] == "application/pdf"
        files[language] = answers[0].content
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(files["en"])).pages)
    assert "Signed by every host" in text and "Privileges and immunities" in text
    chinese = "".join(page.extract_text() for page in PdfReader(BytesIO(files["zh"])).pages)
    assert "特权和豁免" in chinese
    assert (await client.get(address, headers=cast.token(LEARNER))).status_code == 404
    wrong = await client.get(f"{address}?language=de", headers=cast.token(FOCAL_POINT))
    assert wrong.status_code == 422


async def test_who_may_sign_on_a_page(app: FastAPI, client: AsyncClient, cast: Cast) -> None:
    officer = await Reader(app).sign_in(cast, LEGAL)
    await officer.get("/signing-authorities")
    sent = {"of": "entity:uneo", "source": "Memo of today", "from_on": in_days(0).isoformat()}
    page = await officer.send("/signing-authorities", 422, **sent, person="nobody@x.example")
    assert "e-mail of nobody who belongs to it" in page and 'value="Memo of today"' in page
    page = await officer.send("/signing-authorities", **sent, person=HR)
    assert "The authority to sign is recorded." in page and "Memo of today" in page
    end = re.search(r'action="(/signing-authorities/[0-9a-f-]+/end)"', page)
    assert end
    assert "Say why." in await officer.send(end[1], 422)
    assert "was ended" in words(await officer.send(end[1], reason="A new post."))
    partner = await Reader(app).sign_in(cast, PARTNERS)
    page = words(await partner.get("/signing-authorities"))
    assert "Memo of today" not in page and "Memorandum of delegation" in page
    focal_point = words(await (await Reader(app).sign_in(cast, FOCAL_POINT)).get("/signing-authorities"))
    assert "Nobody is named" in focal_point and "Name somebody" not in focal_point


async def test_the_standard_agreement_is_cleared_on_its_page(app: FastAPI, cast: Cast) -> None:
    officer = await Reader(app).sign_in(cast, LEGAL)
    page = await officer.get("/agreements")
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', page)
    assert digest
    page = await officer.send("/agreements/standard", entity="uneo-africa", digest=digest[1])
    assert "The standard agreement is cleared." in page
    page = await officer.send("/agreements/standard", 422, entity="uneo-africa", digest="0" * 64)
    assert "read it again" in page
