"""Attendance in a real browser: axe, nothing wider than a phone, and marks that wait on a device without a line."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest
from playwright.async_api import Page

from lms.kernel import clock
from lms.kernel.database import Database
from tests.browser.test_accessibility import _look
from tests.browser.test_partner_pages import WIDER
from tests.cast import FOCAL_POINT, LEARNER, SENIOR, SUPERVISOR, Cast
from tests.joint_trainings.attendance_samples import make_session, make_training
from tests.joint_trainings.samples import AFRICA, RELIEF

Open = Callable[..., Awaitable[Page]]
SEATS = {LEARNER: AFRICA, SUPERVISOR: AFRICA}


@pytest.fixture(scope="module")
async def sittings(database: Database, cast: Cast) -> list[UUID]:
    """One session that has just begun, and one that is over."""
    hosts = await make_training(database, cast, FOCAL_POINT, {AFRICA: "entity", RELIEF: "entity"})
    return [
        await make_session(
            database, cast, hosts, starts_at=clock.now() - timedelta(minutes=ago), seats=SEATS,
            facilitators={SENIOR: AFRICA}, by=FOCAL_POINT,
        )
        for ago in (1, 1441)
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_pages_of_attendance(language: str, open_browser: Open, sittings: list[UUID]) -> None:
    going, over = sittings
    faults = []
    for email, addresses in (
        (SENIOR, ["/facilitating", f"/sessions/{going}/code", f"/sessions/{going}/attendance"]),
        (FOCAL_POINT, [f"/sessions/{over}/sign-off", f"/sessions/{over}/attendance"]),
        (LEARNER, [f"/check-in/{going}"]),
    ):
        page = await open_browser(email, language=language, bypass_csp=True)
        await page.set_viewport_size({"width": 320, "height": 800})
        for address in addresses:
            faults += await _look(page, address)
            if await page.evaluate(WIDER):
                faults.append(f"{address} is wider than the screen")
    assert not faults, "\n".join(faults)


async def test_marks_wait_for_the_line(open_browser: Open, sittings: list[UUID]) -> None:
    page = await open_browser(SENIOR)
    await page.goto(f"/sessions/{sittings[0]}/attendance")
    line = page.locator("li.line", has_text="Amina Otieno")
    await page.context.set_offline(True)
    await line.locator("button[value=present]").click()
    await page.get_by_text("No connection. The marks stay on this device").wait_for()
    assert "Not yet sent" in await line.inner_text()
    await page.context.set_offline(False)
    await page.get_by_text("All marks are sent.").wait_for()
    await page.reload()
    assert "There, 2\xa0h" in await line.inner_text()
    other = page.locator("li.line", has_text="Daniel Okafor")
    await other.get_by_text("Part of the time").click()
    await other.locator("input[name=minutes]").fill("45")
    await other.locator("button[value=part]").click()
    await page.get_by_text("All marks are sent.").wait_for()
    await page.reload()
    assert "There, 45\xa0min" in await other.inner_text()
