"""Clocks that stand still in an absence: examples that can be checked on a calendar, and laws for all of them."""

from collections.abc import Sequence
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lms.people.clocks import extended

Span = tuple[date, date]
FIRST = date(2026, 1, 1)
START, UNTIL = date(2026, 3, 1), date(2026, 5, 31)


def day(month: int, number: int) -> date:
    return date(2026, month, number)


def test_ten_days_away_early_on_move_the_end_by_ten_days() -> None:
    assert extended(START, UNTIL, [(day(3, 10), day(3, 19))]) == day(6, 10)


def test_an_absence_before_the_start_or_after_the_end_changes_nothing() -> None:
    assert extended(START, UNTIL, [(day(2, 1), day(2, 28)), (day(6, 1), day(6, 30))]) == UNTIL


def test_of_an_absence_that_had_begun_before_only_the_days_within_count() -> None:
    assert extended(START, UNTIL, [(day(2, 1), day(3, 5))]) == day(6, 5)


def test_a_day_away_on_the_last_day_leaves_thirty_days() -> None:
    assert extended(START, UNTIL, [(UNTIL, UNTIL)]) == day(6, 30)


def test_an_absence_past_the_end_leaves_thirty_days_from_the_return() -> None:
    # Eleven days of the period are left on 21 May; the return is on 1 September.
    assert extended(START, UNTIL, [(day(5, 21), day(8, 31))]) == day(9, 30)


def test_more_than_thirty_days_that_are_left_stay_as_they_are() -> None:
    # 52 days were left on 10 April; they are left on 1 July, the day of the return.
    assert extended(START, UNTIL, [(day(4, 10), day(6, 30))]) == day(8, 21)


def test_an_absence_that_comes_within_reach_through_another_counts() -> None:
    alone = [(day(6, 8), day(6, 12))]
    assert extended(START, UNTIL, alone) == UNTIL
    # The first one moves the end to 10 June, so that the second falls into it.
    assert extended(START, UNTIL, [(day(3, 10), day(3, 19)), *alone]) == day(7, 12)


def test_a_period_that_was_over_before_it_began_stays_so() -> None:
    assert extended(START, day(2, 1), [(day(1, 1), day(12, 31))]) == day(2, 1)


def test_an_absence_without_an_end_is_no_error() -> None:
    assert extended(START, UNTIL, [(day(4, 1), date.max)]) == date.max


# -- laws --------------------------------------------------------------------------------------------------

days = st.integers(0, 500).map(lambda number: FIRST + timedelta(days=number))
spans = st.tuples(days, st.integers(0, 120)).map(lambda pair: (pair[0], pair[0] + timedelta(days=pair[1])))
absences = st.lists(spans, max_size=6)


@st.composite
def periods(draw: st.DrawFn) -> Span:
    start = draw(days)
    return start, start + timedelta(days=draw(st.integers(0, 400)))


def present(start: date, end: date, away: Sequence[Span]) -> int:
    """Days from `start` to `end` that lie in no absence, counted one by one."""
    every = (start + timedelta(days=number) for number in range((end - start).days + 1))
    return sum(not any(first <= each <= last for first, last in away) for each in every)


@given(periods())
def test_without_absence_the_end_is_as_it_was(period: Span) -> None:
    assert extended(*period, []) == period[1]


@given(periods(), absences)
def test_never_fewer_days_present_than_the_period_had(period: Span, away: list[Span]) -> None:
    start, until = period
    end = extended(start, until, away)
    assert end >= until
    assert present(start, end, away) >= (until - start).days + 1


@given(periods(), absences)
def test_thirty_days_are_left_after_each_return_before_the_end(period: Span, away: list[Span]) -> None:
    start, until = period
    end = extended(start, until, away)
    reached = [last for first, last in away if last >= start and first <= end]
    assert all(end >= last + timedelta(days=30) for last in reached)


@given(periods(), absences)
def test_no_later_than_those_two_ask_for(period: Span, away: list[Span]) -> None:
    """A day less would either be short of days present, or leave less than thirty after some return."""
    start, until = period
    end = extended(start, until, away)
    earlier = end - timedelta(days=1)
    short = present(start, earlier, away) < (until - start).days + 1
    returns = [last for first, last in away if last >= start and first <= end]
    assert short or any(earlier < last + timedelta(days=30) for last in returns)


@given(periods(), absences, spans)
def test_one_more_absence_never_brings_the_end_forward(period: Span, away: list[Span], more: Span) -> None:
    assert extended(*period, [*away, more]) >= extended(*period, away)


@given(periods(), absences, st.randoms(use_true_random=False))
def test_order_and_overlap_do_not_matter(period: Span, away: list[Span], random: object) -> None:
    shuffled = [*away, *away]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    apart = [(each, each) for each in sorted({d for span in away for d in _days(span)})]
    assert extended(*period, shuffled) == extended(*period, away) == extended(*period, apart)


def _days(span: Span) -> list[date]:
    return [span[0] + timedelta(days=number) for number in range((span[1] - span[0]).days + 1)]


@given(periods(), absences, st.integers(0, 60))
def test_a_later_end_stays_later(period: Span, away: list[Span], more: int) -> None:
    start, until = period
    assert extended(start, until + timedelta(days=more), away) >= extended(start, until, away)
