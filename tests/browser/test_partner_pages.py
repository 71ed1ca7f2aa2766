"""Pages of the partner register in a real browser: axe, forms sent back, nothing wider than a phone."""

from collections.abc import Awaitable, Callable

import pytest
from httpx2 import AsyncClient
from playwright.async_api import Page

from lms.kernel.database import Database
from lms.settings import Settings
from tests.browser.test_accessibility import _look
from tests.browser.test_staff_pages_accessibility import _sent
from tests.cast import COORDINATOR, FOCAL_POINT, HR, Cast
from tests.cast import OTHER_LEARNER as PARTNER
from tests.partners.samples import API, appoint, grant, make
from tests.people.invited import invite, link_of

Open = Callable[..., Awaitable[Page]]
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
ADDRESSES = {
    FOCAL_POINT: [
        "/partners",
        "/partners?q=nobody",
        "/partners/harbour",
        "/partners/harbour/edit",
        "/partners/harbour/changes",
        "/partners/harbour/agreements/new",
        "/partners/harbour/invitations",
    ],
    PARTNER: ["/partners/harbour", "/partners/harbour/people", "/partners/harbour/invitations"],
    COORDINATOR: ["/partners/harbour", "/partners/import"],
    HR: ["/partners/harbour/screening?entity=uneo", "/screening-circle"],
}


@pytest.fixture(scope="module", autouse=True)
async def harbour(client: AsyncClient, database: Database, cast: Cast) -> None:
    """A partner with a contact, an agreement, a decision and a warning; HR screens."""
    await grant(database, cast, HR, "screening_officer", "uneo")
    await make(
        client, cast, "harbour", sector="energy", country="GR", website="https://h.example", about="Ports."
    )
    point, officer = cast.token(FOCAL_POINT), cast.token(HR)
    await client.post(
        f"{API}/harbour/contacts", json={"name": "N. Kyrou", "email": "n@h.example"}, headers=point
    )
    signed = {"entity": "uneo-africa", "kind": "other", "version": "1", "signed_on": "2026-01-01"}
    await client.post(f"{API}/harbour/agreements", data=signed, headers=point)
    await appoint(client, cast, "harbour", PARTNER)
    await invite(client, "harbour", cast.token(PARTNER), "crew@h.example", name="A. Crew")
    told = {"entity": "uneo", "occurred_on": "2026-01-01"}
    decision = {"scope": "partnership", "effort": "full", "may_proceed": True, "valid_until": "2199-01-01"}
    warning = {"category": "labour", "source_kind": "media", "facts": "A strike in May 2025."}
    for path, sent in (("decisions", decision | {"reference": "Box 3"}), ("warnings", warning)):
        answer = await client.post(f"{API}/harbour/{path}", json=told | sent, headers=officer)
        assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("email", ADDRESSES)
async def test_pages_of_partners(email: str, language: str, open_browser: Open) -> None:
    page = await open_browser(email, language=language, bypass_csp=True)
    faults = [fault for address in ADDRESSES[email] for fault in await _look(page, address)]
    if email == FOCAL_POINT:
        faults += await _sent(page, "/partners/harbour/agreements/new")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("email", ADDRESSES)
async def test_no_page_is_wider_than_the_screen(email: str, open_browser: Open) -> None:
    for width in (360, 1280):
        page = await open_browser(email, width=width)
        for address in ADDRESSES[email]:
            await page.goto(address)
            assert not await page.evaluate(WIDER), (address, width)


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_an_invitation_is_opened_by_nobody_in_particular(
    client: AsyncClient, cast: Cast, settings: Settings, language: str, open_browser: Open
) -> None:
    made = await invite(client, "harbour", cast.token(PARTNER), f"opened.{language}@h.example")
    link = await link_of(settings, made)
    page = await open_browser(language=language, bypass_csp=True)
    faults = [fault for address in (link, "/invitations/none") for fault in await _look(page, address)]
    faults += await _sent(page, link)
    assert not faults, "\n".join(faults)
    await page.set_viewport_size({"width": 360, "height": 800})
    assert not await page.evaluate(WIDER)
