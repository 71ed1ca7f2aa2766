"""Laws of programmes: more completions never take away, their order is nothing, a choice counts distinct courses."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations, pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from lms.catalogue.domain import AnyItem, CourseItem, Label, Programme, ProgrammeItem, Programmes
from lms.catalogue.domain.programmes import find_circle
from lms.completions.domain.programmes import (
    Done,
    Earlier,
    completed_anew,
    courses_left,
    programme_state,
    still_holds,
)

COURSES = ("a", "b", "c", "d", "e", "f")
TODAY = date(2026, 11, 24)
WORDS = Label({"en": "x"})
days = st.integers(0, 400).map(lambda back: TODAY - timedelta(days=back))
courses = st.sampled_from(COURSES)
done_lists = st.lists(
    st.builds(
        Done,
        id=st.uuids(version=4),
        course=courses,
        occurred_on=days,
        valid_until=st.none() | st.integers(-300, 300).map(lambda days: TODAY + timedelta(days=days)),
    ),
    max_size=12,
    unique_by=lambda each: each.id,
)


@st.composite
def any_items(draw: st.DrawFn) -> AnyItem:
    of = draw(st.lists(courses, min_size=1, max_size=4, unique=True))
    return AnyItem(draw(st.integers(1, len(of))), tuple(of))


plain_items = st.lists(st.builds(CourseItem, courses) | any_items(), min_size=1, max_size=4).map(tuple)


@st.composite
def libraries(draw: st.DrawFn) -> Programmes:
    """`outer` holds `inner` at some place among its own items."""
    inner, own = draw(plain_items), draw(plain_items)
    at = draw(st.integers(0, len(own)))
    outer = (*own[:at], ProgrammeItem("inner"), *own[at:])
    return Programmes((Programme("outer", WORDS, WORDS, outer), Programme("inner", WORDS, WORDS, inner)))


keys = st.sampled_from(["outer", "inner"])


@st.composite
def completed(draw: st.DrawFn) -> tuple[Programmes, str, list[Done]]:
    """A programme with completions that make it complete, for ever, and some more."""
    programmes, key = draw(libraries()), draw(keys)
    needed = [
        Done(UUID(int=number), course, draw(days), None)
        for number, course in enumerate(sorted(programmes.courses_of(key)), 1)
    ]
    return programmes, key, draw(st.permutations(needed + draw(done_lists)))


@given(libraries(), keys, done_lists, done_lists, days)
def test_more_completions_never_make_it_less_complete(
    programmes: Programmes, key: str, some: list[Done], more: list[Done], on: date
) -> None:
    before = programme_state(programmes, key, some, on)
    after = programme_state(programmes, key, some + more, on)
    assert after.missing <= before.missing
    assert all(a.is_met >= b.is_met for a, b in zip(after.items, before.items, strict=True))


@given(libraries(), keys, done_lists, days, st.randoms(use_true_random=False))
def test_the_order_of_completions_does_not_matter(
    programmes: Programmes, key: str, done: list[Done], on: date, random: object
) -> None:
    first = programme_state(programmes, key, done, on)
    random.shuffle(done)  # type: ignore[attr-defined]
    assert programme_state(programmes, key, done, on) == first
    anew = completed_anew(programmes, key, done, [], TODAY)
    assert completed_anew(programmes, key, done[::-1], [], TODAY) == anew


@given(any_items(), done_lists, days)
def test_a_choice_counts_distinct_courses(item: AnyItem, done: list[Done], on: date) -> None:
    programmes = Programmes((Programme("one", WORDS, WORDS, (item,)),))
    state = programme_state(programmes, "one", done, on).items[0]
    valid = {
        each.course
        for each in done
        if each.course in item.of and each.occurred_on <= on and (each.valid_until or on) >= on
    }
    assert state.is_met == (len(valid) >= item.any)
    assert state.missing == max(0, item.any - len(valid))
    assert len({each.course for each in state.by}) == len(state.by) == min(item.any, len(valid))


@given(libraries(), done_lists, days)
def test_a_programme_within_one_is_as_if_its_items_stood_there(
    programmes: Programmes, done: list[Done], on: date
) -> None:
    outer, inner = programmes.programmes
    flat = [each for item in outer.items for each in (inner.items if item.kind == "programme" else (item,))]
    written_out = Programmes((replace(outer, items=tuple(flat)),))
    state = programme_state(programmes, "outer", done, on)
    assert state.is_complete == programme_state(written_out, "outer", done, on).is_complete
    assert state.missing == programme_state(written_out, "outer", done, on).missing
    assert programmes.courses_of("outer") == written_out.courses_of("outer")


@given(libraries(), keys, done_lists)
def test_it_is_completed_on_the_first_day_on_which_it_was_complete(
    programmes: Programmes, key: str, done: list[Done]
) -> None:
    found = completed_anew(programmes, key, done, [], TODAY)
    complete = [
        day
        for day in sorted({each.occurred_on for each in done})
        if programme_state(programmes, key, done, day).is_complete
    ]
    assert (found[0] if found else None) == (complete[0] if complete else None)
    if found:
        assert max(each.occurred_on for each in found[1].rests_on) <= found[0]
        kept = list(found[1].rests_on)
        assert programme_state(programmes, key, kept, found[0]).is_complete


@given(completed())
def test_what_is_recorded_is_recorded_once_and_falls_only_with_what_it_needs(
    made: tuple[Programmes, str, list[Done]],
) -> None:
    programmes, key, done = made
    found = completed_anew(programmes, key, done, [], TODAY)
    assert found is not None
    recorded = _recorded(programmes, key, found)
    assert completed_anew(programmes, key, done, [recorded], TODAY) is None
    assert still_holds(programmes, recorded, done, [])
    for each in done:
        rest = [other for other in done if other.id != each.id]
        if each.id not in recorded.rests_on:
            assert still_holds(programmes, recorded, rest, [])
        else:
            complete = programme_state(programmes, key, rest, found[0]).is_complete
            assert still_holds(programmes, recorded, rest, []) == complete


def _recorded(programmes: Programmes, key: str, found, until: date | None = None) -> Earlier:  # type: ignore[no-untyped-def]
    return Earlier(
        id=UUID(int=1),
        programme=key,
        digest=programmes.digest_of(key),
        document_id=UUID(int=2),
        rests_on=frozenset(each.id for each in found[1].rests_on),
        occurred_on=found[0],
        valid_until=until,
    )


@given(completed())
def test_a_programme_that_has_lapsed_is_done_anew(
    made: tuple[Programmes, str, list[Done]],
) -> None:
    programmes, key, done = made
    found = completed_anew(programmes, key, done, [], TODAY)
    assert found is not None
    lapsed = _recorded(programmes, key, found, until=TODAY - timedelta(days=1))
    again = completed_anew(programmes, key, done, [lapsed], TODAY)
    if again is not None:
        assert not lapsed.rests_on & {each.id for each in again[1].rests_on}


@given(libraries(), keys, done_lists, st.dictionaries(courses, st.integers(10, 200)))
def test_who_takes_what_is_left_has_completed_it(
    programmes: Programmes, key: str, done: list[Done], minutes: dict[str, int]
) -> None:
    state = programme_state(programmes, key, done, TODAY)
    left = courses_left(state, minutes)
    taken = [Done(UUID(int=n), course, TODAY, None) for n, course in enumerate(left, 1)]
    assert programme_state(programmes, key, done + taken, TODAY).is_complete
    assert bool(left) != state.is_complete
    assert set(left) <= programmes.courses_of(key)


@given(any_items(), st.fixed_dictionaries(dict.fromkeys(COURSES, st.integers(10, 200))))
def test_of_a_choice_the_shortest_is_left(item: AnyItem, minutes: dict[str, int]) -> None:
    programmes = Programmes((Programme("one", WORDS, WORDS, (item,)),))
    left = courses_left(programme_state(programmes, "one", [], TODAY), minutes)
    shortest = min(sum(minutes[each] for each in some) for some in combinations(item.of, item.any))
    assert sum(minutes[each] for each in left) == shortest


@given(libraries(), libraries())
def test_the_digest_is_of_what_is_asked_for_and_not_of_the_words(one: Programmes, other: Programmes) -> None:
    for key in ("outer", "inner"):
        programme = one.get(key)
        assert programme is not None
        renamed = replace(programme, name=Label({"en": "Another"}), audiences=("un-personnel",))
        rest = tuple(each for each in one.programmes if each.key != key)
        assert Programmes((renamed, *rest)).digest_of(key) == one.digest_of(key)
        assert Programmes((replace(programme, validity_months=12), *rest)).digest_of(key) != one.digest_of(
            key
        )
        if one.get("inner") == other.get("inner") and one.get("outer") == other.get("outer"):
            assert one.digest_of(key) == other.digest_of(key)


@given(st.dictionaries(courses, st.lists(courses, max_size=3), max_size=6), courses)
def test_a_circle_is_found_exactly_where_one_is(nested: dict[str, list[str]], start: str) -> None:
    circle = find_circle(nested, start)
    reached: set[str] = set()
    more = set(nested.get(start, ()))
    while more:
        reached |= more
        more = {each for key in reached for each in nested.get(key, ())} - reached
    assert (circle is not None) == (start in reached)
    if circle:
        assert circle[0] == circle[-1] == start
        assert all(to in nested[at] for at, to in pairwise(circle))
