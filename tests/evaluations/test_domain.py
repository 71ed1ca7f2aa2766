"""Rules of evaluations: which levels, when, and what is told of whom."""

from collections import Counter
from datetime import date, timedelta
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.evaluations.domain.forms import MOST_WORDS, SCALE, faults_in_answer
from lms.evaluations.domain.learning import Written, as_bank, faults_in_questions, stored, written_from
from lms.evaluations.domain.levels import (
    TESTS,
    Kind,
    Level,
    is_complete,
    levels_of,
    pre_window,
    window_of,
)
from lms.evaluations.domain.shown import (
    GAINS,
    gained_of,
    scored_of,
    shown_count,
    sum_of_gained,
    sum_of_scored,
)
from lms.evaluations.forms import days, form_of
from lms.joint_trainings.domain.tracks import Track
from lms.kernel.i18n import LANGUAGES
from lms.kernel.small_cells import LEAST

A_DAY = st.dates(date(2020, 1, 1), date(2040, 1, 1))
SCORES = st.lists(st.sampled_from(list(SCALE)), max_size=40)
FORMS = [form_of(kind) for kind in Kind if kind not in TESTS]


def test_a_full_training_is_asked_more_than_a_light_one() -> None:
    assert levels_of(Track.LIGHT) == (Level.REACTION, Level.LEARNING)
    assert levels_of(Track.FULL) == tuple(Level)


@given(A_DAY, st.integers(0, 400))
def test_windows_open_when_it_is_over_and_stay_open_as_long_however_late_it_is_closed(
    last: date, late: int
) -> None:
    today = last + timedelta(late)
    for level in Level:
        window = window_of(level, last, today, days())
        assert today <= window.opens_on <= window.closes_on
        assert window.holds(window.opens_on) and window.holds(window.closes_on)
        assert not window.holds(window.closes_on + timedelta(1))
    assert window_of(Level.BEHAVIOUR, last, today, days()).opens_on >= last + timedelta(90)
    assert window_of(Level.REACTION, last, today, days()).opens_on == today


@given(A_DAY)
def test_the_pre_test_ends_when_the_training_begins(first: date) -> None:
    assert pre_window(first, days()).holds(first)
    assert not pre_window(first, days()).holds(first + timedelta(1))


def test_it_is_complete_when_all_that_was_asked_is_closed() -> None:
    light, full = levels_of(Track.LIGHT), levels_of(Track.FULL)
    assert is_complete(light, [Level.LEARNING, Level.REACTION])
    assert not is_complete(full, light)
    assert not is_complete((), ())


# -- forms -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_forms_are_short_and_in_six_languages(form) -> None:  # type: ignore[no-untyped-def]
    assert 3 <= len(form.scaled) <= 6 and len(form.open) <= 2 and len(form.scale) == len(SCALE)
    for words in (*form.scaled.values(), *form.open.values(), *form.scale):
        assert set(words) == set(LANGUAGES) and all(text.strip() for text in words.values())
    assert len(form.digest) == 64 and form.version >= 1


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_an_answer_scores_every_question_from_one_to_five(form) -> None:  # type: ignore[no-untyped-def]
    good = dict.fromkeys(form.scaled, 3)
    assert faults_in_answer(form, good, {}) == []
    for key in form.scaled:
        for bad in (0, 6, -1, 10**9):
            assert [f.pointer for f in faults_in_answer(form, good | {key: bad}, {})] == [f"/scores/{key}"]
        without = {name: score for name, score in good.items() if name != key}
        assert [f.pointer for f in faults_in_answer(form, without, {})] == [f"/scores/{key}"]
    pointers = [f.pointer for f in faults_in_answer(form, good | {"x": 3}, {"y": "words"})]
    assert pointers == ["/scores/x", "/words/y"]
    for key in form.open:
        assert faults_in_answer(form, good, {key: "x" * MOST_WORDS}) == []
        assert faults_in_answer(form, good, {key: "x" * (MOST_WORDS + 1)})


