"""Style, script and pictures under addresses that hold their own digest, so that no browser asks twice."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

OWN = Path(__file__).parent / "static"
# Name in our addresses → place below the folder that npm installs into.
THIRD_PARTY = {"htmx.js": "htmx.org/dist/htmx.min.js"}
FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
_DIGEST = re.compile(r"^(.+)\.([0-9a-f]{12})(\.[a-z0-9]+)$")
_TEXT = ("text/", "application/javascript", "image/svg+xml")


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file, read and packed once: the whole lot is some 100 kB."""

    name: str
    digest: str
    body: bytes
    packed: bytes | None
    media_type: str

    @property
    def url(self) -> str:
        """`/static/app.3f2a91c07b55.css`."""
        stem, dot, suffix = self.name.rpartition(".")
        return f"/static/{stem}.{self.digest}{dot}{suffix}"


class StaticFiles:
    """The files of one process, by name."""

    def __init__(self, paths: Mapping[str, Path]) -> None:
        self._files = {name: _read(name, path) for name, path in paths.items()}

    def url(self, name: str) -> str:
        """The address of a file; KeyError when there is none, so that a page with a dead link fails."""
        return self._files[name].url

    def respond(self, requested: str, *, packed: bool) -> Response:
        """A file for the last part of its address; under the digest of another release, the file of today.

        During a release one server writes the page and another, older or newer, may be asked for its style:
        that answer is right enough to show and is not kept.
        """
        match = _DIGEST.match(requested)
        name = match[1] + match[3] if match else requested
        file = self._files.get(name)
        if file is None:
            raise HTTPException(404)
        exact = match is not None and match[2] == file.digest
        return _response(file, cache=FOREVER if exact else ASK_AGAIN, packed=packed)


def collect(third_party: Path | None) -> dict[str, Path]:
    """Our own files and, from the folder npm installs into (None: without them), those of others."""
    found = {path.relative_to(OWN).as_posix(): path for path in sorted(OWN.rglob("*")) if path.is_file()}
    for name, place in THIRD_PARTY.items() if third_party else ():
        path = Path(str(third_party), place)
        if not path.is_file():
            raise FileNotFoundError(f"{path} is missing: run `npm ci`, or set the folder in LMS_ASSETS_DIR")
        found[name] = path
    return found


def install_static(app: Starlette, *, third_party: Path | None) -> None:
    """Serve `/static/...` and give pages their `static_url`; to be called once, when the app is made."""
    files = StaticFiles(collect(third_party))
    app.state.static_files = files

    async def serve(request: Request) -> Response:
        packed = "gzip" in request.headers.get("accept-encoding", "")
        return files.respond(request.path_params["name"], packed=packed)

    app.router.add_route("/static/{name:path}", serve, include_in_schema=False)


def static_url(request: Request, name: str) -> str:
    """The address of a static file, for Python; templates have `static_url(name)`."""
    files: StaticFiles = request.app.state.static_files
    return files.url(name)


def _read(name: str, path: Path) -> StaticFile:
    body = path.read_bytes()
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    packed = gzip.compress(body, mtime=0) if media_type.startswith(_TEXT) else None
    return StaticFile(name, hashlib.sha256(body).hexdigest()[:12], body, packed, media_type)


def _response(file: StaticFile, *, cache: str, packed: bool) -> Response:
    headers = {"cache-control": cache, "vary": "accept-encoding", "x-content-type-options": "nosniff"}
    if not packed or file.packed is None:
        return Response(file.body, media_type=file.media_type, headers=headers)
    return Response(file.packed, media_type=file.media_type, headers=headers | {"content-encoding": "gzip"})
