"""Reads asked together: one statement for all who wait, nothing from before they asked, nobody left waiting."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.kernel.together import Together


class Shelf:
    """Something to read, which takes a while and can be changed meanwhile."""

    def __init__(self) -> None:
        self.content = {"a": 1, "b": 2}
        self.asked: list[list[str]] = []
        self.openings = 0
        self.go = asyncio.Event()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[str]:
        self.openings += 1
        yield "a session"

    async def read(self, session: str, keys: Sequence[str]) -> dict[str, int]:
        assert session == "a session"
        self.asked.append(list(keys))
        seen = {key: self.content[key] for key in keys if key in self.content}
        await self.go.wait()
        return seen


async def test_a_lone_reader_asks_at_once_and_what_is_not_there_is_none() -> None:
    shelf = Shelf()
    shelf.go.set()
    together = Together(shelf.opened)
    assert (await together.ask(shelf.read, "a"), await together.ask(shelf.read, "z")) == (1, None)
    assert shelf.asked == [["a"], ["z"]]


async def test_who_asks_while_a_read_is_under_way_shares_the_next_and_sees_what_is_new() -> None:
    shelf = Shelf()
    together = Together(shelf.opened)
    first = together.ask(shelf.read, "a")
    await asyncio.sleep(0.01)
    shelf.content["a"] = 7  # committed while the first read is under way
    later = [(together.ask(shelf.read, key)) for key in ("a", "b", "a")]
    await asyncio.sleep(0.01)
    shelf.go.set()
    assert await first == 1
    assert [await each for each in later] == [7, 2, 7]
    assert shelf.asked == [["a"], ["a", "b"]]


async def test_an_error_is_everybodys_and_the_next_read_is_sound() -> None:
    shelf, broken = Shelf(), ""
    shelf.go.set()

    @asynccontextmanager
    async def opened() -> AsyncIterator[str]:
        if broken == "opening":
            raise ConnectionError("away")
        async with shelf.opened() as session:
            yield session

    async def read(session: str, keys: Sequence[str]) -> dict[str, int]:
        if broken == "reading":
            raise ConnectionError("lost")
        return await shelf.read(session, keys)

    together = Together(opened)
    for trouble in ("opening", "reading"):
        broken = trouble
        tries = await asyncio.gather(*(together.ask(read, key) for key in "abc"), return_exceptions=True)
        assert [type(each) for each in tries] == [ConnectionError] * 3
    broken = ""
    assert await together.ask(read, "a") == 1


async def test_reads_of_different_kinds_go_in_one_turn() -> None:
    shelf = Shelf()
    shelf.go.set()

    async def lengths(_: str, keys: Sequence[str]) -> dict[str, int]:
        return {key: len(key) for key in keys}

    together = Together(shelf.opened)
    one, other = together.ask(shelf.read, "b"), together.ask(lengths, "four")
    assert (await one, await other) == (2, 4)
    assert shelf.openings == 1


async def test_one_who_leaves_takes_nobodys_answer_along() -> None:
    shelf = Shelf()
    together = Together(shelf.opened)
    leaving = together.ask(shelf.read, "a")
    staying = together.ask(shelf.read, "b")
    await asyncio.sleep(0.01)
    leaving.cancel()
    shelf.go.set()
    assert await staying == 2
    with pytest.raises(asyncio.CancelledError):
        await leaving


@given(st.lists(st.tuples(st.sampled_from("abz"), st.integers(0, 3)), max_size=30))
def test_everybody_gets_their_own_answer_whenever_they_come(visits: list[tuple[str, int]]) -> None:
    async def run() -> None:
        shelf = Shelf()
        shelf.go.set()
        together = Together(shelf.opened)

        async def visit(key: str, turns: int) -> tuple[str, int | None]:
            for _ in range(turns):
                await asyncio.sleep(0)
            return key, await together.ask(shelf.read, key)

        for key, found in await asyncio.gather(*(visit(*each) for each in visits)):
            assert found == shelf.content.get(key)
        assert all(len(set(keys)) == len(keys) for keys in shelf.asked)

    asyncio.run(run())
