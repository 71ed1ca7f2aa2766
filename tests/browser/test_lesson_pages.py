"""Pages of lessons in a real browser: axe, a form sent back, nothing wider than a phone."""

from collections.abc import Awaitable, Callable

import pytest
from httpx2 import AsyncClient
from playwright.async_api import Page

from lms.kernel.database import Database
from tests.browser.test_accessibility import _look
from tests.cast import COORDINATOR, FOCAL_POINT, LEARNER, Cast
from tests.joint_trainings.lesson_samples import over, published, submit, write

Open = Callable[..., Awaitable[Page]]
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
Addresses = dict[str, list[str]]


@pytest.fixture(scope="module")
async def addresses(client: AsyncClient, database: Database, cast: Cast) -> Addresses:
    """A lesson in the library, one that waits, and one that names its hosts."""
    _, key = await published(client, cast, database, title="A lesson to look at")
    waits = await over(client, cast, database)
    await write(client, cast, waits, title="One that waits", private_part="Between us.")
    assert (await submit(client, cast, waits)).status_code == 200
    names = await over(client, cast, database)
    await write(client, cast, names, worked="Everybody at UNEO came, and Émile Nkurunziza.", failed="")
    return {
        LEARNER: [
            "/lessons?skill_area=legal",
            f"/lessons/{key}",
            "/lessons/digest",
            "/courses/legal-foundations",
        ],
        FOCAL_POINT: [f"/trainings/{names}/lesson", f"/lessons/{key}/translate/ar"],
        COORDINATOR: ["/lessons/review", f"/lessons/review/{waits}"],
    }


@pytest.mark.parametrize("email", [LEARNER, FOCAL_POINT, COORDINATOR])
async def test_pages_of_lessons(email: str, addresses: Addresses, open_browser: Open) -> None:
    faults = []
    for language in ("en", "ar"):
        page = await open_browser(email, language=language, bypass_csp=True)
        faults += [fault for address in addresses[email] for fault in await _look(page, address)]
        if email == FOCAL_POINT:
            await page.goto(addresses[email][0])
            await page.click('button[value="submit"]')
            assert await page.locator('[aria-invalid="true"]').count() == 1
            assert page.url.endswith("/lesson")
    assert not faults, "\n".join(faults)
    page = await open_browser(email, width=360)
    for address in addresses[email]:
        await page.goto(address)
        assert not await page.evaluate(WIDER), address
