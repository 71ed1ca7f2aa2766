"""The rows and sums reports are made of: read only, across rooms.

Who is listed is decided once, in `_PEOPLE`: those whose primary affiliation lay in the entity or below on the
last day of the period, once each.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel import clock
from lms.people.queries import main_on
from lms.recognition.domain import Period
from lms.recognition.queries import amounts_sql

_IN_SCOPE = f"""entities e JOIN affiliations a ON a.entity_id = e.id
 WHERE starts_with(e.path, :path) AND a.kind = ANY(CAST(:kinds AS text[])) AND {main_on("a", ":day")}"""
_LISTED = f"SELECT a.person_id FROM {_IN_SCOPE}"
_PEOPLE = f"""
SELECT p.id, p.name, p.sort_key, x.entity, x.grade, x.kind, x.post_title
  FROM (SELECT a.person_id, e.key AS entity, a.grade, a.kind, a.post_title
          FROM {_IN_SCOPE}) x
  JOIN persons p ON p.id = x.person_id
"""
_PEOPLE_AFTER = text(
    _PEOPLE
    + """ WHERE CAST(:after_key AS text) IS NULL OR (p.sort_key, p.id) > (:after_key, CAST(:after_id AS uuid))
          ORDER BY p.sort_key, p.id LIMIT :limit"""
)
_ONE_PERSON = text(_PEOPLE + " WHERE p.id = :person")


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom a report is about: an entity's path, kinds of affiliation, the period and the day of listing."""

    path: str
    kinds: tuple[str, ...]
    period: Period
    day: date

    def values(self) -> dict[str, Any]:
        """As parameters of a statement."""
        return {"path": self.path, "kinds": list(self.kinds), "day": self.day}


async def list_people_in(
    session: AsyncSession, scope: Scope, *, after: Sequence[str] | None, limit: int
) -> Sequence[Any]:
    """People of the report in name order (id, name, sort_key, entity, grade, kind, post_title)."""
    key, person = after or (None, None)
    values = scope.values() | {
        "after_key": key,
        "after_id": None if person is None else UUID(person),
        "limit": limit,
    }
    return (await session.execute(_PEOPLE_AFTER, values)).all()


async def find_person_in(session: AsyncSession, scope: Scope, person_id: UUID) -> Any | None:
    """One person's row, as of `list_people_in`, if the report lists them."""
    values = scope.values() | {"person": person_id}
    return (await session.execute(_ONE_PERSON, values)).one_or_none()


# Sums over all people of the report. Lines are maxima, so each person's months are merged before they are added.
_MERGED = """
SELECT t.person_id, t.line, max(t.amount) AS amount
  FROM recognition_totals t
 WHERE t.person_id IN (SELECT person_id FROM listed) AND t.month BETWEEN :first AND :last
 GROUP BY 1, 2
"""
_MERGED_WITH_CUTS = f"""
SELECT person_id, line, max(amount) AS amount FROM (
    SELECT t.person_id, t.line, t.amount FROM recognition_totals t
     WHERE t.person_id IN (SELECT person_id FROM listed) AND t.month BETWEEN :first AND :last
    UNION ALL
    SELECT person_id, line, amount FROM ({
    amounts_sql(
        people="@.person_id IN (SELECT person_id FROM listed)",
        days="(@.occurred_on BETWEEN :from_1 AND :until_1 OR @.occurred_on BETWEEN :from_2 AND :until_2)",
    )
}) f) u GROUP BY 1, 2
"""
_SUMMARY = """
WITH listed AS ({listed}), merged AS ({merged})
SELECT (SELECT count(*) FROM listed) AS people,
       count(DISTINCT person_id) FILTER (WHERE starts_with(line, 'course:')) AS learners,
       count(*) FILTER (WHERE starts_with(line, 'course:')) AS courses,
       coalesce(sum(amount) FILTER (WHERE starts_with(line, 'course:')), 0) AS minutes,
       count(DISTINCT person_id) FILTER (WHERE starts_with(line, 'level:')) AS skilled
  FROM merged
"""
_BY_COMPETENCY = """
WITH listed AS ({listed}), merged AS ({merged})
SELECT split_part(line, ':', 3) AS competency, count(DISTINCT person_id) AS people
  FROM merged WHERE starts_with(line, 'level:') GROUP BY 1 ORDER BY 1
"""
_BY_MONTH = text(
    f"""
WITH listed AS ({_LISTED})
SELECT t.month, count(*) AS courses, sum(t.amount) AS minutes FROM recognition_totals t
 WHERE t.person_id IN (SELECT person_id FROM listed) AND t.month BETWEEN :first AND :last
   AND starts_with(t.line, 'course:')
 GROUP BY 1 ORDER BY 1
"""
)


