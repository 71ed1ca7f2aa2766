"""States of a plan, what happens to it, and what can go wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from lms.kernel.errors import Conflict, Invalid, NotFound
from lms.kernel.events import Event


class PlanState(StrEnum):
    """Where a plan stands. A person has one active plan at most."""

    PROPOSED = "proposed"  # by a supervisor or focal point; it binds nobody
    ACTIVE = "active"
    DECLINED = "declined"
    ENDED = "ended"  # another one took its place


class Wish(StrEnum):
    """What a person has decided about a course, whatever the tailoring would say."""

    PINNED = "pinned"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed from one plan to the next: keys of steps."""

    added: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def is_none(self) -> bool:
        """Whether the steps are the same."""
        return not self.added and not self.removed


def difference(before: Mapping[str, Any], after: Mapping[str, Any], done: Sequence[str] = ()) -> Difference:
    """Between two plans' contents; a step that has left because it is `done` has not been removed."""
    # A course and a competency to practise may have the same key.
    old = {(step["kind"], step["key"]) for step in before["steps"]}
    new = {(step["kind"], step["key"]) for step in after["steps"]}
    finished = {("course", key) for key in done}
    added, removed = sorted(new - old), sorted(old - new - finished)
    return Difference(tuple(key for _, key in added), tuple(key for _, key in removed))


# -- errors ------------------------------------------------------------------------------------------------


class PlanNotFound(NotFound):
    """No such plan, or somebody else's."""

    type, title = "plan-not-found", "There is no such plan here"


class NoProfile(Conflict):
    """Nothing says what the person's work asks for."""

    type, title = "no-target-profile", "No target profile says what this person's work asks for"


class NoTime(Invalid):
    """Not a minute until the due day."""

    type, title = "no-learning-time", "There is no learning time until that day"


class PlanDecided(Conflict):
    """The proposal was accepted or declined before."""

    type, title = "plan-decided", "This proposal was decided before"


class FeedNotFound(NotFound):
    """No such calendar address, or one that was taken back."""

    type, title = "calendar-not-found", "There is no calendar at this address"


# -- events ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanProposed(Event):
    """A supervisor or focal point proposed a plan."""

    type: ClassVar[str] = "plans.plan_proposed"
    subject_type: ClassVar[str] = "plan"

    person_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanAccepted(Event):
    """A person made a plan theirs."""

    type: ClassVar[str] = "plans.plan_accepted"
    subject_type: ClassVar[str] = "plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDeclined(Event):
    """A person declined a proposal."""

    type: ClassVar[str] = "plans.plan_declined"
    subject_type: ClassVar[str] = "plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFollowed(Event):
    """A plan changed because something else did."""

    type: ClassVar[str] = "plans.plan_followed"
    subject_type: ClassVar[str] = "plan"
