"""A file of people: batch by batch checked, matched, written; then the reporting officers who stood later in it."""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel.access import Actor
from lms.kernel.errors import Fault
from lms.kernel.events import publish
from lms.people.domain import PeopleImported, PersonChanged, email_key
from lms.people.imports import queries, writes
from lms.people.imports.domain import Counts, EntityRef, Outcome, Refused, Result
from lms.people.imports.known import Known
from lms.people.imports.planning import Change, Plan, plan_batch
from lms.people.imports.reading import Record, Table, open_table
from lms.people.imports.rows import COLUMNS, OFFICER_COLUMNS, REQUIRED, PersonRow, check_row
from lms.people.imports.survey import Survey, survey_people
from lms.people.models import Import
from lms.people.turns import take_turn_with_people


@dataclass(frozen=True, slots=True)
class PeopleSource:
    """A file ready to be taken in, and the entities it may name."""

    table: Table
    survey: Survey
    scope: str  # path of the entity imported for
    refs: dict[UUID, EntityRef]
    by_key: dict[str, EntityRef]

    @property
    def rows(self) -> int:
        """Lines in the file."""
        return self.survey.rows


async def open_people(session: AsyncSession, path: Path, *, scope: str) -> PeopleSource:
    """Read the whole file once. Raises `BadTable` for what stops all of it."""
    table = open_table(path, known=COLUMNS, required=REQUIRED)
    refs = await queries.entity_refs(session)
    by_key = {ref.key: ref for ref in refs.values() if ref.path.startswith(scope)}
    survey = await asyncio.to_thread(survey_people, table, by_key)
    return PeopleSource(table, survey, scope, refs, by_key)


async def take_in(
    session: AsyncSession,
    *,
    job: Import,
    source: PeopleSource,
    records: Sequence[Record],
    acting: Actor | None,
) -> None:
    """One batch: check, match, write, count. A dry run writes the results only."""
    await take_turn_with_people(session)
    rows, refused = await asyncio.to_thread(_checked, records, source)
    known = await _known(session, source, rows)
    known.lines |= await queries.lines_of_people(session, job.id, list(known.people))
    plan = await asyncio.to_thread(plan_batch, rows, known=known, survey=source.survey)
    plan.results.extend(refused)
    if not job.dry_run:
        await writes.write_plan(session, plan, actor_id=acting.person_id if acting else None)
        await _tell(session, job, plan, acting)
    writes.gather_results(session, job.id, plan.results, dry_run=job.dry_run)
    count(job, plan.results)
    job.line = records[-1].line


def _checked(records: Iterable[Record], source: PeopleSource) -> tuple[list[PersonRow], list[Result]]:
    rows, refused = list[PersonRow](), list[Result]()
    for record in records:
        try:
            source.survey.check(record.line)
            rows.append(check_row(record, source.table.columns, source.by_key))
        except Refused as fault:
            refused.append(Result(record.line, Outcome.REFUSED, errors=fault.faults))
    return rows, refused


async def _known(session: AsyncSession, source: PeopleSource, rows: Sequence[PersonRow]) -> Known:
    known = Known(source.scope)
    numbers = {row.number for row in rows if row.number}
    emails = {row.email_key for row in rows if row.email_key}
    await queries.load_people(session, known, refs=source.refs, numbers=numbers, emails=emails)
    await _load_officers(session, source, known, (each for row in rows for each in row.officers.values()))
    return known


async def _load_officers(
    session: AsyncSession, source: PeopleSource, known: Known, references: Iterable[str | None]
) -> None:
    """What has an @ is an e-mail, what has none a personnel number."""
    named = {each for each in references if each}
    numbers = {each for each in named if "@" not in each}
    emails = {email_key(each) for each in named - numbers}
    await queries.load_officers(session, known, refs=source.refs, numbers=numbers, emails=emails)


async def _tell(session: AsyncSession, job: Import, plan: Plan, acting: Actor | None) -> None:
    counts = Counts()
    counts.add(plan.results)
    data = {outcome.value: number for outcome, number in counts.by_outcome.items()}
    if data["created"] or data["updated"]:
        event = PeopleImported(subject_id=job.id, entity_id=job.entity_id, data=data)
        await publish(session, [event, *map(changed, plan.changes)], acting=acting)


