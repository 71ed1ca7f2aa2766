"""The coverage report: what is counted, whose, what is empty, and what a coordinator is not shown."""

import csv
import io
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx2 import AsyncClient
from sqlalchemy import text

from lms.catalogue.queries import get_course, get_edition, get_profiles, get_taxonomy
from lms.kernel import clock
from lms.kernel.database import Database
from lms.kernel.i18n import sort_key
from lms.people.models import Affiliation, Entity, Person, RoleGrant
from lms.people.queries import get_entity
from lms.skills.models import SkillRecord, SkillRevocation, Standing
from tests.cast import ADMIN, COORDINATOR, HR, LEARNER, OTHER_HR, SENIOR, Cast

PATH = "/api/v1/reports/coverage"
TODAY = clock.today()


async def _get(
    client: AsyncClient, cast: Cast, who: str, status: int = 200, path: str = PATH, **query: str
) -> Any:
    answer = await client.get(path, params=query, headers=cast.token(who))
    assert answer.status_code == status, answer.text
    return answer.json()


async def _report(client: AsyncClient, cast: Cast, who: str, **query: str) -> dict[str, Any]:
    found: dict[str, Any] = await _get(client, cast, who, **query)
    return found


def _cell(report: dict[str, Any], entity: str | None, area: str, focus: str | None = None) -> dict[str, Any]:
    rows = [each for each in report["rows"] if (each["entity"] or {}).get("key") == entity]
    row = next(each for each in rows if focus is None or each["focus"] == focus)
    found: dict[str, Any] = next(each for each in row["cells"] if each["skill_area"] == area)
    return found


def _figures(cell: dict[str, Any]) -> tuple[int | None, int | None]:
    return cell["people_holding"], cell["people_asked"]


# -- an organisation of its own, with known facts ----------------------------------------------------------

# Per office: people, how many hold `legal-instruments`, how many `results-and-indicators`.
_OFFICES = {
    "unx": (12, 7, 9),
    "unx-field": (6, 2, 6),
    "uny": (9, 3, 0),
    "unz": (20, 8, 11),
}
_FOCUS = {"unx": ["poverty"], "uny": ["health"], "unz": ["environment"]}


async def _entity(session: Any, key: str) -> Entity:
    parent = await get_entity(session, key.partition("-")[0]) if "-" in key else None
    entity = Entity(
        key=key,
        name=f"Entity {key}",
        sort_key=sort_key(key),
        kind="headquarters",
        parent_id=parent.id if parent else None,
        path=f"{parent.path if parent else '/'}{key}/",
        focuses=_FOCUS.get(key, []),
    )
    session.add(entity)
    await session.flush()
    return entity


async def _person(session: Any, entity: Entity, name: str, kind: str = "staff", **more: Any) -> UUID:
    person = Person(name=name, sort_key=sort_key(name))
    session.add(person)
    await session.flush()
    session.add(
        Affiliation(person_id=person.id, entity_id=entity.id, kind=kind, from_on=date(2024, 1, 1), **more)
    )
    return person.id


async def _holds(
    session: Any,
    person_id: UUID,
    competency: str,
    level: int = 1,
    *,
    on: date | None = None,
    until: date | None = None,
) -> UUID:
    record = SkillRecord(
        person_id=person_id, competency=competency, level=level, source="course", rule="test",
        occurred_on=on or TODAY, recorded_at=clock.now() - (TODAY - (on or TODAY)), valid_until=until,
    )  # fmt: skip
    session.add(record)
    session.add(
        Standing(
            person_id=person_id,
            competency=competency,
            level=level,
            source="course",
            valid_until=until or date(9999, 1, 1),
        )
    )
    return record.id


@pytest.fixture(scope="module")
async def offices(database: Database, cast: Cast) -> dict[str, list[UUID]]:
    """People of each office, by office."""
    made: dict[str, list[UUID]] = {}
    async with database.transaction() as session:
        for key, (people, lawyers, counters) in _OFFICES.items():
            entity = await _entity(session, key)
            made[key] = [await _person(session, entity, f"{key} {n}") for n in range(people)]
            for n, person in enumerate(made[key]):
                if n < lawyers:
                    await _holds(session, person, "legal-instruments")
                    await _holds(session, person, "legal-instruments", 2)  # two records, one person
                if n >= people - counters:
                    await _holds(session, person, "results-and-indicators")
        hr = RoleGrant(
            person_id=made["unx"][0], role="hr_officer", entity_id=(await get_entity(session, "unx")).id
        )
        session.add(hr)
    return made


