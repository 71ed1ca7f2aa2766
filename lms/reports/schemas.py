"""What goes over the wire about reports."""

from datetime import date, datetime

from pydantic import BaseModel

from lms.completions.schemas import CompletionRead
from lms.people.schemas import PersonRef
from lms.reports.recognition import Frame, RecognitionRow, Summary
from lms.skills.schemas import SkillRecordRead


class LineRead(BaseModel):
    """A line: what it counts, how much, and what it is worth (points, null without a policy)."""

    key: str
    name: dict[str, str]
    counts: str
    amount: int
    points: float | None
    not_counted: float
    reason: str | None


class CompetencyLevel(BaseModel):
    """The highest level shown in the period."""

    competency: str
    level: int


class RecognitionRowRead(BaseModel):
    """One person of the report."""

    person: PersonRef
    entity: str
    grade: str | None
    days_in_service: int
    courses: int
    minutes: int
    competencies: list[CompetencyLevel]
    total: float | None
    lines: list[LineRead]


class PolicyRead(BaseModel):
    """What the report counts by."""

    key: str
    version: int
    digest: str
    adopted_by: str
    from_on: date


class SummaryRead(BaseModel):
    """Headline figures of everybody in the report."""

    people: int
    learners: int
    courses: int
    minutes: int
    people_with_skill_records: int


class RecognitionReportRead(BaseModel):
    """A page of the report, with what it is of. `moment` is when the data was read."""

    entity: str
    from_on: date
    until_on: date
    listed_on: date
    kind: str
    policy: PolicyRead | None
    moment: datetime
    summary: SummaryRead
    rows: list[RecognitionRowRead]
    next_cursor: str | None


class OpenedRowRead(BaseModel):
    """One person's row with the facts under it."""

    row: RecognitionRowRead
    completions: list[CompletionRead]
    skill_records: list[SkillRecordRead]


def points(hundredths: int | None) -> float | None:
    """Hundredths as points."""
    return None if hundredths is None else hundredths / 100


def row_read(row: RecognitionRow) -> RecognitionRowRead:
    """A row as it goes over the wire."""
    return RecognitionRowRead(
        person=PersonRef(id=row.person_id, name=row.name),
        entity=row.entity,
        grade=row.grade,
        days_in_service=row.days_in_service,
        courses=row.facts.courses,
        minutes=row.facts.minutes,
        competencies=[
            CompetencyLevel(competency=key, level=level) for key, level in row.facts.competencies.items()
        ],
        total=points(row.counted.total),
        lines=[
            LineRead(
                key=line.key,
                name=dict(line.name),
                counts=line.counts,
                amount=line.amount,
                points=points(line.points),
                not_counted=line.not_counted / 100,
                reason=line.reason,
            )
            for line in row.counted.lines
        ],
    )


def report_read(
    frame: Frame, summary: Summary, rows: list[RecognitionRow], next_cursor: str | None
) -> RecognitionReportRead:
    """A page of the report as it goes over the wire."""
    policy = None
    if frame.policy is not None:
        rules = frame.policy.rules
        policy = PolicyRead(
            key=rules.key,
            version=rules.version,
            digest=frame.policy.digest,
            adopted_by=frame.policy.adopted_by_entity,
            from_on=frame.policy.from_on,
        )
    scope = frame.scope
    return RecognitionReportRead(
        entity=frame.entity,
        from_on=scope.period.from_on,
        until_on=scope.period.until_on,
        listed_on=scope.day,
        kind=scope.kinds[0],
        policy=policy,
        moment=frame.moment,
        summary=SummaryRead(
            people=summary.people,
            learners=summary.learners,
            courses=summary.courses,
            minutes=summary.minutes,
            people_with_skill_records=summary.people_with_skill_records,
        ),
        rows=[row_read(row) for row in rows],
        next_cursor=next_cursor,
    )
