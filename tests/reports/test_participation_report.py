"""The participation report: each person once for each course and year, where they were; few are hidden from others."""

import csv
import io
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient
from sqlalchemy import text

from lms.catalogue.queries import get_course
from lms.completions.models import Completion, CompletionRevocation, Evidence
from lms.enrolments.models import Enrolment
from lms.kernel.database import Database
from lms.kernel.i18n import sort_key
from lms.people.models import Affiliation, Entity, Person, RoleGrant
from tests.cast import ADMIN, COORDINATOR, HR, LEARNER, SENIOR, Cast

PATH = "/api/v1/reports/participation"
FIRST, SECOND = "partnership-essentials", "legal-foundations"
YEARS = {"from": "2021-01-01", "to": "2022-12-31"}


async def _report(client: AsyncClient, headers: dict[str, str], **query: str) -> list[dict[str, Any]]:
    """Every row, page by page."""
    rows: list[dict[str, Any]] = []
    params = {"limit": "7", **YEARS, **query}
    while True:
        answer = await client.get(PATH, params=params, headers=headers)
        assert answer.status_code == 200, answer.text
        rows += answer.json()["rows"]
        if answer.json()["next_cursor"] is None:
            return rows
        params["cursor"] = answer.json()["next_cursor"]


def _figures(
    rows: list[dict[str, Any]], entity: str | None, course: str | None
) -> dict[str, tuple[Any, Any]]:
    return {
        row["first_day"]: (row["people_enrolled"], row["people_completed"])
        for row in rows
        if ((row["entity"] or {}).get("key"), row["course"]) == (entity, course)
    }


class _Maker:
    """Makes entities, people and what they took part in, in a past that the demo has nothing in."""

    def __init__(self, session: Any, courses: dict[str, Any]) -> None:
        self.session, self.courses = session, courses
        self.entities: dict[str, Entity] = {}

    async def entity(self, key: str, parent: str | None = None) -> None:
        above = self.entities[parent] if parent else None
        made = Entity(
            key=key, name=f"Entity {key}", sort_key=sort_key(key), kind="unit",
            parent_id=above.id if above else None, path=f"{above.path if above else '/'}{key}/",
        )  # fmt: skip
        self.session.add(made)
        await self.session.flush()
        self.entities[key] = made

    async def person(self, *spans: tuple[str, date, date | None], kind: str = "staff") -> UUID:
        person = Person(name="Somebody", sort_key="somebody")
        self.session.add(person)
        await self.session.flush()
        for key, from_on, until_on in spans:
            self.session.add(
                Affiliation(
                    person_id=person.id,
                    entity_id=self.entities[key].id,
                    kind=kind,
                    from_on=from_on,
                    until_on=until_on,
                )
            )
        return person.id

    def enrolled(self, person_id: UUID, course: str, day: date, language: str = "en") -> None:
        ref = self.courses[course]
        self.session.add(
            Enrolment(
                person_id=person_id, course_id=ref.id, course_version_id=ref.version_id, language=language,
                state="withdrawn", enrolled_at=datetime.combine(day, time(12), UTC),
            )
        )  # fmt: skip

    async def completed(self, person_id: UUID, course: str, day: date, *, revoked: bool = False) -> None:
        ref = self.courses[course]
        made = Completion(
            person_id=person_id, course_id=ref.id, course_version_id=ref.version_id, source="recorded",
            sender=str(uuid4()), rule="test", minutes=60, occurred_on=day,
        )  # fmt: skip
        self.session.add(made)
        if revoked:
            reason = Evidence(person_id=person_id, kind="words", words="A mistake.")
            self.session.add(reason)
            await self.session.flush()
            self.session.add(
                CompletionRevocation(completion_id=made.id, revoked_by_id=person_id, reason_id=reason.id)
            )


SINCE = date(2019, 1, 1)


