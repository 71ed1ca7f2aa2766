"""Around every request: an id, a limit to what it sends, security headers, one line in the log, figures for /metrics.

Plain ASGI: Starlette's BaseHTTPMiddleware costs a task and a queue for every request.
"""

import re
import time
from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lms.kernel.errors import TooLarge
from lms.kernel.ids import new_id
from lms.kernel.metrics import observe

log = structlog.get_logger("request")
_SOUND_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")

MOST_IN_MEMORY, MOST_ON_DISK = 16 * 2**20, 256 * 2**20
"""Bytes taken of a body: JSON is held in memory whole, forms and files go to disk and have limits of their own."""

SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
_TRANSPORT = ("strict-transport-security", "max-age=31536000")
_NOT_KEPT = ("cache-control", "no-store")


class RequestMiddleware:
    """Gives the request its id (the caller's, if sound) and the answer its headers; logs both."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self.app = app
        headers = [*SECURITY_HEADERS.items(), *([_TRANSPORT] if secure else []), _NOT_KEPT]
        self.headers = [(name.encode(), value.encode()) for name, value in headers]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope["request_id"] = request_id
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started, status = time.perf_counter(), 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*self._headers(message), (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self.app(scope, _at_most(_most_of(scope), receive), sending)
        finally:
            _note(scope, status, time.perf_counter() - started)
            structlog.contextvars.unbind_contextvars("request_id")

    def _headers(self, message: Message) -> list[tuple[bytes, bytes]]:
        """The answer's own headers win over ours; an answer about a person is not kept by any cache."""
        own: list[tuple[bytes, bytes]] = list(message["headers"])
        names = {name for name, _ in own}  # in lower case, as ASGI has it
        return own + [pair for pair in self.headers if pair[0] not in names]


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _SOUND_ID.fullmatch(value.decode("latin-1")):
            return str(value.decode("latin-1"))
    return new_id().hex


def _most_of(scope: Scope) -> int:
    kind = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
    return MOST_ON_DISK if kind.startswith((b"multipart/form-data", b"text/csv")) else MOST_IN_MEMORY


def _at_most(most: int, receive: Receive) -> Receive:
    """`receive` that raises once more than `most` bytes of a body have come, whatever its length claims.

    For every route: a body is read before anybody is asked who they are.
    """
    come = 0

    async def limited() -> Message:
        nonlocal come
        message = await receive()
        come += len(message.get("body", b""))
        if come > most:
            # Not TooLarge: FastAPI turns whatever else is raised while it reads a body into a 400.
            raise HTTPException(TooLarge.status, f"A request may have {most // 2**20} MB at most.")
        return message

    return limited


def _note(scope: Scope, status: int, seconds: float) -> None:
    route: Any = scope.get("route")
    path = getattr(route, "path", "other")
    observe(scope["method"], path, status, seconds)
    if path not in ("/healthz", "/readyz", "/metrics"):
        log.info("answered", method=scope["method"], route=path, status=status, ms=round(seconds * 1000, 1))
