"""Programmes in files: what the check says of them, and those of courses/."""

from pathlib import Path

import pytest

from lms.catalogue.domain import AnyItem, Programme, Programmes, decode, encode
from lms.kernel.i18n import LANGUAGES
from tests.catalogue.small_library import load, spoil, write, write_library
from tests.catalogue.test_library import LIBRARY

NAME = "programmes.yaml"
PROGRAMMES = """\
programmes:
  - key: whole
    name: {en: Whole, fr: Tout}
    summary: Everything.
    audiences: [un-personnel]
    items:
      - {programme: part}
      - {any: 1, of: [next-steps]}
  - key: part
    name: Part
    summary: The beginning.
    audiences: [un-personnel]
    items:
      - {course: first-steps}
    validity_months: 24
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A sound library with two sound programmes."""
    write_library(tmp_path)
    write(tmp_path, NAME, PROGRAMMES)
    return tmp_path


def test_sound_programmes_are_read_and_come_back_from_json(root: Path) -> None:
    library = load(root)
    assert library.findings == ()
    whole = library.programmes.get("whole")
    assert whole is not None
    assert whole.items[1] == AnyItem(1, ("next-steps",))
    assert library.programmes.courses_of("whole") == {"first-steps", "next-steps"}
    assert library.programmes.by_course["first-steps"] == {"whole", "part"}
    again = decode(Programmes, encode(library.programmes))
    assert again == library.programmes
    assert again.digest_of("whole") == library.programmes.digest_of("whole")


def test_a_library_may_have_no_programmes(root: Path) -> None:
    (root / NAME).unlink()
    library = load(root)
    assert (library.findings, library.programmes) == ((), Programmes())


@pytest.mark.parametrize(
    ("old", "new", "says", "line"),
    [
        (
            "first-steps}",
            "first-step}",
            'courses/ has no course "first-step". Did you mean "first-steps"?',
            14,
        ),
        ("[next-steps]", "[nothing-here]", 'courses/ has no course "nothing-here"', 8),
        (
            "programme: part",
            "programme: prt",
            'programmes.yaml has no programme "prt". Did you mean "part"?',
            7,
        ),
        ("any: 1", "any: 2", "Any 2 of 1 courses can never be completed", 8),
        ("any: 1", "any: 0", "must be at least 1", 8),
        ("{any: 1, of: [next-steps]}", "{any: 1}", "An item is one of", 8),
        ("{programme: part}", "{programme: part, course: first-steps}", "An item is one of", 7),
        (
            "{programme: part}",
            "{course: next-steps}",
            '"next-steps" stands in this programme already, on line 7',
            8,
        ),
        ("{course: first-steps}", "{programme: whole}", "cannot contain itself: whole → part → whole", 6),
        ("{programme: part}", "{programme: whole}", "cannot contain itself: whole → whole", 6),
        ("audiences: [un-personnel]", "audiences: [everybody]", 'no audience "everybody"', 5),
        ("key: part", "key: whole", '"whole" already stands on line 2', 9),
        ("validity_months: 24", "validity_months: 0", "must be at least 1", 15),
    ],
)
def test_a_mistake_is_found_at_its_line(root: Path, old: str, new: str, says: str, line: int) -> None:
    spoil(root, NAME, old, new)
    library = load(root)
    found = [each for each in library.findings if says in each.sentence]
    assert [(each.file, each.line, each.is_error) for each in found] == [(NAME, line, True)], library.findings
    assert library.programmes == Programmes()


def test_a_longer_circle_is_told_once_with_the_way_round(root: Path) -> None:
    more = "  - {key: third, name: T, summary: T, audiences: [un-personnel], items: [{programme: whole}]}\n"
    spoil(root, NAME, "{course: first-steps}", "{programme: third}")
    write(root, NAME, (root / NAME).read_text() + more)
    said = [each.sentence for each in load(root).findings]
    assert said == ["A programme cannot contain itself: whole → part → third → whole."]


@pytest.mark.parametrize("each", LIBRARY.programmes.programmes, ids=lambda each: each.key)
def test_programmes_of_the_library_are_named_in_six_languages_and_can_be_done_in_their_order(
    each: Programme,
) -> None:
    assert set(each.name.texts) == set(each.summary.texts) == set(LANGUAGES)
    courses = LIBRARY.programmes.courses_of(each.key)
    assert courses <= set(LIBRARY.courses)
    for key in courses:
        assert set(LIBRARY.courses[key].course.prerequisites) <= courses, key
