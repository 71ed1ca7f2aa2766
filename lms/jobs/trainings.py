"""What joint trainings do by themselves."""

from collections.abc import Awaitable, Callable
from typing import Any

from lms.joint_trainings.service.days import due_sessions, follow_session
from lms.joint_trainings.service.moves import begin_due
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

    return {"trainings.begin": begin, "sessions.follow": follow}
