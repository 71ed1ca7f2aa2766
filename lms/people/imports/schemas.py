"""What goes over the wire about imports."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from lms.kernel.http import ProblemFault
from lms.people.imports.domain import ImportKind, ImportState, Outcome
from lms.people.models import Import
from lms.people.schemas import PersonRef


class ImportResultRead(BaseModel):
    """What became of one line; `line` counts the file's lines from 1, the header being the first."""

    line: int
    outcome: Outcome
    person: PersonRef | None = Field(
        None, description="Null for a refused line, and for new people of a dry run."
    )
    key: str | None = Field(None, description="Key of an entity.")
    errors: list[ProblemFault] = Field(
        description="`pointer` is / and the column's name; empty for the whole line."
    )


class ImportSummary(BaseModel):
    """An import: `rows` in the file, and how many of them had which outcome so far."""

    id: UUID
    kind: ImportKind
    state: ImportState
    dry_run: bool
    fault: str | None = Field(None, description="Why the whole import failed.")
    rows: int
    created: int
    updated: int
    unchanged: int
    refused: int
    created_at: datetime
    done_at: datetime | None


class ImportRead(ImportSummary):
    """An import with its first 1,000 results; all of them are at /imports/{id}/results."""

    results: list[ImportResultRead]


def result_read(row: Any) -> ImportResultRead:
    """A row of `queries.list_results` as it goes out."""
    person = PersonRef(id=row.person_id, name=row.name) if row.person_id and row.name is not None else None
    return ImportResultRead(line=row.line, outcome=row.outcome, person=person, key=row.key, errors=row.errors)


def import_read(job: Import, rows: Sequence[Any]) -> ImportRead:
    """An import and its results as they go out."""
    summary = {name: getattr(job, name) for name in ImportSummary.model_fields}
    return ImportRead(**summary, results=[result_read(row) for row in rows])
