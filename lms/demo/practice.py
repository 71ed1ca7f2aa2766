"""The demo's practice: one attested with another level than was claimed, one that waits for the reporting officer."""

from datetime import timedelta

from sqlalchemy import select

from lms.demo.organisation import NoDemoInProduction
from lms.kernel import clock
from lms.kernel.database import Database, table_of
from lms.people.models import Person
from lms.people.queries import get_actor
from lms.practice import service
from lms.practice.domain import Described, Indicator
from lms.practice.models import PracticeClaim
from lms.settings import Settings

persons, claims = table_of(Person), table_of(PracticeClaim)
WHO, OFFICER = "learner@demo.example", "supervisor@demo.example"


async def make_practice(database: Database, settings: Settings) -> None:
    """Make both; a second time, or without the demo's partners, nothing happens."""
    if settings.environment == "production":
        raise NoDemoInProduction()
    async with database.transaction() as session:
        people = {row.email: row.id for row in await session.execute(select(persons.c.email, persons.c.id))}
        there = await session.scalar(select(claims.c.id).limit(1))
        if not {WHO, OFFICER, "partner@demo.example"} <= set(people) or there is not None:
            return
        person, officer = await get_actor(session, people[WHO]), await get_actor(session, people[OFFICER])
        for described in _described():
            claim = await service.describe(session, acting=person, described=described)
            await service.submit(session, acting=person, claim=claim, described=described)
            if described.until_on is not None:
                levels = {key: level - 1 for key, level in described.levels.items()}
                words = "The talks were held as described; the last round was led by the regional office."
                await service.attest(session, acting=officer, claim=claim, levels=levels, words=words)


def _described() -> tuple[Described, Described]:
    today = clock.today()
    grids = Described(
        role="Brought a solar company and two county governments to one table",
        partner="baobab-solar",
        from_on=today - timedelta(days=400),
        until_on=today - timedelta(days=120),
        place="Turkana and Marsabit, Kenya",
        outcome="Both counties signed a maintenance plan with the company before the first grid was built.",
        indicators=(Indicator("Counties with a signed maintenance plan", "2 of 2"),),
        levels={"negotiation": 3},
    )
    training = Described(
        role="Designs the exercises of a training with the company's engineers",
        partner="baobab-solar",
        from_on=today - timedelta(days=60),
        place="Nairobi",
        outcome="Four exercises are tried out; two were dropped after the first trial.",
        levels={"facilitation": 2, "partnership-design": 2},
    )
    return grids, training
