"""The four levels, who is asked what on each, and from which day to which."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from lms.joint_trainings.domain.tracks import Track


class Level(StrEnum):
    """What is evaluated (Kirkpatrick's four levels, in their order)."""

    REACTION = "reaction"
    LEARNING = "learning"
    BEHAVIOUR = "behaviour"
    RESULTS = "results"


class Kind(StrEnum):
    """A form that somebody is asked to fill in."""

    REACTION = "reaction"
    PRE_TEST = "pre_test"
    POST_TEST = "post_test"
    BEHAVIOUR = "behaviour"
    SUPERVISOR = "supervisor"  # behaviour, seen by somebody of the learner's own side


LEVEL_OF: Mapping[Kind, Level] = {
    Kind.REACTION: Level.REACTION,
    Kind.PRE_TEST: Level.LEARNING,
    Kind.POST_TEST: Level.LEARNING,
    Kind.BEHAVIOUR: Level.BEHAVIOUR,
    Kind.SUPERVISOR: Level.BEHAVIOUR,
}
TESTS = frozenset({Kind.PRE_TEST, Kind.POST_TEST})
BOUND_TO_A_DAY = frozenset({Kind.REACTION, Kind.POST_TEST, Kind.BEHAVIOUR})
"""What everybody who took part is asked when the training is over."""
_OF_TRACK: Mapping[Track, tuple[Level, ...]] = {
    Track.LIGHT: (Level.REACTION, Level.LEARNING),
    Track.FULL: tuple(Level),
}


def levels_of(track: Track) -> tuple[Level, ...]:
    """The levels a track asks for, in order."""
    return _OF_TRACK[track]


@dataclass(frozen=True, slots=True)
class Days:
    """When the levels are open, in days after the last of the training; from the forms' file."""

    reaction: int
    learning: int
    behaviour_after: int
    behaviour: int  # days it stays open
    results: int
    pre_test: int  # days before the first day from which the pre-test is open
    remind_after: int  # days a form has been open


@dataclass(frozen=True, slots=True)
class Window:
    """The days on which answers are taken, both included."""

    opens_on: date
    closes_on: date

    def holds(self, day: date) -> bool:
        """Whether answers are taken on `day`."""
        return self.opens_on <= day <= self.closes_on


def window_of(level: Level, last: date, today: date, days: Days) -> Window:
    """When a level is open of a training whose last day was `last` and that is closed `today`.

    A training that was closed late leaves people as many days as one that was closed at once.
    """
    begins = max(last, today)
    match level:
        case Level.REACTION:
            return Window(today, begins + timedelta(days.reaction))
        case Level.LEARNING:
            return Window(today, begins + timedelta(days.learning))
        case Level.BEHAVIOUR:
            opens = max(last + timedelta(days.behaviour_after), today)
            return Window(opens, opens + timedelta(days.behaviour))
        case Level.RESULTS:
            return Window(today, begins + timedelta(days.results))


def pre_window(first: date, days: Days) -> Window:
    """When the pre-test is open: it ends on the day on which the training begins."""
    return Window(first - timedelta(days.pre_test), first)


def is_complete(asked: Collection[Level], closed: Collection[Level]) -> bool:
    """Whether every level that the track asks for is closed, so that the training can be reviewed."""
    return bool(asked) and set(asked) <= set(closed)