# -- what is counted ---------------------------------------------------------------------------------------


async def test_people_who_hold_a_level_are_counted_once_with_the_offices_below(
    client: AsyncClient, cast: Cast, offices: Any, whole: dict[str, str]
) -> None:
    answer = await client.get(PATH, params={"entity": "unx"}, headers=whole)
    report = answer.json()
    assert [each["entity"]["key"] for each in report["rows"]] == ["unx", "unx-field"]
    assert report["small_hidden"] is False
    assert _cell(report, "unx", "legal")["people_holding"] == 9
    assert _cell(report, "unx-field", "legal")["people_holding"] == 2
    assert _cell(report, "unx", "monitoring-and-evaluation")["people_holding"] == 15


@pytest.fixture(scope="module")
async def whole(database: Database, client: AsyncClient, cast: Cast) -> dict[str, str]:
    """The header of human resources for the whole system: everything is their own."""
    async with database.transaction() as session:
        session.add(RoleGrant(person_id=cast.ids[SENIOR], role="hr_officer", entity_id=None))
    return cast.token(SENIOR)


async def test_whose_profile_asks_is_what_the_rule_says_of_each(
    client: AsyncClient, cast: Cast, database: Database, offices: Any, whole: dict[str, str]
) -> None:
    """Counted in groups of alike posts; compared with the rule asked of everybody, one by one, over the API."""
    async with database.reading() as session:
        profiles, taxonomy = await get_profiles(session), await get_taxonomy(session)
        people = (
            await session.execute(
                text(
                    "SELECT a.person_id, e.key FROM affiliations a JOIN entities e ON e.id = a.entity_id "
                    "WHERE a.kind = 'staff' AND a.until_on IS NULL"
                )
            )
        ).all()
    asked: dict[tuple[str, str], int] = {}
    for person_id, key in people:
        answer = await client.get(f"/api/v1/people/{person_id}/profile", headers=whole)
        held = answer.json()["profile"]
        profile = profiles.get(held["key"]) if held else None
        for area in {taxonomy.area_of(each).key for each in (profile.levels if profile else ())}:
            asked[key, area] = asked.get((key, area), 0) + 1
    report = (await client.get(PATH, headers=whole)).json()
    for organisation in ("uneo", "unro", "unx", "uny", "unz"):
        for area in taxonomy.skill_areas:
            below = sum(
                n for (key, each), n in asked.items() if each == area.key and key.startswith(organisation)
            )
            assert _cell(report, organisation, area.key)["people_asked"] == below, (organisation, area.key)
    assert sum(asked.values()) > 50


async def test_courses_and_their_minutes_are_those_for_the_focus_or_for_every_one(
    client: AsyncClient, cast: Cast, database: Database, offices: Any
) -> None:
    report = await _report(client, cast, HR, entity="uneo")
    for cell in report["rows"][0]["cells"]:
        query = {"skill_area": cell["skill_area"], "focus": "environment", "limit": 200}
        listed = (await client.get("/api/v1/courses", params=query, headers=cast.token(HR))).json()["items"]
        refs = []
        async with database.reading() as session:
            refs = [
                await get_edition(session, (await get_course(session, each["key"])).version_id)
                for each in listed
            ]
        minutes = sum(each.minutes for edition in refs for each in edition.course.required_activities)
        assert (cell["courses"], cell["minutes"], cell["empty"]) == (len(listed), minutes, not listed)
    assert any(cell["courses"] for cell in report["rows"][0]["cells"])


async def test_an_entity_of_two_focuses_has_a_row_for_each_with_the_same_people(
    client: AsyncClient, cast: Cast
) -> None:
    report = await _report(client, cast, OTHER_HR)
    rows = [each for each in report["rows"] if each["entity"]["key"] == "unro"]
    assert [each["focus"] for each in rows] == ["humanitarian", "peace-and-security"]
    assert list(map(_figures, rows[0]["cells"])) == list(map(_figures, rows[1]["cells"]))
    assert [each["courses"] for each in rows[0]["cells"]] != [each["courses"] for each in rows[1]["cells"]]
    goma = [each["focus"] for each in report["rows"] if each["entity"]["key"] == "unro-congo"]
    assert goma == ["humanitarian", "peace-and-security"]  # an office without any has those above it


