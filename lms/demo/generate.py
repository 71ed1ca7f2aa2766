"""A large, invented organisation for measuring: the same numbers give the same rows, filled in by COPY.

Entities with offices, people with one affiliation each, courses (synthetic editions), enrolments, completions
and skill records; monthly totals and standings are then made by the product's own statements, so that they
are right by definition. Only for an empty, migrated database whose role is a superuser: foreign keys and
triggers are not checked while it fills, and indexes are built afterwards.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import asyncpg

from lms.catalogue.domain import Edition, encode
from lms.completions.domain import RULE as COMPLETION_RULE
from lms.demo.generated_courses import LONG, edition, profiles, taxonomy
from lms.kernel import clock
from lms.kernel.i18n import search_words, sort_key
from lms.recognition.queries import amounts_sql
from lms.skills.domain import RULE as SKILLS_RULE
from lms.skills.queries import PROJECTED

OFFICES = 4  # under each entity, beside its headquarters
_DAYS = 4 * 365  # facts lie in the four years before the day of filling
_LINES = 5000  # of one piece of a COPY

_FIRST = (
    "Amina", "Amélie", "Carlos", "Chen", "Dmitri", "Élodie", "Fatima", "Grace", "Hiroshi", "Ibrahim", "Ingrid",
    "João", "Kofi", "Leila", "Maria", "Nadia", "Olga", "Pierre", "Rania", "Sofía", "Tariq", "Wei", "Yusuf", "Zoë",
    "Ольга", "محمد", "李",
)  # fmt: skip
_FAMILY = (
    "Abebe", "Andersson", "Banerjee", "Diallo", "Dubois", "Fernández", "García", "Haddad", "Ivanova", "Kamau",
    "Kowalski", "Laurent", "Mbeki", "Müller", "Ndiaye", "Okafor", "Petrov", "Rossi", "Silva", "Tanaka", "Traoré",
    "Usman", "Vargas", "Wang", "Yılmaz", "Zhang", "Соколова", "الحسن", "王芳",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is made. `large` people belong to the first entity, `report` to the second, the rest to others.

    `facts` counts completions and skill records together, half of each. The first `enrolled` people of the
    first entity are on the long course, each somewhere in it.
    """

    people: int = 130_000
    courses: int = 1_000
    facts: int = 5_000_000
    large: int = 20_000
    report: int = 6_500
    enrolled: int = 20_000
    entities: int = 40


def made_id(kind: int, number: int) -> UUID:
    """The id of the `number`th row of a kind, in the shape of a UUIDv7; SQL makes the same (see `made_id_sql`)."""
    return UUID(_id(kind, number))


def made_id_sql(kind: int, number: str) -> str:
    """SQL for `made_id` of a number that an SQL expression gives."""
    return f"('01800000-{kind:04x}-7000-8000-' || lpad(to_hex({number}), 12, '0'))::uuid"


ENTITY, PERSON, AFFILIATION, COURSE, VERSION, ENROLMENT, COMPLETION, SKILL = range(1, 9)


def _id(kind: int, number: int) -> str:
    return f"01800000-{kind:04x}-7000-8000-{number:012x}"


def entity_key(number: int) -> str:
    """The key of an entity; its offices are `<key>-1` and on."""
    return f"entity-{number:02d}"


async def generate(url: str, sizes: Sizes) -> None:
    """Fill the database at `url`."""
    connection = await asyncpg.connect(url)
    try:
        # Nothing is checked row by row: what is made here is right, and five million checks take minutes.
        await connection.execute("SET session_replication_role = replica; SET synchronous_commit = off")
        await connection.execute("SET maintenance_work_mem = '512MB'; SET work_mem = '256MB'")
        await _copy(connection, "entities", _ENTITY_COLUMNS, _entities(sizes))
        await _copy(connection, "persons", _PERSON_COLUMNS, _persons(sizes))
        await _copy(connection, "affiliations", _AFFILIATION_COLUMNS, _affiliations(sizes))
        await _fill_catalogue(connection, sizes)
        await _copy(connection, "enrolments", _ENROLMENT_COLUMNS, _enrolments(sizes))
        await _fill_facts(connection, sizes)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


# -- COPY --------------------------------------------------------------------------------------------------


async def _copy(
    connection: "asyncpg.Connection[Any]", table: str, columns: str, lines: Iterable[str]
) -> None:
    await connection.copy_to_table(table, source=_pieces(iter(lines)), columns=columns.split(), format="text")


async def _pieces(lines: Iterator[str]) -> AsyncIterator[bytes]:
    while True:
        piece = [line for _, line in zip(range(_LINES), lines, strict=False)]
        if not piece:
            return
        yield ("\n".join(piece) + "\n").encode()
        await asyncio.sleep(0)


def _line(*values: object) -> str:
    return "\t".join("\\N" if value is None else _escaped(str(value)) for value in values)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _array(keys: Iterable[str]) -> str:
    return "{" + ",".join(keys) + "}"


