"""Pages of sessions and seats in a real browser: axe, forms sent back, nothing wider than a phone."""

from collections.abc import Awaitable, Callable

import pytest
from httpx2 import AsyncClient
from playwright.async_api import Page

from tests.browser.test_accessibility import _look
from tests.browser.test_staff_pages_accessibility import _sent
from tests.cast import FOCAL_POINT, LEARNER, SUPERVISOR, Cast
from tests.joint_trainings.samples import book, planned, published

Open = Callable[..., Awaitable[Page]]
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture(scope="module")
async def addresses(client: AsyncClient, cast: Cast) -> dict[str, list[str]]:
    """Pages by reader: a session of one seat that two booked, and one that is open."""
    training = await published(client, cast, every_session=False)
    full = await planned(client, cast, training["id"], title="Clauses", seats=1)
    free = await planned(client, cast, training["id"], title="Budgets", zone="Asia/Kathmandu")
    for email in (LEARNER, SUPERVISOR):
        await book(client, cast, full["id"], email)
    own = f"/trainings/{training['id']}/sessions"
    session = f"/sessions/{full['id']}"
    return {
        LEARNER: ["/sessions", session, f"/sessions/{free['id']}"],
        SUPERVISOR: ["/sessions", session],
        FOCAL_POINT: [own, f"{own}/new", session, f"{session}/edit", f"{session}/bookings"],
    }


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_pages_of_sessions(addresses: dict[str, list[str]], language: str, open_browser: Open) -> None:
    faults = []
    for email, paths in addresses.items():
        page = await open_browser(email, language=language, bypass_csp=True)
        faults += [fault for address in paths for fault in await _look(page, address)]
        if email == FOCAL_POINT:
            faults += await _sent(page, paths[1])
        await page.set_viewport_size({"width": 360, "height": 800})
        for address in paths:
            await page.goto(address)
            assert not await page.evaluate(WIDER), address
    assert not faults, "\n".join(faults)
