"""A participants' list: looked at first, taken in once however often it is sent, and quick for 20,000 lines."""

import time
from pathlib import Path
from typing import Any

from httpx2 import AsyncClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from lms.adapters.storage import Storage
from lms.kernel import clock
from lms.kernel.database import Database
from lms.partners.import_plan import COLUMNS, Register, plan_import
from lms.partners.importing import run_import
from lms.people.imports.domain import Outcome
from lms.people.imports.reading import Record
from tests.cast import ADMIN, COORDINATOR, FOCAL_POINT, HR, Cast
from tests.partners.samples import API, make

URL = "/api/v1/imports/partners"
HEAD = "participation_id,name,kind,sector,country,participation_status,participation_checked_on\n"


async def send(client: AsyncClient, who: dict[str, str], content: str, query: str = "") -> Any:
    return await client.post(f"{URL}{query}", content=content, headers=who | {"Content-Type": "text/csv"})


def outcomes(answer: Any) -> list[str]:
    assert answer.status_code == 202, answer.text
    return [each["outcome"] for each in answer.json()["results"]]


lines = st.lists(
    st.tuples(
        st.sampled_from(["", "1", "2", "3"]),
        st.sampled_from(["Acme", "Beta", "ACMÉ", ""]),
        st.sampled_from(["", "FR"]),
    ),
    max_size=8,
)  # fmt: skip


@given(lines)
def test_the_same_file_again_changes_nothing(told: list[tuple[str, str, str]]) -> None:
    """Of a file whose lines do not contradict each other: a line that does is refused, and left out here."""
    columns = ("participation_id", "name", "country")
    records = [Record(n, list(each)) for n, each in enumerate(told, 2)]
    tried = plan_import(records, columns, Register(), today=clock.today())
    refused = {each.line for each in tried.results if each.outcome is Outcome.REFUSED}
    records, register = [each for each in records if each.line not in refused], Register()
    first = plan_import(records, columns, register, today=clock.today())
    assert [each.outcome for each in first.results] == [Outcome.CREATED] * len(records)
    assert len({each.key for each in first.new}) == len(records)
    for held in register.by_id.values():
        held.line = None
    again = plan_import(records, columns, register, today=clock.today())
    assert (again.new, again.changes) == ([], [])
    assert [each.outcome for each in again.results] == [Outcome.UNCHANGED] * len(records)


async def test_it_is_looked_at_then_taken_in_once(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    who = cast.token(COORDINATOR)
    content = HEAD + (
        "5001,Sahel Solaire,company,energy,ML,active,2026-01-02\n"
        "5002,Sahel Solaire,,gold,ML,active,2026-01-02\n"
        ",,company,energy,ML,,\n"
        "5003,Ahead,company,energy,ML,active,2199-01-02\n"
        "5001,Sahel Solaire,company,energy,ML,active,2026-01-02\n"
    )
    for email, status in ((FOCAL_POINT, 403), (HR, 403)):
        assert (await send(client, cast.token(email), content)).status_code == status
    wanted = ["created", "refused", "refused", "refused", "refused"]
    assert outcomes(await send(client, who, content, "?dry_run=true")) == wanted
    assert (await client.get(f"{API}?q=5001", headers=who)).json()["items"] == []
    answer = await send(client, who, content)
    assert outcomes(answer) == wanted
    pointers = [each["errors"][0]["pointer"] for each in answer.json()["results"][1:]]
    assert pointers == ["/sector", "/name", "/participation_checked_on", "/name"]
    assert outcomes(await send(client, who, content)) == ["unchanged", *wanted[1:]]
    newer = HEAD + "5001,Sahel Solaire SA,,,,delisted,2026-03-02\n"
    assert outcomes(await send(client, who, newer)) == ["updated"]
    one = (await client.get(f"{API}/sahel-solaire", headers=who)).json()
    assert (one["name"], one["sector"], one["participation_status"]) == (
        "Sahel Solaire SA",
        "energy",
        "delisted",
    )
    changes = (await client.get(f"{API}/sahel-solaire/changes", headers=who)).json()["items"]
    assert changes[0]["before"]["participation_status"] == "active"
    read = await client.get(f"{URL}/{answer.json()['id']}", headers=who)
    assert read.json()["refused"] == 4
    page = await client.get(f"{URL}/{answer.json()['id']}/results?outcome=created", headers=who)
    assert [each["key"] for each in page.json()["items"]] == ["sahel-solaire"]
    async with database.reading() as session:
        counted = "SELECT data FROM events WHERE type = 'partners.partners_imported' ORDER BY id DESC LIMIT 1"
        assert await session.scalar(text(counted)) == {"created": 0, "updated": 1}


async def test_it_is_found_by_name_where_it_has_no_number_and_groups_have_no_loop(
    client: AsyncClient, cast: Cast
) -> None:
    who = cast.token(ADMIN)
    await make(client, cast, "found-by-name", name="Café Andin", country="PE")
    found = await send(client, who, "name,country,participation_id\ncafe  andin,PE,6001\n")
    assert outcomes(found) == ["updated"]
    assert found.json()["results"][0]["key"] == "found-by-name"
    group = "key,name,parent\ngroup-a,Group A,\ngroup-b,Group B,group-a\ngroup-c,Group C,nobody\n"
    assert outcomes(await send(client, who, group)) == ["created", "created", "refused"]
    loop = await send(client, who, "key,name,parent\ngroup-a,Group A,group-b\n")
    assert loop.json()["results"][0]["errors"][0]["pointer"] == "/parent"


async def test_twenty_thousand_lines_are_taken_in_by_a_job(
    client: AsyncClient, database: Database, cast: Cast, tmp_path: Path, app: Any
) -> None:
    who = cast.token(COORDINATOR)
    content = HEAD + "".join(f"8{n:05},Bulk {n},company,energy,FR,active,2026-01-02\n" for n in range(20_000))
    answer = await send(client, who, content)
    assert (answer.status_code, answer.json()["state"], answer.json()["rows"]) == (202, "waiting", 20_000)
    storage: Storage = app.state.storage
    begun = time.perf_counter()
    from uuid import UUID

    await run_import(database, storage, UUID(answer.json()["id"]))
    took = time.perf_counter() - begun
    await run_import(database, storage, UUID(answer.json()["id"]))  # again is harmless
    done = (await client.get(f"{URL}/{answer.json()['id']}", headers=who)).json()
    assert (done["state"], done["created"], done["refused"]) == ("done", 20_000, 0)
    assert took < 60, took
    again = await send(client, who, content)
    await run_import(database, storage, UUID(again.json()["id"]))
    done = (await client.get(f"{URL}/{again.json()['id']}", headers=who)).json()
    assert (done["unchanged"], done["created"]) == (20_000, 0)


def test_columns_are_in_the_guide() -> None:
    from lms.settings import PROJECT

    guide = (PROJECT / "docs" / "imports.md").read_text(encoding="utf-8")
    assert [name for name in COLUMNS if f"`{name}`" not in guide] == []
