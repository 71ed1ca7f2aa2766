"""A member of staff takes a course in a real browser: interrupted, offline for a while, on a poor line."""

import re
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page, expect

from lms.catalogue.domain import Edition
from lms.catalogue.queries import get_course, get_edition
from lms.kernel.database import Database
from tests.browser.taking import fill, pass_quiz, right_fields
from tests.cast import LEARNER, OTHER_LEARNER, SENIOR, SUPERVISOR

COURSE = "partnership-essentials"
Open = Callable[..., Awaitable[Page]]


@pytest.fixture(scope="module")
async def edition(database: Database) -> Edition:
    async with database.reading() as session:
        return await get_edition(session, (await get_course(session, COURSE)).version_id)


async def test_from_the_demos_door_to_the_skill_record(open_browser: Open, edition: Edition) -> None:
    page = await open_browser()
    await page.goto("/")
    await page.get_by_role("button", name="Learner", exact=True).click()
    await page.get_by_role("link", name="Courses", exact=True).click()
    await page.get_by_role("link", name=edition.texts["en"].title, exact=True).click()
    await page.get_by_role("button", name="Enrol in this course").click()
    await page.get_by_role("link", name="Begin").click()
    for activity in edition.course.required_activities:
        await expect(page).to_have_url(re.compile(f"/learn/{COURSE}/{activity.key}$"))
        if activity.kind == "page":
            await page.get_by_role("button", name="Mark as read and continue").click()
            continue
        await pass_quiz(page, edition, activity.key)
        await page.get_by_role(
            "link", name=re.compile("^(Continue|See what you have completed)$")
        ).first.click()
    await expect(page.get_by_text("You have completed")).to_be_visible()
    await expect(page.get_by_role("heading", name="What is now on your record")).to_be_visible()
    await page.get_by_role("link", name="See my record").click()
    await page.locator("summary", has_text="Why this level").first.click()
    await expect(page.get_by_text("It is the highest level among records valid today").first).to_be_visible()


async def test_reading_goes_on_at_the_paragraph_on_another_device(
    open_browser: Open, edition: Edition
) -> None:
    page = await open_browser(SUPERVISOR)
    await page.goto(f"/courses/{COURSE}")
    await page.get_by_role("button", name="Enrol in this course").click()
    long = max(
        (each for each in edition.course.activities if each.kind == "page"),
        key=lambda each: len(edition.page(each.key, "en").body),
    )
    await page.goto(f"/learn/{COURSE}/{long.key}")
    async with page.expect_response(lambda answer: answer.url.endswith("/place")):
        pass
    async with page.expect_response(lambda answer: answer.url.endswith("/place")):
        await page.evaluate(
            "document.querySelectorAll('.course-text > *')[6].scrollIntoView({behavior: 'instant'})"
        )
    elsewhere = await open_browser(SUPERVISOR, width=360)
    await elsewhere.get_by_role("link", name="Continue").click()
    await expect(elsewhere).to_have_url(re.compile(f"/{long.key}$"))
    await expect(elsewhere.locator(".here-note")).to_be_in_viewport()


async def test_answers_typed_while_the_line_is_down_are_kept_and_sent(
    open_browser: Open, edition: Edition
) -> None:
    page = await open_browser(OTHER_LEARNER)
    await page.goto(f"/courses/{COURSE}")
    await page.get_by_role("button", name="Enrol in this course").click()
    quiz = next(each for each in edition.course.activities if each.kind == "quiz" and each.draw)
    await page.goto(f"/learn/{COURSE}/{quiz.key}")
    await page.get_by_role("button", name="Begin the quiz").click()
    fields = await right_fields(page, edition, quiz.key)
    await page.context.set_offline(True)
    await expect(page.locator("[data-line]")).to_contain_text("No connection")
    await fill(page, fields)
    await expect(page.locator("[data-unsent-mark]").first).to_have_text("Not yet sent")
    await page.get_by_role("button", name="Hand in your answers").click()
    await expect(page.locator("[data-form-line]")).to_contain_text("stay on this device")
    await page.context.set_offline(False)
    await expect(page.locator("[data-form-line]")).to_contain_text("not handed in yet")
    await expect(page.locator("[data-unsent-mark]:visible")).to_have_count(0)
    elsewhere = await open_browser(OTHER_LEARNER)
    await elsewhere.goto(f"/learn/{COURSE}/{quiz.key}")
    assert await elsewhere.locator("[data-question] :checked").count() > 0
    await elsewhere.get_by_role("button", name="Hand in your answers").click()
    await expect(elsewhere.get_by_role("heading", name="Passed with 100%")).to_be_visible()


