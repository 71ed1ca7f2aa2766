"""Archives that are no archives of a course: each is refused, with every mistake said, and nothing lands anywhere."""

import io
import stat
import struct
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.catalogue.archive import DEEPEST, MOST_BYTES, MOST_ENTRIES, MOST_IN_FILE, unpack
from lms.catalogue.domain.errors import BadArchive
from lms.catalogue.loader import load_course
from tests.catalogue.small_library import TODAY, write_library

GOOD = {"first-steps/course.yaml": b"key: first-steps\n", "first-steps/en/course.md": b"---\n"}
Entry = tuple[str | zipfile.ZipInfo, bytes]


def zipped(*entries: Entry, good: bool = True, packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of a small course and these entries."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", packing) as archive:
        for name, content in [*(GOOD.items() if good else ()), *entries]:
            archive.writestr(name, content)
    return buffer.getvalue()


def entry(name: str, *, mode: int = 0, flags: int = 0) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("first-steps/x")
    info.filename = name  # as it is: the constructor would tidy it
    info.external_attr, info.flag_bits = mode << 16, flags
    return info


def refused(content: bytes, tmp_path: Path) -> str:
    """What is said of an archive; and that it left nothing behind, inside or outside its folder."""
    archive, folder = tmp_path / "a.zip", tmp_path / "deep" / "unpacked"
    archive.write_bytes(content)
    folder.mkdir(parents=True, exist_ok=True)
    with pytest.raises(BadArchive) as caught:
        unpack(archive, folder)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [archive]
    return " ".join(fault.detail for fault in caught.value.faults)


LEADS_OUT, UNSEEN = "leads out of its folder", "cannot be seen"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("../evil.md", LEADS_OUT), ("first-steps/../../evil.md", LEADS_OUT), ("/etc/evil.md", LEADS_OUT),
        ("first-steps//evil.md", LEADS_OUT), ("./first-steps/evil.md", LEADS_OUT),
        ("C:evil.md", "no colon"), ("C:\\evil.md", "backslash"), ("first-steps\\en\\evil.md", "backslash"),
        ("..\\..\\evil.md", "backslash"), ("\\\\server\\share\\evil.md", "backslash"),
        ("first-steps/en/evil.md\0.png", UNSEEN), ("first-steps/a\nb.md", UNSEEN),
        ("first-steps/\u202egnp.md", UNSEEN), ("first-steps/a\u200b.md", UNSEEN),
        ("first-steps/en /evil.md", "space"), ("first-steps/en./evil.md", "point"),
        ("first-steps/" + "a" * 300 + ".md", "too long"), ("first-steps/" + "a/" * DEEPEST + "b.md", "too deep"),
        ("first-steps/EN/course.md", "already"), ("first-steps/en/COURSE.MD", "already"),
        ("first-steps/en/course.md/x.md", "a file and a folder"),
        ("elsewhere/readme.md", "beside the course"), ("other/course.yaml", "2 files course.yaml"),
    ],
)  # fmt: skip
def test_names_that_lead_elsewhere_or_are_one(name: str, says: str, tmp_path: Path) -> None:
    assert says in refused(zipped((entry(name), b"evil")), tmp_path)


def test_the_same_name_twice_and_names_that_look_the_same(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = zipped(("first-steps/en/course.md", b"other"))
    assert "already" in refused(twice, tmp_path)
    composed, apart = "first-steps/en/é.md", "first-steps/en/e\u0301.md"
    assert "already" in refused(zipped((composed, b""), (apart, b"")), tmp_path)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_links_and_devices(kind: int, tmp_path: Path) -> None:
    said = refused(zipped((entry("first-steps/en/link.md", mode=kind | 0o777), b"/etc/passwd")), tmp_path)
    assert "links and devices" in said


def test_an_encrypted_entry_a_strange_packing_and_a_name_of_no_known_encoding(tmp_path: Path) -> None:
    content = bytearray(zipped())
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    assert "encrypted" in refused(bytes(content), tmp_path)
    assert "packed in a way" in refused(zipped(packing=zipfile.ZIP_BZIP2), tmp_path)
    latin = zipped(("first-steps/en/xxxx.md", b""), packing=zipfile.ZIP_STORED).replace(
        b"xxxx", b"\xe9t\xe9s"
    )
    assert "not marked as UTF-8" in refused(latin, tmp_path)


def test_bombs(tmp_path: Path) -> None:
    assert "100 times its size" in refused(zipped(("first-steps/en/a.md", b"0" * 900_000)), tmp_path)
    assert f"{MOST_IN_FILE // 1000} kB" in refused(
        zipped(("first-steps/en/a.md", b"0" * (MOST_IN_FILE + 1))), tmp_path
    )
    many = [(f"first-steps/en/{at}.md", b"") for at in range(MOST_ENTRIES)]
    assert f"{MOST_ENTRIES + 2} entries" in refused(zipped(*many), tmp_path)
    parts = [(f"first-steps/en/{at}.md", bytes([at]) * 999_000) for at in range(9)]
    assert f"{MOST_BYTES // 1_000_000} MB" in refused(zipped(*parts, packing=zipfile.ZIP_STORED), tmp_path)


def test_an_archive_that_lies_about_its_sizes(tmp_path: Path) -> None:
    """The table of contents says ten bytes, what is packed are nine hundred thousand."""
    content = bytearray(zipped(("first-steps/en/a.md", b"0" * 900_000)))
    place = content.rindex(b"PK\x01\x02")
    content[place + 24 : place + 28] = struct.pack("<I", 10)
    folder, archive = tmp_path / "unpacked", tmp_path / "a.zip"
    archive.write_bytes(content)
    folder.mkdir()
    try:
        root = unpack(archive, folder)
    except BadArchive:
        return
    assert (root / "en" / "a.md").stat().st_size <= 10


def test_an_archive_within_an_archive_stays_shut(tmp_path: Path) -> None:
    archive, folder = tmp_path / "a.zip", tmp_path / "unpacked"
    scripts = [
        ("first-steps/en/x.svg", b"<svg onload=x()>"),
        ("first-steps/en/x.html", b"<script>x()</script>"),
    ]
    archive.write_bytes(zipped(("first-steps/en/more.zip", zipped()), *scripts))
    folder.mkdir()
    root = unpack(archive, folder)
    sizes = {path.name: path.stat().st_size for path in root.rglob("*") if path.is_file()}
    assert sizes == {"course.yaml": 17, "course.md": 4, "more.zip": 0, "x.svg": 0, "x.html": 0}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda b: b"",
        lambda b: b"PK",
        lambda b: b[:-30],
        lambda b: b"%PDF-1.7",
        lambda b: b[:40] + b"\0" * 60 + b[100:],
    ],
)
def test_what_is_no_archive(spoil: Callable[[bytes], bytes], tmp_path: Path) -> None:
    assert "damaged" in refused(spoil(zipped()), tmp_path)