@pytest.fixture(scope="module")
async def taken(database: Database, cast: Cast) -> None:
    """Two organisations of 2021 and 2022, one of them with an office, and facts that are known."""
    async with database.transaction() as session:
        make = _Maker(session, {key: await get_course(session, key) for key in (FIRST, SECOND)})
        for key, parent in (("opx", None), ("opx-office", "opx"), ("opy", None), ("opz", None)):
            await make.entity(key, parent)
        # opx: eight enrol in 2021 (three of them in French), six complete, two of them in the year after.
        eight = [await make.person(("opx", SINCE, None)) for _ in range(8)]
        for n, person in enumerate(eight):
            make.enrolled(person, FIRST, date(2021, 1 + n % 3, 10), "fr" if n < 3 else "en")
        for n, person in enumerate(eight[:6]):
            await make.completed(person, FIRST, date(2021 + (n > 3), 5, 5))
        # Twice in a year counts once, in the first month; in another year again; a revoked completion never.
        make.enrolled(eight[0], FIRST, date(2021, 11, 1), "en")
        make.enrolled(eight[0], FIRST, date(2022, 2, 1), "en")
        await make.completed(eight[7], FIRST, date(2021, 6, 6), revoked=True)
        # The office has two, and one who moved there in the summer of 2021 after enrolling.
        office = [await make.person(("opx-office", SINCE, None)) for _ in range(2)]
        for person in office:
            make.enrolled(person, SECOND, date(2021, 8, 8))
        moved = await make.person(("opy", SINCE, date(2021, 6, 30)), ("opx-office", date(2021, 7, 1), None))
        make.enrolled(moved, SECOND, date(2021, 3, 3))
        make.enrolled(moved, SECOND, date(2021, 9, 9))
        await make.completed(moved, SECOND, date(2021, 9, 9))
        # opy: ten in one course, six in the other; opz: twenty and nine; an intern apart.
        for key, first, second in (("opy", 10, 6), ("opz", 20, 9)):
            for n in range(first):
                person = await make.person((key, SINCE, None))
                make.enrolled(person, FIRST, date(2021, 4, 4))
                if n < second:
                    make.enrolled(person, SECOND, date(2021, 5, 5))
        intern = await make.person(("opy", SINCE, None), kind="intern")
        make.enrolled(intern, FIRST, date(2021, 4, 4))


@pytest.fixture(scope="module")
async def whole(database: Database, cast: Cast) -> dict[str, str]:
    """The header of human resources for the whole system."""
    async with database.transaction() as session:
        session.add(RoleGrant(person_id=cast.ids[SENIOR], role="hr_officer", entity_id=None))
    return cast.token(SENIOR)


async def test_a_person_counts_once_for_each_course_and_year(
    client: AsyncClient, taken: None, whole: dict[str, str]
) -> None:
    rows = await _report(client, whole, entity="opx")
    assert _figures(rows, "opx", FIRST) == {"2021-01-01": (8, 4), "2022-01-01": (1, 2)}
    assert _figures(rows, "opx", SECOND) == {"2021-01-01": (2, 1)}
    assert _figures(rows, "opx", None) == {"2021-01-01": (10, 5), "2022-01-01": (1, 2)}


async def test_months_add_up_to_years(client: AsyncClient, taken: None, whole: dict[str, str]) -> None:
    months = _figures(await _report(client, whole, entity="opx", by="month"), "opx", FIRST)
    assert {day: enrolled for day, (enrolled, _) in months.items() if enrolled} == {
        "2021-01-01": 3, "2021-02-01": 3, "2021-03-01": 2, "2022-02-01": 1,
    }  # fmt: skip
    assert {day: completed for day, (_, completed) in months.items() if completed} == {
        "2021-05-01": 4,
        "2022-05-01": 2,
    }


async def test_who_moved_counts_where_they_were_that_day(
    client: AsyncClient, taken: None, whole: dict[str, str]
) -> None:
    rows = await _report(client, whole)
    assert _figures(rows, "opy", SECOND) == {"2021-01-01": (7, 0)}  # enrolled there, and once
    assert _figures(rows, "opx", SECOND)["2021-01-01"][1] == 1  # completed at the office
    for entity, offices in (("opx", ("opx-office",)),):
        parts = await _report(client, whole, entity=entity)
        assert _figures(parts, offices[0], SECOND) == {"2021-01-01": (2, 1)}


