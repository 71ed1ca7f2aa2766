"""Uploaded files: kept under random names in a folder, told apart by content, found again by key only."""

import asyncio
import os
import secrets
import time
import zipfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lms.kernel.errors import Fault, Invalid, TooLarge

KINDS = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "txt": "text/plain; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
}
_INSIDE = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "odt": "content.xml", "ods": "content.xml"}


class BadFile(Invalid):
    """A file of a kind that is not taken, or whose content is not what its name says."""

    type, title = "bad-file", "This file is not taken"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in storage. `name` is the uploader's, personal; `key` is ours, random."""

    key: str
    name: str
    type: str
    size: int


class Storage:
    """A folder of files. A file counts only once a committed row names its key; a job clears the rest."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def keep(self, name: str, chunks: AsyncIterator[bytes], *, limit: int) -> StoredFile:
        """Write what comes, refuse more than `limit` bytes or a kind that is not taken."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = secrets.token_hex(16)
        path = self.path(key)
        try:
            size = await self._write(path, chunks, limit)
            kind = await asyncio.to_thread(kind_of, path, name)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return StoredFile(key, Path(name.replace("\\", "/")).name[-200:], KINDS[kind], size)

    async def keep_unseen(self, chunks: AsyncIterator[bytes], *, limit: int) -> str:
        """Write what comes and answer with its key; whoever reads it checks what it is."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = secrets.token_hex(16)
        try:
            await self._write(self.path(key), chunks, limit)
        except BaseException:
            self.path(key).unlink(missing_ok=True)
            raise
        return key

    async def _write(self, path: Path, chunks: AsyncIterator[bytes], limit: int) -> int:
        size = 0
        with path.open("wb") as file:
            async for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise TooLarge(f"A file may have {limit // 2**20} MB at most.")
                await asyncio.to_thread(file.write, chunk)
            await asyncio.to_thread(_settle, file)
        return size

    def path(self, key: str) -> Path:
        """Where a file lies. A key that is not one of ours raises."""
        if len(key) != 32 or not all(letter in "0123456789abcdef" for letter in key):
            raise BadFile("This is no file of ours.")
        return self.folder / key

    def older_than(self, seconds: float) -> Iterator[str]:
        """Keys of files written longer ago than this."""
        if not self.folder.is_dir():
            return
        for path in self.folder.iterdir():
            if time.time() - path.stat().st_mtime > seconds:
                yield path.name


def _settle(file: BinaryIO) -> None:
    """Onto the disk, as the row that names the file will be: it is acknowledged, and the power may fail."""
    file.flush()
    os.fsync(file.fileno())


def kind_of(path: Path, name: str) -> str:
    """The kind by name, if the content agrees; `BadFile` otherwise."""
    kind = Path(name).suffix.removeprefix(".").lower()
    if kind not in KINDS or not _agrees(path, kind):
        taken = ", ".join(each.upper() for each in KINDS)
        raise BadFile(
            f"Taken are {taken}, and the content must be what the name says.", faults=[Fault("/file", taken)]
        )
    return kind


def _agrees(path: Path, kind: str) -> bool:
    with path.open("rb") as file:
        head = file.read(4096)
    if kind == "pdf":
        return head.startswith(b"%PDF-")
    if kind in _INSIDE:
        return zipfile.is_zipfile(path) and _INSIDE[kind] in _names_in(path)
    return b"\0" not in head and _is_utf8(path)


def _names_in(path: Path) -> set[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            return set(archive.namelist()[:10000])
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, OSError):
        return set()  # damaged, of a version to come, or with names in no known encoding


def _is_utf8(path: Path) -> bool:
    try:
        path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return False
    return True
