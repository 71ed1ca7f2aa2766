"""Use cases of imports: take a file, work it off at once or by a job, and go on after a crash where it stopped.

A batch is one transaction: people, results, figures and the last line done are true together. A worker that is
killed leaves whole batches, and the next one goes on behind the last of them.
"""

import asyncio
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from lms.adapters.storage import Storage
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import Database
from lms.kernel.errors import DomainError, Fault, Invalid
from lms.kernel.jobs import enqueue
from lms.kernel.writes import flush
from lms.people.imports import queries
from lms.people.imports.domain import (
    BATCH,
    SMALL_FILE,
    EntityRef,
    ImportKind,
    ImportNotAllowed,
    ImportState,
)
from lms.people.imports.entities import EntitySource, open_entities, take_in_entities
from lms.people.imports.people import PeopleSource, open_people, settle_officers, take_in
from lms.people.imports.reading import Record
from lms.people.models import Entity, Import
from lms.people.queries import get_actor, get_entity, get_entity_visible_to

Source = PeopleSource | EntitySource
Progress = Callable[[Import], None]
_OPEN = (ImportState.WAITING, ImportState.RUNNING)


# -- taking a file -----------------------------------------------------------------------------------------


async def start_import(
    session: AsyncSession,
    *,
    acting: Actor,
    kind: ImportKind,
    path: Path,
    file_key: str,
    entity: str | None,
    dry_run: bool,
) -> Import:
    """Work off a small file in this transaction; leave a larger one, kept under `file_key`, to the job.

    Raises `BadTable` for a file that is wrong as a whole; then there is no import.
    """
    scope = await scope_of(session, acting=acting, kind=kind, entity=entity)
    source = await _open(session, kind, path, scope)
    job = await record_import(
        session, source, kind=kind, scope=scope, dry_run=dry_run, by_id=acting.person_id
    )
    if source.rows > SMALL_FILE:
        job.file_key = file_key
        enqueue(session, "people.import", import_id=str(job.id))
        return job
    await _work_off_at_once(session, job, source, acting)
    return job


async def record_import(
    session: AsyncSession,
    source: Source,
    *,
    kind: ImportKind,
    scope: Entity | None,
    dry_run: bool,
    by_id: UUID | None,
) -> Import:
    """The row of a new import, waiting."""
    job = Import(
        kind=kind.value,
        state=ImportState.WAITING.value,
        dry_run=dry_run,
        entity_id=scope.id if scope else None,
        by_id=by_id,
        rows=source.rows,
    )
    session.add(job)
    await session.flush()
    return job


async def scope_of(
    session: AsyncSession, *, acting: Actor, kind: ImportKind, entity: str | None
) -> Entity | None:
    """The entity imported for (None: the whole system): the one named, else the one the sender's grant is for."""
    permission = queries.PERMISSIONS[kind]
    if entity is not None:
        return await get_entity_visible_to(session, entity, actor=acting, permission=permission)
    paths = acting.paths(permission)
    outermost = [
        path for path in paths if not any(path != other and path.startswith(other) for other in paths)
    ]
    if len(outermost) > 1:
        sentence = "You may import for several entities; name one of them."
        raise Invalid(sentence, faults=[Fault("/query/entity", sentence)])
    return await queries.find_entity_at(session, outermost[0])


async def _open(session: AsyncSession, kind: ImportKind, path: Path, scope: Entity | None) -> Source:
    if kind is ImportKind.PEOPLE:
        return await open_people(session, path, scope=scope.path if scope else "/")
    return open_entities(path, scope=EntityRef(scope.id, scope.key, scope.path) if scope else None)


async def _work_off_at_once(session: AsyncSession, job: Import, source: Source, acting: Actor) -> None:
    if isinstance(source, EntitySource):
        await take_in_entities(session, job=job, source=source, acting=acting)
    elif records := list(source.table.records()):
        await take_in(session, job=job, source=source, records=records, acting=acting)
        await flush(session)
        limit = len(records)
        await settle_officers(session, job=job, source=source, after=0, limit=limit, acting=acting)
    _finish(job)
    await flush(session)
    await session.flush()


def _finish(job: Import) -> None:
    job.state, job.done_at, job.file_key = ImportState.DONE.value, clock.now(), None


# -- working off, batch by batch ---------------------------------------------------------------------------


