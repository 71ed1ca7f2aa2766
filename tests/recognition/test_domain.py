"""Laws of recognition: exact sums, merging in any order, caps, practice above learning, days in service."""

import itertools
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.kernel.errors import Invalid
from lms.recognition.domain import (
    Facts,
    Period,
    PolicyInvalid,
    PolicyLine,
    RecognitionPolicy,
    count,
    course_line,
    days_in_service,
    digest_of_policy,
    facts_of,
    level_line,
)
from lms.recognition.policies import DEFAULT_POLICY, read_policy

DEFAULT = RecognitionPolicy.from_json(read_policy(DEFAULT_POLICY))
COURSES, COMPETENCIES = ["essentials", "legal", "budget"], ["drafting", "budgeting"]
SOURCES = ["course", "assessed_work", "attested_practice"]
LINES = st.sampled_from(
    [course_line(key) for key in COURSES] + [level_line(s, c) for s in SOURCES for c in COMPETENCIES]
)
AMOUNTS = st.lists(st.tuples(LINES, st.integers(0, 5000)), max_size=20)
NAMES = {"en": "A line"}
RULES = st.lists(
    st.builds(
        PolicyLine,
        key=st.sampled_from(["a", "b", "c", "d"]),
        name=st.just(NAMES),
        counts=st.sampled_from(["courses", "minutes"]),
        points=st.integers(0, 500),
        cap=st.none() | st.integers(0, 3000),
    )
    | st.builds(
        PolicyLine,
        key=st.sampled_from(["e", "f", "g", "h"]),
        name=st.just(NAMES),
        counts=st.just("levels"),
        points=st.integers(0, 500),
        group=st.sampled_from(["learning", "practice"]),
        source=st.sampled_from(SOURCES),
        cap=st.none() | st.integers(0, 3000),
    ),
    max_size=6,
    unique_by=lambda line: line.key,
)
POLICIES = st.builds(
    RecognitionPolicy,
    key=st.just("p"),
    version=st.just(1),
    title=st.just(NAMES),
    learning_cap=st.integers(0, 5000),
    lines=RULES.map(tuple),
)
DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31))


@st.composite
def periods(draw: st.DrawFn) -> Period:
    first, last = sorted([draw(DAYS), draw(DAYS)])
    return Period(first, last)


# -- facts -------------------------------------------------------------------------------------------------


