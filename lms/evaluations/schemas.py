"""What goes over the wire about evaluations, in and out."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictInt

from lms.evaluations.domain.forms import MOST_WORDS, Form
from lms.evaluations.domain.learning import Written
from lms.evaluations.domain.levels import Kind, Level
from lms.evaluations.domain.report import FormSum, Report, TestSum, gained_from, scored_from
from lms.evaluations.domain.shown import Gained, Scored, shown_count
from lms.evaluations.queries.results import Result
from lms.evaluations.service.results import Reached
from lms.kernel.http import Day
from lms.people.schemas import Key, PersonRef, Strict

QuestionKey = Annotated[str, Field(max_length=50)]
OpenWords = Annotated[str, Field(max_length=MOST_WORDS)]


class AnswerCreate(Strict):
    """An answer: a score of 1 to 5 for every question on the scale; words where one likes. Name nobody in them."""

    scores: Annotated[dict[QuestionKey, StrictInt], Field(max_length=20, examples=[{"relevant": 5}])]
    words: dict[QuestionKey, OpenWords] = Field({}, max_length=10)


class BehaviourCreate(AnswerCreate):
    """The same after ninety days; `about` is the learner, where a supervisor answers."""

    about: UUID | None = None


class TestAnswers(Strict):
    """Answers by question, in the shape of a quiz's."""

    responses: Annotated[dict[str, Any], Field(max_length=100)]


class QuestionCreate(Strict):
    """A question with one right option; `right` is its place, from 0."""

    prompt: Annotated[str, Field(max_length=1_000)]
    options: Annotated[list[Annotated[str, Field(max_length=500)]], Field(max_length=20)]
    right: StrictInt

    def written(self) -> Written:
        """As the rules know it."""
        return Written(self.prompt, tuple(self.options), self.right)


class TestSet(Strict):
    """What is asked before and after: a quiz of the training's course by its key, or three to ten questions."""

    activity: Key | None = None
    questions: list[QuestionCreate] = Field([], max_length=50)


class ConsentCreate(Strict):
    """Whom one agrees to have asked, one of `may_be_asked`."""

    person: UUID


class ResultCreate(Strict):
    """What an indicator reached, measured on a day, by which source."""

    indicator: UUID
    value: Annotated[Decimal, Field(max_digits=14, decimal_places=2)]
    occurred_on: Day
    source: Annotated[str, Field(min_length=1, max_length=500)]
    note: Annotated[str, Field(max_length=2_000)] | None = None

    def reached(self) -> Reached:
        """As the use case knows it."""
        return Reached(self.indicator, self.value, self.occurred_on, self.source, self.note)


# -- for those who are asked -------------------------------------------------------------------------------


class AskRead(BaseModel):
    """A form that one is asked to fill in; `about` names the learner, where a supervisor is asked."""

    model_config = ConfigDict(from_attributes=True)

    training_id: UUID
    title: str
    kind: Kind
    about: PersonRef | None
    closes_on: date


class FormRead(BaseModel):
    """A form in the reader's language: questions by key, and what the scores from 1 to 5 mean."""

    kind: Kind
    title: str = Field(description="Of the training.")
    version: int
    digest: str
    is_anonymous: bool
    closes_on: date
    scaled: dict[str, str]
    open: dict[str, str]
    scale: list[str]


class TestRead(BaseModel):
    """A test without its answers; the same questions before and after."""

    kind: Kind
    title: str
    closes_on: date
    language: str
    questions: list[dict[str, Any]]


class ScoreRead(BaseModel):
    """What one's test was worth, in per cent."""

    kind: Kind
    training_id: UUID
    title: str
    score: float


class ConsentRead(BaseModel):
    """Who of one's own side may be asked, and who is."""

    may_be_asked: list[PersonRef]
    asked: PersonRef | None


class TestAsSet(BaseModel):
    """What is asked before and after, as the lead set it, and the quizzes that the course has."""

    activity: str | None
    questions: list[QuestionCreate]
    quizzes: list[str]
    is_taken: bool


def ask_read(row: Any) -> AskRead:
    """A form that is asked, from its row."""
    about = PersonRef(id=row.about_id, name=row.about) if row.about_id != row.person_id else None
    return AskRead(
        training_id=row.training_id, title=row.title, kind=row.kind, about=about, closes_on=row.closes_on
    )


def form_read(row: Any, form: Form, language: str) -> FormRead:
    """A form in the language of whoever is asked."""
    kind = Kind(row.kind)
    return FormRead(
        kind=kind,
        title=row.title,
        version=form.version,
        digest=form.digest,
        is_anonymous=kind is Kind.REACTION,
        closes_on=row.closes_on,
        scaled={key: words[language] for key, words in form.scaled.items()},
        open={key: words[language] for key, words in form.open.items()},
        scale=[words[language] for words in form.scale],
    )


# -- for hosts ---------------------------------------------------------------------------------------------


class BandRead(BaseModel):
    """How many gave a score from `low` to `high`."""

    model_config = ConfigDict(from_attributes=True)

    low: int
    high: int
    people: int


class ScoredRead(BaseModel):
    """One question: how many answered, their average, and how many gave which scores, five or nobody in each band."""

    people: int
    average: float
    bands: list[BandRead]


class GainedRead(BaseModel):
    """Both tests of those who took both: averages in per cent; gains in points of a hundred, null where hidden."""

    people: int
    average_before: float
    average_after: float
    gains: dict[str, int | None]


