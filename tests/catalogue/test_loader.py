"""Every mistake a writer can make is found, at its line, once, with a sentence; a sound library is read."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from lms.catalogue import loader
from lms.catalogue.domain import Edition, FindingList, Number, Scenario, Severity, file_digest
from lms.catalogue.loader import load_library, older_citations

from . import mistakes
from .mistakes import ASTRAY, QUIZZES, RUBRICS, STRUCTURE, WORDS, Mistake
from .small_library import FIRST, PAGE, TODAY, line_of, load, spoil, write, write_library


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A sound library."""
    return write_library(tmp_path)


def test_a_sound_library_has_no_findings(root: Path) -> None:
    library = load(root)
    assert library.findings == ()
    assert set(library.courses) == {"first-steps", "next-steps"}
    assert library.providers["our-office"].name == "Our Office"
    assert library.taxonomy.competency("legal-instruments").levels[4].for_reader("fr") == "keeps them: all."
    assert library.taxonomy.area_of("legal-instruments").name.for_reader("fr-CA") == "Droit"


def test_a_sound_course_is_read_whole(root: Path) -> None:
    edition = load(root).courses["first-steps"]
    assert edition.course.minutes == 71
    assert [activity.key for activity in edition.course.required_activities] == ["four-papers", "papers-quiz"]
    quiz = edition.quiz("papers-quiz", "fr")
    assert quiz.question("who-signs").prompt == "Qui signe ?"
    assert [question.kind for question in quiz.questions] == [
        *("one_choice", "several_choices", "ordering", "matching", "number", "scenario")
    ]
    number, scenario = quiz.question("cost-recovery"), quiz.question("the-deadline")
    assert isinstance(number, Number) and (number.value, number.tolerance) == (Decimal(6400), Decimal(1))
    assert isinstance(scenario, Scenario) and [o.worth for o in scenario.steps[0].options] == [0, 50, 100]
    work = edition.assignment("review-a-draft", "en")
    assert work.brief == "Hand in one page.\n\n## Form\n\nA file."
    assert work.criteria[0].levels == ("None.", "The right one.", "The right one,\nwith its reason.")
    assert work.max_points == 3
    assert edition.page("four-papers", "fr").outdated is False


def test_texts_may_go_on_and_prompts_may_quote(root: Path) -> None:
    quiz = load(root).courses["first-steps"].quiz("papers-quiz", "en")
    assert quiz.questions[0].options[1].text == "Whoever holds\ndelegated authority."  # type: ignore[union-attr]
    assert quiz.questions[1].prompt.endswith("> A quotation in the prompt.")


def test_an_edition_comes_back_from_json_and_keeps_its_digest(root: Path) -> None:
    for edition in load(root).courses.values():
        again = Edition.from_json(json.loads(json.dumps(edition.to_json(), sort_keys=True)))
        assert again == edition
        assert again.digest == edition.digest


def test_the_digest_changes_with_words_and_not_with_line_ends(root: Path) -> None:
    before = load(root).courses["first-steps"].digest
    path = root / mistakes.PAGE
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert load(root).courses["first-steps"].digest == before
    spoil(root, mistakes.PAGE, "The report", "A report")
    assert load(root).courses["first-steps"].digest != before


def with_names(mistakes: list[Mistake]) -> list[object]:
    """As parameters, each by its name."""
    return [pytest.param(each, id=each.name) for each in mistakes]


@pytest.mark.parametrize("mistake", with_names(STRUCTURE))
def test_a_mistake_in_structure_is_found_once_at_its_line(root: Path, mistake: Mistake) -> None:
    expect_one(root, mistake)


@pytest.mark.parametrize("mistake", with_names(ASTRAY))
def test_a_mistake_that_leaves_files_astray_is_found_at_its_line(root: Path, mistake: Mistake) -> None:
    if mistake.name == "activity key twice":
        spoil(
            root,
            mistakes.FIRST,
            "minutes: 3}",
            "minutes: 3}\n      - {key: four-papers, kind: page, minutes: 1}",
        )
    spoil(root, mistake.file, mistake.old, mistake.new)
    found = [each for each in load(root).findings if mistake.says in each.sentence]
    lines = [each.line for each in found]
    assert len(found) == 1, load(root).findings
    text = (root / mistake.file).read_text().split("\n")[(lines[0] or 1) - 1]
    assert mistake.at is not None and mistake.at in text


@pytest.mark.parametrize("mistake", with_names(WORDS + QUIZZES + RUBRICS))
def test_a_mistake_in_words_is_found_once_at_its_line(root: Path, mistake: Mistake) -> None:
    remove_french(root)
    expect_one(root, mistake)


def remove_french(root: Path) -> None:
    """So that a spoilt original is not also told of by its translation."""
    spoil(root, mistakes.FIRST, "[en, fr]", "[en]")
    for path in (root / "first-steps/fr").iterdir():
        path.unlink()
    (root / "first-steps/fr").rmdir()


