"""The demo's sessions to come: one training with a partner, whose coordinator invites, and one that is full."""

from collections.abc import Mapping
from datetime import date, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.demo.organisation import NoDemoInProduction
from lms.joint_trainings.domain.bookings import BookingPolicy
from lms.joint_trainings.domain.sessions import SessionTerms
from lms.joint_trainings.domain.states import TrainingState, way_of
from lms.joint_trainings.domain.trainings import HostRef, Proposal, Terms
from lms.joint_trainings.models.sessions import TrainingSession
from lms.joint_trainings.models.trainings import JointTraining, TrainingHost, TrainingMove
from lms.joint_trainings.queries.trainings import hosts_of
from lms.joint_trainings.service.bookings import book
from lms.joint_trainings.service.invited import book_or_invite
from lms.joint_trainings.service.sessions import add_facilitator, plan_session
from lms.joint_trainings.service.trainings import propose
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import Database, table_of
from lms.kernel.writes import flush
from lms.people.models import Person
from lms.people.queries import get_actor
from lms.settings import Settings

SESSIONS = Path(__file__).parent / "sessions.yaml"
persons, trainings = table_of(Person), table_of(JointTraining)
_POLICY = BookingPolicy()


async def make_sessions(database: Database, settings: Settings) -> None:
    """Add trainings with sessions to come; a second time, or without the demo's people, nothing happens."""
    if settings.environment == "production":
        raise NoDemoInProduction()
    given = yaml.safe_load(SESSIONS.read_text(encoding="utf-8"))
    async with database.transaction() as session:
        people = {row.email: row.id for row in await session.execute(select(persons.c.email, persons.c.id))}
        titles = [each["title"] for each in given["trainings"]]
        there = await session.scalar(select(trainings.c.id).where(trainings.c.title.in_(titles)).limit(1))
        if there is not None or not {given["by"], given["coordinator"]} <= set(people):
            return
        by = await get_actor(session, people[given["by"]])
        coordinator = await get_actor(session, people[given["coordinator"]])
        for each in given["trainings"]:
            training = await _training(session, by, each)
            made = await _sessions(session, by, training, each)
            await _bookings(session, people, coordinator, made, each, days=settings.invitation_days)
        await flush(session)


async def _training(session: AsyncSession, by: Actor, given: Mapping[str, Any]) -> JointTraining:
    """A training that was agreed and published; by which papers is shown elsewhere."""
    terms = Terms(
        title=given["title"],
        aim=given["aim"],
        language="en",
        languages=("en",),
        focuses=tuple(given["focuses"]),
        competencies=tuple(given["competencies"]),
        starts_on=_day(given["sessions"][0]["days"]),
        ends_on=_day(given["sessions"][-1]["days"]),
        minutes=given["minutes"],
        every_session=given["every_session"],
    )
    hosts = tuple(HostRef(each.get("entity"), each.get("partner")) for each in given["hosts"])
    training = await propose(session, acting=by, proposal=Proposal(terms, hosts))
    with_partner = False
    for host in (await hosts_of(session, [training.id]))[training.id]:
        row = await session.get_one(TrainingHost, host.id)
        row.accepted_at = row.accepted_at or clock.now()
        with_partner |= host.partner_id is not None
    way = way_of(with_partner=with_partner)
    way = way[: way.index(TrainingState.PUBLISHED) + 1]
    for before, after in pairwise(way):
        move = TrainingMove(training_id=training.id, from_state=before.value, to_state=after.value)
        move.by_id = by.person_id
        session.add(move)
    training.state = TrainingState.PUBLISHED.value
    await session.flush()
    return training


def _day(days: int) -> date:
    return clock.today() + timedelta(days=days)


async def _sessions(
    session: AsyncSession, by: Actor, training: JointTraining, given: Mapping[str, Any]
) -> list[TrainingSession]:
    hosts = (await hosts_of(session, [training.id]))[training.id]
    seats = {each.get("entity") or each.get("partner"): each["seats"] for each in given["hosts"]}
    made = []
    for each in given["sessions"]:
        terms = SessionTerms(
            title=each["title"],
            local_on=_day(each["days"]),
            local_at=time.fromisoformat(each["at"]),
            zone=each["zone"],
            minutes=each["minutes"],
            seats=given["seats"],
            languages=("en",),
            place=each.get("place"),
            link=each.get("link"),
            release_on=_day(given["release"]) if "release" in given else None,
            quotas={host.id: seats[host.key] for host in hosts if seats[host.key]},
        )
        made.append(await plan_session(session, acting=by, training=training, terms=terms))
        for email in given["facilitators"]:
            await add_facilitator(session, acting=by, row=made[-1], email=email)
    return made


async def _bookings(
    session: AsyncSession,
    people: Mapping[str, UUID],
    coordinator: Actor,
    made: list[TrainingSession],
    given: Mapping[str, Any],
    *,
    days: int,
) -> None:
    """People book in this order; where sessions are attended together, the first stands for all."""
    first = made[0].id
    for email in given["booked"]:
        if email in people:
            actor = await get_actor(session, people[email])
            await book(session, acting=actor, session_id=first, policy=_POLICY)
    for email in given.get("invited", ()):
        await book_or_invite(
            session,
            acting=coordinator,
            session_id=first,
            email=email,
            name=None,
            language="fr",
            days=days,
            policy=_POLICY,
        )
