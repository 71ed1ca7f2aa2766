"""Every SELECT about skill records and standings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from lms.completions.models import Completion
from lms.completions.validity_queries import but_valid_until, valid_until, valid_until_sql
from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.people.models import Person
from lms.people.queries import fact_visible_to, main_on
from lms.skills.domain import Held
from lms.skills.models import SkillRecord, SkillRevocation

records = table_of(SkillRecord)
revocations = table_of(SkillRevocation)
persons = table_of(Person)
completions = table_of(Completion)


async def list_skill_records(
    session: AsyncSession,
    *,
    actor: Actor,
    person_id: UUID,
    from_on: date | None = None,
    until_on: date | None = None,
    after: Sequence[str] | None = None,
    limit: int = 50,
    permission: Permission = Permission.SKILLS_READ,
) -> Sequence[Any]:
    """A person's records that `actor` may see under `permission`, latest first, with when each was revoked."""
    statement = (
        select(
            *but_valid_until(records),
            valid_until(records),
            persons.c.name.label("person_name"),
            completions.c.course_id,
            completions.c.source.label("completion_source"),
            revocations.c.recorded_at.label("revoked_at"),
        )
        .join(persons, persons.c.id == records.c.person_id)
        .join(completions, completions.c.id == records.c.completion_id, isouter=True)
        .join(revocations, revocations.c.skill_record_id == records.c.id, isouter=True)
        .where(records.c.person_id == person_id)
        .where(fact_visible_to(actor, permission, records.c.person_id, records.c.occurred_on))
        .order_by(records.c.id.desc())
        .limit(limit)
    )
    if from_on is not None:
        statement = statement.where(records.c.occurred_on >= from_on)
    if until_on is not None:
        statement = statement.where(records.c.occurred_on <= until_on)
    if after is not None:
        statement = statement.where(records.c.id < UUID(after[0]))
    return (await session.execute(statement)).all()


async def held_as_at(session: AsyncSession, *, actor: Actor, person_id: UUID, moment: datetime) -> list[Held]:
    """Records known at `moment` and not revoked by then, as far as `actor` may see them."""
    revoked = exists().where(
        and_(revocations.c.skill_record_id == records.c.id, revocations.c.recorded_at <= moment)
    )
    statement = select(
        records.c.competency,
        records.c.level,
        records.c.source,
        records.c.occurred_on,
        valid_until(records, moment=moment),
        records.c.id,
    ).where(
        records.c.person_id == person_id,
        records.c.recorded_at <= moment,
        ~revoked,
        or_(fact_visible_to(actor, Permission.SKILLS_READ, records.c.person_id, records.c.occurred_on)),
    )
    return [Held(*row) for row in await session.execute(statement)]


async def records_of_completion(session: AsyncSession, completion_id: UUID) -> Sequence[Any]:
    """Unrevoked records that rest on a completion."""
    statement = select(records.c.id, records.c.person_id, records.c.competency, records.c.occurred_on).where(
        records.c.completion_id == completion_id,
        ~exists().where(revocations.c.skill_record_id == records.c.id),
    )
    return (await session.execute(statement)).all()


PROJECTED = text(
    f"""SELECT r.person_id, r.competency, r.level, r.source,
              max(coalesce({valid_until_sql("r")}, 'infinity'::date)) AS valid_until
         FROM skill_records r
        WHERE NOT EXISTS (SELECT 1 FROM skill_revocations v WHERE v.skill_record_id = r.id)
          AND (CAST(:person AS uuid) IS NULL OR r.person_id = :person)
        GROUP BY 1, 2, 3, 4"""
)


# -- how many people hold what -----------------------------------------------------------------------------

