"""Around every request: an id, security headers, one line in the log, figures for /metrics.

Plain ASGI: Starlette's BaseHTTPMiddleware costs a task and a queue for every request.
"""

import re
import time
from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lms.kernel.ids import new_id
from lms.kernel.metrics import observe

log = structlog.get_logger("request")
_SOUND_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")

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


class RequestMiddleware:
    """Gives the request its id (the caller's, if sound) and the answer its headers; logs both."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self.app = app
        headers = [*SECURITY_HEADERS.items(), *([_TRANSPORT] if secure else [])]
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
            await self.app(scope, receive, sending)
        finally:
            _note(scope, status, time.perf_counter() - started)
            structlog.contextvars.unbind_contextvars("request_id")

    def _headers(self, message: Message) -> list[tuple[bytes, bytes]]:
        """The answer's own headers win over ours; an answer about a person is not kept by any cache."""
        own: list[tuple[bytes, bytes]] = list(message["headers"])
        names = {name.lower() for name, _ in own}
        added = [pair for pair in self.headers if pair[0] not in names]
        if b"cache-control" not in names:
            added.append((b"cache-control", b"no-store"))
        return own + added


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _SOUND_ID.fullmatch(value.decode("latin-1")):
            return str(value.decode("latin-1"))
    return new_id().hex


def _note(scope: Scope, status: int, seconds: float) -> None:
    route: Any = scope.get("route")
    path = getattr(route, "path", "other")
    observe(scope["method"], path, status, seconds)
    if path not in ("/healthz", "/readyz", "/metrics"):
        log.info("answered", method=scope["method"], route=path, status=status, ms=round(seconds * 1000, 1))
