"""A local day and time become a moment; what clocks skip, or show twice, is refused with the choices."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.joint_trainings.domain.sessions import BadSession, SessionTerms, faults_in_session, moment_of, zones

PARIS, FORWARD, BACK = "Europe/Paris", date(2027, 3, 28), date(2027, 10, 31)


def test_a_time_that_clocks_skip_names_those_around_it() -> None:
    with pytest.raises(BadSession) as error:
        moment_of(FORWARD, time(2, 30), PARIS)
    assert [each.pointer for each in error.value.faults] == ["/local_at"]
    assert "Choose 01:30 or 03:30." in error.value.detail
    assert moment_of(FORWARD, time(3, 0), PARIS) == datetime(2027, 3, 28, 1, 0, tzinfo=UTC)


def test_a_time_that_comes_twice_asks_which() -> None:
    with pytest.raises(BadSession) as error:
        moment_of(BACK, time(2, 30), PARIS)
    assert [each.pointer for each in error.value.faults] == ["/fold"]
    assert "0 for UTC+02:00 or 1 for UTC+01:00" in error.value.detail
    assert moment_of(BACK, time(2, 30), PARIS, 0) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert moment_of(BACK, time(2, 30), PARIS, 1) == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)


def test_a_zone_that_there_is_not() -> None:
    for zone in ("Europe/Paradise", "UTC+3", "", "../../etc/passwd"):
        with pytest.raises(BadSession) as error:
            moment_of(FORWARD, time(9), zone)
        assert error.value.faults[0].pointer == "/zone"


@given(
    st.dates(date(2026, 1, 1), date(2036, 1, 1)),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.sampled_from(sorted(zones())),
    st.integers(0, 1),
)
def test_a_moment_reads_as_the_local_time_it_came_from(on: date, at: time, zone: str, fold: int) -> None:
    try:
        moment = moment_of(on, at, zone, fold)
    except BadSession as error:
        assert "skip" in error.detail
        return
    local = moment.astimezone(ZoneInfo(zone))
    assert (local.date(), local.time()) == (on, at)


def test_what_is_wrong_with_a_session() -> None:
    terms = SessionTerms(" ", FORWARD, time(9), PARIS, 60, 10, ("en", "de"), link="meet.example")
    found = [each.pointer for each in faults_in_session(terms)]
    assert found == ["/title", "/link", "/languages/1"]
    bare = SessionTerms("T", FORWARD, time(9), PARIS, 60, 10, ("en",))
    assert [each.pointer for each in faults_in_session(bare)] == ["/place"]
    assert bare.starts_at() - datetime(2027, 3, 28, tzinfo=UTC) == timedelta(hours=7)
