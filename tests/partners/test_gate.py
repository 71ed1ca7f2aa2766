"""Laws of the gate: what never opens it, what always closes it, and that no order of facts matters."""

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lms.partners.domain.gate import (
    WAIVABLE,
    Baseline,
    Bid,
    Decision,
    Effort,
    Exclusion,
    Known,
    Question,
    Rule,
    Scope,
    Standing,
    Waiver,
    Warned,
    effort_needed,
    judge,
)
from lms.partners.policies import BadPolicy, policy_for, policy_from

PATHS = st.sampled_from(["/uneo/", "/uneo/africa/", "/uneo/africa/kenya/", "/unro/", "/unro/congo/"])
DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))
IDS = st.sampled_from("abcdefgh")
POLICY = policy_for("/uneo/")
LISTS = st.sampled_from([*sorted(POLICY.exclusions), "not_of_this_policy"])

decisions = st.builds(
    Decision, IDS, PATHS, st.sampled_from(Scope), st.sampled_from(Effort), st.booleans(), DAYS, DAYS
)
baselines = st.builds(
    Baseline,
    st.sampled_from(["participation", "parent_participation", "commitment"]),
    st.booleans(),
    st.none() | st.dates(date(2023, 1, 1), date(2026, 12, 31)),
)
exclusions = st.builds(Exclusion, LISTS, st.none() | PATHS, DAYS)
warnings = st.builds(Warned, IDS, PATHS, DAYS, DAYS)
bids = st.builds(Bid, IDS, PATHS, DAYS)
waivers = st.builds(Waiver, IDS, st.sampled_from(Rule), PATHS, DAYS, DAYS)
questions = st.builds(Question, PATHS, DAYS, st.sampled_from(Scope), st.sampled_from(Effort))
PARTS = {
    "exclusions": exclusions,
    "decisions": decisions,
    "baselines": baselines,
    "warnings": warnings,
    "bids": bids,
    "waivers": waivers,
}
knowns = st.builds(Known, **{name: st.lists(each, max_size=3) for name, each in PARTS.items()})  # type: ignore[arg-type]


@st.composite
def cleared(draw: Any) -> tuple[Known, Question]:
    """A partner who passes: what stands in the way of random facts is nearly always there, so it is made to."""
    question = draw(questions)
    good = Decision(
        "good", question.entity_path, Scope.PARTNERSHIP, Effort.FULL, True, question.on, question.on
    )
    known = Known(
        decisions=[good],
        baselines=[Baseline("commitment", True, question.on), *draw(st.lists(baselines, max_size=2))],
        waivers=draw(st.lists(waivers, max_size=2)),
    )
    return known, question


def standing(known: Known, question: Question, rule: Rule) -> Standing:
    return next(each.standing for each in judge(known, question, POLICY).reasons if each.rule is rule)


@given(knowns, questions)
def test_it_is_clear_just_when_no_rule_is_unmet_and_every_rule_is_answered(
    known: Known, question: Question
) -> None:
    verdict = judge(known, question, POLICY)
    assert [each.rule for each in verdict.reasons] == list(Rule)
    assert verdict.is_clear is all(each.standing is not Standing.NOT_MET for each in verdict.reasons)
    assert (verdict.policy_version, verdict.policy_digest) == (POLICY.version, POLICY.digest)


@given(cleared())
def test_a_partner_with_a_decision_and_the_baseline_passes(case: tuple[Known, Question]) -> None:
    assert judge(*case, POLICY).is_clear


@given(knowns, questions, st.randoms(use_true_random=False))
def test_no_order_of_facts_matters(known: Known, question: Question, order: random.Random) -> None:
    mixed = {name: order.sample(list(getattr(known, name)), len(getattr(known, name))) for name in PARTS}
    assert judge(Known(**mixed), question, POLICY) == judge(known, question, POLICY)


@given(knowns, questions, exclusions)
def test_an_exclusion_closes_it_whatever_is_waived(known: Known, question: Question, bad: Exclusion) -> None:
    bad = replace(bad, entity_path=None, occurred_on=question.on, on_list="tobacco")
    everything = [Waiver("w", rule, "/", date.min, date.max) for rule in Rule]
    verdict = judge(replace(known, exclusions=[*known.exclusions, bad], waivers=everything), question, POLICY)
    assert not verdict.is_clear
    assert "tobacco" in verdict.reasons[0].grounds


@given(knowns, questions)
def test_without_a_decision_of_this_entity_it_stays_closed(known: Known, question: Question) -> None:
    theirs = [each for each in known.decisions if not question.entity_path.startswith(each.entity_path)]
    everything = [Waiver("w", rule, "/", date.min, date.max) for rule in Rule]
    verdict = judge(replace(known, decisions=theirs, waivers=everything), question, POLICY)
    assert not verdict.is_clear
    assert verdict.reasons[1].grounds == ("no_decision",)


@given(knowns, questions, decisions)
def test_another_entity_s_decision_is_information_and_no_clearance(
    known: Known, question: Question, other: Decision
) -> None:
    assume(not question.entity_path.startswith(other.entity_path))
    more = replace(known, decisions=[*known.decisions, other])
    assert judge(more, question, POLICY) == judge(known, question, POLICY)


