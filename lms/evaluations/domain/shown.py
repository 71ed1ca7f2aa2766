"""What is told of answers, and what never is: nothing about fewer than five people.

A level is told once, when it is closed: while answers come in, two looks would tell the difference. Of a question on
a scale are told how many answered, their average, and how many gave which scores, in bands as narrow as leave five
people in each that is not empty.

A sum over several trainings (of a course, a partner, an entity) is made of what is told of each and of nothing else:
whoever takes one sum from another learns nothing that was not told before. Trainings of which nothing is told are
left out of every sum and counted beside it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from lms.evaluations.domain.forms import HIGHEST, LOWEST, SCALE
from lms.kernel.small_cells import LEAST, hidden_figures, sum_figures

Cuts = frozenset[int]
"""Scores after which a band ends, but for the last: {2, 3} makes the bands 1-2, 3 and 4-5."""


def shown_count(people: int) -> int | None:
    """A count of people; None where it is hidden. Nought is about nobody."""
    return people if people == 0 or people >= LEAST else None


@dataclass(frozen=True, slots=True)
class Band:
    """Scores `low` to `high`, and how many gave them."""

    low: int
    high: int
    people: int


@dataclass(frozen=True, slots=True)
class Scored:
    """What is told of one question on a scale."""

    people: int
    total: int  # of all scores
    bands: tuple[Band, ...]

    @property
    def average(self) -> float:
        """To one decimal."""
        return round(self.total / self.people, 1)


def scored_of(counts: Mapping[int, int]) -> Scored | None:
    """What is told of how many people gave which score; None: fewer than five answered."""
    people = sum(counts.values())
    if people < LEAST:
        return None
    total = sum(score * count for score, count in counts.items())
    return Scored(people, total, _bands(counts, _finest(counts)))


def _finest(counts: Mapping[int, int]) -> Cuts:
    """As many cuts as leave five people in every band that is not empty; ties keep high scores apart."""
    places = range(HIGHEST - 1, LOWEST - 1, -1)
    for number in range(len(places), 0, -1):
        for cuts in combinations(places, number):
            if all(shown_count(band.people) is not None for band in _bands(counts, frozenset(cuts))):
                return frozenset(cuts)
    return frozenset()


def _bands(counts: Mapping[int, int], cuts: Cuts) -> tuple[Band, ...]:
    ends = [LOWEST - 1, *sorted(cuts), HIGHEST]
    return tuple(
        Band(low + 1, high, sum(counts.get(score, 0) for score in SCALE if low < score <= high))
        for low, high in pairwise(ends)
    )


def _cuts(scored: Scored) -> Cuts:
    return frozenset(band.high for band in scored.bands[:-1])


def sum_of_scored(parts: Sequence[Scored]) -> Scored | None:
    """Several trainings together, in the bands that all of them tell; None: there is none."""
    if not parts:
        return None
    cuts = frozenset.intersection(*(_cuts(part) for part in parts))
    # The bands of each lie whole within those of the sum: standing at its upper end, one is counted where it belongs.
    at_ends: dict[int, int] = {}
    for band in (band for part in parts for band in part.bands):
        at_ends[band.high] = at_ends.get(band.high, 0) + band.people
    return Scored(
        sum(part.people for part in parts), sum(part.total for part in parts), _bands(at_ends, cuts)
    )


# -- learning ----------------------------------------------------------------------------------------------

GAINS = ("lower", "same", "up_to_20", "over_20")
"""Bands of what was gained between the tests, in points of a hundred."""


def gain_band(before: int, after: int) -> str:
    """The band of a gain; scores are hundredths of a per cent."""
    points = after - before
    if points <= 0:
        return "lower" if points < 0 else "same"
    return "up_to_20" if points <= 2_000 else "over_20"


@dataclass(frozen=True, slots=True)
class Gained:
    """What is told of two tests of the same people. Sums of scores are in hundredths of a per cent.

    `gains` by band; None where it is hidden.
    """

    people: int
    before: int
    after: int
    gains: Mapping[str, int | None]

    @property
    def average_before(self) -> float:
        """In per cent, to one decimal."""
        return round(self.before / self.people / 100, 1)

    @property
    def average_after(self) -> float:
        """In per cent, to one decimal."""
        return round(self.after / self.people / 100, 1)


def gained_of(scores: Iterable[tuple[int, int]]) -> Gained | None:
    """What is told of (before, after) of each who took both tests; None: fewer than five did."""
    pairs = list(scores)
    if len(pairs) < LEAST:
        return None
    bands = dict.fromkeys(GAINS, 0)
    for before, after in pairs:
        bands[gain_band(before, after)] += 1
    figures = sum_figures(bands, name="gains")
    hidden = hidden_figures(figures.values())
    return Gained(
        len(pairs),
        sum(before for before, _ in pairs),
        sum(after for _, after in pairs),
        {band: None if figures[band].key in hidden else count for band, count in bands.items()},
    )


def sum_of_gained(parts: Sequence[Gained]) -> Gained | None:
    """Several trainings together; a band that one of them hides is hidden. None: there is none."""
    if not parts:
        return None
    gains: dict[str, int | None] = {}
    for band in GAINS:
        told = [count for part in parts if (count := part.gains[band]) is not None]
        gains[band] = sum(told) if len(told) == len(parts) else None
    return Gained(
        sum(part.people for part in parts),
        sum(part.before for part in parts),
        sum(part.after for part in parts),
        gains,
    )
