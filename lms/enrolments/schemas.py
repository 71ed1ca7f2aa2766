"""What goes over the wire about enrolments, attempts and work."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from lms.catalogue.domain import Edition
from lms.enrolments.domain.states import as_taken, minutes_left, share_done, state_of
from lms.kernel.http import Day
from lms.people.schemas import Key, PersonRef, Strict


class EnrolmentCreate(Strict):
    """Enrol oneself, or with `person` someone who reports to one."""

    course: Key = Field(examples=["partnership-essentials"])
    language: Literal["ar", "zh", "en", "fr", "ru", "es"] | None = None
    person: UUID | None = Field(None, description="A member of one's team; left out: oneself.")
    due_on: Day | None = None


class ActivityProgress(BaseModel):
    """An activity and where one stands with it."""

    key: str
    kind: str
    title: str
    minutes: int
    required: bool
    state: str


class ModuleProgress(BaseModel):
    """A module and its activities."""

    key: str
    title: str
    minutes: int
    activities: list[ActivityProgress]


class EnrolmentRead(BaseModel):
    """An enrolment; `progress` is 0 to 1 of the minutes of required activities.

    `on_newest_version` is false where the course has been published anew since: see `GET .../move`.
    """

    id: UUID
    course: str
    course_version: int
    on_newest_version: bool
    state: str
    language: str
    progress: float
    minutes_left: int
    due_on: date | None
    renews: UUID | None = Field(description="The completion it renews by the course's shorter path.")
    enrolled_at: datetime
    completed_at: datetime | None
    modules: list[ModuleProgress]


def enrolment_read(row: Any, edition: Edition) -> EnrolmentRead:
    """An enrolment's row with what its pinned version consists of."""
    words, course = edition.texts[row.language], as_taken(edition, row).course
    return EnrolmentRead(
        id=row.id,
        course=row.course,
        course_version=row.course_version,
        on_newest_version=row.course_version_id == row.current_version_id,
        state=row.state,
        language=row.language,
        progress=round(share_done(course, row.progress), 4),
        minutes_left=minutes_left(course, row.progress),
        due_on=row.due_on,
        renews=row.renews_id,
        enrolled_at=row.enrolled_at,
        completed_at=row.completed_at,
        modules=[
            ModuleProgress(
                key=module.key,
                title=words.modules[module.key],
                minutes=module.minutes,
                activities=[
                    ActivityProgress(
                        key=each.key,
                        kind=each.kind.value,
                        title=words.activities[each.key].title,
                        minutes=each.minutes,
                        required=each.required,
                        state=state_of(row.progress, each.key).value,
                    )
                    for each in module.activities
                ],
            )
            for module in course.modules
        ],
    )


class ProgressUpdate(Strict):
    """How far one is with a page; it only moves forward."""

    state: Literal["started", "completed"]


class ProgressRead(BaseModel):
    """Where the enrolment stands after a change."""

    activity: str
    state: str
    progress: float
    enrolment_state: str


class PageRead(BaseModel):
    """A page's words, as Markdown and as safe HTML."""

    key: str
    kind: str
    title: str
    language: str
    markdown: str
    html: str
    outdated: bool


class OptionRead(BaseModel):
    """Something to choose."""

    id: str
    text: str


class StepRead(BaseModel):
    """A step of a scenario."""

    id: str
    prompt: str
    options: list[OptionRead]


class QuestionRead(BaseModel):
    """A question as it is asked: by kind it has options, left and right, or steps; never an answer."""

    id: str
    kind: str
    prompt: str
    options: list[OptionRead] | None = None
    left: list[OptionRead] | None = None
    right: list[OptionRead] | None = None
    steps: list[StepRead] | None = None


class AttemptRead(BaseModel):
    """A try at a quiz. After it was submitted it has a score and feedback."""

    id: UUID
    activity: str
    number: int
    started_at: datetime
    due_at: datetime | None
    submitted_at: datetime | None
    responses: dict[str, Any] | None
    questions: list[QuestionRead]


class Responses(Strict):
    """Answers by question id; by kind: "id", ["id", ...], {"left id": "right id"}, 12.5, ["option id" per step]."""

    responses: dict[str, Any] = Field(
        max_length=200, examples=[{"who-signs": "b", "order-of-steps": ["screen", "draft", "clear"]}]
    )


class FeedbackText(BaseModel):
    """What is said about one choice, or about the whole answer."""

    text: str
    option: str | None = None
    step: str | None = None


class QuestionFeedback(BaseModel):
    """How a question was answered; `answer` is told once the quiz is passed."""

    question: str
    correct: bool
    points: float
    feedback: list[FeedbackText]
    answer: Any | None = None


class OutcomeRead(BaseModel):
    """A graded attempt. `score` is per cent."""

    id: UUID
    score: float
    passed: bool
    feedback: list[QuestionFeedback]


class SubmissionRead(BaseModel):
    """A piece of work, and its assessment once there is one."""

    id: UUID
    activity: str
    number: int
    state: str
    words: str | None
    file_name: str | None
    submitted_at: datetime
    assessed_at: datetime | None
    points: dict[str, int] | None
    comment: str | None
    score: float | None
    passed: bool | None


def submission_read(row: Any) -> SubmissionRead:
    """A submission's row; the score in per cent."""
    values = {name: getattr(row, name) for name in SubmissionRead.model_fields}
    return SubmissionRead(**values | {"score": None if row.score is None else row.score / 100})


class WorkToAssess(SubmissionRead):
    """A piece of work with whose it is and what for."""

    person: PersonRef
    course: str


class CriterionRead(BaseModel):
    """A line of the rubric; `levels[n]` is what work worth n points looks like."""

    id: str
    prompt: str
    levels: list[str]


class WorkWithRubric(WorkToAssess):
    """A piece of work with the brief and the rubric it is assessed against."""

    title: str
    brief: str
    criteria: list[CriterionRead]


class Assessment(Strict):
    """Points for every criterion, and words for the learner."""

    points: dict[str, int] = Field(max_length=50, examples=[{"instrument-chosen": 2}])
    comment: str = Field("", max_length=10_000)


class AssessmentRead(BaseModel):
    """How a piece of work was assessed."""

    id: UUID
    passed: bool
