"""Until when a completion counts: months, a day of the year, or both."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.catalogue.domain import last_valid_day

days = st.dates(date(1990, 1, 1), date(2100, 1, 1))
days_of_the_year = st.sampled_from(["01-01", "02-28", "06-30", "12-31"])


@pytest.mark.parametrize(
    ("completed", "months", "each_year", "last"),
    [
        (date(2026, 1, 31), 1, None, date(2026, 2, 28)),
        (date(2026, 11, 25), 36, None, date(2029, 11, 25)),
        (date(2026, 11, 25), None, "12-31", date(2026, 12, 31)),
        (date(2026, 12, 31), None, "12-31", date(2027, 12, 31)),
        (date(2026, 11, 25), 12, "12-31", date(2027, 12, 31)),
        (date(2026, 11, 25), None, None, None),
    ],
)
def test_the_last_day(completed: date, months: int | None, each_year: str | None, last: date | None) -> None:
    assert last_valid_day(completed, months, each_year) == last


@given(days, st.none() | st.integers(1, 120), days_of_the_year)
def test_with_a_day_of_the_year_it_is_the_first_such_day_after_the_months(
    completed: date, months: int | None, each_year: str
) -> None:
    last = last_valid_day(completed, months, each_year)
    assert last is not None and last.strftime("%m-%d") == each_year and last > completed
    at_least = last_valid_day(completed, months) or completed + timedelta(days=1)
    assert (
        at_least <= last < date(at_least.year + 1, at_least.month, min(at_least.day, 28)) + timedelta(days=4)
    )
