"""What joint trainings do by themselves."""

from collections.abc import Awaitable, Callable
from typing import Any

from lms.joint_trainings.queries.signoff import unsigned
from lms.joint_trainings.service.days import due_sessions, follow_session
from lms.joint_trainings.service.moves import begin_due
from lms.joint_trainings.service.signoff import close_silent
from lms.kernel import clock
from lms.kernel.database import Database

Work = Callable[..., Awaitable[None]]


def tasks(database: Callable[[], Database]) -> dict[str, Work]:
    """Each job of joint trainings by its name."""

    async def begin(**_: Any) -> None:
        async with database().transaction() as session:
            await begin_due(session)

    async def follow(**_: Any) -> None:
        async with database().reading() as session:
            due = await due_sessions(session)
        for session_id in due:
            async with database().transaction() as session:
                await follow_session(session, session_id)

    async def follow_attendance(**_: Any) -> None:
        async with database().reading() as session:
            waiting = await unsigned(session, ended_before=clock.now())
        for each in waiting:
            async with database().transaction() as session:
                await close_silent(session, each.session_id, each.host_id)

    return {"trainings.begin": begin, "sessions.follow": follow, "attendance.follow": follow_attendance}
