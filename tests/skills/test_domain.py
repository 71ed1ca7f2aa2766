"""Laws of standing: order does not matter, nobody is overwritten, what lapsed is shown, the future is not known."""

from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from lms.skills.domain import Held, standing_on

DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
SOURCES = st.sampled_from(["course", "assessed_work", "prior_learning", "attested_practice"])
RECORDS = st.builds(
    Held,
    competency=st.sampled_from(["budgeting", "drafting", "indicators"]),
    level=st.integers(1, 4),
    source=SOURCES,
    occurred_on=DAYS,
    valid_until=st.none() | DAYS,
    record_id=st.integers(0, 2**64).map(lambda number: UUID(int=number)),
)
LISTS = st.lists(RECORDS, max_size=12, unique_by=lambda each: each.record_id)


@given(DAYS, LISTS, st.randoms())
def test_the_order_of_records_does_not_matter(day: date, records: list[Held], random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(records)
    random.shuffle(shuffled)
    assert standing_on(day, shuffled) == standing_on(day, records)


@given(DAYS, LISTS)
def test_the_level_is_the_highest_that_is_valid(day: date, records: list[Held]) -> None:
    for standing in standing_on(day, records):
        valid = [
            each for each in records
            if each.competency == standing.competency and each.occurred_on <= day
            and (each.valid_until is None or each.valid_until >= day)
        ]  # fmt: skip
        assert standing.level == max((each.level for each in valid), default=0)
        assert set(standing.supported_by) == {each for each in valid if each.level == standing.level}
        assert dict(standing.by_source) == {
            source: max(each.level for each in valid if each.source == source)
            for source in {each.source for each in valid}
        }
        assert standing.sources_disagree == (len(set(dict(standing.by_source).values())) > 1)


@given(DAYS, LISTS)
def test_every_record_of_the_past_is_shown_once_as_valid_or_lapsed(day: date, records: list[Held]) -> None:
    standings = standing_on(day, records)
    past = {each for each in records if each.occurred_on <= day}
    lapsed = {each for standing in standings for each in standing.lapsed}
    assert {standing.competency for standing in standings} == {each.competency for each in past}
    assert lapsed == {each for each in past if each.valid_until is not None and each.valid_until < day}
    assert [standing.competency for standing in standings] == sorted(s.competency for s in standings)


@given(DAYS, LISTS, RECORDS)
def test_one_more_record_never_lowers_a_level(day: date, records: list[Held], more: Held) -> None:
    before = {each.competency: each.level for each in standing_on(day, records)}
    after = {each.competency: each.level for each in standing_on(day, [*records, more])}
    assert all(after[key] >= level for key, level in before.items())


@given(DAYS, LISTS, st.integers(1, 400))
def test_what_happens_later_changes_no_earlier_day(day: date, records: list[Held], later: int) -> None:
    known = [each for each in records if each.occurred_on <= day]
    future = [
        Held("drafting", 4, "course", day + timedelta(days=later), None, UUID(int=2**70 + number))
        for number in range(2)
    ]
    assert standing_on(day, [*known, *future]) == standing_on(day, known)


def test_on_its_last_day_a_record_counts_and_the_day_after_it_has_lapsed() -> None:
    last = date(2026, 6, 30)
    record = Held("budgeting", 2, "assessed_work", date(2024, 7, 1), last, UUID(int=1))
    (on_the_day,) = standing_on(last, [record])
    (after,) = standing_on(last + timedelta(days=1), [record])
    assert (on_the_day.level, on_the_day.lapsed) == (2, ())
    assert (after.level, after.supported_by, after.lapsed) == (0, (), (record,))
    assert standing_on(date(2024, 6, 30), [record]) == []
