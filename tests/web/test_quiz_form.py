"""What a form says is what the API would be told, and back again."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.catalogue.domain import (
    Choice,
    Item,
    Matching,
    Number,
    OneChoice,
    Ordering,
    Pair,
    Scenario,
    SeveralChoices,
    Step,
)
from lms.enrolments.domain.drawing import draw
from lms.enrolments.domain.grading import answer_to, feedback, grade
from lms.kernel.i18n import LANGUAGES, format_number
from lms.web.quiz_form import answered, fields_of, read_answers, read_number

OPTIONS = (Choice("a", "A", 100, "Yes."), Choice("b", "B", 0, "No."), Choice("c", "C", 0))
ONE = OneChoice("one", "?", OPTIONS)
SEVERAL = SeveralChoices(
    "several", "?", (Choice("a", "A", 100), Choice("b", "B", 100), Choice("c", "C", 0, "No."))
)
ORDER = Ordering("order", "?", (Item("x", "X"), Item("y", "Y"), Item("z", "Z")), "First X.")
MATCH = Matching(
    "match", "?", (Pair(Item("l1", "L1"), Item("r1", "R1")), Pair(Item("l2", "L2"), Item("r2", "R2")))
)
NUMBER = Number("number", "?", Decimal("12.5"), Decimal("0.1"), "A half.")
SCENE = Scenario("scene", "?", (Step("s1", "1?", OPTIONS), Step("s2", "2?", OPTIONS)))
ALL = (ONE, SEVERAL, ORDER, MATCH, NUMBER, SCENE)

RESPONSES = st.fixed_dictionaries(
    {},
    optional={
        "one": st.sampled_from("abc"),
        "several": st.lists(st.sampled_from("abc"), min_size=1, unique=True),
        "order": st.permutations(["x", "y", "z"]),
        "match": st.dictionaries(st.sampled_from(["l1", "l2"]), st.sampled_from(["r1", "r2"]), min_size=1),
        "number": st.integers(-1000, 1000) | st.sampled_from([0.5, -2.25]),
        "scene": st.lists(st.sampled_from(["a", "b"]), min_size=2, max_size=2),
    },
)


@given(RESPONSES)
def test_answers_survive_the_way_through_the_form(responses: dict[str, object]) -> None:
    read = read_answers(ALL, fields_of(ALL, responses), "en")
    assert read.responses == responses
    assert not read.mistakes
    assert set(read.unanswered) == {each.id for each in ALL} - set(responses)


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("12", "en", 12), ("12.5", "en", 12.5), ("12,5", "fr", 12.5), ("12,5", "en", 12.5), ("1,250", "en", 1250),
        ("1,250", "fr", 1.25), ("1 250,5", "fr", 1250.5), ("1.250,5", "es", 1250.5),
        ("20.000", "es", 20000), ("0.5", "es", 0.5), ("1,250.5", "en", 1250.5),
        ("٢٣٫٥", "ar", 23.5), ("−3", "en", -3), ("40 %", "en", 40), ("100,000", "en", 100000),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(text: str, language: str, value: float) -> None:
    assert read_number(text, language) == value


@pytest.mark.parametrize("language", LANGUAGES)
@given(number=st.decimals(-(10**9), 10**9, places=3))
def test_what_a_page_writes_as_a_number_can_be_typed_back(language: str, number: Decimal) -> None:
    assert read_number(format_number(number, language), language) == pytest.approx(float(number))


@pytest.mark.parametrize("text", ["twelve", "1..2", "NaN", "Infinity", "1e99", "--1", "12 or 13"])
def test_what_is_no_number_is_said(text: str) -> None:
    read = read_answers([NUMBER], {"q.number": [text]}, "en")
    assert read.mistakes == {"number": "number"}
    assert not read.responses


@pytest.mark.parametrize("places", [("1", "1", "2"), ("1", "2", ""), ("1", "2", "4"), ("a", "b", "c")])
def test_an_order_with_a_gap_is_a_mistake_and_an_empty_one_is_not(places: tuple[str, str, str]) -> None:
    fields = {f"q.order.{item}": [place] for item, place in zip("xyz", places, strict=True)}
    assert read_answers([ORDER], fields, "en").mistakes == {"order": "order"}
    assert read_answers([ORDER], {}, "en").unanswered == ["order"]


@given(RESPONSES)
def test_a_result_tells_no_right_answer_before_the_quiz_is_passed(responses: dict[str, object]) -> None:
    order = {each.question: each.order for each in draw(ALL, seed="x")}
    graded = grade(ALL, responses)
    for question, said in zip(ALL, feedback(graded, ALL, reveal=False), strict=True):
        shown = answered(question, order[question.id], responses.get(question.id), said)
        assert not shown.right_answer
        assert all(line.right is None for line in shown.lines)


def test_once_passed_the_right_answer_stands_beside_the_wrong_one() -> None:
    order = {each.question: each.order for each in draw(ALL, seed="x")}
    responses = {"one": "b", "order": ["z", "y", "x"], "match": {"l1": "r2", "l2": "r1"}, "number": 3}
    said = {each["question"]: each for each in feedback(grade(ALL, responses), ALL, reveal=True)}
    shown = {each.id: answered(each, order[each.id], responses.get(each.id), said[each.id]) for each in ALL}
    assert {(line.text, line.chosen, line.right) for line in shown["one"].lines} == {
        ("A", False, True), ("B", True, False), ("C", False, False),
    }  # fmt: skip
    assert shown["order"].right_answer == ["X", "Y", "Z"]
    assert shown["order"].says == ["First X."]
    assert shown["match"].right_answer == ["L1 → R1", "L2 → R2"]
    assert shown["number"].right_answer == ["12.5"]
    assert shown["scene"].verdict == "unanswered"
    assert answer_to(ORDER) == ["x", "y", "z"]
