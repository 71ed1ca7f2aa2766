"""Pages of focal points in a real browser: axe, forms sent back, nothing wider than a phone."""

from collections.abc import Awaitable, Callable

import pytest
from httpx2 import AsyncClient
from playwright.async_api import Page

from lms.kernel.database import Database
from tests.browser.test_accessibility import _look
from tests.browser.test_partner_pages import WIDER
from tests.browser.test_staff_pages_accessibility import _sent
from tests.cast import COORDINATOR, FOCAL_POINT, Cast
from tests.focal_points.samples import ME, SESSIONS, announce, let_pass, write_profile
from tests.partners.samples import make

Open = Callable[..., Awaitable[Page]]


@pytest.fixture(scope="module")
async def addresses(client: AsyncClient, database: Database, cast: Cast) -> dict[str, list[str]]:
    """A profile with an exchange, a session to come, one that is over, and a group; who looks at what."""
    await make(client, cast, "seen-by-axe")
    await write_profile(
        client, cast, FOCAL_POINT, topics=["legal"], languages=["fr", "sw"], background=["law"]
    )
    point = cast.token(FOCAL_POINT)
    sent = {"kind": "visit", "partner": "seen-by-axe", "from_on": "2026-02-02", "until_on": "2026-02-03"}
    made = await client.post(f"{ME}/exchanges", json=sent | {"learned": "Much."}, headers=point)
    assert made.status_code == 201, made.text
    coming, over, first = [await announce(client, cast, FOCAL_POINT) for _ in range(3)]
    for each in (over, first):
        await let_pass(database, each)
    words = {"title": "Group", "purpose": "To go on."}
    group = (await client.post(f"{SESSIONS}/{first}/carry-on", json=words, headers=point)).json()["id"]
    return {
        FOCAL_POINT: [
            "/focal-points",
            "/focal-points?q=nobody",
            f"/focal-points/{cast.ids[FOCAL_POINT]}",
            "/focal-points/me",
            "/focal-points/sessions",
            f"/focal-points/sessions/{coming}",
            f"/focal-points/sessions/{over}",
            f"/focal-points/groups/{group}",
            "/focal-points/sessions/new",
        ],
        COORDINATOR: ["/focal-points/report"],
    }


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("email", [FOCAL_POINT, COORDINATOR])
async def test_pages_of_focal_points(
    email: str, language: str, addresses: dict[str, list[str]], open_browser: Open
) -> None:
    page = await open_browser(email, language=language, bypass_csp=True)
    faults = [fault for address in addresses[email] for fault in await _look(page, address)]
    if email == FOCAL_POINT:
        faults += await _sent(page, "/focal-points/sessions/new")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("email", [FOCAL_POINT, COORDINATOR])
async def test_no_page_is_wider_than_the_screen(
    email: str, addresses: dict[str, list[str]], open_browser: Open
) -> None:
    for width in (360, 1280):
        page = await open_browser(email, width=width)
        for address in addresses[email]:
            await page.goto(address)
            assert not await page.evaluate(WIDER), (address, width)
