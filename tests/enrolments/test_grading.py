"""The laws of grading: of any question, and of the examples in courses/README.md."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import strategies as st

from lms.catalogue.domain import (
    Choice,
    Item,
    Matching,
    Number,
    OneChoice,
    Ordering,
    Pair,
    Question,
    Scenario,
    SeveralChoices,
    Step,
    decode,
    encode,
)
from lms.enrolments.domain.grading import (
    Drawn,
    Graded,
    InvalidResponse,
    answer_to,
    draw,
    feedback,
    grade,
    serve,
    validate_response,
)
from tests.catalogue.strategies import banks, law, questions

seeds = st.integers() | st.text(max_size=10)

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
any_json = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner)
)

RIGHT, HALF, WRONG = 100, 50, 0


def choice(key: str, worth: int) -> Choice:
    return Choice(key, f"text {key}", worth, f"feedback {key}")


ONE = OneChoice("one", "?", (choice("a", WRONG), choice("b", RIGHT), choice("c", WRONG)))
SEVERAL = SeveralChoices(
    "several", "?", (choice("a", RIGHT), choice("b", RIGHT), choice("c", 0), choice("d", 0))
)
ORDER = Ordering("order", "?", (Item("x", "X"), Item("y", "Y"), Item("z", "Z")), "think again")
PAIRS = Matching(
    "pairs",
    "?",
    tuple(Pair(Item(left, left), Item(right, right)) for left, right in ("ax", "by", "cz")),
    "look again",
)
NUMBER = Number("number", "?", Decimal("0.3"), Decimal("0.05"), "it is 0.3")
STEPS = Scenario(
    "steps",
    "?",
    (
        Step("s", "?", (choice("a", WRONG), choice("b", HALF), choice("c", RIGHT))),
        Step("t", "?", (choice("a", RIGHT), choice("b", WRONG))),
        Step("u", "?", (choice("a", RIGHT), choice("b", WRONG))),
    ),
)
ALL: list[Question] = [ONE, SEVERAL, ORDER, PAIRS, NUMBER, STEPS]


@st.composite
def responses(draw_: Any, question: Question) -> Any:
    """A well-formed answer, right or wrong, or none."""
    answer: st.SearchStrategy[Any]
    match question:
        case OneChoice():
            answer = st.sampled_from([option.id for option in question.options])
        case SeveralChoices():
            answer = st.lists(st.sampled_from([option.id for option in question.options]), unique=True)
        case Ordering():
            answer = st.permutations([item.id for item in question.items])
        case Matching():
            left = st.sampled_from([pair.left.id for pair in question.pairs])
            right = st.none() | st.sampled_from([pair.right.id for pair in question.pairs])
            answer = st.dictionaries(left, right)
        case Number():
            answer = st.one_of(st.integers(-(10**6), 10**6), st.floats(-(10**6), 10**6))
        case Scenario():
            taken = [
                draw_(st.sampled_from([o.id for o in step.options]) | st.none()) for step in question.steps
            ]
            answer = st.just(taken[: draw_(st.integers(0, len(taken)))])
    return draw_(st.none() | answer)


@st.composite
def attempts(draw_: Any) -> tuple[list[Question], dict[str, Any]]:
    """Questions with answers to some of them."""
    bank = draw_(banks())
    return bank, {each.id: draw_(responses(each)) for each in bank if draw_(st.booleans())}


@law(attempts())
def test_a_score_lies_between_0_and_100_and_sums_its_questions(
    attempt: tuple[list[Question], dict[str, Any]],
) -> None:
    graded = grade(*attempt)
    assert 0 <= graded.score <= 10_000
    assert all(0 <= result.points <= 100 for result in graded.results)
    mean = sum(result.points for result in graded.results) / len(graded.results)
    assert abs(mean * 100 - graded.score) <= 51
    assert [result.question for result in graded.results] == [question.id for question in attempt[0]]


@law(banks())
def test_perfect_answers_give_100(bank: list[Question]) -> None:
    graded = grade(bank, {question.id: json.loads(json.dumps(answer_to(question))) for question in bank})
    assert graded.score == 10_000 and graded.passes(100)
    assert all(result.correct and result.points == 100 for result in graded.results)


@law(banks(), st.sampled_from([None, [], {}]))
def test_what_is_not_answered_earns_nothing(bank: list[Question], nothing: object) -> None:
    assert grade(bank, {}).score == 0
    for result in grade(bank, dict.fromkeys((question.id for question in bank), None)).results:
        assert (result.points, result.correct, result.feedback) == (0, False, ())
    empty = {question.id: nothing for question in bank if _takes(question, nothing)}
    assert grade(bank, empty).score == 0


def _takes(question: Question, nothing: object) -> bool:
    lists = SeveralChoices | Ordering | Scenario
    return nothing is None or isinstance(question, lists if nothing == [] else Matching)


@law(st.data(), questions(), seeds)
def test_the_order_in_which_options_stand_changes_nothing(
    data: Any, question: Question, seed: object
) -> None:
    response = data.draw(responses(question))
    shuffled = _shuffled(question, data)
    first, second = (grade([each], {question.id: response}) for each in (question, shuffled))
    assert first.score == second.score
    assert Counter(first.results[0].feedback) == Counter(second.results[0].feedback)


def _shuffled(question: Question, data: Any) -> Question:
    match question:
        case OneChoice() | SeveralChoices():
            return type(question)(question.id, "?", tuple(data.draw(st.permutations(question.options))))
        case Matching():
            return Matching(
                question.id, "?", tuple(data.draw(st.permutations(question.pairs))), question.feedback
            )
        case Scenario():
            return Scenario(
                question.id,
                "?",
                tuple(Step(s.id, "?", tuple(data.draw(st.permutations(s.options)))) for s in question.steps),
            )
    return question


@law(st.data(), questions())
def test_the_order_in_which_boxes_were_ticked_changes_nothing(data: Any, question: Question) -> None:
    response = data.draw(responses(question))
    if isinstance(question, SeveralChoices) and response:
        other = data.draw(st.permutations(response))
        assert (
            grade([question], {question.id: response}).score == grade([question], {question.id: other}).score
        )


@law(questions(), seeds)
def test_a_served_question_tells_nothing(question: Question, seed: str | int) -> None:
    served = serve(question, draw([question], seed=seed)[0].order)
    text = json.dumps(served)
    assert "feedback" not in text and "worth" not in text and "tolerance" not in text
    assert set(served) <= {"id", "kind", "prompt", "options", "left", "right", "steps"}
    for group in _groups(served):
        assert all(set(option) == {"id", "text"} for option in group)


def _groups(served: dict[str, Any]) -> list[list[dict[str, str]]]:
    flat = [served[name] for name in ("options", "left", "right") if name in served]
    return flat + [step["options"] for step in served.get("steps", [])]


@law(st.data(), questions())
def test_what_is_told_of_a_wrong_answer_is_no_key(data: Any, question: Question) -> None:
    graded = grade([question], {question.id: data.draw(responses(question))})
    (told,) = feedback(graded, [question])
    assert "answer" not in told and set(told) == {"question", "correct", "points", "feedback"}
    if not told["correct"] and isinstance(question, Number):
        assert told["feedback"] == []
    (revealed,) = feedback(graded, [question], reveal=True)
    assert revealed["answer"] == answer_to(question)
    json.dumps([told, revealed])


@law(st.data(), banks(), seeds)
def test_drawing_is_by_seed_without_repetition_and_of_the_right_size(
    data: Any, bank: list[Question], seed: str | int
) -> None:
    count = data.draw(st.integers(0, len(bank)))
    drawn = draw(bank, count=count, seed=seed)
    assert drawn == draw(bank, count=count, seed=seed)
    names = [each.question for each in drawn]
    assert len(names) == len(set(names)) == count
    assert names == [question.id for question in bank if question.id in names]
    for each in drawn:
        serve(next(question for question in bank if question.id == each.question), each.order)


@law(banks(), seeds)
def test_what_was_drawn_comes_back_from_json(bank: list[Question], seed: str | int) -> None:
    for drawn, question in zip(draw(bank, seed=seed), bank, strict=True):
        document = json.loads(json.dumps(encode(drawn)))
        assert decode(Drawn, document) == drawn
        assert serve(question, document.get("order", {})) == serve(question, drawn.order)


def test_drawing_is_fair_and_differs_by_seed() -> None:
    drawn = [draw(ALL, count=2, seed=seed) for seed in range(600)]
    counts = Counter(each.question for attempt in drawn for each in attempt)
    assert all(140 <= counts[question.id] <= 260 for question in ALL)
    orders = Counter(tuple(draw([ORDER], seed=seed)[0].order["options"]) for seed in range(600))
    assert len(orders) == 6 and all(60 <= count <= 140 for count in orders.values())


def test_a_draw_stays_the_same_for_years() -> None:
    """Attempts under way are served again from the seed: this must not change with Python or with us."""
    assert [each.question for each in draw(ALL, count=3, seed="attempt-1")] == ["several", "pairs", "steps"]
    assert draw([ORDER], seed="attempt-1")[0].order == {"options": ("y", "z", "x")}


def test_more_than_the_bank_holds_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="cannot draw 7 from a bank of 6"):
        draw(ALL, count=7, seed=1)


@pytest.mark.parametrize("order", [{}, {"options": ["x", "y"]}, {"options": ["x", "y", "z", "z"]}])
def test_an_ordering_is_never_served_without_its_order(order: dict[str, list[str]]) -> None:
    with pytest.raises(ValueError, match="does not name exactly"):
        serve(ORDER, order)


def test_the_wire_shapes_of_served_questions() -> None:
    a, b, c = ({"id": key, "text": f"text {key}"} for key in "abc")
    assert serve(ONE, {"options": ["c", "a", "b"]}) == {
        "id": "one",
        "kind": "one_choice",
        "prompt": "?",
        "options": [c, a, b],
    }
    matched = serve(PAIRS, {"left": ["b", "a", "c"], "right": ["z", "x", "y"]})
    assert [each["id"] for each in matched["left"]] == ["b", "a", "c"]
    assert [each["text"] for each in matched["right"]] == ["z", "x", "y"]
    assert serve(NUMBER, {}) == {"id": "number", "kind": "number", "prompt": "?"}
    steps = serve(STEPS, {"s": ["c", "b", "a"], "t": ["b", "a"], "u": ["a", "b"]})["steps"]
    assert steps[0] == {"id": "s", "prompt": "?", "options": [c, b, a]}


@pytest.mark.parametrize(
    ("question", "response", "points"),
    [
        (ONE, "b", 100),
        (ONE, "a", 0),
        (SEVERAL, ["a", "b"], 100),
        (SEVERAL, ["b", "a"], 100),
        (SEVERAL, ["a"], 50),  # three boxes right, one wrong
        (SEVERAL, ["a", "c"], 0),  # two and two
        (SEVERAL, ["c", "d"], 0),  # never below zero
        (SEVERAL, ["a", "b", "c", "d"], 0),
        (SEVERAL, [], 0),  # not answered, though two boxes were rightly left
        (ORDER, ["x", "y", "z"], 100),
        (ORDER, ["x", "z", "y"], 0),
        (PAIRS, {"a": "x", "b": "y", "c": "z"}, 100),
        (PAIRS, {"a": "x", "b": "z", "c": "y"}, 33),
        (PAIRS, {"a": "x", "b": "y"}, 67),
        (PAIRS, {"a": "x", "b": "x", "c": "x"}, 33),
        (NUMBER, 0.3, 100),
        (NUMBER, 0.25, 100),  # the tolerance belongs to it
        (NUMBER, 0.35, 100),
        (NUMBER, 0.3500001, 0),
        (NUMBER, 0, 0),
        (STEPS, ["c", "a", "a"], 100),
        (STEPS, ["b", "a", "b"], 50),
        (STEPS, ["b", "b", "b"], 17),
        (STEPS, ["c"], 33),
        (STEPS, [None, "a", None], 33),
    ],
)
def test_points(question: Question, response: Any, points: int) -> None:
    result = grade([question], {question.id: response}).results[0]
    assert (result.points, result.correct) == (points, points == 100)


def test_sums_are_exact_so_that_nobody_misses_a_pass_mark_by_rounding() -> None:
    """5/6 and 2/3 are three quarters together, though 0.83 and 0.66 are not."""
    graded = grade([STEPS, PAIRS], {"steps": ["b", "a", "a"], "pairs": {"a": "x", "b": "y"}})
    assert graded.score == 7500 and graded.passes(75) and not graded.passes(76)
    assert graded.per_cent == Decimal("75.00")


def test_right_is_only_what_is_wholly_right() -> None:
    long = Scenario(
        "long", "?", tuple(Step(f"s{n}", "?", (choice("a", 100), choice("b", 50))) for n in range(300))
    )
    result = grade([long], {"long": ["a"] * 299 + ["b"]}).results[0]
    assert (result.points, result.correct) == (100, False)


def told(question: Question, response: Any, *, reveal: bool = False) -> dict[str, Any]:
    return feedback(grade([question], {question.id: response}), [question], reveal=reveal)[0]


def test_feedback_is_for_what_was_chosen() -> None:
    assert told(ONE, "a") == {
        "question": "one",
        "correct": False,
        "points": 0.0,
        "feedback": [{"option": "a", "text": "feedback a"}],
    }
    assert [each["option"] for each in told(SEVERAL, ["c", "a"])["feedback"]] == ["a", "c"]
    assert told(ORDER, ["y", "x", "z"])["feedback"] == [{"text": "think again"}]
    assert told(ORDER, ["x", "y", "z"])["feedback"] == []
    assert told(PAIRS, {"a": "x"})["feedback"] == [{"text": "look again"}]
    assert told(STEPS, ["b", None, "a"])["feedback"] == [
        {"step": "s", "option": "b", "text": "feedback b"},
        {"step": "u", "option": "a", "text": "feedback a"},
    ]
    assert told(STEPS, ["b", None, "a"])["points"] == 0.5


def test_a_numbers_explanation_waits_until_it_gives_nothing_away() -> None:
    assert told(NUMBER, 7)["feedback"] == []
    assert told(NUMBER, 0.3)["feedback"] == [{"text": "it is 0.3"}]
    assert told(NUMBER, 7, reveal=True)["feedback"] == [{"text": "it is 0.3"}]


def test_the_answer_is_revealed_in_the_shape_of_a_response() -> None:
    answers = {question.id: told(question, None, reveal=True)["answer"] for question in ALL}
    assert answers == {
        "one": "b",
        "several": ["a", "b"],
        "order": ["x", "y", "z"],
        "pairs": {"a": "x", "b": "y", "c": "z"},
        "number": 0.3,
        "steps": ["c", "a", "a"],
    }
    assert answer_to(Number("n", "?", Decimal("6400.0"))) == 6400


@pytest.mark.parametrize(
    ("question", "response", "pointer", "says"),
    [
        (ONE, ["b"], "", "as a string"),
        (ONE, "z", "", "no option has the id 'z'"),
        (ONE, 1, "", "as a string"),
        (SEVERAL, "a", "", "a list of option ids"),
        (SEVERAL, {"a": True}, "", "a list of option ids"),
        (SEVERAL, ["a", "z"], "/1", "no option has the id 'z'"),
        (SEVERAL, ["a", "a"], "/1", "named twice"),
        (SEVERAL, ["a", None], "/1", "as a string"),
        (ORDER, ["x", "y"], "", "must name all 3 options"),
        (ORDER, ["x", "y", "y"], "/2", "named twice"),
        (PAIRS, ["x"], "", "an object"),
        (PAIRS, {"q": "x"}, "/q", "no left side"),
        (PAIRS, {"q/r~": "x"}, "/q~1r~0", "no left side"),
        (PAIRS, {"a": "q"}, "/a", "no option has the id 'q'"),
        (PAIRS, {"a": 1}, "/a", "as a string"),
        (NUMBER, "0.3", "", "must be a number"),
        (NUMBER, True, "", "must be a number"),
        (NUMBER, float("nan"), "", "must be a number"),
        (NUMBER, float("inf"), "", "must be a number"),
        (NUMBER, 10**400, "", "must be a number"),
        (STEPS, "c", "", "a list with one option id for each step"),
        (STEPS, ["c", "z"], "/1", "no option has the id 'z'"),
        (STEPS, ["c", "a", "a", "a"], "", "only 3 steps"),
    ],
)
def test_a_malformed_answer_is_refused_with_its_place(
    question: Question, response: Any, pointer: str, says: str
) -> None:
    with pytest.raises(InvalidResponse) as caught:
        validate_response(question, response)
    assert [(each.pointer, says in each.sentence) for each in caught.value.problems] == [(pointer, True)]
    with pytest.raises(InvalidResponse) as caught:
        grade([question], {question.id: response})
    assert caught.value.problems[0].pointer == f"/{question.id}{pointer}"


def test_every_problem_of_an_attempt_is_told_at_once() -> None:
    with pytest.raises(InvalidResponse) as caught:
        grade([ONE, SEVERAL], {"one": "z", "several": ["y", "z"], "order": None, "a/b": 1})
    assert [each.pointer for each in caught.value.problems] == [
        "/one",
        "/several/0",
        "/several/1",
        "/order",
        "/a~1b",
    ]
    assert "not asked" in str(caught.value)


@law(questions(), any_json)
def test_any_json_is_either_refused_or_graded(question: Question, response: Any) -> None:
    try:
        validate_response(question, response)
    except InvalidResponse as error:
        assert error.problems
    else:
        assert isinstance(grade([question], {question.id: response}), Graded)


def test_nothing_asked_cannot_be_graded() -> None:
    with pytest.raises(ValueError, match="at least one question"):
        grade([], {})
