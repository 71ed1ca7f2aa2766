"""Reads that several requests ask for at the same moment, sent as one statement for each kind.

While statements are under way, whoever asks next waits for the ones after them. So nothing is cached: everybody
gets what was read after they asked, a lone request waits for nobody, and under load many share a round trip.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")
Means = TypeVar("Means")
Read = Callable[[Means, Sequence[Key]], Awaitable[Mapping[Key, Value]]]
_Asked = dict[Any, dict[Any, list["asyncio.Future[Any]"]]]


class Together(Generic[Means]):
    """The queue of all who read. `opened` gives what they read with (a database session), for a turn at a time."""

    def __init__(self, opened: Callable[[], AbstractAsyncContextManager[Means]]) -> None:
        self._opened = opened
        self._waiting: _Asked = {}  # by read, then by key
        self._sender: asyncio.Task[None] | None = None

    def ask(self, read: "Read[Means, Key, Value]", key: Key) -> "asyncio.Future[Value | None]":
        """What `read` finds for `key`, to be awaited; None when it finds nothing. It is in the queue at once.

        `read` answers many keys in one statement and leaves out those it does not find. Its error is that of
        everybody in the same turn.
        """
        # A future for each who asks and a task that reads: a request that is broken off takes nobody's answer along.
        answer: asyncio.Future[Value | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(read, {}).setdefault(key, []).append(answer)
        if self._sender is None:
            self._sender = asyncio.create_task(self._send())
        return answer

    async def _send(self) -> None:
        try:
            while self._waiting:
                asked, self._waiting = self._waiting, {}
                await self._answer(asked)
        finally:
            self._sender = None

    async def _answer(self, asked: _Asked) -> None:
        try:
            async with self._opened() as means:
                while asked:
                    await self._read(means, asked)
                    # Whoever was answered may ask again at once, and nothing need be opened for it.
                    await asyncio.sleep(0)
                    asked, self._waiting = self._waiting, {}
        except Exception as error:
            for answers in asked.values():
                for waiting in answers.values():
                    for answer in waiting:
                        if not answer.done():
                            answer.set_exception(error)

    async def _read(self, means: Means, asked: _Asked) -> None:
        for read, answers in asked.items():
            found = await read(means, list(answers))
            for key, waiting in answers.items():
                for answer in waiting:
                    if not answer.done():  # whoever broke off is not there any more
                        answer.set_result(found.get(key))
