"""axe on every page of a visitor and a learner, in English and Arabic; nothing wider than a phone."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Page

from lms.catalogue.domain import Edition
from lms.catalogue.queries import get_course, get_edition
from lms.kernel.database import Database
from lms.settings import PROJECT
from tests.browser.taking import pass_quiz
from tests.cast import ASSESSOR, LEARNER, OTHER_LEARNER

COURSE = "partnership-essentials"
AXE = PROJECT / "node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
Open = Callable[..., Awaitable[Page]]

OUTSIDE = ["/", "/sign-in", "/sign-in?next=/courses"]
INSIDE = [
    "/courses",
    "/courses?q=zzzz",
    "/courses?focus=environment",
    f"/courses/{COURSE}",
    "/courses/indicators-and-baselines",
    "/learning",
    "/programmes",
    "/programmes/environment-partnership-practitioner",
    "/profiles/partnership-focal-point",
    "/plan",
    "/plan/new",
    "/plan/time",
    "/record",
    "/account",
    f"/learn/{COURSE}",
    f"/learn/{COURSE}/{{page}}",
    f"/learn/{COURSE}/{{quiz}}",
    f"/learn/{COURSE}/{{open}}",
    f"/learn/{COURSE}/{{work}}",
    f"/learn/{COURSE}/{{module}}/print",
    "/no-such-page",
]


@pytest.fixture(scope="module")
async def edition(database: Database) -> Edition:
    async with database.reading() as session:
        return await get_edition(session, (await get_course(session, COURSE)).version_id)


def _addresses(edition: Edition) -> list[str]:
    kinds = {
        kind: [each.key for each in edition.course.activities if each.kind == kind]
        for kind in ("page", "quiz", "assignment")
    }
    names = {
        "page": kinds["page"][1],
        "quiz": kinds["quiz"][0],
        "open": kinds["quiz"][1],
        "work": kinds["assignment"][0],
        "module": edition.course.modules[0].key,
    }
    return [each.format(**names) for each in INSIDE]


async def _faults(page: Page) -> list[str]:
    await page.add_script_tag(path=AXE)
    found: dict[str, Any] = await page.evaluate(
        "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", RULES
    )
    return [
        f"{page.url}: {each['id']}: {node['html'][:160]} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


async def _is_narrow(page: Page) -> bool:
    await page.set_viewport_size({"width": 360, "height": 740})
    fits: bool = await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.set_viewport_size({"width": 1280, "height": 800})
    return fits


async def _look(page: Page, address: str) -> list[str]:
    await page.goto(address)
    faults = await _faults(page)
    return faults if await _is_narrow(page) else [*faults, f"{address} is wider than a phone"]


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_pages_of_a_visitor(language: str, open_browser: Open) -> None:
    page = await open_browser(language=language, bypass_csp=True)
    faults = [fault for address in OUTSIDE for fault in await _look(page, address)]
    await page.goto("/sign-in")
    await page.locator("form.form button").click()
    faults += await _faults(page)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(("language", "email"), [("en", LEARNER), ("ar", OTHER_LEARNER)])
async def test_pages_of_a_learner(language: str, email: str, open_browser: Open, edition: Edition) -> None:
    page = await open_browser(email, language=language, bypass_csp=True)
    await page.goto(f"/courses/{COURSE}")
    await page.locator("main form.form button").click()
    quizzes = [each.key for each in edition.course.activities if each.kind == "quiz"]
    faults = []
    for key in quizzes[1:3]:
        await page.goto(f"/learn/{COURSE}/{key}")
        await page.locator("main form.form button").click()
    for address in _addresses(edition):
        faults += await _look(page, address)
    await page.goto(f"/learn/{COURSE}/{quizzes[1]}")
    await page.locator('button[value="submit"]').click()
    faults += await _faults(page)
    await page.locator('button[value="submit-anyway"]').click()
    faults += await _faults(page)
    await page.goto(f"/learn/{COURSE}/{quizzes[0]}")
    assert page.url.endswith(quizzes[0])
    await page.goto("/account")
    await page.locator("section[aria-labelledby=password] summary").click()
    faults += await _faults(page)
    await page.locator("form[action='/account/password'] button").click()
    faults += await _faults(page)
    assert await page.locator("#field-current_password").is_visible(), "what is wrong is not folded away"
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(("language", "email"), [("en", LEARNER), ("ar", ASSESSOR)])
async def test_pages_of_a_plan_of_ones_own(language: str, email: str, open_browser: Open) -> None:
    page = await open_browser(email, language=language, bypass_csp=True)
    await page.goto("/plan/new")
    await page.fill("#field-weekly_minutes", "1")
    await page.locator('button[value="make"]').click()
    faults = await _faults(page)
    await page.fill("#field-weekly_minutes", "90")
    await page.locator('button[value="make"]').click()
    await page.wait_for_url("**/plan")
    for summary in await page.locator("details.why > summary, .drop > summary").all():
        await summary.click()
    faults += await _faults(page)
    await page.locator('.drop[open] button[value="dropped"]').first.click()
    faults += await _look(page, "/plan")
    await page.goto("/plan/time")
    await page.locator('form[action="/plan/time/calendar"] button').click()
    faults += await _faults(page)
    assert not faults, "\n".join(faults)


async def test_pages_after_a_course_is_completed(open_browser: Open, edition: Edition) -> None:
    page = await open_browser(LEARNER, bypass_csp=True)
    for activity in edition.course.required_activities:
        await page.goto(f"/learn/{COURSE}/{activity.key}")
        if activity.kind == "page":
            await page.locator("form.go-on button").click()
        else:
            if await page.get_by_role("button", name="Try again").count():
                await page.get_by_role("button", name="Try again").click()
            await pass_quiz(page, edition, activity.key)
    faults = []
    for address in (f"/courses/{COURSE}/completed", "/record", "/learning", f"/courses/{COURSE}", "/courses"):
        faults += await _look(page, address)
    await page.goto("/record")
    for summary in await page.locator("details.why > summary").all():
        await summary.click()
    faults += await _faults(page)
    assert not faults, "\n".join(faults)
