"""Tables of evaluations: who is asked, what was answered until it is counted, tests, and values of indicators.

Why a reaction cannot be traced to who gave it. Scores are never kept together: of each question is kept how many gave
which score. Words are kept without person, moment or what else the same person answered, under random ids. Who has
answered is a token that was used up (`EvaluationAsk.is_answered`), without a moment. Each answer writes all of a
training's counts, words and tokens anew in one transaction, words in random order under new ids
(`service.reacting`): the rows' order on disk, their ids and the transactions that wrote them (`xmin`) say nothing of
who gave which. No event tells of an answer, no Idempotency-Key is kept for it, and the log knows routes, not people.
Figures are told when the level is closed and not before; counts and words are deleted then, and tokens say no more
who answered. What is left: whoever copies the database before and after one single answer sees the difference, so
backups are kept from readers of figures.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Numeric, Uuid
from sqlmodel import Field, SQLModel

from lms.kernel import clock
from lms.kernel.database import PERSONAL, document, moment
from lms.kernel.ids import new_id


class EvaluationLevel(SQLModel, table=True):
    """One level of a training's evaluation. `result` is what is told of it, written once, when it is closed."""

    __tablename__ = "evaluation_levels"

    training_id: UUID = Field(foreign_key="joint_trainings.id", primary_key=True)
    level: str = Field(primary_key=True)  # domain.levels.Level
    opens_on: date
    closes_on: date  # last day on which answers are taken
    announced_at: datetime | None = Field(default=None, sa_column=moment())
    form_version: int
    form_digest: str
    asked: int | None = None  # people; set when it is closed
    answered: int | None = None
    closed_at: datetime | None = Field(default=None, sa_column=moment())
    closed_by_id: UUID | None = Field(default=None, foreign_key="persons.id")  # none: its day came
    result: dict[str, Any] | None = Field(default=None, sa_column=document())


class EvaluationAsk(SQLModel, table=True):
    """A form that a person is asked to fill in: a token, used up when it is.

    `is_answered` None: its level is closed, and who answered is forgotten.
    """

    __tablename__ = "evaluation_asks"
    __table_args__ = (
        Index("uq_evaluation_asks", "training_id", "kind", "person_id", "about_id", unique=True),
        Index("ix_evaluation_asks_person_id", "person_id"),
        Index("ix_evaluation_asks_opens_on", "opens_on"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    training_id: UUID = Field(foreign_key="joint_trainings.id")
    kind: str  # domain.levels.Kind
    person_id: UUID = Field(foreign_key="persons.id")
    about_id: UUID = Field(foreign_key="persons.id")  # oneself, but for a supervisor
    opens_on: date
    closes_on: date
    is_answered: bool | None = False


class ReactionCount(SQLModel, table=True):
    """How many people gave a question this score, until the level is closed."""

    __tablename__ = "reaction_counts"
    __table_args__ = (CheckConstraint("people >= 0", name="people"),)

    training_id: UUID = Field(foreign_key="joint_trainings.id", primary_key=True)
    question: str = Field(primary_key=True)
    score: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    people: int = 0


class ReactionWords(SQLModel, table=True):
    """Somebody's words, with nothing that says whose. The id is random, and another one after each answer."""

    __tablename__ = "reaction_words"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    training_id: UUID = Field(foreign_key="joint_trainings.id", index=True)
    question: str
    words: str = Field(sa_column_kwargs={"info": PERSONAL})  # people are asked to name nobody


class BehaviourAnswer(SQLModel, table=True):
    """What was answered to a form of behaviour, until it is counted; it goes with its ask."""

    __tablename__ = "behaviour_answers"

    ask_id: UUID = Field(
        sa_column=Column(Uuid(), ForeignKey("evaluation_asks.id", ondelete="CASCADE"), primary_key=True)
    )
    scores: dict[str, int] = Field(sa_column=document(nullable=False, info=PERSONAL))
    words: dict[str, str] = Field(sa_column=document(nullable=False, info=PERSONAL))


class BehaviourConsent(SQLModel, table=True):
    """A learner agrees that somebody of their own side is asked about them, until they take it back."""

    __tablename__ = "behaviour_consents"
    __table_args__ = (Index("ix_behaviour_consents_person_id", "person_id", "training_id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    training_id: UUID = Field(foreign_key="joint_trainings.id", index=True)
    person_id: UUID = Field(foreign_key="persons.id")
    asked_id: UUID = Field(foreign_key="persons.id")
    given_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
    withdrawn_at: datetime | None = Field(default=None, sa_column=moment())


class TrainingTest(SQLModel, table=True):
    """What is asked before and after: a quiz of the training's course, or questions that a host wrote."""

    __tablename__ = "training_tests"
    __table_args__ = (CheckConstraint("(activity IS NULL) <> (questions IS NULL)", name="one"),)

    training_id: UUID = Field(foreign_key="joint_trainings.id", primary_key=True)
    activity: str | None = None  # key of a quiz in the pinned course version
    questions: list[dict[str, Any]] | None = Field(default=None, sa_column=document())
    set_by_id: UUID = Field(foreign_key="persons.id")
    set_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class TestScore(SQLModel, table=True):
    """What a test was worth; the answers are not kept. Never changed."""

    __tablename__ = "test_scores"
    __table_args__ = (
        Index("ix_test_scores_person_id", "person_id"),
        CheckConstraint("score BETWEEN 0 AND 10000", name="score"),
    )
    __test__ = False  # no test of pytest's

    training_id: UUID = Field(foreign_key="joint_trainings.id", primary_key=True)
    person_id: UUID = Field(foreign_key="persons.id", primary_key=True)
    kind: str = Field(primary_key=True)  # domain.levels.Kind, of the tests
    score: int  # hundredths of a per cent
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class ResultValue(SQLModel, table=True):
    """A value that an indicator of the training reached, as the lead says; the latest counts. Never changed."""

    __tablename__ = "result_values"
    __table_args__ = (Index("ix_result_values_training_id", "training_id", "id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    training_id: UUID = Field(foreign_key="joint_trainings.id")
    indicator_id: UUID
    value: Decimal = Field(sa_column=Column(Numeric(14, 2), nullable=False))
    occurred_on: date  # on which it was measured
    source: str
    note: str | None = None
    by_id: UUID = Field(foreign_key="persons.id")
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))


class ResultConfirmation(SQLModel, table=True):
    """Another host confirms a value. Never changed: a new value is confirmed anew."""

    __tablename__ = "result_confirmations"

    value_id: UUID = Field(foreign_key="result_values.id", primary_key=True)
    host_id: UUID = Field(foreign_key="training_hosts.id", primary_key=True)
    by_id: UUID = Field(foreign_key="persons.id")
    recorded_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
