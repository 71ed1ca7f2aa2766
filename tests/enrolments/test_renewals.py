"""When a completion can be renewed and which reminder is due, as laws; the mails of a day, against the database."""

import email
from dataclasses import replace
from datetime import date, timedelta
from email import policy
from email.message import EmailMessage

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from lms.catalogue.beside import library_beside
from lms.catalogue.domain import Change, Course, Edition, Release, Renewal, Teaches
from lms.catalogue.queries import refs_by_key
from lms.catalogue.service import publish_library
from lms.completions.service import Finished, record_elsewhere
from lms.completions.waivers import waive
from lms.enrolments.domain.renewals import ENDED, OPENED, TOLD_WITHIN_DAYS, Lapsing, RenewalState
from lms.enrolments.service import enrol
from lms.jobs.tasks import Outside, remind_of_renewals
from lms.kernel import clock
from lms.kernel.database import Database
from lms.people.queries import get_actor
from lms.settings import Settings
from tests.cast import COLLEAGUE, HR, LEARNER, SUPERVISOR, VOLUNTEER, Cast

LADDER, LEGAL = [30, 7, 1], "legal-foundations"
until = st.dates(date(2026, 1, 1), date(2030, 1, 1))
near = st.integers(-400, 400)
windows = st.integers(1, 365)


COURSE = Course(
    key="a-course",
    provider="an-office",
    original="en",
    languages=("en",),
    audiences=("un-personnel",),
    focuses=(),
    modalities=(),
    prerequisites=(),
    teaches=(Teaches("legal-instruments", 1),),
    release=Release(Change.MINOR, "First edition."),
    modules=(),
)


def course_of(window: int, *modules: str) -> Course:
    return replace(COURSE, renewal=Renewal(window, modules))


@given(until, near, windows, st.booleans())
def test_it_is_open_from_the_window_to_the_end_and_lapsed_after(
    end: date, days: int, window: int, superseded: bool
) -> None:
    course, day = course_of(window, "papers"), end + timedelta(days=days)
    state = Lapsing(end, superseded).state_on(day, course)
    if day > end:
        assert state is RenewalState.LAPSED
    elif superseded or (end - day).days <= window:
        assert state is RenewalState.OPEN
    else:
        assert state is RenewalState.STANDS
    assert Lapsing(end, superseded).takes_short_path(day, course) == (state is RenewalState.OPEN)
    assert not Lapsing(end, superseded).takes_short_path(day, course_of(window))
    assert Lapsing(None).state_on(day, course) is RenewalState.STANDS


@given(until, windows)
def test_over_the_days_each_rung_is_told_once_and_in_order(end: date, window: int) -> None:
    course = course_of(window)
    told: list[int] = []
    for back in range(window + 3, -TOLD_WITHIN_DAYS - 3, -1):
        rung = Lapsing(end).reminder_on(end - timedelta(days=back), course, LADDER)
        if rung is not None and rung not in told:
            told.append(rung)
    assert told == sorted(told, reverse=True)
    assert told[-1] == ENDED and {rung for rung in LADDER if rung <= window} <= set(told)
    assert (OPENED in told) == (window > max(LADDER))


@given(until, st.integers(0, 400), windows)
def test_a_day_without_the_job_is_made_up_for_by_one_mail(end: date, back: int, window: int) -> None:
    rung = Lapsing(end).reminder_on(end - timedelta(days=back), course_of(window), LADDER)
    assert (rung is None) == (back > window)
    if rung is not None and rung != OPENED:
        assert rung >= back and not any(back <= other < rung for other in LADDER)


async def record(database: Database, cast: Cast, person: str, day: date, end: date) -> None:
    async with database.transaction() as session:
        ref = (await refs_by_key(session, [LEGAL]))[LEGAL]
        finished = Finished(
            person_id=cast.ids[person],
            course_id=ref.id,
            course_version_id=ref.version_id,
            minutes=60,
            occurred_on=day,
            valid_until=end,
            sender="test",
        )
        await record_elsewhere(session, acting=await get_actor(session, cast.ids[HR]), finished=[finished])


def mails_to(settings: Settings, person: str) -> list[EmailMessage]:
    read = [
        email.message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in sorted((settings.var_dir / "mail").rglob("*"))
        if path.is_file()
    ]
    return [each for each in read if each["To"] == person and "To be renewed" in str(each["Subject"])]


async def test_who_is_here_is_reminded_once_a_rung_by_the_shorter_path(
    database: Database, cast: Cast, settings: Settings
) -> None:
    library = library_beside(settings.courses_dir)
    edition = library.courses[LEGAL]
    first = edition.course.modules[0]
    course = replace(edition.course, renewal=Renewal(60, (first.key,)))
    courses = {**library.courses, LEGAL: Edition(course, edition.texts)}
    async with database.transaction() as session:
        await publish_library(session, replace(library, courses=courses), acting=None)
    today = clock.today()
    for person in (COLLEAGUE, VOLUNTEER):
        await record(database, cast, person, today - timedelta(days=400), today + timedelta(days=20))
    async with database.transaction() as session:
        await session.execute(
            text("INSERT INTO absences (id, person_id, from_on, until_on, created_at) VALUES "
                 "(gen_random_uuid(), :person, current_date - 1, current_date + 1, now())"),
            {"person": cast.ids[VOLUNTEER]},
        )  # fmt: skip
    outside = Outside(settings)
    try:
        await remind_of_renewals(outside)
        await remind_of_renewals(outside)
    finally:
        await outside.close()
    [mail] = mails_to(settings, COLLEAGUE)
    assert "/courses/legal-foundations" in mail.get_content() and "shorter path" in mail.get_content()
    assert not mails_to(settings, VOLUNTEER), "who is absent is told nothing"


async def test_who_has_done_it_anew_is_not_reminded(
    database: Database, cast: Cast, settings: Settings
) -> None:
    today = clock.today()
    await record(database, cast, LEARNER, today - timedelta(days=700), today + timedelta(days=5))
    await record(database, cast, LEARNER, today - timedelta(days=2), today + timedelta(days=900))
    outside = Outside(settings)
    try:
        await remind_of_renewals(outside)
    finally:
        await outside.close()
    assert not mails_to(settings, LEARNER)


async def test_a_waiver_that_ends_is_not_renewed_and_shortens_nothing(
    database: Database, cast: Cast, settings: Settings
) -> None:
    """After the tests above the course has a shorter path, open for sixty days."""
    soon = clock.today() + timedelta(days=7)
    async with database.transaction() as session:
        acting = await get_actor(session, cast.ids[HR])
        for course in ("partnership-essentials", LEGAL):
            await waive(
                session, acting=acting, person=SUPERVISOR, course=course, reason="Away.", valid_until=soon
            )
    outside = Outside(settings)
    try:
        await remind_of_renewals(outside)
    finally:
        await outside.close()
    assert not mails_to(settings, SUPERVISOR)
    async with database.transaction() as session:
        made = await enrol(session, acting=await get_actor(session, cast.ids[SUPERVISOR]), course=LEGAL)
        renews = await session.scalar(text("SELECT renews_id FROM enrolments WHERE id = :id"), {"id": made})
    assert renews is None, "who was exempted has not taken the course"
