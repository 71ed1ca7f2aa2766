"""Pages of human resources and senior managers: the report and what stands under a figure, people, the policy."""

import re
from datetime import timedelta
from html import unescape

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel import clock
from lms.kernel.database import Database
from lms.people.models import Affiliation, Entity, Person
from lms.people.queries import get_entity
from lms.recognition.domain import Line, Period, PolicyLine, RecognitionPolicy
from lms.web.recognition_view import amount_words, month_columns, months_of, why_not_counted, worth
from tests.cast import (
    ADMIN,
    ASSESSOR,
    COLLEAGUE,
    HR,
    LEARNER,
    OTHER_HR,
    OTHER_LEARNER,
    SENIOR,
    SUPERVISOR,
    VOLUNTEER,
    Cast,
)
from tests.web.counting import statements
from tests.web.readers import Reader

TODAY = clock.today()
FIRST, LAST = TODAY - timedelta(days=400), TODAY
PERIOD = f"from={FIRST}&to={LAST}"
REPORT = f"/reports/recognition?entity=uneo&{PERIOD}&kind=staff"


@pytest.fixture(scope="module")
async def hr(app: FastAPI, cast: Cast) -> Reader:
    return await Reader(app).sign_in(cast, HR)


@pytest.fixture(scope="module")
async def other_hr(app: FastAPI, cast: Cast) -> Reader:
    return await Reader(app).sign_in(cast, OTHER_HR)


@pytest.fixture(scope="module")
async def senior(app: FastAPI, cast: Cast) -> Reader:
    return await Reader(app).sign_in(cast, SENIOR)


def _points(page: str) -> dict[str, str]:
    """Total points by name, in the order of the page."""
    rows = re.findall(
        r'<th scope="row"[^>]*><a[^>]*><bdi>([^<]+)</bdi></a>.*?points: open[^>]*>([\d.]+)</a>',
        page,
        re.DOTALL,
    )
    return dict(rows)


# -- the report --------------------------------------------------------------------------------------------


async def test_the_report_opens_on_ones_own_entity_and_this_year(hr: Reader) -> None:
    page = await hr.get("/reports/recognition")
    assert 'value="uneo" selected' in page
    assert f'value="{TODAY.year}-01-01"' in page
    assert "How many courses were completed each month?" in page
    assert "Which competencies did people show?" in page


async def test_people_stand_in_name_order_and_no_link_sorts_them(hr: Reader) -> None:
    page = await hr.get(REPORT)
    names = list(_points(page))
    assert names[:3] == ["Amina Otieno", "Daniel Okafor", "Émile Nkurunziza"]
    assert "sort=" not in page
    assert "aria-sort" not in page


async def test_the_page_says_what_is_counted_and_as_of_when(hr: Reader) -> None:
    page = await hr.get(REPORT)
    assert "of the people whose primary affiliation lay here on" in page
    assert "Data as of" in page
    assert "“Learning and practice”, version 1" in page


async def test_every_download_holds_what_is_seen(hr: Reader) -> None:
    page = await hr.get(REPORT)
    links = [unescape(link) for link in re.findall(r'href="(/api/v1/reports/recognition\.[^"]+)"', page)]
    assert [link.partition(".")[2].partition("?")[0] for link in links] == ["csv", "xlsx", "pdf"]
    answers = [await hr.client.get(link) for link in links]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    csv = answers[0].text
    assert all(name in csv for name in _points(page))


async def test_a_total_opens_into_lines_that_add_up_to_it_with_their_facts(hr: Reader, cast: Cast) -> None:
    total = _points(await hr.get(REPORT))["Wanjiru Kamau"]
    page = await hr.get(f"/reports/recognition/people/{cast.ids[COLLEAGUE]}?entity=uneo&{PERIOD}")
    table = page[page.index("<tbody>") : page.index("</tfoot>")]
    lines = [float(cell) for cell in re.findall(r'<td class="cell-number">([\d.]+)</td></tr>', table)]
    assert f"{sum(lines[:-1]):.2f}" == f"{lines[-1]:.2f}" == total
    assert "Indicators and baselines" in page
    assert "Earlier learning system (demo)" in page
    assert "Taken over from the earlier learning system, demo record." in page
    assert re.search(r'<code class="digest" dir="ltr">[0-9a-f]{64}</code>', page)
    assert "by Rajesh Venkataraman" in page


