"""A person's learning time, due days and topic sessions as iCalendar (RFC 5545), at an address that can be taken back.

Calendar programs cannot sign in, so the address carries a secret of 256 bits. It answers with times and titles of
courses and sessions, and never with a name, a level or a result.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from icalendar import Calendar, Event
from sqlalchemy.ext.asyncio import AsyncSession

from lms.assigned.queries import open_assignments_of
from lms.catalogue.queries import get_programmes, titles_on_offer
from lms.enrolments.queries import due_days_of
from lms.focal_points.domain import SessionState
from lms.focal_points.session_queries import sessions_joined_by, timing_of
from lms.interop.invitations import Sitting, seat_in_feed
from lms.joint_trainings.queries.bookings import seats_in_calendar
from lms.kernel import clock
from lms.kernel.database import Database
from lms.kernel.errors import NotFound
from lms.kernel.i18n import Translator, translator
from lms.people.domain import digest_of
from lms.people.queries import get_person
from lms.plans.domain.schedule import WEEK
from lms.plans.domain.states import FeedNotFound
from lms.plans.queries import find_active_plan, find_feed_owner, find_learning_time

router = APIRouter(include_in_schema=False)
_PRODUCT = "-//Partnership Learning//Learning calendar//EN"
_NOTHING_KEPT = "no-store"


@router.get("/calendar/{secret}.ics")
async def read_calendar(secret: str, request: Request) -> Response:
    """The calendar behind an address; 404 for one that is unknown or was taken back."""
    database: Database = request.app.state.database
    async with database.reading() as session:
        person_id = await find_feed_owner(session, digest_of(secret))
        if person_id is None:
            raise FeedNotFound()
        calendar = await _calendar(session, person_id, request.app.state.settings.base_url)
    return Response(calendar.to_ical(), media_type="text/calendar", headers={"Cache-Control": _NOTHING_KEPT})


async def _calendar(session: AsyncSession, person_id: UUID, base_url: str) -> Calendar:
    person = await get_person(session, person_id)
    if person.erased_at is not None:
        raise NotFound()
    says = translator(person.language)
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", says.gettext("Learning"))
    titles = {each.key: each.title for each in await titles_on_offer(session, language=person.language)}
    plan = await find_active_plan(session, person_id)
    if plan is not None:
        time = await find_learning_time(session, person_id)
        for event in _blocks(plan, time, person.time_zone, titles, says, base_url):
            calendar.add_component(event)
        if plan.due_on is not None:
            name = says.gettext("Your learning plan is to be done by today")
            calendar.add_component(
                _day(f"plan-{plan.id}", plan.due_on, name, f"{base_url}/plan", plan.made_at)
            )
    for row in await due_days_of(session, person_id):
        name = says.gettext("Due: %(course)s") % {"course": titles.get(row.course, row.course)}
        address = f"{base_url}/learn/{row.course}"
        calendar.add_component(_day(f"due-{row.id}", row.due_on, name, address, row.enrolled_at))
    for event in await _assigned(session, person, titles, says, base_url):
        calendar.add_component(event)
    for event in await _seats(session, person, base_url):
        calendar.add_component(event)
    for row in await sessions_joined_by(session, person_id, now=clock.now()):
        calendar.add_component(_session(row, base_url))
    return calendar


async def _seats(session: AsyncSession, person: Any, base_url: str) -> list[Event]:
    """Sessions of joint trainings in which the person has a seat, as their invitations say them."""
    rows = await seats_in_calendar(session, person.id, since=clock.now())
    return [
        seat_in_feed(
            Sitting(
                booking_id=row.id,
                sequence=row.sequence,
                starts_at=row.starts_at,
                ends_at=row.ends_at,
                zone="UTC",  # a feed tells no rules of zones
                fold=0,
                summary=f"{row.training_title}: {row.session_title}",
                description=f"{base_url}/sessions/{row.session_id}",
                place=row.place,
                link=row.link,
            ),
            stamp=row.seated_at or row.booked_at,
        )
        for row in rows
    ]


async def _assigned(
    session: AsyncSession, person: Any, titles: dict[str, str], says: Translator, base_url: str
) -> list[Event]:
    """Due days of what a rule assigned, as they stand today."""
    programmes = (await get_programmes(session)).programmes
    events = []
    for each in await open_assignments_of(session, [person.id]):
        found = programmes.get(each.programme) if each.programme else None
        title = found.name.for_reader(person.language) if found else titles.get(str(each.course))
        path = f"programmes/{each.programme}" if each.programme else f"courses/{each.course}"
        name = says.gettext("Due: %(course)s") % {"course": title or each.programme or each.course}
        stamp = datetime.combine(each.told_on, datetime.min.time(), UTC)
        events.append(_day(f"assigned-{each.id}", each.due_on, name, f"{base_url}/{path}", stamp))
    return events


def _session(row: Any, base_url: str) -> Event:
    """A topic session that one has joined, as one moment for every zone; one that is called off says so."""
    timing = timing_of(row)
    event = Event()
    event.add("uid", f"topic-session-{row.id}@partnership-learning")
    event.add("dtstamp", row.created_at.astimezone(UTC))
    event.add("sequence", row.revision)
    event.add("dtstart", timing.begins_at.astimezone(UTC))
    event.add("dtend", timing.ends_at.astimezone(UTC))
    event.add("summary", row.title)
    event.add("status", "CANCELLED" if timing.state is SessionState.CALLED_OFF else "CONFIRMED")
    if row.place or row.link:
        event.add("location", row.place or row.link)
    event.add("url", f"{base_url}/focal-points/sessions/{row.id}")
    event.add("transp", "OPAQUE")
    return event


def _blocks(
    plan: Any, time: Any, zone: str, titles: dict[str, str], says: Translator, base_url: str
) -> Iterator[Event]:
    """Learning time of each week in which a step lies, named after the step that begins or goes on there."""
    weekday = time.weekday if time else 2
    starts_at = time.starts_at if time else datetime.min.time().replace(hour=14)
    for week, step in _weeks(plan.content["steps"]):
        day = week + timedelta(days=(weekday - week.weekday()) % 7)
        begins = datetime.combine(day, starts_at, ZoneInfo(zone))
        event = Event()
        event.add("uid", f"learning-{plan.id}-{week.isoformat()}@partnership-learning")
        event.add("dtstamp", plan.made_at.astimezone(UTC))
        event.add("sequence", plan.revision)
        event.add("dtstart", begins)
        event.add("dtend", begins + timedelta(minutes=plan.weekly_minutes))
        title = titles.get(step["key"], step["key"])
        event.add("summary", says.gettext("Learning time: %(course)s") % {"course": title})
        event.add("url", f"{base_url}/learn/{step['key']}")
        event.add("transp", "OPAQUE")
        yield event


def _weeks(steps: Sequence[dict[str, Any]]) -> Iterator[tuple[date, dict[str, Any]]]:
    """Each week once, with the first step that lies in it; practice has no time of its own."""
    seen: set[date] = set()
    for step in steps:
        if step["kind"] != "course" or step["from"] is None:
            continue
        week, last = date.fromisoformat(step["from"]), date.fromisoformat(step["until"])
        while week <= last:
            if week not in seen:
                seen.add(week)
                yield week, step
            week += WEEK


def _day(uid: str, day: date, name: str, address: str, stamp: datetime) -> Event:
    event = Event()
    event.add("uid", f"{uid}@partnership-learning")
    event.add("dtstamp", stamp.astimezone(UTC))
    event.add("dtstart", day)
    event.add("summary", name)
    event.add("url", address)
    event.add("transp", "TRANSPARENT")
    return event
