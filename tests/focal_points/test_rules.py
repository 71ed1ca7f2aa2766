"""The rules: when a session begins wherever clocks change, what may be done with it when, and what an exchange is."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lms.focal_points.domain import (
    GroupClosed,
    GroupState,
    InThePast,
    NotOverYet,
    SessionClosed,
    SessionState,
    Share,
    TimeSkipped,
    TimeTwice,
    Timing,
    TooFarAhead,
    begins_at,
    check_group_open,
    check_open,
    check_over,
    check_time,
    faults_in_exchange,
    faults_in_topics,
    share_of,
)

NOW = datetime(2026, 11, 25, 4, 30, tzinfo=UTC)
# Clocks that change by an hour north and south, by half an hour, at midnight, and those that never do.
ZONES = (
    "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Africa/Casablanca",
    "Asia/Beirut", "Africa/Nairobi", "Asia/Kathmandu", "Pacific/Kiritimati", "UTC",
)  # fmt: skip
DAYS = st.dates(date(2026, 1, 1), date(2028, 12, 31))
TIMES = st.times(timezones=st.none()).map(lambda each: each.replace(second=0, microsecond=0, fold=0))


def moments_that_show(day: date, at: time, zone: str) -> set[datetime]:
    """Every moment at which the clocks of a zone show this, found by looking at all that come into question."""
    written, place = datetime.combine(day, at), ZoneInfo(zone)
    around = (written.replace(tzinfo=UTC) + timedelta(minutes=15 * step) for step in range(-15 * 4, 13 * 4))
    return {each for each in around if each.astimezone(place).replace(tzinfo=None) == written}


@given(DAYS, TIMES, st.sampled_from(ZONES))
def test_a_session_begins_at_the_one_moment_that_shows_its_time(day: date, at: time, zone: str) -> None:
    found = moments_that_show(day, at, zone)
    if len(found) == 1:
        assert begins_at(day, at, zone) == found.pop()
    else:
        with pytest.raises(TimeTwice if found else TimeSkipped):
            begins_at(day, at, zone)


@pytest.mark.parametrize(
    ("day", "at", "zone", "refusal"),
    [
        ("2027-03-28", "02:30", "Europe/Paris", TimeSkipped),
        ("2027-10-31", "02:30", "Europe/Paris", TimeTwice),
        ("2027-03-28", "02:30", "Africa/Nairobi", None),
        ("2027-10-03", "02:15", "Australia/Lord_Howe", TimeSkipped),
        ("2027-03-28", "03:00", "Europe/Paris", None),
        ("2027-10-31", "03:00", "Europe/Paris", None),
        ("2027-10-31", "02:00", "Europe/Paris", TimeTwice),
        ("2027-10-31", "01:59", "Europe/Paris", None),
    ],
)
def test_a_time_that_does_not_exist_or_comes_twice_is_refused_at_its_place(
    day: str, at: str, zone: str, refusal: type[Exception] | None
) -> None:
    asked = (date.fromisoformat(day), time.fromisoformat(at), zone)
    if refusal is None:
        assert begins_at(*asked).tzinfo is UTC
        return
    with pytest.raises(refusal) as refused:
        begins_at(*asked)
    assert [each.pointer for each in refused.value.faults] == ["/local_time"]  # type: ignore[attr-defined]


def test_minutes_are_those_that_pass_whatever_the_clocks_do() -> None:
    begins = begins_at(date(2027, 3, 28), time(1, 30), "Europe/Paris")
    timing = Timing(SessionState.ANNOUNCED, begins, 90)
    assert timing.ends_at.astimezone(ZoneInfo("Europe/Paris")).time() == time(4, 0)


@given(st.dates(date(1, 1, 1), date(9999, 12, 31)), TIMES, st.sampled_from(ZONES))
def test_whatever_day_is_given_a_session_is_ahead_or_refused(day: date, at: time, zone: str) -> None:
    try:
        begins = check_time(day, at, zone, NOW)
    except (InThePast, TooFarAhead, TimeSkipped, TimeTwice) as error:
        assert error.faults[0].pointer in ("/local_date", "/local_time")
    else:
        assert NOW < begins < NOW + timedelta(days=733)


@given(st.integers(-3000, 3000), st.integers(5, 600), st.sampled_from(SessionState))
def test_a_session_is_open_or_over_or_called_off_and_never_two_of_them(
    later: int, minutes: int, state: SessionState
) -> None:
    timing = Timing(state, NOW + timedelta(minutes=later), minutes)
    answers = []
    for check in (check_open, check_over):
        try:
            check(timing, NOW)
            answers.append(check)
        except (SessionClosed, NotOverYet):
            pass
    assert len(answers) == (0 if state is SessionState.CALLED_OFF else 1)
    if answers:
        assert (answers[0] is check_over) == (later + minutes <= 0)


def test_a_closed_group_takes_nothing_more() -> None:
    check_group_open(GroupState.OPEN)
    with pytest.raises(GroupClosed):
        check_group_open(GroupState.CLOSED)


@given(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.dates(date(2000, 1, 1), date(2030, 1, 1)))
def test_an_exchange_is_over_and_its_days_are_in_order(from_on: date, until_on: date) -> None:
    today = NOW.date()
    faults = faults_in_exchange(from_on, until_on, today)
    assert (faults == []) == (from_on <= until_on <= today and (until_on - from_on).days <= 1098)
    assert len(faults) < 2


@given(st.integers(0, 99))
def test_more_time_never_counts_for_less(percent: int) -> None:
    order = list(Share)
    assert order.index(share_of(None)) < order.index(share_of(percent)) <= order.index(share_of(percent + 1))


@given(st.lists(st.sampled_from(["legal", "legal-instruments", "gold", "x"])))
def test_each_unknown_topic_is_said_at_its_place(topics: list[str]) -> None:
    assume(topics)
    faults = faults_in_topics(topics, {"legal", "legal-instruments"})
    wrong = [place for place, each in enumerate(topics) if each in ("gold", "x")]
    assert [each.pointer for each in faults] == [f"/topics/{place}" for place in wrong]