async def test_signing_out_warns_of_what_is_unsent_then_removes_it(
    open_browser: Open, edition: Edition
) -> None:
    page = await open_browser(LEARNER)
    work = next(each for each in edition.course.activities if each.kind == "assignment")
    await page.goto(f"/learn/{COURSE}/{work.key}")
    if "/courses/" in page.url:
        await page.get_by_role("button", name="Enrol in this course").click()
        await page.goto(f"/learn/{COURSE}/{work.key}")
    await page.get_by_label("Your work").fill("Half a judgement")
    await page.reload()
    await expect(page.get_by_label("Your work")).to_have_value("Half a judgement")
    asked: list[str] = []
    answers = iter([False, True])

    async def answer(dialog):  # type: ignore[no-untyped-def]
        asked.append(dialog.message)
        await (dialog.accept() if next(answers) else dialog.dismiss())

    page.on("dialog", answer)
    await page.locator("summary", has_text="Amina Otieno").click()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_label("Your work")).to_have_value("Half a judgement")
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_text("You are signed out.")).to_be_visible()
    assert len(asked) == 2
    assert (
        await page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('lms-unsent')).length")
        == 0
    )


async def test_a_quiz_can_be_taken_by_keyboard_alone(open_browser: Open, edition: Edition) -> None:
    page = await open_browser(SENIOR)
    await page.goto(f"/courses/{COURSE}")
    await page.get_by_role("button", name="Enrol in this course").focus()
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/learn/{COURSE}")
    quiz = next(each for each in edition.course.activities if each.kind == "quiz")
    await page.goto(f"/learn/{COURSE}/{quiz.key}")
    await page.get_by_role("button", name="Begin the quiz").focus()
    await page.keyboard.press("Enter")
    await page.locator("[data-question]").first.wait_for()
    for _ in range(80):
        await page.keyboard.press("Tab")
        kind = await page.evaluate("document.activeElement.type")
        label = await page.evaluate("document.activeElement.textContent.trim()")
        if kind == "radio":
            await page.keyboard.press("Space")
        elif kind == "submit" and label == "Hand in your answers":
            break
    assert label == "Hand in your answers"
    await page.keyboard.press("Enter")
    await expect(page.locator(".result, .error-summary")).to_have_count(1)


async def test_enter_in_a_field_keeps_and_does_not_hand_in(open_browser: Open, edition: Edition) -> None:
    page = await open_browser(SENIOR)
    key = _quiz_with_a_number(edition)
    await page.goto(f"/learn/{COURSE}/{key}")
    await page.locator("form.quiz, form.form").first.wait_for()
    if await page.get_by_role("button", name="Begin the quiz").count():
        await page.get_by_role("button", name="Begin the quiz").click()
    field = page.locator('input[inputmode="decimal"]')
    if await field.count():
        await field.first.fill("12")
        await field.first.press("Enter")
        await expect(page.get_by_text("Your answers are kept.")).to_be_visible()


def _quiz_with_a_number(edition: Edition) -> str:
    quizzes = [each for each in edition.course.activities if each.kind == "quiz"]
    numbers = {
        each.key: sum(q.kind == "number" for q in edition.quiz(each.key, "en").questions) for each in quizzes
    }
    return max(numbers, key=lambda key: numbers[key])


async def test_a_module_works_on_a_poor_line(open_browser: Open, edition: Edition) -> None:
    """64 kbit/s with 800 ms delay: the text is there in seconds, and a page more costs little."""
    page = await open_browser(SUPERVISOR)
    await page.goto(f"/courses/{COURSE}")
    if await page.get_by_role("button", name="Enrol in this course").count():
        await page.get_by_role("button", name="Enrol in this course").click()
    tool = await page.context.new_cdp_session(page)
    await tool.send("Network.enable")
    await tool.send("Network.setCacheDisabled", {"cacheDisabled": False})
    slow = {"offline": False, "latency": 800, "downloadThroughput": 8000, "uploadThroughput": 8000}
    await tool.send("Network.emulateNetworkConditions", slow)
    pages = [each.key for each in edition.course.activities if each.kind == "page"][:3]
    for key in pages:
        await page.goto(f"/learn/{COURSE}/{key}", wait_until="domcontentloaded")
        timing = await page.evaluate("performance.getEntriesByType('navigation')[0].toJSON()")
        moved = await page.evaluate(
            "performance.getEntries().reduce((sum, each) => sum + (each.transferSize || 0), 0)"
        )
        assert timing["domContentLoadedEventEnd"] < 10_000, key
        assert moved < 50_000, key


async def test_without_script_a_page_is_read_and_a_quiz_handed_in(
    open_browser: Open, edition: Edition
) -> None:
    page = await open_browser(LEARNER, script=False)
    await page.goto(f"/courses/{COURSE}")
    enrol = page.get_by_role("button", name="Enrol in this course")
    if await enrol.count():
        await enrol.click()
    first = edition.course.activities[0]
    await page.goto(f"/learn/{COURSE}/{first.key}")
    await page.get_by_role("button", name=re.compile("Mark as read and continue|Continue")).click()
    await expect(page).not_to_have_url(re.compile(f"/{first.key}$"))
