"""What can go wrong with an evaluation, and what happened. No event tells who answered an anonymous form."""

from dataclasses import dataclass
from typing import ClassVar

from lms.kernel.errors import Conflict, Invalid, NotFound
from lms.kernel.events import Event


class NotAsked(NotFound):
    """There is no such form for the asker, perhaps because the training is none of theirs."""

    type, title = "not-asked", "This form is not asked of you"


class NoEvaluation(NotFound):
    type, title = "no-evaluation", "This training is not evaluated yet"


class AlreadyAnswered(Conflict):
    """It was sent before, perhaps from another device; nothing was changed."""

    type, title = "already-answered", "You have answered this before; nothing was changed"


class FormClosed(Conflict):
    type, title = "form-closed", "Answers are not taken any more, or not yet"


class LevelClosed(Conflict):
    type, title = "level-closed", "This level of the evaluation is closed"


class LevelIncomplete(Conflict):
    """`faults` say what is missing."""

    type, title = "level-incomplete", "Something is missing before this level can be closed"


class BadAnswer(Invalid):
    type, title = "bad-evaluation-answer", "Something in this answer is not right"


class BadTest(Invalid):
    type, title = "bad-test", "Something about this test is not right"


class TestInUse(Conflict):
    """Somebody has taken it: another test would make their two scores about two things."""

    __test__ = False  # no test of pytest's
    type, title = "test-in-use", "Somebody has taken this test already; it stays as it is"


class BadResult(Invalid):
    type, title = "bad-result", "Something about this result is not right"


class NobodyToAsk(Conflict):
    type, title = "nobody-to-ask", "There is nobody of your own side who can be asked"


class ResultNotFound(NotFound):
    type, title = "result-not-found", "There is no such result here"


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelOpened(Event):
    """Answers are asked for on one level; `data.level` says on which."""

    type: ClassVar[str] = "evaluations.level_opened"
    subject_type: ClassVar[str] = "training"


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelCounted(Event):
    """A level was closed and counted; `data.level` says which. What it was counted from is gone."""

    type: ClassVar[str] = "evaluations.level_counted"
    subject_type: ClassVar[str] = "training"


@dataclass(frozen=True, slots=True, kw_only=True)
class TestSet(Event):
    """A host said what is asked before and after."""

    __test__: ClassVar[bool] = False
    type: ClassVar[str] = "evaluations.test_set"
    subject_type: ClassVar[str] = "training"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGiven(Event):
    """A learner agreed that somebody of their own side is asked; the actor is the learner."""

    type: ClassVar[str] = "evaluations.consent_given"
    subject_type: ClassVar[str] = "training"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentWithdrawn(Event):
    """A learner took it back: the form is closed, an answer that was not counted yet is deleted."""

    type: ClassVar[str] = "evaluations.consent_withdrawn"
    subject_type: ClassVar[str] = "training"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRecorded(Event):
    """The lead recorded a value that an indicator reached; `data.value` is its row."""

    type: ClassVar[str] = "evaluations.result_recorded"
    subject_type: ClassVar[str] = "training"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultConfirmed(Event):
    """Another host confirmed a value; `data.value` and `data.host` say which and who."""

    type: ClassVar[str] = "evaluations.result_confirmed"
    subject_type: ClassVar[str] = "training"
