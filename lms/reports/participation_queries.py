"""Who took part in which course and when, as counts. Each person once for each course and calendar year."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.queries import CourseTitle
from lms.people.queries import main_on
from lms.recognition.domain import Period


@dataclass(frozen=True, slots=True)
class Scope:
    """What is counted. `places`: for an entity's own people a unit's number, and whether they are the reader's own.

    `entity_ids` None: of every entity, which saves asking it of each person.
    """

    period: Period
    kind: str
    by: str
    entity_ids: Sequence[UUID] | None
    places: Sequence[tuple[UUID, int, bool]]

    def values(self) -> dict[str, Any]:
        """As parameters of a statement."""
        entities = {} if self.entity_ids is None else {"entities": list(self.entity_ids)}
        return entities | {
            "from_on": self.period.from_on,
            "until_on": self.period.until_on,
            "kind": self.kind,
            "place_entities": [each[0] for each in self.places],
            "place_units": [each[1] for each in self.places],
            "place_own": [each[2] for each in self.places],
        }


_ENROLLED = """
SELECT f.id, f.person_id, f.course_id, CAST(f.enrolled_at AT TIME ZONE 'UTC' AS date) AS day, f.language
  FROM enrolments f
 WHERE f.enrolled_at >= CAST(:from_on AS date) AND f.enrolled_at < CAST(:until_on AS date) + 1"""
_COMPLETED = """
SELECT f.id, f.person_id, f.course_id, f.occurred_on AS day
  FROM completions f
 WHERE f.occurred_on BETWEEN :from_on AND :until_on AND f.source IN ('activities', 'recorded')
   AND NOT EXISTS (SELECT 1 FROM completion_revocations r WHERE r.completion_id = f.id)"""
_THEIRS = """
   AND f.person_id IN (SELECT t.person_id FROM affiliations t WHERE t.entity_id = ANY(CAST(:entities AS uuid[])))"""
# The first of each person, course and year, whoever asks: else somebody who moved would count here for one reader and
# there for another.
_COUNTED = """
WITH facts AS ({facts}),
first AS (
    SELECT DISTINCT ON (f.person_id, f.course_id, date_part('year', f.day)) f.*, a.entity_id
      FROM facts f JOIN affiliations a ON a.person_id = f.person_id AND a.kind = :kind AND {main}
     ORDER BY f.person_id, f.course_id, date_part('year', f.day), f.day, f.id)
SELECT u.unit, u.own, {what} AS what, CAST(date_trunc('{by}', f.day) AS date) AS first_day, count(*) AS people
  FROM first f JOIN unnest(CAST(:place_entities AS uuid[]), CAST(:place_units AS int[]), CAST(:place_own AS bool[]))
                    AS u(entity_id, unit, own) ON u.entity_id = f.entity_id
 GROUP BY 1, 2, 3, 4
"""


async def enrolled(session: AsyncSession, scope: Scope) -> Sequence[Any]:
    """Enrolments by (unit, own, what: the course's id, first_day)."""
    return await _count(session, scope, _ENROLLED, "f.course_id", scope.by)


async def completed(session: AsyncSession, scope: Scope) -> Sequence[Any]:
    """The same of completions that were not revoked."""
    return await _count(session, scope, _COMPLETED, "f.course_id", scope.by)


async def languages(session: AsyncSession, scope: Scope) -> Sequence[Any]:
    """Enrolments by (unit, own, what: the language, first_day of the year)."""
    return await _count(session, scope, _ENROLLED, "f.language", "year")


async def _count(session: AsyncSession, scope: Scope, facts: str, what: str, by: str) -> Sequence[Any]:
    theirs = "" if scope.entity_ids is None else _THEIRS
    sql = _COUNTED.format(facts=facts + theirs, what=what, by=by, main=main_on("a", "f.day"))
    return (await session.execute(text(sql), scope.values())).all()


async def titles_of(
    session: AsyncSession, course_ids: Sequence[UUID], *, language: str
) -> dict[UUID, CourseTitle]:
    """What courses are called, those no longer on offer too."""
    statement = text(
        """SELECT DISTINCT ON (c.id) c.id, c.key, t.title, t.language
             FROM courses c JOIN course_texts t ON t.course_id = c.id
            WHERE c.id = ANY(CAST(:ids AS uuid[]))
            ORDER BY c.id, t.language = :language DESC, t.language = 'en' DESC, t.language"""
    )
    rows = await session.execute(statement, {"ids": list(course_ids), "language": language})
    return {row.id: CourseTitle(row.key, row.title, row.language) for row in rows}
