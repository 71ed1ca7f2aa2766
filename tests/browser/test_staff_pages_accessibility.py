"""axe on every page of human resources, managers, supervisors, assessors, administrators and of the reference."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.async_api import Page

from lms.catalogue.beside import library_beside
from lms.catalogue.service import publish_library
from lms.kernel import clock
from lms.kernel.database import Database
from lms.settings import Settings
from tests.browser.test_accessibility import _faults, _look
from tests.cast import (
    ADMIN,
    ASSESSOR,
    AUTHOR,
    COLLEAGUE,
    COORDINATOR,
    FOCAL_POINT,
    HR,
    LEARNER,
    SENIOR,
    SUPERVISOR,
    Cast,
)

Open = Callable[..., Awaitable[Page]]
COURSE, WORK, LEGAL = "partnership-essentials", "judge-a-proposal", "legal-foundations"
YEAR = "entity=uneo&from=2025-06-01&to=2026-12-31"
languages = pytest.mark.parametrize("language", ["en", "ar"])


async def _all(page: Page, addresses: Sequence[str]) -> list[str]:
    return [fault for address in addresses for fault in await _look(page, address)]


async def _sent(page: Page, address: str) -> list[str]:
    """Faults of a form that was sent empty: the summary at the top has the focus, and each mistake its link."""
    await page.goto(address)
    await page.locator("main form[method=post].form .button-primary").click()
    assert await page.locator(".error-summary").evaluate("each => each === document.activeElement")
    for link in await page.locator(".error-summary a").all():
        target = await link.get_attribute("href")
        assert await page.locator(f'[id="{(target or "")[1:]}"]').count() == 1
    return await _faults(page)


@languages
async def test_pages_of_human_resources(language: str, open_browser: Open, cast: Cast) -> None:
    page = await open_browser(HR, language=language, bypass_csp=True)
    person = cast.ids[COLLEAGUE]
    await page.goto(f"/people/{person}")
    revoke = await page.locator('a[href$="/revoke"]').first.get_attribute("href")
    faults = await _all(
        page,
        [
            f"/reports/recognition?{YEAR}",
            f"/reports/recognition?{YEAR}&kind=intern",
            "/reports/recognition?entity=uneo&from=2026-02-01&to=2026-01-01",
            f"/reports/recognition/people/{person}?{YEAR}",
            "/people",
            "/people?q=zzzz",
            f"/people/{person}",
            "/profiles",
            "/profiles?q=zzzz",
            "/profiles/legal-officer",
            f"/people/{person}/profile",
            "/people/record",
            "/people/import",
            str(revoke),
        ],
    )
    faults += await _sent(page, "/people/record") + await _sent(page, "/people/import")
    assert not faults, "\n".join(faults)


@languages
async def test_an_import_is_checked_and_then_done(language: str, open_browser: Open) -> None:
    page = await open_browser(HR, language=language, bypass_csp=True)
    rows = "name,email,entity,from\nNadia,nadia@un.example,uneo,2025-01-15\nNobody,nobody@un.example,unro,2025-01-15\n"
    await page.goto("/people/import")
    file = {"name": "people.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    await page.set_input_files("#field-file", file)  # type: ignore[arg-type]
    await page.locator("main .button-primary").click()
    faults = await _look(page, page.url)
    if await page.locator("main .button-primary").count():  # the second language finds the first one's people
        await page.locator("main .button-primary").click()
        await page.wait_for_url(lambda address: "file=" not in address)
        faults += await _look(page, page.url)
    assert not faults, "\n".join(faults)


@languages
async def test_pages_of_a_senior_manager(language: str, open_browser: Open, cast: Cast) -> None:
    page = await open_browser(SENIOR, language=language, bypass_csp=True)
    faults = await _all(
        page, ["/reports/policy", f"/reports/recognition/people/{cast.ids[COLLEAGUE]}?{YEAR}"]
    )
    faults += await _sent(page, "/reports/policy")
    assert not faults, "\n".join(faults)


@languages
async def test_pages_of_waivers_and_equivalences(language: str, open_browser: Open, cast: Cast) -> None:
    page = await open_browser(HR, language=language, bypass_csp=True)
    faults = await _sent(page, "/waivers/new") + await _sent(page, "/equivalences/new")
    await page.goto(f"/waivers/new?person={cast.ids[COLLEAGUE]}")
    await page.select_option("#field-course", COURSE)
    await page.fill("#field-reason", f"She teaches it ({language}).")
    days = 40 if language == "en" else 80  # one that runs as long is refused
    await page.fill("#field-valid_until", (clock.today() + timedelta(days=days)).isoformat())
    await page.locator("main .button-primary").click()
    await page.wait_for_url("**/waivers")
    faults += await _faults(page)
    await page.goto("/equivalences/new")
    await page.select_option("#field-held", "indicators-and-baselines")
    await page.select_option("#field-gives", COURSE if language == "en" else "legal-foundations")
    await page.select_option("#field-entity", "uneo")
    await page.fill("#field-from_on", "2020-01-01")
    await page.locator('button[value="preview"]').click()
    faults += await _faults(page)
    await page.fill("#field-reason", "The same content.")
    await page.locator('button[value="decide"]').click()
    await page.wait_for_url("**/equivalences")
    await page.locator("details.confirm > summary").first.click()
    faults += await _faults(page)
    faults += await _all(page, ["/equivalences", "/equivalences/new", "/waivers", "/waivers/new"])
    assert not faults, "\n".join(faults)


@languages
async def test_pages_of_prior_learning(language: str, open_browser: Open) -> None:
    learner = await open_browser(LEARNER if language == "en" else SENIOR, language=language, bypass_csp=True)
    ask = "/courses/legal-foundations/prior-learning"
    faults = await _look(learner, ask) + await _sent(learner, ask)
    await learner.fill("#field-words", "I taught it. " * 40)
    await learner.fill("#field-links", "https://certificates.example/" + "x" * 300)
    file = {"name": f"{'certificate' * 9}.txt", "mimeType": "text/plain", "buffer": b"A certificate."}
    await learner.set_input_files("#field-files", file)  # type: ignore[arg-type]
    await learner.locator("main .button-primary").click()
    await learner.wait_for_url("**/prior-learning/*-*")
    request = "/prior-learning/" + learner.url.rsplit("/", 1)[1]
    await learner.locator("details.confirm > summary").click()
    faults += await _faults(learner) + await _all(
        learner, [request, "/learning", "/courses/legal-foundations"]
    )
    page = await open_browser(ASSESSOR, language=language, bypass_csp=True)
    faults += await _all(page, ["/assess/prior-learning", f"/assess{request}"])
    faults += await _sent(page, f"/assess{request}")
    for competency in await page.locator("fieldset").all():
        await competency.locator("input").last.check()
    await page.fill("#field-words", "The certificate is genuine.")
    await page.locator('button[value="confirm"]').click()
    faults += await _look(page, f"/assess{request}") + await _all(learner, [request, "/record", "/learning"])
    assert await page.locator('input[type="radio"]').count() == 0
    assert not faults, "\n".join(faults)


@languages
async def test_pages_of_a_supervisor(language: str, open_browser: Open) -> None:
    page = await open_browser(SUPERVISOR, language=language, bypass_csp=True)
    faults = await _sent(page, "/team/assign")
    if language == "en":
        await page.select_option("#field-person", index=1)
        await page.select_option("#field-course", "legal-foundations")
        await page.locator("main .button-primary").click()
    faults += await _all(page, ["/team", "/team/assign"])
    assert not faults, "\n".join(faults)


@languages
async def test_a_plan_is_proposed_and_looked_at(language: str, open_browser: Open, cast: Cast) -> None:
    page = await open_browser(SUPERVISOR, language=language, bypass_csp=True)
    address = f"/team/plans/{cast.ids[LEARNER]}"
    faults = await _look(page, address)
    await page.locator('input[name="courses"]').first.check()
    await page.locator('button[value="preview"]').click()
    for summary in await page.locator("details.why > summary").all():
        await summary.click()
    faults += await _faults(page)
    await page.locator('button[value="send"]').click()
    faults += await _look(page, address) + await _look(page, "/team")
    learner = await open_browser(LEARNER, language=language, bypass_csp=True)
    await learner.goto("/plan")
    await learner.locator(".note-attention a").click()
    faults += await _look(learner, learner.url)
    assert not faults, "\n".join(faults)


@languages
async def test_pages_of_a_focal_point(language: str, open_browser: Open) -> None:
    page = await open_browser(FOCAL_POINT, language=language, bypass_csp=True)
    faults = await _all(page, ["/plans", "/plans?q=zzzz", "/reports/learning-time"])
    assert not faults, "\n".join(faults)


@languages
async def test_pages_of_an_assessor(language: str, open_browser: Open) -> None:
    await _hand_in(await open_browser(LEARNER if language == "en" else SUPERVISOR, bypass_csp=True))
    page = await open_browser(ASSESSOR, language=language, bypass_csp=True)
    await page.goto("/assess")
    await page.locator("main .button-primary").click()
    work = page.url
    faults = await _all(page, ["/assess", "/assess?state=assessed", work])
    faults += await _sent(page, work)
    for criterion in await page.locator("fieldset").all():
        await criterion.locator("input").last.check()
    await page.locator("main form .button-primary").click()
    faults += await _look(page, work)
    assert await page.locator('input[type="radio"]').count() == 0
    assert not faults, "\n".join(faults)


async def _hand_in(page: Page) -> None:
    """Enrol and hand in a piece of work, as the browser's own session over the API."""
    await page.goto("/record")
    token = await page.locator('input[name="csrf_token"]').first.get_attribute("value")
    headers = {"x-csrf-token": str(token)}
    made = await page.request.post("/api/v1/enrolments", data={"course": COURSE}, headers=headers)
    enrolment = (await made.json())["id"]
    address = f"/api/v1/enrolments/{enrolment}/activities/{WORK}/submissions"
    answer = await page.request.post(
        address, multipart={"words": "A note.\n\nOf two parts."}, headers=headers
    )
    assert answer.status == 201, await answer.text()


