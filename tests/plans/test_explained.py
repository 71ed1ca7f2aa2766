"""What a plan says of itself agrees with the plan; dates follow the time there is."""

import random
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.plans.domain.explained import StepKind, Why, WhyNot, tailored
from lms.plans.domain.offers import Learner, Offer
from lms.plans.domain.schedule import Span, budget, default_weekly_minutes, scheduled
from lms.plans.domain.tailoring import Catalogue
from tests.plans.test_tailoring import cases, learner, offers

START = date(2026, 11, 23)


@settings(max_examples=150, deadline=None)
@given(cases)
def test_every_step_has_a_reason_and_every_course_that_could_help_is_in_or_said_to_be_out(
    chance: random.Random,
) -> None:
    known = offers(chance, 10)
    who = learner(chance, known)
    plan = tailored(Catalogue(known), who)
    courses = {step.key for step in plan.steps if step.kind is StepKind.COURSE}
    assert all(step.reasons for step in plan.steps)
    for step in plan.steps:
        kinds = {reason.kind for reason in step.reasons}
        assert kinds & {Why.CLOSES, Why.NEEDED_BY, Why.PRACTICE_ONLY}, step
    out = {each.key for each in plan.left_out if each.reason.kind is not WhyNot.NOBODY_TEACHES}
    assert not out & courses
    for offer in known:
        helps = any(level > who.held.get(key, 0) for key, level in offer.teaches.items() if key in who.gap)
        if helps:
            assert offer.key in courses | out
    assert plan.minutes == sum(step.minutes for step in plan.steps)
    for line in plan.gap:
        assert line.planned >= line.held


@settings(max_examples=150, deadline=None)
@given(cases)
def test_what_is_left_out_for_want_of_time_would_not_have_fitted(chance: random.Random) -> None:
    known = offers(chance, 8)
    who = learner(chance, known)
    plan = tailored(Catalogue(known), who)
    for each in plan.left_out:
        if each.reason.kind is WhyNot.NO_TIME:
            assert who.budget is not None
            assert each.reason.facts["left"] == max(0, who.budget - plan.minutes)


def test_a_step_says_what_the_profile_asks_what_is_held_and_what_it_gives() -> None:
    first = Offer("essentials", 80, 0, {"fit": 1}, {})
    second = Offer("indicators", 80, 70, {"results": 1}, {"results": 2}, prerequisites=("essentials",),
                   focuses=frozenset({"environment"}))  # fmt: skip
    who = Learner(wanted={"results": 2, "lead": 3}, held={}, focuses=frozenset({"environment"}))
    plan = tailored(Catalogue([first, second]), who)
    assert [(step.kind, step.key, step.minutes) for step in plan.steps] == [
        (StepKind.COURSE, "essentials", 80),
        (StepKind.COURSE, "indicators", 150),
        (StepKind.PRACTICE, "lead", 0),
    ]
    said = {reason.kind: reason.facts for reason in plan.steps[1].reasons}
    assert said[Why.CLOSES] == {
        "competency": "results",
        "wanted": 2,
        "held": 0,
        "by_quizzes": 1,
        "by_work": 2,
    }
    assert said[Why.OWN_FOCUS] == {"focuses": ["environment"]}
    assert said[Why.NEEDS] == {"courses": ["essentials"]}
    assert {reason.kind: reason.facts for reason in plan.steps[0].reasons}[Why.NEEDED_BY] == {
        "courses": ["indicators"]
    }
    assert [(each.key, each.reason.kind) for each in plan.left_out] == [("lead", WhyNot.NOBODY_TEACHES)]
    assert [(each.competency, each.held, each.planned) for each in plan.gap] == [
        ("lead", 0, 0),
        ("results", 0, 2),
    ]


