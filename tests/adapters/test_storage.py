"""Uploaded files: told apart by content, kept under names of ours, refused when too large or not what they say."""

import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lms.adapters.storage import BadFile, Storage
from lms.kernel.errors import TooLarge


async def _chunks(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 1000):
        yield content[start : start + 1000]


def _zip(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(tmp_path / "storage")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("work.pdf", b"%PDF-1.7\n"),
        ("work.DOCX", _zip("word/document.xml")),
        ("work.xlsx", _zip("xl/workbook.xml")),
        ("work.odt", _zip("content.xml")),
        ("العمل.txt", "نص".encode()),
    ],
)
async def test_a_file_that_is_what_it_says_is_kept(storage: Storage, name: str, content: bytes) -> None:
    kept = await storage.keep(name, _chunks(content), limit=10_000)
    assert storage.path(kept.key).read_bytes() == content
    assert (kept.name, kept.size) == (name, len(content))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("work.pdf", b"<script>alert(1)</script>"),
        ("work.docx", _zip("xl/workbook.xml")),
        ("work.docx", b"PK\x03\x04 cut short"),
        ("work.txt", b"\xff\xfe binary"),
        ("work.md", b"a\0b"),
        ("work.exe", b"MZ"),
        ("work.html", b"<p>"),
        ("pdf", b"%PDF-1.7\n"),
    ],
)
async def test_a_file_that_is_not_is_refused_and_nothing_stays(
    storage: Storage, name: str, content: bytes
) -> None:
    with pytest.raises(BadFile):
        await storage.keep(name, _chunks(content), limit=10_000)
    assert list(storage.folder.iterdir()) == []


async def test_a_file_that_is_too_large_is_refused_and_nothing_stays(storage: Storage) -> None:
    with pytest.raises(TooLarge):
        await storage.keep("work.txt", _chunks(b"x" * 10_001), limit=10_000)
    assert list(storage.folder.iterdir()) == []


@pytest.mark.parametrize("name", ["../../etc/passwd.txt", "..\\..\\boot.txt", "/etc/passwd.txt"])
async def test_a_path_in_a_name_is_only_a_name(storage: Storage, name: str) -> None:
    kept = await storage.keep(name, _chunks(b"x"), limit=10)
    assert "/" not in kept.name
    assert "\\" not in kept.name
    assert storage.path(kept.key).parent == storage.folder


@pytest.mark.parametrize("key", ["../secret", "a" * 31, "A" * 32, ""])
def test_only_keys_of_ours_lead_to_a_file(storage: Storage, key: str) -> None:
    with pytest.raises(BadFile):
        storage.path(key)
