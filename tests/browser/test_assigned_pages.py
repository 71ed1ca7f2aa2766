"""Pages of assigned learning in a real browser: axe, the preview that follows the form, nothing wider than a phone."""

import re
from collections.abc import Awaitable, Callable

import pytest
from httpx2 import AsyncClient
from playwright.async_api import Page, expect

from tests.assigned.rules import active, ask, draft, in_days, own
from tests.browser.test_accessibility import _look
from tests.browser.test_staff_pages_accessibility import _sent
from tests.cast import FOCAL_POINT, HR, LEARNER, SENIOR, SUPERVISOR, Cast

Open = Callable[..., Awaitable[Page]]
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture(scope="module")
async def addresses(client: AsyncClient, cast: Cast) -> dict[str, list[str]]:
    """Who looks at which pages: a draft, an active rule, an assignment with a request for more time."""
    waits = await draft(client, cast, compulsory=True, decision="UNEO/1", reason="Why.")
    runs = await active(client, cast, course="legal-foundations", entity="uneo-kenya", due_on=in_days(60))
    mine = await own(client, cast, LEARNER, runs)
    path = f"/assignments/{mine['id']}/extensions"
    await ask(client, "POST", path, cast.token(LEARNER), until=in_days(90), reason="A mission.")
    rules = [
        "/assigned",
        f"/assigned/{waits['id']}",
        f"/assigned/{waits['id']}/edit",
        f"/assigned/{runs['id']}",
    ]
    return {
        HR: [*rules, "/assigned?state=ended", "/assigned/new", "/assigned/overdue", "/assigned/requests"],
        SENIOR: rules[1:2],
        FOCAL_POINT: ["/assigned", "/assigned/overdue", "/assigned/requests", "/assigned/new"],
        SUPERVISOR: ["/team", "/team/assigned"],
        LEARNER: ["/learning", f"/learning/assigned/{mine['id']}"],
    }


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("email", [HR, SENIOR, FOCAL_POINT, SUPERVISOR, LEARNER])
async def test_pages_of_assigned_learning(
    email: str, language: str, open_browser: Open, addresses: dict[str, list[str]]
) -> None:
    page = await open_browser(email, language=language, bypass_csp=True)
    faults = [fault for address in addresses[email] for fault in await _look(page, address)]
    if email == HR:
        faults += await _sent(page, "/assigned/new")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("email", [HR, SUPERVISOR, LEARNER])
async def test_no_page_is_wider_than_the_screen(
    email: str, open_browser: Open, addresses: dict[str, list[str]]
) -> None:
    for width in (360, 1280):
        page = await open_browser(email, width=width)
        for address in addresses[email]:
            await page.goto(address)
            assert not await page.evaluate(WIDER), (width, address)


async def test_the_preview_follows_the_form_as_it_is_filled_in(open_browser: Open) -> None:
    page = await open_browser(HR)
    await page.goto("/assigned/new")
    preview = page.locator("#preview-in")
    await expect(preview).to_contain_text("As soon as the form makes a rule")
    await page.select_option("#field-what", "course:fraud-and-financial-risk")
    await page.get_by_label("A number of days after being assigned").check()
    await page.fill("#field-due_days", "60")
    await page.press("#field-due_days", "Tab")
    await expect(preview).to_contain_text(re.compile(r"People it reaches\s*8"))
    await page.fill("#field-grades", "D-1")
    await page.press("#field-grades", "Tab")
    await expect(preview).to_contain_text(re.compile(r"People it reaches\s*1"))
    assert not await page.evaluate(WIDER)
