"""A small load generator: prepared requests over raw keep-alive connections, so that it costs the servers little.

It reads status, length and body and nothing else; an answer that is not the expected one ends the run.
"""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast


@dataclass(slots=True)
class Load:
    """What came of one round."""

    requests: int = 0
    seconds: float = 0.0
    milliseconds: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return self.requests / self.seconds

    def percentile(self, share: float) -> float:
        """How long all but the slowest took, in milliseconds."""
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def request(method: str, path: str, *, token: str, body: bytes = b"") -> bytes:
    """A request as it goes over the wire."""
    head = f"{method} {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


class _Connection(asyncio.Protocol):
    """One connection: sends the next request when the answer before has come whole."""

    def __init__(self, requests: Iterator[bytes], until: float, load: Load) -> None:
        self.requests, self.until, self.load = requests, until, load
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.buffer = bytearray()
        self.sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance
        self._next()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        length = _whole(self.buffer)
        if length is None:
            return
        if not self.buffer.startswith(b"HTTP/1.1 2"):
            self._end(RuntimeError(bytes(self.buffer[:600]).decode(errors="replace")))
            return
        self.load.requests += 1
        self.load.milliseconds.append((time.perf_counter() - self.sent) * 1000)
        self.buffer.clear()
        self._next()

    def _next(self) -> None:
        self.sent = time.perf_counter()
        request = next(self.requests, None) if self.sent < self.until else None
        if request is None:
            self._end(None)
            return
        self.transport.write(request)

    def _end(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error) if error else self.done.set_result(None)
        self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("the server closed the connection"))


def _whole(buffer: bytearray) -> int | None:
    """The answer's length once it has come whole; answers here carry a Content-Length."""
    head = buffer.find(b"\r\n\r\n")
    if head < 0:
        return None
    lowered = bytes(buffer[:head]).lower()
    place = lowered.find(b"content-length:")
    if place < 0:
        raise RuntimeError(f"an answer without a length: {lowered!r}")
    length = head + 4 + int(lowered[place + 15 :].split(b"\r\n", 1)[0])
    return length if len(buffer) >= length else None


async def run(port: int, requests: Iterator[bytes], *, seconds: float, connections: int) -> Load:
    """Send `requests` for so many seconds, each connection one after the other."""
    load, loop, started = Load(), asyncio.get_running_loop(), time.perf_counter()
    until = started + seconds
    made = [
        await loop.create_connection(lambda: _Connection(requests, until, load), "127.0.0.1", port)
        for _ in range(connections)
    ]
    # A server that stops answering ends the run instead of holding it for ever.
    await asyncio.wait_for(asyncio.gather(*(protocol.done for _, protocol in made)), seconds + 60)
    load.seconds = time.perf_counter() - started
    return load
