"""Hours planned, protected and used: sums that add up, and none that tells of a few people."""

import csv
import io
from datetime import date

from httpx2 import AsyncClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from lms.kernel import clock
from lms.kernel.database import Database
from lms.kernel.small_cells import LEAST, Figure
from lms.reports.learning_time import (
    KINDS_OF_HOURS,
    OUTSIDE,
    Hours,
    LearningTimeRow,
    Office,
    hidden_in,
    parent_of,
    rows_of,
)
from tests.cast import ADMIN, ASSESSOR, COLLEAGUE, FOCAL_POINT, HR, LEARNER, SENIOR, SUPERVISOR, Cast
from tests.kernel.test_small_cells import worked_out

PATH = "/api/v1/reports/learning-time.csv"
YEAR = clock.today().year


# -- laws ----------------------------------------------------------------------------------------------------


@st.composite
def trees(draw: st.DrawFn) -> list[Office]:
    """An entity with up to five offices under it, each of few or some people."""
    paths = ["/a/"]
    for number in range(draw(st.integers(0, 5))):
        paths.append(f"{draw(st.sampled_from(paths))}{number}/")
    offices = []
    for path in paths:
        counts = [draw(st.one_of(st.integers(0, 6), st.integers(0, 30))) for _ in KINDS_OF_HOURS]
        hours = {kind: Hours(each, 60 * each) for kind, each in zip(KINDS_OF_HOURS, counts, strict=True)}
        offices.append(Office(path, path, path, max(counts), hours))
    return offices


def shown(row: LearningTimeRow) -> dict[str, Hours | None]:
    return {"planned": row.planned, "protected": row.protected, "used": row.used}


@given(trees())
def test_no_figure_of_a_few_people_is_shown_in_any_report(offices: list[Office]) -> None:
    for office in offices:
        for row in rows_of(offices, path=office.path, root="/a/"):
            for hours in shown(row).values():
                assert hours is None or hours.people == 0 or hours.people >= LEAST


@given(trees())
def test_what_is_shown_adds_up_and_every_person_is_in_one_part(offices: list[Office]) -> None:
    for office in offices:
        total, *parts = rows_of(offices, path=office.path, root="/a/")
        if not parts:
            continue
        assert total.people == sum(each.people for each in parts)
        for kind in KINDS_OF_HOURS:
            known = [shown(each)[kind] for each in (total, *parts)]
            if all(known):
                assert known[0].minutes == sum(each.minutes for each in known[1:])  # type: ignore[union-attr]


@settings(max_examples=60, deadline=None)
@given(trees())
def test_all_reports_together_tell_no_hidden_figure(offices: list[Office]) -> None:
    tree = {each.path: each for each in offices}
    for kind in KINDS_OF_HOURS:
        hidden = hidden_in(tree, "/a/", kind)
        figures = []
        for path in tree:
            under = sum(each.hours[kind].people for each in offices if each.path.startswith(path))
            above = OUTSIDE if path == "/a/" else parent_of(path)
            figures.append(Figure((path, False), under, above, path))
            figures.append(Figure((path, True), tree[path].hours[kind].people, path, OUTSIDE))
        assert worked_out(figures, hidden) == set()
        for path in tree:  # whichever entity is asked for, a figure is hidden or it is not
            for row in rows_of(offices, path=path, root="/a/"):
                assert (shown(row)[kind] is None) == ((row.entity, row.part == "own") in hidden)


# -- over the API --------------------------------------------------------------------------------------------


