"""Ends of validity after a publication and of facts recorded late: in jobs, some facts in each transaction."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from lms.completions.validity import COMPLETIONS, PROGRAMMES, Settled, Which, settle
from lms.kernel import clock
from lms.kernel.database import Database
from lms.skills.validity import settle_skills

log = structlog.get_logger("job")
RECENT = timedelta(days=7)
"""How far back the nightly job looks for facts recorded while a clock stood still: longer than it may fail to run."""

Turn = Callable[[AsyncSession, Which, UUID | None], Awaitable[Settled]]


def after_publication(database: Callable[[], Database]) -> Callable[..., Awaitable[None]]:
    """A task that says until when holders of these courses' earlier versions are to renew."""

    async def run(*, ids: list[str]) -> None:
        await settle_everything(database(), Which(courses=[UUID(each) for each in ids]))

    return run


def of_late(database: Callable[[], Database]) -> Callable[..., Awaitable[None]]:
    """A task that looks at what was recorded in the last days, about days long before or of an older version."""

    async def run(**_: object) -> None:
        await settle_everything(database(), Which(since=clock.now() - RECENT))

    return run


async def settle_everything(database: Database, which: Which) -> int:
    """Settle facts of every kind; for how many people something changed, counted once for each kind and turn."""
    people = 0
    for turn in (_completions, _programmes, _skills):
        people += await _settle_kind(database, which, turn)
    log.info("validity settled", people=people)
    return people


async def _settle_kind(database: Database, which: Which, turn: Turn) -> int:
    people, last = 0, None
    while True:
        async with database.transaction() as session:
            settled = await turn(session, which, last)
        people, last = people + len(settled.people), settled.last
        if last is None:
            return people


async def _completions(session: AsyncSession, which: Which, after: UUID | None) -> Settled:
    return await settle(session, COMPLETIONS, which, after=after)


async def _programmes(session: AsyncSession, which: Which, after: UUID | None) -> Settled:
    return await settle(session, PROGRAMMES, which, after=after)


async def _skills(session: AsyncSession, which: Which, after: UUID | None) -> Settled:
    return await settle_skills(session, which, after=after)
