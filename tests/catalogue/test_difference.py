"""The laws of the difference between two versions, and what it says of a change one can see."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from lms.catalogue.domain import Activity, ActivityKind, AssignmentText, Change, CourseText, Edition, Module
from lms.catalogue.domain.difference import Aspect, Standing, difference
from lms.catalogue.domain.wording import compare, count_changed, written
from tests.catalogue.small_library import load, write_library
from tests.catalogue.strategies import activities, assignments, courses, id_lists, law, pages, quizzes, texts

WORDS = {ActivityKind.PAGE: pages, ActivityKind.QUIZ: quizzes, ActivityKind.ASSIGNMENT: assignments}
paragraphs = st.lists(st.text("ab موة 中文.,\n", min_size=1, max_size=12).filter(str.strip), max_size=5).map(
    "\n\n".join
)


@st.composite
def editions(draw: Any) -> Edition:
    """Sound in what counts here: keys of their own, and words for every part in both languages."""
    keys = draw(id_lists(1, 6))
    made = [replace(draw(activities), key=key) for key in keys]
    cuts = sorted(draw(st.lists(st.integers(0, len(made)), max_size=2)))
    parts = [made[i:j] for i, j in zip([0, *cuts], [*cuts, len(made)], strict=True)]
    named = zip(
        draw(st.permutations(["one", "two", "three"])), [each for each in parts if each], strict=False
    )
    modules = tuple(Module(key, sum(a.minutes for a in part), tuple(part)) for key, part in named)
    words = {each: draw(_words(made, modules)) for each in ("en", "fr")}
    return Edition(replace(draw(courses), modules=modules), words)


@st.composite
def _words(draw: Any, made: list[Activity], modules: tuple[Module, ...]) -> CourseText:
    return CourseText(
        draw(texts), draw(texts), draw(texts),
        {each.key: draw(texts) for each in modules},
        {each.key: draw(WORDS[each.kind]) for each in made},
    )  # fmt: skip


@law(editions())
def test_a_version_does_not_differ_from_itself(one: Edition) -> None:
    found = difference(one, one)
    assert found.is_empty
    assert {each.standing for each in found.activities.values()} == {Standing.SAME}


@law(editions(), editions())
def test_read_the_other_way_it_is_its_mirror(one: Edition, other: Edition) -> None:
    assert difference(one, other).mirrored() == difference(other, one)


@law(editions(), editions())
def test_every_activity_is_in_exactly_one_class(one: Edition, other: Edition) -> None:
    before, after = ({each.key for each in edition.course.activities} for edition in (one, other))
    found = difference(one, other).activities
    by_class = {
        standing: {key for key, each in found.items() if each.standing is standing} for standing in Standing
    }
    assert by_class[Standing.ADDED] == after - before
    assert by_class[Standing.REMOVED] == before - after
    rest = by_class[Standing.CHANGED] | by_class[Standing.MOVED] | by_class[Standing.SAME]
    assert rest == before & after
    assert sum(len(each) for each in by_class.values()) == len(before | after)


@law(editions(), editions())
def test_nothing_differs_exactly_when_all_that_is_told_is_equal(one: Edition, other: Edition) -> None:
    told = [_told(replace(each.course, key="x"), each.texts) for each in (one, other)]
    assert difference(one, other).is_empty == (told[0] == told[1])


def _told(course: Any, words: Any) -> Any:
    said = {
        language: (
            text.title, text.summary, text.about,
            {each.key: text.modules[each.key] for each in course.modules},
            {key: written(each) for key, each in text.activities.items()},
        )
        for language, text in words.items()
    }  # fmt: skip
    return replace(course, release=None), said


# -- words -------------------------------------------------------------------------------------------------


@law(paragraphs, paragraphs)
def test_both_texts_can_be_read_off_the_comparison(old: str, new: str) -> None:
    rows = compare(old, new)
    for text, side in ((old, "before"), (new, "after")):
        read = ["".join(run.text for run in getattr(row, side)) for row in rows if getattr(row, side)]
        assert "".join("".join(read).split()) == "".join(text.split())
    kept = [
        ["".join(run.text for run in side if not run.changed) for side in (row.before or (), row.after or ())]
        for row in rows
    ]
    assert all(one == other for one, other in kept), "what is not marked is on both sides"


@law(paragraphs, paragraphs)
def test_words_are_marked_the_same_both_ways(old: str, new: str) -> None:
    assert [row.mirrored() for row in compare(old, new)] == list(compare(new, old))
    assert count_changed(compare(old, new)) == count_changed(compare(new, old))[::-1]
    assert all(row.is_same for row in compare(old, old))


def test_only_the_words_that_differ_are_marked() -> None:
    (row,) = compare("The partner signs the letter today.", "The partner signs the agreement today.")
    assert [(run.text, run.changed) for run in row.before or ()] == [
        ("The partner signs the ", False), ("letter", True), (" today.", False),
    ]  # fmt: skip
    assert [run.text for run in row.after or () if run.changed] == ["agreement"]


def test_chinese_is_compared_by_character_and_arabic_by_word() -> None:
    (row,) = compare("法律基础课程", "法律进阶课程")
    assert [run.text for run in row.after or () if run.changed] == ["进阶"]
    (row,) = compare("توقّع الشريكة الرسالة", "توقّع الشريكة الاتفاق")
    assert [run.text for run in row.after or () if run.changed] == ["الاتفاق"]


def test_a_new_paragraph_stands_alone_between_two_that_stayed() -> None:
    rows = compare("One stays.\n\nTwo stays.", "One stays.\n\nQuite another thing.\n\nTwo stays.")
    assert [row.before is None for row in rows] == [False, True, False]


# -- one change at a time ----------------------------------------------------------------------------------


def small() -> Edition:
    """Two modules of the small library's first course."""
    with tempfile.TemporaryDirectory() as folder:
        return load(write_library(Path(folder))).courses["first-steps"]


