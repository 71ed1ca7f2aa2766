"""A mail server in the test's own loop, which keeps what it takes and may keep a sender waiting."""

import asyncio
import email
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP


class Post:
    """Knows mails by their keys: those that `arrived` whole, and those of them that it said it has `taken`."""

    def __init__(self) -> None:
        self.url = ""
        self.arrived: list[str] = []
        self.taken: list[str] = []
        self._held: str | None = None
        self._words: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def hold(self, address: str) -> None:
        """Have whoever sends to this address wait from now on, when the mail has arrived."""
        self._held, self._words = address, asyncio.get_running_loop().create_future()

    def let_go(self, words: str) -> None:
        """Answer those who wait, and take what comes after."""
        self._held = None
        self._words.set_result(words)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """As aiosmtpd calls it when a mail has come whole."""
        mail = email.message_from_bytes(envelope.content, policy=default)["Message-ID"].split("@")[0][1:]
        self.arrived.append(mail)
        words = "250 Taken"
        if self._held in envelope.rcpt_tos:
            words = await asyncio.shield(self._words)
        if words.startswith("250"):
            self.taken.append(mail)
        return words


@asynccontextmanager
async def open_post() -> AsyncIterator[Post]:
    """A mail server on a port of its own."""
    post, loop = Post(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(post, hostname="localhost", loop=loop), "127.0.0.1", 0)
    post.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield post
    finally:
        server.close()


async def until(happened: Callable[[], bool], seconds: float = 90) -> None:
    """Wait until it has happened; long, since a machine may be busy."""
    async with asyncio.timeout(seconds):
        while not happened():
            await asyncio.sleep(0.02)
