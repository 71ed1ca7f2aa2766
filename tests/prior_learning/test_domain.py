"""Laws of requests: one act closes one, and levels are whole or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.prior_learning.domain import (
    MOST_FILES,
    MOST_LINKS,
    MOST_WORDS,
    Act,
    RequestClosed,
    RequestState,
    faults_in_levels,
    faults_in_request,
    state_after,
)

competencies = st.lists(st.sampled_from("abcdef"), min_size=1, max_size=5, unique=True)


@given(st.lists(st.sampled_from(Act), max_size=5))
def test_the_first_act_decides_and_no_other_changes_anything(acts: list[Act]) -> None:
    state = RequestState.SUBMITTED
    for place, act in enumerate(acts):
        if place == 0:
            state = state_after(state, act)
            assert state is not RequestState.SUBMITTED
        else:
            with pytest.raises(RequestClosed):
                state_after(state, act)


@given(competencies, st.dictionaries(st.sampled_from("abcdefg"), st.integers(-1, 5)), st.integers(0, 4))
def test_levels_are_taken_just_when_each_competency_has_one_within_the_ceiling(
    taught: list[str], levels: dict[str, int], ceiling: int
) -> None:
    whole = set(levels) == set(taught) and all(0 <= level <= ceiling for level in levels.values())
    faults = faults_in_levels(levels, taught, ceiling)
    assert (not faults) is (whole and any(levels.values()))
    assert all(fault.pointer.startswith("/levels") for fault in faults)


@given(st.text(max_size=5), st.integers(0, MOST_LINKS + 2), st.integers(0, MOST_FILES + 2))
def test_a_request_shows_something_and_not_too_much(words: str, links: int, files: int) -> None:
    faults = faults_in_request(words, ["https://example.org/certificate"] * links, files)
    shows = bool(words or links or files)
    assert (not faults) is (shows and links <= MOST_LINKS and files <= MOST_FILES)


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "ftp://example.org/x", "certificate", "https://", "https://a b.org/"]
)
def test_what_is_no_link_is_said_by_its_place(link: str) -> None:
    faults = faults_in_request("Words.", ["https://example.org/x", link], 0)
    assert [fault.pointer for fault in faults] == ["/links/1"]
    assert faults_in_request("x" * (MOST_WORDS + 1), [], 0)[0].pointer == "/words"
