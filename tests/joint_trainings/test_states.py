"""The way of a training and its track, as laws."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from lms.joint_trainings.domain.states import (
    LONG_WAY,
    SHORT_WAY,
    Ground,
    TrainingState,
    is_on_the_way,
    next_state,
    obstacles_on_the_ground,
    way_of,
)
from lms.joint_trainings.domain.tracks import Shape, Track, Why, track_of
from lms.partners.domain.gate import Effort

STATES, BOOLEANS = st.sampled_from(TrainingState), st.booleans()
SHAPES = st.builds(
    Shape,
    minutes=st.integers(0, 2000),
    days=st.integers(1, 5),
    has_money=BOOLEANS,
    agreement_changed=BOOLEANS,
    has_partner=BOOLEANS,
    name_or_emblem=BOOLEANS,
    experts_only=BOOLEANS,
)


@given(BOOLEANS)
def test_a_way_is_walked_from_the_draft_to_its_end_one_state_at_a_time(with_partner: bool) -> None:
    walked, state = [TrainingState.DRAFT], TrainingState.DRAFT
    while (onward := next_state(state, with_partner=with_partner)) is not None:
        assert is_on_the_way(state, onward, with_partner=with_partner)
        walked.append(onward)
        state = onward
    assert tuple(walked) == way_of(with_partner=with_partner)


@given(STATES, STATES, BOOLEANS)
def test_every_other_move_is_forbidden(state: TrainingState, to: TrainingState, with_partner: bool) -> None:
    allowed = is_on_the_way(state, to, with_partner=with_partner)
    if to is TrainingState.CANCELLED:
        ended = (TrainingState.CLOSED, TrainingState.REVIEWED, TrainingState.CANCELLED)
        assert allowed is (state not in ended)
    elif to is TrainingState.DRAFT:
        taken_back = (TrainingState.ASSESSED, TrainingState.AGREED)
        assert allowed is (with_partner and state in taken_back)
    else:
        way = LONG_WAY if with_partner else SHORT_WAY
        assert allowed is (state in way and to in way and way.index(to) == way.index(state) + 1)


@given(SHAPES, st.sampled_from(["minutes", "has_money", "agreement_changed", "days"]))
def test_more_of_anything_never_makes_a_full_training_light(shape: Shape, what: str) -> None:
    value = getattr(shape, what)
    more = replace(shape, **{what: True if isinstance(value, bool) else value + 500})
    if track_of(shape).track is Track.FULL:
        assert track_of(more).track is Track.FULL
        assert set(track_of(shape).why) <= set(track_of(more).why)


@given(SHAPES)
def test_a_track_is_full_exactly_when_it_says_why(shape: Shape) -> None:
    tracked = track_of(shape)
    assert (tracked.track is Track.FULL) == bool(tracked.why)
    light = shape.experts_only and not shape.has_money and not shape.name_or_emblem
    assert tracked.effort is (Effort.LIGHT if light else Effort.FULL)


def test_eight_hours_in_one_day_is_light_and_a_minute_more_is_not() -> None:
    shape = Shape(480, 1, False, False, True, False, True)
    assert track_of(shape).track is Track.LIGHT
    assert track_of(replace(shape, minutes=481)).why == (Why.LONGER_THAN_A_DAY,)
    assert track_of(replace(shape, days=2)).why == (Why.LONGER_THAN_A_DAY,)
    assert track_of(replace(shape, agreement_changed=True, has_partner=False)).track is Track.LIGHT


def test_what_is_not_there_stands_in_the_way_and_nothing_else_does() -> None:
    good = Ground(2, (), True, True, True, True, True)
    for to in TrainingState:
        assert obstacles_on_the_ground(to, good) == []
    bad = Ground(1, ("UNRO",), False, False, False, False, False)
    keys = {to: [each.key for each in obstacles_on_the_ground(to, bad)] for to in TrainingState}
    assert keys[TrainingState.CANCELLED] == keys[TrainingState.DRAFT] == []
    assert keys[TrainingState.PUBLISHED] == [
        "one_host",
        "no_lead",
        "host_not_accepted",
        "no_days",
        "no_content",
    ]
    assert "not_begun" in keys[TrainingState.RUNNING]
    assert "not_over" in keys[TrainingState.CLOSED]
