"""Whom a rule reaches on a day: read the same way for its preview, its activation and every day after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from lms.assigned.domain.cost import Hit
from lms.assigned.domain.rules import RuleTerms
from lms.catalogue.domain import profile_for
from lms.catalogue.queries import get_profiles
from lms.completions.domain.programmes import Done
from lms.completions.validity_queries import valid_until_sql
from lms.kernel.statements import fetch
from lms.people.queries import main_on

MOST_BREAK = 31
"""Days: whoever comes back within so many has not joined anew."""


@dataclass(frozen=True, slots=True)
class Aim:
    """A rule as far as it reaches people: saved or not yet."""

    path: str  # of its entity
    terms: RuleTerms
    starts_on: date
    rule_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached(Hit):
    """Someone a rule reaches, by name. `holds`: a valid completion, so that nothing is assigned."""

    name: str
    sort_key: str
    joined_on: date


# A completion of any version counts as long as it is valid; see `done_on` for what counts as done later.
_HOLDS = f"""
CASE WHEN $5::text IS NOT NULL THEN EXISTS (
         SELECT 1 FROM completions m WHERE m.person_id = p.id AND m.course_id = (SELECT id FROM courses WHERE key = $5)
            AND coalesce({valid_until_sql("m")}, 'infinity') >= $2
            AND NOT EXISTS (SELECT 1 FROM completion_revocations v WHERE v.completion_id = m.id))
     ELSE EXISTS (
         SELECT 1 FROM programme_completions d WHERE d.person_id = p.id AND d.programme = $6
            AND coalesce({valid_until_sql("d")}, 'infinity') >= $2
            AND NOT EXISTS (SELECT 1 FROM programme_revocations v WHERE v.programme_completion_id = d.id))
     END"""
# Affiliations that follow one another are one service; it begins with the last one that follows a gap.
_JOINED = f"""
SELECT max(b.from_on) AS on_day FROM (
    SELECT f.from_on, max(coalesce(f.until_on, 'infinity')) OVER (
               ORDER BY f.from_on, f.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
      FROM affiliations f JOIN entities o ON o.id = f.entity_id
     WHERE f.person_id = a.person_id AND f.from_on <= a.from_on AND starts_with(o.path, $1)) b
 WHERE b.before IS NULL OR b.before < b.from_on - {MOST_BREAK + 1}"""
_REACHED = f"""
SELECT p.id, p.name, p.sort_key, e.key AS unit, e.name AS unit_name, a.kind, a.target_profile,
       joined.on_day AS joined_on, own.roles, up.focuses, s.id AS assignment_id, {_HOLDS} AS holds
  FROM affiliations a JOIN entities e ON e.id = a.entity_id JOIN persons p ON p.id = a.person_id
  CROSS JOIN LATERAL ({_JOINED}) joined
  LEFT JOIN LATERAL (
      SELECT array_agg(DISTINCT g.role) AS roles FROM role_grants g
       WHERE g.person_id = p.id AND g.partner_id IS NULL AND g.revoked_at IS NULL
         AND (g.until_on IS NULL OR g.until_on >= $2)) own ON true
  LEFT JOIN LATERAL (
      SELECT n.focuses FROM entities n WHERE starts_with(e.path, n.path) AND cardinality(n.focuses) > 0
       ORDER BY length(n.path) DESC LIMIT 1) up ON true
  LEFT JOIN assignments s ON s.rule_id = $3 AND s.person_id = p.id AND s.ended_on IS NULL
 WHERE starts_with(e.path, $1) AND p.erased_at IS NULL AND {main_on("a", "$2::date")}
   AND ($4::uuid[] IS NULL OR p.id = ANY($4))
   AND a.kind = ANY($7) AND (cardinality($8::text[]) = 0 OR a.grade = ANY($8))
   AND (cardinality($9::text[]) = 0 OR own.roles::text[] && $9) AND ($10::date IS NULL OR joined.on_day >= $10)
 ORDER BY p.sort_key, p.id"""


async def reached(
    session: AsyncSession, aim: Aim, *, today: date, people: Sequence[UUID] | None = None
) -> list[Reached]:
    """Whom a rule reaches today, in name order; with `people`, of these."""
    terms, whom = aim.terms, aim.terms.whom
    rows = await fetch(
        session,
        _REACHED,
        aim.path,
        today,
        aim.rule_id,
        None if people is None else list(people),
        terms.course,
        terms.programme,
        list(whom.kinds),
        list(whom.grades),
        list(whom.roles),
        aim.starts_on if whom.new_joiners else None,
    )
    profiles = (await get_profiles(session)).profiles if whom.profiles else ()
    return [_reached(row) for row in rows if not whom.profiles or _profile(profiles, row) in whom.profiles]


def _profile(profiles: Sequence[Any], row: Any) -> str | None:
    """The profile that holds for a post, chosen or by default."""
    found = profile_for(
        profiles,
        chosen=row["target_profile"],
        roles=row["roles"] or (),
        focuses=row["focuses"] or (),
        kind=row["kind"],
    )
    return found[0].key if found else None


def _reached(row: Any) -> Reached:
    return Reached(
        person_id=row["id"],
        name=row["name"],
        sort_key=row["sort_key"],
        unit=row["unit"],
        unit_name=row["unit_name"],
        joined_on=row["joined_on"],
        holds=row["holds"],
        is_assigned=row["assignment_id"] is not None,
    )


def done_on(assignment: str, rule: str) -> str:
    """In SQL: the day of the first completion that makes an assignment done; null when there is none.

    One that was valid on the day of the assignment, or since. That it lapses later leaves the assignment done: to
    renew is asked for elsewhere. A waiver asks for nothing when it ends, so it makes done only as long as it runs.
    """
    return f"""coalesce(
        (SELECT min(m.occurred_on) FROM completions m JOIN courses c ON c.id = m.course_id
          WHERE m.person_id = {assignment}.person_id AND c.key = {rule}.course
            AND coalesce({valid_until_sql("m")}, 'infinity') >= {assignment}.assigned_on
            AND (m.source <> 'waiver' OR m.valid_until >= current_date)
            AND NOT EXISTS (SELECT 1 FROM completion_revocations v WHERE v.completion_id = m.id)),
        (SELECT min(d.occurred_on) FROM programme_completions d
          WHERE d.person_id = {assignment}.person_id AND d.programme = {rule}.programme
            AND coalesce({valid_until_sql("d")}, 'infinity') >= {assignment}.assigned_on
            AND NOT EXISTS (SELECT 1 FROM programme_revocations v WHERE v.programme_completion_id = d.id)))"""


# Joined, not `<> ALL`: a prepared statement would compare each person with each of the others.
_LEFT_BEHIND = f"""
SELECT s.id, s.person_id FROM assignments s JOIN assignment_rules r ON r.id = s.rule_id
 WHERE s.rule_id = $1 AND s.ended_on IS NULL
   AND NOT EXISTS (SELECT 1 FROM unnest($2::uuid[]) AS now (id) WHERE now.id = s.person_id)
   AND ($3::uuid[] IS NULL OR s.person_id = ANY($3)) AND {done_on("s", "r")} IS NULL
 ORDER BY s.person_id"""


async def left_behind(
    session: AsyncSession, rule_id: UUID, *, reached: Sequence[UUID], people: Sequence[UUID] | None = None
) -> Sequence[Any]:
    """Assignments of a rule, not ended and not done, of people who are not among those it reaches."""
    return await fetch(
        session, _LEFT_BEHIND, rule_id, list(reached), None if people is None else list(people)
    )


_DONE = f"""
SELECT m.person_id, m.id, c.key, m.occurred_on, {valid_until_sql("m")} AS valid_until
  FROM completions m JOIN courses c ON c.id = m.course_id
 WHERE m.person_id = ANY($1) AND c.key = ANY($2)
   AND NOT EXISTS (SELECT 1 FROM completion_revocations v WHERE v.completion_id = m.id)"""


async def done_courses(
    session: AsyncSession, people: Sequence[UUID], courses: Sequence[str]
) -> dict[UUID, list[Done]]:
    """What these people have of these courses, for the rules of programmes."""
    found: dict[UUID, list[Done]] = {}
    for row in await fetch(session, _DONE, list(people), list(courses)):
        done = Done(row["id"], row["key"], row["occurred_on"], row["valid_until"])
        found.setdefault(row["person_id"], []).append(done)
    return found
