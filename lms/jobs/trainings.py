"""What joint trainings do by themselves."""

from collections.abc import Awaitable, Callable
from typing import Any

from lms.joint_trainings.service.moves import begin_due
from lms.kernel.database import Database

Work = Callable[..., Awaitable[None]]


def tasks(database: Callable[[], Database]) -> dict[str, Work]:
    """Each job of joint trainings by its name."""

    async def begin(**_: Any) -> None:
        async with database().transaction() as session:
            await begin_due(session)

    return {"trainings.begin": begin}
