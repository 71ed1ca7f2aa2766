"""Every SELECT about the versions of a course."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.domain.errors import VersionNotFound
from lms.catalogue.queries import courses, versions

_TOLD = (versions.c.id, versions.c.number, versions.c.change, versions.c.note, versions.c.renew_by,
         versions.c.published_at)  # fmt: skip


@dataclass(frozen=True, slots=True)
class VersionRef:
    """A version without its content."""

    id: UUID
    number: int
    change: str
    note: str
    renew_by: date | None
    published_at: datetime


async def list_versions(session: AsyncSession, course_id: UUID) -> list[VersionRef]:
    """Every version of a course, the first first. The current one need not be the last: an older one can return."""
    statement = select(*_TOLD).where(versions.c.course_id == course_id).order_by(versions.c.number)
    return [VersionRef(*row) for row in await session.execute(statement)]


async def get_version(session: AsyncSession, course: str, number: int) -> VersionRef:
    """One version by the course's key and its number; `VersionNotFound` where there is none."""
    statement = (
        select(*_TOLD)
        .join(courses, courses.c.id == versions.c.course_id)
        .where(courses.c.key == course, versions.c.number == number)
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise VersionNotFound(f"There is no version {number} of a course {course!r}.")
    return VersionRef(*row)
