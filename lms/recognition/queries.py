"""Every SELECT of recognition: policies in force, raw amounts from totals and from facts."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel.database import table_of
from lms.recognition.domain import Facts, Period, RecognitionPolicy, facts_of
from lms.recognition.models import Policy, PolicyAdoption

policies = table_of(Policy)
adoptions = table_of(PolicyAdoption)

# The one place that says which fact counts for which line; `{people}` narrows it, `{days}` is a condition on
# the day. Used for cut months, for correcting a month after a revocation, and for rebuilding everything.
AMOUNTS_FROM_FACTS = """
SELECT c.person_id, date_trunc('month', c.occurred_on)::date AS month, 'course:' || k.key AS line,
       max(c.minutes) AS amount
  FROM completions c JOIN courses k ON k.id = c.course_id
 WHERE {people_c} AND {days_c} AND c.source NOT IN ('waiver', 'equivalence')
   AND NOT EXISTS (SELECT 1 FROM completion_revocations v WHERE v.completion_id = c.id)
 GROUP BY 1, 2, 3
UNION ALL
SELECT s.person_id, date_trunc('month', s.occurred_on)::date, 'level:' || s.source || ':' || s.competency,
       max(s.level)
  FROM skill_records s
 WHERE {people_s} AND {days_s}
   AND NOT EXISTS (SELECT 1 FROM skill_revocations v WHERE v.skill_record_id = s.id)
 GROUP BY 1, 2, 3
"""


def amounts_sql(*, people: str = "true", days: str = "true") -> str:
    """`AMOUNTS_FROM_FACTS` with conditions in which `@` stands for the facts' table."""
    return AMOUNTS_FROM_FACTS.format(
        people_c=people.replace("@", "c"),
        people_s=people.replace("@", "s"),
        days_c=days.replace("@", "c"),
        days_s=days.replace("@", "s"),
    )


_CUT_MONTHS = text(
    amounts_sql(
        people="@.person_id = ANY(CAST(:people AS uuid[]))",
        days="(@.occurred_on BETWEEN :from_1 AND :until_1 OR @.occurred_on BETWEEN :from_2 AND :until_2)",
    )
)
_WHOLE_MONTHS = text(
    """SELECT person_id, line, max(amount) FROM recognition_totals
        WHERE person_id = ANY(CAST(:people AS uuid[])) AND month BETWEEN :first AND :last GROUP BY 1, 2"""
)


async def facts_by_person(
    session: AsyncSession, *, person_ids: Sequence[UUID], period: Period
) -> dict[UUID, Facts]:
    """Raw amounts of these people over the period: whole months from the totals, cut ones from the facts."""
    months, cuts = period.split()
    amounts: dict[UUID, list[tuple[str, int]]] = {person: [] for person in person_ids}
    if months is not None:
        values = {"people": list(person_ids), "first": months[0], "last": months[1]}
        for person, line, amount in await session.execute(_WHOLE_MONTHS, values):
            amounts[person].append((line, amount))
    if cuts:
        first, last = cuts[0], cuts[-1]
        cut: dict[str, Any] = {"from_1": first[0], "until_1": first[1], "from_2": last[0], "until_2": last[1]}
        for person, _, line, amount in await session.execute(
            _CUT_MONTHS, {"people": list(person_ids), **cut}
        ):
            amounts[person].append((line, amount))
    return {person: facts_of(pairs) for person, pairs in amounts.items()}


async def adopted_policy(
    session: AsyncSession, *, entity_path: str, day: date
) -> tuple[RecognitionPolicy, str, Any] | None:
    """Policy, digest and adoption in force on `day` for the entity at this path, or for its nearest ancestor."""
    statement = text(
        """SELECT p.content, p.digest, a.from_on, a.consultation, e.key AS entity
             FROM recognition_adoptions a
             JOIN recognition_policies p ON p.id = a.policy_id
             JOIN entities e ON e.id = a.entity_id
            WHERE starts_with(:path, e.path) AND a.from_on <= :day
            ORDER BY length(e.path) DESC, a.from_on DESC, a.adopted_at DESC LIMIT 1"""
    )
    row = (await session.execute(statement, {"path": entity_path, "day": day})).one_or_none()
    return None if row is None else (RecognitionPolicy.from_json(row.content), row.digest, row)


async def find_policy(session: AsyncSession, key: str) -> Any | None:
    """The latest published version of a policy."""
    statement = select(policies).where(policies.c.key == key).order_by(policies.c.version.desc()).limit(1)
    return (await session.execute(statement)).one_or_none()


_ADOPTION = """p.key, p.version, p.digest, p.content, a.from_on, a.consultation, a.adopted_at,
       e.key AS entity, e.name AS entity_name, w.name AS adopted_by
  FROM recognition_adoptions a JOIN recognition_policies p ON p.id = a.policy_id
  JOIN entities e ON e.id = a.entity_id JOIN persons w ON w.id = a.adopted_by_id"""
_IN_FORCE = text(
    f"""SELECT DISTINCT ON (x.path) x.path, {_ADOPTION}
          JOIN unnest(CAST(:paths AS text[])) AS x(path) ON starts_with(x.path, e.path)
         WHERE a.from_on <= :day ORDER BY x.path, length(e.path) DESC, a.from_on DESC, a.adopted_at DESC"""
)
_TO_COME = text(
    f"""SELECT e.path, {_ADOPTION} WHERE e.path = ANY(CAST(:paths AS text[])) AND a.from_on > :day
         ORDER BY a.from_on, a.adopted_at"""
)


async def adoptions_in_force(session: AsyncSession, *, paths: Sequence[str], day: date) -> dict[str, Any]:
    """By entity path, what `adopted_policy` answers, with who adopted it; for many entities in one statement."""
    rows = await session.execute(_IN_FORCE, {"paths": list(paths), "day": day})
    return {row.path: row for row in rows}


async def adoptions_to_come(session: AsyncSession, *, paths: Sequence[str], day: date) -> Sequence[Any]:
    """Adoptions by these entities from a day after `day`, the soonest first."""
    return (await session.execute(_TO_COME, {"paths": list(paths), "day": day})).all()


async def latest_policies(session: AsyncSession) -> Sequence[Any]:
    """The latest published version of each policy (key, version, digest, content, published_at)."""
    statement = text(
        """SELECT DISTINCT ON (key) key, version, digest, content, published_at
             FROM recognition_policies ORDER BY key, version DESC"""
    )
    return (await session.execute(statement)).all()
