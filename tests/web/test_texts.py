"""Interface texts are whole in six languages, and what is filled in has its place in every translation."""

import re
import subprocess
import sys

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from lms.kernel.i18n import LANGUAGES, LOCALES
from lms.settings import PROJECT

TRANSLATED = sorted(set(LANGUAGES) - {"en"})
_PLACES = re.compile(r"%\(\w+\)[sd]|\{\w+\}|%%")


def _messages(language: str) -> list[Message]:
    with (LOCALES / language / "messages.po").open("rb") as file:
        return [message for message in read_po(file) if message.id]


def _texts(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def _first(message: Message) -> str:
    return message.id if isinstance(message.id, str) else str(message.id[0])


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str | None, str]]:
    """Every text that stands in code and templates now, with its context."""
    found = tmp_path_factory.mktemp("texts") / "messages.pot"
    command = [
        sys.executable,
        "-m",
        "babel.messages.frontend",
        "-q",
        "extract",
        "-F",
        "babel.cfg",
        "-o",
        found,
        "lms",
    ]
    subprocess.run(command, cwd=PROJECT, check=True)
    with found.open("rb") as file:
        return {(message.context, _first(message)) for message in read_po(file) if message.id}


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_of_code_and_templates_is_translated(
    language: str, written: set[tuple[str | None, str]]
) -> None:
    """`make texts` collects new texts; then translate the empty ones."""
    translated = {
        (message.context, _first(message))
        for message in _messages(language)
        if all(_texts(message)) and not message.fuzzy
    }
    assert sorted(str(text) for text in written - translated) == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_is_filled_in_has_its_place_in_every_translation(language: str) -> None:
    wrong = [
        (message.id, message.string)
        for message in _messages(language)
        if isinstance(message.id, str)
        and message.string
        and sorted(_PLACES.findall(message.id)) != sorted(_PLACES.findall(str(message.string)))
    ]
    assert not wrong


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("word", ["Line", "Where", "What happened"])
def test_a_word_of_several_meanings_is_translated_by_each(word: str, language: str) -> None:
    found = {message.context: message.string for message in _messages(language) if message.id == word}
    assert len(found) == 2
    assert None not in found
    assert all(found.values())