def _words(words: Iterable[str]) -> str:
    return " ".join("'" + word.replace("'", "''") + "'" for word in sorted(words))


# -- people ------------------------------------------------------------------------------------------------

_ENTITY_COLUMNS = "id key name sort_key kind parent_id path focuses revision created_at"
_PERSON_COLUMNS = (
    "id name sort_key search_words email email_key language languages background time_zone "
    "revision created_at"
)
_AFFILIATION_COLUMNS = (
    "id person_id entity_id kind appointment is_primary personnel_number grade working_time_percent "
    "from_on until_on revision created_at"
)


def _entities(sizes: Sizes) -> Iterator[str]:
    now = clock.now()
    for number in range(sizes.entities):
        key, head = entity_key(number), number * (OFFICES + 1)
        focus = _array([f"focus-{number % 8}"])
        yield _line(
            _id(ENTITY, head), key, f"Entity {number}", sort_key(key), "headquarters", None, f"/{key}/", focus, 1, now
        )  # fmt: skip
        for office in range(1, OFFICES + 1):
            under = f"{key}-{office}"
            yield _line(
                _id(ENTITY, head + office), under, f"Office {office} of entity {number}", sort_key(under),
                "country_office", _id(ENTITY, head), f"/{key}/{under}/", "{}", 1, now,
            )  # fmt: skip


def entity_of(number: int, sizes: Sizes) -> int:
    """Which entity the `number`th person belongs to."""
    if number < sizes.large:
        return 0
    if number < sizes.large + sizes.report:
        return 1
    return 2 + number % (sizes.entities - 2)


@cache
def _named(first: int, family: int) -> tuple[str, str, frozenset[str]]:
    name = f"{_FIRST[first]} {_FAMILY[family]}"
    return name, sort_key(f"{_FAMILY[family]} {_FIRST[first]}"), frozenset(search_words(name))


def email_of(number: int) -> str:
    """The e-mail of the `number`th person."""
    return f"p{number}@generated.example"


