"""Every SELECT about previews of courses: one's own, for their day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.domain import Edition, Finding, decode
from lms.catalogue.domain.errors import PreviewNotFound
from lms.catalogue.models import CoursePreview
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import table_of

previews = table_of(CoursePreview)

# A preview's content never changes, so what was read once is right; whether it may be seen is asked every time.
_editions: dict[UUID, Edition] = {}
_KEPT = 20


@dataclass(frozen=True, slots=True)
class PreviewRef:
    """A preview without its content; `sound`: it can be looked at, since no mistake keeps it from being a course."""

    id: UUID
    course: str
    source: str
    sound: bool
    created_at: datetime
    expires_at: datetime
    findings: tuple[Finding, ...]


def _own(actor: Actor) -> Any:
    is_sound = previews.c.content.is_not(None)
    told = (previews.c.id, previews.c.course, previews.c.source, is_sound.label("sound"), previews.c.created_at,
            previews.c.expires_at, previews.c.findings)  # fmt: skip
    return select(*told).where(
        previews.c.owner_id == actor.person_id,
        previews.c.deleted_at.is_(None),
        previews.c.expires_at > clock.now(),
    )


def _ref(row: Any) -> PreviewRef:
    findings = tuple(decode(Finding, each) for each in row.findings)
    return PreviewRef(row.id, row.course, row.source, row.sound, row.created_at, row.expires_at, findings)


async def list_previews(
    session: AsyncSession, *, actor: Actor, after: Sequence[str] | None = None, limit: int = 50
) -> list[PreviewRef]:
    """The actor's own previews, the latest first."""
    statement = _own(actor).order_by(previews.c.id.desc()).limit(limit)
    if after is not None:
        statement = statement.where(previews.c.id < UUID(after[0]))
    return [_ref(row) for row in await session.execute(statement)]


async def get_preview(session: AsyncSession, preview_id: UUID, *, actor: Actor) -> PreviewRef:
    """One of the actor's own; anybody else's, and one whose day is over, is not there."""
    row = (await session.execute(_own(actor).where(previews.c.id == preview_id))).one_or_none()
    if row is None:
        raise PreviewNotFound()
    return _ref(row)


async def get_previewed(session: AsyncSession, preview: PreviewRef) -> Edition:
    """The course that a preview shows; `PreviewNotFound` for one that mistakes keep from being one."""
    edition = _editions.get(preview.id)
    if edition is None:
        content = await session.scalar(select(previews.c.content).where(previews.c.id == preview.id))
        if content is None:
            raise PreviewNotFound("The files have mistakes; mend them, and preview them again.")
        if len(_editions) >= _KEPT:
            _editions.clear()
        edition = _editions[preview.id] = Edition.from_json(content)
    return edition


async def made_since(session: AsyncSession, owner_id: UUID, since: datetime) -> Sequence[datetime]:
    """When somebody made, or tried to make, previews since then, the first first; also those that are gone."""
    statement = (
        select(previews.c.created_at)
        .where(previews.c.owner_id == owner_id, previews.c.created_at > since)
        .order_by(previews.c.created_at)
    )
    return (await session.scalars(statement)).all()


async def one_at_a_time(session: AsyncSession, owner_id: UUID) -> None:
    """Have others who make previews for this person wait until this transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"previews.{owner_id}"))))