# -- what is told ------------------------------------------------------------------------------------------


@given(SCORES)
def test_nothing_is_told_of_fewer_than_five(scores: list[int]) -> None:
    told = scored_of(Counter(scores))
    if len(scores) < LEAST:
        assert told is None
        return
    assert told is not None
    assert (told.people, told.total) == (len(scores), sum(scores))
    assert sum(band.people for band in told.bands) == len(scores)
    assert all(shown_count(band.people) is not None for band in told.bands)
    assert [score for band in told.bands for score in range(band.low, band.high + 1)] == list(SCALE)


@given(SCORES.filter(lambda scores: len(scores) >= LEAST))
def test_bands_are_as_narrow_as_can_be(scores: list[int]) -> None:
    counts, told = Counter(scores), scored_of(Counter(scores))
    assert told is not None
    for cuts in combinations((1, 2, 3, 4), len(told.bands)):
        ends = (0, *cuts, 5)
        people = [sum(counts[s] for s in range(low + 1, high + 1)) for low, high in pairwise(ends)]
        assert any(0 < each < LEAST for each in people), "one more cut would have hidden nobody"


@given(st.lists(SCORES, max_size=6))
def test_a_sum_tells_only_what_its_parts_tell(several: list[list[int]]) -> None:
    parts = [told for scores in several if (told := scored_of(Counter(scores)))]
    whole = sum_of_scored(parts)
    if not parts:
        assert whole is None
        return
    assert whole is not None
    assert whole.people == sum(part.people for part in parts) == sum(b.people for b in whole.bands)
    for band in whole.bands:
        of_parts = [b for part in parts for b in part.bands if band.low <= b.low and b.high <= band.high]
        assert band.people == sum(each.people for each in of_parts)


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)), max_size=30))
def test_gains_hide_small_bands_and_what_would_tell_them(pairs: list[tuple[int, int]]) -> None:
    told = gained_of(pairs)
    if len(pairs) < LEAST:
        assert told is None
        return
    assert told is not None and tuple(told.gains) == GAINS
    assert all(count is None or shown_count(count) is not None for count in told.gains.values())
    hidden = [band for band, count in told.gains.items() if count is None]
    assert len(hidden) != 1, "the sum would tell it"
    twice = sum_of_gained([told, told])
    assert twice is not None and twice.people == 2 * told.people
    assert [band for band, count in twice.gains.items() if count is None] == hidden
    assert twice.average_after == told.average_after


# -- tests that hosts write --------------------------------------------------------------------------------

GOOD = [Written(f"Question {number}?", ("This", "That"), number % 2) for number in range(3)]


def test_a_written_test_is_graded_as_a_quiz() -> None:
    assert faults_in_questions(GOOD) == []
    assert written_from(stored(GOOD)) == GOOD
    bank = as_bank(GOOD)
    assert [[o.is_right for o in q.options].index(True) for q in bank] == [0, 1, 0]


@pytest.mark.parametrize(
    ("questions", "pointer"),
    [
        (GOOD[:2], "/questions"),
        (GOOD * 4, "/questions"),
        ([*GOOD[:2], Written(" ", ("a", "b"), 0)], "/questions/2/prompt"),
        ([*GOOD[:2], GOOD[0]], "/questions/2/prompt"),
        ([*GOOD[:2], Written("x", ("a",), 0)], "/questions/2/options"),
        ([*GOOD[:2], Written("x", ("a", ""), 0)], "/questions/2/options"),
        ([*GOOD[:2], Written("x", ("a", "a "), 0)], "/questions/2/options"),
        ([*GOOD[:2], Written("x", ("a", "b"), 2)], "/questions/2/right"),
    ],
)
def test_what_is_wrong_with_a_test_is_said_by_its_place(questions: list[Written], pointer: str) -> None:
    assert pointer in {fault.pointer for fault in faults_in_questions(questions)}
