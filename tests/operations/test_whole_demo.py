"""The whole demo: made once whatever is called again, with something to see in every part."""

from sqlalchemy import text

from lms.demo.whole import make_whole
from lms.kernel.database import Database
from lms.settings import Settings
from tests.cast import Cast

AT_LEAST = {
    "joint_trainings": 4, "agreement_signatures": 2, "training_sessions": 2, "bookings": 6, "attendance_marks": 4,
    "lessons": 4, "exchange_notices": 6, "exchange_introductions": 1, "focal_point_profiles": 3,
    "practice_claims": 2, "evaluation_asks": 3, "invitations": 3,
}  # fmt: skip


async def test_every_part_has_something_to_see_and_nothing_twice(
    database: Database, settings: Settings, cast: Cast
) -> None:
    await make_whole(database, settings)
    first = await counts(database)
    assert {name: first[name] >= least for name, least in AT_LEAST.items()} == dict.fromkeys(
        AT_LEAST, True
    ), first
    await make_whole(database, settings)
    assert await counts(database) == first


async def counts(database: Database) -> dict[str, int]:
    """Rows of each of these tables."""
    async with database.reading() as session:
        return {name: int(await session.scalar(text(f"SELECT count(*) FROM {name}"))) for name in AT_LEAST}
