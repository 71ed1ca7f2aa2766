"""The demo's sessions: one training with a partner whose seats are shared out, one that is full with a line."""

from sqlalchemy import text

from lms.demo.sessions import make_sessions
from lms.demo.whole import furnish_whole
from lms.kernel.database import Database
from lms.settings import Settings
from tests.cast import Cast

_STATES = text(
    "SELECT s.title, string_agg(b.state, ' ' ORDER BY b.number) FROM training_sessions s"
    " LEFT JOIN bookings b ON b.session_id = s.id JOIN joint_trainings t ON t.id = s.training_id"
    " WHERE t.title = ANY(:titles) GROUP BY s.id, s.title ORDER BY s.starts_at"
)


async def test_the_demo_s_sessions_are_made_once(database: Database, settings: Settings, cast: Cast) -> None:
    await make_sessions(database, settings)  # before the partner has a coordinator nothing is made
    await furnish_whole(database, settings)  # other parts of the demo have sessions of their own
    await make_sessions(database, settings)
    titles = ["Agreements for small solar grids", "Writing a results table that both sides can use"]
    async with database.reading() as session:
        found = [tuple(row) for row in await session.execute(_STATES, {"titles": titles})]
    whole = "seated seated seated seated seated held"
    assert found == [
        ("Morning in Nairobi", "seated seated waitlisted waitlisted"),
        ("Afternoon in Rome", None),
        ("What a memorandum binds us to", whole),
        ("Who carries which risk", whole),
    ]
