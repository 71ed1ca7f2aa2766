"""Work assessed at a training: by an assessor of the participant's own side, never across, never one's own."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import ClassVar

from lms.kernel.errors import Conflict, Fault, Invalid, NotAllowed
from lms.kernel.events import Event


def faults_in_levels(levels: Mapping[str, int], *, taught: Collection[str], ceiling: int) -> list[Fault]:
    """What is wrong with levels: none at all, a competency that the training is not about, one out of reach."""
    found = [] if levels else [Fault("/levels", "Give a level for one competency at least.")]
    for number, (key, level) in enumerate(levels.items()):
        if key not in taught:
            found.append(Fault(f"/levels/{number}", f"This training is not about {key!r}."))
        elif not 1 <= level <= ceiling:
            found.append(Fault(f"/levels/{number}", f"Work at a training shows a level from 1 to {ceiling}."))
    return found


class NotYourSide(NotAllowed):
    type, title = "not-of-your-side", "Each side's assessors assess the work of its own people"


class NotThere(Conflict):
    type, title = "not-there", "Nobody has marked this person as present at this training"


class AlreadyAssessed(Conflict):
    type, title = "assessed-there", "The work of this person at this training is assessed already"


class BadAssessment(Invalid):
    type, title = "bad-work-assessment", "This assessment cannot be taken as it is"


class NotOfPartner(Invalid):
    type, title = "not-of-partner", "A partner names its own people as assessors"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkAssessedThere(Event):
    """Somebody's work at a training was assessed: `data.person`, `data.training`, `data.levels`."""

    type: ClassVar[str] = "joint_trainings.work_assessed"
    subject_type: ClassVar[str] = "training_assessment"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessorNamed(Event):
    """A partner named an assessor of its people, or ended that (`data.ended`): `data.partner`, `data.person`."""

    type: ClassVar[str] = "joint_trainings.assessor_named"
    subject_type: ClassVar[str] = "partner_assessor"
