"""Rules reach people day by day and whenever something about a person changes; due days are reminded of."""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

import structlog

from lms.assigned import queries
from lms.assigned.service import remind, settle_people, settle_rule
from lms.kernel.database import Database

log = structlog.get_logger("job")


async def settle_all(database: Database) -> tuple[int, int]:
    """Have each active rule look at everybody, in a transaction of its own; how many were assigned, and ended."""
    async with database.transaction() as session:
        rule_ids = [rule.id for rule in await queries.active_rules(session)]
    assigned = ended = 0
    for rule_id in rule_ids:
        async with database.transaction() as session:
            for rule in await queries.active_rules(session, rule_ids=[rule_id]):
                more, fewer = await settle_rule(session, rule)
                assigned, ended = assigned + more, ended + fewer
    log.info("rules settled", rules=len(rule_ids), assigned=assigned, ended=ended)
    return assigned, ended


async def remind_all(database: Database, ladder: Sequence[int]) -> int:
    """Send what reminders are due; how many."""
    async with database.transaction() as session:
        sent = await remind(session, ladder=ladder)
    log.info("due days reminded of", reminders=sent)
    return sent


def after_change(database: Callable[[], Database]) -> Callable[..., Awaitable[None]]:
    """A task for people something changed about."""

    async def run(*, ids: list[str]) -> None:
        async with database().transaction() as session:
            await settle_people(session, [UUID(each) for each in ids])

    return run


def after_import(database: Callable[[], Database]) -> Callable[..., Awaitable[None]]:
    """A task for imports: each batch says that it was imported, and the last one finds the whole."""

    async def run(*, ids: list[str]) -> None:
        for each in set(ids):
            async with database().transaction() as session:
                people = await queries.people_of_import(session, UUID(each))
                if people:
                    await settle_people(session, people)

    return run
