"""Pages of agreements on joint trainings in a real browser: axe, a form sent back, nothing wider than a phone."""

from collections.abc import Awaitable, Callable

import pytest
from httpx2 import AsyncClient
from playwright.async_api import Page

from lms.kernel.database import Database
from tests.browser.test_accessibility import _look
from tests.browser.test_staff_pages_accessibility import _sent
from tests.cast import FOCAL_POINT, Cast
from tests.joint_trainings.samples import API, LEGAL, SIGNS, partner_ready, ready_to_sign

Open = Callable[..., Awaitable[Page]]
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
PARTS = ("assessment", "indicators", "checklist", "costs", "agreement")


@pytest.fixture(scope="module")
async def training(client: AsyncClient, database: Database, cast: Cast) -> str:
    """The address of a training whose changed clause waits for the legal office."""
    await partner_ready(client, cast, database)
    made = await ready_to_sign(client, cast)
    address, headers = f"{API}/{made['id']}", cast.token(FOCAL_POINT)
    words = {"text": "Each host insures its own people, and tells the others how."}
    changed = await client.put(
        f"{address}/clauses/insurance", json=words, headers=headers | {"If-Match": "*"}
    )
    assert changed.status_code == 200, changed.text
    line = {
        "host": made["hosts"][1]["id"], "kind": "venue", "for_whom": "everyone", "what": "A room",
        "is_cash": False, "amount": "900", "currency": "USD", "basis": "The daily rate",
    }  # fmt: skip
    assert (await client.post(f"{address}/costs", json=line, headers=headers)).status_code == 201
    await client.post(f"{address}/agreement/clearance-requests", headers=headers)
    return f"/trainings/{made['id']}"


def addresses(training: str) -> dict[str, list[str]]:
    """Whose pages are looked at."""
    return {
        FOCAL_POINT: [f"{training}/{part}" for part in PARTS],
        LEGAL: [f"{training}/agreement", "/agreements", "/signing-authorities"],
        SIGNS: [f"{training}/agreement/sign", "/agreements/to-sign"],
    }


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("email", [FOCAL_POINT, LEGAL, SIGNS])
async def test_pages_of_agreements(email: str, language: str, open_browser: Open, training: str) -> None:
    page = await open_browser(email, language=language, bypass_csp=True)
    faults = [fault for address in addresses(training)[email] for fault in await _look(page, address)]
    if email == FOCAL_POINT:
        faults += await _sent(page, f"{training}/costs")
    assert not faults, "\n".join(faults)
    await page.set_viewport_size({"width": 360, "height": 800})
    for address in addresses(training)[email]:
        await page.goto(address)
        assert not await page.evaluate(WIDER), address