def test_every_mistake_is_said_at_once(tmp_path: Path) -> None:
    said = refused(
        zipped((entry("../a.md"), b""), (entry("b:c.md"), b""), (entry("d.md", mode=stat.S_IFLNK), b"")),
        tmp_path,
    )
    assert LEADS_OUT in said
    assert "no colon" in said
    assert "links" in said


@given(st.binary(max_size=300), st.integers(0, 2**32))
def test_whatever_comes_is_unpacked_or_refused(noise: bytes, at: int) -> None:
    content = bytearray(zipped())
    place = at % len(content)
    content[place : place + len(noise)] = noise
    with tempfile.TemporaryDirectory() as name:
        archive, folder = Path(name) / "a.zip", Path(name) / "deep" / "unpacked"
        folder.mkdir(parents=True)
        archive.write_bytes(content)
        try:
            unpack(archive, folder)
        except BadArchive as error:
            assert error.faults
        outside = [
            path for path in Path(name).rglob("*") if path.is_file() and not path.is_relative_to(folder)
        ]
        assert outside == [archive]


# -- what is taken -----------------------------------------------------------------------------------------


def course_zip(root: Path, *, prefix: str = "first-steps/") -> bytes:
    """The small library's first course as an archive, with what systems leave beside files."""
    home = root / "first-steps"
    files = {
        f"{prefix}{path.relative_to(home)}": path.read_bytes() for path in home.rglob("*") if path.is_file()
    }
    litter: list[Entry] = [
        ("__MACOSX/._first-steps", b"\0\1"),
        (f"{prefix}.DS_Store", b"\0"),
        (f"{prefix}en/", b""),
    ]
    return zipped(*files.items(), *litter, good=False)


@pytest.mark.parametrize("prefix", ["first-steps/", "", "library-main/courses/first-steps/"])
def test_a_course_is_read_as_from_its_folder(prefix: str, tmp_path: Path) -> None:
    library = write_library(tmp_path / "courses")
    expected = load_course(library, library / "first-steps", today=TODAY)
    (tmp_path / "a.zip").write_bytes(course_zip(library, prefix=prefix))
    (tmp_path / "unpacked").mkdir()
    root = unpack(tmp_path / "a.zip", tmp_path / "unpacked")
    found = load_course(library, root, today=TODAY)
    assert root.name == "first-steps"
    assert found.courses["first-steps"].digest == expected.courses["first-steps"].digest
    assert found.findings == expected.findings


def test_prerequisites_are_looked_for_among_the_courses_on_the_server(tmp_path: Path) -> None:
    library = write_library(tmp_path / "courses")
    other = tmp_path / "first-steps"
    (library / "first-steps").rename(other)
    yaml = other / "course.yaml"
    text = yaml.read_text(encoding="utf-8")
    for prerequisite, says in (("nowhere", 'There is no course "nowhere"'), ("next-steps", "in a circle")):
        yaml.write_text(
            text.replace("prerequisites: []", f"prerequisites: [{prerequisite}]"), encoding="utf-8"
        )
        errors = [str(each) for each in load_course(library, other, today=TODAY).findings if each.is_error]
        assert len(errors) == 1
        assert says in errors[0]