async def test_entities_add_up_to_all_together_and_courses_to_their_sum(
    client: AsyncClient, taken: None, whole: dict[str, str]
) -> None:
    rows = await _report(client, whole)
    for course in (FIRST, SECOND, None):
        parts = [_figures(rows, key, course)["2021-01-01"] for key in ("opx", "opy", "opz")]
        assert _figures(rows, None, course)["2021-01-01"] == tuple(map(sum, zip(*parts, strict=True)))
    one, two, both = (_figures(rows, None, each)["2021-01-01"] for each in (FIRST, SECOND, None))
    assert both == (one[0] + two[0], one[1] + two[1])


async def test_kinds_of_personnel_are_told_apart(
    client: AsyncClient, taken: None, whole: dict[str, str]
) -> None:
    assert _figures(await _report(client, whole, entity="opy", kind="intern"), "opy", FIRST) == {
        "2021-01-01": (1, 0)
    }


async def test_languages_are_those_people_enrolled_in(
    client: AsyncClient, taken: None, whole: dict[str, str]
) -> None:
    answer = await client.get(PATH, params={"entity": "opx", **YEARS}, headers=whole)
    found = {
        (each["year"], each["language"]): each["people_enrolled"]
        for each in answer.json()["languages"]
        if each["entity"]["key"] == "opx"
    }
    assert found == {(2021, "en"): 7, (2021, "fr"): 3, (2022, "en"): 1}


async def test_only_days_of_the_period_count(client: AsyncClient, taken: None, whole: dict[str, str]) -> None:
    rows = await _report(client, whole, entity="opx", **{"from": "2021-02-01", "to": "2021-02-28"})
    assert _figures(rows, "opx", FIRST) == {"2021-01-01": (3, 0)}


# -- outside one's own entity ------------------------------------------------------------------------------


async def test_a_coordinator_sees_no_few_people_and_nothing_that_gives_them_away(
    client: AsyncClient, cast: Cast, taken: None, whole: dict[str, str]
) -> None:
    rows, true = await _report(client, cast.token(COORDINATOR)), await _report(client, whole)
    assert len(rows) == len(true)
    hidden = 0
    for seen, known in zip(rows, true, strict=True):
        for name in ("people_enrolled", "people_completed"):
            assert seen[name] in (None, known[name])
            assert seen[name] is None or not 0 < seen[name] < 5
            hidden += seen[name] is None
    assert hidden
    _lines_hold(rows)


def _lines_hold(rows: list[dict[str, Any]]) -> None:
    """Along every entity and every course of a year no single figure is left to be worked out."""
    lines: dict[tuple[Any, ...], list[Any]] = {}
    for row in rows:
        entity = (row["entity"] or {}).get("key")
        for name in ("people_enrolled", "people_completed"):
            lines.setdefault((row["first_day"], name, "entity", entity), []).append(row[name])
            lines.setdefault((row["first_day"], name, "course", row["course"]), []).append(row[name])
    assert not [line for line, figures in lines.items() if figures.count(None) == 1]


async def test_languages_are_hidden_with_what_they_would_tell(
    client: AsyncClient, cast: Cast, taken: None
) -> None:
    answer = await client.get(PATH, params=YEARS, headers=cast.token(COORDINATOR))
    found = {
        (each["year"], (each["entity"] or {}).get("key"), each["language"]): each["people_enrolled"]
        for each in answer.json()["languages"]
    }
    assert found[2021, "opx", "fr"] is None
    assert found[2021, "opx", "en"] is None
    assert found[2021, None, "fr"] is None  # French elsewhere is nought, so the total is the three people