def _period_values(period: Period) -> tuple[dict[str, Any], bool]:
    """Parameters for whole months and cut ones; whether there are cut ones."""
    months, cuts = period.split()
    first, last = months or (date.max, date.min)
    values: dict[str, Any] = {"first": first, "last": last}
    if cuts:
        values |= {"from_1": cuts[0][0], "until_1": cuts[0][1], "from_2": cuts[-1][0], "until_2": cuts[-1][1]}
    return values, bool(cuts)


async def _merged(session: AsyncSession, scope: Scope, statement: str) -> Sequence[Any]:
    values, has_cuts = _period_values(scope.period)
    merged = _MERGED_WITH_CUTS if has_cuts else _MERGED
    sql = text(statement.format(listed=_LISTED, merged=merged))
    return (await session.execute(sql, scope.values() | values)).all()


async def summary_of(session: AsyncSession, scope: Scope) -> Any:
    """Headline figures: people, learners, courses, minutes, people with skill records."""
    return (await _merged(session, scope, _SUMMARY))[0]


async def people_by_competency(session: AsyncSession, scope: Scope) -> Sequence[Any]:
    """How many people showed each competency in the period."""
    return await _merged(session, scope, _BY_COMPETENCY)


async def courses_by_month(session: AsyncSession, scope: Scope) -> Sequence[Any]:
    """Courses and minutes by whole month of the period."""
    values, _ = _period_values(scope.period)
    return (await session.execute(_BY_MONTH, scope.values() | values)).all()


async def service_spans(
    session: AsyncSession, person_ids: Sequence[UUID], period: Period
) -> tuple[dict[UUID, list[tuple[date, date | None, int]]], dict[UUID, list[tuple[date, date]]]]:
    """Affiliations to entities and absences that touch the period, by person."""
    values = {"people": list(person_ids), "from_on": period.from_on, "until_on": period.until_on}
    spans: dict[UUID, list[tuple[date, date | None, int]]] = {person: [] for person in person_ids}
    away: dict[UUID, list[tuple[date, date]]] = {person: [] for person in person_ids}
    for row in await session.execute(_SPANS, values):
        spans[row[0]].append((row[1], row[2], row[3]))
    for row in await session.execute(_ABSENCES, values):
        away[row[0]].append((row[1], row[2]))
    return spans, away


_SPANS = text(
    """SELECT person_id, from_on, until_on, working_time_percent FROM affiliations
        WHERE person_id = ANY(CAST(:people AS uuid[])) AND entity_id IS NOT NULL AND kind <> 'former'
          AND from_on <= :until_on AND (until_on IS NULL OR until_on >= :from_on)"""
)
_ABSENCES = text(
    """SELECT person_id, from_on, until_on FROM absences
        WHERE person_id = ANY(CAST(:people AS uuid[])) AND from_on <= :until_on AND until_on >= :from_on"""
)


async def left_during(session: AsyncSession, scope: Scope) -> Sequence[Any]:
    """People whose primary affiliation in scope ended within the period and who are not listed, in name order."""
    statement = text(
        f"""
        SELECT p.id, p.name, max(a.until_on) AS until_on
          FROM entities e JOIN affiliations a ON a.entity_id = e.id JOIN persons p ON p.id = a.person_id
         WHERE starts_with(e.path, :path) AND a.is_primary AND a.kind = ANY(CAST(:kinds AS text[]))
           AND a.until_on >= :from_on AND a.until_on < :day AND a.person_id NOT IN ({_LISTED})
         GROUP BY 1, 2, p.sort_key ORDER BY p.sort_key, p.id LIMIT 500"""
    )
    return (await session.execute(statement, scope.values() | {"from_on": scope.period.from_on})).all()


