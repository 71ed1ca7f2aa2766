"""Rules of attendance: codes, which mark holds, minutes, working days, and what counts as attended."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.joint_trainings.domain.attendance import (
    Mark,
    MarkSource,
    Sat,
    attended_minutes,
    holding,
    minutes_between,
    present,
)
from lms.joint_trainings.domain.checkin import STEP, CheckInTimes, When, code_at, is_code, seconds_left
from lms.joint_trainings.domain.signoff import (
    Due,
    Patience,
    SignedLine,
    add_working_days,
    digest_of_lines,
    due,
    working_days,
)

START = datetime(2026, 11, 25, 9, tzinfo=UTC)
PEOPLE = [UUID(int=number) for number in range(3)]
moments = st.integers(-7200, 7200).map(lambda seconds: START + timedelta(seconds=seconds))
days = st.dates(date(2024, 1, 1), date(2028, 12, 31))
marks = st.builds(
    Mark,
    id=st.uuids().map(str),
    person=st.sampled_from(PEOPLE),
    source=st.sampled_from(MarkSource),
    minutes=st.integers(0, 600),
    at=moments,
)


# -- codes -------------------------------------------------------------------------------------------------


@given(st.text(min_size=1), moments, st.integers(-STEP, STEP))
def test_a_code_is_taken_within_a_window_on_either_side(secret: str, at: datetime, drift: int) -> None:
    code = code_at(secret, "s", at)
    assert len(code) == 6 and code.isdecimal()
    assert is_code(secret, "s", f" {code[:3]}-{code[3:]} ", at + timedelta(seconds=drift))


@given(moments)
def test_a_code_is_no_longer_taken_after_two_windows(at: datetime) -> None:
    codes = {code_at("secret", "s", at + timedelta(seconds=STEP * each)) for each in (-1, 0, 1)}
    old = code_at("secret", "s", at - timedelta(seconds=2 * STEP))
    assert is_code("secret", "s", old, at) is (old in codes)


@given(moments)
def test_a_code_of_another_session_is_another(at: datetime) -> None:
    codes = {code_at("secret", str(number), at) for number in range(20)}
    assert len(codes) >= 19  # two of twenty may meet by chance


@given(moments)
def test_what_remains_reaches_to_the_next_code(at: datetime) -> None:
    left = seconds_left(at)
    assert 1 <= left <= STEP
    assert code_at("x", "s", at) == code_at("x", "s", at + timedelta(seconds=left - 1))


def test_arabic_figures_are_figures() -> None:
    code = code_at("x", "s", START)
    assert is_code("x", "s", code.translate({48 + n: 0x660 + n for n in range(10)}), START)
    assert not is_code("x", "s", "", START) and not is_code("x", "s", "words", START)


@pytest.mark.parametrize(
    ("minutes", "when"),
    [(-16, When.EARLY), (-15, When.OPEN), (0, When.OPEN), (15, When.OPEN), (16, When.LATE)],
)
def test_the_code_is_taken_around_the_start(minutes: int, when: When) -> None:
    assert CheckInTimes().when(START, START + timedelta(minutes=minutes)) is when


# -- marks -------------------------------------------------------------------------------------------------


@given(st.lists(marks, max_size=12), st.randoms())
def test_the_order_in_which_marks_come_does_not_matter(given_marks: list[Mark], random: object) -> None:
    shuffled = list(given_marks)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert holding(given_marks, opens_at=START) == holding(shuffled, opens_at=START)


@given(st.lists(marks, max_size=12))
def test_sent_twice_is_once_and_the_strongest_holds(given_marks: list[Mark]) -> None:
    held = holding(given_marks, opens_at=START)
    assert holding(given_marks * 2, opens_at=START) == held
    for mark in given_marks:
        if mark.at >= START:
            assert held[mark.person].source.strength >= mark.source.strength
    assert all(mark.at >= START for mark in held.values())


@given(moments, st.integers(1, 600), moments, st.none() | moments)
def test_minutes_never_exceed_the_session(
    starts: datetime, minutes: int, came: datetime, left: datetime | None
) -> None:
    found = minutes_between(starts, minutes, came, left)
    assert 0 <= found <= minutes
    assert present(found + 1_000, minutes) == minutes and present(-1, minutes) == 0
    later = minutes_between(starts, minutes, came + timedelta(minutes=1), left)
    assert later <= found


# -- working days ------------------------------------------------------------------------------------------


@given(days, st.integers(-10, 60))
def test_working_days_are_counted_one_by_one(after: date, number: int) -> None:
    until = after + timedelta(days=number)
    between = (after + timedelta(days=each) for each in range(1, number + 1))
    assert working_days(after, until) == sum(day.weekday() < 5 for day in between)


@given(days, st.integers(0, 40), st.integers(0, 40))
def test_working_days_add_up(start: date, first: int, second: int) -> None:
    middle, end = start + timedelta(days=first), start + timedelta(days=first + second)
    assert working_days(start, end) == working_days(start, middle) + working_days(middle, end)


@given(days, st.integers(0, 60))
def test_adding_working_days_finds_the_first_such_day(day: date, number: int) -> None:
    found = add_working_days(day, number)
    assert working_days(day, found) == number
    assert number == 0 or working_days(day, found - timedelta(days=1)) < number


@given(days, st.integers(0, 60), st.none() | st.integers(0, 60))
def test_nobody_is_closed_out_without_a_reminder_before(
    ended: date, waited: int, reminded: int | None
) -> None:
    today = ended + timedelta(days=waited)
    reminded_on = None if reminded is None else today - timedelta(days=reminded)
    found = due(Patience(), ended_on=ended, reminded_on=reminded_on, today=today)
    if found is Due.CLOSE:
        assert reminded_on is not None and working_days(reminded_on, today) >= 5
    if found is Due.REMIND:
        assert reminded_on is None and working_days(ended, today) >= 10


# -- signing and having attended ---------------------------------------------------------------------------


def test_a_digest_says_who_and_how_long_whatever_the_order() -> None:
    session, host = uuid4(), uuid4()
    lines = [SignedLine(each, 60) for each in PEOPLE]
    digest = digest_of_lines(session, host, lines)
    assert digest == digest_of_lines(session, host, lines[::-1])
    assert digest != digest_of_lines(session, uuid4(), lines)
    assert digest != digest_of_lines(session, host, [*lines[:2], SignedLine(PEOPLE[2], 59)])


sat = st.builds(Sat, minutes=st.integers(1, 600), present=st.integers(0, 600), is_closed=st.booleans()).map(
    lambda each: Sat(each.minutes, present(each.present, each.minutes), each.is_closed)
)
sittings = st.lists(sat, max_size=5).map(lambda found: dict(zip(map(UUID, _numbers()), found, strict=False)))


def _numbers() -> list[str]:
    return [f"{number:032x}" for number in range(5)]


@given(sittings, st.integers(1, 100))
def test_every_session_is_no_easier_than_any_one(sessions: dict[UUID, Sat], percent: int) -> None:
    every = attended_minutes(sessions, every_session=True, percent=percent)
    any_one = attended_minutes(sessions, every_session=False, percent=percent)
    assert every is None or any_one is not None
    assert any_one is None or 0 < any_one <= sum(each.minutes for each in sessions.values())
    if every is not None:
        assert all(each.is_closed for each in sessions.values())


@given(sittings, st.integers(1, 99), st.booleans())
def test_asking_more_of_the_time_lets_fewer_through(
    sessions: dict[UUID, Sat], percent: int, every: bool
) -> None:
    harder = attended_minutes(sessions, every_session=every, percent=percent + 1)
    assert harder is None or attended_minutes(sessions, every_session=every, percent=percent) == harder


def test_who_was_never_there_has_attended_nothing() -> None:
    nothing = {PEOPLE[0]: Sat(60, 0, is_closed=True)}
    assert attended_minutes(nothing, every_session=True, percent=1) is None
    assert attended_minutes({}, every_session=True, percent=80) is None
