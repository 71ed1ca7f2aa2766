"""Pages of evaluations in a real browser: axe, a form sent without a mouse, nothing wider than a phone."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page

from lms.demo.evaluations import make_evaluations
from lms.kernel.database import Database
from lms.settings import Settings
from tests.browser.test_accessibility import _look
from tests.cast import FOCAL_POINT, LEARNER, Cast

Open = Callable[..., Awaitable[Page]]
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


async def _addresses(page: Page, email: str) -> list[str]:
    """The list and what it leads to."""
    start = "/evaluations" if email == LEARNER else "/reports/evaluations"
    await page.goto(start)
    links = page.locator("main a[href^='/evaluations/'], main a[href$='/evaluation']")
    found = [await link.get_attribute("href") for link in await links.all()]
    return [start, *(each for each in found if each)]


@pytest.mark.parametrize("email", [LEARNER, FOCAL_POINT])
async def test_pages_of_evaluations(
    email: str, cast: Cast, database: Database, settings: Settings, open_browser: Open
) -> None:
    await make_evaluations(database, settings)
    faults = []
    for language in ("en", "ar"):
        page = await open_browser(email, language=language, bypass_csp=True)
        addresses = await _addresses(page, email)
        assert len(addresses) == 3
        faults += [fault for address in addresses for fault in await _look(page, address)]
    assert not faults, "\n".join(faults)
    page = await open_browser(email, width=360)
    for address in addresses:
        await page.goto(address)
        assert not await page.evaluate(WIDER), address
    if email == LEARNER:
        await page.goto(next(each for each in addresses if each.endswith("/reaction")))
        await page.click("main form.form button.button-primary")
        assert await page.locator(".error-summary li").count() == 6
        for key in ("relevant", "clear", "facilitated", "across", "accessible", "usable"):
            await page.locator(f'input[name="score-{key}"]').nth(3).check()
        await page.click("main form.form button.button-primary")
        await page.wait_for_url("**/evaluations")
        assert "reaction" not in " ".join(await _addresses(page, email))
