"""Target profiles: which one holds for whom, and what the check says of their files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.catalogue.domain import (
    Basis,
    DefaultFor,
    Label,
    Profiles,
    Requirement,
    TargetProfile,
    decode,
    encode,
    profile_for,
)
from lms.kernel.i18n import LANGUAGES
from lms.people.domain import AffiliationKind
from tests.catalogue.small_library import load, spoil, write, write_library
from tests.catalogue.test_library import LIBRARY

ROLES = ("focal_point", "hr_officer", "senior_manager")
FOCUSES = ("environment", "humanitarian", "poverty")
KINDS = ("intern", "staff")


def profile(key: str, **default: tuple[str, ...]) -> TargetProfile:
    words = Label({"en": key})
    return TargetProfile(key, words, words, (Requirement("negotiation", 1, words),), DefaultFor(**default))


def some(keys: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(keys), unique=True).map(tuple)


@st.composite
def libraries(draw: st.DrawFn) -> list[TargetProfile]:
    keys = draw(st.lists(st.sampled_from("abcdefgh"), unique=True))
    return [
        profile(key, roles=draw(some(ROLES)), focuses=draw(some(FOCUSES)), kinds=draw(some(KINDS)))
        for key in keys
    ]


WHO = {"roles": some(ROLES), "focuses": some(FOCUSES), "kind": st.sampled_from([None, *KINDS])}
who = st.fixed_dictionaries(WHO)


@given(libraries(), who, st.randoms())
def test_the_order_of_profiles_and_of_what_someone_has_does_not_matter(profiles, asked, random) -> None:  # type: ignore[no-untyped-def]
    first = profile_for(profiles, chosen=None, **asked)
    random.shuffle(profiles)
    turned = {name: value and value[::-1] for name, value in asked.items() if name != "kind"}
    assert profile_for(profiles, chosen=None, kind=asked["kind"], **turned) == first


@given(libraries(), who)
def test_what_holds_meets_the_person_and_says_by_what(profiles, asked) -> None:  # type: ignore[no-untyped-def]
    held = profile_for(profiles, chosen=None, **asked)
    if held is None:
        return
    found, reason = held
    default = found.default_for
    assert bool(default.roles) == (reason.role in asked["roles"] if reason.role else False)
    assert bool(default.focuses) == (reason.focus in asked["focuses"] if reason.focus else False)
    assert (reason.kind_of_affiliation == asked["kind"]) == bool(default.kinds) or not default.kinds
    assert (reason.basis in (Basis.ROLE, Basis.ROLE_AND_FOCUS)) == bool(default.roles)


@given(libraries(), who, st.sampled_from(ROLES))
def test_one_more_role_never_makes_the_reason_weaker(profiles, asked, role) -> None:  # type: ignore[no-untyped-def]
    strength = list(Basis)
    before = profile_for(profiles, chosen=None, **asked)
    after = profile_for(profiles, chosen=None, **asked | {"roles": (*asked["roles"], role)})
    if before is not None:
        assert after is not None
        assert strength.index(after[1].basis) <= strength.index(before[1].basis)


@given(libraries(), who, st.sampled_from("abcdefgh"))
def test_the_post_decides_where_it_names_a_known_profile(profiles, asked, key) -> None:  # type: ignore[no-untyped-def]
    held = profile_for(profiles, chosen=key, **asked)
    if key in {each.key for each in profiles}:
        assert held is not None
        assert (held[0].key, held[1].basis) == (key, Basis.POST)
    else:
        assert held == profile_for(profiles, chosen=None, **asked)


def test_the_most_specific_default_holds_and_ties_go_by_key() -> None:
    by_kind, by_focus = profile("a", kinds=("staff",)), profile("b", focuses=("poverty",))
    by_role, second = profile("c", roles=("focal_point",)), profile("d", roles=("focal_point",))
    both = profile("e", roles=("focal_point",), focuses=("poverty",))
    met = {"roles": ["focal_point"], "focuses": ["poverty"], "kind": "staff"}
    order = [by_kind, by_focus, second, by_role, both]
    for expected, basis in (
        (both, "role_and_focus"),
        (by_role, "role"),
        (second, "role"),
        (by_focus, "focus"),
    ):
        held = profile_for(order, chosen=None, **met)  # type: ignore[arg-type]
        assert held is not None
        assert (held[0], held[1].basis) == (expected, basis)
        order.remove(expected)
    held = profile_for(order, chosen=None, **met)  # type: ignore[arg-type]
    assert held is not None
    assert held[1].basis == Basis.KIND
    assert profile_for([profile("x")], chosen=None, **met) is None  # type: ignore[arg-type]


# -- files -------------------------------------------------------------------------------------------------

NAME = "profiles/legal-officer.yaml"
PROFILE = """\
key: legal-officer
name: {en: Legal officer, fr: Juriste}
says: Advises on agreements.
default_for: {focuses: [environment], kinds: [staff]}
requires:
  - {competency: legal-instruments, level: 2, why: Drafts them.}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A sound library with one sound profile."""
    write_library(tmp_path)
    write(tmp_path, NAME, PROFILE)
    return tmp_path


def test_a_sound_profile_is_read_and_comes_back_from_json(root: Path) -> None:
    library = load(root)
    assert library.findings == ()
    assert set(library.courses) == {"first-steps", "next-steps"}
    found = library.profiles.get("legal-officer")
    assert found is not None
    assert (found.levels, found.default_for.kinds) == ({"legal-instruments": 2}, ("staff",))
    assert decode(Profiles, encode(library.profiles)) == library.profiles


@pytest.mark.parametrize(
    ("old", "new", "says", "line"),
    [
        ("key: legal-officer", "key: legal-office", 'the file is called "legal-officer.yaml"', 1),
        ("focuses: [environment]", "focuses: [enviroment]", 'no focus "enviroment". Did you mean "env', 4),
        ("kinds: [staff]", "kinds: [staf]", 'Did you mean "staff"?', 4),
        ("focuses: [environment]", "roles: [focal_pint]", 'Did you mean "focal_point"?', 4),
        ("legal-instruments,", "legal-instrument,", 'no competency "legal-instrument". Did you mean', 6),
        ("level: 2", "level: 5", "must be at most 4", 6),
        ("level: 2", "level: 0", "must be at least 1", 6),
        ("why: Drafts them.", "whi: Drafts them.", 'Did you mean "why"', 6),
        (
            "Drafts them.}",
            "Drafts them.}\n  - {competency: legal-instruments, level: 1, why: Reads them.}",
            "is asked for on line 6 already",
            7,
        ),
    ],
)
def test_a_mistake_is_found_at_its_line(root: Path, old: str, new: str, says: str, line: int) -> None:
    spoil(root, NAME, old, new)
    library = load(root)
    found = [each for each in library.findings if says in each.sentence]
    assert [(each.file, each.line, each.is_error) for each in found] == [(NAME, line, True)], library.findings
    assert library.profiles.profiles == ()


def test_what_no_course_teaches_is_a_note(root: Path) -> None:
    """The small library's courses teach the one competency of its taxonomy up to level 2."""
    spoil(root, "taxonomy.yaml", "      - key: legal-instruments", _SECOND + "      - key: legal-instruments")
    spoil(root, NAME, "Drafts them.}", "Drafts them.}\n  - {competency: negotiation, level: 3, why: Talks.}")
    library = load(root)
    assert [(each.line, each.is_error) for each in library.findings] == [(7, False)]
    assert 'No course teaches "negotiation" yet' in library.findings[0].sentence
    assert library.profiles.get("legal-officer") is not None