def _persons(sizes: Sizes) -> Iterator[str]:
    now = clock.now()
    for number in range(sizes.people):
        name, key, words = _named(number * 7 % len(_FIRST), number * 11 // 3 % len(_FAMILY))
        email = email_of(number)
        found = _words(words | {email, f"p{number}", "generated", "example"})
        yield _line(_id(PERSON, number), name, key, found, email, email, "en", "{en}", "{}", "UTC", 1, now)


def _affiliations(sizes: Sizes) -> Iterator[str]:
    now, day = clock.now(), clock.today()
    for number in range(sizes.people):
        entity = entity_of(number, sizes) * (OFFICES + 1) + number % (OFFICES + 1)
        from_on = day - timedelta(days=_DAYS + number % 900)
        grade = f"P-{2 + number % 4}"
        yield _line(
            _id(AFFILIATION, number), _id(PERSON, number), _id(ENTITY, entity), "staff", "fixed_term", "t",
            f"G{number:07d}", grade, 100 - 20 * (number % 17 == 0), from_on, None, 1, now,
        )  # fmt: skip


# -- courses and who is on one -----------------------------------------------------------------------------

_ENROLMENT_COLUMNS = (
    "id person_id course_id course_version_id state language progress enrolled_at completed_at"
)


async def _fill_catalogue(connection: "asyncpg.Connection[Any]", sizes: Sizes) -> None:
    now = clock.now() - timedelta(days=_DAYS + 1)
    made = [edition(number) for number in range(sizes.courses)]
    known = taxonomy()
    document = json.dumps(encode(known))
    await _copy(connection, "library_documents", "id kind digest content published_at",
                [_line(_id(0, 1), "taxonomy", "generated", document, now),
                 _line(_id(0, 3), "profiles", "generated profiles", json.dumps(encode(profiles())), now),
                 _line(_id(0, 2), "offers", "generated offers", "{}", now)])  # fmt: skip
    await _copy(
        connection,
        "courses",
        "id key sort_key current_version_id provider audiences focuses modalities languages competencies "
        "skill_areas created_at",
        (_course(number, each, now) for number, each in enumerate(made)),
    )
    await _copy(
        connection,
        "course_versions",
        "id course_id number digest change note content published_at",
        (_version(number, each, now) for number, each in enumerate(made)),
    )
    await _copy(connection, "course_texts", "course_id language title summary search_words", _texts(made))


def _course(number: int, each: Edition, now: datetime) -> str:
    course = each.course
    taught = [one.competency for one in course.teaches]
    areas = sorted({taxonomy().area_of(key).key for key in taught})
    return _line(
        _id(COURSE, number), course.key, sort_key(each.texts["en"].title), _id(VERSION, number), course.provider,
        _array(course.audiences), _array(course.focuses), _array(course.modalities), _array(course.languages),
        _array(taught), _array(areas), now,
    )  # fmt: skip


def _version(number: int, each: Edition, now: datetime) -> str:
    content = json.dumps(each.to_json(), ensure_ascii=False)
    return _line(
        _id(VERSION, number), _id(COURSE, number), 1, each.digest, "minor", "Generated.", content, now
    )


def _texts(made: Sequence[Edition]) -> Iterator[str]:
    for number, each in enumerate(made):
        for language, text in each.texts.items():
            words = _words(set(search_words(f"{text.title} {text.summary}")))
            yield _line(_id(COURSE, number), language, text.title, text.summary, words)


def _enrolments(sizes: Sizes) -> Iterator[str]:
    """People on the long course: how far each is follows from their number; one in four has completed it."""
    now = clock.now()
    keys = [each.key for each in edition(LONG).course.activities]
    for number in range(min(sizes.enrolled, sizes.large)):
        done = len(keys) if number % 4 == 0 else number % len(keys)
        at = (now - timedelta(days=number % 300)).isoformat()
        progress = json.dumps({key: {"state": "completed", "at": at} for key in keys[:done]})
        state, completed = ("completed", at) if done == len(keys) else ("active", None)
        yield _line(
            _id(ENROLMENT, number), _id(PERSON, number), _id(COURSE, LONG), _id(VERSION, LONG),
            state, "en", progress, at, completed,
        )  # fmt: skip


# -- facts -------------------------------------------------------------------------------------------------

_COMPLETION_COLUMNS = (
    "id person_id course_id course_version_id source sender round rule minutes occurred_on recorded_at"
)
_SKILL_COLUMNS = (
    "id person_id competency level source completion_id course_version_id rule occurred_on recorded_at"
)
_FILLED = ("completions", "skill_records", "standings", "recognition_totals")


async def _fill_facts(connection: "asyncpg.Connection[Any]", sizes: Sizes) -> None:
    """Facts by COPY, projections by the product's own statements; indexes that guard no key come last."""
    indexes = await connection.fetch(_PLAIN_INDEXES, list(_FILLED))
    for index in indexes:
        await connection.execute(f"DROP INDEX {index['name']}")
    await _copy(connection, "completions", _COMPLETION_COLUMNS, _completions(sizes))
    await _copy(connection, "skill_records", _SKILL_COLUMNS, _skill_records(sizes))
    projected = PROJECTED.text.replace(":person", "NULL")
    await connection.execute(
        f"INSERT INTO standings (person_id, competency, level, source, valid_until) {projected}"
    )
    # Month by month, as they would have come.
    await connection.execute(
        "INSERT INTO recognition_totals (person_id, month, line, amount) "
        f"SELECT * FROM ({amounts_sql()}) f ORDER BY month, person_id, line"
    )
    for index in indexes:
        await connection.execute(index["definition"])


_PLAIN_INDEXES = """
SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition
  FROM pg_index i WHERE i.indrelid::regclass::text = ANY($1)
   AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid) ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class _Fact:
    """One completion as numbers: whose, of which course, on which day."""

    number: int
    person: int
    course: int
    day: date


def _facts(sizes: Sizes) -> Iterator[_Fact]:
    """Person by person; nobody takes a course twice, since 13 shares no divisor with sizes of hundreds."""
    days = [clock.today() - timedelta(days=back) for back in range(_DAYS)]
    total = sizes.facts // 2
    each, more = divmod(total, sizes.people)
    number = 0
    for person in range(sizes.people):
        for turn in range(each + (person < more)):
            course = (person * 7 + turn * 13) % sizes.courses
            yield _Fact(number, person, course, days[(person * 31 + turn * 97) % _DAYS])
            number += 1


def _completions(sizes: Sizes) -> Iterator[str]:
    minutes = [_minutes(number) for number in range(sizes.courses)]
    for fact in _facts(sizes):
        course = fact.course
        yield (
            f"{_id(COMPLETION, fact.number)}\t{_id(PERSON, fact.person)}\t{_id(COURSE, course)}\t"
            f"{_id(VERSION, course)}\trecorded\tGenerated\t0\t{COMPLETION_RULE}\t{minutes[course]}\t{fact.day}\t"
            f"{fact.day}T12:00:00Z"
        )


def _minutes(number: int) -> int:
    return sum(each.minutes for each in edition(number).course.required_activities)


def _skill_records(sizes: Sizes) -> Iterator[str]:
    taught = [edition(number).course.teaches[0].competency for number in range(sizes.courses)]
    for fact in _facts(sizes):
        course = fact.course
        yield (
            f"{_id(SKILL, fact.number)}\t{_id(PERSON, fact.person)}\t{taught[course]}\t1\tcourse\t"
            f"{_id(COMPLETION, fact.number)}\t{_id(VERSION, course)}\t{SKILLS_RULE}\t{fact.day}\t{fact.day}T12:00:00Z"
        )
