"""Texts in a reader's language, read from .po files when first needed; nothing is compiled."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from .languages import LANGUAGES, Direction

# One set of texts for pages, mail and files alike; it lies with the pages, where most of them are.
LOCALES = Path(__file__).parents[2] / "web" / "locales"


class Translator:
    """Texts in one language; `catalogue` is gettext's own, for those who fill in by themselves.

    A text that is not translated (or only marked fuzzy) comes back in English. `%(name)s` in a text is filled
    in from the keywords; with no keyword the text comes back as it is, so write `%` there and `%%` elsewhere.
    """

    def __init__(self, language: str, catalogue: NullTranslations) -> None:
        self.language = language
        self.direction: Direction = LANGUAGES[language].direction
        self.locale = LANGUAGES[language].locale
        self.catalogue = catalogue

    def gettext(self, message: str, **variables: object) -> str:
        """A text."""
        return _filled(self.catalogue.gettext(message), variables)

    def ngettext(self, singular: str, plural: str, number: int, **variables: object) -> str:
        """A text in the form that the number asks for; `%(num)d` stands for the number."""
        return _filled(self.catalogue.ngettext(singular, plural, number), {"num": number, **variables})

    def pgettext(self, context: str, message: str, **variables: object) -> str:
        """A text whose English word has several meanings; the context says which."""
        return _filled(str(self.catalogue.pgettext(context, message)), variables)

    def npgettext(self, context: str, singular: str, plural: str, number: int, **variables: object) -> str:
        """Both: a context and a number."""
        text = str(self.catalogue.npgettext(context, singular, plural, number))
        return _filled(text, {"num": number, **variables})


@cache
def translator(language: str, folder: Path = LOCALES) -> Translator:
    """The translator of one language, read once in a process; KeyError for one that is none of the six."""
    path = folder / LANGUAGES[language].code / "messages.po"
    return Translator(language, _read(path) if path.is_file() else NullTranslations())


def _read(path: Path) -> Translations:
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file), use_fuzzy=False)
    compiled.seek(0)
    return Translations(compiled)


def _filled(text: str, variables: dict[str, object]) -> str:
    return text % variables if variables else text
