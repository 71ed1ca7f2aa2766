"""A file too long for a request: kept, worked off in batches, taken up again where a killed worker left it."""

import asyncio
import json
from pathlib import Path
from uuid import UUID

import pytest
from httpx2 import AsyncClient
from sqlalchemy import text

from lms.adapters.storage import Storage
from lms.jobs.tasks import Outside, clear_storage
from lms.kernel.database import Database
from lms.people.imports.domain import ImportKind
from lms.people.imports.service import import_file, run_import, work_off
from lms.settings import Settings
from tests.cast import HR, OTHER_HR, Cast
from tests.people.import_samples import row, send, table

ROWS = 1_100


def long_file(mark: str) -> str:
    """People of whom each reports to the next, so that nobody's officer is there yet."""
    lines = [
        row(f"{mark}{n}", first_reporting_officer=f"N-{mark}{n + 1}" if n + 1 < ROWS else "")
        for n in range(ROWS)
    ]
    return table(*lines)


async def count(database: Database, mark: str) -> tuple[int, int, int]:
    async with database.reading() as session:
        found = await session.execute(
            text(
                """SELECT count(*), count(DISTINCT person_id), count(first_reporting_officer_id) FROM affiliations
                    WHERE personnel_number LIKE :like"""
            ),
            {"like": f"N-{mark}%"},
        )
        total, people, officers = found.one()
        return total, people, officers


class Killed(Exception):
    """Stands for `kill -9`: nothing after it runs."""


@pytest.mark.parametrize("batches", [1, 3, 5, 6])
async def test_a_killed_import_goes_on_behind_its_last_batch(
    client: AsyncClient, database: Database, cast: Cast, settings: Settings, batches: int
) -> None:
    mark = f"s{batches}x"
    answer = (await send(client, cast.token(HR), long_file(mark))).json()
    assert (answer["state"], answer["rows"], answer["results"]) == ("waiting", ROWS, [])
    storage, seen = Storage(settings.storage_dir), 0

    def kill(_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == batches:
            raise Killed

    async with database.reading() as session:
        key = await session.scalar(text("SELECT file_key FROM imports WHERE id = :id"), {"id": answer["id"]})
    with pytest.raises(Killed):
        await work_off(database, UUID(answer["id"]), storage.path(key), batch=250, progress=kill)
    half = (await client.get(f"/api/v1/imports/{answer['id']}", headers=cast.token(HR))).json()
    assert (half["state"], half["created"]) == ("running", min(batches * 250, ROWS))
    await run_import(database, storage, UUID(answer["id"]))
    await run_import(database, storage, UUID(answer["id"]))  # a job may run twice
    done = (await client.get(f"/api/v1/imports/{answer['id']}", headers=cast.token(HR))).json()
    assert (done["state"], done["created"], done["unchanged"], done["refused"]) == ("done", ROWS, 0, 0)
    assert len(done["results"]) == 1_000
    assert await count(database, mark) == (ROWS, ROWS, ROWS - 1)
    assert not storage.path(key).exists()


async def test_the_job_is_enqueued_with_the_import_and_its_file_is_kept(
    client: AsyncClient, database: Database, cast: Cast, settings: Settings
) -> None:
    answer = (await send(client, cast.token(HR), long_file("t"))).json()
    async with database.reading() as session:
        args = (await session.scalars(
            text("SELECT args FROM procrastinate_jobs WHERE task_name = 'people.import'")
        )).all()  # fmt: skip
        key = await session.scalar(text("SELECT file_key FROM imports WHERE id = :id"), {"id": answer["id"]})
    assert {"import_id": answer["id"]} in [
        each if isinstance(each, dict) else json.loads(each) for each in args
    ]
    path = Storage(settings.storage_dir).path(key)
    import os

    os.utime(path, (0, 0))
    outside = Outside(settings)
    await clear_storage(outside)
    await outside.database.close()
    assert path.exists()


async def test_two_workers_on_one_import_share_it(
    client: AsyncClient, database: Database, cast: Cast, settings: Settings
) -> None:
    answer = (await send(client, cast.token(HR), long_file("u"))).json()
    async with database.reading() as session:
        key = await session.scalar(text("SELECT file_key FROM imports WHERE id = :id"), {"id": answer["id"]})
    path = Storage(settings.storage_dir).path(key)
    await asyncio.gather(*(work_off(database, UUID(answer["id"]), path, batch=100) for _ in range(2)))
    assert await count(database, "u") == (ROWS, ROWS, ROWS - 1)


async def test_two_imports_of_one_file_at_once_make_nobody_twice(
    database: Database, cast: Cast, tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    file.write_text(long_file("v"), encoding="utf-8")
    jobs = await asyncio.gather(
        *(import_file(database, file, kind=ImportKind.PEOPLE, entity="uneo", dry_run=False) for _ in range(2))
    )
    assert sum(job.created for job in jobs) == ROWS
    assert sum(job.refused for job in jobs) == 0
    assert await count(database, "v") == (ROWS, ROWS, ROWS - 1)


async def test_an_officer_who_is_new_changes_a_line_that_was_unchanged(
    database: Database, cast: Cast, tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    file.write_text(table(row("w1", first_reporting_officer="")), encoding="utf-8")
    await import_file(database, file, kind=ImportKind.PEOPLE, entity=None, dry_run=False)
    # A batch of its own for each line, so that the officer is made after the line that names them.
    file.write_text(table(row("w1", first_reporting_officer="N-w2"), row("w2")), encoding="utf-8")
    from lms.people.imports import service

    async with database.transaction() as session:
        source = await service._open(session, ImportKind.PEOPLE, file, None)
        job = await service.record_import(
            session, source, kind=ImportKind.PEOPLE, scope=None, dry_run=False, by_id=None
        )
    done = await work_off(database, job.id, file, batch=1)
    assert (done.created, done.updated, done.unchanged) == (1, 1, 0)
    assert (await count(database, "w1"))[2] == 1


async def test_a_right_that_ended_and_a_file_that_is_gone_fail_the_import(
    client: AsyncClient, database: Database, cast: Cast, settings: Settings
) -> None:
    storage = Storage(settings.storage_dir)
    gone = (await send(client, cast.token(HR), long_file("y"))).json()
    async with database.reading() as session:
        key = await session.scalar(text("SELECT file_key FROM imports WHERE id = :id"), {"id": gone["id"]})
    storage.path(key).unlink()
    await run_import(database, storage, UUID(gone["id"]))
    found = (await client.get(f"/api/v1/imports/{gone['id']}", headers=cast.token(HR))).json()
    assert (found["state"], found["created"]) == ("failed", 0)
    assert "send it again" in found["fault"]
    theirs = long_file("z").replace("uneo-kenya", "unro")
    ended = (await send(client, cast.token(OTHER_HR), theirs)).json()
    async with database.transaction() as session:
        await session.execute(
            text("UPDATE role_grants SET revoked_at = now() WHERE person_id = :id"),
            {"id": cast.ids[OTHER_HR]},
        )
    await run_import(database, storage, UUID(ended["id"]))
    async with database.reading() as session:
        state = await session.scalar(text("SELECT state FROM imports WHERE id = :id"), {"id": ended["id"]})
    assert state == "failed"
    assert await count(database, "z") == (0, 0, 0)
