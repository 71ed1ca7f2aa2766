"""Pages of needs and offers: written and posted, found by the other side, introduced, and made a draft."""

import re

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from lms.kernel.database import Database
from tests.cast import ASSESSOR, COORDINATOR, FOCAL_POINT, LEARNER, OTHER_LEARNER, SENIOR, Cast
from tests.joint_trainings.exchange_samples import SAID, introduced, need, offer
from tests.joint_trainings.samples import AFRICA, RELIEF, in_days
from tests.partners.samples import appoint, grant, make
from tests.web.readers import Reader, words

BAOBAB, THEIRS = "page-law", OTHER_LEARNER
RELIEFS = ASSESSOR
FORM = {
    "owner": f"entity:{AFRICA}", "title": "Reading a contract", "words": "What to ask.", "language": "en",
    "competencies": ["legal-instruments"], "languages": ["en", "fr"], "seats": "12", "setting": "online",
    "from_on": SAID["from_on"], "until_on": SAID["until_on"], "stands_until": SAID["stands_until"],
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
async def sides(client: AsyncClient, cast: Cast, database: Database) -> None:
    """A partner with a coordinator, and a second focal point."""
    await make(client, cast, BAOBAB)
    await appoint(client, cast, BAOBAB, THEIRS)
    await grant(database, cast, RELIEFS, "focal_point", RELIEF)


async def test_a_need_is_drafted_posted_withdrawn_and_posted_again(app: FastAPI, cast: Cast) -> None:
    reader = await Reader(app).sign_in(cast, FOCAL_POINT)
    await reader.get("/exchange/needs/new")
    page = await reader.send("/exchange/needs/new", 422, title="Reading a contract", language="en", do="post")
    for sentence in ("Choose for whom you post it.",):
        assert sentence in page
    part = {"owner": FORM["owner"], "title": "Reading a contract", "language": "en", "seats": "none"}
    page = await reader.send("/exchange/needs/new", 422, **part, do="draft")
    assert "Write how many people it is for." in page and 'value="Reading a contract"' in page
    page = await reader.send("/exchange/needs/new", **part | {"seats": ""}, do="draft")
    assert "It is kept as a draft; nobody else sees it." in page
    path = reader.path
    page = await reader.send(f"{path}/post", 422)  # the form says what is missing
    for sentence in ("Choose at least one language.", "Write the earliest day", "a skill area."):
        assert sentence in page
    revision = re.search(r'name="revision" value="(\d+)"', page)
    assert revision
    page = await reader.send(f"{path}/edit", **FORM | {"revision": revision[1]})
    assert "Choosing and reading partnership agreements" in words(page)
    stale = await reader.send(f"{path}/edit", 422, **FORM | {"revision": revision[1]})
    assert "Somebody changed this meanwhile." in stale
    assert "It is posted." in await reader.send(f"{path}/post")
    other = await Reader(app).sign_in(cast, RELIEFS)
    seen = words(await other.get(path))
    assert "Reading a contract" in seen and "posted by" not in seen
    assert f'action="{path}/withdraw"' not in other.page
    page = await reader.send(f"{path}/withdraw")
    assert "Post it again" in page
    await other.get(path, 404)
    await reader.send(f"{path}/post")
    assert "Reading a contract" in words(await other.get("/exchange/needs?q=contract&in_language=fr"))
    assert "Nothing was found" in words(await other.get("/exchange/needs?q=contract&in_language=zh"))
    assert "It is marked" in await reader.send(f"{path}/meet")


async def test_a_partner_offers_and_sees_needs_without_names(
    app: FastAPI, client: AsyncClient, cast: Cast
) -> None:
    wanted = await need(client, cast, title="Clauses for everybody")
    entity = await offer(client, cast, RELIEFS, entity=RELIEF, title="Ours alone")
    reader = await Reader(app).sign_in(cast, THEIRS)
    assert 'href="/exchange"' in reader.page
    await reader.get("/exchange/offers/new")
    told = FORM | {"owner": f"partner:{BAOBAB}", "title": "Our lawyers teach"}
    assert "Say who teaches" in await reader.send("/exchange/offers/new", 422, **told, do="post")
    page = await reader.send("/exchange/offers/new", **told, teachers="In-house lawyers", do="post")
    assert "It is posted." in page and "Clauses for everybody" in words(page)  # it fits
    assert "Both name" in words(page)
    listed = words(await reader.get("/exchange/offers"))
    assert "Our lawyers teach" in listed and "Ours alone" not in listed
    await reader.get(f"/exchange/offers/{entity['id']}", 404)
    await reader.get("/exchange/needs/new", 403)
    seen = words(await reader.get(f"/exchange/needs/{wanted['id']}"))
    assert "posted by" not in seen and "Our lawyers teach" in seen
    own = words(await reader.get("/exchange/offers?whose=own&state=all"))
    assert "Our lawyers teach" in own


async def test_the_coordinator_introduces_and_one_step_makes_the_draft(
    app: FastAPI, client: AsyncClient, cast: Cast
) -> None:
    wanted = await need(client, cast, title="What to sign")
    given = await offer(client, cast, THEIRS, partner=BAOBAB, title="Signing well")
    reader = await Reader(app).sign_in(cast, COORDINATOR)
    page = await reader.get(f"/exchange/needs/{wanted['id']}")
    assert "Signing well" in words(page) and "posted by" in words(page)
    sent = {"need": wanted["id"], "offer": given["id"], "words": "Meet."}
    page = await reader.send("/exchange/introductions", **sent)
    assert "Both sides are told by mail whom to speak to." in page
    path = reader.path
    await reader.send("/exchange/introductions", **sent)  # a double click
    assert reader.path == path
    assert "Decline" not in words(page)
    partner = await Reader(app).sign_in(cast, THEIRS)
    page = await partner.get(path)
    assert FOCAL_POINT in page and "Decline" in words(page)
    page = await partner.send(f"{path}/training")
    assert partner.path.startswith("/trainings/")
    training = partner.path
    point = await Reader(app).sign_in(cast, FOCAL_POINT)
    assert "A draft training" in words(await point.get("/exchange/introductions?state=drafted"))
    await point.send(f"{path}/training")
    assert point.path == training
    other = await Reader(app).sign_in(cast, RELIEFS)
    await other.get(path, 404)
    assert "No introduction yet" in words(await other.get("/exchange/introductions"))


async def test_a_side_declines_in_words(app: FastAPI, client: AsyncClient, cast: Cast) -> None:
    wanted, given = await need(client, cast), await offer(client, cast, THEIRS, partner=BAOBAB)
    path = f"/exchange/introductions/{(await introduced(client, cast, wanted, given))['id']}"
    reader = await Reader(app).sign_in(cast, THEIRS)
    await reader.get(path)
    assert "Say why, for the other side." in await reader.send(f"{path}/decline", 422, words=" ")
    page = words(await reader.send(f"{path}/decline", words="No time."))
    assert "Declined by the side of the offer" in page and "No time." in page
    late = await reader.send(f"{path}/training", 422)
    assert "This introduction was declined" in words(late)


async def test_an_offer_by_itself_names_who_is_asked(app: FastAPI, client: AsyncClient, cast: Cast) -> None:
    given = await offer(client, cast, THEIRS, partner=BAOBAB)
    reader = await Reader(app).sign_in(cast, THEIRS)
    path = f"/exchange/offers/{given['id']}"
    await reader.get(path)
    assert "Choose the entity." in await reader.send(f"{path}/training", 422)
    await reader.send(f"{path}/training", entity=AFRICA)
    assert "not answered yet" in words(reader.page)
    wanted = await need(client, cast, until_on=in_days(70).isoformat())
    point = await Reader(app).sign_in(cast, FOCAL_POINT)
    await point.get(f"/exchange/needs/{wanted['id']}")
    await point.send(f"/exchange/needs/{wanted['id']}/training")
    assert point.path.startswith("/trainings/")


@pytest.mark.parametrize("email", [LEARNER, SENIOR])
async def test_who_does_neither_finds_no_way_in(app: FastAPI, cast: Cast, email: str) -> None:
    reader = await Reader(app).sign_in(cast, email)
    assert "/exchange" not in reader.page
    for place in ("needs", "offers", "introductions"):
        await reader.get(f"/exchange/{place}", 403)
