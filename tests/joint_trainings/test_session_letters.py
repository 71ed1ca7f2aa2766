"""Mails of sessions: an invitation that updates and cancels properly in a calendar, and reminders, once each."""

import email
from datetime import datetime, timedelta
from email import policy
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from httpx2 import AsyncClient
from icalendar import Calendar
from sqlalchemy import text
from time_machine import travel

from lms.interop.invitations import Sitting, invitation
from lms.jobs.session_letters import Letters
from lms.jobs.tasks import Outside, remind_of_sessions
from lms.jobs.worker import work_off
from lms.kernel import clock
from lms.kernel.database import Database
from lms.kernel.ids import new_id
from lms.settings import Settings
from tests.cast import COLLEAGUE, FOCAL_POINT, LEARNER, VOLUNTEER, Cast
from tests.joint_trainings.samples import book, in_days, planned, published

SESSIONS = "/api/v1/sessions"


def mails(settings: Settings, to: str, about: str) -> list[Any]:
    """Mails to an address with words in the subject, the one written last first."""
    paths = sorted(
        Path(settings.var_dir / "mail").glob("*.eml"), key=lambda path: path.stat().st_mtime_ns, reverse=True
    )
    read = [email.message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]
    return [each for each in read if each["To"] == to and about in each["Subject"]]


def entry(mail: Any) -> tuple[str, Any]:
    """The method and the one event of a mail's invitation."""
    (part,) = [each for each in mail.walk() if each.get_content_type() == "text/calendar"]
    calendar = Calendar.from_ical(part.get_content())
    assert part.get_param("method") == calendar["method"]
    (event,) = calendar.walk("VEVENT")
    return str(calendar["method"]), event


async def test_an_entry_moves_and_goes_with_its_session(
    client: AsyncClient, cast: Cast, settings: Settings
) -> None:
    training = await published(client, cast, every_session=False)
    made = await planned(client, cast, training["id"], title="Clauses", seats=1)
    await book(client, cast, made["id"], LEARNER)
    await book(client, cast, made["id"], COLLEAGUE)
    await work_off(settings)
    (seat,) = mails(settings, LEARNER, "You have a seat: Clauses")
    method, first = entry(seat)
    assert (method, first["sequence"], str(first["attendee"])) == ("REQUEST", 0, f"mailto:{LEARNER}")
    assert first["dtstart"].dt == datetime.fromisoformat(made["starts_at"])
    assert str(first["dtstart"].params["TZID"]) == "Africa/Nairobi"
    feed = await _feed(client, cast)
    assert [str(each["uid"]) for each in feed] == [str(first["uid"])] and "attendee" not in feed[0]
    (waits,) = mails(settings, COLLEAGUE, "You are on the waitlist: Clauses")
    assert not waits.is_multipart(), "who waits has nothing in the calendar yet"
    address, headers = f"{SESSIONS}/{made['id']}", cast.token(FOCAL_POINT) | {"If-Match": "*"}
    await client.patch(address, json={"local_on": in_days(33).isoformat()}, headers=headers)
    await work_off(settings)
    method, moved = entry(mails(settings, LEARNER, "Another time or place: Clauses")[0])
    assert (method, moved["sequence"], moved["uid"]) == ("REQUEST", 1, first["uid"])
    assert moved["dtstart"].dt - first["dtstart"].dt == timedelta(days=3)
    assert not mails(settings, COLLEAGUE, "Another time or place: Clauses")
    await client.post(f"{address}/cancellation", json={"reason": "Flood."}, headers=headers)
    await work_off(settings)
    (gone,) = mails(settings, LEARNER, "Cancelled: Clauses")
    method, gone_entry = entry(gone)
    assert (method, gone_entry["sequence"], str(gone_entry["status"])) == ("CANCEL", 2, "CANCELLED")
    assert gone_entry["uid"] == first["uid"] and "Flood." in gone.get_body(("plain",)).get_content()
    assert not mails(settings, COLLEAGUE, "Cancelled: Clauses")[0].is_multipart()


async def _feed(client: AsyncClient, cast: Cast) -> list[Any]:
    """Seats in one's own calendar, at its private address."""
    made = await client.post("/api/v1/me/calendar", headers=cast.token(LEARNER))
    path = "/calendar/" + made.json()["address"].rpartition("/calendar/")[2]
    calendar = Calendar.from_ical((await client.get(path)).content)
    return [each for each in calendar.walk("VEVENT") if str(each["uid"]).startswith("booking-")]


async def test_who_moves_up_is_told_and_who_gives_back_loses_the_entry(
    client: AsyncClient, cast: Cast, settings: Settings
) -> None:
    training = await published(client, cast, every_session=False)
    made = await planned(client, cast, training["id"], title="Budgets", seats=1)
    own = (await book(client, cast, made["id"], LEARNER)).json()
    await book(client, cast, made["id"], VOLUNTEER)
    await client.post(f"/api/v1/bookings/{own['id']}/cancellation", headers=cast.token(LEARNER))
    await work_off(settings)
    (back,) = mails(settings, LEARNER, "Your seat is given back: Budgets")
    method, event = entry(back)
    assert (method, event["sequence"]) == ("CANCEL", 1)
    assert [entry(each)[0] for each in mails(settings, VOLUNTEER, "Budgets")] == ["REQUEST"]


async def test_reminders_go_out_once(
    client: AsyncClient, cast: Cast, settings: Settings, database: Database
) -> None:
    training = await published(client, cast, every_session=False)
    made = await planned(client, cast, training["id"], title="Mornings")
    own = (await book(client, cast, made["id"], LEARNER)).json()["id"]
    starts, outside = datetime.fromisoformat(made["starts_at"]), Outside(settings)
    letters = Letters(settings.mail_from)
    sent = text("SELECT count(*) FROM sent_mails WHERE key LIKE :key")
    try:
        for hours, number in ((200, 0), (160, 1), (150, 1), (100, 1), (23, 2), (2, 2)):
            with travel(starts - timedelta(hours=hours), tick=True):
                await remind_of_sessions(outside, letters)
                async with database.transaction() as session:  # a job that died before it marked them
                    await session.execute(text("UPDATE training_sessions SET day_reminded_at = NULL"))
            async with database.reading() as session:
                assert await session.scalar(sent, {"key": f"session-reminder:{own}:%"}) == number, hours
    finally:
        await outside.close()
    assert mails(settings, LEARNER, "In a week: Mornings") and mails(settings, LEARNER, "Tomorrow: Mornings")


def test_a_time_that_comes_twice_is_written_in_utc() -> None:
    """RFC 5545, 3.3.5: such a local time means the first of the two."""
    paris = ZoneInfo("Europe/Paris")
    for fold, written in ((0, "DTSTART;TZID=Europe/Paris:20271031T023000"), (1, "DTSTART:20271031T013000Z")):
        begins = datetime(2027, 10, 31, 2, 30, tzinfo=paris, fold=fold)
        sitting = Sitting(
            new_id(), 0, begins, begins + timedelta(hours=2), "Europe/Paris", fold, "T", "D", "Here", None,
            "a@b.example", 'A "B"; C', "o@b.example",
        )  # fmt: skip
        said = invitation(sitting, "REQUEST", stamp=clock.now())
        assert written in said
        assert len(said) < 4000, "the zone's rules of these years only"
