"""Levels, ceilings and standing: pure rules over skill records."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from lms.kernel.events import Event

RULE = "skills-1"
"""Version of the rule that turns a course, or assessed work, into skill records."""

# Keys of evidence ceilings in the taxonomy.
COURSE, ASSESSED_WORK, PRIOR_LEARNING = "course", "assessed_work", "prior_learning"
ASSESSED_THERE, ATTESTED_PRACTICE = "joint_training_assessment", "attested_practice"


@dataclass(frozen=True, slots=True)
class Held:
    """A record as far as standing is concerned; `counts` is False once revoked."""

    competency: str
    level: int
    source: str
    occurred_on: date
    valid_until: date | None
    record_id: UUID


@dataclass(frozen=True, slots=True)
class CompetencyStanding:
    """How someone stands in one competency on a day: what supports the level, what lapsed, what sources say."""

    competency: str
    level: int  # 0: every record has lapsed
    supported_by: tuple[Held, ...]
    lapsed: tuple[Held, ...]
    by_source: tuple[tuple[str, int], ...]  # highest valid level of each source
    sources_disagree: bool


def standing_on(day: date, records: Iterable[Held]) -> list[CompetencyStanding]:
    """For each competency the highest level among records valid on `day`; a fact of a later day does not count.

    A pure function of the records: their order does not matter, and a later rater overwrites nobody.
    """
    by_competency: dict[str, list[Held]] = {}
    for record in records:
        if record.occurred_on <= day:
            by_competency.setdefault(record.competency, []).append(record)
    return [_standing(key, held, day) for key, held in sorted(by_competency.items())]


def _standing(competency: str, held: list[Held], day: date) -> CompetencyStanding:
    held = sorted(held, key=lambda each: (-each.level, each.occurred_on, str(each.record_id)))
    valid = [each for each in held if each.valid_until is None or each.valid_until >= day]
    level = max((each.level for each in valid), default=0)
    sources: dict[str, int] = {}
    for each in valid:
        sources[each.source] = max(sources.get(each.source, 0), each.level)
    return CompetencyStanding(
        competency=competency,
        level=level,
        supported_by=tuple(each for each in valid if each.level == level),
        lapsed=tuple(each for each in held if each not in valid),
        by_source=tuple(sorted(sources.items())),
        sources_disagree=len(set(sources.values())) > 1,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillsRecorded(Event):
    """Skill records were appended for one person from one thing: a completion, or an assessed piece of work."""

    type: ClassVar[str] = "skills.skills_recorded"
    subject_type: ClassVar[str] = "completion"

    person_id: UUID
    source: str
    occurred_on: date
    levels: tuple[tuple[str, int], ...]  # (competency, level)


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillsRevoked(Event):
    """Skill records stopped counting."""

    type: ClassVar[str] = "skills.skills_revoked"
    subject_type: ClassVar[str] = "person"

    days: tuple[date, ...]
