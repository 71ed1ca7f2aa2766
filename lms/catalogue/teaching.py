"""What the courses on offer teach, for which focuses and in how many minutes: for reports that count."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.queries import IN_LANGUAGE


@dataclass(frozen=True, slots=True)
class TaughtCourse:
    """A course on offer to personnel, what it teaches and for which focuses (none: for every one of them)."""

    key: str
    title: str
    language: str
    competencies: frozenset[str]
    focuses: frozenset[str]
    minutes: int


# Read from the versions' content in the database: whole editions of a thousand courses need not come over for that.
_TAUGHT = text(
    f"""SELECT DISTINCT ON (c.sort_key, c.id) c.key, t.title, t.language, c.competencies, c.focuses,
               (SELECT coalesce(sum(CAST(each ->> 'minutes' AS int)), 0) FROM jsonb_path_query(v.content,
                   '$.course.modules[*].activities[*] ? (!(@.required == false))') each) AS minutes
          FROM courses c JOIN course_versions v ON v.id = c.current_version_id JOIN course_texts t ON t.course_id = c.id
         WHERE c.retired_at IS NULL AND c.audiences <> CAST('{{partner-personnel}}' AS text[])
         ORDER BY c.sort_key, c.id, {IN_LANGUAGE}"""
)


async def courses_taught(session: AsyncSession, *, language: str) -> list[TaughtCourse]:
    """Every course that personnel may take now, in the order of the catalogue; `minutes` of what is required."""
    rows = await session.execute(_TAUGHT, {"language": language})
    return [
        TaughtCourse(
            row.key, row.title, row.language, frozenset(row.competencies), frozenset(row.focuses), row.minutes
        )
        for row in rows
    ]
