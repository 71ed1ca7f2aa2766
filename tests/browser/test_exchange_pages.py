"""Needs and offers in a real browser: axe, nothing wider than a phone, and both sides at once."""

from collections.abc import Awaitable, Callable

import pytest
from httpx2 import AsyncClient
from playwright.async_api import Page

from tests.browser.test_accessibility import _look
from tests.cast import COORDINATOR, FOCAL_POINT, OTHER_LEARNER, Cast
from tests.joint_trainings.exchange_samples import introduced, need, offer
from tests.partners.samples import appoint, make

Open = Callable[..., Awaitable[Page]]
BAOBAB, THEIRS = "browser-law", OTHER_LEARNER


@pytest.fixture(scope="module")
async def addresses(client: AsyncClient, cast: Cast) -> dict[str, list[str]]:
    """A need, an offer that fits and their introduction, and who looks at which pages."""
    await make(client, cast, BAOBAB)
    await appoint(client, cast, BAOBAB, THEIRS)
    wanted = await need(client, cast, title="What to ask of a contract")
    given = await offer(client, cast, THEIRS, partner=BAOBAB)
    introduction = f"/exchange/introductions/{(await introduced(client, cast, wanted, given))['id']}"
    one = f"/exchange/needs/{wanted['id']}"
    return {
        FOCAL_POINT: ["/exchange/needs", one, f"{one}/edit", introduction],
        COORDINATOR: [one, "/exchange/introductions"],
        THEIRS: ["/exchange/offers", "/exchange/offers/new", introduction],
    }


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("email", [FOCAL_POINT, COORDINATOR, THEIRS])
async def test_pages_of_needs_and_offers(
    email: str, language: str, addresses: dict[str, list[str]], open_browser: Open
) -> None:
    page = await open_browser(email, language=language, bypass_csp=True)
    faults = [fault for address in addresses[email] for fault in await _look(page, address)]
    assert not faults, "\n".join(faults)


async def test_both_sides_click_and_it_is_one_draft(
    addresses: dict[str, list[str]], open_browser: Open
) -> None:
    pages = [await open_browser(email) for email in (THEIRS, FOCAL_POINT)]
    for page in pages:
        await page.goto(addresses[THEIRS][-1])
    for page in pages:
        await page.get_by_role("button", name="Make a draft training").click()
        await page.wait_for_url("**/trainings/*")
    assert pages[0].url == pages[1].url