# -- the completion report ---------------------------------------------------------------------------------

# The latest enrolment of each person, as far as it had not ended before the present affiliation began. Partner
# personnel and those who retired or left are in no report, whatever affiliation says so.
_ENROLLED = text(
    f"""
SELECT n.person_id, p.name, e.key AS entity, n.state, n.course_version_id, n.completed_at, n.progress
  FROM (SELECT DISTINCT ON (person_id) id, person_id, state, course_version_id, completed_at, withdrawn_at, progress
          FROM enrolments WHERE course_id = :course ORDER BY person_id, id DESC) n
  JOIN affiliations a ON a.person_id = n.person_id AND {main_on("a", ":day")}
       AND a.kind = ANY(CAST(:kinds AS text[]))
       AND coalesce(n.completed_at, n.withdrawn_at, 'infinity') >= a.from_on
  JOIN entities e ON e.id = a.entity_id AND starts_with(e.path, :path)
  JOIN persons p ON p.id = n.person_id
 ORDER BY p.sort_key, p.id
"""
).columns(progress=JSONB())


async def enrolled_versions(session: AsyncSession, course_id: UUID) -> Sequence[UUID]:
    """Versions of a course that somebody is, or was, enrolled in."""
    statement = text("SELECT DISTINCT course_version_id FROM enrolments WHERE course_id = :course")
    return (await session.scalars(statement, {"course": course_id})).all()


async def stream_enrolled_in(
    session: AsyncSession, *, course_id: UUID, path: str, kinds: Sequence[str]
) -> AsyncIterator[Any]:
    """People of an entity and below on a course, in name order, read through a cursor so that memory stays flat.

    Rows: person_id, name, entity, state, course_version_id, completed_at, progress.
    """
    values = {"course": course_id, "path": path, "kinds": list(kinds), "day": clock.today()}
    result = await session.stream(_ENROLLED, values, execution_options={"yield_per": 1000})
    async for batch in result.partitions():
        for row in batch:
            yield row


# -- learning time -------------------------------------------------------------------------------------------

# Of each entity in scope, how many of its people have a plan, set their time or completed a course, and how long. A
# course completed twice in the period counts once.
_LEARNING_TIME = text(
    f"""
WITH listed AS (SELECT DISTINCT e.id AS entity_id, a.person_id FROM {_IN_SCOPE}),
used AS (
    SELECT person_id, sum(minutes) AS minutes FROM (
        SELECT m.person_id, m.course_id, max(m.minutes) AS minutes FROM completions m
         WHERE m.person_id IN (SELECT person_id FROM listed) AND m.occurred_on BETWEEN :from_on AND :until_on
           AND m.source NOT IN ('waiver', 'equivalence')
           AND NOT EXISTS (SELECT 1 FROM completion_revocations r WHERE r.completion_id = m.id)
         GROUP BY 1, 2) c GROUP BY 1)
SELECT o.key, o.name, o.path, count(l.person_id) AS people,
       count(n.id) AS planning, coalesce(sum((n.content->>'minutes')::int), 0)::bigint AS planned,
       count(t.person_id) AS protecting, coalesce(sum(t.weekly_minutes), 0)::bigint AS weekly,
       count(u.person_id) AS learning, coalesce(sum(u.minutes), 0)::bigint AS used
  FROM entities o
  LEFT JOIN listed l ON l.entity_id = o.id
  LEFT JOIN plans n ON n.person_id = l.person_id AND n.state = 'active'
  LEFT JOIN learning_times t ON t.person_id = l.person_id
  LEFT JOIN used u ON u.person_id = l.person_id
 WHERE starts_with(o.path, :path)
 GROUP BY o.id ORDER BY o.path
"""
)


async def learning_time_of(session: AsyncSession, scope: Scope) -> Sequence[Any]:
    """Every entity at the scope's path and below with sums over its own people, in the order of the tree.

    Rows: key, name, path, people; planning, planned; protecting, weekly; learning, used (people, then minutes).
    """
    values = scope.values() | {"from_on": scope.period.from_on, "until_on": scope.period.until_on}
    return (await session.execute(_LEARNING_TIME, values)).all()
