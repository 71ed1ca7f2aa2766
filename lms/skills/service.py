"""Append skill records for what was completed or assessed, keep the standing, revoke. The room's only writer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.queries import get_edition, get_taxonomy
from lms.completions.domain import TAKEN, CompletionRevoked, CourseCompleted
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import table_of
from lms.kernel.events import publish
from lms.kernel.ids import new_id
from lms.kernel.writes import flush, gather
from lms.skills import queries
from lms.skills.domain import (
    ASSESSED_THERE,
    ASSESSED_WORK,
    ATTESTED_PRACTICE,
    COURSE,
    PRIOR_LEARNING,
    RULE,
    SkillsRecorded,
    SkillsRevoked,
)
from lms.skills.models import SkillRecord, SkillRevocation, Standing

records = table_of(SkillRecord)
standings = table_of(Standing)

_HIGHER = (
    "(person_id, competency, level, source) DO UPDATE "
    "SET valid_until = GREATEST(standings.valid_until, EXCLUDED.valid_until)"
)


@dataclass(frozen=True, slots=True)
class Assessed:
    """A piece of work that an assessor passed."""

    submission_id: UUID
    person_id: UUID
    course_version_id: UUID
    assessor_id: UUID
    occurred_on: date
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class Shown:
    """Competencies that an assessor confirmed at levels above 0, learned elsewhere."""

    completion_id: UUID
    person_id: UUID
    course_version_id: UUID
    assessor_id: UUID
    occurred_on: date
    valid_until: date | None
    levels: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class AssessedThere:
    """What somebody's work at a joint training showed an assessor of their own side, at levels above 0."""

    assessment_id: UUID
    person_id: UUID
    assessor_id: UUID
    occurred_on: date
    levels: Mapping[str, int]


async def on_course_completed(session: AsyncSession, events: Sequence[CourseCompleted]) -> None:
    """Reaction: append what each course that was taken teaches by its own activities, up to the ceiling.

    A waiver and an equivalence show nothing of what a person can do; an assessor who confirms prior learning says so.
    """
    ceiling = (await get_taxonomy(session)).ceiling(COURSE)
    rows, said, at = [], [], clock.now()
    for event in events:
        if event.source not in TAKEN:
            continue
        edition = await get_edition(session, event.course_version_id)
        levels = [(each.competency, min(each.level, ceiling)) for each in edition.course.teaches]
        made = [
            _row(event.person_id, competency, level, COURSE, event.occurred_on, event.valid_until, at)
            | {"completion_id": event.subject_id, "course_version_id": event.course_version_id}
            for competency, level in levels
            if level > 0
        ]
        rows.extend(made)
        if made:
            said.append(_recorded(event.subject_id, made))
    await _append(session, rows, said, acting=None)


async def record_assessed_work(session: AsyncSession, *, acting: Actor, assessed: Assessed) -> None:
    """Append what a passed piece of work shows, up to the ceiling of assessed work."""
    ceiling = (await get_taxonomy(session)).ceiling(ASSESSED_WORK)
    edition = await get_edition(session, assessed.course_version_id)
    rows = [
        _row(
            assessed.person_id,
            each.competency,
            min(each.assessed_level, ceiling),
            ASSESSED_WORK,
            assessed.occurred_on,
            assessed.valid_until,
            clock.now(),
        )
        | {
            "course_version_id": assessed.course_version_id,
            "submission_id": assessed.submission_id,
            "assessor_id": assessed.assessor_id,
        }
        for each in edition.course.teaches
        if each.assessed_level
    ]
    await _append(session, rows, [_recorded(assessed.submission_id, rows)] if rows else [], acting=acting)


async def record_shown(session: AsyncSession, *, acting: Actor, shown: Shown) -> None:
    """Append what prior learning shows, up to its ceiling; it falls with the completion."""
    ceiling = (await get_taxonomy(session)).ceiling(PRIOR_LEARNING)
    rows = [
        _row(
            shown.person_id,
            competency,
            min(level, ceiling),
            PRIOR_LEARNING,
            shown.occurred_on,
            shown.valid_until,
            clock.now(),
        )
        | {
            "completion_id": shown.completion_id,
            "course_version_id": shown.course_version_id,
            "assessor_id": shown.assessor_id,
        }
        for competency, level in shown.levels.items()
    ]
    await _append(session, rows, [_recorded(shown.completion_id, rows)] if rows else [], acting=acting)


