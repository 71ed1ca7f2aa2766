"""What staff pages look like where it is narrow, and with words that nobody expected to be so long."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page

from tests.cast import COORDINATOR, HR, VOLUNTEER, Cast

Open = Callable[..., Awaitable[Page]]
REPORT = "/reports/recognition?entity=uneo&from=2025-06-01&to=2026-12-31"


@pytest.mark.parametrize("width", [390, 1280])
async def test_a_long_address_as_evidence_widens_no_page(width: int, open_browser: Open, cast: Cast) -> None:
    page = await open_browser(HR, width=width)
    await page.goto(f"/people/record?person={VOLUNTEER}")
    await page.select_option("#field-course", "legal-foundations")
    await page.fill("#field-occurred_on", "2026-03-02")
    await page.fill("#field-source", f"Earlier system {width}")
    await page.fill("#field-evidence", "https://certificates.example/" + "x" * 300)
    await page.locator("main .button-primary").click()
    await page.wait_for_url(f"**/people/{cast.ids[VOLUNTEER]}")
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not await page.evaluate(wide)


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_on_a_phone_the_names_stay_in_sight_beside_the_figures(
    language: str, open_browser: Open
) -> None:
    page = await open_browser(HR, language=language, width=390)
    await page.goto(REPORT)
    frame = page.locator(".table-scroll").last
    await frame.evaluate("each => each.scrollBy(document.dir === 'rtl' ? -300 : 300, 0)")
    name = frame.locator("tbody th").first
    seen, within = await name.bounding_box(), await frame.bounding_box()
    assert seen
    assert within
    assert within["x"] - 1 <= seen["x"] <= within["x"] + within["width"] - seen["width"] + 1
    assert await frame.evaluate("each => Math.abs(each.scrollLeft)") > 100


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_on_a_phone_the_heat_map_scrolls_in_its_frame_beside_its_names(
    language: str, open_browser: Open
) -> None:
    page = await open_browser(COORDINATOR, language=language, width=390)
    for address in ("/reports/coverage", "/reports/participation?from=2023-01-01&to=2026-12-31"):
        await page.goto(address)
        assert not await page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
    await page.goto("/reports/coverage")
    frame = page.locator(".table-scroll:has(.heat)")
    await frame.evaluate("each => each.scrollBy(document.dir === 'rtl' ? -300 : 300, 0)")
    seen, within = await frame.locator("tbody th").first.bounding_box(), await frame.bounding_box()
    assert seen
    assert within
    assert within["x"] - 1 <= seen["x"] <= within["x"] + within["width"] - seen["width"] + 1
    assert await frame.evaluate("each => Math.abs(each.scrollLeft)") > 100
