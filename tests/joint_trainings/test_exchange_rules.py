"""Rules of needs and offers: how they go from state to state, what a posting lacks, and which fit which."""

from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.joint_trainings.domain.exchange import (
    Act,
    NotFromHere,
    Notice,
    NoticeKind,
    NoticeState,
    Setting,
    Standing,
    faults_in_notice,
    faults_in_posting,
    standing_of,
    state_after,
)
from lms.joint_trainings.domain.exchange_fit import Side, fit, in_order

TODAY = date(2026, 11, 25)
AREAS = {"a1": "a", "a2": "a", "b1": "b", "b2": "b", "c1": "c"}
days = st.integers(-30, 60).map(lambda number: TODAY + timedelta(days=number))


@st.composite
def sides(draw: st.DrawFn) -> Side:
    competencies = draw(st.frozensets(st.sampled_from(sorted(AREAS)), max_size=4))
    named = draw(st.frozensets(st.sampled_from("abc"), max_size=2))
    first, last = sorted((draw(days), draw(days)))
    return Side(
        id=draw(st.uuids()),
        competencies=competencies,
        skill_areas=named | {AREAS[each] for each in competencies},
        focuses=draw(st.frozensets(st.sampled_from(["poverty", "environment"]))),
        languages=draw(st.frozensets(st.sampled_from(["en", "fr", "ar"]))),
        from_on=first,
        until_on=last,
        seats=draw(st.integers(1, 50)),
        setting=draw(st.sampled_from(Setting)),
    )


@given(sides(), sides())
def test_what_two_share_is_the_same_from_either_side(one: Side, other: Side) -> None:
    assert fit(one, other, TODAY) == fit(other, one, TODAY)


@given(sides(), sides())
def test_nothing_is_proposed_without_a_day_and_a_language_in_common(one: Side, other: Side) -> None:
    shared = fit(one, other, TODAY)
    common = {one.from_on + timedelta(days=n) for n in range((one.until_on - one.from_on).days + 1)} & {
        other.from_on + timedelta(days=n) for n in range((other.until_on - other.from_on).days + 1)
    }
    ahead = {day for day in common if day >= TODAY}
    possible = bool(ahead and one.languages & other.languages and one.skill_areas & other.skill_areas)
    assert (shared is not None) == possible
    if shared is not None:
        assert (shared.from_on, shared.until_on) == (min(ahead), max(ahead))
        assert set(shared.languages) == one.languages & other.languages
        assert set(shared.competencies) == one.competencies & other.competencies


@given(sides(), st.lists(sides(), max_size=6, unique_by=lambda side: side.id), st.randoms())
def test_the_order_depends_on_nothing_but_the_facts(one: Side, others: list[Side], chance) -> None:  # type: ignore[no-untyped-def]
    expected = in_order(one, others, TODAY)
    mixed = list(others)
    chance.shuffle(mixed)
    assert in_order(one, mixed, TODAY) == expected
    ranks = [(shared.rank, each) for each, shared in expected]
    for (better, first), (worse, second) in pairwise(ranks):
        assert better > worse or (better == worse and first < second)


@given(sides(), sides(), sides())
def test_more_of_what_was_asked_never_comes_later(one: Side, other: Side, third: Side) -> None:
    """An offer that also teaches what the need asks stands no lower than the same offer without it."""
    more = Side(
        id=third.id,
        competencies=other.competencies | one.competencies,
        skill_areas=other.skill_areas | one.skill_areas,
        focuses=other.focuses,
        languages=other.languages | one.languages,
        from_on=other.from_on,
        until_on=other.until_on,
        seats=other.seats,
        setting=other.setting,
    )
    less, fuller = fit(one, other, TODAY), fit(one, more, TODAY)
    if less is not None:
        assert fuller is not None
        assert fuller.rank >= less.rank


