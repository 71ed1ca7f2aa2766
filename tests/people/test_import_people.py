"""Importing people over the API: what is made, what is changed, what is never touched."""

import asyncio
from typing import Any

from httpx2 import AsyncClient
from sqlalchemy import text

from lms.kernel.database import Database
from tests.cast import ADMIN, HR, LEARNER, OTHER_HR, OTHER_LEARNER, SENIOR, VOLUNTEER, Cast
from tests.people.import_samples import errors, outcomes, row, send, sentences, table, taken


async def one(database: Database, sql: str, **values: Any) -> Any:
    async with database.reading() as session:
        return (await session.execute(text(sql), values)).one()


async def rows_of(database: Database, sql: str, **values: Any) -> list[Any]:
    async with database.reading() as session:
        return list((await session.execute(text(sql), values)).all())


async def affiliations(database: Database, email: str) -> list[Any]:
    return await rows_of(
        database,
        """SELECT a.*, e.key FROM affiliations a JOIN persons p ON p.id = a.person_id
             JOIN entities e ON e.id = a.entity_id WHERE p.email_key = :email ORDER BY a.from_on, e.key""",
        email=email,
    )


async def test_a_file_is_taken_in_once_however_often_it_is_sent(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    hr = cast.token(HR)
    full = row(
        "a1",
        name="Élodie  N'Diaye",
        kind="staff",
        appointment="fixed_term",
        post_title="Programme Officer",
        grade="P-3",
        duty_station="Nairobi",
        hardship="b",
        working_time_percent="80",
        languages="fr;en",
        language="fr",
        background="law;public-health",
        gender="Female",
        target_profile="partnership-officer",
        modality="norms-and-standards",
        time_zone="Africa/Nairobi",
        first_reporting_officer=LEARNER,
    )
    first = await taken(client, hr, full, row("a2", email="A2@People.Example"))
    assert (first["state"], first["rows"], first["created"], first["refused"]) == ("done", 2, 2, 0)
    assert first["results"][0]["person"]["name"] == "Élodie N'Diaye"
    again = await taken(client, hr, full, row("a2", email="A2@People.Example"))
    assert outcomes(again) == ["unchanged", "unchanged"]
    person = await one(database, "SELECT * FROM persons WHERE email_key = 'nadia.a1@people.example'")
    assert (person.languages, person.background) == (["fr", "en"], ["law", "public-health"])
    assert (person.sort_key, person.language, person.gender) == ("elodie n diaye", "fr", "female")
    found = await client.get("/api/v1/people?q=elodie diaye", headers=hr)
    assert [each["name"] for each in found.json()["items"]] == ["Élodie N'Diaye"]
    [kept] = await affiliations(database, "nadia.a1@people.example")
    assert (kept.hardship, kept.working_time_percent, kept.grade, kept.is_primary) == ("B", 80, "P-3", True)
    assert kept.first_reporting_officer_id == cast.ids[LEARNER]


async def test_a_change_is_kept_with_before_and_after_and_told_without_values(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    await taken(client, cast.token(HR), row("b1", grade="P-2"))
    changed = await taken(client, cast.token(HR), row("b1", name="Nadia Renamed", grade="P-3"))
    assert outcomes(changed) == ["updated"]
    person_id = changed["results"][0]["person"]["id"]
    [kept] = await rows_of(database, "SELECT * FROM person_changes WHERE person_id = :id", id=person_id)
    assert (kept.before["name"], kept.after["name"]) == ("Nadia Haddad b1", "Nadia Renamed")
    assert (kept.before["grade"], kept.after["grade"], kept.actor_id) == ("P-2", "P-3", cast.ids[HR])
    [told] = await rows_of(
        database,
        "SELECT data FROM events WHERE type = 'people.person_changed' AND subject_id = :id",
        id=person_id,
    )
    assert told.data == {"fields": ["grade", "name"]}
    [batch] = await rows_of(
        database,
        "SELECT data FROM events WHERE type = 'people.people_imported' AND subject_id = :id",
        id=changed["id"],
    )
    assert batch.data == {"created": 0, "updated": 1, "unchanged": 0, "refused": 0}


async def test_an_empty_cell_leaves_the_person_and_empties_the_affiliation(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    await taken(client, cast.token(HR), row("c1", grade="P-2", languages="fr", gender="other"))
    await taken(client, cast.token(HR), row("c1", grade="", languages="", gender="", email=""))
    person = await one(database, "SELECT * FROM persons WHERE email_key = 'nadia.c1@people.example'")
    assert (person.languages, person.gender) == (["fr"], "other")
    [kept] = await affiliations(database, "nadia.c1@people.example")
    assert kept.grade is None


async def test_a_column_that_is_not_there_changes_nothing(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    await taken(client, cast.token(HR), row("d1", grade="P-2", kind="consultant", until="2027-01-31"))
    again = await taken(client, cast.token(HR), row("d1"))
    assert outcomes(again) == ["unchanged"]
    [kept] = await affiliations(database, "nadia.d1@people.example")
    assert (kept.grade, kept.kind, str(kept.until_on)) == ("P-2", "consultant", "2027-01-31")


async def test_a_person_is_found_by_number_before_e_mail(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    first = await taken(client, cast.token(HR), row("e1"))
    moved = await taken(client, cast.token(HR), row("e1", email="new.e1@people.example"))
    assert outcomes(moved) == ["updated"]
    assert moved["results"][0]["person"]["id"] == first["results"][0]["person"]["id"]
    by_mail = await taken(client, cast.token(HR), row("e1", email="NEW.e1@people.example", personnel_number="")
                          | {"grade": "G-5"})  # fmt: skip
    assert by_mail["results"][0]["person"]["id"] == first["results"][0]["person"]["id"]
    other = await taken(client, cast.token(HR), row("e2"), row("e1", email="nadia.e2@people.example"))
    assert errors(other) == [(3, "")]  # the same person as line 2, by e-mail
    await taken(client, cast.token(HR), row("e2"))
    clash = await taken(client, cast.token(HR), row("e1", email="nadia.e2@people.example"))
    assert errors(clash) == [(2, "/email")]


async def test_numbers_belong_to_their_organisation(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    mine = await taken(client, cast.token(HR), row("f1"))
    theirs = row("f1", email="other.f1@people.example", entity="unro")
    assert outcomes(await taken(client, cast.token(OTHER_HR), theirs)) == ["created"]
    both = await taken(client, cast.token(ADMIN), row("f1"), theirs)
    assert outcomes(both) == ["unchanged", "unchanged"]
    assert both["results"][0]["person"]["id"] == mine["results"][0]["person"]["id"]


async def test_nobody_outside_is_changed_and_nothing_of_them_is_told(client: AsyncClient, cast: Cast) -> None:
    answer = await taken(client, cast.token(HR), row("g1", email=OTHER_LEARNER.upper()))
    assert (outcomes(answer), errors(answer)) == (["refused"], [(2, "/email")])
    assert answer["results"][0]["person"] is None
    assert "never was, with your entity" in sentences(answer)[0]
    unknown = await taken(client, cast.token(HR), row("g2", entity="unro"), row("g3", entity="uneo-keny"))
    assert errors(unknown) == [(2, "/entity"), (3, "/entity")]
    assert "did you mean 'uneo-kenya'" in sentences(unknown)[1]


async def test_who_signs_in_keeps_their_e_mail(client: AsyncClient, database: Database, cast: Cast) -> None:
    number = (await affiliations(database, LEARNER))[0].personnel_number
    begins = (await affiliations(database, LEARNER))[0].from_on.isoformat()
    line = row(
        "h1", name="Amina Otieno", personnel_number=number, email="elsewhere@people.example", from_=begins
    )
    answer = await taken(client, cast.token(HR), line)
    assert errors(answer) == [(2, "/email")]
    assert "keeps their e-mail" in sentences(answer)[0]
    assert outcomes(await taken(client, cast.token(HR), line | {"email": ""})) == ["unchanged"]


async def test_a_move_ends_the_earlier_post_the_day_before(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    hr, email = cast.token(HR), "nadia.i1@people.example"
    before, after = row("i1", until=""), row("i1", entity="uneo-africa", from_="2026-03-01", until="")
    await taken(client, hr, before)
    assert outcomes(await taken(client, hr, after)) == ["updated"]
    first, second = await affiliations(database, email)
    assert (first.key, str(first.until_on)) == ("uneo-kenya", "2026-02-28")
    assert (second.key, second.until_on, second.is_primary) == ("uneo-africa", None, True)
    # The earlier file again opens nothing, and neither file makes anything twice.
    assert outcomes(await taken(client, hr, before)) == ["unchanged"]
    assert outcomes(await taken(client, hr, after)) == ["unchanged"]
    # What is told of the past later is put before it.
    await taken(client, hr, row("i1", entity="uneo", from_="2020-01-01", until=""))
    assert [str(a.until_on) for a in await affiliations(database, email)] == [
        "2025-01-14",
        "2026-02-28",
        "None",
    ]
    clash = await taken(client, hr, row("i1", entity="uneo", from_="2026-03-01"))
    assert errors(clash) == [(2, "/from")]


async def test_a_post_in_another_organisation_ends_nothing(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    admin, email = cast.token(ADMIN), "nadia.j1@people.example"
    await taken(client, admin, row("j1"))
    await taken(client, admin, row("j1", entity="unro", from_="2026-03-01"))
    await taken(client, admin, row("j1", entity="unro-congo", from_="2025-01-15"))
    found = await affiliations(database, email)
    assert [(a.key, str(a.until_on), a.is_primary) for a in found] == [
        ("uneo-kenya", "None", True),
        ("unro-congo", "None", False),
        ("unro", "None", True),
    ]


async def test_officers_may_stand_later_in_the_file(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    hr = cast.token(HR)
    lines = (
        row("k1", first_reporting_officer="N-k2", second_reporting_officer="nadia.k3@people.example"),
        row("k2", first_reporting_officer="nadia.k3@people.example", second_reporting_officer=""),
        row("k3", first_reporting_officer=HR, second_reporting_officer=""),
    )
    assert outcomes(await taken(client, hr, *lines)) == ["created"] * 3
    assert outcomes(await taken(client, hr, *lines)) == ["unchanged"] * 3
    ids = [(await affiliations(database, f"nadia.k{n}@people.example"))[0] for n in (1, 2, 3)]
    assert ids[0].first_reporting_officer_id == ids[1].person_id
    assert ids[0].second_reporting_officer_id == ids[1].first_reporting_officer_id == ids[2].person_id
    wrong = await taken(
        client,
        hr,
        row("k4", first_reporting_officer="nobody@people.example"),
        row("k5", first_reporting_officer="N-k5"),
        row("k6", first_reporting_officer=OTHER_LEARNER),
    )
    assert errors(wrong) == [(n, "/first_reporting_officer") for n in (2, 3, 4)]
    refused_later = await taken(
        client, hr, row("k7", first_reporting_officer="N-k8"), row("k8", from_="yesterday")
    )
    assert outcomes(refused_later) == ["created", "refused"]
    assert "own line was refused" in sentences(refused_later)[0]


async def test_a_dry_run_says_the_same_and_changes_nothing(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    hr = cast.token(HR)
    await taken(client, hr, row("l1"))
    counts = """SELECT (SELECT count(*) FROM persons) AS people, (SELECT count(*) FROM affiliations) AS ties,
                       (SELECT sum(revision) FROM persons) AS revisions, (SELECT count(*) FROM events) AS events,
                       (SELECT count(*) FROM person_changes) AS changes"""
    before = await one(database, counts)
    lines = (
        row("l1", name="Other"),
        row("l2", first_reporting_officer="N-l3"),
        row("l3"),
        row("l4", from_=""),
    )
    answer = await taken(client, hr, *lines, query="?dry_run=true")
    assert outcomes(answer) == ["updated", "created", "created", "refused"]
    assert answer["dry_run"] and answer["results"][1]["person"] is None
    assert await one(database, counts) == before
    assert outcomes(await taken(client, hr, *lines)) == outcomes(answer)


async def test_a_person_has_one_line_in_a_file(client: AsyncClient, cast: Cast) -> None:
    same_mail = row("m9", email="NADIA.m1@people.example")
    answer = await taken(client, cast.token(HR), row("m1"), row("m1"), same_mail, row("m2"))
    assert outcomes(answer) == ["created", "refused", "refused", "created"]
    assert "line 2 stands here again" in sentences(answer)[0]


async def test_two_imports_at_once_make_nobody_twice(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    lines = [row(f"n{n}", email="" if n % 2 else f"n{n}@people.example") for n in range(60)]
    both = await asyncio.gather(*(taken(client, cast.token(HR), *lines) for _ in range(2)))
    assert sorted((each["created"], each["unchanged"]) for each in both) == [(0, 60), (60, 0)]
    found = await one(database, "SELECT count(*) AS n FROM affiliations WHERE personnel_number LIKE 'N-n%'")
    assert found.n == 60


async def test_a_file_that_is_wrong_as_a_whole_is_refused_with_every_mistake(
    client: AsyncClient, cast: Cast
) -> None:
    hr = cast.token(HR)
    answer = await send(client, hr, "nmae,email,entity,role\nA,a@b.example,uneo,admin\n")
    assert answer.status_code == 422 and answer.json()["type"] == "/problems/bad-table"
    said = {each["pointer"]: each["detail"] for each in answer.json()["errors"]}
    assert set(said) == {"/nmae", "/role", "/name", "/from"}
    assert "did you mean 'name'" in said["/nmae"]
    latin = table(row("o1", name="Élodie")).encode("latin-1")
    for content, pointer in (
        (latin, "/line/2"),
        (table(row("o1")).encode("utf-16"), "/file"),
        (b"", "/file"),
    ):
        answer = await send(client, hr, content)
        assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]
    assert "UTF-8" in (await send(client, hr, latin)).json()["detail"]
    broken = await send(client, hr, table(row("o1")) + '"unclosed,x\n')
    assert broken.status_code == 422


async def test_semicolons_a_mark_of_order_and_forms_are_taken(client: AsyncClient, cast: Cast) -> None:
    content = "\ufeff" + table(row("p1", languages="en;fr"), separator=";")
    assert (await send(client, cast.token(HR), content)).json()["created"] == 1
    form = {"file": ("people.csv", content.encode(), "text/csv")}
    answer = await client.post("/api/v1/imports/people", files=form, headers=cast.token(HR))
    assert (answer.status_code, answer.json()["unchanged"]) == (202, 1)
    nothing = await client.post("/api/v1/imports/people", files={"other": b"x"}, headers=cast.token(HR))
    assert nothing.status_code == 422
    wrong = {**cast.token(HR), "Content-Type": "application/json"}
    assert (await client.post("/api/v1/imports/people", content=b"{}", headers=wrong)).status_code == 415


async def test_who_may_import_and_read_an_import(client: AsyncClient, cast: Cast) -> None:
    for who in (LEARNER, SENIOR, VOLUNTEER):
        assert (await send(client, cast.token(who), table(row("q1")))).status_code == 403
    assert (await send(client, cast.token(HR), table(row("q1")), query="?entity=unro")).status_code == 404
    below = await taken(
        client, cast.token(HR), row("q1"), row("q2", entity="uneo"), query="?entity=uneo-kenya"
    )
    assert outcomes(below) == ["created", "refused"]
    address = f"/api/v1/imports/{below['id']}"
    for who, status in ((HR, 200), (ADMIN, 200), (OTHER_HR, 404), (LEARNER, 403)):
        assert (await client.get(address, headers=cast.token(who))).status_code == status
    page = (await client.get(f"{address}/results?limit=1", headers=cast.token(HR))).json()
    assert [each["line"] for each in page["items"]] == [2]
    rest = f"{address}/results?limit=1&cursor={page['next_cursor']}"
    page = (await client.get(rest, headers=cast.token(HR))).json()
    assert ([each["line"] for each in page["items"]], page["next_cursor"]) == ([3], None)
    refused = (await client.get(f"{address}/results?outcome=refused", headers=cast.token(HR))).json()
    assert [each["line"] for each in refused["items"]] == [3]


async def test_an_e_mail_is_one_however_its_accents_are_written(client: AsyncClient, cast: Cast) -> None:
    hr = cast.token(HR)
    first = await taken(client, hr, row("accent", email="jos\u00e9@people.example"))
    same = await taken(client, hr, row("accent", email="Jose\u0301@people.example", personnel_number=""))
    assert same["results"][0]["person"]["id"] == first["results"][0]["person"]["id"]
    twice = await taken(
        client, hr, row("u1", email="\u00e5sa@people.example"), row("u2", email="a\u030asa@people.example")
    )
    assert outcomes(twice) == ["created", "refused"]
