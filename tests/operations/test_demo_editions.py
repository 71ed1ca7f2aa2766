"""The demo's course with an edition behind it: what differs, and what somebody in the middle of it keeps."""

import asyncio
from datetime import UTC, datetime

from pydantic import SecretStr
from sqlalchemy import text

from lms import migrations
from lms.adapters import embedded_postgres
from lms.adapters.embedded_postgres import Cluster
from lms.catalogue.beside import library_beside
from lms.catalogue.domain.difference import Aspect, Standing, difference
from lms.cli.serving import _make_demo
from lms.demo.editions import COURSE, LEARNER, earlier
from lms.enrolments.domain.moving import plan_move
from lms.enrolments.domain.states import ActivityState, moved_forward
from lms.kernel.database import Database, make_engine
from lms.settings import PROJECT, Settings


def test_the_earlier_edition_shows_every_kind_of_change() -> None:
    new = library_beside(PROJECT / "courses").courses[COURSE]
    old = earlier(new)
    found = difference(old, new)
    aspects = {aspect for each in found.activities.values() for aspect in each.aspects}
    assert aspects == {Aspect.WORDS, Aspect.PASS_MARK}
    assert [each.key for each in found.activities.values() if each.standing is Standing.ADDED]
    progress: dict[str, dict[str, str]] = {}
    for each in old.course.modules[0].activities:
        moved = moved_forward(progress, each.key, ActivityState.COMPLETED, datetime(2026, 1, 1, tzinfo=UTC))
        progress = {key: dict(value) for key, value in moved.items()}
    move = plan_move(old, new, progress, material=False)
    assert move.kept
    assert move.again
    assert move.new


async def test_made_again_it_is_left_as_it_is(database: Database, settings: Settings) -> None:
    """Where a course is published, no edition is put behind it: no version appears that nobody published."""
    count = text("SELECT count(*) FROM course_versions")
    async with database.reading() as session:
        before = await session.scalar(count)
    await _make_demo(database, settings)
    async with database.reading() as session:
        assert await session.scalar(count) == before


async def test_in_an_empty_database_somebody_is_in_the_middle(cluster: Cluster, settings: Settings) -> None:
    embedded_postgres.ensure_database(cluster, "test_demo_editions")
    url = cluster.url("test_demo_editions")
    await asyncio.to_thread(migrations.upgrade, url)
    database = Database(make_engine(url, pool_size=2))
    try:
        await _make_demo(database, settings.model_copy(update={"database_url": SecretStr(url)}))
        async with database.reading() as session:
            (row,) = (await session.execute(_IN_THE_MIDDLE, {"course": COURSE, "email": LEARNER})).all()
    finally:
        await database.close()
    assert (row.number, row.newest, row.state) == (1, 2, "active")
    assert len(row.progress) == 3


_IN_THE_MIDDLE = text(
    """SELECT v.number, w.number AS newest, n.state, n.progress
         FROM enrolments n JOIN courses c ON c.id = n.course_id JOIN persons p ON p.id = n.person_id
         JOIN course_versions v ON v.id = n.course_version_id JOIN course_versions w ON w.id = c.current_version_id
        WHERE c.key = :course AND p.email = :email"""
)
