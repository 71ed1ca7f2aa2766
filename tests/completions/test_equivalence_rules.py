"""Laws of the equivalence register: its closure is reachability, and no loop is ever let in."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from lms.completions.domain.equivalences import (
    Register,
    Rule,
    closes_loop,
    reached_from,
    spans_reaching,
)

COURSES = [UUID(int=number) for number in range(1, 7)]
PATHS = ("/", "/a/", "/a/x/", "/b/")
HOMES = ((), ("/a/",), ("/a/x/",), ("/b/",), ("/a/x/", "/b/"))
BEGIN = date(2026, 1, 1)
days = st.integers(0, 60).map(lambda ahead: BEGIN + timedelta(days=ahead))
courses = st.sampled_from(COURSES)
homes = st.sampled_from(HOMES)


@st.composite
def rules(draw: st.DrawFn, number: int = 0) -> Rule:
    held, gives = draw(st.lists(courses, min_size=2, max_size=2, unique=True))
    first = draw(days)
    until = draw(st.none() | st.integers(0, 40).map(lambda more: first + timedelta(days=more)))
    return Rule(UUID(int=100 + number), held, gives, draw(st.sampled_from(PATHS)), first, until)


@st.composite
def lists_of_rules(draw: st.DrawFn) -> list[Rule]:
    return [draw(rules(number)) for number in range(draw(st.integers(0, 9)))]


def let_in(some: Iterable[Rule]) -> Register:
    """A register as it comes about: one after the other, those that would close a loop refused."""
    register = Register()
    for each in some:
        if not closes_loop(register, each):
            register = Register((*register.rules, each))
    return register


def reachable(some: Sequence[Rule], course: UUID, day: date, paths: Sequence[str]) -> set[UUID]:
    """Warshall's way: add what follows until nothing does."""
    usable = [
        (each.held, each.gives)
        for each in some
        if each.from_on <= day <= (each.until_on or date.max)
        and (each.path == "/" or any(path.startswith(each.path) for path in paths))
    ]
    known = {course}
    while more := {gives for held, gives in usable if held in known} - known:
        known |= more
    return known - {course}


@given(lists_of_rules(), courses, days, homes)
def test_what_a_completion_gives_is_what_can_be_reached(
    some: list[Rule], course: UUID, day: date, paths: tuple[str, ...]
) -> None:
    found = reached_from(Register(tuple(some)), course, day, paths)
    assert set(found) == reachable(some, course, day, paths)
    for gives, rule in found.items():
        assert rule.gives == gives
        assert rule.is_in_force(day)
        assert rule.held == course or rule.held in found, "each last step begins where another ends"


@given(lists_of_rules(), courses, days, homes, st.randoms(use_true_random=False))
def test_the_order_of_decisions_does_not_matter(
    some: list[Rule], course: UUID, day: date, paths: tuple[str, ...], random: object
) -> None:
    before = reached_from(Register(tuple(some)), course, day, paths)
    random.shuffle(some)  # type: ignore[attr-defined]
    assert reached_from(Register(tuple(some)), course, day, paths) == before


@given(lists_of_rules(), rules(50), courses, days, homes)
def test_one_more_equivalence_takes_nothing_away(
    some: list[Rule], more: Rule, course: UUID, day: date, paths: tuple[str, ...]
) -> None:
    before = reached_from(Register(tuple(some)), course, day, paths)
    assert set(before) <= set(reached_from(Register((*some, more)), course, day, paths))


@given(lists_of_rules(), courses, days, st.sampled_from(PATHS[1:]))
def test_in_a_register_that_refused_loops_no_course_gives_itself(
    some: list[Rule], course: UUID, day: date, path: str
) -> None:
    """For somebody of one place; two places may each have decided the opposite for their own people."""
    register = let_in(some)
    for rule in register.rules:
        if rule.is_in_force(day) and rule.covers([path]):
            assert rule.held not in reachable(register.rules, rule.gives, day, [path])


@given(lists_of_rules(), rules(50), courses, days, homes)
def test_whoever_gets_something_by_a_new_equivalence_is_among_those_it_was_counted_for(
    some: list[Rule], new: Rule, course: UUID, day: date, paths: tuple[str, ...]
) -> None:
    register = Register(tuple(some))
    before = set(reached_from(register, course, day, paths))
    after = set(reached_from(Register((*some, new)), course, day, paths))
    if after > before:
        assert (
            any(
                span.course == course
                and span.from_on <= day <= (span.until_on or date.max)
                and (span.path == "/" or any(path.startswith(span.path) for path in paths))
                for span in spans_reaching(register, new)
            )
            or len(paths) > 1
        )  # of two places: each step may be covered by another of them


def test_a_course_that_gives_itself_is_a_loop() -> None:
    one, two, three = COURSES[:3]
    assert closes_loop(Register(), Rule(UUID(int=1), one, one, "/", BEGIN, None))
    chain = Register(
        (
            Rule(UUID(int=1), one, two, "/", BEGIN, None),
            Rule(UUID(int=2), two, three, "/a/", BEGIN, None),
        )
    )
    assert closes_loop(chain, Rule(UUID(int=3), three, one, "/", BEGIN, None))
    assert closes_loop(chain, Rule(UUID(int=3), three, one, "/a/x/", BEGIN, None))
    assert not closes_loop(chain, Rule(UUID(int=3), three, one, "/b/", BEGIN, None)), (
        "each for its own people"
    )
    before = BEGIN - timedelta(days=1)
    assert not closes_loop(chain, Rule(UUID(int=3), three, one, "/", date(2025, 1, 1), before))
