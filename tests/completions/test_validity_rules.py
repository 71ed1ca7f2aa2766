"""Until when facts count, as laws: absences never shorten, newer editions never lengthen, thirty days are left."""

from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from lms.completions.domain.validity import Newer, Validity, validity_of

START = date(2026, 1, 1)
days = st.integers(0, 1500).map(lambda n: START + timedelta(days=n))
spans = st.lists(
    st.tuples(days, st.integers(0, 400)).map(lambda s: (s[0], s[0] + timedelta(days=s[1]))), max_size=4
)
newer = st.lists(
    st.builds(
        lambda number, published, more: Newer(UUID(int=number), published, published + timedelta(days=more)),
        st.integers(1, 9),
        days,
        st.integers(0, 500),
    ),
    max_size=3,
)
recorded = st.none() | st.integers(0, 1500).map(lambda n: START + timedelta(days=n))


def end(found: Validity) -> date:
    return found.until or date.max


@given(days, spans)
def test_what_does_not_lapse_and_is_not_superseded_stays(
    occurred: date, absences: list[tuple[date, date]]
) -> None:
    assert validity_of(occurred, None, absences) == Validity(None)


@given(days, recorded, newer)
def test_without_absences_it_is_the_earliest_end_there_is(
    occurred: date, until: date | None, versions: list[Newer]
) -> None:
    found = validity_of(occurred, until, [], versions)
    ends = [until] if until else []
    ends += [max(v.renew_by, max(occurred, v.published_on) + timedelta(days=30)) for v in versions]
    assert found.until == min(ends, default=None) and found.days_added == 0


@given(days, recorded, spans, newer)
def test_absences_never_shorten_and_newer_versions_never_lengthen(
    occurred: date, until: date | None, absences: list[tuple[date, date]], versions: list[Newer]
) -> None:
    found = validity_of(occurred, until, absences, versions)
    assert end(found) >= end(validity_of(occurred, until, [], versions))
    assert end(found) <= end(validity_of(occurred, until, absences, []))
    for one in versions:
        without = [each for each in versions if each is not one]
        assert end(found) <= end(validity_of(occurred, until, absences, without))


@given(days, recorded, spans, newer)
def test_why_it_is_so_adds_up(
    occurred: date, until: date | None, absences: list[tuple[date, date]], versions: list[Newer]
) -> None:
    found = validity_of(occurred, until, absences, versions)
    if found.until is None:
        assert until is None and not versions
        return
    if found.superseded_by_id is None:
        assert until is not None and found.until - timedelta(days=found.days_added) == until
    else:
        assert found.superseded_by_id in {each.version_id for each in versions}
    assert found.days_added >= 0


@given(days, st.integers(0, 300), spans, newer)
def test_whoever_must_renew_has_thirty_days_from_publication_and_from_completing(
    occurred: date, months: int, absences: list[tuple[date, date]], versions: list[Newer]
) -> None:
    for each in versions:
        found = validity_of(occurred, None, absences, [each])
        assert found.until is not None
        assert found.until >= max(occurred, each.published_on) + timedelta(days=30)