@given(AMOUNTS, st.randoms())
def test_amounts_merge_in_any_order_and_any_parts(amounts: list[tuple[str, int]], random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(amounts)
    random.shuffle(shuffled)
    assert facts_of(shuffled) == facts_of(amounts) == facts_of(amounts + amounts)


def naive(amounts: Iterable[tuple[date, str, int]], period: Period) -> Facts:
    """Straight from facts with days, without months."""
    return facts_of(
        (line, amount) for day, line, amount in amounts if period.from_on <= day <= period.until_on
    )


@given(st.lists(st.tuples(DAYS, LINES, st.integers(1, 900)), max_size=25), periods())
def test_whole_months_and_cut_days_merge_to_the_same_facts(
    facts: list[tuple[date, str, int]], period: Period
) -> None:
    """What is kept by month, and what is read from the facts of cut months, together miss and double nothing."""
    months: dict[tuple[date, str], int] = {}
    for day, line, amount in facts:
        key = (day.replace(day=1), line)
        months[key] = max(amount, months.get(key, 0))
    whole, cuts = period.split()
    merged = [
        (line, amount) for (month, line), amount in months.items() if whole and whole[0] <= month <= whole[1]
    ]
    merged += [
        (line, amount) for day, line, amount in facts if any(start <= day <= end for start, end in cuts)
    ]
    assert facts_of(merged) == naive(facts, period)


@given(periods())
def test_a_period_is_cut_into_days_that_meet_and_do_not_overlap(period: Period) -> None:
    whole, cuts = period.split()
    spans = list(cuts)
    if whole is not None:
        assert whole[0].day == whole[1].day == 1
        after = (whole[1] + timedelta(days=31)).replace(day=1)
        spans.append((whole[0], after - timedelta(days=1)))
    spans.sort()
    assert (spans[0][0], spans[-1][1]) == (period.from_on, period.until_on)
    for (_, end), (start, _) in itertools.pairwise(spans):
        assert start == end + timedelta(days=1)
    assert len(cuts) <= 2
    assert all(start <= end for start, end in spans)


def test_a_period_that_ends_before_it_starts_or_lies_out_of_time() -> None:
    with pytest.raises(Invalid):
        Period(date(2026, 2, 1), date(2026, 1, 31))
    for day in (date.min, date.max, date(1899, 12, 31), date(2201, 1, 1)):
        with pytest.raises(Invalid):
            Period(day, day)


def test_a_period_lists_people_as_of_its_last_day_or_today() -> None:
    period = Period(date(2026, 1, 1), date(2026, 12, 31))
    assert period.last_day(date(2026, 6, 1)) == date(2026, 6, 1)
    assert period.last_day(date(2027, 6, 1)) == date(2026, 12, 31)


# -- points ------------------------------------------------------------------------------------------------


@given(AMOUNTS, POLICIES)
def test_a_total_is_exactly_the_sum_of_its_lines(
    amounts: list[tuple[str, int]], policy: RecognitionPolicy
) -> None:
    counted = count(facts_of(amounts), policy)
    assert counted.total == sum(line.points or 0 for line in counted.lines)
    assert [line.key for line in counted.lines] == [line.key for line in policy.lines]
    assert all(type(line.points) is int and line.points >= 0 for line in counted.lines)


@given(AMOUNTS, POLICIES)
def test_caps_hold_and_what_is_above_them_is_named(
    amounts: list[tuple[str, int]], policy: RecognitionPolicy
) -> None:
    facts = facts_of(amounts)
    counted = count(facts, policy)
    learning = 0
    for line, rule in zip(counted.lines, policy.lines, strict=True):
        earned = line.amount * rule.points // 60 if rule.counts == "minutes" else line.amount * rule.points
        assert (line.points or 0) + line.not_counted == earned
        assert rule.cap is None or (line.points or 0) <= rule.cap
        assert (line.reason is None) == (line.not_counted == 0)
        learning += (line.points or 0) if rule.group == "learning" else 0
    assert learning <= policy.learning_cap


@given(AMOUNTS, POLICIES, st.tuples(LINES, st.integers(1, 900)))
def test_one_more_fact_never_lowers_a_total(
    amounts: list[tuple[str, int]], policy: RecognitionPolicy, more: tuple[str, int]
) -> None:
    before, after = count(facts_of(amounts), policy), count(facts_of([*amounts, more]), policy)
    assert (after.total or 0) >= (before.total or 0)


def test_practice_can_outweigh_all_learning_together() -> None:
    """By the policy we ship: the most that learning can give, against practice at four levels in a few competencies."""
    everything = [(course_line(f"c{n}"), 100_000) for n in range(50)]
    everything += [(level_line(s, f"k{n}"), 4) for s in ("course", "assessed_work") for n in range(50)]
    learning = count(facts_of(everything), DEFAULT).total
    practice = count(
        facts_of([(level_line("attested_practice", f"k{n}"), 4) for n in range(3)]), DEFAULT
    ).total
    assert learning == DEFAULT.learning_cap
    assert practice is not None and learning is not None
    assert practice > learning


PRACTICED = PolicyLine("practice", NAMES, "levels", 100, "practice", "attested_practice")
LEARNED = PolicyLine("a", NAMES, "courses", 100)


@pytest.mark.parametrize(
    "lines",
    [
        (LEARNED,),
        (LEARNED, replace(PRACTICED, points=0)),
        (LEARNED, replace(PRACTICED, cap=4000)),
        (replace(PRACTICED, cap=3000), replace(PRACTICED, key="more", cap=1000)),
    ],
)
def test_a_policy_in_which_practice_cannot_outweigh_learning_is_refused(
    lines: tuple[PolicyLine, ...],
) -> None:
    with pytest.raises(PolicyInvalid, match="outweigh"):
        RecognitionPolicy("p", 1, NAMES, 4000, lines).check()
    RecognitionPolicy("p", 1, NAMES, 4000, (LEARNED, PRACTICED)).check()


@pytest.mark.parametrize("change", [{"counts": "courses", "source": None}, {"source": "course"}])
def test_learning_does_not_count_as_practice_to_get_round_its_cap(change: dict[str, object]) -> None:
    with pytest.raises(PolicyInvalid, match="attested practice alone"):
        RecognitionPolicy("p", 1, NAMES, 4000, (LEARNED, replace(PRACTICED, **change))).check()  # type: ignore[arg-type]


@pytest.mark.parametrize("cap", [-1, 40.5, True, "4000"])
def test_what_all_learning_may_come_to_is_whole_and_not_below_zero(cap: int) -> None:
    with pytest.raises(PolicyInvalid, match="learning_cap"):
        RecognitionPolicy("p", 1, NAMES, cap, (LEARNED, PRACTICED)).check()


@pytest.mark.parametrize(
    "change",
    [
        {"points": -1},
        {"cap": -1},
        {"points": 1.5},
        {"counts": "levels"},
        {"counts": "courses", "source": "course"},
        {"counts": "hours"},
    ],
)
def test_a_policy_that_would_be_unsound_is_refused(change: dict[str, object]) -> None:
    line = replace(LEARNED, **change)  # type: ignore[arg-type]
    with pytest.raises(PolicyInvalid, match="Line 'a'"):
        RecognitionPolicy("p", 1, NAMES, 4000, (line, PRACTICED)).check()


def test_two_lines_of_one_key_or_a_missing_field_are_refused() -> None:
    with pytest.raises(PolicyInvalid, match="same key"):
        RecognitionPolicy("p", 1, NAMES, 4000, (LEARNED, LEARNED, PRACTICED)).check()
    for content in ({}, {"lines": [{"key": "a"}]}, {"lines": 7}, {"lines": [{"colour": "red"}]}):
        with pytest.raises(PolicyInvalid):
            RecognitionPolicy.from_json(content)


def test_without_a_policy_there_are_facts_and_no_points() -> None:
    counted = count(facts_of([(course_line("a"), 90), (course_line("b"), 30)]), None)
    assert counted.total is None
    assert [(line.key, line.amount, line.points) for line in counted.lines] == [
        ("courses", 2, None),
        ("hours", 120, None),
    ]


def test_a_policy_s_digest_is_of_its_content_whatever_the_order() -> None:
    content = read_policy(DEFAULT_POLICY)
    turned = dict(reversed(content.items()))
    assert digest_of_policy(turned) == digest_of_policy(content)
    assert digest_of_policy(content | {"version": 2}) != digest_of_policy(content)


# -- days in service ---------------------------------------------------------------------------------------

SPANS = st.lists(
    st.tuples(DAYS, st.none() | st.integers(0, 600), st.sampled_from([100, 80, 50, 1])), max_size=5
).map(
    lambda spans: [(start, None if n is None else start + timedelta(days=n), pct) for start, n, pct in spans]
)
ABSENCES = st.lists(st.tuples(DAYS, st.integers(0, 120)), max_size=4).map(
    lambda spans: [(start, start + timedelta(days=n)) for start, n in spans]
)


@given(periods(), SPANS, ABSENCES)
def test_days_in_service_are_those_counted_one_by_one(
    period: Period, spans: list[tuple[date, date | None, int]], absences: list[tuple[date, date]]
) -> None:
    away = [(start, end) for start, end in absences if (end - start).days >= 29]
    hundredths = 0
    for number in range((period.until_on - period.from_on).days + 1):
        day = period.from_on + timedelta(days=number)
        if any(start <= day <= end for start, end in away):
            continue
        hundredths += max(
            (pct for start, end, pct in spans if start <= day and (end is None or day <= end)), default=0
        )
    assert days_in_service(period, spans, absences) == hundredths // 100


def test_part_time_and_long_leave_are_days_in_service() -> None:
    year = Period(date(2025, 1, 1), date(2025, 12, 31))
    assert days_in_service(year, [(date(2024, 1, 1), None, 100)], []) == 365
    assert days_in_service(year, [(date(2024, 1, 1), None, 50)], []) == 182
    month, days_29 = (date(2025, 3, 1), date(2025, 3, 30)), (date(2025, 3, 1), date(2025, 3, 29))
    assert days_in_service(year, [(date(2024, 1, 1), None, 100)], [month]) == 335
    assert days_in_service(year, [(date(2024, 1, 1), None, 100)], [days_29]) == 365
    two = [(date(2025, 1, 1), date(2025, 6, 30), 100), (date(2025, 6, 1), None, 50)]
    assert days_in_service(year, two, []) == 181 + 92  # June once, at the higher