def expect_one(root: Path, mistake: Mistake) -> None:
    spoil(root, mistake.file, mistake.old, mistake.new)
    library = load(root)
    where = mistake.where or mistake.file
    assert [finding.file for finding in library.findings] == [where], library.findings
    finding = library.findings[0]
    assert mistake.says in finding.sentence
    assert finding.severity is mistake.severity
    if mistake.at is not None:
        assert finding.line == line_of(root, where, mistake.at)
    assert (where.partition("/")[0] in library.courses) is (mistake.severity is Severity.NOTE)


def sentences(root: Path) -> list[str]:
    return [str(finding) for finding in load(root).findings]


def test_a_rubric_that_starts_at_one_says_so_for_each_level(root: Path) -> None:
    remove_french(root)
    spoil(root, mistakes.WORK, "- 0: None.\n- 1: The right one.\n", "- 1: The right one.\n")
    assert any("1 stands where 0 belongs" in each for each in sentences(root))


def test_an_assignment_without_criteria(root: Path) -> None:
    remove_french(root)
    path = root / mistakes.WORK
    path.write_text(path.read_text().split("## instrument-chosen")[0])
    assert ["The rubric is missing" in each for each in sentences(root)] == [True]


def test_many_mistakes_are_told_at_once(root: Path) -> None:
    spoil(root, mistakes.FIRST, "level: 1", "level: 9")
    spoil(root, mistakes.FIRST, "minutes: 11", "minutes: 12")
    spoil(root, mistakes.FIRST, "[advocacy]", "[advocasy]")
    spoil(root, mistakes.QUIZ, "= 6400", "= x")
    spoil(root, mistakes.WORK, "- 2:", "- 4:")
    (root / mistakes.PAGE).unlink()
    spoil(root, mistakes.NEXT, "material", "huge")
    spoil(root, "taxonomy.yaml", "key: advocacy", "key: Advocacy")
    files = {finding.file for finding in load(root).errors}
    told_by_the_translation = {"first-steps/fr/papers-quiz.md"}
    assert files - told_by_the_translation == {
        mistakes.FIRST,
        mistakes.QUIZ,
        mistakes.WORK,
        mistakes.PAGE,
        mistakes.NEXT,
        "taxonomy.yaml",
    }


def test_a_circle_of_prerequisites_is_shown_for_each_course_in_it(root: Path) -> None:
    spoil(root, mistakes.FIRST, "prerequisites: []", "prerequisites: [next-steps]")
    library = load(root)
    circle = "first-steps → next-steps → first-steps", "next-steps → first-steps → next-steps"
    assert [str(each) for each in library.findings] == [
        f"first-steps/course.yaml:8: The prerequisites go in a circle: {circle[0]}.",
        f"next-steps/course.yaml:8: The prerequisites go in a circle: {circle[1]}.",
    ]
    assert not library.courses


def test_missing_folders_and_files(root: Path) -> None:
    spoil(root, mistakes.NEXT, "[en]", "[en, es]")
    (root / mistakes.PAGE).unlink()
    (root / "first-steps/fr/four-papers.md").unlink()
    (root / "empty-course").mkdir()
    assert sentences(root) == [
        "empty-course/course.yaml: The file is missing.",
        "first-steps/en/four-papers.md: The file is missing.",
        "first-steps/fr/four-papers.md: The file is missing.",
        'next-steps/course.yaml:4: The folder "es" is missing, which "languages" names.',
    ]


def test_files_that_nobody_names(root: Path) -> None:
    write(root, "first-steps/notes.txt", "x")
    write(root, "first-steps/en/old-page.md", "x")
    write(root, "first-steps/es/course.md", "x")
    write(root, "first-steps/.DS_Store", "x")
    assert [finding.file for finding in load(root).findings] == [
        *("first-steps/en/old-page.md", "first-steps/es", "first-steps/notes.txt")
    ]


