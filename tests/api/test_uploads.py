"""Files that are handed in: kinds, sizes, names that lie, and who may download them."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient, Response

from lms.adapters.storage import Storage
from tests.cast import ADMIN, COLLEAGUE, HR, LEARNER, SENIOR, SUPERVISOR, Cast
from tests.journeys.learning import enrol

COURSE, WORK = "partnership-essentials", "judge-a-proposal"
ASSESSOR, OTHER_ASSESSOR = "assessor@demo.example", "assessor.relief@demo.example"


def zipped(*names: str, size: int = 10) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, b"x" * size)
    return buffer.getvalue()


def spoilt(at: int, value: bytes) -> bytes:
    """A document whose table of contents has `value` at a place."""
    content = bytearray(zipped("word/document.xml"))
    place = content.rindex(b"PK\x01\x02") + at
    content[place : place + len(value)] = value
    return bytes(content)


PDF = b"%PDF-1.7\n..."
DOCX, XLSX = zipped("word/document.xml"), zipped("xl/workbook.xml")
BAD_FILES: list[tuple[str, bytes]] = [
    ("virus.exe", b"MZ\x90\x00"),
    ("page.html", b"<script>alert(1)</script>"),
    ("picture.svg", b"<svg onload='alert(1)'/>"),
    ("no-ending", b"text"),
    (".pdf", b"not a pdf"),
    ("lying.pdf", b"<html></html>"),
    ("lying.docx", PDF),
    ("lying.docx", XLSX),
    ("lying.xlsx", b"PK\x03\x04 and no more"),
    ("lying.odt", zipped("mimetype")),
    ("of-a-version-to-come.docx", spoilt(6, b"\xff\x00")),
    (
        "no-encoding.docx",
        spoilt(8, b"\x00\x08")[:-22].replace(b"word", b"\xff\xfe\xff\xfe") + spoilt(8, b"\x00\x08")[-22:],
    ),
    ("lying.txt", b"\x00\x01\x02"),
    ("latin.txt", "é".encode("latin-1")),
    ("double.pdf.exe", PDF),
    ("dots..", b"text"),
]


@pytest.fixture(scope="module")
async def base(client: AsyncClient, cast: Cast) -> str:
    enrolment = await enrol(client, cast.token(LEARNER), COURSE)
    return f"/api/v1/enrolments/{enrolment['id']}/activities/{WORK}/submissions"


async def hand_in(
    client: AsyncClient, cast: Cast, path: str, name: str, content: bytes, *, kind: str = "application/pdf"
) -> Response:
    return await client.post(path, files={"file": (name, content, kind)}, headers=cast.token(LEARNER))


def kept(app: FastAPI) -> set[str]:
    storage: Storage = app.state.storage
    return {path.name for path in storage.folder.iterdir()} if storage.folder.is_dir() else set()


@pytest.mark.parametrize(("name", "content"), BAD_FILES)
async def test_a_file_of_a_wrong_kind_is_refused_and_not_kept(
    client: AsyncClient, app: FastAPI, cast: Cast, base: str, name: str, content: bytes
) -> None:
    before = kept(app)
    answer = await hand_in(client, cast, base, name, content)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/bad-file"), answer.text
    assert answer.json()["errors"][0]["pointer"] == "/file"
    assert kept(app) == before


async def test_a_file_that_is_too_large_is_refused_and_not_kept(
    client: AsyncClient, app: FastAPI, cast: Cast, base: str
) -> None:
    before = kept(app)
    limit: int = app.state.settings.upload_limit_mb * 2**20
    answer = await hand_in(client, cast, base, "large.pdf", PDF + b"x" * limit)
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too-large")
    assert kept(app) == before


async def test_a_file_for_someone_else_s_work_is_not_kept(
    client: AsyncClient, app: FastAPI, cast: Cast, base: str
) -> None:
    before = kept(app)
    answer = await client.post(
        base, files={"file": ("work.pdf", PDF, "application/pdf")}, headers=cast.token(COLLEAGUE)
    )
    assert answer.status_code == 404
    assert kept(app) == before


async def test_a_full_disk_is_told_and_leaves_nothing(
    client: AsyncClient, app: FastAPI, cast: Cast, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, key = kept(app), "f" * 32
    storage: Storage = app.state.storage
    storage.folder.mkdir(parents=True, exist_ok=True)
    storage.path(key).symlink_to("/dev/full")  # which takes nothing, for want of room
    monkeypatch.setattr("lms.adapters.storage.secrets.token_hex", lambda _: key)
    answer = await hand_in(client, cast, base, "work.pdf", PDF)
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/unavailable")
    assert "disk is full" in answer.json()["detail"]
    assert kept(app) == before


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../../etc/passwd.pdf", "passwd.pdf"),
        ("..\\..\\windows\\system.pdf", "system.pdf"),
        ("/etc/cron.d/work.pdf", "work.pdf"),
        ('quote".pdf', "quote%22.pdf"),  # as browsers send it
        ("line\r\nSet-Cookie: a=b.pdf", None),
        ("عمل ليلى.pdf", "عمل ليلى.pdf"),
        ("n" * 500 + ".pdf", "n" * 196 + ".pdf"),
    ],
)
async def test_a_name_is_only_a_name(
    client: AsyncClient, app: FastAPI, cast: Cast, sent: str, shown: str | None
) -> None:
    """Each with an enrolment of its own: what waits for an assessor is replaced by none."""
    headers = cast.token(LEARNER)
    for each in (await client.get("/api/v1/enrolments", headers=headers)).json()["items"]:
        if each["state"] == "active":
            await client.post(f"/api/v1/enrolments/{each['id']}/withdraw", headers=headers)
    enrolment = await enrol(client, headers, COURSE)
    path = f"/api/v1/enrolments/{enrolment['id']}/activities/{WORK}/submissions"
    answer = await hand_in(client, cast, path, sent, PDF)
    assert answer.status_code == 201, answer.text
    name = answer.json()["file_name"]
    assert shown is None or name == shown
    assert not set("/\\\r\n\0") & set(name)
    assert all(len(key) == 32 for key in kept(app)), "files lie under random names"
    assert not Path("/etc/cron.d/work.pdf").exists()
    file = await client.get(f"/api/v1/submissions/{answer.json()['id']}/file", headers=headers)
    assert file.content == PDF
    assert file.headers["content-disposition"].startswith("attachment;")
    assert "\n" not in file.headers["content-disposition"]
    assert "set-cookie" not in file.headers


@pytest.mark.parametrize("name", [b"a\x00b.pdf", b"a\x07b.pdf", b"\xff\xfe.pdf", b"; ; =.pdf", b""])
async def test_a_name_of_odd_bytes_breaks_nothing(
    client: AsyncClient, cast: Cast, base: str, name: bytes
) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n\r\n%s\r\n--b--\r\n' % (
        name,
        PDF,
    )
    headers = cast.token(LEARNER) | {"Content-Type": "multipart/form-data; boundary=b"}
    answer = await client.post(base, content=body, headers=headers)
    assert answer.status_code in (201, 400, 409, 422), answer.text


async def test_who_may_download_and_how(client: AsyncClient, app: FastAPI, cast: Cast) -> None:
    headers = cast.token(SUPERVISOR)
    enrolment = await enrol(client, headers, COURSE)
    path = f"/api/v1/enrolments/{enrolment['id']}/activities/{WORK}/submissions"
    sent = {"file": ("notes.md", b"# <script>alert(1)</script>", "text/html")}
    made = (await client.post(path, files=sent, headers=headers)).json()
    address = f"/api/v1/submissions/{made['id']}/file"
    for email in (SUPERVISOR, ASSESSOR):
        answer = await client.get(address, headers=cast.token(email))
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/markdown; charset=utf-8", "ours, not the sender's"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-disposition"] == 'attachment; filename="notes.md"'
        assert "default-src 'self'" in answer.headers["content-security-policy"]
    for email in (LEARNER, COLLEAGUE, HR, SENIOR, ADMIN, OTHER_ASSESSOR):
        answer = await client.get(address, headers=cast.token(email))
        assert answer.status_code == 404, email
    assert (await client.get(address)).status_code == 401

    given = (await client.get(f"/api/v1/submissions/{made['id']}", headers=cast.token(ASSESSOR))).json()
    assert "file_key" not in json.dumps(given)
    storage: Storage = app.state.storage
    for key in kept(app):
        storage.path(key).unlink()
    gone = await client.get(address, headers=headers)
    assert (gone.status_code, gone.json()["type"]) == (404, "/problems/submission-not-found")


async def test_work_without_a_file_has_none_to_download(client: AsyncClient, cast: Cast) -> None:
    headers = cast.token(COLLEAGUE)
    enrolment = await enrol(client, headers, COURSE)
    path = f"/api/v1/enrolments/{enrolment['id']}/activities/{WORK}/submissions"
    made = (await client.post(path, data={"words": "Only words."}, headers=headers)).json()
    assert (await client.get(f"/api/v1/submissions/{made['id']}/file", headers=headers)).status_code == 404
