"""A programme completed here is told by mail; one found in what was recorded elsewhere is not."""

import email
from datetime import timedelta
from email import policy

from httpx2 import AsyncClient

from lms.catalogue.beside import library_beside
from lms.jobs.worker import work_off
from lms.kernel import clock
from lms.settings import Settings
from tests.cast import COLLEAGUE, HR, OTHER_HR, OTHER_LEARNER, Cast
from tests.journeys.learning import take_course

INTRODUCTION = "partner-introduction"


async def record(client: AsyncClient, cast: Cast, hr: str, person: str, courses: list[str]) -> None:
    day = str(clock.today() - timedelta(days=20))
    rows = [
        {"person": person, "course": course, "occurred_on": day, "source": "before"} for course in courses
    ]
    answer = await client.post(
        "/api/v1/completions/batch", json={"completions": rows}, headers=cast.token(hr)
    )
    assert answer.json()["recorded"] == len(courses), answer.text


def mails_about(settings: Settings, to: str) -> list[str]:
    folder = settings.var_dir / "mail"
    read = [
        email.message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in folder.glob("programme-completed-*.eml")
    ]
    return [str(mail["Subject"]) for mail in read if mail["To"] == to]


async def test_the_last_course_taken_here_brings_a_mail_in_the_reader_s_language(
    client: AsyncClient, cast: Cast, settings: Settings
) -> None:
    library = library_beside(settings.courses_dir)
    introduction = library.programmes.get(INTRODUCTION)
    assert introduction is not None
    last = "legal-foundations"
    others = sorted(library.programmes.courses_of(INTRODUCTION) - {last})
    await record(client, cast, OTHER_HR, OTHER_LEARNER, others)
    before = mails_about(settings, OTHER_LEARNER)
    # The demo's history holds the last one already; taken here again, nothing new is complete.
    own = await client.get("/api/v1/programme-completions", headers=cast.token(OTHER_LEARNER))
    assert [each["programme"] for each in own.json()["items"]] == [INTRODUCTION]
    await work_off(settings)
    assert mails_about(settings, OTHER_LEARNER) == before == []
    await record(client, cast, HR, COLLEAGUE, [each for each in others if each != "partnership-essentials"])
    await take_course(client, cast.token(COLLEAGUE), library.courses[last])
    await work_off(settings)
    [subject] = mails_about(settings, COLLEAGUE)
    assert introduction.name.for_reader("en") in subject
