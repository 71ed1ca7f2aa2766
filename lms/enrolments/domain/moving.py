"""What still counts when a learner moves to another version of the course they are on: a pure rule.

An activity counts as it stands (done, begun, not passed yet) when the new version has it under the same key and kind,
and what decides whether it is done is the same:

- a page: always;
- a quiz: the same questions with the same right answers, as many of them drawn, and a pass mark that is not higher;
- a piece of work: the same criteria, each worth as much, and a pass mark that is not higher.

How it is said may have changed, unless an edition between the two is material: then its words in the original must be
the same too, since they are what the edition was made for. Everything else is to be done again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lms.catalogue.domain import Activity, ActivityKind, Edition
from lms.catalogue.domain.difference import bank_of, rubric_of
from lms.catalogue.domain.wording import written
from lms.enrolments.domain.states import ActivityState, Progress, is_complete, minutes_left, state_of


@dataclass(frozen=True, slots=True)
class Move:
    """What moving comes to. Keys of activities; all but `gone` in the order of study of the new version.

    `minutes_left` are those of required activities in the new version; `completes`: nothing is left to do.
    """

    progress: Progress
    kept: tuple[str, ...]  # done, and they count
    again: tuple[str, ...]  # begun or done, and to be done again
    new: tuple[str, ...]
    gone: tuple[str, ...]  # begun or done, and no longer a part of the course
    minutes_left: int
    completes: bool


def plan_move(old: Edition, new: Edition, progress: Progress, *, material: bool) -> Move:
    """What a learner with this progress in `old` has in `new`. `material`: an edition between the two is."""
    before = {each.key: each for each in old.course.activities}
    keys = [each.key for each in new.course.activities]
    stands = [key for key in keys if key in before and counts(old, new, key, material=material)]
    kept_progress = {key: progress[key] for key in stands if key in progress}
    return Move(
        progress=kept_progress,
        kept=tuple(key for key in stands if state_of(progress, key) is ActivityState.COMPLETED),
        again=tuple(key for key in keys if key in progress and key not in stands),
        new=tuple(key for key in keys if key not in before),
        gone=tuple(key for key in before if key in progress and key not in keys),
        minutes_left=minutes_left(new.course, kept_progress),
        completes=bool(new.course.required_activities) and is_complete(new.course, kept_progress),
    )


def counts(old: Edition, new: Edition, key: str, *, material: bool) -> bool:
    """Whether what was done of an activity in `old` counts in `new`; both have it."""
    one, other = old.course.activity(key), new.course.activity(key)
    if one.kind is not other.kind or not _is_no_harder(one, other):
        return False
    before = old.texts[old.course.original].activities[key]
    after = new.texts[new.course.original].activities[key]
    if material and written(before) != written(after):
        return False
    return bank_of(before) == bank_of(after) and rubric_of(before) == rubric_of(after)


def _is_no_harder(one: Activity, other: Activity) -> bool:
    """A try that passed at 80 passes at 70. How many are drawn counts for a quiz alone."""
    drawn = one.kind is not ActivityKind.QUIZ or one.draw == other.draw
    return drawn and (other.pass_mark or 0) <= (one.pass_mark or 0)


def lies_between(numbers: Sequence[int], one: int, other: int) -> bool:
    """Whether one of these versions (those that are material) is on the way from version `one` to `other`."""
    low, high = sorted((one, other))
    return any(low < number <= high for number in numbers)
