"""Small cells: from what is shown nobody can work out a hidden figure, and no more is hidden than that takes."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.kernel.small_cells import (
    LEAST,
    Figure,
    hidden_figures,
    linked_figures,
    sum_figures,
    table_figures,
)

few = st.one_of(st.integers(0, 6), st.integers(0, 40))


# -- an attacker who solves for what is hidden --------------------------------------------------------------


def _sums(figures: Iterable[Figure]) -> dict[Hashable, dict[Hashable, int]]:
    """Each sum as key → +1 (comes in) or -1 (goes out)."""
    sums: dict[Hashable, dict[Hashable, int]] = {}
    for each in figures:
        if each.among is None and each.out_of != each.into:
            sums.setdefault(each.into, {})[each.key] = 1
            sums.setdefault(each.out_of, {})[each.key] = -1
    return sums


def _fillings(
    figures: Sequence[Figure], hidden: frozenset[Hashable], reach: int
) -> Iterator[dict[Hashable, int]]:
    """Every way to fill the hidden figures with numbers from 1, no further than `reach` from the true ones."""
    people = {each.key: each.people for each in figures}
    unknown = [each for each in people if each in hidden]
    sums = [each for each in _sums(figures).values() if set(each) & hidden]
    last = {}  # the place in `unknown` after which a sum is complete
    for number, each in enumerate(sums):
        last.setdefault(max(unknown.index(key) for key in each if key in hidden), []).append(number)

    def fill(at: int) -> Iterator[dict[Hashable, int]]:
        if at == len(unknown):
            yield dict(people)
            return
        key, true = unknown[at], people[unknown[at]]
        for value in range(max(1, true - reach), true + reach + 1):
            people[key] = value
            if all(not sum(sign * people[k] for k, sign in sums[n].items()) for n in last.get(at, ())):
                yield from fill(at + 1)
        people[key] = true

    yield from fill(0)


def _agree(figures: Sequence[Figure], filling: Mapping[Hashable, int]) -> bool:
    """Whether those counted together can be so many: no fewer than the largest part, no more than all parts."""
    for whole in {each.among for each in figures if each.among is not None}:
        parts = [filling[each.key] for each in figures if each.among == whole]
        if not max(parts) <= filling[whole] <= sum(parts):
            return False
    return True


def worked_out(figures: Sequence[Figure], hidden: frozenset[Hashable], reach: int = 1) -> set[Hashable]:
    """Keys of hidden figures for which only one number agrees with what is shown."""
    seen: dict[Hashable, set[int]] = {key: set() for key in hidden}
    for filling in _fillings(figures, hidden, reach):
        if _agree(figures, filling):
            for key, values in seen.items():
                values.add(filling[key])
        if all(len(values) > 1 for values in seen.values()):
            return set()
    return {key for key, values in seen.items() if len(values) < 2}


def _held(figures: Sequence[Figure]) -> None:
    hidden = hidden_figures(figures)
    assert {each.key for each in figures if 0 < each.people < LEAST} <= hidden
    assert not {each.key for each in figures if each.people == 0} & hidden
    assert worked_out(figures, hidden) == set()


# -- laws --------------------------------------------------------------------------------------------------


@given(st.lists(few, min_size=1, max_size=7))
def test_no_part_of_a_sum_can_be_worked_out(parts: list[int]) -> None:
    _held(list(sum_figures(dict(enumerate(parts)), name="sum").values()))


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 3), st.integers(1, 3), st.data())
def test_no_cell_and_no_total_of_a_table_can_be_worked_out(
    rows: int, columns: int, data: st.DataObject
) -> None:
    cells = {place: data.draw(few) for place in product(range(rows), range(columns))}
    _held(list(table_figures(cells, name="table").values()))


@st.composite
def _two_ways(draw: st.DrawFn) -> tuple[dict[tuple[int, str], int], dict[tuple[int, str], int]]:
    """The same people of each row by course and by language."""
    left, right = {}, {}
    for row in range(draw(st.integers(1, 2))):
        counts = draw(st.lists(few, min_size=2, max_size=2))
        french = draw(st.integers(0, sum(counts)))
        left |= {(row, f"course-{n}"): count for n, count in enumerate(counts)}
        right |= {(row, "en"): sum(counts) - french, (row, "fr"): french}
    return left, right


@settings(max_examples=150, deadline=None)
@given(_two_ways())
def test_nor_can_what_two_tables_tell_together(
    tables: tuple[dict[tuple[int, str], int], dict[tuple[int, str], int]],
) -> None:
    left, right = linked_figures(*tables, name="both")
    figures = {each.key: each for each in (*left.values(), *right.values())}
    for total in _sums(figures.values()).values():
        assert sum(sign * figures[key].people for key, sign in total.items()) == 0
    _held(list(figures.values()))


@st.composite
def _areas(draw: st.DrawFn) -> list[Figure]:
    """One skill area over some entities with its total, and each entity's competencies under it."""
    people = {}
    parts = []
    for entity in range(draw(st.integers(1, 3))):
        counts = draw(st.lists(st.integers(0, 12), min_size=1, max_size=3))
        people[entity] = draw(st.integers(max(counts), sum(counts)))
        parts += [
            Figure((entity, n), count, among=("area", entity))
            for n, count in enumerate(counts)
            if people[entity]
        ]
    return [*sum_figures(people, name="area").values(), *parts]


