"""The demo's lessons: three in the library, one in French and Arabic too, one with a name that agreed; one waits."""

from lms.demo.lessons import make_lessons
from lms.demo.office import furnish
from lms.demo.partners import make_partners
from lms.joint_trainings.queries.lesson_library import LessonFilters, list_lessons
from lms.joint_trainings.queries.lessons import waiting_for
from lms.kernel.database import Database
from lms.people.queries import get_actor
from lms.settings import Settings
from tests.cast import COORDINATOR, Cast


async def test_the_demo_s_lessons_are_made_once(database: Database, settings: Settings, cast: Cast) -> None:
    await make_lessons(database, settings)  # before the partner has a coordinator nothing is made
    await furnish(database, settings)
    await make_partners(database, settings)
    for _ in range(2):
        await make_lessons(database, settings)
    async with database.reading() as session:
        rows = await list_lessons(session, LessonFilters(), reader="ar", limit=10)
        assert [sorted(row.languages) for row in rows] == [["en"], ["en"], ["ar", "en", "fr"]]
        assert [row.language for row in rows] == ["en", "en", "ar"]
        assert ["Baobab Solar" in row.done for row in rows] == [False, True, False]
        assert len({row.published_on for row in rows}) == 3
        acting = await get_actor(session, cast.ids[COORDINATOR])
        assert len(await waiting_for(session, actor=acting, after=None, limit=10)) == 1
