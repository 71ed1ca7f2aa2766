"""Checklist, costs, clearance and signatures, as laws."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.joint_trainings.agreement_texts import BadText, standard, standard_from
from lms.joint_trainings.domain.agreements import (
    Decision,
    Deviations,
    Given,
    WhyClearance,
    canonical,
    digest_of,
    is_cleared,
    why_clearance,
)
from lms.joint_trainings.domain.checklist import (
    NEVER_NO,
    Answer,
    Item,
    Setting,
    faults_in_answer,
    may_not_apply,
    obstacles_by_checklist,
)
from lms.joint_trainings.domain.costs import (
    PERSONAL,
    CostKind,
    ForWhom,
    Line,
    faults_in_line,
    has_money,
    is_below,
    obstacles_by_costs,
    totals,
)
from lms.joint_trainings.domain.ex_ante import UN_SIDE, Question, faults_in_answers, obstacles_to_assessed
from lms.joint_trainings.domain.indicators import Indicator, obstacles_by_indicators
from lms.joint_trainings.domain.signing import (
    Authority,
    AuthorityStanding,
    HostToSign,
    Limit,
    obstacles_by_signatures,
    standing_of,
)
from lms.joint_trainings.domain.tracks import Track
from lms.joint_trainings.policies import policy_for, policy_from
from lms.kernel.i18n import LANGUAGES

FLAGS = st.booleans()
AMOUNTS = st.decimals(0, 100_000, places=2)
SETTINGS = st.builds(Setting, FLAGS, FLAGS, FLAGS, FLAGS)
LINES = st.builds(
    Line,
    kind=st.sampled_from(CostKind),
    for_whom=st.sampled_from(ForWhom),
    by_partner=FLAGS,
    is_cash=FLAGS,
    amount=AMOUNTS,
    currency=st.sampled_from(["USD", "EUR", "KES"]),
    is_accepted=FLAGS,
)
ANSWERS = st.dictionaries(st.sampled_from(Item), st.sampled_from(Answer))
DAY = date(2026, 11, 25)


# -- assessment and indicators -----------------------------------------------------------------------------


@given(st.sets(st.sampled_from([UN_SIDE, "One", "Two"])))
def test_light_is_answered_once_and_full_by_every_side(answered: set[str]) -> None:
    light = obstacles_to_assessed(Track.LIGHT, answered, ["One", "Two"])
    full = obstacles_to_assessed(Track.FULL, answered, ["One", "Two"])
    assert bool(light) == (not answered)
    assert {each.of for each in full} == {UN_SIDE, "One", "Two"} - answered


def test_every_question_is_answered_in_words() -> None:
    answers = {each.value: "Yes." for each in Question}
    assert faults_in_answers(answers) == []
    assert [each.pointer for each in faults_in_answers(answers | {"risk": "  "})] == ["/answers/risk"]
    assert [each.pointer for each in faults_in_answers(answers | {"more": "x"})] == ["/answers/more"]


def test_the_full_track_asks_for_indicators_that_somebody_else_could_measure() -> None:
    whole = Indicator("Contracts", "per cent", Decimal(20), Decimal(60), "A sample", DAY)
    assert [each.key for each in obstacles_by_indicators(Track.LIGHT, [])] == ["no_indicator"]
    assert obstacles_by_indicators(Track.FULL, [whole]) == []
    for name, value in (("baseline", None), ("target", None), ("unit", ""), ("verification", ""),
                        ("measured_on", None)):  # fmt: skip
        part: Any = {name: value}
        lacking = replace(whole, **part)
        assert obstacles_by_indicators(Track.LIGHT, [lacking]) == []
        assert [each.key for each in obstacles_by_indicators(Track.FULL, [whole, lacking])] == [
            "indicator_not_whole"
        ]


# -- checklist ---------------------------------------------------------------------------------------------


@given(SETTINGS, ANSWERS)
def test_a_checklist_is_complete_exactly_when_every_item_has_an_answer_that_holds(
    setting: Setting, answers: dict[Item, Answer]
) -> None:
    left = {each.of for each in obstacles_by_checklist(answers, setting)}
    for item in Item:
        answer = answers.get(item)
        holds = answer is Answer.YES or (answer is Answer.NO and item not in NEVER_NO)
        holds = holds or (answer is Answer.NOT_APPLICABLE and may_not_apply(item, setting))
        assert (item.value in left) is not holds


@given(SETTINGS, st.sampled_from(Item), st.sampled_from(["has_partner", "name_or_emblem", "is_recorded"]))
def test_what_a_training_has_besides_never_lets_an_item_be_left_aside(
    setting: Setting, item: Item, what: str
) -> None:
    part: Any = {what: True}
    more = replace(setting, **part)
    assert may_not_apply(item, setting) or not may_not_apply(item, more)


def test_an_item_that_applies_is_answered_and_a_no_says_why() -> None:
    setting = Setting(True, True, False, True)
    assert faults_in_answer(Item.NAME_AND_EMBLEM, Answer.NOT_APPLICABLE, "", setting)[0].pointer == "/answer"
    assert faults_in_answer(Item.RECORDING, Answer.NOT_APPLICABLE, "", setting) == []
    assert faults_in_answer(Item.INSURANCE, Answer.NO, " ", setting)[0].pointer == "/note"
    assert faults_in_answer(Item.INSURANCE, Answer.NO, "The place insures.", setting) == []


# -- costs -------------------------------------------------------------------------------------------------


@given(LINES)
def test_a_partner_pays_nothing_that_un_people_take_with_them(line: Line) -> None:
    refused = line.by_partner and line.kind in PERSONAL and line.for_whom is not ForWhom.PARTNER
    assert bool(faults_in_line(line)) is refused
    keys = [each.key for each in obstacles_by_costs([line])]
    assert ("partner_pays_un_people" in keys) is refused
    assert bool(keys) is (refused or not line.is_accepted)


@given(st.lists(LINES))
def test_currencies_are_never_added(lines: list[Line]) -> None:
    found = totals(lines)
    assert set(found) == {line.currency for line in lines}
    for currency, value in found.items():
        assert value == sum((line.amount for line in lines if line.currency == currency), Decimal(0))
    assert has_money(lines) is any(line.is_cash and line.amount for line in lines)


@given(st.lists(LINES, max_size=5), LINES)
def test_one_line_more_never_brings_a_training_below_the_value(lines: list[Line], more: Line) -> None:
    limits = {"USD": Decimal(25_000), "EUR": Decimal(23_000)}
    assert is_below(totals(lines), limits) or not is_below(totals([*lines, more]), limits)


# -- clearance ---------------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from(["insurance", "no_sales"])), AMOUNTS, FLAGS, ANSWERS)
def test_the_standard_text_alone_below_the_value_needs_no_clearance_of_its_own(
    changed: list[str], value: Decimal, emblem: bool, answers: dict[Item, Answer]
) -> None:
    found = why_clearance(Deviations(changed, {"USD": value}, emblem, answers), {"USD": Decimal(25_000)})
    assert (WhyClearance.CLAUSE_CHANGED in found) is bool(changed)
    assert (WhyClearance.VALUE in found) is (value >= 25_000)
    assert (WhyClearance.NAME_OR_EMBLEM in found) is emblem
    assert (WhyClearance.ANSWERED_NO in found) is (Answer.NO in answers.values())


def test_a_value_in_a_currency_without_a_limit_is_looked_at() -> None:
    found = Deviations([], {"KES": Decimal(1)}, False, {})
    assert why_clearance(found, {"USD": Decimal(25_000)}) == [WhyClearance.VALUE]


def test_the_latest_word_of_an_office_on_this_very_digest_counts() -> None:
    at = datetime(2026, 11, 25, tzinfo=UTC)
    cleared = Given("/uneo/", "a", Decision.CLEARED, at)
    refused = Given("/uneo/", "a", Decision.REFUSED, at + timedelta(hours=1))
    assert is_cleared("/uneo/africa/", "a", [cleared])
    assert not is_cleared("/uneo/africa/", "b", [cleared]), "changed since"
    assert not is_cleared("/unro/", "a", [cleared]), "another organisation's office"
    assert not is_cleared("/uneo/", "a", [cleared, refused])
    assert is_cleared("/uneo/", "a", [refused, replace(cleared, at=at + timedelta(hours=2))])


def test_an_entity_lowers_the_value_and_never_raises_it() -> None:
    given_file = {
        "version": "t", "standard_text": "2026-1", "clearance_from": {"USD": 100},
        "entities": {"uneo": {"clearance_from": {"USD": 50}}, "unro": {"clearance_from": {"USD": 500}}},
    }  # fmt: skip
    for paths, limit in ((["/unro/"], 100), (["/uneo/africa/"], 50), (["/unro/", "/uneo/"], 50)):
        assert policy_from(given_file, "d", entity_paths=paths).clearance_from == {"USD": limit}


def test_the_standard_text_stands_in_all_six_languages_with_a_clause_for_each_item() -> None:
    found = standard(policy_for([]).standard_text)
    assert set(found.clauses) == set(LANGUAGES)
    for clauses in found.clauses.values():
        assert [each.key for each in clauses] == [item.value for item in Item]
        assert all(each.title and len(each.text) > 40 for each in clauses)
    clause = {"title": "T", "text": "W"}
    given_files = {"en": {"clauses": {"a": clause}}, "fr": {"clauses": {"b": clause}}}
    with pytest.raises(BadText):
        standard_from("t", given_files)


# -- digests and signatures --------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | FLAGS | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="ascii"), max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text(st.characters(codec="ascii")), JSON, max_size=4))
def test_a_digest_is_of_what_is_said_and_not_of_its_order(content: dict[str, Any]) -> None:
    turned = dict(reversed(content.items()))
    assert canonical(turned) == canonical(content)
    assert digest_of(turned) == digest_of(content)
    assert digest_of(content | {"more": 1}) != digest_of({k: v for k, v in content.items() if k != "more"})


def test_canonical_json_is_that_of_rfc_8785() -> None:
    content = {"b": ["é", "\u20ac$\u000f\nA'B\"\\", True, None], "a": 10, "": "x"}
    assert canonical(content) == '{"":"x","a":10,"b":["é","€$\\u000f\\nA\'B\\"\\\\",true,null]}'


STANDINGS = st.sets(st.sampled_from(AuthorityStanding))
DIGESTS = st.sets(st.sampled_from(["now", "before"]))


@given(DIGESTS, STANDINGS)
def test_a_signature_counts_for_its_digest_whatever_became_of_who_signed(
    signed: set[str], standings: set[AuthorityStanding]
) -> None:
    found = obstacles_by_signatures([HostToSign("H", signed, standings)], "now")
    assert bool(found) is ("now" not in signed)
    if found and AuthorityStanding.GOOD in standings:
        assert found[0].key == ("signed_before_change" if signed else "not_signed")
    elif found:
        assert found[0].key in ("no_signatory", "signatory_left", "signatory_above_limit")


@given(FLAGS, FLAGS, st.integers(-3, 3), st.integers(-3, 3), AMOUNTS, AMOUNTS)
def test_nobody_signs_who_left_or_whose_authority_is_over(
    ended: bool, belongs: bool, begins: int, ends: int, limit: Decimal, value: Decimal
) -> None:
    from_on, until_on = DAY + timedelta(begins), DAY + timedelta(ends)
    authority = Authority(from_on, until_on, ended, belongs, Limit(limit, "USD"))
    good = not ended and belongs and begins <= 0 <= ends and value <= limit
    assert (standing_of(authority, DAY, {"USD": value}) is AuthorityStanding.GOOD) is good


def test_a_limit_says_nothing_of_another_currency() -> None:
    authority = Authority(DAY, None, False, True, Limit(Decimal(1000), "USD"))
    assert standing_of(authority, DAY, {"EUR": Decimal(1)}) is AuthorityStanding.ABOVE_LIMIT
    assert standing_of(authority, DAY, {"EUR": Decimal(0), "USD": Decimal(1000)}) is AuthorityStanding.GOOD
