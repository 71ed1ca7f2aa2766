"""Every SELECT of imports: what a batch needs to know, and what a sender may read of their imports."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.people.imports.domain import EntityRef, ImportKind, ImportNotFound
from lms.people.imports.known import Known, KnownAffiliation, KnownPerson, Officer
from lms.people.imports.rows import AFFILIATION_FIELDS, PERSON_COLUMNS
from lms.people.models import Entity, Import, ImportResult, Person

imports = table_of(Import)
results = table_of(ImportResult)
entities = table_of(Entity)
persons = table_of(Person)

PERMISSIONS = {
    ImportKind.PEOPLE: Permission.PEOPLE_IMPORT,
    ImportKind.ENTITIES: Permission.PEOPLE_MANAGE,
    ImportKind.PARTNERS: Permission.PARTNERS_IMPORT,
}
"""What an import of each kind asks of its sender."""

_WANTED = """WITH wanted AS (
    SELECT a.person_id AS id FROM affiliations a JOIN entities e ON e.id = a.entity_id
     WHERE a.personnel_number = ANY($1::text[]) AND split_part(e.path, '/', 2) = ANY($2::text[])
     UNION SELECT id FROM persons WHERE email_key = ANY($3::text[]))"""
_PEOPLE = f"""{_WANTED}
SELECT p.id, EXISTS (SELECT 1 FROM accounts WHERE person_id = p.id)
             OR EXISTS (SELECT 1 FROM role_grants WHERE person_id = p.id AND revoked_at IS NULL),
       {", ".join(f"p.{name}" for name in PERSON_COLUMNS)}
  FROM persons p JOIN wanted USING (id) WHERE p.erased_at IS NULL"""
_RENAMED = {
    "until": "until_on",
    "first_reporting_officer": "first_reporting_officer_id",
    "second_reporting_officer": "second_reporting_officer_id",
}
_AFFILIATIONS = f"""{_WANTED}
SELECT a.person_id, a.id, a.entity_id, a.from_on, a.is_primary,
       {", ".join(f"a.{_RENAMED.get(name, name)}" for name in AFFILIATION_FIELDS)}
  FROM affiliations a JOIN wanted w ON w.id = a.person_id WHERE a.entity_id IS NOT NULL ORDER BY a.from_on, a.id"""
_OFFICERS_BY_NUMBER = """SELECT DISTINCT split_part(e.path, '/', 2), a.personnel_number, a.person_id
  FROM affiliations a JOIN entities e ON e.id = a.entity_id
 WHERE a.personnel_number = ANY($1::text[]) AND split_part(e.path, '/', 2) = ANY($2::text[])"""
_OFFICERS_BY_EMAIL = """SELECT p.email_key, p.id, array_agg(split_part(e.path, '/', 2)),
       bool_or(starts_with(e.path, $2))
  FROM persons p LEFT JOIN affiliations a ON a.person_id = p.id LEFT JOIN entities e ON e.id = a.entity_id
 WHERE p.email_key = ANY($1::text[]) AND p.erased_at IS NULL GROUP BY p.id"""


async def entity_refs(session: AsyncSession) -> dict[UUID, EntityRef]:
    """Every entity, by id."""
    rows = await session.execute(select(entities.c.id, entities.c.key, entities.c.path))
    return {row.id: EntityRef(row.id, row.key, row.path) for row in rows}


async def find_entity(session: AsyncSession, key: str) -> Entity | None:
    """The entity with this key."""
    found: Entity | None = await session.scalar(select(Entity).where(entities.c.key == key))
    return found


async def find_entity_at(session: AsyncSession, path: str) -> Entity | None:
    """The entity at this path."""
    found: Entity | None = await session.scalar(select(Entity).where(entities.c.path == path))
    return found


async def _rows(session: AsyncSession, sql: str, values: tuple[Any, ...]) -> Sequence[Any]:
    return (await (await session.connection()).exec_driver_sql(sql, values)).all()


def roots_of(scope: str, refs: Mapping[UUID, EntityRef]) -> list[str]:
    """Organisations that lie in `scope`, or in which it lies."""
    return sorted(
        {ref.root for ref in refs.values() if ref.path.startswith(scope) or scope.startswith(ref.path)}
    )


async def load_people(
    session: AsyncSession,
    known: Known,
    *,
    refs: Mapping[UUID, EntityRef],
    numbers: Collection[str],
    emails: Collection[str],
) -> None:
    """Add to `known` who has any of these personnel numbers or e-mail keys, with all their affiliations."""
    wanted = (list(numbers), roots_of(known.scope, refs), list(emails))
    people = dict[UUID, KnownPerson]()
    for person_id, keeps_email, *values in await _rows(session, _PEOPLE, wanted):
        told = dict(zip(PERSON_COLUMNS, values, strict=True))
        people[person_id] = KnownPerson(person_id, told, keeps_email, inside=known.scope == "/")
    for person_id, own_id, entity_id, from_on, is_primary, *values in await _rows(
        session, _AFFILIATIONS, wanted
    ):
        if (person := people.get(person_id)) is not None:
            ref, told = refs[entity_id], dict(zip(AFFILIATION_FIELDS, values, strict=True))
            person.affiliations.append(KnownAffiliation(own_id, ref, from_on, is_primary, told))
            person.inside = person.inside or ref.path.startswith(known.scope)
    for person in people.values():
        known.add(person)


async def load_officers(
    session: AsyncSession,
    known: Known,
    *,
    refs: Mapping[UUID, EntityRef],
    numbers: Collection[str],
    emails: Collection[str],
) -> None:
    """Add to `known` whom these personnel numbers and e-mail keys mean as reporting officers."""
    by_number = (list(numbers), roots_of(known.scope, refs))
    for root, number, person_id in await _rows(session, _OFFICERS_BY_NUMBER, by_number):
        known.officer_numbers.setdefault((root, number), set()).add(person_id)
    by_email = (list(emails), known.scope)
    for email, person_id, roots, inside in await _rows(session, _OFFICERS_BY_EMAIL, by_email):
        inside = bool(inside) or known.scope == "/"
        known.officer_emails[email] = Officer(person_id, frozenset(roots), inside)


async def lines_of_people(
    session: AsyncSession, import_id: UUID, person_ids: Collection[UUID]
) -> dict[UUID, int]:
    """Of these people those whom this import had in an earlier batch, with the line."""
    if not person_ids:
        return {}
    rows = await session.execute(
        text("SELECT person_id, line FROM import_results WHERE import_id = :id AND person_id = ANY(:people)"),
        {"id": import_id, "people": list(person_ids)},
    )
    return {row.person_id: row.line for row in rows}


async def pending_results(session: AsyncSession, import_id: UUID, *, after: int, limit: int) -> Sequence[Any]:
    """Lines whose reporting officers were not there yet when the line was taken in, with the officers they have."""
    statement = text(
        """SELECT r.line, r.outcome, r.person_id, r.pending, r.errors, a.id AS affiliation_id,
                  a.first_reporting_officer_id AS first_reporting_officer,
                  a.second_reporting_officer_id AS second_reporting_officer
             FROM import_results r JOIN affiliations a ON a.id = CAST(r.pending ->> 'affiliation' AS uuid)
            WHERE r.import_id = :id AND r.line > :after AND r.pending IS NOT NULL ORDER BY r.line LIMIT :limit"""
    )
    return (await session.execute(statement, {"id": import_id, "after": after, "limit": limit})).all()


async def lock_import(session: AsyncSession, import_id: UUID) -> Import:
    """The import, and nobody else works on it until this transaction ends."""
    found: Import | None = await session.scalar(
        select(Import).where(imports.c.id == import_id).with_for_update()
    )
    if found is None:
        raise ImportNotFound()
    return found


# -- what a sender reads -----------------------------------------------------------------------------------


async def get_import(session: AsyncSession, import_id: UUID, *, actor: Actor) -> Import:
    """An import of one's own, or one for an entity that one may import for; else as if it were not there."""
    statement = (
        select(Import, entities.c.path)
        .join(entities, entities.c.id == imports.c.entity_id, isouter=True)
        .where(imports.c.id == import_id)
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise ImportNotFound()
    found: Import = row[0]
    permission = PERMISSIONS[ImportKind(found.kind)]
    if not actor.may(permission) or not (
        found.by_id == actor.person_id or actor.may(permission, row.path or "/")
    ):
        raise ImportNotFound()
    return found


async def list_results(
    session: AsyncSession, import_id: UUID, *, outcome: str | None = None, after: int = 0, limit: int = 1_000
) -> Sequence[Any]:
    """Results in the order of the file, each with the person's name."""
    statement = (
        select(results, persons.c.name)
        .join(persons, persons.c.id == results.c.person_id, isouter=True)
        .where(results.c.import_id == import_id, results.c.line > after)
        .order_by(results.c.line)
        .limit(limit)
    )
    if outcome is not None:
        statement = statement.where(results.c.outcome == outcome)
    return (await session.execute(statement)).all()


async def named_files(session: AsyncSession, keys: Sequence[str]) -> set[str]:
    """Which of these storage keys an import still needs."""
    return set(await session.scalars(select(imports.c.file_key).where(imports.c.file_key.in_(keys))))