async def test_entities_with_nothing_suited_to_their_mandate_stand_first(
    client: AsyncClient, cast: Cast, offices: Any
) -> None:
    report = await _report(client, cast, COORDINATOR)
    assert report["rows"][0]["entity"]["key"] == "uny"
    assert [each["entity"]["key"] for each in report["rows"] if each["nothing_suited"]] == ["uny"]
    assert report["rows"][-1]["entity"] is None
    without = next(each for each in report["rows"] if (each["entity"] or {}).get("key") == "unpc")
    assert (without["focus"], without["nothing_suited"]) == (
        None,
        False,
    )  # no focus: courses for every focus suit it


async def test_kinds_of_personnel_are_told_apart(
    client: AsyncClient, cast: Cast, database: Database, offices: Any, whole: dict[str, str]
) -> None:
    async with database.transaction() as session:
        for n in range(6):
            person = await _person(session, await get_entity(session, "unz"), f"intern {n}", kind="intern")
            await _holds(session, person, "legal-instruments")
    staff = (await client.get(PATH, params={"entity": "unz"}, headers=whole)).json()
    interns = (await client.get(PATH, params={"entity": "unz", "kind": "intern"}, headers=whole)).json()
    assert _cell(staff, "unz", "legal")["people_holding"] == 8
    assert _figures(_cell(interns, "unz", "legal")) == (6, 0)


async def test_standing_is_that_of_the_day(
    client: AsyncClient, cast: Cast, database: Database, whole: dict[str, str]
) -> None:
    """Held from ten days ago, lapsed since yesterday, revoked three days ago, learned of today."""
    ago = lambda days: TODAY - timedelta(days=days)  # noqa: E731
    async with database.transaction() as session:
        entity = await _entity(session, "unw")
        people = [await _person(session, entity, f"unw {n}") for n in range(4)]
        await _holds(session, people[0], "facilitation", on=ago(10))
        await _holds(session, people[1], "facilitation", on=ago(10), until=ago(1))
        revoked = await _holds(session, people[2], "facilitation", on=ago(10))
        session.add(
            SkillRevocation(
                skill_record_id=revoked, revoked_by_id=people[0], recorded_at=clock.now() - timedelta(days=3)
            )
        )
        await session.execute(text("DELETE FROM standings WHERE person_id = :person"), {"person": people[2]})
        await _holds(session, people[3], "facilitation")
    seen = {}
    for day in (ago(11), ago(5), ago(2), TODAY):
        query = {"entity": "unw", "as_at": str(day)}
        report = (await client.get(PATH, params=query, headers=whole)).json()
        assert report["as_at"] == (None if day == TODAY else str(day))
        seen[(TODAY - day).days] = _cell(report, "unw", "soft-skills")["people_holding"]
    assert seen == {11: 0, 5: 3, 2: 2, 0: 2}


# -- a cell, opened ----------------------------------------------------------------------------------------


async def test_a_cell_opens_into_its_competencies_and_courses(
    client: AsyncClient, cast: Cast, offices: Any, whole: dict[str, str]
) -> None:
    query = {"entity": "unx", "skill_area": "legal", "focus": "poverty"}
    found = (await client.get(f"{PATH}/competencies", params=query, headers=whole)).json()
    report = (await client.get(PATH, params={"entity": "unx"}, headers=whole)).json()
    assert found["cell"] == _cell(report, "unx", "legal")
    held = {each["competency"]: each["people_holding"] for each in found["competencies"]}
    assert held["legal-instruments"] == 9
    assert sum(held.values()) == 9
    courses = {course["key"] for each in found["competencies"] for course in each["courses"]}
    assert len(courses) == found["cell"]["courses"]
    assert "legal-foundations" in courses


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"skill_area": "cookery", "focus": "environment"}, "/skill_area"),
        ({"skill_area": "legal", "focus": "poverty"}, "/focus"),
        ({"skill_area": "legal"}, "/focus"),
        ({"skill_area": "legal", "focus": "environment", "as_at": "2999-01-01"}, "/as_at"),
    ],
)
async def test_a_cell_that_is_not_there_is_said(
    client: AsyncClient, cast: Cast, query: dict[str, str], pointer: str
) -> None:
    problem = await _get(client, cast, HR, 422, f"{PATH}/competencies", entity="uneo", **query)
    assert [each["pointer"] for each in problem["errors"]] == [pointer]


