"""Previews: a course as its files say it, looked at before it is published, by its author alone and for a day.

Files are read once, into a row; what was unpacked for that is gone before anybody sees the preview. A preview is
reserved in a transaction of its own, so that archives that are refused count as well.
"""

import asyncio
import re
import shutil
import time
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue import preview_queries as queries
from lms.catalogue.archive import unpack
from lms.catalogue.beside import library_beside
from lms.catalogue.domain import Edition, Finding, encode
from lms.catalogue.domain.errors import NoSuchFolder, TooManyPreviews
from lms.catalogue.loader import Library, load_course
from lms.catalogue.models import CoursePreview
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import table_of
from lms.kernel.errors import Fault

previews = table_of(CoursePreview)
KEPT = timedelta(days=1)
AN_HOUR = 60  # previews somebody may make in an hour
_FOLDER = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")


async def reserve(session: AsyncSession, *, acting: Actor) -> UUID:
    """Count one more preview of the actor's, before any work is done for it; not seen until it is filled.

    Raises `TooManyPreviews`, which says when the next one is possible.
    """
    await queries.one_at_a_time(session, acting.person_id)
    now, hour = clock.now(), timedelta(hours=1)
    made = await queries.made_since(session, acting.person_id, now - hour)
    if len(made) >= AN_HOUR:
        wait = int((made[-AN_HOUR] + hour - now).total_seconds()) + 1
        raise TooManyPreviews(
            f"You may make {AN_HOUR} previews an hour.", headers={"Retry-After": str(max(1, wait))}
        )
    row = CoursePreview(
        owner_id=acting.person_id,
        course="",
        source="",
        findings=[],
        created_at=now,
        expires_at=now + KEPT,
        deleted_at=now,
    )
    session.add(row)
    await session.flush()
    return row.id


async def fill_from_folder(
    session: AsyncSession, preview_id: UUID, *, courses_dir: Path, folder: str
) -> None:
    """Show a course folder on the server: one that lies straight in the folder of course files."""
    library = await asyncio.to_thread(library_beside, courses_dir)
    if not _FOLDER.fullmatch(folder) or folder not in library.digests:
        sentence = "The folder of course files has no course folder of this name."
        raise NoSuchFolder(sentence, faults=[Fault("/folder", sentence)])
    await _fill(session, preview_id, folder, "folder", library)


async def fill_from_archive(
    session: AsyncSession, preview_id: UUID, *, courses_dir: Path, archive: Path
) -> None:
    """Show the course in an uploaded archive. Raises `BadArchive`. What was unpacked is removed, come what may."""
    key, library = await asyncio.to_thread(_read_archive, archive, courses_dir)
    await _fill(session, preview_id, key, "archive", library)


def _read_archive(archive: Path, courses_dir: Path) -> tuple[str, Library]:
    unpacked = archive.with_name(f"{archive.name}-unpacked")
    unpacked.mkdir(mode=0o700)
    try:
        folder = unpack(archive, unpacked)
        return folder.name, load_course(courses_dir, folder, today=clock.today())
    finally:
        shutil.rmtree(unpacked, ignore_errors=True)


async def _fill(session: AsyncSession, preview_id: UUID, key: str, source: str, library: Library) -> None:
    edition: Edition | None = library.courses.get(key)
    values = {
        "course": key,
        "source": source,
        "findings": [encode(each) for each in _in_order(library.findings, key)],
        "content": edition.to_json() if edition else None,
        "deleted_at": None,
    }
    await session.execute(update(previews).where(previews.c.id == preview_id).values(**values))


def _in_order(findings: Iterable[Finding], key: str) -> list[Finding]:
    """Those of this course, and mistakes in shared files, which keep it from being checked; mistakes first."""
    own = (each for each in findings if each.course == key or (each.course is None and each.is_error))
    return sorted(own, key=lambda each: (not each.is_error, each.sort_key))


async def delete_preview(session: AsyncSession, *, acting: Actor, preview_id: UUID) -> None:
    """Take a preview away at once; `PreviewNotFound` for one that is not the actor's."""
    preview = await queries.get_preview(session, preview_id, actor=acting)
    await session.execute(
        update(previews)
        .where(previews.c.id == preview.id)
        .values(content=None, findings=[], deleted_at=clock.now())
    )


async def clear_previews(session: AsyncSession) -> None:
    """Forget previews whose day is over."""
    await session.execute(delete(previews).where(previews.c.expires_at < clock.now()))


def clear_unpacked(folder: Path, *, seconds: float = 3600) -> None:
    """Remove what a killed process left behind: files and folders of an upload, older than this. Blocks."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if time.time() - path.lstat().st_mtime <= seconds:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