async def test_one_organisation_alone_shows_what_all_together_show(
    client: AsyncClient, cast: Cast, taken: None
) -> None:
    rows = await _report(client, cast.token(COORDINATOR))
    for key in ("opx", "opy", "opz"):
        alone = await _report(client, cast.token(COORDINATOR), entity=key)
        assert alone == [each for each in rows if (each["entity"] or {}).get("key") == key]


@pytest.mark.parametrize(
    ("query", "pointers"),
    [
        ({"from": "2021-02-01"}, ["/from"]),
        ({"to": "2021-11-30"}, ["/to"]),
        ({"by": "month"}, ["/by"]),
        ({"from": "2021-01-02", "to": "2021-12-30", "by": "month"}, ["/from", "/to", "/by"]),
        ({"entity": "opx-office"}, ["/entity"]),
    ],
)
async def test_what_could_tell_of_few_is_refused(
    client: AsyncClient, cast: Cast, taken: None, query: dict[str, str], pointers: list[str]
) -> None:
    for path in (PATH, f"{PATH}.csv", f"{PATH}.xlsx"):
        answer = await client.get(path, params=YEARS | query, headers=cast.token(COORDINATOR))
        assert answer.status_code == 422, answer.text
        assert [each["pointer"] for each in answer.json()["errors"]] == pointers


async def test_rights(client: AsyncClient, cast: Cast, taken: None) -> None:
    for who, query, status in (
        (LEARNER, {}, 403),
        (ADMIN, {}, 403),
        (HR, {"entity": "opx"}, 404),
        (HR, {"entity": "uneo"}, 200),
        (HR, {"from": "2022-01-01", "to": "2021-01-01"}, 422),
    ):
        answer = await client.get(PATH, params=YEARS | query, headers=cast.token(who))
        assert answer.status_code == status, (who, query, answer.text)


# -- files -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", [COORDINATOR, SENIOR])
async def test_the_csv_holds_the_rows_without_sums(
    client: AsyncClient, cast: Cast, taken: None, whole: dict[str, str], who: str
) -> None:
    rows = [each for each in await _report(client, cast.token(who)) if each["entity"] and each["course"]]
    answer = await client.get(f"{PATH}.csv", params=YEARS, headers=cast.token(who))
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    names = ("people_enrolled", "people_completed")
    assert [(line["first_day"], line["entity"], line["course"]) for line in lines] == [
        (row["first_day"], row["entity"]["key"], row["course"]) for row in rows
    ]
    for line, row in zip(lines, rows, strict=True):
        assert [line[name] for name in names] == [
            "" if row[name] is None else str(row[name]) for name in names
        ]
        assert line["hidden"].split() == [name for name in names if row[name] is None]
        assert line["title"]


async def test_the_workbook_is_one(client: AsyncClient, cast: Cast, taken: None) -> None:
    answer = await client.get(f"{PATH}.xlsx", params=YEARS, headers=cast.token(HR))
    assert answer.content[:2] == b"PK"


async def test_what_is_counted_is_what_the_rows_of_the_database_say(
    client: AsyncClient, database: Database, taken: None, whole: dict[str, str]
) -> None:
    """All staff of all years against a count without any of the report's statements."""
    query = {"from": "2015-01-01", "to": "2030-12-31"}
    rows = await _report(client, whole, **query)
    async with database.reading() as session:
        found = await session.execute(
            text(
                """SELECT person_id, course_id, min(occurred_on) FROM completions c
                    WHERE NOT EXISTS (SELECT 1 FROM completion_revocations r WHERE r.completion_id = c.id)
                    GROUP BY person_id, course_id, date_part('year', occurred_on)"""
            )
        )
        placed = (
            await session.execute(text("SELECT person_id, kind, from_on, until_on FROM affiliations"))
        ).all()
        counted = sum(
            any(
                each.person_id == person and each.kind == "staff" and each.from_on <= day
                and (each.until_on is None or each.until_on >= day)
                for each in placed
            )
            for person, _, day in found
        )  # fmt: skip
    assert counted > 10
    assert sum(completed for _, completed in _figures(rows, None, None).values()) == counted
