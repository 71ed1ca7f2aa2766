"""Practice as laws: nobody decides twice, nobody attests their own, and no rating overwrites another."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.practice.domain import (
    Act,
    ClaimSettled,
    ClaimState,
    Described,
    Officers,
    RatedBy,
    Rating,
    faults_in_attestation,
    faults_in_description,
    faults_in_submission,
    last_valid_day,
    side_by_side,
    state_after,
    who_attests,
)

TODAY = date(2026, 11, 25)
PEOPLE = [UUID(int=number) for number in range(1, 5)]
SOMEBODY = st.none() | st.sampled_from(PEOPLE)
OFFICERS = st.builds(Officers, SOMEBODY, SOMEBODY)
LEVELS = st.dictionaries(st.sampled_from("abcd"), st.integers(-1, 5))


@given(st.sampled_from(PEOPLE), OFFICERS, OFFICERS, st.frozensets(st.sampled_from(PEOPLE)))
def test_whoever_attests_is_another_who_serves_and_the_earliest_of_them(
    person: UUID, then: Officers, now: Officers, serving: frozenset[UUID]
) -> None:
    found = who_attests(person, then, now, serving=serving)
    asked = [each for each in (then.first, then.second, now.first, now.second) if each]
    fit = [each for each in asked if each != person and each in serving]
    assert found == (fit[0] if fit else None)


@given(st.sampled_from(ClaimState), st.sampled_from([Act.ATTEST, Act.REFUSE]))
def test_only_what_waits_is_decided(state: ClaimState, act: Act) -> None:
    if state is ClaimState.SUBMITTED:
        with pytest.raises(ClaimSettled):
            state_after(state_after(state, act), act)
    else:
        with pytest.raises(ClaimSettled):
            state_after(state, act)


@given(LEVELS, st.sets(st.sampled_from("abcd")), st.integers(1, 4))
def test_an_attestation_is_right_only_with_a_level_for_each_that_was_claimed(
    levels: dict[str, int], claimed: set[str], ceiling: int
) -> None:
    good = set(levels) == claimed and all(0 <= each <= ceiling for each in levels.values())
    assert (faults_in_attestation(levels, claimed, ceiling) == []) == (good and any(levels.values()))


@given(st.lists(st.builds(Rating, st.sampled_from("ab"), st.integers(0, 4), st.sampled_from(RatedBy))))
def test_ratings_stand_side_by_side(ratings: list[Rating]) -> None:
    shown = side_by_side(ratings)
    assert [each.competency for each in shown] == sorted({each.competency for each in ratings})
    for each in shown:
        for by, level in each.levels:
            own = [r.level for r in ratings if r.competency == each.competency and r.by is by]
            assert own[-1] == level
        assert each.disagree == (len({level for _, level in each.levels}) > 1)


def test_what_is_wrong_with_a_description() -> None:
    ahead = TODAY + timedelta(days=1)
    bad = Described(" ", "p", ahead, TODAY, levels={"a": 0, "b": 5}, place="x" * 5001)
    pointers = {each.pointer for each in faults_in_description(bad, TODAY)}
    assert pointers == {"/role", "/from_on", "/until_on", "/levels/a", "/levels/b", "/place"}
    empty = Described("r", "p", TODAY, has_interest=True)
    assert {each.pointer for each in faults_in_submission(empty)} == {
        "/outcome", "/place", "/levels", "/interest_words",
    }  # fmt: skip


def test_practice_shows_a_level_for_five_years() -> None:
    assert last_valid_day(date(2024, 2, 29), TODAY) == date(2029, 2, 28)
    assert last_valid_day(None, TODAY) == date(2031, 11, 25)