async def test_a_senior_manager_reads_lines_but_not_the_facts_under_them(senior: Reader, cast: Cast) -> None:
    page = await senior.get(f"/reports/recognition/people/{cast.ids[COLLEAGUE]}?entity=uneo&{PERIOD}")
    assert "How the total is added up" in page
    assert "open to human resources of the entity and to the person" in page
    assert "Taken over from the earlier" not in page


async def test_a_period_that_ends_before_it_starts_is_said_and_nothing_typed_is_lost(hr: Reader) -> None:
    page = await hr.get("/reports/recognition?entity=uneo&from=2026-05-02&to=2026-05-01", 422)
    assert "The period ends before it starts." in page
    assert 'value="2026-05-02"' in page
    page = await hr.get("/reports/recognition?entity=uneo&from=yesterday&to=2026-05-01", 422)
    assert 'value="yesterday"' in page


async def test_another_entity_is_as_if_it_were_not_there(other_hr: Reader, cast: Cast) -> None:
    await other_hr.get(REPORT, 404)
    await other_hr.get(f"/reports/recognition/people/{cast.ids[LEARNER]}?entity=unro&{PERIOD}", 404)


async def test_without_a_policy_there_are_facts_only_and_a_sentence_how_one_is_adopted(
    other_hr: Reader,
) -> None:
    page = await other_hr.get(f"/reports/recognition?entity=unro&{PERIOD}")
    assert "Total points" not in page
    assert "A senior manager of the entity adopts one" in page


async def test_many_competencies_are_summed_up_and_open_into_their_names(hr: Reader) -> None:
    page = await hr.get(REPORT)
    row = next(each for each in page.split("<tr>") if "<bdi>Wanjiru Kamau</bdi>" in each)
    assert "<summary>5 competencies, up to level 1</summary>" in row
    assert row.count('<span class="cell-level">') == 5
    few = next(each for each in page.split("<tr>") if "<bdi>Daniel Okafor</bdi>" in each)
    assert "<details>" not in few


async def test_another_year_is_a_click_away_and_keeps_the_rest_of_the_choice(hr: Reader) -> None:
    page = await hr.get("/reports/recognition?entity=uneo-kenya&kind=un_volunteer")
    assert re.search(rf'aria-current="true">{TODAY.year}</a>', page)
    year = TODAY.year - 1
    link = re.search(rf'href="([^"]+)">{year}</a>', page)
    assert link
    page = await hr.get(unescape(link[1]))
    assert f'value="{year}-01-01"' in page
    assert 'value="uneo-kenya" selected' in page
    assert 'value="un_volunteer" selected' in page


async def test_without_facts_there_is_no_chart_and_without_people_no_download(hr: Reader) -> None:
    page = await hr.get(f"/reports/recognition?entity=uneo&{PERIOD}&kind=intern")
    assert "Nobody is listed here" in page
    assert "<figure" not in page
    assert "/api/v1/reports/recognition." not in page
    long_ago = await hr.get("/reports/recognition?entity=uneo&from=2001-01-01&to=2001-12-31&kind=staff")
    assert "<figure" not in long_ago


async def test_volunteers_stand_apart_from_staff(hr: Reader) -> None:
    page = await hr.get(f"/reports/recognition?entity=uneo&{PERIOD}&kind=un_volunteer")
    assert list(_points(page)) == ["Tomás Ferreira"]