@languages
async def test_pages_of_an_administrator(language: str, open_browser: Open, cast: Cast) -> None:
    page = await open_browser(ADMIN, language=language, bypass_csp=True)
    grants = f"/admin/people/{cast.ids[ADMIN]}/grants"
    addresses = ["/admin", "/admin/courses", "/admin/courses/publish", "/admin/events", grants]
    faults = await _all(page, [*addresses, f"/people/{cast.ids[COLLEAGUE]}"])
    faults += await _sent(page, f"/admin/people/{cast.ids[COLLEAGUE]}/grants")
    await page.goto(grants)
    await page.locator("details.confirm > summary").first.click()
    faults += await _faults(page)
    assert not faults, "\n".join(faults)


@languages
async def test_pages_of_an_author(language: str, open_browser: Open) -> None:
    page = await open_browser(AUTHOR, language=language, bypass_csp=True)
    course = "/author/courses/legal-foundations"
    faults = await _all(page, ["/author", course, f"{course}/difference?from=1&to=1", "/author/previews"])
    faults += await _sent(page, "/author/previews")
    await page.select_option("#field-folder", "legal-foundations")
    await page.locator("main .button-primary").click()
    preview = page.url
    faults += await _faults(page)
    await page.goto(f"{preview}/en")
    places = await page.locator(".outline a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    faults += await _all(page, [f"{preview}/en", *places[:5], *places[-1:]])
    await page.goto(next(each for each in places if "quiz" in each))
    await page.locator("main form.form .button-primary").click()
    faults += await _faults(page)
    await page.locator('button[value="submit"]').last.click()
    await page.locator('button[value="submit-anyway"]').click()
    faults += await _faults(page)
    assert not faults, "\n".join(faults)


@languages
async def test_a_new_version_side_by_side_and_the_learner_s_choice(
    language: str, open_browser: Open, settings: Settings, database: Database
) -> None:
    learner = await open_browser(LEARNER, language=language, bypass_csp=True)
    await learner.goto(f"/courses/{LEGAL}")
    if await learner.locator("main form.form .button-primary").count():
        await learner.locator("main form.form .button-primary").click()
    await _publish_anew(database, settings, f"{language} edition")
    faults = await _all(learner, [f"/learn/{LEGAL}", f"/courses/{LEGAL}", f"/courses/{LEGAL}/move"])
    author = await open_browser(AUTHOR, language=language, bypass_csp=True)
    addresses = [f"/author/courses/{LEGAL}", f"/author/courses/{LEGAL}/difference?from=1&to=2&language=en"]
    faults += await _all(author, [*addresses, "/admin/courses/publish"])
    assert not faults, "\n".join(faults)


async def _publish_anew(database: Database, settings: Settings, title: str) -> None:
    """Another version of the course: another title, and a quiz that asks for more."""
    library = library_beside(settings.courses_dir)
    edition = library.courses[LEGAL]
    course, words = edition.course, edition.texts["en"]
    harder = tuple(
        replace(each, activities=tuple(replace(a, pass_mark=a.pass_mark and 90) for a in each.activities))
        for each in course.modules
    )
    texts = {**edition.texts, "en": replace(words, title=title)}
    new = replace(edition, course=replace(course, modules=harder), texts=texts)
    async with database.transaction() as session:
        await publish_library(session, replace(library, courses={LEGAL: new}), acting=None)


@languages
async def test_the_reference_and_the_pages_of_problems(language: str, open_browser: Open) -> None:
    page = await open_browser(language=language, bypass_csp=True)
    await page.goto("/api/docs")
    tags = await page.locator('h2 a[href^="/api/docs/"]').evaluate_all(
        "all => all.map(a => a.getAttribute('href'))"
    )
    faults = await _all(page, ["/api/docs", *tags, "/problems", "/problems/bad-answer"])
    await page.goto("/api/docs/reports")
    for summary in await page.locator("details > summary").all():
        if await summary.is_visible():
            await summary.click()
    faults += await _faults(page)
    assert not faults, "\n".join(faults)


async def test_the_staff_pages_keep_to_the_content_security_policy(open_browser: Open) -> None:
    page = await open_browser(HR)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    for address in (f"/reports/recognition?{YEAR}", "/people", "/api/docs", "/api/docs/reports"):
        await page.goto(address)
    assert not [line for line in said if "Content Security Policy" in line]


@languages
@pytest.mark.parametrize("email", [HR, COORDINATOR])
async def test_pages_of_counts(email: str, language: str, open_browser: Open) -> None:
    page = await open_browser(email, language=language, bypass_csp=True)
    faults = await _all(
        page,
        [
            "/reports/coverage",
            "/reports/coverage?entity=uneo",
            "/reports/coverage?as_at=2999-01-01",
            "/reports/coverage/cell?entity=uneo&focus=environment&skill_area=legal",
            "/reports/participation?from=2023-01-01&to=2026-12-31",
            "/reports/participation?from=2001-01-01&to=2001-12-31",
            "/reports/participation?from=2026-02-01&to=2026-01-01",
        ],
    )
    assert not faults
