"""States of an enrolment: they only move forward, the share done is exact, tries are limited as the course says."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.catalogue.domain import Activity, ActivityKind, Attempts, Change, Course, Module, Release
from lms.enrolments.domain.states import (
    ActivityState,
    Progress,
    WrongActivityKind,
    is_complete,
    minutes_left,
    moved_forward,
    next_activity,
    require_kind,
    share_done,
    state_of,
    wait_until,
)

NOW = datetime(2026, 5, 5, 12, tzinfo=UTC)
STATES = [
    ActivityState.NOT_STARTED,
    ActivityState.STARTED,
    ActivityState.FAILED,
    ActivityState.SUBMITTED,
    ActivityState.COMPLETED,
]
KEYS = ["one", "two", "three", "four"]


@st.composite
def courses(draw: st.DrawFn) -> Course:
    activities = tuple(
        Activity(
            key,
            draw(st.sampled_from(list(ActivityKind))),
            draw(st.integers(1, 20)),
            required=draw(st.booleans()),
        )
        for key in KEYS
    )
    module = Module("m", sum(each.minutes for each in activities), activities)
    return Course(
        key="c",
        provider="p",
        original="en",
        languages=("en",),
        audiences=(),
        focuses=(),
        modalities=(),
        prerequisites=(),
        teaches=(),
        release=Release(Change.EDITORIAL, "first"),
        modules=(module,),
    )


MOVES = st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(STATES)), max_size=30)


def moved(moves: Sequence[tuple[str, ActivityState]]) -> Progress:
    progress: Progress = {}
    for number, (key, state) in enumerate(moves):
        progress = moved_forward(progress, key, state, NOW + timedelta(minutes=number))
    return progress


@given(MOVES, st.randoms())
def test_messages_in_any_order_lead_to_the_same_states(
    moves: list[tuple[str, ActivityState]], random
) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(moves)
    random.shuffle(shuffled)
    first, second = moved(moves), moved(shuffled)
    assert {key: state_of(first, key) for key in KEYS} == {key: state_of(second, key) for key in KEYS}


@given(MOVES, st.sampled_from(KEYS), st.sampled_from(STATES))
def test_a_state_never_moves_back(
    moves: list[tuple[str, ActivityState]], key: str, state: ActivityState
) -> None:
    before = moved(moves)
    after = moved_forward(before, key, state, NOW)
    assert STATES.index(state_of(after, key)) == max(STATES.index(state_of(before, key)), STATES.index(state))
    if state_of(after, key) is state_of(before, key):
        assert after is before, "nothing changed, so nothing need be written"
    assert all(state_of(after, other) is state_of(before, other) for other in KEYS if other != key)


@given(courses(), MOVES)
def test_the_share_done_is_one_exactly_when_the_course_is_complete(
    course: Course, moves: list[tuple[str, ActivityState]]
) -> None:
    progress = moved(moves)
    share = share_done(course, progress)
    assert 0.0 <= share <= 1.0
    if course.required_activities:
        assert (share == 1.0) == is_complete(course, progress) == (minutes_left(course, progress) == 0)
    else:
        assert is_complete(course, progress)
        assert minutes_left(course, progress) == 0


@given(courses(), MOVES)
def test_the_next_activity_is_one_still_to_do_and_required_ones_first(
    course: Course, moves: list[tuple[str, ActivityState]]
) -> None:
    progress = moved(moves)
    todo = [each for each in course.activities if STATES.index(state_of(progress, each.key)) < 3]
    following = next_activity(course, progress)
    assert (following is None) == (not todo)
    if following is not None:
        required = [each for each in todo if each.required]
        assert following == (required or todo)[0]


# -- tries -------------------------------------------------------------------------------------------------

STARTS = st.lists(st.integers(0, 200).map(lambda hours: NOW - timedelta(hours=hours)), max_size=8)


@given(STARTS)
def test_without_a_limit_one_may_always_try(earlier: list[datetime]) -> None:
    assert wait_until(None, earlier, NOW) == NOW


@given(STARTS, st.integers(1, 5))
def test_a_limit_in_all_ends(earlier: list[datetime], limit: int) -> None:
    assert (wait_until(Attempts(limit), earlier, NOW) is None) == (len(earlier) >= limit)


@given(STARTS, st.integers(1, 5), st.integers(1, 48))
def test_at_the_moment_named_there_is_room_and_just_before_there_is_none(
    earlier: list[datetime], limit: int, hours: int
) -> None:
    window = timedelta(hours=hours)

    def within(moment: datetime) -> int:
        return sum(start > moment - window for start in earlier)

    allowed = wait_until(Attempts(limit, hours), earlier, NOW)
    assert allowed is not None
    assert allowed >= NOW
    assert within(allowed) < limit
    if allowed > NOW:
        assert within(allowed - timedelta(microseconds=1)) >= limit


def test_each_kind_is_asked_for_by_name() -> None:
    page = Activity("read", ActivityKind.PAGE, 5)
    require_kind(page, ActivityKind.PAGE)
    with pytest.raises(WrongActivityKind, match="is a page, not a quiz"):
        require_kind(page, ActivityKind.QUIZ)
