"""The library beside the server, read again when one of its files has changed."""

import threading
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from lms.catalogue.loader import Library, load_library
from lms.kernel import clock

Stamp = tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    root: Path
    today: date
    stamp: Stamp
    library: Library


_kept: _Kept | None = None
_reading = threading.Lock()


def library_beside(root: Path) -> Library:
    """`load_library`, which takes a second: what was read is kept while no file and no day is another.

    NotADirectoryError when `root` is no folder. Blocks: call it off the event loop.
    """
    global _kept
    with _reading:
        # Before the files are read: whatever changes meanwhile is then read again next time.
        stamp, today = _stamp(root), clock.today()
        if _kept is None or (_kept.root, _kept.today, _kept.stamp) != (root, today, stamp):
            _kept = _Kept(root, today, stamp, load_library(root, today=today))
        return _kept.library


def _stamp(root: Path) -> Stamp:
    """Name, size and both times of every file and folder; a change that keeps all of them is none."""
    found = []
    for path in sorted(root.rglob("*")) if root.is_dir() else ():
        known = path.lstat()
        found.append((str(path), known.st_size, known.st_mtime_ns, known.st_ctime_ns))
    return tuple(found)
