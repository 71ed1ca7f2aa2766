"""Taking in a participants' list: planned in memory over the whole register, then written with a statement a table."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.adapters.storage import Storage
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import Database, table_of
from lms.kernel.errors import DomainError
from lms.kernel.events import publish
from lms.kernel.i18n import sort_key
from lms.kernel.ids import new_id
from lms.kernel.jobs import enqueue
from lms.kernel.writes import flush, gather
from lms.partners.domain.register import Part, PartnersImported
from lms.partners.import_plan import COLUMNS, FIELDS, REQUIRED, Held, Plan, Register, plan_import
from lms.partners.models import Partner, PartnerChange
from lms.partners.service import as_json, take_turn, words_of
from lms.people.imports.domain import (
    SMALL_FILE,
    BadTable,
    Counts,
    ImportKind,
    ImportNotAllowed,
    ImportState,
    Outcome,
)
from lms.people.imports.queries import lock_import
from lms.people.imports.reading import Record, Table, open_table
from lms.people.imports.writes import gather_results
from lms.people.models import Import
from lms.people.queries import get_actor

MOST_ROWS = 50_000
_OPEN = (ImportState.WAITING, ImportState.RUNNING)
_TYPES = {
    name: "date" if name in ("participation_since", "participation_checked_on") else "text" for name in FIELDS
}
_ROW = {"id": "uuid", "key": "text", "sort_key": "text", "words": "text", "parent_id": "uuid", **_TYPES}
_RECORDS = f"unnest({', '.join(f'${n}::{kind}[]' for n, kind in enumerate(_ROW.values(), 1))}) AS r({', '.join(_ROW)})"
_COLUMNS = [name if name != "words" else "search_words" for name in _ROW]
_VALUES = [
    f"r.{name}" if name != "words" else "array_to_tsvector(string_to_array(r.words, E'\\x1f'))"
    for name in _ROW
]
_INSERT = f"""INSERT INTO partners ({", ".join(_COLUMNS)}, revision, created_at)
SELECT {", ".join(_VALUES)}, 1, now() FROM {_RECORDS}"""
_SET = ", ".join(f"{column} = {value}" for column, value in list(zip(_COLUMNS, _VALUES, strict=True))[1:])
_UPDATE = f"UPDATE partners p SET {_SET}, revision = p.revision + 1 FROM {_RECORDS} WHERE p.id = r.id"


async def start_import(
    session: AsyncSession, *, acting: Actor, path: Path, file_key: str, dry_run: bool
) -> Import:
    """Take in a small file in this transaction; leave a larger one, kept under `file_key`, to the job.

    Raises `BadTable` for a file that is wrong as a whole; then there is no import.
    """
    table, records = _read(path)
    job = Import(
        kind=ImportKind.PARTNERS.value,
        state=ImportState.WAITING.value,
        dry_run=dry_run,
        by_id=acting.person_id,
        rows=len(records),
    )
    session.add(job)
    await session.flush()
    if len(records) > SMALL_FILE:
        job.file_key = file_key
        enqueue(session, "partners.import", import_id=str(job.id))
        return job
    await _take_in(session, job, table, records, acting)
    return job


def _read(path: Path) -> tuple[Table, list[Record]]:
    table = open_table(path, known=COLUMNS, required=REQUIRED)
    records = list(table.records())
    if len(records) > MOST_ROWS:
        raise BadTable(f"A list has at most {MOST_ROWS} lines; this one has {len(records)}.")
    return table, records


async def run_import(database: Database, storage: Storage, import_id: UUID) -> None:
    """Take in a list whose file is in storage, whole or not at all; again is harmless. Then the file goes."""
    async with database.transaction() as session:
        job = await lock_import(session, import_id)
        if job.state not in _OPEN or job.file_key is None or job.by_id is None:
            return
        path = storage.path(job.file_key)
        try:
            acting = await get_actor(session, job.by_id)
            if not acting.paths(Permission.PARTNERS_IMPORT):
                raise ImportNotAllowed("Whoever sent this file may no longer import here.")
            table, records = _read(path)
        except (DomainError, FileNotFoundError) as error:
            sentence = (
                error.detail
                if isinstance(error, DomainError)
                else "The file is no longer there; send it again."
            )
            job.state, job.fault, job.done_at, job.file_key = "failed", sentence, clock.now(), None
        else:
            await _take_in(session, job, table, records, acting)
    path.unlink(missing_ok=True)


async def _take_in(
    session: AsyncSession, job: Import, table: Table, records: Sequence[Record], acting: Actor
) -> None:
    await take_turn(session)
    plan = plan_import(records, table.columns, await _register(session), today=clock.today())
    if not job.dry_run:
        await _write(session, job, plan, acting)
    gather_results(session, job.id, plan.results, dry_run=job.dry_run)
    _finish(job, plan)
    await flush(session)
    await session.flush()


async def _register(session: AsyncSession) -> Register:
    """Everybody in it: a list names thousands, and a group can lie anywhere."""
    partners, register = table_of(Partner), Register()
    columns = [partners.c.id, partners.c.key, partners.c.parent_id, *(partners.c[name] for name in FIELDS)]
    for own_id, key, parent_id, *values in await session.execute(select(*columns)):
        register.add(Held(own_id, key, parent_id, dict(zip(FIELDS, values, strict=True))))
    return register


async def _write(session: AsyncSession, job: Import, plan: Plan, acting: Actor) -> None:
    connection = await session.connection()
    for statement, some in ((_INSERT, plan.new), (_UPDATE, plan.changed)):
        if some:
            rows = [_row(each) for each in some]
            await connection.exec_driver_sql(
                statement, tuple(list(column) for column in zip(*rows, strict=True))
            )
    now = clock.now()
    changes = [
        {
            "id": new_id(),
            "partner_id": each.partner_id,
            "part": Part.PROFILE.value,
            "part_id": None,
            "at": now,
            "actor_id": acting.person_id,
            "before": as_json(each.before),
            "after": as_json(each.after),
        }
        for each in plan.changes
    ]
    gather(session, table_of(PartnerChange), changes)
    data: dict[str, Any] = {"created": len(plan.new), "updated": len(plan.changed)}
    await publish(session, [PartnersImported(subject_id=job.id, data=data)], acting=acting)


def _row(held: Held) -> tuple[Any, ...]:
    values = held.values
    words = "\x1f".join(words_of(values["name"], held.key, values["participation_id"]))
    own = tuple(values[name] for name in FIELDS)
    return (held.id, held.key, sort_key(values["name"]), words, held.parent_id, *own)


def _finish(job: Import, plan: Plan) -> None:
    counts = Counts()
    counts.add(plan.results)
    for outcome in Outcome:
        setattr(job, outcome.value, counts.by_outcome[outcome])
    job.line = max((each.line for each in plan.results), default=0)
    job.state, job.done_at, job.file_key = ImportState.DONE.value, clock.now(), None
