"""Which completions end soon, for those who are to be reminded."""

from collections.abc import Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from lms.completions.validity_queries import valid_until_sql
from lms.kernel.statements import fetch

# Where a waiver holds longest nothing is to be renewed: it ends, and until then the course need not be taken.
# Nobody is told who is absent or has left, nor who is on the course already; nor anybody of a retired course.
_ENDING = f"""
WITH touched AS (
    SELECT person_id, course_id FROM completions WHERE valid_until BETWEEN $1 AND $2
    UNION
    SELECT m.person_id, m.course_id FROM validity_changes w JOIN completions m ON m.id = w.fact_id
     WHERE w.valid_until BETWEEN $1 AND $2),
held AS (
    SELECT DISTINCT ON (m.person_id, m.course_id) m.id, m.person_id, m.course_id, m.source,
           {valid_until_sql("m")} AS valid_until,
           (SELECT w.superseded_by_id FROM validity_changes w WHERE w.fact_id = m.id
             ORDER BY w.recorded_at DESC, w.id DESC LIMIT 1) AS superseded_by_id
      FROM touched t JOIN completions m USING (person_id, course_id)
     WHERE NOT EXISTS (SELECT 1 FROM completion_revocations r WHERE r.completion_id = m.id)
     ORDER BY m.person_id, m.course_id, 5 DESC NULLS FIRST, m.id DESC)
SELECT h.id, h.valid_until, h.superseded_by_id, c.key, c.current_version_id, p.email, p.language
  FROM held h JOIN courses c ON c.id = h.course_id AND c.retired_at IS NULL AND c.current_version_id IS NOT NULL
  JOIN persons p ON p.id = h.person_id AND p.erased_at IS NULL AND p.email IS NOT NULL
 WHERE h.valid_until BETWEEN $1 AND $2 AND h.source <> 'waiver'
   AND NOT EXISTS (SELECT 1 FROM enrolments n
                    WHERE n.person_id = h.person_id AND n.course_id = h.course_id AND n.state = 'active')
   AND NOT EXISTS (SELECT 1 FROM absences b WHERE b.person_id = h.person_id AND $3 BETWEEN b.from_on AND b.until_on)
   AND EXISTS (SELECT 1 FROM affiliations a WHERE a.person_id = h.person_id AND a.kind <> 'former'
                  AND a.from_on <= $3 AND (a.until_on IS NULL OR a.until_on >= $3))
 ORDER BY h.id
"""


async def completions_ending(session: AsyncSession, *, first: date, last: date, today: date) -> Sequence[Any]:
    """Of people who are here, what holds longest of each course and ends between two days: rows with `id`, `key`,
    `valid_until`, `superseded_by_id`, `current_version_id`, `email` and `language`.
    """
    return [SimpleNamespace(**row) for row in await fetch(session, _ENDING, first, last, today)]