_SECOND = """\
      - key: negotiation
        name: Negotiation
        levels: {1: a., 2: b., 3: c., 4: d.}
"""


def test_what_courses_teach_up_to_a_lower_level_is_a_note(root: Path) -> None:
    for course in ("first-steps", "next-steps"):
        text = (root / course / "course.yaml").read_text()
        (root / course / "course.yaml").write_text(text.replace(", assessed_level: 2", ""))
    sentences = [each.sentence for each in load(root).findings if not each.is_error]
    assert 'Courses teach "legal-instruments" up to level 1; this profile asks for 2.' in sentences


def test_only_files_of_profiles_may_lie_there(root: Path) -> None:
    write(root, "profiles/notes.txt", "x")
    (root / "profiles/elsewhere.yaml").symlink_to(root / NAME)
    said = {each.file: each.sentence for each in load(root).findings}
    assert "A profile is a file <key>.yaml" in said["profiles/notes.txt"]
    assert "Links are not followed" in said["profiles/elsewhere.yaml"]


# -- the profiles of courses/ ------------------------------------------------------------------------------


def test_every_kind_of_staff_has_a_profile_and_each_focus_its_own() -> None:
    profiles = LIBRARY.profiles.profiles
    staff = {"roles": (), "kind": AffiliationKind.STAFF.value, "chosen": None}
    held = profile_for(profiles, focuses=(), **staff)  # type: ignore[arg-type]
    assert held is not None
    assert held[0].key == "programme-officer"
    for focus in LIBRARY.taxonomy.focuses:
        held = profile_for(profiles, focuses=[focus.key], **staff)  # type: ignore[arg-type]
        assert held is not None
        assert held[0].key == f"{focus.key}-programme-officer"


@pytest.mark.parametrize("each", LIBRARY.profiles.profiles, ids=lambda each: each.key)
def test_profiles_are_named_in_the_six_languages(each: TargetProfile) -> None:
    assert set(each.name.texts) == set(each.says.texts) == set(LANGUAGES)
