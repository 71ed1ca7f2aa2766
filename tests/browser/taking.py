"""Taking a course by hand in a browser, answering from the course files."""

from typing import Any

from playwright.async_api import Page

from lms.catalogue.domain import Edition
from lms.enrolments.domain.grading import answer_to
from lms.web.quiz_form import fields_of


async def right_fields(page: Page, edition: Edition, activity: str) -> dict[str, list[str]]:
    """Right answers to the questions on this page, by field."""
    await page.locator("[data-question]").first.wait_for()
    ids = await page.eval_on_selector_all("[data-question]", "all => all.map(e => e.id)")
    quiz = edition.quiz(activity, edition.course.original)
    questions = [quiz.question(each.removeprefix("question-")) for each in ids]
    return fields_of(questions, {each.id: answer_to(each) for each in questions})


async def fill(page: Page, fields: dict[str, list[str]]) -> None:
    """Answer: tick, choose, write."""
    for name, values in fields.items():
        field = page.locator(f'[name="{name}"]')
        kind: Any = await field.first.evaluate("e => e.type")
        if kind in ("radio", "checkbox"):
            for value in values:
                await page.check(f'[name="{name}"][value="{value}"]')
        elif kind == "select-one":
            await field.select_option(values[0])
        else:
            await field.fill(values[0])


async def pass_quiz(page: Page, edition: Edition, activity: str) -> None:
    """Begin, answer rightly, hand in; the result is shown then."""
    if await page.get_by_role("button", name="Begin the quiz").count():
        await page.get_by_role("button", name="Begin the quiz").click()
    await fill(page, await right_fields(page, edition, activity))
    await page.get_by_role("button", name="Hand in your answers").click()
    await page.get_by_role("heading", name="Passed with").wait_for()
