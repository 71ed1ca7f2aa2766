"""Pages of participation and coverage: what they show to whom, and what they hide."""

import re
from dataclasses import replace
from html import unescape

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from lms.catalogue.beside import library_beside
from lms.catalogue.service import publish_library
from lms.kernel import clock
from lms.kernel.database import Database
from lms.settings import Settings
from tests.cast import ADMIN, ASSESSOR, COORDINATOR, HR, LEARNER, SENIOR, SUPERVISOR, Cast
from tests.web.counting import statements
from tests.web.readers import Reader

YEAR = clock.today().year
COVERAGE, PARTICIPATION = "/reports/coverage", "/reports/participation"
CELL = f"{COVERAGE}/cell?entity=uneo&focus=environment&skill_area=legal"


@pytest.fixture(scope="module")
async def hr(app: FastAPI, cast: Cast) -> Reader:
    return await Reader(app).sign_in(cast, HR)


@pytest.fixture(scope="module")
async def coordinator(app: FastAPI, cast: Cast) -> Reader:
    return await Reader(app).sign_in(cast, COORDINATOR)


def _heat(page: str) -> dict[str, list[str]]:
    """Words of the cells of each row of the heat map, as they are read out."""
    map_ = page[page.index('<table class="heat">') : page.index("</table>")]
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', map_, re.DOTALL)
    cells = {
        re.sub("<[^>]+>", "", head): re.findall(r'<span class="visually-hidden">(.*?)</span>', row)
        for head, row in rows
    }
    assert cells
    return cells


async def test_the_heat_map_says_who_holds_who_is_asked_and_where_no_course_is(hr: Reader) -> None:
    page = await hr.get(COVERAGE)
    rows = _heat(page)
    assert list(rows) == [
        "United Nations Environment Office (demo)Environmental sustainability",
        "UNEO Regional Office for Africa (demo)Environmental sustainability",
    ]
    assert all(len(cells) == 6 for cells in rows.values())
    assert all("People who hold a level:" in each for cells in rows.values() for each in cells)
    assert "Nothing suited to their mandate" not in page


async def test_its_table_holds_the_same_figures(hr: Reader) -> None:
    page = await hr.get(COVERAGE)
    shown = re.findall(r'<span class="heat-shown"[^>]*><bdi>(.*?)</bdi>', page)
    table = page[page.index('<details class="chart-data">') :]
    lines = re.findall(r'<td class="cell-number">(.*?)</td>', table)
    figures = [f"{lines[at]} / {lines[at + 1]}" for at in range(0, len(lines), 4)]
    assert figures == shown
    assert len(shown) == 12


async def test_an_office_opens_and_a_cell_opens(hr: Reader) -> None:
    page = await hr.get(COVERAGE)
    office = re.search(r'<th scope="row"><a href="([^"]+)"><bdi>UNEO Regional Office', page)
    assert office
    assert "UNEO Kenya (demo)" in "".join(_heat(await hr.get(unescape(office[1]))))
    cell = re.search(r'href="(/reports/coverage/cell[^"]+skill_area=legal[^"]*)"', page)
    assert cell
    page = await hr.get(unescape(cell[1]))
    assert "Choosing and reading partnership agreements" in page
    assert 'href="/courses/legal-foundations"' in page
    assert "No course teaches it." not in page
    assert 'href="/reports/coverage" aria-current="page"' in page


async def test_what_no_course_teaches_is_said(hr: Reader, database: Database, settings: Settings) -> None:
    library = library_beside(settings.courses_dir)
    edition = library.courses["free-services-and-loaned-people"]  # alone in what it teaches
    course = replace(edition.course, teaches=library.courses["legal-foundations"].course.teaches)
    courses = {**library.courses, edition.key: replace(edition, course=course)}
    async with database.transaction() as session:
        await publish_library(session, replace(library, courses=courses), acting=None)
    page = await hr.get(COVERAGE)
    cell = re.search(r'href="(/reports/coverage/cell[^"]+skill_area=legal[^"]*)"', page)
    assert cell
    assert "No course teaches it." in await hr.get(unescape(cell[1]))


async def test_what_was_held_is_shown_as_at_a_day(hr: Reader) -> None:
    page = await hr.get(f"{COVERAGE}?entity=uneo&as_at=2025-12-31")
    assert "As it stood at the end of" in page
    page = await hr.get(f"{COVERAGE}?entity=uneo&as_at=2999-01-01", 422)
    assert "This day is still to come." in page
    assert 'value="2999-01-01"' in page
    await hr.get(f"{COVERAGE}?entity=unro", 404)
    await hr.get(CELL.replace("legal", "cookery"), 422)


