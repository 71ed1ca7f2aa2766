"""Editions go to JSON and back without loss, have one digest, and refuse what is no edition."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from lms.catalogue.domain import (
    CodecError,
    Edition,
    Finding,
    Label,
    PageText,
    Question,
    Severity,
    Tag,
    Taxonomy,
    UnknownTag,
    canonical_json,
    decode,
    encode,
    file_digest,
)

from . import strategies
from .strategies import law


@law(strategies.editions)
def test_an_edition_comes_back_from_json_without_loss(edition: Edition) -> None:
    """However a database orders the keys."""
    stored = json.loads(json.dumps(edition.to_json(), sort_keys=True))
    again = Edition.from_json(dict(reversed(stored.items())))
    assert again == edition
    assert again.digest == edition.digest
    assert canonical_json(again.to_json()) == canonical_json(edition.to_json())


@law(strategies.editions, strategies.texts)
def test_every_published_word_is_in_the_digest(edition: Edition, word: str) -> None:
    text = edition.texts["fr"]
    other = replace(edition, texts={**edition.texts, "fr": replace(text, about=text.about + word)})
    assert other.digest != edition.digest


@law(strategies.editions)
def test_a_default_that_is_left_out_is_the_same_edition(edition: Edition) -> None:
    document = edition.to_json()
    assert "outdated" not in document["texts"]["en"] or edition.texts["en"].outdated
    assert all(activity.get("required", False) is False for activity in _activities(document))


def _activities(document: dict[str, object]) -> list[dict[str, object]]:
    course = document["course"]
    assert isinstance(course, dict)
    return [activity for module in course["modules"] for activity in module["activities"]]


PAGE = {"kind": "page", "title": "a", "body": "b"}


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({**PAGE, "boddy": "b"}, "/boddy: PageText has no such field"),
        ({"kind": "page", "title": "a"}, "missing"),
        ({**PAGE, "title": 3}, "/title: int instead of str"),
        ({**PAGE, "outdated": "yes"}, "/outdated: str instead of bool"),
        ([], "list instead of dict"),
        (None, "NoneType instead of dict"),
    ],
)
def test_what_is_no_page_is_refused_with_its_place(document: object, says: str) -> None:
    with pytest.raises(CodecError, match=says):
        decode(PageText, document)


@law(strategies.editions)
def test_another_format_or_kind_is_refused(edition: Edition) -> None:
    document = edition.to_json()
    with pytest.raises(CodecError, match="/format"):
        Edition.from_json({**document, "format": 2})
    course = document["course"]
    spoilt = {**course, "release": {**course["release"], "change": "huge"}}
    with pytest.raises(CodecError, match="/course/release/change"):
        Edition.from_json({**document, "course": spoilt})
    spoilt_texts = {"en": {**document["texts"]["en"], "activities": {"a": {"kind": "film"}}}}
    with pytest.raises(CodecError, match="'film' is not known here"):
        Edition.from_json({**document, "texts": spoilt_texts})


@law(strategies.questions())
def test_a_question_keeps_its_kind(question: Question) -> None:
    document = encode(question)
    assert document["kind"] == question.kind
    assert decode(type(question), json.loads(json.dumps(document))) == question


def test_an_edition_finds_words_by_kind_and_language() -> None:
    edition = _edition()
    assert edition.page("p", "en").title == "Page"
    for lookup in (edition.quiz, edition.assignment):
        with pytest.raises(KeyError):
            lookup("p", "en")
    with pytest.raises(KeyError):
        edition.page("p", "es")
    assert edition.language_for("es", "fr-CA", "en") == "fr"
    assert edition.language_for("zh") == "en"
    assert edition.course.module_of("p").key == "m"
    with pytest.raises(KeyError):
        edition.course.activity("q")


def _edition() -> Edition:
    page = {"title": "T", "summary": "S", "about": "A", "activities": {"p": {**PAGE, "title": "Page"}}}
    activity = {"key": "p", "kind": "page", "minutes": 3}
    course = {
        "key": "c",
        "provider": "o",
        "original": "en",
        "languages": ["en", "fr"],
        **{name: [] for name in ("audiences", "focuses", "modalities", "prerequisites", "teaches")},
        "release": {"change": "minor", "note": "n"},
        "modules": [{"key": "m", "minutes": 3, "activities": [activity]}],
    }
    return Edition.from_json({"format": 1, "course": course, "texts": {"en": page, "fr": page}})


def test_a_label_is_shown_in_the_nearest_language() -> None:
    label = Label({"en": "Law", "fr": "Droit"})
    assert [label.for_reader(each) for each in ("fr", "fr-CA", "es")] == ["Droit", "Droit", "Law"]
    assert Label({"ar": "قانون"}).language_for("fr") == "ar"


def test_an_unknown_tag_says_what_it_is_not() -> None:
    taxonomy = Taxonomy(version=1, focuses=(Tag("poverty", Label({"en": "Poverty"})),))
    assert taxonomy.focus("poverty").key == "poverty"
    for lookup in (taxonomy.focus, taxonomy.modality, taxonomy.audience, taxonomy.skill_area):
        with pytest.raises(UnknownTag, match=r'no .* "trade"'):
            lookup("trade")
    for other in (taxonomy.competency, taxonomy.area_of, taxonomy.ceiling):
        with pytest.raises(UnknownTag):
            other("trade")
    with pytest.raises(UnknownTag):
        taxonomy.level(5)
    assert decode(Taxonomy, encode(taxonomy)) == taxonomy


def test_a_finding_reads_as_a_place_and_a_sentence() -> None:
    assert str(Finding("a/course.yaml", 3, "Mend it.")) == "a/course.yaml:3: Mend it."
    assert str(Finding("a", None, "Look.", severity=Severity.NOTE)) == "a: note: Look."


def test_a_file_digest_does_not_depend_on_line_ends() -> None:
    assert file_digest("a\nb\n") == file_digest("a\r\nb\r\n") == file_digest("a\rb\r")
    assert file_digest("a\n").startswith("87428fc52280")
