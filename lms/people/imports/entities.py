"""A file of entities, taken in as one: parents may stand anywhere in it. Thousands of rows, not millions."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel.access import Actor
from lms.kernel.errors import DomainError, Fault
from lms.kernel.writes import flush
from lms.people.domain import EntityKind
from lms.people.entity_changes import EntityOutOfReach, change_entity, create_entity
from lms.people.imports import cells, writes
from lms.people.imports.domain import EntityRef, Outcome, Refused, Result
from lms.people.imports.people import count
from lms.people.imports.queries import entity_refs, find_entity
from lms.people.imports.reading import Record, Table, did_you_mean, open_table
from lms.people.imports.rows import parse_cells
from lms.people.models import Import

PARSERS: dict[str, cells.Parser] = {
    "key": cells.key,
    "name": cells.words(200),
    "kind": cells.one_of(tuple(kind.value for kind in EntityKind)),
    "parent": cells.key,
    "focuses": cells.several(cells.key),
    "modality": cells.key,
    "strategy_title": cells.words(300),
    "strategy_year": cells.year,
    "strategy_url": cells.web_address,
}
REQUIRED = ("key", "name", "kind")


@dataclass(frozen=True, slots=True)
class EntityRow:
    """A sound line. `parent` is in `values` when the file has that column."""

    line: int
    key: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class EntitySource:
    """A file ready to be taken in."""

    table: Table
    records: list[Record]
    scope: EntityRef | None  # the entity below which one may make others; None: anywhere

    @property
    def rows(self) -> int:
        """Lines in the file."""
        return len(self.records)


def open_entities(path: Path, *, scope: EntityRef | None) -> EntitySource:
    """Read the whole file. Raises `BadTable` for what stops all of it."""
    table = open_table(path, known=tuple(PARSERS), required=REQUIRED)
    return EntitySource(table, list(table.records()), scope)


def check_rows(records: Iterable[Record], columns: Sequence[str]) -> tuple[list[EntityRow], list[Result]]:
    """Sound lines, and those that are refused by themselves."""
    rows, refused, seen = list[EntityRow](), list[Result](), dict[str, int]()
    for record in records:
        try:
            row = check_row(record, columns)
            if row.key in seen:
                raise Refused(Fault("/key", f"key: {row.key!r} stands in line {seen[row.key]} already."))
            seen[row.key] = row.line
            rows.append(row)
        except Refused as fault:
            refused.append(Result(record.line, Outcome.REFUSED, errors=fault.faults))
    return rows, refused


def check_row(record: Record, columns: Sequence[str]) -> EntityRow:
    """One line by itself."""
    values, faults = parse_cells(record, columns, PARSERS)
    wrong = {fault.pointer for fault in faults}
    faults += [
        Fault(f"/{n}", f"{n} is missing.") for n in REQUIRED if values[n] is None and f"/{n}" not in wrong
    ]
    if faults:
        raise Refused(*faults)
    if "focuses" in values:
        values["focuses"] = values["focuses"] or []
    return EntityRow(record.line, values.pop("key"), values)


def parents_first(
    rows: Sequence[EntityRow], known: Collection[str]
) -> tuple[list[EntityRow], list[EntityRow]]:
    """Rows in an order in which a parent's own line comes first, and those that no order brings under a parent."""
    ordered, waiting = list[EntityRow](), {row.key: row for row in rows}
    there = {None, *known} - set(waiting)
    while True:
        ready = [row for row in waiting.values() if row.values.get("parent") in there]
        if not ready:
            return ordered, list(waiting.values())
        for row in ready:
            ordered.append(waiting.pop(row.key))
            there.add(row.key)


async def take_in_entities(
    session: AsyncSession, *, job: Import, source: EntitySource, acting: Actor | None
) -> None:
    """The whole file, in the caller's transaction; a dry run undoes everything but the results."""
    rows, results = check_rows(source.records, source.table.columns)
    known = {ref.key: ref for ref in (await entity_refs(session)).values()}
    ordered, orphans = parents_first(rows, known)
    results += [_orphan(row, known, {each.key for each in orphans}) for row in orphans]
    if job.dry_run:
        await flush(session)
        trial = await session.begin_nested()
        results += [await _apply(session, row, source.scope, acting) for row in ordered]
        await flush(session)
        await trial.rollback()
        await session.refresh(job)
    else:
        results += [await _apply(session, row, source.scope, acting) for row in ordered]
    writes.gather_results(session, job.id, results, dry_run=job.dry_run)
    count(job, results)
    job.line = source.records[-1].line if source.records else 0


def _orphan(row: EntityRow, known: Mapping[str, Any], circle: set[str]) -> Result:
    parent = row.values["parent"]
    if parent in circle:
        sentence = f"parent: {parent!r} is refused itself, or the lines lie under one another in a circle."
    else:
        sentence = f"parent: there is no entity {parent!r}{did_you_mean(parent, known)}."
    return Result(row.line, Outcome.REFUSED, key=row.key, errors=[Fault("/parent", sentence)])


async def _apply(
    session: AsyncSession, row: EntityRow, scope: EntityRef | None, acting: Actor | None
) -> Result:
    try:
        outcome = await _create_or_change(session, row, scope, acting)
    except DomainError as error:
        faults = error.faults or [Fault("/parent", f"{error.detail}.")]
        return Result(row.line, Outcome.REFUSED, key=row.key, errors=faults)
    return Result(row.line, outcome, key=row.key)


async def _create_or_change(
    session: AsyncSession, row: EntityRow, scope: EntityRef | None, acting: Actor | None
) -> Outcome:
    entity = await find_entity(session, row.key)
    values = dict(row.values)
    if entity is None:
        parent = values.pop("parent", None) or (scope.key if scope else None)
        await _check_below(session, parent, scope)
        await create_entity(session, acting=acting, key=row.key, parent=parent, values=values)
        return Outcome.CREATED
    if scope is not None and not entity.path.startswith(scope.path):
        raise EntityOutOfReach(faults=[Fault("/key", f"key: {row.key!r} does not lie below {scope.key!r}.")])
    if scope is not None and (entity.id == scope.id or values.get("parent") is None):
        values.pop("parent", None)  # one's own entity stays where it is, and nothing leaves it
    elif "parent" in values:
        await _check_below(session, values["parent"], scope)
    was_different = await change_entity(session, acting=acting, entity=entity, values=values)
    return Outcome.UPDATED if was_different else Outcome.UNCHANGED


async def _check_below(session: AsyncSession, parent: str | None, scope: EntityRef | None) -> None:
    """Raise unless `parent` is the entity imported for, or lies below it."""
    if scope is None or parent is None:
        return
    above = await find_entity(session, parent)
    if above is None or not above.path.startswith(scope.path):
        raise EntityOutOfReach(
            faults=[Fault("/parent", f"parent: {parent!r} does not lie below {scope.key!r}.")]
        )