def test_links_are_refused_wherever_they_stand(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    write(outside, "secret.md", PAGE)
    (root / mistakes.PAGE).unlink()
    (root / mistakes.PAGE).symlink_to(outside / "secret.md")
    (root / "linked-course").symlink_to(root / "next-steps")
    fr = root / "first-steps/fr"
    fr.rename(outside / "fr")
    fr.symlink_to(outside / "fr")
    found = [str(each) for each in load(root).findings if "Links are not followed" in each.sentence]
    assert [each.split(":")[0] for each in found] == [mistakes.PAGE, "first-steps/fr", "linked-course"]
    assert "first-steps" not in load(root).courses


@pytest.mark.parametrize("name", ["../next-steps/en", "/etc", "..", "en/..", "a\\b"])
def test_no_language_and_no_key_leads_out_of_its_folder(
    root: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []
    original = loader._read_text

    def spy(path: Path, findings: FindingList) -> str | None:
        read.append(path)
        return original(path, findings)

    monkeypatch.setattr(loader, "_read_text", spy)
    spoil(root, mistakes.NEXT, "[en]", f"[en, '{name}']")
    spoil(root, mistakes.NEXT, "key: the-scene", f"key: '{name}'")
    assert load(root).errors
    assert all(".." not in path.parts and path.is_relative_to(root) for path in read)


def test_large_files_are_refused(root: Path) -> None:
    spoil(root, "next-steps/en/the-scene.md", "A scene.", "A scene. " * 200_000)
    assert sentences(root) == ["next-steps/en/the-scene.md: The file is larger than 1000 kB."]


def test_text_that_is_not_utf8_is_told_with_its_line(root: Path) -> None:
    (root / "next-steps/en/the-scene.md").write_bytes("---\ntitle: x\n---\nÉté\n".encode("latin-1"))
    assert sentences(root)[0].startswith("next-steps/en/the-scene.md:4: This is not UTF-8")


def test_control_characters_are_told_with_their_line(root: Path) -> None:
    spoil(root, "next-steps/en/the-scene.md", "A scene.", "A\nsc\0ene.")
    assert sentences(root)[0].startswith("next-steps/en/the-scene.md:5: There is a control character")


def test_deep_nesting_and_empty_files_do_not_break_the_loader(root: Path) -> None:
    write(root, mistakes.FIRST, "[" * 5_000)
    write(root, mistakes.NEXT, "")
    found = sentences(root)
    assert any("nested too deeply" in each or "cannot be read" in each for each in found)
    assert 'next-steps/course.yaml:1: "key" is missing.' in found


@pytest.mark.parametrize(
    "text", ["- a", "just text", "12", "null", "{key: {a: 1}, modules: [1, [2], {activities: 3}]}"]
)
def test_any_shape_of_course_yaml_is_survived(root: Path, text: str) -> None:
    write(root, mistakes.NEXT, text)
    assert any(each.file == mistakes.NEXT for each in load(root).errors)


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("taxonomy.yaml", "version: 1", "version: one", "must be a whole number"),
        ("taxonomy.yaml", "focuses:", "focusses:", 'Did you mean "focuses"?'),
        ("taxonomy.yaml", "level: 2, key: practitioner", "level: 2, key: aware", '"aware" already stands'),
        ("taxonomy.yaml", "source: assessed_work", "source: course", '"course" already stands'),
        ("providers.yaml", "kind: entity", "kind: office", "must be one of: entity, partner, other"),
        ("providers.yaml", "providers:", "providers: {", "cannot be read"),
    ],
)
def test_mistakes_in_shared_files_are_told_and_tags_left_unchecked(
    root: Path, file: str, old: str, new: str, says: str
) -> None:
    spoil(root, file, old, new)
    library = load(root)
    assert any(says in finding.sentence for finding in library.findings)
    assert {finding.file for finding in library.findings} == {file}
    assert {finding.course for finding in library.findings} == {None}


WORDS = """\
competencies:
  legal-instruments:
    name: Choisir et lire un accord
    levels: {1: les connaît., 2: les rédige., 3: les négocie., 4: les tient à jour.}
"""


def test_the_taxonomy_speaks_the_languages_it_has_a_file_for(root: Path) -> None:
    write(root, "taxonomy.fr.yaml", WORDS)
    library = load(root)
    assert library.findings == load(root).findings == ()
    competency = library.taxonomy.competency("legal-instruments")
    assert competency.name.for_reader("fr") == "Choisir et lire un accord"
    assert competency.name.for_reader("en") == "Choosing and reading agreements"
    assert competency.levels[4].for_reader("fr-CA") == "les tient à jour."


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("taxonomy.fr.yaml", "legal-instruments", "legal-instrument", 'no competency "legal-instrument"'),
        (
            "taxonomy.fr.yaml",
            "legal-instruments",
            "legal-instrument",
            'words for "legal-instruments" are missing',
        ),
        ("taxonomy.fr.yaml", ", 4: les tient à jour.", "", "4"),
        ("taxonomy.fr.yaml", "name:", "nom:", '"nom"'),
        ("taxonomy.french.yaml", "name:", "name:", "language code"),
    ],
)
def test_a_mistake_in_a_translation_of_the_taxonomy_is_told(
    root: Path, name: str, old: str, new: str, says: str
) -> None:
    write(root, name, WORDS.replace(old, new, 1))
    library = load(root)
    assert any(says in finding.sentence for finding in library.findings), library.findings
    assert {finding.file for finding in library.findings} == {name}


def test_a_folder_that_is_not_there_is_an_error_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError):
        load_library(tmp_path / "nowhere")


def test_older_citations(root: Path) -> None:
    library = load(root)
    assert [str(each) for each in older_citations(library, TODAY)] == [
        f"first-steps/course.yaml:{line_of(root, mistakes.FIRST, 'id: guidelines')}: note: "
        'The source "guidelines" was last looked up on 2025-01-31; look again.'
    ]
    assert older_citations(library, date(2025, 2, 1)) == []
    assert len(older_citations(library, date(2028, 1, 1))) == 2
    assert older_citations(library, TODAY, days=1000) == []


def test_digests_are_what_sha256sum_says(root: Path) -> None:
    digests = load(root).digests["first-steps"]
    assert digests["en/four-papers.md"] == file_digest(PAGE)
    assert len(digests) == 8


def test_every_finding_knows_its_course(root: Path) -> None:
    write(root, mistakes.FIRST, FIRST.replace("minutes: 11", "minutes: 1"))
    assert [each.course for each in load(root).findings] == ["first-steps"]
