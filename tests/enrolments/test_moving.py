"""What still counts in another version of a course: the laws, and each clause of the rule."""

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import strategies as st

from lms.catalogue.domain import Edition, OneChoice, QuizText, Renewal
from lms.enrolments.domain.moving import lies_between, plan_move
from lms.enrolments.domain.states import ActivityState, as_taken, minutes_left, moved_forward, state_of
from tests.catalogue.strategies import law
from tests.catalogue.test_difference import changed, editions, small

NOW = datetime(2026, 11, 25, tzinfo=UTC)
states = st.sampled_from(list(ActivityState)[1:])


@st.composite
def journeys(draw: Any) -> tuple[Edition, Edition, Any]:
    """Two versions, and how far a learner is in the first."""
    one, other = draw(editions()), draw(editions())
    progress: Any = {}
    for each in draw(st.lists(st.sampled_from(one.course.activities), unique=True)):
        progress = moved_forward(progress, each.key, draw(states), NOW)
    return one, draw(st.sampled_from([one, other])), progress


@law(journeys(), st.booleans())
def test_nothing_is_invented_and_every_activity_is_said_once(journey: Any, material: bool) -> None:
    one, other, progress = journey
    move = plan_move(one, other, progress, material=material)
    assert all(move.progress[key] == progress[key] for key in move.progress)  # as it was, with its own day
    assert set(move.kept) <= {key for key in progress if state_of(progress, key) is ActivityState.COMPLETED}
    said = [*move.progress, *move.again, *move.gone]
    assert sorted(said) == sorted(progress), "each thing begun is kept, to be done again, or gone"
    assert not set(move.new) & {each.key for each in one.course.activities}
    assert move.minutes_left == minutes_left(other.course, move.progress)


@law(journeys(), st.booleans())
def test_moving_to_the_same_version_keeps_everything(journey: Any, material: bool) -> None:
    one, _, progress = journey
    move = plan_move(one, one, progress, material=material)
    assert dict(move.progress) == dict(progress)
    assert not (move.again or move.new or move.gone)


@law(journeys())
def test_a_material_edition_never_keeps_more(journey: Any) -> None:
    one, other, progress = journey
    strict = plan_move(one, other, progress, material=True)
    assert set(strict.progress) <= set(plan_move(one, other, progress, material=False).progress)


# -- each clause -------------------------------------------------------------------------------------------

DONE = {
    key: {"state": "completed", "at": NOW.isoformat()}
    for key in ("four-papers", "papers-quiz", "review-a-draft")
}


def kept(new: Edition, *, material: bool = False) -> set[str]:
    return set(plan_move(small(), new, DONE, material=material).kept)


def words(edition: Edition, key: str, **changes: Any) -> Edition:
    """The same with other words in the original."""
    text = edition.texts["en"]
    activity = replace(text.activities[key], **changes)  # type: ignore[type-var]
    return replace(
        edition, texts={**edition.texts, "en": replace(text, activities={**text.activities, key: activity})}
    )


def test_a_page_counts_whatever_it_says_unless_the_edition_is_material() -> None:
    rewritten = words(small(), "four-papers", body="Quite another text.")
    assert "four-papers" in kept(rewritten)
    assert kept(rewritten, material=True) == {"papers-quiz", "review-a-draft"}


@pytest.mark.parametrize(
    ("change", "counts"),
    [({"pass_mark": 75}, True), ({"pass_mark": 50}, True), ({"pass_mark": 80}, False), ({"draw": 3}, False),
     ({"minutes": 90}, True), ({"attempts": None}, True), ({"required": False}, True)],
)  # fmt: skip
def test_a_passed_quiz_counts_while_passing_is_no_harder(change: dict[str, Any], counts: bool) -> None:
    assert ("papers-quiz" in kept(changed(small(), "papers-quiz", **change))) is counts


def test_a_quiz_counts_while_its_right_answers_are_the_same() -> None:
    quiz = small().texts["en"].activities["papers-quiz"]
    assert isinstance(quiz, QuizText)
    first = quiz.questions[0]
    assert isinstance(first, OneChoice)
    said = replace(first, prompt="Who may sign?", options=first.options[::-1])
    assert "papers-quiz" in kept(words(small(), "papers-quiz", questions=(said, *quiz.questions[1:])))
    other = tuple(replace(each, worth=100 - each.worth) for each in first.options)
    turned = replace(first, options=other)
    assert "papers-quiz" not in kept(words(small(), "papers-quiz", questions=(turned, *quiz.questions[1:])))
    assert "papers-quiz" not in kept(words(small(), "papers-quiz", questions=quiz.questions[1:]))


def test_an_accepted_piece_of_work_counts_while_its_rubric_is_the_same() -> None:
    work: Any = small().texts["en"].activities["review-a-draft"]
    assert "review-a-draft" in kept(words(small(), "review-a-draft", criteria=work.criteria[::-1]))
    assert "review-a-draft" not in kept(words(small(), "review-a-draft", criteria=work.criteria[:1]))


def test_a_version_that_asks_nothing_more_completes() -> None:
    move = plan_move(
        small(),
        changed(small(), "papers-quiz", required=False),
        {"four-papers": DONE["four-papers"]},
        material=False,
    )
    assert (move.completes, move.minutes_left) == (True, 0)


def test_an_edition_on_the_way_is_found_either_way() -> None:
    assert lies_between([3], 1, 4)
    assert lies_between([3], 2, 3)
    assert not lies_between([3], 3, 5)
    assert lies_between([3], 3, 1)


def test_a_renewal_stays_on_the_shorter_path() -> None:
    row = SimpleNamespace(renews_id="of a completion")
    renewed = small()
    work = changed(renewed, "review-a-draft", required=True)
    short = replace(work, course=replace(work.course, renewal=Renewal(modules=("papers",))))
    move = plan_move(as_taken(renewed, row), as_taken(short, row), {}, material=False)
    assert move.minutes_left == 11, "the piece of work lies outside of it"
    whole = plan_move(renewed, short, {}, material=False)
    assert whole.minutes_left == 71
