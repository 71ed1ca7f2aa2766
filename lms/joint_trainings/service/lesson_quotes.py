"""Which courses on offer link to which lessons: read from each edition when it is published."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.domain.errors import CoursePublished

_FORGET = text("DELETE FROM lesson_quotes WHERE course_id = ANY(:courses)")
# As `catalogue.markdown.LESSON` reads an address.
_READ = text(
    r"""INSERT INTO lesson_quotes (course_id, lesson)
        SELECT DISTINCT c.id, found[1]
          FROM courses c JOIN course_versions v ON v.id = c.current_version_id,
               regexp_matches(CAST(v.content AS text), '\]\(/lessons/([a-z0-9]+(?:-[a-z0-9]+)*)[) ]', 'g') AS found
         WHERE c.id = ANY(:courses)"""
)


async def on_course_published(session: AsyncSession, events: Sequence[CoursePublished]) -> None:
    """Keep what the new editions quote, and nothing of those before."""
    ids = {"courses": [event.subject_id for event in events]}
    await session.flush()
    await session.execute(_FORGET, ids)
    await session.execute(_READ, ids)
