"""Rows gathered during a request and sent as one statement.

A completion writes to six tables. Six INSERTs are six round trips and six times SQLAlchemy; the same rows as
data-modifying CTEs of one statement are one. `gather` remembers rows, `flush` sends them; `commit` flushes.
Each table's rows travel as one array a column (`unnest`), and a column that holds the same value in every row
as that value, which is most of them: a statement's text depends on little but its tables, and is prepared once
for one row and once or twice for a hundred.

Foreign keys are checked when the statement ends, so the order of tables does not matter. A row that was
gathered is not there to be read before the flush; call `flush` first where a later SELECT must see it.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel.statements import fetch

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
_as_json = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(slots=True)
class _Insert:
    columns: tuple[str, ...]
    rows: list[Mapping[str, Any]] = field(default_factory=list)


def gather(
    session: AsyncSession, table: Table, rows: Iterable[Mapping[str, Any]], *, on_conflict: str = ""
) -> None:
    """Remember `rows` (all with the same columns) for `table`.

    `on_conflict` is the clause after `ON CONFLICT`, written as SQL by the calling room; a statement may not
    touch the same row twice, so rows that would must be added up by the caller, and upserts that several
    people's requests may share come in key order, so that no two wait for each other.
    """
    new = list(rows)
    if not new:
        return
    pending: dict[tuple[Table, str], _Insert] = session.info.setdefault("writes", {})
    insert = pending.get((table, on_conflict))
    if insert is None:
        insert = pending[table, on_conflict] = _Insert(tuple(new[0]))
    insert.rows.extend(new)


def gather_update(session: AsyncSession, table: Table, key: Any, values: Mapping[str, Any]) -> None:
    """Remember new values for the row whose `id` is `key`; the caller holds its lock.

    A statement sees a row as it was before, so a row is updated once between flushes.
    """
    session.info.setdefault("updates", []).append((table, key, values))


def gather_call(session: AsyncSession, expression: str, row: tuple[Any, ...]) -> None:
    """Remember a call of a function of the database that takes arrays.

    `expression` is a scalar subquery with `{0}`, `{1}` ... where the arrays of the rows' first, second ...
    members go; all calls with the same expression become one.
    """
    session.info.setdefault("calls", {}).setdefault(expression, []).append(row)


async def flush(session: AsyncSession) -> None:
    """Send everything gathered so far as one statement; nothing happens when there is nothing."""
    inserts: dict[tuple[Table, str], _Insert] = session.info.pop("writes", {})
    updates: list[tuple[Table, Any, Mapping[str, Any]]] = session.info.pop("updates", [])
    calls: dict[str, list[tuple[Any, ...]]] = session.info.pop("calls", {})
    if not inserts and not calls and not updates:
        return
    ctes, results, parameters = [], [], list[Any]()
    for number, (table, key, values) in enumerate(updates):
        ctes.append(f"u{number} AS ({_update_sql(table, tuple(values), len(parameters))})")
        parameters.extend([key, *(_column(table, name, [values])[0] for name in values)])
    for number, ((table, on_conflict), insert) in enumerate(inserts.items()):
        sql, sent = _insert(insert, table, on_conflict, len(parameters))
        ctes.append(f"w{number} AS ({sql})")
        parameters.extend(sent)
    for expression, rows in calls.items():
        places = [f"${len(parameters) + place}" for place in range(1, len(rows[0]) + 1)]
        results.append(f"({expression.format(*places)})")
        parameters.extend(list(column) for column in zip(*rows, strict=True))
    sql = f"{'WITH ' if ctes else ''}{', '.join(ctes)} SELECT {', '.join(results) or '1'}"
    await fetch(session, sql, *parameters)


def _insert(insert: _Insert, table: Table, on_conflict: str, offset: int) -> tuple[str, list[Any]]:
    """One INSERT and its parameters: an array for each column whose values differ, one value for each other."""
    columns = [_column(table, name, insert.rows) for name in insert.columns]
    single = tuple(_is_single(values) for values in columns)
    if len(insert.rows) > 1 and all(single):
        single = (False, *single[1:])  # rows that are all alike are still as many
    sql = _insert_sql(table, insert.columns, single, on_conflict, offset)
    return sql, [values[0] if alone else values for values, alone in zip(columns, single, strict=True)]


def _column(table: Table, name: str, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    if _is_json(table, name):
        return [None if row[name] is None else _as_json(row[name]) for row in rows]
    return [row[name] for row in rows]


def _is_single(values: list[Any]) -> bool:
    """Whether all are the same; most that are not differ in the last one already."""
    return values[0] == values[-1] and values.count(values[0]) == len(values)


@lru_cache(maxsize=1024)
def _insert_sql(
    table: Table, columns: tuple[str, ...], single: tuple[bool, ...], on_conflict: str, offset: int
) -> str:
    """The INSERT, its parameters numbered from `offset` + 1."""
    placed = [
        (name, f"${offset + place}", alone)
        for place, (name, alone) in enumerate(zip(columns, single, strict=True), 1)
    ]
    many = [(name, place) for name, place, alone in placed if not alone]
    values = ", ".join(
        (f"{place}::{_array_type(table, name)}" if alone else name)
        + ("::jsonb" if _is_json(table, name) else "")
        for name, place, alone in placed
    )
    source = f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT {values}"
    if many:
        arrays = ", ".join(f"{place}::{_array_type(table, name)}[]" for name, place in many)
        source += f" FROM unnest({arrays}) AS r({', '.join(name for name, _ in many)})"
    return f"{source} ON CONFLICT {on_conflict}" if on_conflict else source


@lru_cache(maxsize=256)
def _update_sql(table: Table, columns: tuple[str, ...], offset: int) -> str:
    """One UPDATE by id, its parameters numbered from `offset` + 1."""
    values = ", ".join(
        f"{name} = ${offset + place}::{_array_type(table, name)}{'::jsonb' if _is_json(table, name) else ''}"
        for place, name in enumerate(columns, 2)
    )
    return f"UPDATE {table.name} SET {values} WHERE id = ${offset + 1}"


@lru_cache(maxsize=1024)
def _array_type(table: Table, name: str) -> str:
    if _is_json(table, name):
        return "text"
    return str(table.c[name].type.compile(_DIALECT)).split(" COLLATE")[0]


@lru_cache(maxsize=1024)
def _is_json(table: Table, name: str) -> bool:
    return isinstance(table.c[name].type, JSONB)
