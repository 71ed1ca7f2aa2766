"""The demo's lessons: trainings that are over, what was learned there, and one lesson that waits for its reviewer."""

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.demo.organisation import NoDemoInProduction
from lms.joint_trainings.domain.lessons import FIELDS, Draft, Outcome, digest_of, words_from
from lms.joint_trainings.domain.states import TrainingState, way_of
from lms.joint_trainings.domain.trainings import HostRef, Proposal, Terms
from lms.joint_trainings.models.lessons import Lesson
from lms.joint_trainings.models.trainings import JointTraining, TrainingHost, TrainingMove
from lms.joint_trainings.queries.trainings import hosts_of
from lms.joint_trainings.service import lesson_translations, lessons
from lms.joint_trainings.service.trainings import propose
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import Database, table_of
from lms.kernel.writes import flush
from lms.people.models import Person
from lms.people.queries import get_actor
from lms.settings import Settings

LESSONS = Path(__file__).parent / "lessons.yaml"
persons, lessons_table = table_of(Person), table_of(Lesson)


async def make_lessons(database: Database, settings: Settings) -> None:
    """Add trainings that are over and their lessons; a second time, or without the demo's people, nothing happens."""
    if settings.environment == "production":
        raise NoDemoInProduction()
    given = yaml.safe_load(LESSONS.read_text(encoding="utf-8"))
    async with database.transaction() as session:
        people = {row.email: row.id for row in await session.execute(select(persons.c.email, persons.c.id))}
        needed = {given["by"], given["reviewer"], "partner@demo.example"}
        there = await session.scalar(select(lessons_table.c.id).limit(1))
        if there is not None or not needed <= set(people):
            return
        actors = {email: await get_actor(session, people[email]) for email in needed}
        for each in given["lessons"]:
            training = await _training(session, actors[given["by"]], each["training"])
            await _lesson(session, actors, given, training, each)
        await flush(session)


async def _training(session: AsyncSession, acting: Actor, given: dict[str, Any]) -> JointTraining:
    """A training that was held, and went the way of its kind on the days around it."""
    day = clock.today() - timedelta(days=given["days"])
    terms = Terms(
        title=given["title"],
        aim=given["aim"],
        language="en",
        languages=("en",),
        focuses=tuple(given["focuses"]),
        competencies=tuple(given["competencies"]),
        course=given.get("course"),
        starts_on=day,
        minutes=given["minutes"],
    )
    hosts = tuple(HostRef(each.get("entity"), each.get("partner")) for each in given["hosts"])
    lead = next(each["entity"] for each in given["hosts"] if each.get("entity") == "uneo-africa")
    training = await propose(session, acting=acting, proposal=Proposal(terms, hosts, lead))
    await _hold(session, acting, training, day)
    return training


async def _hold(session: AsyncSession, acting: Actor, training: JointTraining, day: date) -> None:
    hosts = (await hosts_of(session, [training.id]))[training.id]
    for host in hosts:
        row = await session.get_one(TrainingHost, host.id)
        row.accepted_at = row.accepted_at or clock.now()
    way = way_of(with_partner=any(host.partner_id for host in hosts))[:-1]
    for number, (before, after) in enumerate(pairwise(way), 1):
        at = clock.now() - timedelta(days=(clock.today() - day).days + len(way) - 2 - number)
        session.add(
            TrainingMove(
                training_id=training.id,
                from_state=before.value,
                to_state=after.value,
                by_id=acting.person_id,
                recorded_at=at,
            )
        )
    training.state = TrainingState.CLOSED.value
    training.evaluated_at = clock.now()
    await session.flush()


async def _lesson(
    session: AsyncSession,
    actors: dict[str, Actor],
    given: dict[str, Any],
    training: JointTraining,
    each: dict[str, Any],
) -> None:
    """Written and handed in by the focal point, read by the coordinator."""
    author, reviewer = actors[given["by"]], actors[given["reviewer"]]
    words = words_from({name: each[name] for name in FIELDS})
    tags = (tuple(training.competencies), tuple(training.focuses))
    draft = Draft(each["language"], words, each.get("private_part", ""), *tags)
    lesson = await lessons.begin(session, acting=author, training=training, draft=draft)
    await lessons.submit(session, acting=author, lesson=lesson)
    for email in each.get("approved_by", ()):
        digest = digest_of(each["language"], words)
        await lessons.approve(session, acting=actors[email], lesson=lesson, digest=digest)
    if each["ends"] != "published":
        return
    await lessons.review(session, acting=reviewer, lesson=lesson, outcome=Outcome.PUBLISHED)
    lesson.published_on = clock.today() - timedelta(days=each["days"])
    await session.flush()
    for translation in each.get("translations", ()):
        await _translate(session, actors, lesson, translation)


async def _translate(
    session: AsyncSession, actors: dict[str, Actor], lesson: Lesson, given: dict[str, Any]
) -> None:
    words = words_from({name: given[name] for name in FIELDS})
    made = await lesson_translations.translate(
        session, acting=actors[given["by"]], lesson=lesson, language=given["language"], words=words
    )
    await lesson_translations.review_translation(
        session, acting=actors[given["accepted_by"]], lesson=lesson, text_id=made.id, accept=True
    )
