"""Small cells: which figures stay hidden so that nobody learns of a few people what is not theirs to know.

Pages, files and the API all ask `hidden_figures`, so that what one hides no other tells.

Figures stand in sums. Each goes `out_of` one sum and `into` another, and at every sum what comes in equals what goes
out: a cell goes out of its row and into its column, a row's total comes out of the grand total into its row, and so on
(the functions at the end write that down). This is a flow in pipes, and so it can be said exactly which hidden figures
can be worked out: one cannot if it lies on a loop of hidden figures along which one person more here and one less there
leave every sum as it is.
"""

from collections import deque
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

LEAST: Final = 5
"""Figures of fewer people are hidden. Nought is shown: it is about nobody, and empty cells are what one looks for."""

Row = TypeVar("Row", bound=Hashable)
Column = TypeVar("Column", bound=Hashable)
Side = TypeVar("Side", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Figure:
    """A count of people and the two sums it stands in. Naming none binds it to nothing.

    `among` is the key of a figure that counts these people together with others of its kind, each person once: an area
    of which this is one ability. Such a figure stands in no sum.
    """

    key: Hashable
    people: int
    out_of: Hashable = None
    into: Hashable = None
    among: Hashable = None


def hidden_figures(figures: Iterable[Figure]) -> frozenset[Hashable]:
    """Keys of the figures to hide: those under five, and the next smallest where a hidden one could be worked out.

    For each hidden figure there are then at least two whole numbers, 1 or more, that agree with all that is shown.
    Whoever looks may know a part of a figure anyway (their own entity's): `people` is then the rest of it. Figures that
    share sums are judged together, all that are ever shown of them.
    """
    known = sorted((each for each in figures if each.people > 0), key=_smallest_first)
    in_sums = [each for each in known if each.among is None]
    hidden = {each.key for each in known if each.people < LEAST}
    while more := _Sums(in_sums, hidden).needed() or _needed_among(known, hidden):
        hidden |= more
    return frozenset(hidden)


def _smallest_first(figure: Figure) -> tuple[int, str]:
    return figure.people, repr(figure.key)  # ties break the same way every time


def _needed_among(known: Sequence[Figure], hidden: set[Hashable]) -> set[Hashable]:
    """What a figure and those it counts together would tell of each other.

    With the whole hidden, a part that is shown could be all of it. With the whole shown, one hidden part is at least
    what the others leave; of two that cannot be said.
    """
    parts: dict[Hashable, list[Figure]] = {}
    for each in known:
        if each.among is not None:
            parts.setdefault(each.among, []).append(each)
    needed: set[Hashable] = set()
    for whole, those in parts.items():
        shown = [each.key for each in those if each.key not in hidden]
        alone = len(those) - len(shown) == 1
        needed.update(shown if whole in hidden else shown[:1] if alone else ())
    return needed


class _Sums:
    """Figures as pipes between sums, smallest first and none of them empty; some are hidden."""

    def __init__(self, figures: Sequence[Figure], hidden: set[Hashable]) -> None:
        self._hidden = [each for each in figures if each.key in hidden]
        self._shown = [each for each in figures if each.key not in hidden]
        self._at: dict[Hashable, list[Figure]] = {}
        for each in self._hidden:
            for end in {each.out_of, each.into}:
                self._at.setdefault(end, []).append(each)

    def needed(self) -> set[Hashable]:
        """For each hidden figure that can be worked out, the next smallest beside it."""
        exposed = self._exposed()
        if not exposed:
            return set()
        smallest: dict[Hashable, Figure] = {}
        for each in self._shown:
            for end in (each.out_of, each.into):
                smallest.setdefault(end, each)
        return {self._beside(each, smallest).key for each in exposed}

    def _exposed(self) -> list[Figure]:
        safe = _Forest(self._hidden).on_loops()  # nearly all, at once; what is left is looked at one by one
        exposed = []
        for figure in self._hidden:
            if figure.key not in safe:
                loop = self._loop(figure)
                safe.update(loop)
                exposed += [] if loop else [figure]
        return exposed

    def _beside(self, figure: Figure, smallest: Mapping[Hashable, Figure]) -> Figure:
        """The smallest shown where this one alone is hidden, else in either of its sums, else anywhere."""
        ends = (figure.out_of, figure.into)
        alone = [end for end in ends if len(self._at[end]) == 1]
        for sums in (alone, ends):
            shown = [smallest[end] for end in sums if end in smallest]
            if shown:
                return min(shown, key=_smallest_first)
        return self._shown[0]

    def _loop(self, figure: Figure) -> list[Hashable]:
        """Keys of a loop through this figure on which each can change by one; empty when there is none."""
        if figure.out_of == figure.into:
            return [figure.key]
        loop = self._way(figure, figure.into, figure.out_of)
        if loop or figure.people == 1:  # what is hidden is not nought, and everybody knows that
            return loop
        return self._way(figure, figure.out_of, figure.into)

    def _way(self, figure: Figure, start: Hashable, end: Hashable) -> list[Hashable]:
        """The shortest way over other hidden figures: with the flow one person more, against it one less."""
        came: dict[Hashable, tuple[Hashable, Hashable]] = {start: (None, None)}
        waiting = deque([start])
        while waiting and end not in came:
            here = waiting.popleft()
            for each in self._at[here]:
                onward = each.out_of == here
                there = each.into if onward else each.out_of
                if there not in came and each.key != figure.key and (onward or each.people > 1):
                    came[there] = (here, each.key)
                    waiting.append(there)
        return [figure.key, *_traced(came, end)] if end in came else []


def _traced(came: Mapping[Hashable, tuple[Hashable, Hashable]], end: Hashable) -> Iterator[Hashable]:
    here, key = came[end]
    while key is not None:
        yield key
        here, key = came[here]


class _Forest:
    """Trees of figures above 1, which may change either way: whatever closes a ring with a tree lies on a loop."""

    def __init__(self, figures: Sequence[Figure]) -> None:
        self._above: dict[
            Hashable, tuple[Hashable, Hashable]
        ] = {}  # sum → the sum nearer the root, the key between
        self._depth: dict[Hashable, int] = {}
        self._figures = figures
        self._grow()

    def _grow(self) -> None:
        at: dict[Hashable, list[Figure]] = {}
        for each in self._figures:
            if each.people > 1:
                at.setdefault(each.out_of, []).append(each)
                at.setdefault(each.into, []).append(each)
        for root in at:
            waiting = [] if root in self._depth else [root]
            self._depth.setdefault(root, 0)
            for here in waiting:  # it grows while it is gone through
                for each in at[here]:
                    there = each.into if each.out_of == here else each.out_of
                    if there not in self._depth:
                        self._depth[there] = self._depth[here] + 1
                        self._above[there] = (here, each.key)
                        waiting.append(there)

    def on_loops(self) -> set[Hashable]:
        """Keys of figures on a loop; there may be others, that pass through figures of 1."""
        in_trees = {key for _, key in self._above.values()}
        joined: dict[Hashable, Hashable] = {}  # sums between which every figure is known to lie on a loop
        found: set[Hashable] = set()
        for each in self._figures:
            if each.key not in in_trees and self._root(each.out_of) == self._root(each.into):
                found.add(each.key)
                if each.people > 1:
                    found.update(self._ring(each, joined))
        return found

    def _root(self, sum_: Hashable) -> Hashable:
        while sum_ in self._above:
            sum_ = self._above[sum_][0]
        return sum_

    def _ring(self, closing: Figure, joined: dict[Hashable, Hashable]) -> Iterator[Hashable]:
        """Keys of the tree between the two ends, without those told before."""
        one, other = _first(joined, closing.out_of), _first(joined, closing.into)
        while one != other:
            if self._depth[one] < self._depth[other]:
                one, other = other, one
            above, key = self._above[one]
            joined[one] = above
            yield key
            one = _first(joined, above)


def _first(joined: dict[Hashable, Hashable], sum_: Hashable) -> Hashable:
    while sum_ in joined:
        sum_ = joined[sum_]
    return sum_


# -- figures of the usual shapes ---------------------------------------------------------------------------


def sum_figures(parts: Mapping[Row, int], *, name: Hashable) -> dict[Row | None, Figure]:
    """Parts and their total, which stands under None. `name` tells the keys of one sum from another's."""
    outer, inner = (name, "parts"), (name, "total")
    figures: dict[Row | None, Figure] = {
        part: Figure((name, part), people, outer, inner) for part, people in parts.items()
    }
    return {**figures, None: Figure((name, None), sum(parts.values()), inner, outer)}


def table_figures(
    cells: Mapping[tuple[Row, Column], int], *, name: Hashable
) -> dict[tuple[Row | None, Column | None], Figure]:
    """A table with all its totals by (row, column): with None for the row it is a column's total, and so on."""
    people: dict[tuple[Row | None, Column | None], int] = {(None, None): 0}
    for (row, column), count in cells.items():
        for place in ((row, column), (row, None), (None, column), (None, None)):
            people[place] = people.get(place, 0) + count
    return {
        (row, column): Figure((name, row, column), count, *_ends(name, row, column))
        for (row, column), count in people.items()
    }


def _ends(name: Hashable, row: Hashable, column: Hashable) -> tuple[Hashable, Hashable]:
    in_row, in_column = (name, "row", row), (name, "column", column)
    if row is None:
        return (in_column, (name, "column", None)) if column is not None else (in_column, (name, "row", None))
    return (in_row, in_column) if column is not None else ((name, "row", None), in_row)


def linked_figures(
    left: Mapping[tuple[Row, Column], int], right: Mapping[tuple[Row, Side], int], *, name: Hashable
) -> tuple[dict[tuple[Row | None, Column | None], Figure], dict[tuple[Row | None, Side | None], Figure]]:
    """Two tables that sort the same people of each row in two ways: totals of rows are the same figures in both.

    Both have the same rows, and each row the same sum.
    """
    one = table_figures(left, name=name)
    for (row, column), figure in one.items():
        if column is None and row is None:
            one[row, column] = replace(figure, into=(name, "beside", "all"))
        elif column is None:  # what the other table's row holds flows through the total into this one's
            one[row, column] = replace(figure, out_of=(name, "beside", row))
    other: dict[tuple[Row | None, Side | None], Figure] = {}
    for (row, side), figure in table_figures(right, name=(name, "beside")).items():
        if side is None:
            other[row, side] = one[row, None]
        elif row is None:
            other[row, side] = replace(figure, out_of=(name, "beside", "all"), into=(name, "side", side))
        else:
            other[row, side] = replace(figure, out_of=(name, "side", side), into=(name, "beside", row))
    return one, other


# -- answers of people whose number everybody knows --------------------------------------------------------


def hidden_answers(table: Mapping[Row, Mapping[Column, int]]) -> frozenset[Row | None]:
    """Rows of a table whose figures are hidden, None for their sum, where everybody knows how many people a row has.

    Such a sum hides nothing: of two people one of whom said yes, a nought tells what the other said. So a row is shown
    whole or not at all: not with an answer of fewer than five. The sum of all rows is shown where what it leaves for
    the hidden ones is spread over two answers at least of five people at least.
    """
    hidden = {row for row, answers in table.items() if any(0 < people < LEAST for people in answers.values())}
    whole, rest = _summed(table.values()), _summed(table[row] for row in hidden)
    several = sum(people > 0 for people in rest) > 1 and len(hidden) > 1
    if any(0 < people < LEAST for people in (*whole, *rest)) or (hidden and not several):
        return frozenset({*hidden, None})
    return frozenset(hidden)


def _summed(rows: Iterable[Mapping[Column, int]]) -> list[int]:
    return [sum(column) for column in zip(*(row.values() for row in rows), strict=True)]