@settings(max_examples=150, deadline=None)
@given(_areas())
def test_nor_can_competencies_by_the_area_they_are_of(figures: list[Figure]) -> None:
    hidden = hidden_figures(figures)
    assert {each.key for each in figures if 0 < each.people < LEAST} <= hidden
    assert worked_out(figures, hidden, reach=2) == set()


@given(
    st.dictionaries(
        st.tuples(st.integers(0, 4), st.integers(0, 4)), st.one_of(st.just(0), st.integers(5, 99))
    )
)
def test_nothing_is_hidden_where_no_figure_is_small(cells: dict[tuple[int, int], int]) -> None:
    assert hidden_figures(table_figures(cells, name="table").values()) == frozenset()


@given(st.dictionaries(st.tuples(st.integers(0, 4), st.integers(0, 4)), few), st.randoms())
def test_the_order_of_figures_does_not_matter(cells: dict[tuple[int, int], int], chance) -> None:  # type: ignore[no-untyped-def]
    figures = list(table_figures(cells, name="table").values())
    found = hidden_figures(figures)
    chance.shuffle(figures)
    assert hidden_figures(figures) == found


# -- what it looks like ------------------------------------------------------------------------------------


def _hidden_places(cells: dict[tuple[str, str], int]) -> set[tuple[str | None, str | None]]:
    figures = table_figures(cells, name="table")
    hidden = hidden_figures(figures.values())
    return {place for place, figure in figures.items() if figure.key in hidden}


def test_the_next_smallest_goes_with_it_in_its_row_and_its_column() -> None:
    counts = {"a": (3, 20, 40), "b": (30, 9, 50), "c": (8, 60, 70)}
    cells = {(row, str(at)): each for row, line in counts.items() for at, each in enumerate(line)}
    assert _hidden_places(cells) == {("a", "0"), ("a", "1"), ("c", "0"), ("c", "1")}


@pytest.mark.parametrize(
    ("parts", "hidden"),
    [
        ([3, 7, 20], {0, 1}),  # the next smallest
        ([3, 4, 20], {0, 1}),  # two hide each other
        ([1, 1, 20], {0, 1, 2}),  # two whose total is 2 can only be one each
        ([3, 0, 0], {0, None}),  # nothing beside it: the total is the same three people
        ([2, 9], {0, 1}),
        ([0, 0, 12], set()),
    ],
)
def test_parts_of_a_sum(parts: list[int], hidden: set[int | None]) -> None:
    figures = sum_figures(dict(enumerate(parts)), name="sum")
    found = hidden_figures(figures.values())
    assert {place for place, figure in figures.items() if figure.key in found} == hidden


def test_hiding_only_what_is_small_would_give_it_away() -> None:
    """The attacker above is one: without the second cell he works the first out."""
    figures = list(sum_figures({"a": 3, "b": 7, "c": 20}, name="sum").values())
    assert worked_out(figures, frozenset({("sum", "a")}), reach=3) == {("sum", "a")}
    both = list(sum_figures({"a": 1, "b": 1, "c": 20}, name="sum").values())
    assert worked_out(both, frozenset({("sum", "a"), ("sum", "b")}), reach=3) == {("sum", "a"), ("sum", "b")}


def test_one_competency_alone_is_what_the_others_leave_of_their_area() -> None:
    figures = [
        Figure("legal", 9),
        Figure("agreements", 5, among="legal"),
        Figure("emblem", 4, among="legal"),
        Figure("liability", 6, among="legal"),
    ]
    assert hidden_figures(figures) == {"emblem", "agreements"}


def test_a_figure_that_stands_in_no_sum_is_hidden_by_itself() -> None:
    assert hidden_figures([Figure("a", 2), Figure("b", 6)]) == {"a"}
