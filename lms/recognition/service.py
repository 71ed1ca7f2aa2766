"""Keep the monthly totals as facts arrive; publish and adopt policies. The room's only writer."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.queries import get_edition
from lms.completions.domain import UNCOUNTED, CompletionRevoked, CourseCompleted
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.kernel.errors import Fault, Invalid
from lms.kernel.writes import flush, gather
from lms.people.queries import get_entity_visible_to
from lms.recognition import queries
from lms.recognition.domain import (
    PolicyNotFound,
    RecognitionPolicy,
    course_line,
    digest_of_policy,
    level_line,
)
from lms.recognition.models import MonthlyTotal, Policy, PolicyAdoption
from lms.skills.domain import SkillsRecorded, SkillsRevoked

totals = table_of(MonthlyTotal)
_MAX = "(person_id, month, line) DO UPDATE SET amount = GREATEST(recognition_totals.amount, EXCLUDED.amount)"


async def on_course_completed(session: AsyncSession, events: Sequence[CourseCompleted]) -> None:
    """Reaction: count the course and its minutes in the month it is about, unless its source counts nowhere."""
    amounts: dict[tuple[UUID, date, str], int] = {}
    for event in events:
        if event.source in UNCOUNTED:
            continue
        edition = await get_edition(session, event.course_version_id)
        key = (event.person_id, clock.first_of_month(event.occurred_on), course_line(edition.key))
        amounts[key] = max(event.minutes, amounts.get(key, 0))
    _gather(session, amounts)


async def on_skills_recorded(session: AsyncSession, events: Sequence[SkillsRecorded]) -> None:
    """Reaction: count the levels in the month they are about."""
    amounts: dict[tuple[UUID, date, str], int] = {}
    for event in events:
        for competency, level in event.levels:
            month = clock.first_of_month(event.occurred_on)
            key = (event.person_id, month, level_line(event.source, competency))
            amounts[key] = max(level, amounts.get(key, 0))
    _gather(session, amounts)


def _gather(session: AsyncSession, amounts: Mapping[tuple[UUID, date, str], int]) -> None:
    # In key order: two batches about the same people take their row locks in the same order.
    rows = [
        {"person_id": person, "month": month, "line": line, "amount": amounts[person, month, line]}
        for person, month, line in sorted(amounts)
    ]
    gather(session, totals, rows, on_conflict=_MAX)


async def on_completion_revoked(session: AsyncSession, events: Sequence[CompletionRevoked]) -> None:
    """Reaction: a maximum cannot be taken back, so the month is counted anew from the facts."""
    for event in events:
        await recount_month(session, person_id=event.person_id, month=clock.first_of_month(event.occurred_on))


async def on_skills_revoked(session: AsyncSession, events: Sequence[SkillsRevoked]) -> None:
    """Reaction: as for completions."""
    for event in events:
        for month in sorted({clock.first_of_month(day) for day in event.days}):
            await recount_month(session, person_id=event.subject_id, month=month)


_RECOUNT = text(
    "INSERT INTO recognition_totals (person_id, month, line, amount) "
    + queries.amounts_sql(
        people="@.person_id = :person",
        days="@.occurred_on >= :month AND @.occurred_on < CAST(:month AS date) + interval '1 month'",
    )
    + f" ON CONFLICT {_MAX}"
)


async def recount_month(session: AsyncSession, *, person_id: UUID, month: date) -> None:
    """Count one person's month anew.

    A completion recorded at the same moment is not lost: its own upsert waits for ours (or ours for it), and
    a maximum of both is right whichever comes first.
    """
    await flush(session)
    values = {"person": person_id, "month": month}
    await session.execute(
        text("DELETE FROM recognition_totals WHERE person_id = :person AND month = :month"), values
    )
    await session.execute(_RECOUNT, values)


async def rebuild_totals(session: AsyncSession) -> None:
    """Count everything anew from the facts."""
    await session.execute(text("DELETE FROM recognition_totals"))
    await session.execute(
        text(
            "INSERT INTO recognition_totals (person_id, month, line, amount) "
            f"{queries.amounts_sql()} ON CONFLICT {_MAX}"
        )
    )


async def publish_policy(session: AsyncSession, content: Mapping[str, Any]) -> UUID:
    """Publish a policy; the same content again is the same policy, another under the same version is refused."""
    policy = RecognitionPolicy.from_json(content)
    digest = digest_of_policy(content)
    latest = await queries.find_policy(session, policy.key)
    if latest is not None and latest.digest == digest:
        return UUID(str(latest.id))
    if latest is not None and policy.version <= latest.version:
        raise Invalid(
            f"Policy {policy.key!r} has changed: raise its version above {latest.version}.",
            faults=[Fault("/version", "A published version is never changed.")],
        )
    published = Policy(key=policy.key, version=policy.version, digest=digest, content=dict(content))
    session.add(published)
    await session.flush()
    return published.id


async def adopt_policy(
    session: AsyncSession, *, acting: Actor, entity: str, policy: str, from_on: date, consultation: str
) -> PolicyAdoption:
    """Have an entity, and what lies under it, count by a policy from a day on."""
    owner = await get_entity_visible_to(session, entity, actor=acting, permission=Permission.POLICIES_ADOPT)
    found = await queries.find_policy(session, policy)
    if found is None:
        raise PolicyNotFound(f"There is no policy {policy!r}.")
    if from_on < found.published_at.date():
        raise Invalid(
            "A policy is adopted from a day not earlier than its publication.",
            faults=[Fault("/from", f"The policy was published on {found.published_at.date()}.")],
        )
    if not consultation.strip():
        raise Invalid(
            "Say how staff representatives were consulted.", faults=[Fault("/consultation", "Required.")]
        )
    adoption = PolicyAdoption(
        entity_id=owner.id,
        policy_id=found.id,
        adopted_by_id=acting.person_id,
        from_on=from_on,
        consultation=consultation.strip(),
    )
    session.add(adoption)
    await session.flush()
    return adoption