_STANDING = "SELECT person_id, competency FROM standings WHERE valid_until >= :day"
# A join and not a look-up for each record: many records are read, and few of them have a change of validity.
_STOOD = """
SELECT r.person_id, r.competency FROM skill_records r
  LEFT JOIN (SELECT DISTINCT ON (w.fact_id) w.fact_id, w.valid_until FROM validity_changes w
              WHERE w.recorded_at <= :moment ORDER BY w.fact_id, w.recorded_at DESC, w.id DESC) w ON w.fact_id = r.id
 WHERE r.recorded_at <= :moment AND r.occurred_on <= :day
   AND coalesce(w.valid_until, r.valid_until, 'infinity') >= :day
   AND NOT EXISTS (SELECT 1 FROM skill_revocations v WHERE v.skill_record_id = r.id AND v.recorded_at <= :moment)"""
_BITS = 60
"""Competencies in one whole number: a person's are gathered in few numbers, and millions of rows are read once."""


@dataclass(frozen=True, slots=True)
class Holders:
    """People of an entity who hold a level, by competency and by skill area, each person once."""

    entity_id: UUID
    by_competency: Mapping[str, int]
    by_area: Mapping[str, int]


async def count_holders(
    session: AsyncSession,
    *,
    entity_ids: Sequence[UUID] | None,
    kind: str,
    day: date,
    moment: datetime | None,
    areas: Mapping[str, Sequence[str]],
) -> list[Holders]:
    """How many people of a kind, whose main affiliation on `day` lies in each entity, hold a level that day.

    `areas` names the competencies of each skill area. With a `moment` it is what was known then, else what is now.
    No `entity_ids` are all of them, which is told apart because asking of each person costs more than counting all.
    """
    competencies = [each for area in areas.values() for each in area]
    at = {key: number for number, key in enumerate(competencies)}
    masks = [[at[each]] for each in competencies] + [[at[key] for key in keys] for keys in areas.values()]
    values: dict[str, Any] = {"kind": kind, "day": day, "keys": competencies, "places": list(at.values())}
    values |= {} if moment is None else {"moment": moment}
    values |= {} if entity_ids is None else {"entities": list(entity_ids)}
    statement = _holders_sql(masks, now=moment is None, everywhere=entity_ids is None)
    rows = (await session.execute(text(statement), values)).all()
    first = len(competencies)
    return [
        Holders(
            row.entity_id,
            dict(zip(competencies, row.counts, strict=False)),
            dict(zip(areas, row.counts[first:], strict=True)),
        )
        for row in rows
    ]


def _holders_sql(masks: Sequence[Sequence[int]], *, now: bool, everywhere: bool) -> str:
    """One count for each mask: of the people who hold any of its competencies, given by their places."""
    parts = range(max((place for mask in masks for place in mask), default=0) // _BITS + 1)
    bit = f"bit_or(CAST(1 AS bigint) << s.place % {_BITS}) FILTER (WHERE s.place / {_BITS} ="
    gathered = ", ".join(f"coalesce({bit} {part}), 0) AS bits_{part}" for part in parts)
    among = "a.entity_id IS NOT NULL" if everywhere else "a.entity_id = ANY(CAST(:entities AS uuid[]))"
    theirs = f"h.person_id IN (SELECT a.person_id FROM affiliations a WHERE {among})"
    counts = ", ".join(f"count(*) FILTER (WHERE {_any_of(mask)})" for mask in masks)
    return f"""
WITH held AS (
    SELECT h.person_id, {gathered}
      FROM ({_STANDING if now else _STOOD}) h
      JOIN unnest(CAST(:keys AS text[]), CAST(:places AS int[])) AS s(competency, place) USING (competency)
     WHERE {"true" if everywhere else theirs}
     GROUP BY 1)
SELECT a.entity_id, ARRAY[{counts}] AS counts
  FROM held h JOIN affiliations a ON a.person_id = h.person_id AND {main_on("a", ":day")}
 WHERE a.kind = :kind AND {among}
 GROUP BY 1"""


def _any_of(mask: Sequence[int]) -> str:
    bits: dict[int, int] = {}
    for place in mask:
        bits[place // _BITS] = bits.get(place // _BITS, 0) | 1 << place % _BITS
    return " OR ".join(f"h.bits_{part} & {each} <> 0" for part, each in bits.items()) or "false"
