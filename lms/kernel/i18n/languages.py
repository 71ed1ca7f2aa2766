"""The six official languages, which way they run, and which of them a reader gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Direction = Literal["ltr", "rtl"]

DEFAULT_LANGUAGE = "en"
_RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"})


@dataclass(frozen=True, slots=True)
class Language:
    """One language of the pages; `locale` is the CLDR name by which babel knows its dates and numbers."""

    code: str
    own_name: str
    direction: Direction
    locale: str


# In the alphabetical order of their English names, as the United Nations lists them.
LANGUAGES: dict[str, Language] = {
    language.code: language
    for language in (
        Language("ar", "العربية", "rtl", "ar"),
        Language("zh", "中文", "ltr", "zh_Hans"),
        Language("en", "English", "ltr", "en_GB"),
        Language("fr", "Français", "ltr", "fr"),
        Language("ru", "Русский", "ltr", "ru"),
        Language("es", "Español", "ltr", "es"),
    )
}


def direction_of(tag: str) -> Direction:
    """Which way a text in this BCP 47 language runs; content may be in a language that pages are not in."""
    return "rtl" if _primary(tag) in _RIGHT_TO_LEFT else "ltr"


def negotiate(accept_language: str | None, cookie: str | None, person_language: str | None) -> str:
    """The language of a page: chosen in this browser, else the person's, else the browser's, else English.

    Each argument may be missing, unknown or malformed; the answer is always a key of `LANGUAGES`.
    """
    for tag in (cookie, person_language, *_by_preference(accept_language or "")):
        if tag and _primary(tag) in LANGUAGES:
            return _primary(tag)
    return DEFAULT_LANGUAGE


def _primary(tag: str) -> str:
    return tag.strip().replace("_", "-").partition("-")[0].lower()


def _by_preference(accept_language: str) -> list[str]:
    weighted = [_weighted(item) for item in accept_language.split(",")[:20]]
    return [tag for tag, weight in sorted(weighted, key=lambda pair: -pair[1]) if weight > 0]


def _weighted(item: str) -> tuple[str, float]:
    tag, _, parameters = item.partition(";")
    name, _, value = parameters.partition("=")
    if name.strip().lower() != "q":
        return tag, 1.0
    try:
        return tag, float(value)
    except ValueError:
        return tag, 0.0