class LevelRead(BaseModel):
    """One level. Figures stand in it once it is closed; `answered` null: fewer than five did."""

    level: Level
    opens_on: date
    closes_on: date
    closed_at: datetime | None
    asked: int | None
    answered: int | None
    form_version: int
    form_digest: str
    questions: dict[str, ScoredRead | None] = Field(
        {}, description="Of a closed level; null: fewer than five."
    )
    supervisor_questions: dict[str, ScoredRead | None] = {}
    words: dict[str, list[str]] = Field(
        {}, description="Shuffled; none for partners, none under five answers."
    )
    gained: GainedRead | None = None


class EvaluationRow(BaseModel):
    """A training that is evaluated, in a list."""

    training_id: UUID
    title: str
    course: str | None
    ends_on: date | None
    evaluated_at: datetime | None
    levels: list[LevelRead]


def scored_read(scored: Scored | None) -> ScoredRead | None:
    """What is told of a question."""
    if scored is None:
        return None
    bands = [BandRead.model_validate(band) for band in scored.bands]
    return ScoredRead(people=scored.people, average=scored.average, bands=bands)


def gained_read(gained: Gained | None) -> GainedRead | None:
    """What is told of two tests."""
    if gained is None:
        return None
    return GainedRead(
        people=gained.people,
        average_before=gained.average_before,
        average_after=gained.average_after,
        gains=dict(gained.gains),
    )


def level_read(row: Any, counted: tuple[int, int] | None, *, with_words: bool) -> LevelRead:
    """A level from its row; `counted` are who is asked and has answered while it is open."""
    asked, answered = (row.asked, row.answered) if row.closed_at else counted or (None, None)
    return LevelRead(
        level=row.level,
        opens_on=row.opens_on,
        closes_on=row.closes_on,
        closed_at=row.closed_at,
        asked=asked,
        answered=None if answered is None else shown_count(answered),
        form_version=row.form_version,
        form_digest=row.form_digest,
        **_told(row.level, row.result or {}, with_words=with_words),
    )


def _told(level: str, result: Mapping[str, Any], *, with_words: bool) -> dict[str, Any]:
    own = result.get(Kind.BEHAVIOUR.value, {}) if level == Level.BEHAVIOUR else result
    supervisor = result.get(Kind.SUPERVISOR.value, {})
    return {
        "questions": _questions(own),
        "supervisor_questions": _questions(supervisor),
        "words": own.get("words", {}) if with_words else {},
        "gained": gained_read(gained_from(result["gained"]) if result.get("gained") else None),
    }


def _questions(part: Mapping[str, Any]) -> dict[str, ScoredRead | None]:
    return {
        key: scored_read(scored_from(each) if each else None)
        for key, each in part.get("questions", {}).items()
    }


class ResultValueRead(BaseModel):
    """A value that was reached; hosts beside the lead have confirmed it, or have not."""

    id: UUID
    value: Decimal
    occurred_on: date
    source: str
    note: str | None
    confirmed_by: list[str]
    waiting_for: list[str]


class ResultRead(BaseModel):
    """An agreed indicator and what it reached; `reached` null: nothing is recorded."""

    indicator: UUID
    name: str
    unit: str
    baseline: Decimal | None
    target: Decimal | None
    reached: ResultValueRead | None


def result_read(result: Result) -> ResultRead:
    """An indicator with its value."""
    row, value = result.indicator, result.value
    reached = value and ResultValueRead(
        id=value.id,
        value=value.value,
        occurred_on=value.occurred_on,
        source=value.source,
        note=value.note,
        confirmed_by=[host.name for host in result.confirmed],
        waiting_for=[host.name for host in result.waiting],
    )
    return ResultRead(
        indicator=row.id,
        name=row.name,
        unit=row.unit,
        baseline=row.baseline,
        target=row.target,
        reached=reached,
    )


# -- reports -----------------------------------------------------------------------------------------------


class FormSumRead(BaseModel):
    """A form over all trainings of which anything is told; `untold` had fewer than five answers each."""

    kind: Kind
    version: int
    digest: str
    trainings: int
    untold: int
    people: int
    questions: dict[str, ScoredRead]


class TestSumRead(BaseModel):
    """The tests over all trainings of which anything is told."""

    trainings: int
    untold: int
    gained: GainedRead | None


class ReportRead(BaseModel):
    """Sums over trainings of one's own. They are made of what is told of each training, and of nothing else."""

    trainings: int
    forms: list[FormSumRead]
    tests: TestSumRead


def report_read(report: Report) -> ReportRead:
    """A report as it goes over the wire."""
    return ReportRead(
        trainings=report.trainings,
        forms=[_form_sum(each) for each in report.forms],
        tests=_test_sum(report.tests),
    )


def _form_sum(form: FormSum) -> FormSumRead:
    questions = {key: read for key, each in form.questions.items() if (read := scored_read(each))}
    return FormSumRead(
        kind=form.kind,
        version=form.version,
        digest=form.digest,
        trainings=form.trainings,
        untold=form.untold,
        people=form.people,
        questions=questions,
    )


def _test_sum(tests: TestSum) -> TestSumRead:
    return TestSumRead(trainings=tests.trainings, untold=tests.untold, gained=gained_read(tests.gained))