REASONS = [
    ({"dropped": frozenset({"a"})}, {}, WhyNot.DROPPED),
    ({"audience": "un-personnel"}, {"audiences": frozenset({"partner-personnel"})}, WhyNot.OTHER_AUDIENCE),
    ({"languages": frozenset({"ar"})}, {"languages": frozenset({"fr"})}, WhyNot.OTHER_LANGUAGE),
    ({"focuses": frozenset({"poverty"})}, {"focuses": frozenset({"environment"})}, WhyNot.OTHER_FOCUS),
    ({}, {"prerequisites": ("not-there",)}, WhyNot.PREREQUISITE_MISSING),
    ({"budget": 30}, {}, WhyNot.NO_TIME),
]


@pytest.mark.parametrize(("who", "course", "why"), REASONS)
def test_each_reason_for_leaving_out(who: dict[str, object], course: dict[str, object], why: WhyNot) -> None:
    offer = replace(Offer("a", 60, 0, {"c": 1}, {}), **course)
    plan = tailored(Catalogue([offer]), replace(Learner(wanted={"c": 1}, held={}), **who))
    assert [(each.key, each.reason.kind) for each in plan.left_out] == [("a", why)]
    assert not plan.steps


def test_of_two_that_give_the_same_the_other_is_said_to_be_covered() -> None:
    plan = tailored(
        Catalogue([Offer("a", 60, 0, {"c": 1}, {}), Offer("b", 90, 0, {"c": 1}, {})]),
        Learner(wanted={"c": 1}, held={}),
    )
    assert [(each.key, each.reason.kind, dict(each.reason.facts)) for each in plan.left_out] == [
        ("b", WhyNot.COVERED, {"courses": ["a"]})
    ]


# -- when --------------------------------------------------------------------------------------------------


def test_learning_time_follows_learning_days_and_working_time() -> None:
    assert default_weekly_minutes() == 45  # five days of 7.5 hours over 52 weeks: 43 minutes
    assert default_weekly_minutes(10) == 85
    assert default_weekly_minutes(10, 50) == 45
    assert default_weekly_minutes(0) == 5


def test_a_budget_counts_the_weeks_one_is_there() -> None:
    assert budget(60, START, None, ()) is None
    assert budget(60, START, START + timedelta(days=27), ()) == 240
    assert budget(60, START, START + timedelta(days=26), ()) == 180
    away = [Span(START + timedelta(days=7), START + timedelta(days=13))]
    assert budget(60, START, START + timedelta(days=27), away) == 180
    assert budget(60, START, START - timedelta(days=1), ()) == 0


def test_steps_follow_one_another_and_pass_over_absence() -> None:
    away = [
        Span(START + timedelta(days=5), START + timedelta(days=15))
    ]  # the whole second week and part of the third
    spans = scheduled([60, 90, 0], weekly_minutes=60, start_on=START, absences=away)
    assert spans == [
        Span(START, START + timedelta(days=6)),
        Span(START + timedelta(days=14), START + timedelta(days=27)),
        Span(START + timedelta(days=21), START + timedelta(days=27)),
    ]
    assert scheduled([60 * 600], weekly_minutes=60, start_on=START) == [None]


spans_away = st.lists(
    st.tuples(st.integers(0, 200), st.integers(0, 40)).map(
        lambda days: Span(START + timedelta(days=days[0]), START + timedelta(days=days[0] + days[1]))
    ),
    max_size=3,
)


@given(st.lists(st.integers(1, 400), max_size=8), st.integers(5, 300), spans_away)
def test_dates_never_go_back_and_hold_the_time_of_the_steps(
    minutes: list[int], weekly: int, away: list[Span]
) -> None:
    spans = [
        each for each in scheduled(minutes, weekly_minutes=weekly, start_on=START, absences=away) if each
    ]
    for before, after in pairwise(spans):
        assert before.from_on <= after.from_on
        assert before.until_on <= after.until_on
    for count, span in enumerate(spans, 1):
        assert (budget(weekly, START, span.until_on, away) or 0) >= sum(minutes[:count])
