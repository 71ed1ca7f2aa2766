"""An uploaded archive of one course: looked at entry by entry before anything of it is written, and only text is.

Refused are names that lead anywhere else, links, what is encrypted or packed in unusual ways, names that are the same
or differ only in case, and whatever unpacks to more than a course can be. Every mistake is told at once.
"""

import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from lms.catalogue.domain.errors import BadArchive
from lms.kernel.errors import Fault

MOST_ENTRIES = 1_000
MOST_BYTES = 3_000_000  # unpacked, all together; the largest course we know has a quarter of that
# Of one file; the largest we know has half of that. Markdown made for it takes a time that grows with the square.
MOST_IN_FILE = 50_000
MOST_RATIO = 100  # unpacked to packed
LONGEST_NAME, DEEPEST = 200, 6
_TEXT = (".yaml", ".md")
_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")
_KEY_LINE = re.compile(rb"^key:[ \t]*([a-z0-9][a-z0-9-]{0,99})[ \t]*\r?$", re.M)
_PACKING = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    OSError,
    KeyError,
)


def unpack(archive: Path, folder: Path) -> Path:
    """Write the course's text files below `folder`, which must be empty, and nothing anywhere else; its own folder.

    A file of another kind is written without its content, so that the check can name it. Raises `BadArchive`. Blocks.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = _sound_entries(opened)
            contents = _read(opened, entries)
    except _BROKEN as error:
        raise BadArchive(
            "This is no ZIP archive that can be read.", faults=[_fault("It is damaged, or of another kind.")]
        ) from error
    home, key = _course(contents)
    root = folder / key
    for name, content in contents.items():
        path = root.joinpath(*name.parts[len(home.parts) :])
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_bytes(content)
    return root


def _fault(sentence: str) -> Fault:
    return Fault("/file", sentence)


def _sound_entries(opened: zipfile.ZipFile) -> dict[PurePosixPath, zipfile.ZipInfo]:
    """The files of the archive by their names; `BadArchive` with everything that is wrong about any entry."""
    infos = opened.infolist()
    if len(infos) > MOST_ENTRIES:
        raise _refused([f"It has {len(infos)} entries; a course has {MOST_ENTRIES} at most."])
    wrong = [sentence for info in infos for sentence in _wrong_with(info)]
    if sum(info.file_size for info in infos) > MOST_BYTES:
        wrong.append(f"It unpacks to more than {MOST_BYTES // 1_000_000} MB.")
    kept = [info for info in infos if not info.is_dir() and not _is_litter(info.filename)]
    wrong += _clashes([info.filename for info in kept])
    if wrong:
        raise _refused(wrong)
    return {PurePosixPath(unicodedata.normalize("NFC", info.filename)): info for info in kept}


def _refused(sentences: list[str]) -> BadArchive:
    faults = [_fault(each) for each in dict.fromkeys(sentences)]
    return BadArchive("The archive is not taken; see errors.", faults=faults)


def _wrong_with(info: zipfile.ZipInfo) -> Iterator[str]:
    name = info.orig_filename
    shown = ascii(name[:LONGEST_NAME])
    if reason := _bad_name(name):
        yield f"{shown}: {reason}"
    elif not name.isascii() and not info.flag_bits & 0x800:
        yield f"{shown}: the name is not marked as UTF-8."
    mode = info.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        yield f"{shown}: links and devices are not taken."
    if info.flag_bits & 0x1:
        yield f"{shown}: it is encrypted."
    if info.compress_type not in _PACKING:
        yield f"{shown}: it is packed in a way that is not taken."
    if info.file_size > MOST_IN_FILE:
        yield f"{shown}: it is larger than {MOST_IN_FILE // 1000} kB."
    if info.file_size > MOST_RATIO * max(info.compress_size, 1) and info.file_size > 10_000:
        yield f"{shown}: it unpacks to more than {MOST_RATIO} times its size."


def _bad_name(name: str) -> str | None:
    """Why a name is not taken; None for one that stays where it belongs, on any system."""
    parts = name.rstrip("/").split("/")
    if any(unicodedata.category(each) in ("Cc", "Cf", "Cs") for each in name):
        return "the name holds a character that cannot be seen."
    if "\\" in name or ":" in name:
        return "a name holds no backslash and no colon."
    if name.startswith("/") or any(part in ("", ".", "..") for part in parts):
        return "the name leads out of its folder."
    if any(part != part.strip() or part.endswith(".") for part in parts):
        return "no part of a name begins or ends with a space, or ends with a point."
    if len(name) > LONGEST_NAME or len(parts) > DEEPEST:
        return "the name is too long, or lies too deep."
    return None


def _is_litter(name: str) -> bool:
    """What systems put beside files: not a part of the course, and not written."""
    return name.startswith("__MACOSX/") or any(part.startswith(".") for part in name.split("/"))


def _clashes(names: list[str]) -> Iterator[str]:
    """Names that are one on some system, and files that would be folders."""
    seen: dict[str, str] = {}
    folders = {_plain(str(parent)) for name in names for parent in PurePosixPath(name).parents}
    for name in names:
        plain = _plain(name)
        if plain in seen:
            yield f"{name!a}: the archive has {seen[plain]!a} already."
        if plain in folders:
            yield f"{name!a}: it is a file and a folder."
        seen.setdefault(plain, name)


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _read(
    opened: zipfile.ZipFile, entries: dict[PurePosixPath, zipfile.ZipInfo]
) -> dict[PurePosixPath, bytes]:
    """What the entries hold. Counted as it comes: what an archive says of its sizes may be a lie."""
    contents, left = {}, MOST_BYTES
    for name, info in entries.items():
        if name.suffix not in _TEXT:
            contents[name] = b""
            continue
        with opened.open(info) as file:
            content = file.read(min(MOST_IN_FILE, left) + 1)
        left -= len(content)
        if len(content) > MOST_IN_FILE or left < 0:
            raise _refused([f"{str(name)!a}: it holds more than the archive says."])
        contents[name] = content
    return contents


def _course(contents: dict[PurePosixPath, bytes]) -> tuple[PurePosixPath, str]:
    """The folder of the one course in the archive, and the course's key."""
    found = [name for name in contents if name.name == "course.yaml"]
    if len(found) != 1:
        raise _refused([f"It holds {len(found)} files course.yaml; a preview is of one course."])
    home = found[0].parent
    outside = [name for name in contents if not name.is_relative_to(home)]
    if outside:
        raise _refused([f"{str(name)!a}: it lies beside the course's folder." for name in outside])
    if home.parts and not _KEY.fullmatch(home.name):
        raise _refused([f"{home.name!a}: a course's folder is called as its key, of a-z, 0-9 and hyphens."])
    line = _KEY_LINE.search(contents[found[0]])
    return home, home.name or (line[1].decode() if line else "course")
