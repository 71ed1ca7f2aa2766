"""The demo's focal points: made once, with a session that carried on as a group, and offices without one."""

from sqlalchemy import text

from lms.demo.focal_points import make_focal_points
from lms.demo.office import furnish
from lms.demo.partners import make_partners
from lms.kernel.database import Database
from lms.settings import Settings
from tests.cast import Cast

COUNTED = """SELECT (SELECT count(*) FROM focal_point_profiles) AS profiles, (SELECT count(*) FROM company_exchanges)
                    AS exchanges, (SELECT count(*) FROM topic_sessions) AS sessions,
                    (SELECT count(*) FROM working_group_members) AS members"""


async def test_focal_points_meet_once(database: Database, settings: Settings, cast: Cast) -> None:
    for made in ((0, 0, 0, 0), (4, 2, 3, 3), (4, 2, 3, 3)):
        await make_focal_points(database, settings)
        async with database.reading() as session:
            assert tuple((await session.execute(text(COUNTED))).one()) == made
        if not made[0]:  # before there is an office nothing is made
            await furnish(database, settings)
            await make_partners(database, settings)
