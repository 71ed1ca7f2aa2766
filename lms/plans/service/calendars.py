"""Private addresses of learning calendars: made, and taken back."""

from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel import clock
from lms.kernel.access import Actor
from lms.people.domain import digest_of, new_secret
from lms.plans import queries
from lms.plans.domain.states import FeedNotFound
from lms.plans.models import CalendarFeed


async def make_feed(session: AsyncSession, *, acting: Actor) -> str:
    """The secret of a new address; shown once, since only its digest is kept."""
    secret = new_secret()
    session.add(CalendarFeed(person_id=acting.person_id, secret_hash=digest_of(secret)))
    await session.flush()
    return secret


async def revoke_feed(session: AsyncSession, *, acting: Actor, feed_id: UUID) -> None:
    """Take an address of one's own back; it answers nobody from now on."""
    table = queries.feeds
    statement = (
        update(table)
        .where(table.c.id == feed_id, table.c.person_id == acting.person_id, table.c.revoked_at.is_(None))
        .values(revoked_at=clock.now())
        .returning(table.c.id)
    )
    if await session.scalar(statement) is None:
        raise FeedNotFound()
