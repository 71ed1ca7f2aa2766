"""The courses of `courses/` as a library: what is asked of all of them together and no check of one file sees."""

from collections import Counter
from collections.abc import Iterator

import pytest

from lms.catalogue.beside import library_beside
from lms.catalogue.domain import ActivityKind, Edition
from lms.catalogue.domain.questions import FULL, Choice, OneChoice, Scenario
from lms.catalogue.loader import Library
from lms.settings import PROJECT

LIBRARY: Library = library_beside(PROJECT / "courses")
COURSES = sorted(LIBRARY.courses)


def edition(course: str) -> Edition:
    return LIBRARY.courses[course]


def quizzes(course: str) -> Iterator[str]:
    return (each.key for each in edition(course).course.activities if each.kind is ActivityKind.QUIZ)


def decisions(course: str, *, scenario: bool) -> list[tuple[Choice, ...]]:
    """Options of every question with one right answer, or of every step of a scenario, in the original language."""
    original = edition(course).course.original
    asked = [each for quiz in quizzes(course) for each in edition(course).quiz(quiz, original).questions]
    if scenario:
        return [step.options for each in asked if isinstance(each, Scenario) for step in each.steps]
    return [each.options for each in asked if isinstance(each, OneChoice)]


def share_of_longest(asked: list[tuple[Choice, ...]]) -> float:
    """How often whoever ticks the longest option is right."""
    right = [max(options, key=lambda each: len(each.text)).worth == FULL for options in asked]
    return sum(right) / len(right)


@pytest.mark.parametrize("course", COURSES)
def test_the_longest_option_is_no_key_to_the_answer(course: str) -> None:
    assert share_of_longest(decisions(course, scenario=False)) <= 0.4
    assert share_of_longest(decisions(course, scenario=True)) <= 0.4


@pytest.mark.parametrize("course", COURSES)
def test_the_right_answer_stands_at_no_favourite_place(course: str) -> None:
    asked = decisions(course, scenario=False)
    places = Counter(next(n for n, each in enumerate(options) if each.worth == FULL) for options in asked)
    assert max(places.values()) / len(asked) <= 0.45


@pytest.mark.parametrize("course", COURSES)
def test_a_quiz_is_drawn_from_a_larger_bank_of_several_kinds(course: str) -> None:
    made = edition(course)
    for module in made.course.modules:
        drawn = [each for each in module.activities if each.kind is ActivityKind.QUIZ and each.draw]
        for quiz in drawn:
            bank = made.quiz(quiz.key, made.course.original).questions
            assert len(bank) > (quiz.draw or 0), quiz.key
            assert len({each.kind for each in bank}) >= 3, quiz.key


@pytest.mark.parametrize("course", COURSES)
def test_a_course_is_whole(course: str) -> None:
    """Modules of 15 to 20 minutes with a case to decide and a quiz, an assessed piece of work, whom to ask."""
    made = edition(course)
    *modules, last = made.course.modules
    for module in modules:
        kinds = [each.kind for each in module.activities]
        assert 15 <= sum(each.minutes for each in module.activities) <= 25, module.key
        assert kinds.count(ActivityKind.PAGE) >= 2, module.key
        assert kinds.count(ActivityKind.QUIZ) >= 2, module.key
    assert any(each.kind is ActivityKind.ASSIGNMENT for each in last.activities)
    assert all(each.assessed_level == 2 for each in made.course.teaches)
    assert "whom to ask" in made.texts["en"].about.casefold()


def test_the_library_covers_every_skill_area_and_every_focus() -> None:
    taxonomy = LIBRARY.taxonomy
    taught = {each.competency for made in LIBRARY.courses.values() for each in made.course.teaches}
    areas = {taxonomy.area_of(key).key for key in taught}
    assert areas == {each.key for each in taxonomy.skill_areas}
    meant = {key for made in LIBRARY.courses.values() for key in made.course.focuses}
    assert meant == {each.key for each in taxonomy.focuses}


def test_the_essentials_are_in_the_languages_promised() -> None:
    assert {"en", "fr", "ar", "zh"} <= set(edition("partnership-essentials").course.languages)
    assert not [finding for finding in LIBRARY.findings if finding.is_error]
