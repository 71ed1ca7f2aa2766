"""Indicators agreed at the start, in proportion to the training."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lms.joint_trainings.domain.states import Obstacle
from lms.joint_trainings.domain.tracks import Track
from lms.kernel.errors import Conflict, Fault, Invalid, NotFound

MOST = 12
"""More than anybody measures."""
LIGHT_MOST = 2
"""On the light track one or two are asked for; with more, somebody has mistaken effort for proof."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """What is measured, from where to where, in which unit, how and when."""

    name: str
    unit: str
    baseline: Decimal | None = None
    target: Decimal | None = None
    verification: str = ""
    measured_on: date | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it has all parts: somebody else could measure it."""
        numbers = self.baseline is not None and self.target is not None
        return numbers and bool(self.unit and self.verification) and self.measured_on is not None


def faults_in_indicator(indicator: Indicator) -> list[Fault]:
    """What is wrong with one by itself."""
    faults = [] if indicator.name.strip() else [Fault("/name", "Say what is measured.")]
    if indicator.baseline is not None and indicator.baseline == indicator.target:
        faults.append(Fault("/target", "A target differs from where one begins."))
    return faults


def obstacles_by_indicators(track: Track, indicators: Sequence[Indicator]) -> list[Obstacle]:
    """Light: one or two. Full: at least one, and each with all its parts."""
    if not indicators:
        return [Obstacle("no_indicator", "/indicators")]
    if track is Track.LIGHT:
        return []
    return [
        Obstacle("indicator_not_whole", f"/indicators/{number}", each.name)
        for number, each in enumerate(indicators)
        if not each.is_whole
    ]


class IndicatorNotFound(NotFound):
    type, title = "indicator-not-found", "There is no such indicator here"


class BadIndicator(Invalid):
    type, title = "bad-indicator", "Something about this indicator is not right"


class TooManyIndicators(Conflict):
    type, title = "too-many-indicators", "There are as many indicators as anybody measures"
