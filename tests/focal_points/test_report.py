"""The report: what it counts, for whom, and that what is hidden cannot be worked out by whoever knows the directory."""

from itertools import product
from typing import Any

from httpx2 import AsyncClient
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.kernel.database import Database
from lms.reports.focal_points import ANSWERS, hidden_in
from lms.reports.units import Count
from tests.cast import COLLEAGUE, COORDINATOR, FOCAL_POINT, HR, LEARNER, OTHER_HR, SENIOR, Cast
from tests.focal_points.samples import API, ME, end_role, make_focal_point, write_profile
from tests.partners.samples import make

REPORT = f"{API}/reports/focal-points"
TABLES = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), min_size=1, max_size=3)


@settings(max_examples=300)
@given(TABLES)
def test_no_hidden_answer_of_a_few_can_be_worked_out_by_whoever_counts_the_directory(
    table: list[tuple[int, int]],
) -> None:
    """Tries every table with the same totals that agrees with all that is shown, rows and all together."""
    counts = {
        (number, ("sponsor", answer)): Count(people, people)
        for number, row in enumerate(table)
        for answer, people in zip(ANSWERS["sponsor"], row, strict=True)
    }
    kept = {unit for unit, question in hidden_in(counts, len(table)) if question == "sponsor"}
    hidden = {(unit, answer) for unit in kept for answer in ANSWERS["sponsor"]}
    shown: dict[Any, set[int]] = {}
    for yeses in product(*(range(yes + no + 1) for yes, no in table)):
        tried = [(yes, sum(row) - yes) for yes, row in zip(yeses, table, strict=True)]
        cells = {(n, a): tried[n][p] for n in range(len(table)) for p, a in enumerate(ANSWERS["sponsor"])}
        cells |= {(None, a): sum(row[p] for row in tried) for p, a in enumerate(ANSWERS["sponsor"])}
        true = {(n, a): table[n][p] for n in range(len(table)) for p, a in enumerate(ANSWERS["sponsor"])}
        true |= {(None, a): sum(row[p] for row in table) for p, a in enumerate(ANSWERS["sponsor"])}
        if all(cells[place] == true[place] for place in cells if place not in hidden):
            for place, people in cells.items():
                shown.setdefault(place, set()).add(people)
    for place, people in shown.items():
        number, answer = place
        row = [sum(each) for each in zip(*table, strict=True)] if number is None else table[number]
        small = 0 < row[ANSWERS["sponsor"].index(answer)] < 5
        assert not small or (place in hidden and len(people) > 1), (table, place)


async def row_of(
    client: AsyncClient, cast: Cast, email: str, query: str, entity: str | None
) -> dict[str, Any]:
    answer = await client.get(f"{REPORT}?{query}", headers=cast.token(email))
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["rows"]
    return next(each for each in rows if (each["entity"] or {}).get("key") == entity)


async def test_one_s_own_entity_is_shown_whole_and_others_not_where_few_stand_behind_a_figure(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    await make(client, cast, "reported")
    await make_focal_point(database, cast, COLLEAGUE, "uneo-kenya")
    await make_focal_point(database, cast, COLLEAGUE, "uneo")  # for two of them she counts once
    await make_focal_point(database, cast, OTHER_HR, "unro")
    await write_profile(client, cast, FOCAL_POINT, share_percent=60, sponsor=SENIOR, head_supports=True)
    await write_profile(client, cast, COLLEAGUE, share_percent=0, head_supports=False)
    visit = {"kind": "visit", "partner": "reported", "learned": "Much."}
    for until in ("2026-11-01", "2024-11-01"):
        sent = visit | {"from_on": "2024-10-01" if until < "2025" else until, "until_on": until}
        assert (
            await client.post(f"{ME}/exchanges", json=sent, headers=cast.token(FOCAL_POINT))
        ).status_code == 201
    own = await row_of(client, cast, SENIOR, "entity=uneo", "uneo")
    assert (own["offices"], own["offices_with_one"], own["focal_points"], own["without_one"]) == (3, 3, 2, [])
    assert own["answers"] == {
        "share": {"unsaid": 0, "tenth": 1, "half": 0, "more": 1},
        "sponsor": {"yes": 1, "no": 1},
        "support": {"yes": 1, "no": 1, "unsaid": 0},
        "exchange": {"yes": 1, "no": 1},
    }
    assert own["exchanges"] == 1
    below = await row_of(client, cast, SENIOR, "", "uneo-africa")
    assert (below["focal_points"], below["answers"]["sponsor"]) == (1, {"yes": 1, "no": 0})
    far = await row_of(client, cast, COORDINATOR, "", "uneo")
    assert (far["focal_points"], far["exchanges"]) == (2, None)
    assert {figure for answers in far["answers"].values() for figure in answers.values()} == {None}
    missing = await row_of(client, cast, COORDINATOR, "", "unro")
    assert [each["key"] for each in missing["without_one"]] == ["unro-congo"]
    everybody = await row_of(client, cast, COORDINATOR, "", None)
    assert (everybody["focal_points"], everybody["answers"]["sponsor"]) == (3, {"yes": None, "no": None})
    await end_role(database, cast, COLLEAGUE)
    assert (await row_of(client, cast, SENIOR, "entity=uneo", "uneo"))["focal_points"] == 1


async def test_who_reads_it_and_as_what(client: AsyncClient, cast: Cast) -> None:
    for email, status in ((LEARNER, 403), (HR, 403), (FOCAL_POINT, 403), (SENIOR, 200), (COORDINATOR, 200)):
        assert (await client.get(REPORT, headers=cast.token(email))).status_code == status, email
    assert (await client.get(f"{REPORT}?entity=unro", headers=cast.token(SENIOR))).status_code == 404
    office = await client.get(f"{REPORT}?entity=uneo-africa", headers=cast.token(COORDINATOR))
    assert office.status_code == 422
    file = await client.get(f"{REPORT}.csv?language=fr", headers=cast.token(COORDINATOR))
    lines = file.text.lstrip("\ufeff").splitlines()
    assert lines[0].startswith("entity,entity_name,offices,")
    assert len(lines) == 4  # a head and three organisations
    assert file.headers["content-disposition"].startswith("attachment")
