"""What a batch writes, one statement for each kind of row: arrays in, `unnest`, set-based.

`kernel.writes.gather` carries what has neither lists nor search words; the statements here carry the rest.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel import clock
from lms.kernel.database import table_of
from lms.kernel.i18n import sort_key
from lms.kernel.ids import new_id
from lms.kernel.writes import gather
from lms.people.domain import email_key
from lms.people.imports.domain import Result
from lms.people.imports.known import KnownAffiliation, KnownPerson
from lms.people.imports.planning import Change, Plan
from lms.people.models import Affiliation, ImportResult, PersonChange
from lms.people.search import words_of_person

_JOINT = "\x1f"  # a control character, which no cell may hold
_LISTS = {
    "languages": "string_to_array(r.languages, E'\\x1f')",
    "background": "string_to_array(r.background, E'\\x1f')",
}
_WORDS = "array_to_tsvector(string_to_array(r.words, E'\\x1f'))"
_PERSON = ("id", "name", "sort_key", "words", "email", "email_key", "gender", "language", "languages", "background",
           "modality", "time_zone")  # fmt: skip
_ARRAYS = ", ".join(f"${n}::{'uuid' if name == 'id' else 'text'}[]" for n, name in enumerate(_PERSON, 1))
_RECORDS = f"unnest({_ARRAYS}) AS r({', '.join(_PERSON)})"
_COLUMNS = tuple("search_words" if name == "words" else name for name in _PERSON)
_VALUES = tuple(_WORDS if name == "words" else _LISTS.get(name, f"r.{name}") for name in _PERSON)

_INSERT_PEOPLE = f"""INSERT INTO persons ({", ".join(_COLUMNS)}, revision, created_at)
SELECT {", ".join(_VALUES)}, 1, now() FROM {_RECORDS}"""
_SET = ", ".join(f"{c} = {v}" for c, v in zip(_COLUMNS[1:], _VALUES[1:], strict=True))
_UPDATE_PEOPLE = f"""UPDATE persons p SET {_SET},
    revision = p.revision + 1 FROM {_RECORDS} WHERE p.id = r.id"""

_AFFILIATION = {
    "id": "uuid",
    "personnel_number": "text",
    "kind": "text",
    "appointment": "text",
    "post_title": "text",
    "grade": "text",
    "duty_station": "text",
    "hardship": "text",
    "working_time_percent": "integer",
    "target_profile": "text",
    "until_on": "date",
    "first_reporting_officer_id": "uuid",
    "second_reporting_officer_id": "uuid",
}
_SET_AFFILIATION = ", ".join(f"{name} = r.{name}" for name in list(_AFFILIATION)[1:])
_UPDATE_AFFILIATIONS = f"""UPDATE affiliations a SET {_SET_AFFILIATION},
    revision = a.revision + 1
  FROM unnest({", ".join(f"${n}::{kind}[]" for n, kind in enumerate(_AFFILIATION.values(), 1))})
    AS r({", ".join(_AFFILIATION)}) WHERE a.id = r.id"""
_FIELD = {
    "until_on": "until",
    "first_reporting_officer_id": "first_reporting_officer",
    "second_reporting_officer_id": "second_reporting_officer",
}


async def write_plan(session: AsyncSession, plan: Plan, *, actor_id: UUID | None) -> None:
    """Send people and changed affiliations; gather new affiliations and the record of changes."""
    connection = await session.connection()
    for statement, people in ((_INSERT_PEOPLE, plan.new_people), (_UPDATE_PEOPLE, plan.changed_people)):
        if people:
            await connection.exec_driver_sql(statement, _arrays(map(_person, people)))
    if plan.changed_affiliations:
        rows = [_affiliation(each, tuple(_AFFILIATION)) for each in plan.changed_affiliations]
        await connection.exec_driver_sql(_UPDATE_AFFILIATIONS, _arrays(rows))
    gather(session, table_of(Affiliation), [_new_affiliation(*each) for each in plan.new_affiliations])
    gather_changes(session, plan.changes, actor_id=actor_id)


def gather_changes(session: AsyncSession, changes: Sequence[Change], *, actor_id: UUID | None) -> None:
    """Remember before and after for `person_changes`."""
    now = clock.now()
    gather(
        session,
        table_of(PersonChange),
        [
            {
                "id": new_id(),
                "person_id": each.person_id,
                "at": now,
                "actor_id": actor_id,
                "before": as_json(each.before),
                "after": as_json(each.after),
            }
            for each in changes
        ],
    )


def gather_results(
    session: AsyncSession, import_id: UUID, results: Iterable[Result], *, dry_run: bool
) -> None:
    """Remember what became of each line. A dry run made no person that a result could name, and waits for none."""
    gather(
        session,
        table_of(ImportResult),
        [
            {
                "import_id": import_id,
                "line": each.line,
                "outcome": each.outcome.value,
                "person_id": None if dry_run and each.outcome == "created" else each.person_id,
                "key": each.key,
                "errors": [{"pointer": fault.pointer, "detail": fault.detail} for fault in each.errors],
                "pending": None if dry_run or each.pending is None else dict(each.pending),
            }
            for each in results
        ],
    )


def as_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """Days and ids as text."""
    return {
        k: v.isoformat() if isinstance(v, date) else str(v) if isinstance(v, UUID) else v
        for k, v in values.items()
    }


def _arrays(rows: Iterable[tuple[Any, ...]]) -> tuple[list[Any], ...]:
    return tuple(list(column) for column in zip(*rows, strict=True))


def _person(person: KnownPerson) -> tuple[Any, ...]:
    values = person.values
    email = values["email"]
    return (
        person.id,
        values["name"],
        sort_key(values["name"]),
        _JOINT.join(words_of_person(values["name"], email)),
        email,
        email_key(email) if email else None,
        values["gender"],
        values["language"],
        _JOINT.join(values["languages"]),
        _JOINT.join(values["background"]),
        values["modality"],
        values["time_zone"],
    )


def _affiliation(affiliation: KnownAffiliation, columns: Sequence[str]) -> tuple[Any, ...]:
    values = affiliation.values | {"id": affiliation.id}
    return tuple(values[_FIELD.get(name, name)] for name in columns)


def _new_affiliation(person_id: UUID, affiliation: KnownAffiliation) -> dict[str, Any]:
    return dict(zip(_AFFILIATION, _affiliation(affiliation, tuple(_AFFILIATION)), strict=True)) | {
        "person_id": person_id,
        "entity_id": affiliation.entity.id,
        "is_primary": affiliation.is_primary,
        "from_on": affiliation.from_on,
        "revision": 1,
        "created_at": clock.now(),
    }
