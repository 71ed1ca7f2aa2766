"""The assessment before a training: five questions, answered once on the light track, by both sides on the full one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from lms.joint_trainings.domain.states import Obstacle
from lms.joint_trainings.domain.tracks import Track
from lms.kernel.errors import Fault, Invalid
from lms.kernel.events import Event


class Question(StrEnum):
    """What is asked before people's time is spent, from what partnership assessments ask of any partnership."""

    BENEFIT = "benefit"
    """Who learns what, and for whose good: the people the entity serves, not the hosts alone."""
    CONTRIBUTION = "contribution"
    """What each host brings that the others lack."""
    RISK = "risk"
    """What could go wrong, for participants, for the entity's name and independence, and what is done about it."""
    EXPECTATION = "expectation"
    """What each host expects in return, said aloud."""
    PROOF = "proof"
    """How we shall know that it worked, and whether it lasts without us."""


MOST = 2_000
"""Characters of one answer."""
UN_SIDE = ""
"""The side of the entities that host, answered together; a partner's side is its name."""


def faults_in_answers(answers: Mapping[str, str]) -> list[Fault]:
    """A fault for each question without an answer, and for each answer to no question."""
    missing = [
        Fault(f"/answers/{each.value}", "Answer this question.")
        for each in Question
        if not answers.get(each.value, "").strip()
    ]
    return missing + [
        Fault(f"/answers/{key}", "There is no such question.") for key in sorted(set(answers) - set(Question))
    ]


def obstacles_to_assessed(track: Track, answered: Collection[str], partners: Sequence[str]) -> list[Obstacle]:
    """Which sides still have to answer. `answered` and `partners` are sides by name, entities being `UN_SIDE`.

    Light: anybody's answers will do. Full: the entities' and those of each partner.
    """
    if track is Track.LIGHT:
        return [] if answered else [Obstacle("not_assessed", "/ex-ante-assessments")]
    missing = [each for each in (UN_SIDE, *partners) if each not in answered]
    return [
        Obstacle("side_not_assessed" if each else "un_not_assessed", "/ex-ante-assessments", each)
        for each in missing
    ]


class BadAssessment(Invalid):
    type, title = "bad-assessment", "Something about this assessment is not right"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingAssessed(Event):
    """A side answered the five questions; `data.side` is `un` or the partner's id."""

    type: ClassVar[str] = "joint_trainings.training_assessed"
    subject_type: ClassVar[str] = "training"