def test_a_shared_competency_comes_before_everything_else() -> None:
    def side(number: int, **values: object) -> Side:
        plain = {
            "competencies": frozenset({"a1"}), "skill_areas": frozenset("a"), "focuses": frozenset(),
            "languages": frozenset({"en"}), "from_on": TODAY, "until_on": TODAY + timedelta(days=9),
            "seats": 5, "setting": Setting.ONLINE,
        }  # fmt: skip
        return Side(id=UUID(int=number), **(plain | values))  # type: ignore[arg-type]

    need = side(1)
    near = side(2, competencies=frozenset({"a2"}), languages=frozenset({"en", "fr"}), seats=50)
    same = side(3, focuses=frozenset({"poverty"}), setting=Setting.ON_SITE, seats=1)
    past = side(4, from_on=TODAY - timedelta(days=9), until_on=TODAY - timedelta(days=1))
    assert [each for each, _ in in_order(need, [near, same, past], TODAY)] == [same.id, near.id]
    shared = fit(need, same, TODAY)
    assert shared is not None
    assert (shared.same_setting, shared.seats, shared.every_focus) == (False, 1, True)


# -- states ------------------------------------------------------------------------------------------------


@given(st.sampled_from(NoticeState), st.sampled_from(Act))
def test_an_act_twice_is_the_act_once(state: NoticeState, act: Act) -> None:
    try:
        after = state_after(state, act)
    except NotFromHere:
        return
    assert state_after(after, act) is after


@given(st.lists(st.sampled_from(Act), max_size=8))
def test_nothing_is_a_draft_again_and_withdrawing_can_be_undone(acts: list[Act]) -> None:
    state = NoticeState.DRAFT
    for act in acts:
        try:
            state = state_after(state, act)
        except NotFromHere:
            continue
        assert state is not NoticeState.DRAFT
    if state is NoticeState.WITHDRAWN:
        assert state_after(state, Act.POST) is NoticeState.POSTED


@pytest.mark.parametrize(
    ("state", "act"),
    [(NoticeState.DRAFT, Act.MEET), (NoticeState.WITHDRAWN, Act.MEET), (NoticeState.MET, Act.WITHDRAW)],
)
def test_what_cannot_be_done_is_refused(state: NoticeState, act: Act) -> None:
    with pytest.raises(NotFromHere):
        state_after(state, act)


@given(st.sampled_from(NoticeState), st.none() | days)
def test_only_what_is_posted_lapses_and_not_on_its_last_day(state: NoticeState, until: date | None) -> None:
    standing = standing_of(state, until, TODAY)
    lapsed = state is NoticeState.POSTED and until is not None and until < TODAY
    assert (standing is Standing.LAPSED) == lapsed
    assert lapsed or standing.value == state.value


# -- what a posting says -----------------------------------------------------------------------------------

WHOLE = Notice(
    title="Contract clauses", languages=("en",), competencies=("legal-instruments",), seats=20,
    from_on=TODAY, until_on=TODAY + timedelta(days=30), stands_until=TODAY, teachers="In-house lawyers",
)  # fmt: skip


def test_a_draft_needs_a_title_and_a_posting_all_that_others_ask() -> None:
    assert faults_in_notice(Notice(title="x")) == []
    assert [fault.pointer for fault in faults_in_notice(Notice(title=" "))] == ["/title"]
    missing = {fault.pointer for fault in faults_in_posting(NoticeKind.OFFER, Notice(title="x"), TODAY)}
    asked = {"/languages", "/competencies", "/seats", "/from_on", "/until_on", "/stands_until"}
    assert missing == asked | {"/teachers"}
    assert {fault.pointer for fault in faults_in_posting(NoticeKind.NEED, Notice(title="x"), TODAY)} == asked
    assert faults_in_posting(NoticeKind.OFFER, WHOLE, TODAY) == []


def test_days_stand_in_order_and_ahead() -> None:
    from dataclasses import replace

    turned = replace(WHOLE, from_on=TODAY + timedelta(days=31))
    assert [fault.pointer for fault in faults_in_notice(turned)] == ["/until_on"]
    long = replace(WHOLE, stands_until=TODAY + timedelta(days=31))
    assert [fault.pointer for fault in faults_in_notice(long)] == ["/stands_until"]
    later = TODAY + timedelta(days=31)
    past = {fault.pointer for fault in faults_in_posting(NoticeKind.NEED, WHOLE, later)}
    assert past == {"/until_on", "/stands_until"}
