"""Pages of target profiles and programmes: what a reader sees, what HR and focal points may change."""

import re
from datetime import timedelta

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from lms.kernel import clock
from lms.kernel.database import Database, table_of
from lms.people.models import Affiliation
from tests.cast import COLLEAGUE, HR, LEARNER, OTHER_LEARNER, SUPERVISOR, VOLUNTEER, Cast
from tests.catalogue.test_library import LIBRARY
from tests.web.counting import statements
from tests.web.readers import Reader

PROGRAMMES = LIBRARY.programmes.programmes
FOCAL_POINT = "officer.three@demo.example"
PRACTITIONER = [
    "partnership-essentials",
    "strategy-and-local-ownership",
    "legal-foundations",
    "budgeting-a-partnership",
    "indicators-and-baselines",
    "due-diligence-and-screening",
    "facilitating-across-cultures",
]


async def record(client: AsyncClient, cast: Cast, person: str, courses: list[str]) -> None:
    rows = [
        {
            "person": person,
            "course": course,
            "occurred_on": str(clock.today() - timedelta(days=40 + 40 * number)),
            "source": "pages",
        }
        for number, course in enumerate(courses)
    ]
    answer = await client.post(
        "/api/v1/completions/batch", json={"completions": rows}, headers=cast.token(HR)
    )
    assert answer.json()["recorded"] == len(courses), answer.text


@pytest.fixture(scope="module")
async def hr(app: FastAPI, cast: Cast) -> Reader:
    return await Reader(app).sign_in(cast, HR)


async def test_my_record_says_what_my_post_asks_for_and_why(app: FastAPI, cast: Cast) -> None:
    page = await (await Reader(app).sign_in(cast, LEARNER)).get("/record")
    assert "What my post asks for" in page
    assert "Programme officer, environment" in page
    assert "the entity’s focus is “Environmental sustainability”" in page
    assert "no record here; level 2" in page
    assert ">0 of 2<" not in page
    assert 'href="/courses?competency=data-collection-and-verification"' in page


async def test_who_has_no_profile_reads_of_none(app: FastAPI, cast: Cast, database: Database) -> None:
    reader, affiliations = await Reader(app).sign_in(cast, OTHER_LEARNER), table_of(Affiliation)
    assert "Programme officer, humanitarian relief" in await reader.get("/record")
    own = affiliations.update().where(affiliations.c.person_id == cast.ids[OTHER_LEARNER])
    async with database.transaction() as session:
        await session.execute(own.values(kind="intern"))
    assert "What my post asks for" not in await reader.get("/record")


async def test_a_profile_says_why_for_every_competency(app: FastAPI, cast: Cast) -> None:
    reader = await Reader(app).sign_in(cast, LEARNER, language="fr")
    page = await reader.get("/profiles/legal-officer")
    assert "<h1>Juriste</h1>" in page
    assert 'href="/courses?competency=legal-instruments"' in page
    assert "What the standard agreement does not foresee is drafted here." in page
    await reader.get("/profiles/nobody", 404)


async def test_hr_names_a_profile_and_leaves_it_to_the_default_again(hr: Reader, cast: Cast) -> None:
    path = f"/people/{cast.ids[COLLEAGUE]}/profile"
    page = await hr.get(path)
    assert "Programme officer, environment" in page
    page = await hr.send(path, profile="finance-officer")
    assert hr.path == "/profiles"
    assert "The target profile is changed." in page
    row = re.search(r"<tr>(?:(?!</tr>).)*Wanjiru Kamau.*?</tr>", page, re.DOTALL)
    assert row
    assert "Finance officer" in row[0]
    assert "It was named for this post." in row[0]
    assert 'value="finance-officer" selected' in await hr.get(path)
    await hr.send(path, profile="")
    assert "It was named for this post." not in await hr.get(path)


async def test_a_profile_that_is_none_is_refused_with_the_form(hr: Reader, cast: Cast) -> None:
    page = await hr.send(f"/people/{cast.ids[COLLEAGUE]}/profile", 422, profile="king")
    assert "Choose one of the profiles in the list." in page
    assert 'href="#field-profile"' in page