async def test_a_coordinator_sees_signs_in_place_of_few_people_and_why(coordinator: Reader) -> None:
    page = await coordinator.get(COVERAGE)
    assert "×" in re.findall(r'<span class="heat-shown"[^>]*><bdi>(.*?)</bdi>', page)[0]
    assert "stands for a figure that is not shown" in page
    assert "not shown" in "".join(each for cells in _heat(page).values() for each in cells)
    assert list(_heat(page))[-1] == "All entities"
    assert "As at the end of" not in page
    assert 'value="unro-congo"' not in page  # offices of others cannot be asked for
    for shown in re.findall(r"<bdi>([×\d,]+) / ([×\d,]+)</bdi>", page):
        assert not [each for each in shown if each in {"1", "2", "3", "4"}]


async def test_what_a_coordinator_may_not_ask_is_said_in_the_form(coordinator: Reader) -> None:
    page = await coordinator.get(f"{COVERAGE}?entity=unro-congo", 422)
    assert "whole organisations are shown, not their offices" in page
    page = await coordinator.get(f"{PARTICIPATION}?from={YEAR}-02-01&to={YEAR}-12-31", 422)
    assert "Outside your own entity figures are shown for whole calendar years." in page
    assert f'value="{YEAR}-02-01"' in page


async def test_participation_shows_months_courses_offices_and_languages(hr: Reader) -> None:
    await hr.send("/courses/partnership-essentials/enrol")
    page = await hr.get(f"{PARTICIPATION}?from={YEAR - 1}-06-01&to={YEAR}-12-31")
    assert "How many enrolments were there each month?" in page
    for words in (f"By course, {YEAR}", f"By entity, {YEAR}", f"By language, {YEAR}", "All courses"):
        assert words in page
    assert "United Nations Environment Office (demo)" in page


async def test_its_downloads_are_there(hr: Reader) -> None:
    for address in (COVERAGE, f"{PARTICIPATION}?from={YEAR - 1}-06-01&to={YEAR}-12-31"):
        links = re.findall(r'href="(/api/v1/reports/[^"]+)"', await hr.get(address))
        assert len(links) == 2
        answers = [await hr.client.get(unescape(link)) for link in links]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert "uneo" in answers[0].text


async def test_a_period_that_is_none_is_said(hr: Reader) -> None:
    page = await hr.get(f"{PARTICIPATION}?from=2026-05-02&to=2026-05-01", 422)
    assert "The period ends before it starts." in page
    page = await hr.get(f"{PARTICIPATION}?from=2001-01-01&to=2026-05-01", 422)
    assert "ten years at most" in page


async def test_a_period_in_which_nobody_took_part_says_so(coordinator: Reader) -> None:
    assert "Nobody took part" in await coordinator.get(f"{PARTICIPATION}?from=2001-01-01&to=2001-12-31")


async def test_pages_send_as_many_statements_for_ten_entities_as_for_two(
    app: FastAPI, hr: Reader, coordinator: Reader
) -> None:
    for address in (COVERAGE, PARTICIPATION):
        counts = []
        for reader in (hr, coordinator):
            await reader.get(address)
            with statements(app) as sent:
                await reader.get(address)
            counts.append(len(sent))
        assert abs(counts[0] - counts[1]) <= 4, counts
        assert max(counts) < 20


@pytest.mark.parametrize("email", [LEARNER, SUPERVISOR, ASSESSOR, HR, SENIOR, ADMIN, COORDINATOR])
async def test_each_page_opens_for_its_readers_alone(app: FastAPI, cast: Cast, email: str) -> None:
    reader = await Reader(app).sign_in(cast, email)
    for path in (COVERAGE, PARTICIPATION):
        page = await reader.get(path, 200 if email in (HR, SENIOR, COORDINATOR) else 403)
        assert (f'href="{path}"' in page) == (email in (HR, SENIOR, COORDINATOR))
    if email == COORDINATOR:
        await reader.get("/reports/recognition", 403)
        await reader.get("/people", 403)


async def test_an_entity_with_nothing_suited_to_its_mandate_is_named_first(
    database: Database, coordinator: Reader
) -> None:
    async with database.transaction() as session:
        await session.execute(text("UPDATE entities SET focuses = '{health}' WHERE key = 'unro'"))
    page = await coordinator.get(COVERAGE)
    assert "Nothing suited to their mandate" in page
    assert "<li><bdi>United Nations Relief Office (demo)</bdi></li>" in page
    assert next(iter(_heat(page))) == "United Nations Relief Office (demo)health"


async def test_a_cell_that_no_course_teaches_is_marked(database: Database, hr: Reader) -> None:
    """Runs last in this file: the courses on finance are retired."""
    assert 'class="heat-empty"' not in (await hr.get(COVERAGE)).partition("<table")[2]
    async with database.transaction() as session:
        await session.execute(
            text("UPDATE courses SET retired_at = now() WHERE skill_areas @> CAST('{finance}' AS text[])")
        )
    page = await hr.get(COVERAGE)
    rows = _heat(page)
    assert [each.endswith("No course teaches it.") for each in next(iter(rows.values()))] == [
        False, True, False, False, False, False,
    ]  # fmt: skip
    assert page.partition("<table")[2].count('class="heat-empty"') == len(rows)
    finance = await hr.get(CELL.replace("legal", "finance"))
    assert finance.count("No course teaches it.") == 4