def changed(edition: Edition, key: str, **changes: Any) -> Edition:
    modules = tuple(
        replace(
            module, activities=tuple(replace(a, **changes) if a.key == key else a for a in module.activities)
        )
        for module in edition.course.modules
    )
    return replace(edition, course=replace(edition.course, modules=modules))


def test_a_pass_mark_a_rubric_and_a_title_are_each_named() -> None:
    old = small()
    found = difference(old, changed(old, "papers-quiz", pass_mark=80, required=False)).activities[
        "papers-quiz"
    ]
    assert (found.standing, found.aspects) == (Standing.CHANGED, (Aspect.REQUIRED, Aspect.PASS_MARK))
    words = old.texts["en"]
    work = words.activities["review-a-draft"]
    assert isinstance(work, AssignmentText)
    fewer = replace(work, criteria=work.criteria[:1])
    text = replace(words, activities={**words.activities, "review-a-draft": fewer})
    found = difference(old, replace(old, texts={**old.texts, "en": text})).activities["review-a-draft"]
    assert found.aspects == (Aspect.RUBRIC, Aspect.WORDS)
    assert [(each.language, each.added) for each in found.words] == [("en", 0)]


def test_modules_that_change_places_are_moved_and_their_activities_are_not() -> None:
    old = small()
    new = replace(old, course=replace(old.course, modules=old.course.modules[::-1]))
    found = difference(old, new)
    assert sorted(each.standing for each in found.modules.values()) == [Standing.MOVED, Standing.SAME]
    assert {each.standing for each in found.activities.values()} == {Standing.SAME}


def test_an_activity_in_another_module_is_moved() -> None:
    old = small()
    first, last = old.course.modules
    page, quiz = first.activities
    modules = (replace(first, activities=(quiz,)), replace(last, activities=(*last.activities, page)))
    found = difference(old, replace(old, course=replace(old.course, modules=modules)))
    assert found.activities[page.key].standing is Standing.MOVED
    assert found.activities[quiz.key].standing is Standing.SAME


def test_what_an_edition_says_of_itself_is_no_difference() -> None:
    old = small()
    release = replace(old.course.release, change=Change.MATERIAL, note="Another.")
    assert difference(old, replace(old, course=replace(old.course, release=release))).is_empty
