"""Plans follow what happened, in a job of their own: whoever completes a course need not wait for it."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import structlog

from lms.kernel.database import Database
from lms.plans.queries import planning_people, planning_people_behind
from lms.plans.service import follow

log = structlog.get_logger("job")
AT_ONCE = 250
"""People planned in one transaction."""

CAUSES = {
    "plans.after_completion": "completions.course_completed",
    "plans.after_revocation": "completions.completion_revoked",
    "plans.after_assessment": "enrolments.work_assessed",
    "plans.after_change": "people.person_changed",
    "plans.after_validity": "completions.validity_changed",
    "plans.after_assignment": "assigned.assigned",
}
"""A job's name and what caused it; see `lms.reactions`."""

CAUSES_FOR_ALL = {"plans.after_publication": "catalogue.course_published", "plans.follow_all": "time"}
"""The same, of what may touch everybody's plan."""


def following(database: Callable[[], Database], cause: str) -> Callable[..., Awaitable[None]]:
    """A task that has the plans of those follow whom something happened to."""

    async def run(*, ids: list[str]) -> None:
        async with database().transaction() as session:
            people = await planning_people_behind(session, [UUID(each) for each in ids])
            changed = await follow(session, person_ids=people, cause=cause) if people else 0
        log.info("plans followed", cause=cause, people=len(people), changed=changed)

    return run


def following_all(database: Callable[[], Database], cause: str) -> Callable[..., Awaitable[None]]:
    """A task that has every plan follow: courses were published, levels lapsed, days passed."""

    async def run(**_: object) -> None:
        people, changed = await follow_all(database(), cause)
        log.info("plans followed", cause=cause, people=people, changed=changed)

    return run


async def follow_all(database: Database, cause: str) -> tuple[int, int]:
    """Some people in each transaction; how many people have a plan, and how many plans changed."""
    after: UUID | None = None
    people = changed = 0
    while True:
        async with database.transaction() as session:
            some = await planning_people(session, after=after, limit=AT_ONCE)
            changed += await follow(session, person_ids=some, cause=cause) if some else 0
        people += len(some)
        if len(some) < AT_ONCE:
            return people, changed
        after = some[-1]