async def test_a_longer_list_costs_no_more_statements(app: FastAPI, hr: Reader, database: Database) -> None:
    async with database.transaction() as session:
        entity = await get_entity(session, "uneo-kenya")
        await _add_people(session, entity)
    await hr.get(REPORT)  # taxonomy and editions are at hand from here on
    with statements(app) as few:
        await hr.get(f"/reports/recognition?entity=uneo-africa&from={FIRST}&to={LAST}&kind=un_volunteer")
    with statements(app) as many:
        page = await hr.get(REPORT)
    assert len(many) <= len(few) + 3  # rows: facts twice (whole and cut months), service spans, absences
    assert page.count("points: open the lines") == 50
    assert "Left during the period" in page
    assert "Zz Person 00" in page[page.index('id="left"') :]
    onward = re.search(r'rel="next" href="([^"]+)"', page)
    assert onward
    assert "Zz Person 60" in await hr.get(unescape(onward[1]))


async def _add_people(session: AsyncSession, entity: Entity) -> None:
    """Sixty more members of staff, and one who has left."""
    people = [Person(name=f"Zz Person {n:02}", sort_key=f"zz person {n:02}") for n in range(61)]
    session.add_all(people)
    await session.flush()
    gone = TODAY - timedelta(days=3)
    for number, person in enumerate(people):
        tie = {"person_id": person.id, "entity_id": entity.id, "kind": "staff", "from_on": FIRST}
        session.add(Affiliation(**tie, until_on=None if number else gone))


# -- what the page adds to the figures ---------------------------------------------------------------------


def test_a_month_without_completions_is_shown_as_none_and_none_lies_ahead() -> None:
    period = Period(TODAY.replace(month=1, day=1), TODAY.replace(month=12, day=31))
    months = months_of(period, today=TODAY)
    assert len(months) == TODAY.month
    assert [column.value for column in month_columns([], months, "en")] == [0] * TODAY.month


def test_a_long_period_is_shown_by_year() -> None:
    period = Period(TODAY.replace(year=TODAY.year - 4, month=1, day=1), TODAY)
    columns = month_columns([], months_of(period, today=TODAY), "en")
    assert [column.label for column in columns] == [str(TODAY.year - 4 + n) for n in range(5)]


def test_a_line_says_what_it_is_worth_and_why_not_all_of_it_counts() -> None:
    rule = PolicyLine("hours", {"en": "Learning hours"}, "minutes", 100, cap=1500)
    policy = RecognitionPolicy("p", 1, {"en": "P"}, 4000, (rule,))
    line = Line("hours", rule.name, "minutes", 1200, 1500, not_counted=500, reason="line_cap")
    assert worth(rule, "en") == "1.00 for each hour, 15.00 at most"
    assert amount_words(line, "en").replace("\u00a0", " ") == "20 h"
    assert why_not_counted(line, policy, "en") == "above the most that this line may come to"


# -- people ------------------------------------------------------------------------------------------------


async def test_a_person_is_found_by_a_part_of_the_name_without_accents(hr: Reader) -> None:
    page = await hr.get("/people?q=nkurun")
    assert "Émile Nkurunziza" in page
    assert "Amina Otieno" not in page


async def test_people_of_another_entity_are_not_found(hr: Reader, other_hr: Reader, cast: Cast) -> None:
    assert "Amina Otieno" not in await other_hr.get("/people")
    await other_hr.get(f"/people/{cast.ids[LEARNER]}", 404)


async def test_an_administrator_sees_who_someone_is_and_none_of_their_record(
    app: FastAPI, cast: Cast
) -> None:
    admin = await Reader(app).sign_in(cast, ADMIN)
    page = await admin.get(f"/people/{cast.ids[COLLEAGUE]}")
    assert "Associate Officer" in page
    assert "Indicators and baselines" not in page
    assert "demo record" not in page


