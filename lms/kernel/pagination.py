"""Keyset pages. A cursor is opaque, carries the sort and the filters it was made for, and is refused with others."""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel

from lms.kernel.errors import Fault, Invalid

Item = TypeVar("Item")
Row = TypeVar("Row")
DEFAULT_LIMIT, MAX_LIMIT = 50, 200

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many items at most.")]
Cursor = Annotated[
    str | None, Query(max_length=2000, description="`next_cursor` of the page before, to read on.")
]


class Page(BaseModel, Generic[Item]):
    """One page of a list; `next_cursor` is null on the last."""

    items: list[Item]
    next_cursor: str | None = None


def encode_cursor(after: Sequence[Any], *, filters: Mapping[str, Any]) -> str:
    """A cursor that points behind the item whose sort key is `after` (JSON values)."""
    payload = json.dumps([_fingerprint(filters), *map(str, after)], ensure_ascii=False)
    return base64.urlsafe_b64encode(payload.encode()).decode().rstrip("=")


Part = Callable[[str], Any]


def count_part(text: str) -> int:
    """A part of a sort key that is a number the database can hold."""
    number = int(text)
    if not 0 <= number < 2**63:
        raise ValueError
    return number


def decode_cursor(
    cursor: str | None, *, filters: Mapping[str, Any], parts: Sequence[Part] | int
) -> list[str] | None:
    """The sort key that `cursor` points behind, as strings; None without a cursor.

    Anybody can make a cursor, so each of its strings must be one that its part (`str`, `UUID`, `count_part`)
    takes; a number stands for as many texts. Raises `Invalid` for a cursor that is not ours or was made for
    another list (name the list in `filters`) or with other filters.
    """
    if cursor is None:
        return None
    readers: Sequence[Part] = [str] * parts if isinstance(parts, int) else parts
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        decoded: list[str] = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        fingerprint, *after = decoded
        for each, read in zip(after, readers, strict=True):
            each.encode()  # raises for half of a surrogate pair
            if "\0" in each:
                raise ValueError
            read(each)
    except (ValueError, TypeError, AttributeError, RecursionError, binascii.Error) as error:
        raise _refused("This cursor is not one that was handed out.") from error
    if fingerprint != _fingerprint(filters):
        raise _refused("This cursor belongs to another list, or to one with other filters.")
    return after


def _fingerprint(filters: Mapping[str, Any]) -> str:
    text = json.dumps(
        {key: str(value) for key, value in sorted(filters.items()) if value not in (None, "", [])}
    )
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _refused(sentence: str) -> Invalid:
    return Invalid(sentence, faults=[Fault("/cursor", sentence)])


class Turn:
    """The page of a list that a request asks for: where it starts, how long it is, and where the next one is."""

    def __init__(
        self, request: Request, response: Response, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
    ) -> None:
        self._request, self._response, self._cursor = request, response, cursor
        self.limit = limit

    @property
    def wanted(self) -> int:
        """How many rows to read: one more than is shown tells whether there is a next page."""
        return self.limit + 1

    def after(self, filters: Mapping[str, Any], parts: Sequence[Part]) -> list[str] | None:
        """The sort key behind which to read; see `decode_cursor`."""
        return decode_cursor(self._cursor, filters=filters, parts=parts)

    def cursor(
        self, rows: Sequence[Row], filters: Mapping[str, Any], key: Callable[[Row], Sequence[Any]]
    ) -> str | None:
        """The next page's cursor; None on the last page."""
        return self.onward(key(rows[self.limit - 1]), filters) if len(rows) > self.limit else None

    def onward(self, last: Sequence[Any], filters: Mapping[str, Any]) -> str:
        """The cursor that points behind the sort key `last`, also in the answer's `Link` header (RFC 8288)."""
        cursor = encode_cursor(last, filters=filters)
        onward = self._request.url.include_query_params(cursor=cursor)
        # Relative: an address with the host would repeat whatever the caller claims the host is.
        self._response.headers["Link"] = f'<{onward.path}?{onward.query}>; rel="next"'
        return cursor

    def page(
        self,
        rows: Sequence[Row],
        filters: Mapping[str, Any],
        *,
        key: Callable[[Row], Sequence[Any]],
        read: Callable[[Row], Item],
    ) -> Page[Item]:
        """The answer: the rows but for the one too many, each as `read` gives it."""
        shown = [read(row) for row in rows[: self.limit]]
        return Page(items=shown, next_cursor=self.cursor(rows, filters, key))


PageTurn = Annotated[Turn, Depends()]