async def record_assessed_there(session: AsyncSession, *, acting: Actor, assessed: AssessedThere) -> None:
    """Append what work at a joint training shows, up to its ceiling."""
    ceiling = (await get_taxonomy(session)).ceiling(ASSESSED_THERE)
    at = clock.now()
    rows = [
        _row(assessed.person_id, key, min(level, ceiling), ASSESSED_THERE, assessed.occurred_on, None, at)
        | {"assessment_id": assessed.assessment_id, "assessor_id": assessed.assessor_id}
        for key, level in sorted(assessed.levels.items())
    ]
    await _append(session, rows, [_recorded(assessed.assessment_id, rows)] if rows else [], acting=acting)


@dataclass(frozen=True, slots=True)
class Attested:
    """Practice that a reporting officer attested, with the levels above 0 that it shows."""

    practice_id: UUID
    person_id: UUID
    attested_by_id: UUID
    occurred_on: date
    valid_until: date
    levels: Mapping[str, int]


async def record_attested(session: AsyncSession, *, acting: Actor, attested: Attested) -> None:
    """Append what attested practice shows, up to its ceiling."""
    ceiling = (await get_taxonomy(session)).ceiling(ATTESTED_PRACTICE)
    rows = [
        _row(
            attested.person_id,
            competency,
            min(level, ceiling),
            ATTESTED_PRACTICE,
            attested.occurred_on,
            attested.valid_until,
            clock.now(),
        )
        | {"practice_id": attested.practice_id, "assessor_id": attested.attested_by_id}
        for competency, level in attested.levels.items()
    ]
    await _append(session, rows, [_recorded(attested.practice_id, rows)] if rows else [], acting=acting)


def _row(
    person_id: UUID,
    competency: str,
    level: int,
    source: str,
    occurred_on: date,
    valid_until: date | None,
    at: datetime,
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "person_id": person_id,
        "competency": competency,
        "level": level,
        "source": source,
        "completion_id": None,
        "course_version_id": None,
        "submission_id": None,
        "assessment_id": None,
        "practice_id": None,
        "assessor_id": None,
        "rule": RULE,
        "occurred_on": occurred_on,
        "recorded_at": at,
        "valid_until": valid_until,
    }


def _recorded(subject_id: UUID, rows: Sequence[dict[str, Any]]) -> SkillsRecorded:
    levels = tuple((row["competency"], row["level"]) for row in rows)
    first = rows[0]
    return SkillsRecorded(
        subject_id=subject_id,
        person_id=first["person_id"],
        source=first["source"],
        occurred_on=first["occurred_on"],
        levels=levels,
        data={"person": str(first["person_id"]), "source": first["source"], "levels": dict(levels)},
    )


async def _append(
    session: AsyncSession, rows: list[dict[str, Any]], said: list[SkillsRecorded], *, acting: Actor | None
) -> None:
    gather(session, records, rows)
    gather(session, standings, _projected(rows), on_conflict=_HIGHER)
    await publish(session, said, acting=acting)


def _projected(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of the standing in key order, one for each key: date.max is the database's 'infinity'."""
    last: dict[tuple[UUID, str, int, str], date] = {}
    for row in rows:
        key = (row["person_id"], row["competency"], row["level"], row["source"])
        last[key] = max(last.get(key, date.min), row["valid_until"] or date.max)
    names = ("person_id", "competency", "level", "source")
    return [dict(zip(names, key, strict=True)) | {"valid_until": last[key]} for key in sorted(last)]


async def on_completion_revoked(session: AsyncSession, events: Sequence[CompletionRevoked]) -> None:
    """Reaction: revoke what rests on a revoked completion, and project those people anew."""
    for event in events:
        resting = await queries.records_of_completion(session, event.subject_id)
        for record in resting:
            session.add(SkillRevocation(skill_record_id=record.id, revoked_by_id=event.revoked_by_id))
        await session.flush()
        await project(session, person_id=event.person_id)
        days = tuple(sorted({record.occurred_on for record in resting}))
        if days:
            revoked = SkillsRevoked(subject_id=event.person_id, days=days, data={"records": len(resting)})
            await publish(session, [revoked], acting=None)


async def project(session: AsyncSession, *, person_id: UUID | None = None) -> None:
    """Make the standing anew from the records, of one person or of everybody."""
    await flush(session)
    await session.execute(
        text("DELETE FROM standings WHERE CAST(:person AS uuid) IS NULL OR person_id = :person"),
        {"person": person_id},
    )
    await session.execute(
        text(
            # What was recorded since the DELETE has its row already, and it is right.
            "INSERT INTO standings (person_id, competency, level, source, valid_until) "
            f"{queries.PROJECTED.text} ON CONFLICT {_HIGHER}"
        ),
        {"person": person_id},
    )
