"""The demo's colleagues: added once, and what they did makes reports, teams and queues worth looking at."""

from sqlalchemy import func, select

from lms.completions.models import Completion
from lms.demo.office import furnish
from lms.enrolments.models import Submission
from lms.kernel import clock
from lms.kernel.database import Database, table_of
from lms.people.models import Person
from lms.people.queries import get_actor
from lms.prior_learning.models import LearningRequest
from lms.recognition.domain import Period
from lms.reports import recognition
from lms.settings import Settings
from tests.cast import HR, Cast

persons, submissions = table_of(Person), table_of(Submission)
completions, requests = table_of(Completion), table_of(LearningRequest)


async def test_colleagues_are_added_once_and_their_facts_with_them(
    database: Database, settings: Settings, cast: Cast
) -> None:
    await furnish(database, settings)
    async with database.reading() as session:
        people = await session.scalar(select(func.count()).select_from(persons))
    await furnish(database, settings)
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(persons)) == people
        period = Period(clock.today().replace(year=clock.today().year - 2, day=1), clock.today())
        acting = await get_actor(session, cast.ids[HR])
        frame = await recognition.frame(session, actor=acting, entity="uneo", period=period)
        rows, _ = await recognition.build_page(session, frame, after=None, limit=50)
        states = set(await session.scalars(select(submissions.c.state)))
        sources = set(await session.scalars(select(completions.c.source)))
        asked = list(await session.scalars(select(requests.c.state)))
    assert sources == {"recorded", "waiver", "equivalence", "prior_learning"}
    assert sorted(asked) == ["confirmed", "refused", "submitted", "submitted"]
    assert len(rows) > 20
    assert any(2 in row.facts.competencies.values() for row in rows)  # assessed work
    wrongly = next(row for row in rows if row.name == "Anna Nováková")
    assert (wrongly.facts.courses, wrongly.facts.competencies) == (0, {})  # the revocation took all with it
    assert states == {"submitted", "assessed"}
