"""A translation has the same keys and the same marks; only words differ, and its age is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from lms.catalogue.domain import file_digest

from .small_library import PAGE, line_of, load, spoil, write_library

QUIZ = "first-steps/fr/papers-quiz.md"
WORK = "first-steps/fr/review-a-draft.md"
TWO_PAIRS = "= says: States a hope\n- mou: Memorandum = frames: Frames cooperation"
TWO_STEPS = "1. screen: The partner is screened.\n2. draft: A draft is made."


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A sound library with one course in French."""
    return write_library(tmp_path)


@pytest.mark.parametrize(
    ("file", "old", "new", "says", "at"),
    [
        (QUIZ, "[x] name", "[ ] name", '"name" is marked [ ], in the original [x]', "name: The"),
        (QUIZ, "[~] stall", "[ ] stall", '"stall" is marked [ ], in the original [~]', "stall"),
        (QUIZ, "photo: A", "picture: A", 'choice "photo" of the original is missing', "## what-to-check"),
        (QUIZ, "photo: A", "picture: A", 'choice "picture" is not in the original', "picture: A"),
        (QUIZ, "## cost-recovery [number]", "## costs [number]", 'question "costs" is not in', "## costs"),
        (QUIZ, "## what-to-check [several_choices]", "## what-to-check [one_choice]",
         "is one_choice here, and several_choices in the original", "## what-to-check"),
        (QUIZ, "= 6400 +- 1", "= 6400 +- 2", "6400 +- 2, in the original 6400 +- 1", "## cost"),
        (QUIZ, "= 6400 +- 1", "= 6401 +- 1", "6401 +- 1, in the original 6400 +- 1", "## cost"),
        (QUIZ, TWO_STEPS, "1. draft: D.\n2. screen: S.", "order of each step differs", "## order"),
        (QUIZ, TWO_PAIRS, "= frames: F\n- mou: Memo = says: S", 'goes with "frames", in the', "- letter"),
        (QUIZ, "### morning", "### noon", 'step "morning" of the original is missing', "## the-deadline"),
        (WORK, "- 1: All.", "- 1: Some.\n- 2: All.", "2 points at most, in the original 1", "## clauses"),
        (WORK, "## clauses-marked", "## clauses", 'criterion "clauses" is not in the original', "## clauses"),
    ],
)  # fmt: skip
def test_what_differs_is_said_at_its_line(
    root: Path, file: str, old: str, new: str, says: str, at: str
) -> None:
    spoil(root, file, old, new)
    found = [each for each in load(root).errors if says in each.sentence]
    assert [(each.file, each.line) for each in found] == [(file, line_of(root, file, at))], load(root).errors
    assert {each.file for each in load(root).errors} == {file}


def test_other_words_are_no_finding(root: Path) -> None:
    spoil(root, QUIZ, "Être sollicité", "Autre chose")
    assert load(root).findings == ()


def test_a_missing_digest_is_a_note(root: Path) -> None:
    path = root / "first-steps/fr/four-papers.md"
    path.write_text(path.read_text().replace(f"translated_from: {file_digest(PAGE)[:12]}\n", ""))
    library = load(root)
    assert [str(each) for each in library.findings] == [
        'first-steps/fr/four-papers.md:2: note: "translated_from" is missing; '
        f'the original is now at "{file_digest(PAGE)[:12]}".'
    ]
    assert library.courses["first-steps"].page("four-papers", "fr").outdated is False


def test_a_changed_original_is_a_note_and_marks_the_translation(root: Path) -> None:
    spoil(root, "first-steps/en/four-papers.md", "The report says", "The report said")
    library = load(root)
    assert [each.is_error for each in library.findings] == [False]
    assert "The original has changed" in library.findings[0].sentence
    assert library.findings[0].line == 2
    edition = library.courses["first-steps"]
    assert edition.page("four-papers", "fr").outdated
    assert not edition.page("four-papers", "en").outdated
    assert not edition.texts["fr"].outdated


def test_a_changed_course_md_marks_the_course_text(root: Path) -> None:
    spoil(root, "first-steps/en/course.md", "What may be signed.", "What may be signed, and by whom.")
    assert load(root).courses["first-steps"].texts["fr"].outdated


def test_a_digest_of_digits_needs_no_quotes_and_another_form_is_an_error(root: Path) -> None:
    path = root / "first-steps/fr/four-papers.md"
    path.write_text(path.read_text().replace(file_digest(PAGE)[:12], "012345678901"))
    assert [each.is_error for each in load(root).findings] == [False]
    path.write_text(path.read_text().replace("012345678901", "0123"))
    assert "first twelve characters" in load(root).errors[0].sentence


def test_the_original_is_translated_from_nothing(root: Path) -> None:
    spoil(root, "first-steps/en/four-papers.md", "title:", "translated_from: 012345678901\ntitle:")
    assert any("belongs in translations only" in each.sentence for each in load(root).errors)