async def _rows(
    client: AsyncClient, cast: Cast, who: str, entity: str = "uneo", **more: str
) -> list[dict[str, str]]:
    params = {"entity": entity, "year": str(YEAR), **more}
    answer = await client.get(PATH, params=params, headers=cast.token(who))
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def test_totals_are_sums_over_peoples_own_and_a_few_are_not_told(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    for number, who in enumerate((LEARNER, SUPERVISOR, COLLEAGUE, ASSESSOR, HR, SENIOR)):
        made = await client.post("/api/v1/me/plan", json={"weekly_minutes": 60}, headers=cast.token(who))
        assert made.status_code == 201, made.text
        if number == 3:
            total = (await _rows(client, cast, HR))[0]
            assert (total["part"], total["planned_minutes"], total["protected_people"]) == ("total", "", "")
    total, *parts = await _rows(client, cast, HR)
    assert total["protected_people"] == total["planned_people"] == "6"
    weeks = ((clock.today() - date(YEAR, 1, 1)).days + 1) // 7
    assert int(total["protected_minutes"]) == 6 * 60 * weeks
    async with database.reading() as session:
        planned = await session.scalar(
            text("SELECT sum((content->>'minutes')::int) FROM plans WHERE state = 'active'")
        )
    assert int(total["planned_minutes"]) == planned
    assert int(total["people"]) == sum(int(each["people"]) for each in parts)
    assert [each["planned_minutes"] for each in parts] == ["", ""]  # three here and three there


async def test_a_course_completed_twice_is_used_once_whichever_of_the_two_is_revoked(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    async with database.transaction() as session:
        # Five people of a kind of their own, so that their total is told.
        await session.execute(
            text(
                "UPDATE affiliations SET kind = 'intern' WHERE kind = 'staff' AND person_id <> ALL(:others)"
            ),
            {"others": [cast.ids[HR], cast.ids[FOCAL_POINT]]},
        )
    people = (LEARNER, SUPERVISOR, COLLEAGUE, ASSESSOR, SENIOR)
    rows = [
        {"person": who, "course": "partnership-essentials", "occurred_on": f"{YEAR}-01-0{day}", "source": "elsewhere"}
        for who in people
        for day in (1, 2)
    ]  # fmt: skip
    before = int((await _rows(client, cast, HR, kind="intern"))[0]["used_minutes"] or 0)
    sent = await client.post("/api/v1/completions/batch", json={"completions": rows}, headers=cast.token(HR))
    assert sent.json()["recorded"] == len(rows), sent.text
    async with database.reading() as session:
        once = await session.scalar(
            text(
                """SELECT sum(minutes) FROM (SELECT person_id, course_id, max(minutes) AS minutes FROM completions m
                    WHERE occurred_on BETWEEN :first AND :last AND person_id = ANY(:who)
                      AND NOT EXISTS (SELECT 1 FROM completion_revocations r WHERE r.completion_id = m.id)
                    GROUP BY 1, 2) c"""
            ),
            {
                "first": date(YEAR, 1, 1),
                "last": date(YEAR, 12, 31),
                "who": [cast.ids[each] for each in people],
            },
        )
        first = await session.scalar(
            text("SELECT id FROM completions WHERE person_id = :who AND sender = 'elsewhere' LIMIT 1"),
            {"who": cast.ids[LEARNER]},
        )
    total = (await _rows(client, cast, HR, kind="intern"))[0]
    assert (int(total["used_minutes"]), total["used_people"]) == (once, "5")
    assert int(total["used_minutes"]) > before
    revoked = await client.post(
        f"/api/v1/completions/{first}/revoke", json={"reason": "A mistake."}, headers=cast.token(HR)
    )
    assert revoked.status_code == 200, revoked.text
    # The other of the two still counts, so the sum is the same; nothing is counted twice.
    total = (await _rows(client, cast, HR, kind="intern"))[0]
    assert int(total["used_minutes"]) == once


async def test_who_may_read_it_and_for_which_entity(client: AsyncClient, cast: Cast) -> None:
    assert {each["entity"] for each in await _rows(client, cast, FOCAL_POINT, "uneo-africa")} == {
        "uneo-africa", "uneo-kenya",
    }  # fmt: skip
    for who, entity, status in (
        (FOCAL_POINT, "uneo", 404),
        (FOCAL_POINT, "unro", 404),
        (HR, "unro", 404),
        (LEARNER, "uneo", 403),
        (SENIOR, "uneo", 403),
        (ADMIN, "uneo", 403),
    ):
        params = {"entity": entity, "year": str(YEAR)}
        answer = await client.get(PATH, params=params, headers=cast.token(who))
        assert answer.status_code == status, (who, entity)
    bad = await client.get(PATH, params={"entity": "uneo", "year": "12"}, headers=cast.token(HR))
    assert bad.status_code == 422
