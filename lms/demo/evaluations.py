"""The demo's evaluations: twelve reactions, tests and results of one training; forms that wait for the learner."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from lms.demo.organisation import NoDemoInProduction
from lms.evaluations.domain.learning import Written
from lms.evaluations.domain.levels import Kind, Level
from lms.evaluations.models import EvaluationAsk, EvaluationLevel, TestScore
from lms.evaluations.queries.results import results_of
from lms.evaluations.service import learning, results
from lms.evaluations.service.counting import close_by_lead
from lms.evaluations.service.opening import open_levels
from lms.evaluations.service.reacting import react
from lms.evaluations.service.results import Reached
from lms.joint_trainings.domain.states import TrainingState
from lms.joint_trainings.domain.trainings import HostRef, Proposal, Terms
from lms.joint_trainings.models.indicators import TrainingIndicator
from lms.joint_trainings.models.trainings import JointTraining, TrainingHost
from lms.joint_trainings.queries.trainings import hosts_of
from lms.joint_trainings.service.trainings import propose
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import Database, table_of
from lms.kernel.writes import flush
from lms.people.models import Person
from lms.people.queries import get_actor
from lms.settings import Settings

EVALUATIONS = Path(__file__).parent / "evaluations.yaml"
LEAD, OTHER = "uneo-africa", "unro"
persons, levels, asks = table_of(Person), table_of(EvaluationLevel), table_of(EvaluationAsk)


async def make_evaluations(database: Database, settings: Settings) -> None:
    """Add evaluated trainings; a second time, or without the demo's people, nothing happens."""
    if settings.environment == "production":
        raise NoDemoInProduction()
    given = yaml.safe_load(EVALUATIONS.read_text(encoding="utf-8"))
    async with database.transaction() as session:
        rows = await session.execute(select(persons.c.email, persons.c.id))
        people = {row.email: row.id for row in rows}
        there = await session.scalar(select(levels.c.training_id).limit(1))
        if there is not None or not {given["asked_now"], *given["people"]} <= set(people):
            return
        actors = [await get_actor(session, people[email]) for email in given["people"]]
        lead = await get_actor(session, people[given["by"]])
        learner = people[given["asked_now"]]
        await _evaluated(session, given, lead, actors, learner)
        training = await _held(session, lead, given["yesterday"], clock.today() - timedelta(days=1))
        training.state = TrainingState.CLOSED.value
        await open_levels(session, training, people=[learner, *(each.person_id for each in actors)])
        await flush(session)


async def _held(session: AsyncSession, lead: Actor, given: dict[str, Any], last: date) -> JointTraining:
    first = last - timedelta(days=1) if "days" in given else last
    terms = Terms(
        title=given["title"],
        aim=given["aim"],
        language="en",
        languages=("en",),
        competencies=tuple(given["competencies"]),
        starts_on=first,
        ends_on=last,
        minutes=given["minutes"],
    )
    hosts = (HostRef(entity=LEAD), HostRef(entity=OTHER))
    training = await propose(session, acting=lead, proposal=Proposal(terms, hosts, LEAD))
    for host in (await hosts_of(session, [training.id]))[training.id]:
        row = await session.get_one(TrainingHost, host.id)
        row.accepted_at = row.accepted_at or clock.now()
    await session.flush()
    return training


async def _evaluated(
    session: AsyncSession, given: dict[str, Any], lead: Actor, actors: list[Actor], learner: Any
) -> None:
    last = clock.today() - timedelta(days=given["training"]["days"])
    training = await _held(session, lead, given["training"], last)
    questions = [
        Written(each["prompt"], tuple(each["options"]), each["right"]) for each in given["questions"]
    ]
    await learning.set_test(session, acting=lead, training=training, activity=None, questions=questions)
    training.state = TrainingState.CLOSED.value
    await session.flush()
    await open_levels(session, training, people=[learner, *(each.person_id for each in actors)])
    await _react(session, given, training, actors)
    await _score(session, given, training, actors)
    for level in (Level.REACTION, Level.LEARNING):
        await close_by_lead(session, acting=lead, training=training, level=level)
    await _reach(session, given, training, lead)


async def _react(
    session: AsyncSession, given: dict[str, Any], training: JointTraining, actors: list[Actor]
) -> None:
    """Twelve answers; who gives which stands nowhere, here as little as anywhere."""
    for number, actor in enumerate(actors):
        scores = {question: scores[number] for question, scores in given["reactions"].items()}
        words = {question: texts[number] for question, texts in given["words"].items() if number < len(texts)}
        await react(session, acting=actor, training_id=training.id, scores=scores, words=words)


async def _score(
    session: AsyncSession, given: dict[str, Any], training: JointTraining, actors: list[Actor]
) -> None:
    for actor, pair in zip(actors, given["scores"], strict=True):
        for kind, score in zip((Kind.PRE_TEST, Kind.POST_TEST), pair, strict=True):
            session.add(
                TestScore(training_id=training.id, person_id=actor.person_id, kind=kind.value, score=score)
            )
    took = (asks.c.training_id == training.id, asks.c.kind == Kind.POST_TEST.value)
    took_by = asks.c.person_id.in_([actor.person_id for actor in actors])
    await session.execute(update(asks).where(*took, took_by).values(is_answered=True))
    await session.flush()


async def _reach(session: AsyncSession, given: dict[str, Any], training: JointTraining, lead: Actor) -> None:
    for each in given["indicators"]:
        row = TrainingIndicator(
            training_id=training.id,
            name=each["name"],
            unit=each["unit"],
            baseline=Decimal(each["baseline"]),
            target=Decimal(each["target"]),
        )
        session.add(row)
    await session.flush()
    reached = {each["name"]: each for each in given["indicators"]}
    for result in await results_of(session, training.id):
        each = reached[result.indicator.name]
        value = Decimal(each["reached"])
        said = Reached(result.indicator.id, value, clock.today() - timedelta(days=3), each["source"])
        await results.record_value(session, acting=lead, training=training, reached=said)
