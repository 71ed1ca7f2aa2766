"""The whole demo, in the order in which its parts rest on each other. Made twice it is made once."""

from lms.catalogue.queries import get_taxonomy, refs_by_key
from lms.demo.attendance import make_attendance
from lms.demo.evaluations import make_evaluations
from lms.demo.exchange import make_exchange
from lms.demo.focal_points import make_focal_points
from lms.demo.lessons import make_lessons
from lms.demo.office import furnish
from lms.demo.organisation import make_demo
from lms.demo.partners import make_partners
from lms.demo.practice import make_practice
from lms.demo.sessions import make_sessions
from lms.demo.trainings import make_trainings
from lms.kernel.database import Database
from lms.settings import Settings


async def _has_our_library(database: Database) -> bool:
    async with database.reading() as session:
        known = {each.key for each in (await get_taxonomy(session)).competencies}
        return "negotiation" in known and "legal-foundations" in await refs_by_key(
            session, ["legal-foundations"]
        )


async def make_whole(database: Database, settings: Settings) -> list[dict[str, str]]:
    """Everything on top of the published courses; the accounts of those one can sign in as."""
    accounts = await make_demo(database, settings)
    return await furnish_whole(database, settings) or accounts


async def furnish_whole(database: Database, settings: Settings) -> list[dict[str, str]] | None:
    """What stands on the demo organisation: colleagues, partners, and what they do together.

    That last part speaks of our library's competencies and courses; with another library it is left out.
    """
    await furnish(database, settings)
    accounts = await make_partners(database, settings)
    if not await _has_our_library(database):
        return accounts
    await make_focal_points(database, settings)
    await make_exchange(database, settings)
    await make_trainings(database, settings)
    await make_lessons(database, settings)
    await make_attendance(database, settings)
    await make_sessions(database, settings)
    await make_evaluations(database, settings)
    await make_practice(database, settings)
    return accounts