async def run_import(database: Database, storage: Storage, import_id: UUID) -> None:
    """Work off an import whose file is in storage; again is harmless. The file goes when it is done."""
    async with database.reading() as session:
        job = await session.get(Import, import_id)
    if job is None or job.file_key is None:
        return
    path = storage.path(job.file_key)
    await work_off(database, import_id, path)
    path.unlink(missing_ok=True)


async def work_off(
    database: Database, import_id: UUID, path: Path, *, batch: int = BATCH, progress: Progress | None = None
) -> Import:
    """Work off the file at `path` from where the import stands; `progress` hears of every committed batch.

    What is wrong with the file or the sender's right ends the import as failed, with the reason in `fault`.
    """
    try:
        async with database.transaction() as session:
            job, source, acting = await _begin(session, import_id, path)
        if job.state not in _OPEN:
            return job
        told = progress or (lambda _: None)
        if isinstance(source, EntitySource):
            job = await _entities_at_once(database, import_id, source, acting)
            told(job)
            return job
        return await _in_batches(database, import_id, source, acting, batch, told)
    except (DomainError, FileNotFoundError) as error:
        return await _fail(database, import_id, error)


async def _begin(
    session: AsyncSession, import_id: UUID, path: Path
) -> tuple[Import, Source | None, Actor | None]:
    job = await queries.lock_import(session, import_id)
    if job.state not in _OPEN:
        return job, None, None
    scope = None if job.entity_id is None else await session.get(Entity, job.entity_id)
    acting = None if job.by_id is None else await get_actor(session, job.by_id)
    kind = ImportKind(job.kind)
    if acting is not None and not acting.may(queries.PERMISSIONS[kind], scope.path if scope else "/"):
        raise ImportNotAllowed("Whoever sent this file may no longer import here.")
    job.state = ImportState.RUNNING.value
    return job, await _open(session, kind, path, scope), acting


async def _entities_at_once(
    database: Database, import_id: UUID, source: EntitySource, acting: Actor | None
) -> Import:
    async with database.transaction() as session:
        job = await queries.lock_import(session, import_id)
        if job.state in _OPEN:
            await take_in_entities(session, job=job, source=source, acting=acting)
            _finish(job)
        return job


async def _in_batches(
    database: Database,
    import_id: UUID,
    source: PeopleSource | None,
    acting: Actor | None,
    batch: int,
    progress: Progress,
) -> Import:
    assert source is not None
    records = source.table.records()
    more = True
    while more:
        async with database.transaction() as session:
            job = await queries.lock_import(session, import_id)
            more = job.state in _OPEN and await _next_batch(session, job, source, records, batch, acting)
        progress(job)
    after: int | None = 0
    while after is not None:
        async with database.transaction() as session:
            job = await queries.lock_import(session, import_id)
            after = await settle_officers(
                session, job=job, source=source, after=after, limit=batch, acting=acting
            )
            if after is None and job.state in _OPEN:
                _finish(job)
    progress(job)
    return job


async def _next_batch(
    session: AsyncSession,
    job: Import,
    source: PeopleSource,
    records: Iterator[Record],
    size: int,
    acting: Actor | None,
) -> bool:
    """Take in the next lines behind what is done; whether there were any."""
    unread = (record for record in records if record.line > job.line)
    some = await asyncio.to_thread(lambda: list(islice(unread, size)))
    if some:
        await take_in(session, job=job, source=source, records=some, acting=acting)
    return bool(some)


async def _fail(database: Database, import_id: UUID, error: Exception) -> Import:
    sentence = (
        error.detail if isinstance(error, DomainError) else "The file is no longer there; send it again."
    )
    async with database.transaction() as session:
        job = await queries.lock_import(session, import_id)
        if job.state in _OPEN:
            job.state, job.fault, job.done_at, job.file_key = (
                ImportState.FAILED.value,
                sentence,
                clock.now(),
                None,
            )
        return job


# -- from the command line ---------------------------------------------------------------------------------


async def import_file(
    database: Database,
    path: Path,
    *,
    kind: ImportKind,
    entity: str | None,
    dry_run: bool,
    progress: Progress | None = None,
) -> Import:
    """Import a file as the operator, for an entity or the whole system. Run again, it makes nothing twice."""
    async with database.transaction() as session:
        scope = None if entity is None else await get_entity(session, entity)
        source = await _open(session, kind, path, scope)
        job = await record_import(session, source, kind=kind, scope=scope, dry_run=dry_run, by_id=None)
    return await work_off(database, job.id, path, progress=progress)
