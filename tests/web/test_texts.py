"""What is filled into an interface text has its place in every translation of it."""

import re

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from lms.kernel.i18n import LANGUAGES, LOCALES

TRANSLATED = sorted(set(LANGUAGES) - {"en"})
_PLACES = re.compile(r"%\(\w+\)[sd]|\{\w+\}|%%")


def _messages(language: str) -> list[Message]:
    with (LOCALES / language / "messages.po").open("rb") as file:
        return [message for message in read_po(file) if message.id]


def _texts(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def _first(message: Message) -> str:
    return message.id if isinstance(message.id, str) else str(message.id[0])


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