# -- whose it is -------------------------------------------------------------------------------------------


async def test_hr_sees_her_own_entity_whole_and_no_other(
    client: AsyncClient, cast: Cast, offices: Any
) -> None:
    report = await _report(client, cast, HR)
    assert report["small_hidden"] is False
    assert {each["entity"]["key"] for each in report["rows"]} == {"uneo", "uneo-africa"}
    assert all(None not in _figures(cell) for row in report["rows"] for cell in row["cells"])
    assert any(0 < cell["people_holding"] < 5 for row in report["rows"] for cell in row["cells"])
    await _get(client, cast, HR, 404, entity="unro")
    await _get(client, cast, HR, 404, entity="no-such-entity")
    for who in (LEARNER, ADMIN):
        await _get(client, cast, who, 403)


def _not_given_away(report: dict[str, Any]) -> None:
    """No figure from 1 to 4, and no total that leaves a single one hidden."""
    columns: dict[tuple[str, int], dict[str | None, int | None]] = {}
    for row in report["rows"]:
        for cell in row["cells"]:
            for measure, figure in enumerate(_figures(cell)):
                columns.setdefault((cell["skill_area"], measure), {})[(row["entity"] or {}).get("key")] = (
                    figure
                )
    hidden = 0
    for figures in columns.values():
        assert not [each for each in figures.values() if each is not None and 0 < each < 5]
        unknown = [key for key, each in figures.items() if each is None]
        assert len(unknown) != 1
        hidden += len(unknown)
        if not unknown:
            total = figures.pop(None)
            assert sum(each or 0 for each in figures.values()) == total
    assert hidden > 0


async def test_a_coordinator_sees_every_organisation_and_no_few_people(
    client: AsyncClient, cast: Cast, offices: Any
) -> None:
    report = await _report(client, cast, COORDINATOR)
    assert report["small_hidden"] is True
    keys = [(each["entity"] or {}).get("key") for each in report["rows"]]
    assert {"uneo", "unro", "unx", "uny", "unz", "unpc", None} <= set(keys)
    assert not [key for key in keys if key and "-" in key]  # whole organisations, not their offices
    _not_given_away(report)
    assert _cell(report, "uny", "legal")["people_holding"] is None
    assert _cell(report, "unx", "monitoring-and-evaluation")["people_holding"] == 15


async def test_what_is_hidden_together_is_hidden_alone(client: AsyncClient, cast: Cast, offices: Any) -> None:
    whole = await _report(client, cast, COORDINATOR)
    for key in ("unx", "uny", "unz", "uneo", "unro"):
        alone = await _report(client, cast, COORDINATOR, entity=key)
        assert alone["rows"] == [each for each in whole["rows"] if (each["entity"] or {}).get("key") == key]
        for row in alone["rows"]:
            for cell in row["cells"]:
                query = {"entity": key, "skill_area": cell["skill_area"]}
                query |= {"focus": row["focus"]} if row["focus"] else {}
                opened = await _get(client, cast, COORDINATOR, path=f"{PATH}/competencies", **query)
                _opened_tells_no_more(opened, cell)


def _opened_tells_no_more(opened: dict[str, Any], cell: dict[str, Any]) -> None:
    assert opened["cell"] == cell
    for measure, whole in enumerate(_figures(cell)):
        parts = [_figures(each)[measure] for each in opened["competencies"]]
        assert not [each for each in parts if each is not None and 0 < each < 5]
        if whole is None:
            assert not any(parts)  # all that is shown is nought
        else:
            assert parts.count(None) != 1


@pytest.mark.parametrize(
    ("query", "pointer"), [({"entity": "unx-field"}, "/entity"), ({"as_at": "2026-01-01"}, "/as_at")]
)
async def test_what_could_tell_of_few_is_refused_outside_ones_own(
    client: AsyncClient, cast: Cast, offices: Any, query: dict[str, str], pointer: str
) -> None:
    for path in (PATH, f"{PATH}.csv", f"{PATH}.xlsx"):
        problem = await _get(client, cast, COORDINATOR, 422, path, **query)
        assert problem["type"] == "/problems/outside-own-entity"
        assert [each["pointer"] for each in problem["errors"]] == [pointer]