async def test_a_focal_point_has_the_page_for_the_office_and_below_and_others_do_not(
    app: FastAPI, cast: Cast
) -> None:
    reader = await Reader(app).sign_in(cast, FOCAL_POINT)
    page = await reader.get("/profiles")
    assert 'href="/profiles"' in page
    assert "Wanjiru Kamau" in page
    assert "Ingrid Solberg" not in page  # of headquarters, above
    await reader.get(f"/people/{cast.ids[HR]}/profile", 404)
    for email in (LEARNER, SUPERVISOR):
        other = await Reader(app).sign_in(cast, email)
        assert 'href="/profiles"' not in await other.get("/learning")
        await other.get("/profiles", 403)
        await other.get(f"/people/{cast.ids[COLLEAGUE]}/profile", 403)


# -- programmes --------------------------------------------------------------------------------------------


async def test_a_programme_not_begun_offers_its_first_course(app: FastAPI, cast: Cast) -> None:
    reader = await Reader(app).sign_in(cast, LEARNER)
    page = await reader.get("/programmes/environment-partnership-practitioner")
    assert "0 of 9 courses" in page
    assert "Begin with Partnership essentials" in page
    assert "Any 1 of these courses" in page
    assert page.count("button-primary") == 1
    await reader.get("/programmes/nothing", 404)


async def test_the_catalogue_shows_the_programmes_of_the_reader_s_focus_first(
    app: FastAPI, cast: Cast
) -> None:
    reader = await Reader(app).sign_in(cast, LEARNER)
    page = await reader.get("/courses")
    shown = re.findall(r'href="/programmes/([a-z-]+)"', page)
    assert shown == ["environment-partnership-practitioner", "partnership-practitioner"]
    assert f"All programmes ({len(PROGRAMMES)})" in page
    assert "/programmes/" not in await reader.get("/courses?q=legal")
    assert len(re.findall(r'href="/programmes/[a-z-]+"', await reader.get("/programmes"))) == len(PROGRAMMES)


async def test_what_is_begun_is_gone_on_with_and_what_is_complete_is_on_the_record(
    app: FastAPI, client: AsyncClient, cast: Cast
) -> None:
    reader = await Reader(app).sign_in(cast, SUPERVISOR)  # has budgeting from the demo's history
    await record(client, cast, SUPERVISOR, PRACTITIONER[:3])
    page = await reader.get("/programmes/partnership-practitioner")
    assert "4 of 7 courses" in page
    assert "Continue with Indicators and baselines" in page
    await reader.send("/courses/due-diligence-and-screening/enrol", language="en")
    page = await reader.get("/programmes/partnership-practitioner")
    assert "Continue with Due diligence and screening" in page
    assert 'class="button button-primary" href="/learn/due-diligence-and-screening"' in page
    await record(client, cast, SUPERVISOR, PRACTITIONER[4:])
    page = await reader.get("/programmes/partnership-practitioner")
    assert "button-primary" not in page
    assert "See it on my record" in page
    page = await reader.get("/record")
    assert "Programmes I have completed" in page
    of_it = page[page.index('href="/programmes/partnership-practitioner"') :]
    assert of_it.count('class="why-line"') >= 7


async def test_hr_sees_programmes_their_people_completed(hr: Reader, cast: Cast) -> None:
    page = await hr.get(f"/people/{cast.ids[SUPERVISOR]}")
    assert "Programmes completed" in page
    assert 'href="/programmes/partnership-practitioner"' in page
    assert "Programmes completed" not in await hr.get(f"/people/{cast.ids[VOLUNTEER]}")


async def test_more_programmes_and_people_cost_no_more_statements(app: FastAPI, hr: Reader) -> None:
    await hr.get("/profiles")
    with statements(app) as one:
        await hr.get("/profiles?q=wanjiru")
    with statements(app) as many:
        await hr.get("/profiles")
    assert len(many) == len(one)
