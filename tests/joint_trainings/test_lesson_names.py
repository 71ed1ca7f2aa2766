"""Whom a lesson names, and who may let it: laws."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from lms.joint_trainings.domain.lesson_names import (
    Known,
    NameKind,
    hosts_to_ask,
    names_in,
    what_refuses,
    without_twins,
)
from lms.joint_trainings.domain.lessons import FIELDS, Words, digest_of, key_for, words_from

HOST, OTHER = UUID(int=1), UUID(int=2)
# Words of these letters are in no name below, so that a name is there only where a test puts it.
PLAIN = st.text(alphabet="bcdfgjkpqvwxz", min_size=1, max_size=8)
PLAIN_TEXT = st.lists(PLAIN, max_size=12).map(" ".join)
NAMES = (
    "Salma Idrissi",
    "Émile Nkurunziza",
    "ليلى الهاشمي",
    "李文华",
    "Ольга Ёлкина",
    "Baobab Solar",
    "uneo-africa",
)
KNOWN = st.builds(Known, st.sampled_from(NameKind), st.sampled_from(NAMES), st.just(HOST))
BETWEEN = st.sampled_from([" ", "  ", "\n", "-", " – ", ", "])
AS_WRITTEN = st.sampled_from([str, str.upper, str.casefold, str.title])


def keys(found: list) -> set[tuple[str, str]]:  # type: ignore[type-arg]
    return {(each.field, each.known.name) for each in found}


def test_a_host_that_is_named_by_its_name_is_not_listed_by_its_key_as_well() -> None:
    ways = [Known(NameKind.HOST, each, HOST) for each in ("Baobab Solar (demo)", "baobab-solar")]
    assert len(names_in({"done": "Baobab Solar came.", "advice": "Ask baobab-solar."}, ways)) == 2


@given(KNOWN, PLAIN_TEXT, PLAIN_TEXT, st.sampled_from(FIELDS), BETWEEN, AS_WRITTEN)
def test_a_name_is_found_wherever_and_however_it_is_written(
    known: Known, before: str, after: str, field: str, between: str, written: object
) -> None:
    said = between.join(written(part) for part in known.name.split())  # type: ignore[operator]
    found = names_in({field: f"{before} {said}. {after}"}, [known])
    assert (field, known.name) in keys(found)
    assert what_refuses(found, ())


@given(st.lists(KNOWN, max_size=7), st.dictionaries(st.sampled_from(FIELDS), PLAIN_TEXT, max_size=7))
def test_a_text_without_the_words_of_a_name_names_nobody(known: list[Known], texts: dict[str, str]) -> None:
    assert names_in(texts, known) == []


@given(st.lists(KNOWN, min_size=1, max_size=6), st.sets(st.sampled_from([HOST, OTHER])))
def test_a_host_s_approval_lets_its_own_name_stand_and_nobody_else_s(
    known: list[Known], approved: set[UUID]
) -> None:
    found = names_in({"done": " and ".join(each.name for each in known)}, known)
    left = what_refuses(found, approved)
    assert {each.known.kind for each in left} <= set(NameKind)
    for each in found:
        lets = each.known.kind is NameKind.HOST and each.known.host_id in approved
        assert (each in left) is not lets
    assert hosts_to_ask(found, approved) == (
        [HOST] if HOST not in approved and any(e.known.kind is NameKind.HOST for e in found) else []
    )


WORDS = st.builds(Words, **{name: st.text(max_size=20) for name in FIELDS})


@given(WORDS, st.sampled_from(FIELDS), st.text(max_size=20))
def test_a_text_that_is_changed_in_the_least_is_another_text(words: Words, field: str, new: str) -> None:
    changed = Words(**{name: getattr(words, name) for name in FIELDS} | {field: new})
    same = digest_of("en", words) == digest_of("en", changed)
    assert same is (words == changed)
    assert digest_of("en", words) != digest_of("fr", words)


@given(WORDS, st.sampled_from(FIELDS))
def test_words_cannot_move_from_one_part_to_the_next_unseen(words: Words, field: str) -> None:
    if getattr(words, field):
        following = FIELDS[(FIELDS.index(field) + 1) % len(FIELDS)]
        values = {name: getattr(words, name) for name in FIELDS}
        moved = values | {field: "", following: values[field] + values[following]}
        assert digest_of("en", Words(**moved)) != digest_of("en", words)


def test_a_part_of_a_person_s_name_counts_where_it_has_a_capital() -> None:
    person = [Known(NameKind.PERSON, "Grace Otieno")]
    assert names_in({"done": "Ms Otieno spoke first."}, person)
    assert names_in({"done": "OTIENO, Grace spoke first."}, person)
    assert not names_in({"done": "They were given a period of grace."}, person)
    assert not names_in({"done": "Gracefully done."}, person)


def test_a_firm_whose_name_is_a_plain_word_is_shown_and_refuses_nothing() -> None:
    firm = [Known(NameKind.PARTNER, "Target Ltd. (demo)")]
    small = names_in({"done": "Each group set a target of its own."}, firm)
    assert [each.is_certain for each in small] == [False]
    assert what_refuses(small, ()) == []
    large = names_in({"done": "We set a target with Target."}, firm)
    assert [each.is_certain for each in large] == [True]
    assert large[0].says == "set a target with Target."


def test_forms_of_a_company_and_what_stands_in_brackets_are_no_part_of_its_name() -> None:
    names = ("Baobab Solar S.A. (Morocco)", "Quinoa SARL")
    firms = [Known(NameKind.HOST, each, of) for each, of in zip(names, (HOST, OTHER), strict=True)]
    found = names_in({"done": "The engineers of Baobab Solar and of QUINOA came."}, firms)
    assert [each.known.name for each in found] == list(names)
    assert not names_in({"done": "A baobab and solar panels."}, firms)


def test_a_name_in_the_register_that_is_a_host_s_is_the_host_s() -> None:
    twins = [Known(NameKind.PARTNER, "Baobab  SOLAR"), Known(NameKind.HOST, "Baobab Solar", HOST)]
    assert [each.kind for each in without_twins(twins)] == [NameKind.HOST]


def test_keys_are_free_and_speak_latin_letters() -> None:
    assert key_for("What the lawyers’ checklist left out", ()) == "what-the-lawyers-checklist-left-out"
    assert key_for("法律基础", ()) == "lesson"
    assert key_for("Digest", {"digest-2"}) == "digest-3"
    assert len(key_for("word " * 100, ())) <= 60


def test_lines_end_the_same_way_wherever_they_were_typed() -> None:
    assert words_from({"done": " one\r\ntwo "}) == words_from({"done": "one\ntwo"})
