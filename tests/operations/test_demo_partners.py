"""The demo's partners: made once, with an example of each state of the gate, and doors for those who keep it."""

from sqlalchemy import text

from lms.demo.office import furnish
from lms.demo.partners import make_partners
from lms.kernel.database import Database
from lms.partners.domain.gate import Effort, Scope
from lms.partners.queries import id_of
from lms.partners.screening import verdict_on
from lms.settings import Settings
from tests.cast import Cast

STATES = {
    "baobab-solar": None,
    "quinoa-and-sons": "decision",
    "harbour-cement": "warning",
    "lantern-foundation": None,  # by a waiver
    "meridian-leaf": "exclusion",
    "northwind-chamber": "decision",
}


async def test_each_state_has_its_partner_and_nothing_is_made_twice(
    database: Database, settings: Settings, cast: Cast
) -> None:
    assert await make_partners(database, settings) is not None  # before there is an office nothing is made
    await furnish(database, settings)
    accounts = await make_partners(database, settings)
    assert {"screening_officer", "partner_coordinator"} <= {each["role"] for each in accounts}
    assert await make_partners(database, settings) == accounts
    async with database.reading() as session:
        for key, rule in STATES.items():
            partner_id = await id_of(session, key)
            assert partner_id is not None
            verdict = await verdict_on(
                session, partner_id, "/uneo/", scope=Scope.JOINT_TRAINING, effort=Effort.FULL
            )
            failed = [each.rule.value for each in verdict.reasons if each.standing == "not_met"]
            assert (verdict.is_clear, failed[:1]) == (rule is None, [rule] if rule else [])
        counts = text("SELECT count(*), count(accepted_at), count(withdrawn_at) FROM invitations")
        assert tuple((await session.execute(counts)).one()) == (4, 2, 1)
