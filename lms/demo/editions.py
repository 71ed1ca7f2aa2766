"""A course with an edition behind it, and somebody in the middle of that: to see what a new version does.

Only in a database that has no course yet: the earlier edition is published first, somebody begins, then the files are
published as they are.
"""

import json
from dataclasses import replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.beside import library_beside
from lms.catalogue.domain import Activity, ActivityKind, Edition, Module, PageText
from lms.catalogue.queries import courses, get_course, get_edition
from lms.catalogue.service import publish_library
from lms.demo.organisation import NoDemoInProduction
from lms.enrolments.domain.grading import answer_to
from lms.enrolments.domain.states import ActivityState
from lms.enrolments.queries import get_own_attempt
from lms.enrolments.service import complete_page, enrol, questions_of, start_attempt, submit_attempt
from lms.kernel.access import Actor
from lms.kernel.database import Database, table_of
from lms.people.models import Person
from lms.people.queries import get_actor
from lms.settings import Settings

COURSE, LEARNER = "agreements-that-work", "learner.li@demo.example"
LOWER = 15  # per cent by which the earlier quizzes asked less
persons = table_of(Person)


def earlier(edition: Edition) -> Edition:
    """The course as it may have been: in its first module a page less, another shorter, quizzes that asked less."""
    first, *rest = edition.course.modules
    *_, short, new = (each.key for each in first.activities if each.kind is ActivityKind.PAGE)
    kept = tuple(_easier(each) for each in first.activities if each.key != new)
    module = Module(first.key, sum(each.minutes for each in kept), kept)
    texts = {}
    for language, words in edition.texts.items():
        pages = {key: text for key, text in words.activities.items() if key != new}
        page = pages[short]
        if isinstance(page, PageText):
            pages[short] = replace(page, body="\n\n".join(page.body.split("\n\n")[:-1]))
        texts[language] = replace(words, activities=pages)
    release = replace(edition.course.release, note="Tried out with two offices, before the first edition.")
    return Edition(replace(edition.course, modules=(module, *rest), release=release), texts)


def _easier(activity: Activity) -> Activity:
    if activity.kind is not ActivityKind.QUIZ or activity.pass_mark is None:
        return activity
    return replace(activity, pass_mark=activity.pass_mark - LOWER)


async def publish_earlier(database: Database, settings: Settings) -> bool:
    """Publish the library with that course as it was before; False, and nothing, where any course is published."""
    if settings.environment == "production":
        raise NoDemoInProduction()
    library = library_beside(settings.courses_dir)
    if library.errors or COURSE not in library.courses:
        return False
    async with database.transaction() as session:
        if await session.scalar(select(courses.c.id).limit(1)) is not None:
            return False
        editions = {**library.courses, COURSE: earlier(library.courses[COURSE])}
        await publish_library(session, replace(library, courses=editions), acting=None)
    return True


async def begin_earlier(database: Database) -> None:
    """Somebody takes the first module of it: reads its pages, passes its last quiz."""
    async with database.transaction() as session:
        learner = await session.scalar(select(persons.c.id).where(persons.c.email == LEARNER))
        if learner is None:
            return
        acting = await get_actor(session, learner)
        edition = await get_edition(session, (await get_course(session, COURSE)).version_id)
        enrolment = await enrol(session, acting=acting, course=COURSE)
        activities = edition.course.modules[0].activities
        for each in activities:
            if each.kind is ActivityKind.PAGE:
                await complete_page(
                    session,
                    acting=acting,
                    enrolment_id=enrolment,
                    activity=each.key,
                    state=ActivityState.COMPLETED,
                )
        await _pass(session, acting, edition, enrolment, activities[-1].key)


async def _pass(session: AsyncSession, acting: Actor, edition: Edition, enrolment: UUID, key: str) -> None:
    """Answer a quiz rightly."""
    attempt_id = await start_attempt(session, acting=acting, enrolment_id=enrolment, activity=key)
    attempt = await get_own_attempt(session, attempt_id, actor=acting)
    right = {each.id: answer_to(each) for each in questions_of(attempt, edition)}
    # As JSON has it: a number's answer is a decimal.
    responses = json.loads(json.dumps(right, default=float))
    await submit_attempt(session, acting=acting, attempt_id=attempt_id, responses=responses)
