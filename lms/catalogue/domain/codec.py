"""Frozen dataclasses to plain JSON and back, by their type hints: one rule for every word of the format.

A field that holds its default is left out, so a field added to the format later changes no old digest.
A class with a class-level `kind` carries it as its tag, which is how a union finds its class again.
Not a library: what is needed is forty lines, and it must stay the same for as long as digests are kept.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, ClassVar, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


class CodecError(ValueError):
    """A JSON document that is not what it should be; the text says where and why."""


def encode(value: Any) -> Any:
    """A dataclass (or tuple, mapping, scalar) as dicts, lists, strings, integers, booleans and null."""
    if is_dataclass(value):
        return _encode_dataclass(value)
    if isinstance(value, Mapping):
        return {str(key): encode(each) for key, each in value.items()}
    if isinstance(value, tuple):
        return [encode(each) for each in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def decode(wanted: type[T], document: object, at: str = "") -> T:
    """Read `encode`'s answer back as `wanted`; `CodecError` names the place as a JSON pointer."""
    result: T = _decode(wanted, document, at)
    return result


def _encode_dataclass(value: Any) -> dict[str, Any]:
    tag = getattr(type(value), "kind", None)
    document = {"kind": tag} if isinstance(tag, str) else {}
    for each in fields(value):
        content = getattr(value, each.name)
        if content != _default(each):
            document[each.name] = encode(content)
    return document


def _default(field: Field[Any]) -> object:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default


def _decode(wanted: Any, document: object, at: str) -> Any:
    origin, arguments = get_origin(wanted), get_args(wanted)
    if origin in (Union, types.UnionType):
        return _decode_union(arguments, document, at)
    if origin is tuple:
        items = _expect(list, document, at)
        return tuple(_decode(arguments[0], item, f"{at}/{index}") for index, item in enumerate(items))
    if origin is not None:
        return _decode_mapping(arguments, document, at)
    if is_dataclass(wanted):
        return _decode_dataclass(wanted, document, at)
    return _scalar(wanted, document, at)


def _decode_mapping(arguments: tuple[Any, ...], document: object, at: str) -> dict[Any, Any]:
    """JSON's keys are strings; ours are strings or integers."""
    pairs = _expect(dict, document, at).items()
    try:
        return {arguments[0](key): _decode(arguments[1], each, f"{at}/{key}") for key, each in pairs}
    except ValueError as error:
        raise error if isinstance(error, CodecError) else CodecError(f"{at or '/'}: {error}") from error


def _decode_union(arguments: tuple[Any, ...], document: object, at: str) -> Any:
    if type(None) in arguments:
        rest = tuple(each for each in arguments if each is not type(None))
        return None if document is None else _decode(Union[rest], document, at)  # noqa: UP007 (made at run time)
    tag = _expect(dict, document, at).get("kind")
    for candidate in arguments:
        if candidate.kind == tag:
            return _decode_dataclass(candidate, document, at)
    raise CodecError(f"{at}/kind: {tag!r} is not known here")


def _decode_dataclass(wanted: Any, document: object, at: str) -> Any:
    given = dict(_expect(dict, document, at))
    hints = _field_types(wanted)
    if "kind" not in hints:
        given.pop("kind", None)
    if unknown := sorted(set(given) - set(hints)):
        raise CodecError(f"{at}/{unknown[0]}: {wanted.__name__} has no such field")
    try:
        return wanted(**{name: _decode(hints[name], each, f"{at}/{name}") for name, each in given.items()})
    except TypeError as error:
        raise CodecError(f"{at or '/'}: {error}") from error


@cache
def _field_types(wanted: type) -> dict[str, Any]:
    """Type hints of the fields alone; resolving them is slow, so once for each class."""
    return {name: hint for name, hint in get_type_hints(wanted).items() if get_origin(hint) is not ClassVar}


_FROM_TEXT: dict[type, Callable[[str], object]] = {date: date.fromisoformat, Decimal: Decimal}


def _scalar(wanted: Any, document: object, at: str) -> Any:
    """Dates, decimals and enumerations are strings in JSON; everything else must be itself already."""
    if type(document) is wanted:
        return document
    if not isinstance(document, str) or wanted in (int, bool):
        raise CodecError(f"{at or '/'}: {type(document).__name__} instead of {wanted.__name__}")
    try:
        return _FROM_TEXT.get(wanted, wanted)(document)
    except (ValueError, ArithmeticError, TypeError) as error:
        raise CodecError(f"{at or '/'}: {document!r} is no {wanted.__name__}") from error


def _expect(wanted: type[T], document: object, at: str) -> T:
    if not isinstance(document, wanted):
        raise CodecError(f"{at or '/'}: {type(document).__name__} instead of {wanted.__name__}")
    return document
