"""The demo's needs and offers: made once, each with something that fits, and two of them introduced."""

from sqlalchemy import func, select

from lms.catalogue.queries import get_taxonomy
from lms.demo.exchange import make_exchange
from lms.demo.office import furnish
from lms.demo.partners import make_partners
from lms.joint_trainings.domain.exchange import NoticeKind
from lms.joint_trainings.queries.exchange import Filters, list_notices, notices
from lms.joint_trainings.queries.introductions import list_introductions
from lms.joint_trainings.service.exchange import fits_for
from lms.kernel.database import Database
from lms.people.queries import get_actor
from lms.settings import Settings
from tests.cast import COORDINATOR, Cast


async def test_needs_and_offers_fit_and_are_made_once(
    database: Database, settings: Settings, cast: Cast
) -> None:
    await make_exchange(database, settings)  # before there are partners nothing is posted
    await furnish(database, settings)
    await make_partners(database, settings)
    for _ in range(2):
        await make_exchange(database, settings)
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(notices)) == 6
        actor = await get_actor(session, cast.ids[COORDINATOR])
        taxonomy = await get_taxonomy(session)
        needs = await list_notices(
            session, NoticeKind.NEED, actor=actor, taxonomy=taxonomy, filters=Filters(), after=None, limit=9
        )
        assert len(needs) == 3
        for each in needs:
            assert await fits_for(session, each, actor=actor, limit=3), each.title
        [introduction] = await list_introductions(session, actor=actor, limit=9)
    assert (introduction.need_entity, introduction.offer_partner) == ("uneo-africa", "baobab-solar")
