"""What a reader typed, read as text: a form with a mistake in it is shown again with nothing lost."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from fastapi import Request

from lms.kernel.errors import DomainError
from lms.kernel.i18n import Translator, translator
from lms.web.templating import errors_by_field

Values = dict[str, str]
Errors = dict[str, str]


def texts(request: Request) -> Translator:
    """The reader's language, for words that a page's Python says."""
    return translator(request.state.language)


async def given(request: Request) -> Values:
    """The fields of the form that was sent, without spaces around them; files are not among them."""
    form = await request.form()
    return {name: value.strip() for name, value in form.items() if isinstance(value, str)}


def day_in(values: Mapping[str, str], name: str, errors: Errors, says: Translator) -> date | None:
    """The day in a field; None when it is empty or, with a line in `errors`, no day."""
    written = values.get(name, "")
    if not written:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        errors[name] = says.gettext("Write the day as year, month and day: 2026-11-23.")
        return None


def require(values: Mapping[str, str], errors: Errors, sentences: Mapping[str, str]) -> None:
    """Note the sentence of each field that was left empty."""
    for name, sentence in sentences.items():
        if not values.get(name):
            errors.setdefault(name, sentence)


def said(error: DomainError, words: Mapping[type[DomainError], str] | None = None) -> Errors:
    """What a form says about an error: the page's own words for its kind, else the error's, by field."""
    for kind, sentence in (words or {}).items():
        if isinstance(error, kind):
            return {"": sentence}
    return errors_by_field(error.faults) or {"": error.detail}


def chosen(values: Mapping[str, Any], name: str, allowed: Mapping[str, Any], default: str) -> str:
    """A value that a list offers; the default for any other, so that an old address still opens."""
    value = str(values.get(name) or default)
    return value if value in allowed else default