def changed(change: Change) -> PersonChanged:
    """The event of a change: names of fields, no values."""
    fields = {name.split(" of ")[0] for name in change.after} - {"affiliation"}
    return PersonChanged(subject_id=change.person_id, data={"fields": sorted(fields)})


def count(job: Import, results: Iterable[Result]) -> None:
    """Add these to the import's figures."""
    counts = Counts()
    counts.add(list(results))
    for outcome, number in counts.by_outcome.items():
        setattr(job, outcome.value, getattr(job, outcome.value) + number)


# -- reporting officers who stood later in the file --------------------------------------------------------

_SETTLE = """UPDATE import_results r SET pending = NULL, outcome = x.outcome, errors = x.errors::jsonb
  FROM unnest($1::integer[], $2::text[], $3::text[]) AS x(line, outcome, errors)
 WHERE r.import_id = $4 AND r.line = x.line"""
_OFFICERS = text(
    """UPDATE affiliations a SET first_reporting_officer_id = x.first, second_reporting_officer_id = x.second
         FROM unnest(CAST(:ids AS uuid[]), CAST(:firsts AS uuid[]), CAST(:seconds AS uuid[])) AS x(id, first, second)
        WHERE a.id = x.id"""
)
_NOT_TAKEN_IN = "this person's own line was refused, so no reporting officer is set."


async def settle_officers(
    session: AsyncSession, *, job: Import, source: PeopleSource, after: int, limit: int, acting: Actor | None
) -> int | None:
    """Set officers of lines behind `after` who could not be set at first; the last line seen, None at the end."""
    await take_turn_with_people(session)
    rows = await queries.pending_results(session, job.id, after=after, limit=limit)
    if not rows:
        return None
    known = Known(source.scope)
    references = (row.pending.get(name) for row in rows for name in OFFICER_COLUMNS)
    await _load_officers(session, source, known, references)
    changes, results = list[Change](), list[Result]()
    for row in rows:
        change, faults = _settled(row, known)
        outcome = Outcome(row.outcome)
        if change.after and outcome is Outcome.UNCHANGED:
            outcome, job.unchanged, job.updated = Outcome.UPDATED, job.unchanged - 1, job.updated + 1
        changes.append(change)
        results.append(Result(row.line, outcome, row.person_id, errors=faults))
    await _write_officers(session, rows, changes)
    await _write_settled(session, job.id, rows, results)
    told = [c for c, r in zip(changes, results, strict=True) if c.after and r.outcome is not Outcome.CREATED]
    writes.gather_changes(session, told, actor_id=acting.person_id if acting else None)
    await publish(session, list(map(changed, told)), acting=acting)
    return int(rows[-1].line)


def _settled(row: Any, known: Known) -> tuple[Change, list[Fault]]:
    change, faults = Change(row.person_id), []
    for column in OFFICER_COLUMNS:
        reference = row.pending.get(column)
        if reference is None:
            continue
        officer = known.officer(reference, row.pending["root"])
        if officer is None or officer == row.person_id:
            faults.append(Fault(f"/{column}", f"{column}: {_NOT_TAKEN_IN}"))
        elif officer != getattr(row, column):
            change.before[column], change.after[column] = getattr(row, column), officer
    return change, faults


async def _write_officers(session: AsyncSession, rows: Sequence[Any], changes: Sequence[Change]) -> None:
    some = [(row, change) for row, change in zip(rows, changes, strict=True) if change.after]
    officers: Mapping[str, list[Any]] = {
        column: [change.after.get(column, getattr(row, column)) for row, change in some]
        for column in OFFICER_COLUMNS
    }
    first, second = (officers[column] for column in OFFICER_COLUMNS)
    await session.execute(
        _OFFICERS, {"ids": [row.affiliation_id for row, _ in some], "firsts": first, "seconds": second}
    )


async def _write_settled(
    session: AsyncSession, import_id: UUID, rows: Sequence[Any], results: Sequence[Result]
) -> None:
    errors = [
        json.dumps([*row.errors, *({"pointer": f.pointer, "detail": f.detail} for f in result.errors)])
        for row, result in zip(rows, results, strict=True)
    ]
    lines = [result.line for result in results]
    outcomes = [result.outcome.value for result in results]
    await (await session.connection()).exec_driver_sql(_SETTLE, (lines, outcomes, errors, import_id))