async def test_a_completion_is_recorded_once_and_said_twice(hr: Reader) -> None:
    given = {
        "person": LEARNER,
        "course": "legal-foundations",
        "occurred_on": str(TODAY - timedelta(days=9)),
        "source": "Inspira",
        "evidence": "https://example.org/certificate",
    }
    await hr.get("/people/record")
    assert "The completion is recorded." in await hr.send("/people/record", **given)
    assert 'href="https://example.org/certificate"' in hr.page
    await hr.get("/people/record")
    assert "nothing was changed" in await hr.send("/people/record", **given)
    assert hr.page.count("Legal foundations</th>") == 1


async def test_whom_a_completion_is_recorded_for_is_named_before_it_is(hr: Reader, cast: Cast) -> None:
    assert f'href="/people/{cast.ids[LEARNER]}"' in await hr.get(f"/people/record?person={LEARNER}")
    assert "<bdi>Amina Otieno</bdi>" in hr.page
    assert "/people/" + str(cast.ids[OTHER_LEARNER]) not in await hr.get(
        f"/people/record?person={OTHER_LEARNER}"
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"person": "nobody@un.example"}, "There is no person with this e-mail"),
        ({"occurred_on": str(TODAY + timedelta(days=2))}, "lies in the future"),
        ({"occurred_on": "31.12.2025"}, "Write the day as"),
        ({"source": ""}, "Say who recorded it first."),
        ({"course": "no-such-course"}, "This course is not on offer."),
        ({"source": "x" * 101}, "not in a form that can be kept"),
    ],
)
async def test_a_mistake_is_named_at_its_field_and_the_rest_is_kept(
    hr: Reader, change: dict[str, str], sentence: str
) -> None:
    given = {
        "person": VOLUNTEER,
        "course": "legal-foundations",
        "occurred_on": str(TODAY),
        "source": "Inspira",
        "evidence": "Seen by me.",
    }
    await hr.get("/people/record")
    page = await hr.send("/people/record", 422, **(given | change))
    assert page.count(sentence) == 2  # at the top, and at its field
    assert "Seen by me." in page


async def test_revoking_says_what_it_does_asks_for_a_reason_and_keeps_the_record(
    hr: Reader, cast: Cast
) -> None:
    page = await hr.get(f"/people/{cast.ids[SUPERVISOR]}")
    link = re.search(r'href="(/people/[^"]+/revoke)"', page)
    assert link
    page = await hr.get(link[1])
    assert "The skill records that rest on it stop counting" in page
    assert "Say why it stops counting." in await hr.send(link[1], 422, reason=" ")
    page = await hr.send(link[1], reason="Recorded for the wrong person.")
    assert "The completion is revoked." in page
    assert "Recorded for the wrong person." in page
    assert "Revoked on" in page
    await hr.get(link[1], 409)


async def test_another_entitys_officer_can_revoke_nothing(hr: Reader, other_hr: Reader, cast: Cast) -> None:
    page = await hr.get(f"/people/{cast.ids[COLLEAGUE]}")
    link = re.search(r'href="(/people/[^"]+/revoke)"', page)
    assert link
    await other_hr.get("/people")
    await other_hr.get(link[1], 404)
    await other_hr.send(link[1], 404, reason="No business of mine.")


# -- import ------------------------------------------------------------------------------------------------

_CSV = (
    "personnel_number,name,email,entity,from,post_title\n"
    "9001,Nadia Haddad,nadia@un.example,uneo-kenya,2025-01-15,Analyst\n"
    "9002,Kofi Mensah,kofi@un.example,unro,2025-01-15,Analyst\n"
)


async def test_a_file_is_checked_first_and_imported_when_that_is_wanted(hr: Reader) -> None:
    await hr.get("/people/import")
    page = await hr.send("/people/import", files={"file": ("people.csv", _CSV.encode(), "text/csv")})
    assert "Nothing was changed yet." in page
    assert "Would be refused" in page
    assert "<bdi>Nadia Haddad</bdi>" in page  # who would be added is named as the file names them
    assert "<bdi>Kofi Mensah</bdi>" in page
    assert "Nadia Haddad" not in await hr.get("/people?q=nadia")
    await hr.client.get("/people/import")
    page = await _checked_again(hr)
    assert "What became of each line" in page
    assert "Nadia Haddad" in await hr.get("/people?q=nadia")