async def test_who_coordinates_and_has_an_entity_of_their_own_sees_that_one_whole(
    client: AsyncClient, cast: Cast, database: Database, offices: Any
) -> None:
    """And what they know of theirs takes nothing from what protects the others."""
    async with database.transaction() as session:
        session.add(RoleGrant(person_id=cast.ids[OTHER_HR], role="coordinator", entity_id=None))
        await session.flush()
    try:
        report = await _report(client, cast, OTHER_HR)
        mine = [
            cell
            for row in report["rows"]
            if (row["entity"] or {}).get("key") == "unro"
            for cell in row["cells"]
        ]
        assert all(None not in _figures(cell) for cell in mine)
        assert _cell(report, "uny", "legal")["people_holding"] is None
        others = [each for each in report["rows"] if (each["entity"] or {"key": ""})["key"] != "unro"]
        columns: dict[tuple[str, int], list[int | None]] = {}
        for row in others:
            for cell in row["cells"]:
                for measure, figure in enumerate(_figures(cell)):
                    columns.setdefault((cell["skill_area"], measure), []).append(figure)
        assert all(each.count(None) != 1 for each in columns.values())
        theirs = await _report(client, cast, OTHER_HR, entity="unro-congo")
        assert theirs["small_hidden"] is False
    finally:
        async with database.transaction() as session:
            await session.execute(
                text("DELETE FROM role_grants WHERE role = 'coordinator' AND person_id = :p"),
                {"p": cast.ids[OTHER_HR]},
            )


async def test_a_coordinator_is_granted_for_the_whole_system_or_not_at_all(
    client: AsyncClient, cast: Cast
) -> None:
    path, headers = f"/api/v1/people/{cast.ids[LEARNER]}/grants", cast.token(ADMIN)
    refused = await client.post(path, json={"role": "coordinator", "entity": "uneo"}, headers=headers)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/entity")
    given = await client.post(path, json={"role": "coordinator", "entity": None}, headers=headers)
    assert given.status_code == 201
    assert (await _report(client, cast, LEARNER))["small_hidden"] is True
    await client.delete(f"/api/v1/grants/{given.json()['id']}", headers=headers)
    await _get(client, cast, LEARNER, 403)


async def test_a_token_for_these_counts_alone_shows_ones_own_entity(client: AsyncClient, cast: Cast) -> None:
    made = await client.post(
        "/api/v1/me/tokens", json={"name": "counts", "scopes": ["coverage:read"]}, headers=cast.token(HR)
    )
    headers = {"Authorization": f"Bearer {made.json()['token']}"}
    report = (await client.get(PATH, headers=headers)).json()
    assert report["small_hidden"] is False
    period = {"entity": "uneo", "from": "2026-01-01", "to": "2026-12-31"}
    assert (
        await client.get("/api/v1/reports/recognition", params=period, headers=headers)
    ).status_code == 403


# -- files -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", [HR, COORDINATOR])
async def test_the_csv_holds_the_same_figures(
    client: AsyncClient, cast: Cast, offices: Any, who: str
) -> None:
    report = await _report(client, cast, who)
    answer = await client.get(f"{PATH}.csv", headers=cast.token(who))
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    cells = [(row, cell) for row in report["rows"] if row["entity"] for cell in row["cells"]]
    assert len(rows) == len(cells)
    for line, (row, cell) in zip(rows, cells, strict=True):
        figures = {name: cell[name] for name in ("people_holding", "people_asked")}
        assert (line["entity"], line["focus"], line["skill_area"]) == (
            row["entity"]["key"], row["focus"] or "", cell["skill_area"],
        )  # fmt: skip
        assert {name: line[name] for name in figures} == {
            name: "" if figure is None else str(figure) for name, figure in figures.items()
        }
        assert line["hidden"].split() == [name for name, figure in figures.items() if figure is None]
        assert (line["courses"], line["minutes"]) == (str(cell["courses"]), str(cell["minutes"]))


async def test_the_workbook_is_one(client: AsyncClient, cast: Cast) -> None:
    answer = await client.get(f"{PATH}.xlsx", params={"language": "ar"}, headers=cast.token(HR))
    assert answer.content[:2] == b"PK"
    assert answer.headers["content-disposition"].startswith('attachment; filename="coverage-all-')
