"""What a topic session sends: a mail to those who asked for it, and an entry in the calendars of those who joined."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from httpx2 import AsyncClient
from icalendar import Calendar
from sqlalchemy import text

from lms.jobs.focal_letters import session_announced
from lms.kernel.database import Database
from tests.cast import COLLEAGUE, FOCAL_POINT, HR, LEARNER, OTHER_HR, Cast
from tests.focal_points.samples import SESSIONS, announce, end_role, let_pass, make_focal_point, write_profile


@pytest.fixture(scope="module", autouse=True)
async def _others(client: AsyncClient, database: Database, cast: Cast) -> None:
    for email, entity, wants in (
        (COLLEAGUE, "uneo-kenya", True),
        (OTHER_HR, "unro", False),
        (HR, "uneo", True),
    ):
        await make_focal_point(database, cast, email, entity)
        await write_profile(client, cast, email, wants_sessions=wants)
    await write_profile(client, cast, FOCAL_POINT, wants_sessions=True)
    await end_role(database, cast, HR)


async def told(database: Database, made: str) -> dict[str, str]:
    async with database.reading() as session:
        mails = await session_announced(session, [UUID(made)], "https://learn.example")
    assert len({each.key for each in mails}) == len(mails)
    return {each.to: each.body for each in mails}


async def test_those_who_asked_for_it_are_told_of_a_new_session_and_nobody_else(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    made = await announce(client, cast, FOCAL_POINT)
    mails = await told(database, made)
    assert set(mails) == {COLLEAGUE}  # not the host, not who did not ask, not who is none any more
    assert f"https://learn.example/focal-points/sessions/{made}" in mails[COLLEAGUE]
    async with database.reading() as session:
        jobs = await session.scalars(
            text("SELECT args FROM procrastinate_jobs WHERE task_name = 'mail.session_announced'")
        )
        assert [each["ids"] for each in jobs] == [[made]]  # one job for the session, not one for each reader
    await client.post(f"{SESSIONS}/{made}/call-off", headers=cast.token(FOCAL_POINT))
    assert await told(database, made) == {}


async def test_a_group_s_meeting_is_told_to_its_members(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    made = await announce(client, cast, OTHER_HR)
    await client.post(f"{SESSIONS}/{made}/join", headers=cast.token(FOCAL_POINT))
    await let_pass(database, made)
    sent = {"title": "Inner circle", "purpose": "P"}
    group = await client.post(f"{SESSIONS}/{made}/carry-on", json=sent, headers=cast.token(OTHER_HR))
    meeting = await announce(client, cast, OTHER_HR, group=group.json()["id"])
    assert set(await told(database, meeting)) == {FOCAL_POINT}


async def test_the_calendar_holds_what_one_joined_at_its_one_moment_and_says_what_is_called_off(
    client: AsyncClient, cast: Cast
) -> None:
    hers = cast.token(COLLEAGUE)
    address = (await client.post("/api/v1/me/calendar", headers=hers)).json()["address"]
    path = "/calendar/" + address.rpartition("/")[2]
    # Over a change of clocks: half past one to four, though only ninety minutes pass.
    night = {"local_date": "2027-03-28", "local_time": "01:30", "time_zone": "Europe/Paris", "minutes": 90}
    made = await announce(client, cast, FOCAL_POINT, title="Night session", **night)

    async def entry() -> Calendar | None:
        calendar = Calendar.from_ical((await client.get(path)).content)
        found = [each for each in calendar.walk("VEVENT") if each["summary"] == "Night session"]
        return found[0] if found else None

    assert await entry() is None
    await client.post(f"{SESSIONS}/{made}/join", headers=hers)
    joined = await entry()
    assert joined is not None
    assert joined["dtstart"].dt == datetime(2027, 3, 28, 0, 30, tzinfo=UTC)
    assert joined["dtend"].dt == datetime(2027, 3, 28, 2, 0, tzinfo=UTC)
    assert (joined["status"], joined["sequence"]) == ("CONFIRMED", 1)
    await client.post(f"{SESSIONS}/{made}/call-off", headers=cast.token(FOCAL_POINT))
    off = await entry()
    assert off is not None
    assert (off["uid"], off["status"], off["sequence"]) == (joined["uid"], "CANCELLED", 2)
    left = await announce(client, cast, FOCAL_POINT, title="Left again")
    await client.post(f"{SESSIONS}/{left}/join", headers=hers)
    await client.post(f"{SESSIONS}/{left}/leave", headers=hers)
    assert b"Left again" not in (await client.get(path)).content
    learner = (await client.post("/api/v1/me/calendar", headers=cast.token(LEARNER))).json()["address"]
    assert b"Night session" not in (await client.get("/calendar/" + learner.rpartition("/")[2])).content
