"""Importing entities: parents anywhere in the file, moves, circles, and how far one's own hand reaches."""

from httpx2 import AsyncClient
from sqlalchemy import text

from lms.kernel.database import Database
from tests.cast import ADMIN, COLLEAGUE, HR, Cast
from tests.people.import_samples import errors, outcomes, sentences, taken


def office(key: str, parent: str = "uneo", **changes: str) -> dict[str, str]:
    return {"key": key, "name": f"Office {key}", "kind": "country_office", "parent": parent, **changes}


async def paths(database: Database, like: str) -> dict[str, str]:
    async with database.reading() as session:
        rows = await session.execute(
            text("SELECT key, path FROM entities WHERE key LIKE :like"), {"like": like}
        )
        return {row.key: row.path for row in rows}


async def test_parents_may_stand_later_and_again_nothing_changes(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    admin = cast.token(ADMIN)
    lines = (
        office("a-goal", parent="a-mid", focuses="environment;peace-and-security", strategy_year="2024"),
        office("a-mid", parent="a-top"),
        office("a-top", parent="", kind="headquarters", strategy_url="https://a.example/s"),
    )
    assert outcomes(await taken(client, admin, *lines, kind="entities")) == ["created"] * 3
    assert outcomes(await taken(client, admin, *lines, kind="entities")) == ["unchanged"] * 3
    assert (await paths(database, "a-%"))["a-goal"] == "/a-top/a-mid/a-goal/"
    moved = office("a-mid", parent="uneo-africa", name="Moved")
    assert outcomes(await taken(client, admin, moved, kind="entities")) == ["updated"]
    assert (await paths(database, "a-%"))["a-goal"] == "/uneo/uneo-africa/a-mid/a-goal/"
    async with database.reading() as session:
        told = (
            await session.scalars(
                text("SELECT data FROM events WHERE type = 'people.entity_changed' ORDER BY id DESC LIMIT 1")
            )
        ).one()
    assert told["before"]["path"] == "/a-top/a-mid/"
    assert (told["after"]["path"], told["after"]["parent"]) == ("/uneo/uneo-africa/a-mid/", "uneo-africa")


async def test_bad_lines_are_refused_by_themselves(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    answer = await taken(
        client,
        cast.token(ADMIN),
        office("b-one", parent="b-two"),
        office("b-two", parent="b-one"),
        office("B Three"),
        office("b-four", kind="embassy"),
        office("b-five", parent="unneo"),
        office("uneo", parent="uneo-kenya", kind="headquarters"),
        office("b-six"),
        office("b-six"),
        kind="entities",
    )
    assert set(errors(answer)) == {
        (2, "/parent"),
        (3, "/parent"),
        (4, "/key"),
        (5, "/kind"),
        (6, "/parent"),
        (7, "/parent"),
        (9, "/key"),
    }
    assert any("circle" in each for each in sentences(answer))
    assert any("did you mean 'uneo'" in each for each in sentences(answer))
    assert set(await paths(database, "b-%")) == {"b-six"}
    async with database.reading() as session:
        name = await session.scalar(text("SELECT name FROM entities WHERE key = 'uneo'"))
    assert name != "Office uneo"  # nothing of a refused line is kept


async def test_a_dry_run_changes_nothing(client: AsyncClient, database: Database, cast: Cast) -> None:
    async def state() -> tuple[object, ...]:
        async with database.reading() as session:
            row = await session.execute(
                text(
                    """SELECT (SELECT count(*) FROM events), sum(revision),
                              string_agg(path, ' ' ORDER BY path) FROM entities"""
                )
            )
            return tuple(row.one())

    before = await state()
    lines = (office("c-one"), office("c-two", parent="c-one"), office("uneo-kenya", parent="unro"))
    answer = await taken(client, cast.token(ADMIN), *lines, kind="entities", query="?dry_run=true")
    assert (outcomes(answer), answer["dry_run"], answer["state"]) == (
        ["created", "created", "updated"],
        True,
        "done",
    )
    assert await state() == before


async def test_an_administrator_of_one_entity_stays_below_it(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    grant = {"role": "admin", "entity": "uneo-africa"}
    address = f"/api/v1/people/{cast.ids[COLLEAGUE]}/grants"
    assert (await client.post(address, json=grant, headers=cast.token(ADMIN))).status_code == 201
    mine = cast.token(COLLEAGUE)
    answer = await taken(
        client,
        mine,
        office("d-one", parent=""),
        office("d-two", parent="uneo-kenya"),
        office("d-three", parent="unro"),
        office("unro-congo", parent="uneo-africa"),
        office("uneo-africa", parent="unro", kind="regional_office"),
        kind="entities",
    )
    assert outcomes(answer) == ["created", "created", "refused", "refused", "updated"]
    found = await paths(database, "%")
    assert found["d-one"] == "/uneo/uneo-africa/d-one/"
    assert (found["uneo-africa"], found["unro-congo"]) == ("/uneo/uneo-africa/", "/unro/unro-congo/")
    refused = await client.post("/api/v1/imports/entities", content=b"x", headers=cast.token(HR))
    assert refused.status_code == 403
