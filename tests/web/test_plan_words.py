"""Every reason of a plan is a sentence in every language, with the names and figures of its facts in it."""

from typing import Any

import pytest
from markupsafe import Markup

from lms.catalogue.domain import Taxonomy
from lms.catalogue.loader import load_library
from lms.catalogue.queries import CourseTitle
from lms.kernel.i18n import LANGUAGES
from lms.plans.domain.explained import Why, WhyNot
from lms.settings import Settings
from lms.web.plan_words import Words, why, why_not

ESSENTIALS, LEGAL = "partnership-essentials", "legal-foundations"
WANTED = {"competency": "results-and-indicators", "wanted": 2, "held": 0}
FACTS: dict[Why, dict[str, Any]] = {
    Why.CLOSES: {**WANTED, "by_quizzes": 1, "by_work": 2},
    Why.OWN_FOCUS: {"focuses": ["environment", "humanitarian"]},
    Why.EVERY_FOCUS: {},
    Why.OWN_MODALITY: {"modality": "norms-and-standards"},
    Why.NEEDS: {"courses": [ESSENTIALS]},
    Why.NEEDED_BY: {"courses": [LEGAL]},
    Why.WORK_LEFT: {},
    Why.PINNED: {},
    Why.ASSIGNED: {"due_on": "2026-12-31", "compulsory": True},
    Why.PRACTICE_ONLY: WANTED | {"wanted": 3},
}
NOT_FACTS: dict[WhyNot, dict[str, Any]] = {
    WhyNot.DROPPED: {},
    WhyNot.OTHER_AUDIENCE: {},
    WhyNot.OTHER_LANGUAGE: {"languages": ["fr", "ar"]},
    WhyNot.OTHER_FOCUS: {"focuses": ["humanitarian"]},
    WhyNot.PREREQUISITE_MISSING: {"courses": [ESSENTIALS]},
    WhyNot.COMPLETED: {},
    WhyNot.COVERED: {"courses": [LEGAL]},
    WhyNot.NO_TIME: {"minutes": 150, "left": 45},
    WhyNot.NOBODY_TEACHES: {"competency": "results-and-indicators", "wanted": 2, "reached": 1},
}


@pytest.fixture(scope="module")
def taxonomy() -> Taxonomy:
    return load_library(Settings().courses_dir).taxonomy


def words_in(taxonomy: Taxonomy, language: str, **more: Any) -> Words:
    titles = {
        ESSENTIALS: CourseTitle(ESSENTIALS, "Partnership <essentials>", "en"),
        LEGAL: CourseTitle(LEGAL, "Legal foundations", "en"),
    }
    return Words(titles, taxonomy, language, **more)


def step(kind: Why, facts: dict[str, Any] | None = None, key: str = LEGAL) -> dict[str, Any]:
    return {"key": key, "reasons": [{"why": kind.value, "facts": FACTS[kind] if facts is None else facts}]}


def english(taxonomy: Taxonomy, kind: Why, facts: dict[str, Any] | None = None, **more: Any) -> str:
    return why(words_in(taxonomy, "en", **more), step(kind, facts))[0].striptags()


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_reason_has_its_own_sentence_in_every_language(language: str, taxonomy: Taxonomy) -> None:
    words = words_in(taxonomy, language)
    said = [why(words, step(kind))[0] for kind in Why]
    said += [why_not(words, {"why": kind.value, "facts": NOT_FACTS[kind]}) for kind in WhyNot]
    assert all(isinstance(each, Markup) and len(each.striptags()) > 4 for each in said)
    assert len(set(said)) == len(Why) + len(WhyNot)
    assert not [each for each in said if "%(" in each or "<essentials>" in each]


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_none_of_them_is_left_in_english(language: str, taxonomy: Taxonomy) -> None:
    both = words_in(taxonomy, "en"), words_in(taxonomy, language)
    for kind in Why:
        assert len({why(each, step(kind))[0] for each in both}) == 2, kind
    for left in WhyNot:
        line = {"why": left.value, "facts": NOT_FACTS[left]}
        assert len({why_not(each, line) for each in both}) == 2, left


def test_a_gap_is_said_with_where_one_stands_and_what_closes_it(taxonomy: Taxonomy) -> None:
    name = taxonomy.competency("results-and-indicators").name.for_reader("en")
    assert english(taxonomy, Why.CLOSES) == (
        f"Your profile asks for “{name}” at level 2; you have no valid record of it."
        " This course’s quizzes give level 1, and its piece of work, once assessed, gives level 2."
    )
    by_work = WANTED | {"held": 1, "by_quizzes": 0, "by_work": 2}
    assert english(taxonomy, Why.CLOSES, by_work) == (
        f"Your profile asks for “{name}” at level 2; you stand at level 1."
        " Its piece of work, once assessed, gives level 2."
    )
    by_quizzes = WANTED | {"wanted": 1, "by_quizzes": 1, "by_work": 0}
    assert english(taxonomy, Why.CLOSES, by_quizzes).endswith("This course’s quizzes give level 1.")


def test_what_comes_first_is_named_by_its_step_or_as_completed(taxonomy: Taxonomy) -> None:
    title = "“Partnership &lt;essentials&gt;”"
    said = {
        "It needs %s first.": {},
        "It needs %s first, which is step 1.": {"steps": {ESSENTIALS: 1, LEGAL: 2}},
        "It builds on %s, which you have completed.": {"completed": frozenset({ESSENTIALS})},
    }
    for sentence, more in said.items():
        found = why(words_in(taxonomy, "en", **more), step(Why.NEEDS))[0]
        assert found == Markup(sentence) % Markup(title.replace("“", "“<bdi>").replace("”", "</bdi>”"))


def test_a_course_that_was_asked_for_names_who_asks(taxonomy: Taxonomy) -> None:
    asked = {"asked_by": "Daniel <Okafor>", "asked": frozenset({LEGAL})}
    words = words_in(taxonomy, "en", **asked)
    assert why(words, step(Why.PINNED))[0] == "<bdi>Daniel &lt;Okafor&gt;</bdi> asks for it."
    own = why(words, step(Why.PINNED, key=ESSENTIALS))[0]
    assert own == "You want it in your plan, whatever else it holds."


def test_whoever_may_not_see_where_a_person_stands_is_not_told(taxonomy: Taxonomy) -> None:
    said = english(taxonomy, Why.CLOSES, {"competency": "results-and-indicators", "wanted": 2})
    assert said.startswith("The target profile asks for")
    assert "you" not in said
    assert "quizzes" not in said


def test_a_key_that_nothing_is_called_by_any_more_stands_for_itself(taxonomy: Taxonomy) -> None:
    words = words_in(taxonomy, "en")
    assert words.course("gone") == Markup("<bdi>gone</bdi>")
    assert words.competency("gone") == Markup("<bdi>gone</bdi>")
