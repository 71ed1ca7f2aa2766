"""A JSON Schema's complaints as sentences a course writer can act on, each with its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any

import jsonschema

from .domain import FindingList
from .yaml_lines import Located, Place

_TYPES = {
    "string": "text (in quotes if it looks like a number)",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a group of fields",
}


@dataclass(frozen=True, slots=True)
class _Complaint:
    """What jsonschema says, with types: the keyword that failed, what it asks, and what was there."""

    keyword: str
    asked: Any
    schema: dict[str, Any]
    instance: Any
    place: Place
    message: str


def check_schema(located: Located, schema: dict[str, Any], findings: FindingList) -> None:
    """Write down everything in the document that does not fit the schema."""
    for complaint in _complaints(located.data, schema):
        for key, sentence in _sentences(complaint):
            findings.error(located.line(*complaint.place, *key), sentence)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A suggestion to put after a sentence, or nothing when no known word is near."""
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f' Did you mean "{near[0]}"?' if near else ""


_FORMATS = jsonschema.FormatChecker(formats=())


def _is_day(instance: object) -> bool:
    """Only 2026-11-23: Python would also take 20261123 and week dates."""
    if not isinstance(instance, str):
        return True
    return bool(re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", instance)) and bool(date.fromisoformat(instance))


_FORMATS.checkers["date"] = (_is_day, (ValueError,))


def _complaints(data: object, schema: dict[str, Any]) -> Iterator[_Complaint]:
    make: Any = jsonschema.Draft202012Validator  # untyped
    validator = make(schema, format_checker=_FORMATS)
    for error in validator.iter_errors(data):
        place = tuple(error.absolute_path)
        asked, instance = error.validator_value, error.instance
        yield _Complaint(error.validator, asked, error.schema, instance, place, error.message)


def _sentences(each: _Complaint) -> Iterator[tuple[Place, str]]:
    """Pairs of (the field below the complaint's place that is to blame, sentence)."""
    if each.keyword == "additionalProperties":
        known = each.schema["properties"]
        for key in sorted(set(each.instance) - set(known)):
            yield (key,), f'"{key}" is not a field here.{did_you_mean(key, known)}'
    elif each.keyword == "required":
        yield (), _say_missing(each)
    elif each.keyword == "enum":
        suggestion = did_you_mean(str(each.instance), each.asked)
        yield (), f"{_name(each.place)} {_SAY['enum'](each)}.{suggestion}"
    else:
        say = _SAY.get(each.keyword, _say_as_jsonschema)
        yield (), f"{_name(each.place)} {say(each)}."


def _name(place: Place) -> str:
    """What the sentence speaks of: the field, or its position when it stands in a list."""
    if not place:
        return "The file"
    if isinstance(place[-1], int) and len(place) > 1:
        return f'Entry {place[-1] + 1} of "{place[-2]}"'
    return f'"{place[-1]}"'


def _say_missing(each: _Complaint) -> str:
    """jsonschema names the missing field only in its message."""
    field = re.match("'(.*)' is a required property", each.message)
    why = f": {each.schema['description']}" if "description" in each.schema else ""
    return f'"{field[1] if field else "?"}" is missing{why}.'


def _say_type(each: _Complaint) -> str:
    if each.instance is None:
        return "is empty"
    wanted = [each.asked] if isinstance(each.asked, str) else each.asked
    return "must be " + " or ".join(_TYPES[name] for name in wanted)


def _say_form(each: _Complaint) -> str:
    return f'is "{each.instance}", but must be {each.schema.get("description", "of another form")}'


def _say_as_jsonschema(each: _Complaint) -> str:
    return each.message


_SAY: dict[str, Callable[[_Complaint], str]] = {
    "type": _say_type,
    "enum": lambda each: f'is "{each.instance}", but must be one of: {", ".join(map(str, each.asked))}',
    "pattern": _say_form,
    "format": _say_form,
    "not": lambda each: str(each.schema["description"]),
    "minimum": lambda each: f"is {each.instance}, but must be at least {each.asked}",
    "maximum": lambda each: f"is {each.instance}, but must be at most {each.asked}",
    "minLength": lambda _: "is empty",
    "maxLength": lambda each: f"is longer than {each.asked} characters",
    "minItems": lambda each: f"needs at least {each.asked} entry",
    "minProperties": lambda _: "is empty",
    "uniqueItems": lambda _: "names the same thing twice",
}
