"""Keyset pages: put together they are the list, whatever their sizes; a cursor fits its own list alone."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lms.kernel.errors import Invalid
from lms.kernel.pagination import count_part, decode_cursor, encode_cursor

KEYS = st.tuples(st.text(max_size=5), st.uuids())
FILTERS = st.dictionaries(st.sampled_from(["list", "q", "entity"]), st.none() | st.text(max_size=5))
PARTS = (str, UUID)


def page(
    items: list[tuple[str, UUID]], cursor: str | None, limit: int, filters: dict[str, Any]
) -> tuple[list[tuple[str, UUID]], str | None]:
    """What every list does: read one more than is shown, behind the cursor."""
    after = decode_cursor(cursor, filters=filters, parts=PARTS)
    behind = items if after is None else [each for each in items if each > (after[0], UUID(after[1]))]
    shown = behind[:limit]
    return shown, encode_cursor(shown[-1], filters=filters) if len(behind) > limit else None


@given(st.lists(KEYS, unique_by=lambda key: key[1], max_size=40), st.integers(1, 12), FILTERS)
def test_pages_put_together_are_the_list(
    items: list[tuple[str, UUID]], limit: int, filters: dict[str, Any]
) -> None:
    assume(all("\0" not in text for text, _ in items))
    items.sort()
    found: list[tuple[str, UUID]] = []
    cursor: str | None = None
    while True:
        shown, cursor = page(items, cursor, limit, filters)
        assert len(shown) <= limit
        found += shown
        if cursor is None:
            break
    assert found == items


@given(KEYS, FILTERS, FILTERS)
def test_a_cursor_fits_its_own_filters_alone(
    key: tuple[str, UUID], filters: dict[str, Any], others: dict[str, Any]
) -> None:
    assume("\0" not in key[0])
    cursor = encode_cursor(key, filters=filters)
    assert decode_cursor(cursor, filters=filters, parts=PARTS) == [key[0], str(key[1])]
    same = {k: v for k, v in filters.items() if v} == {k: v for k, v in others.items() if v}
    if not same:
        with pytest.raises(Invalid):
            decode_cursor(cursor, filters=others, parts=PARTS)


@given(st.text(max_size=60))
def test_a_made_up_cursor_is_refused_and_breaks_nothing(text: str) -> None:
    with pytest.raises(Invalid):
        decode_cursor(text, filters={}, parts=PARTS)


@given(st.lists(st.text(max_size=8) | st.uuids().map(str) | st.integers().map(str), max_size=4))
def test_a_forged_cursor_holds_what_its_parts_take_or_is_refused(after: list[str]) -> None:
    cursor = encode_cursor(after, filters={})
    for parts in (PARTS, (UUID,), (count_part, count_part)):
        try:
            decoded = decode_cursor(cursor, filters={}, parts=parts)
        except Invalid:
            continue
        assert decoded == after
        for part, each in zip(parts, after, strict=True):
            assert "\0" not in each
            read = part(each)
            assert not isinstance(read, int) or 0 <= read < 2**63


def test_without_a_cursor_a_list_begins() -> None:
    assert decode_cursor(None, filters={"q": "x"}, parts=PARTS) is None