async def _checked_again(hr: Reader) -> str:
    await hr.get("/people/import")
    page = await hr.send("/people/import", files={"file": ("people.csv", _CSV.encode(), "text/csv")})
    key = re.search(r'name="file" value="([0-9a-f]{32})"', page)
    assert key
    return await hr.send(hr.path, file=key[1])


async def test_a_file_that_is_no_table_and_a_missing_file_are_said(hr: Reader) -> None:
    await hr.get("/people/import")
    assert "Choose the file." in await hr.send("/people/import", 422)
    page = await hr.send("/people/import", 422, files={"file": ("people.csv", b"nothing\n1\n", "text/csv")})
    assert page.count("field-wrong") == 1  # a missing column "entity" is not about the choice of entity
    assert 'id="error-file"' in page


async def test_a_file_that_is_not_kept_any_more_is_asked_for_again(hr: Reader) -> None:
    await hr.get("/people/import")
    await hr.send("/people/import", files={"file": ("people.csv", _CSV.encode(), "text/csv")})
    assert "Send it again." in await hr.send(hr.path, file="0" * 32)


# -- the policy --------------------------------------------------------------------------------------------


async def test_the_policy_page_says_what_counts_where_and_who_adopted_it(senior: Reader) -> None:
    page = await senior.get("/reports/policy")
    assert page.count("taken over from United Nations Environment Office (demo)") == 2
    assert 'href="/reports/recognition" aria-current="page"' in page
    assert "1.00 for each hour, 15.00 at most" in page
    assert "All learning together comes to 40.00 points at most" in page


async def test_a_policy_is_adopted_with_its_note_and_from_a_day_to_come(senior: Reader) -> None:
    await senior.get("/reports/policy")
    given = {
        "entity": "uneo-kenya",
        "policy": "learning-and-practice",
        "from": str(TODAY + timedelta(days=30)),
    }
    page = await senior.send("/reports/policy", 422, **given, consultation="")
    assert "Say how staff representatives were consulted." in page
    assert 'value="uneo-kenya" selected' in page
    page = await senior.send("/reports/policy", **given, consultation="Staff Council, minutes of today.")
    assert "The policy is adopted." in page
    assert "UNEO Kenya (demo): “Learning and practice”" in page


async def test_a_policy_is_not_adopted_from_a_day_before_it_was_published(senior: Reader) -> None:
    await senior.get("/reports/policy")
    page = await senior.send(
        "/reports/policy",
        422,
        **{"entity": "uneo-kenya", "policy": "learning-and-practice", "from": "2020-01-01"},
        consultation="Staff Council.",
    )
    assert "The policy was published on" in page


# -- who may open what -------------------------------------------------------------------------------------

_PAGES = {
    "/reports/recognition": {HR, SENIOR},
    "/reports/policy": {SENIOR},
    "/people": {HR, ADMIN},
    "/people/record": {HR, ADMIN},
    "/people/import": {HR, ADMIN},
}


@pytest.mark.parametrize("email", [LEARNER, SUPERVISOR, ASSESSOR, HR, SENIOR, ADMIN])
async def test_each_page_opens_for_its_readers_alone(app: FastAPI, cast: Cast, email: str) -> None:
    reader = await Reader(app).sign_in(cast, email)
    for path, readers in _PAGES.items():
        await reader.get(path, 200 if email in readers else 403)


async def test_a_form_without_its_token_changes_nothing(hr: Reader) -> None:
    hr.token = "of-another-site"
    await hr.send("/people/record", 403, person=LEARNER)
    await hr.get("/people/record")