@given(knowns, questions, st.sampled_from(["exclusions", "warnings", "bids"]), st.data())
def test_bad_news_opens_nothing(known: Known, question: Question, part: str, data: st.DataObject) -> None:
    worse = replace(known, **{part: [*getattr(known, part), data.draw(PARTS[part])]})
    if judge(worse, question, POLICY).is_clear:
        assert judge(known, question, POLICY).is_clear


@given(knowns, questions, waivers)
def test_a_waiver_closes_nothing_and_opens_what_is_waivable_alone(
    known: Known, question: Question, waiver: Waiver
) -> None:
    before = judge(known, question, POLICY)
    after = judge(replace(known, waivers=[*known.waivers, waiver]), question, POLICY)
    for was, now in zip(before.reasons, after.reasons, strict=True):
        if was.standing is not now.standing:
            assert now.standing is Standing.WAIVED
            assert now.rule is waiver.rule
            assert now.rule in WAIVABLE
            assert waiver.from_on <= question.on <= waiver.valid_until
            assert question.entity_path.startswith(waiver.entity_path)


@given(cleared(), st.integers(1, 400))
def test_it_closes_the_day_after_its_decision_ends(case: tuple[Known, Question], days: int) -> None:
    known, question = case
    later = replace(question, on=question.on + timedelta(days=days))
    assert standing(known, later, Rule.DECISION) is Standing.NOT_MET


@given(cleared(), warnings)
def test_a_warning_counts_until_its_review_and_in_its_entity(
    case: tuple[Known, Question], warned: Warned
) -> None:
    known, question = case
    counts = (
        question.entity_path.startswith(warned.entity_path)
        and warned.from_on <= question.on <= warned.review_on
    )
    known = replace(known, warnings=[warned], waivers=[])
    assert judge(known, question, POLICY).is_clear is not counts


@given(cleared(), bids)
def test_a_bid_to_another_organisation_is_none_of_this_one_s(case: tuple[Known, Question], bid: Bid) -> None:
    known, question = case
    same = question.entity_path.startswith(bid.entity_path) or bid.entity_path.startswith(
        question.entity_path
    )
    closed = same and bid.opened_on <= question.on
    assert judge(replace(known, bids=[bid]), question, POLICY).is_clear is not closed


@given(st.booleans(), st.integers(1, 3), st.booleans(), st.booleans())
def test_light_effort_is_for_experts_at_one_training_without_money_or_name(
    experts: bool, trainings: int, money: bool, name: bool
) -> None:
    needed = effort_needed(experts_only=experts, trainings=trainings, money=money, name_or_emblem=name)
    assert (needed is Effort.LIGHT) is (experts and trainings == 1 and not money and not name)


@pytest.mark.parametrize(
    ("scope", "effort", "asked_scope", "asked_effort", "ground"),
    [
        (Scope.JOINT_TRAINING, Effort.FULL, Scope.PARTNERSHIP, Effort.LIGHT, "other_scope"),
        (Scope.PARTNERSHIP, Effort.LIGHT, Scope.JOINT_TRAINING, Effort.FULL, "not_deep_enough"),
    ],
)
def test_a_decision_of_another_scope_or_less_effort_is_said_to_be_so(
    scope: Scope, effort: Effort, asked_scope: Scope, asked_effort: Effort, ground: str
) -> None:
    day = date(2026, 6, 1)
    known = Known(decisions=[Decision("d", "/uneo/", scope, effort, True, day, day)])
    reason = judge(known, Question("/uneo/", day, asked_scope, asked_effort), POLICY).reasons[1]
    assert (reason.standing, reason.grounds) == (Standing.NOT_MET, (ground,))


def test_a_decision_against_outweighs_one_for() -> None:
    day = date(2026, 6, 1)
    good = Decision("for", "/uneo/", Scope.PARTNERSHIP, Effort.FULL, True, day, day)
    known = Known(decisions=[good, replace(good, id="against", may_proceed=False, effort=Effort.LIGHT)])
    reason = judge(known, Question("/uneo/", day, Scope.JOINT_TRAINING, Effort.FULL), POLICY).reasons[1]
    assert (reason.standing, reason.grounds) == (Standing.NOT_MET, ("against",))


def test_an_entity_adds_lists_and_narrows_what_is_waivable() -> None:
    given_policy = {
        "version": 1,
        "exclusions": ["tobacco"],
        "waivable": ["baseline", "warning"],
        "participation_checked_within_days": 30,
        "entities": {"uneo": {"exclusions": ["fossil_fuel"], "waivable": ["baseline"]}},
    }
    office = policy_from(given_policy, "d", entity_path="/uneo/africa/")
    assert (office.exclusions, office.waivable) == ({"tobacco", "fossil_fuel"}, {Rule.BASELINE})
    assert policy_from(given_policy, "d", entity_path="/unro/").exclusions == {"tobacco"}
    with pytest.raises(BadPolicy):
        policy_from(given_policy | {"waivable": ["exclusion"]}, "d", entity_path="/uneo/")
