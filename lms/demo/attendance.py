"""The demo's attendance: a training with a partner that runs, one session signed, another going on with marks."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.demo.organisation import NoDemoInProduction
from lms.joint_trainings.domain.states import TrainingState
from lms.joint_trainings.domain.trainings import HostRef, Proposal, Terms
from lms.joint_trainings.models.sessions import Booking, SessionFacilitator, TrainingSession
from lms.joint_trainings.models.trainings import JointTraining, TrainingHost
from lms.joint_trainings.queries import attendance as queries
from lms.joint_trainings.queries.trainings import hosts_of
from lms.joint_trainings.service.attendance import NewMark, mark
from lms.joint_trainings.service.signoff import sheets_of, sign
from lms.joint_trainings.service.trainings import propose
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import Database, table_of
from lms.kernel.writes import flush
from lms.people.models import Person
from lms.people.queries import get_actor
from lms.settings import Settings

LEADS, PARTNERS = "officer.three@demo.example", "partner@demo.example"
TITLE = "Who is liable when a partner's engineer works on our site"
SEATS = {
    "entity": ("learner@demo.example", "supervisor@demo.example", "officer.two@demo.example", "volunteer@demo.example"),
    "partner": ("h.benali@baobab-solar.example", "a.tazi@baobab-solar.example"),
}  # fmt: skip
FACILITATORS = {"entity": (LEADS,), "partner": (PARTNERS,)}
MINUTES = 180
persons, trainings = table_of(Person), table_of(JointTraining)


async def make_attendance(database: Database, settings: Settings) -> None:
    """Add the training; a second time, or without the demo's partner, nothing happens."""
    if settings.environment == "production":
        raise NoDemoInProduction()
    async with database.transaction() as session:
        people = {row.email: row.id for row in await session.execute(select(persons.c.email, persons.c.id))}
        there = await session.scalar(select(trainings.c.id).where(trainings.c.title == TITLE))
        if there is not None or not {LEADS, PARTNERS, *SEATS["partner"]} <= set(people):
            return
        actors = {email: await get_actor(session, people[email]) for email in (LEADS, PARTNERS)}
        training, hosts = await _training(session, actors[LEADS])
        now = clock.now().replace(second=0, microsecond=0)
        # The one that goes on began a moment ago, so that the code is taken when the demo is first looked at.
        for title, at, is_over in (
            ("What our privileges cover", now - timedelta(days=1), True),
            ("An accident on the roof, played through", now - timedelta(minutes=2), False),
        ):
            row = await _session(session, people, training, hosts, title, at, by=actors[LEADS])
            await _mark(session, actors[LEADS], people, row, is_over=is_over)
            if is_over:
                await _sign(session, actors, hosts, row)
        await flush(session)


async def _training(session: AsyncSession, acting: Actor) -> tuple[JointTraining, dict[str, UUID]]:
    today = clock.today()
    terms = Terms(
        title=TITLE,
        aim="Legal officers and engineers go through two accidents together, and write down who tells whom what.",
        language="en",
        languages=("en",),
        focuses=("environment",),
        competencies=("immunities-and-liability",),
        starts_on=today - timedelta(days=1),
        ends_on=today,
        minutes=2 * MINUTES,
        every_session=False,
    )
    hosts = (HostRef(entity="uneo-africa"), HostRef(partner="baobab-solar"))
    training = await propose(session, acting=acting, proposal=Proposal(terms, hosts, "uneo-africa"))
    training.state = TrainingState.RUNNING.value
    made = {}
    for host in (await hosts_of(session, [training.id]))[training.id]:
        row = await session.get_one(TrainingHost, host.id)
        row.accepted_at = row.accepted_at or clock.now()
        made["partner" if host.partner_id else "entity"] = host.id
    await session.flush()
    return training, made


async def _session(
    session: AsyncSession,
    people: Mapping[str, UUID],
    training: JointTraining,
    hosts: Mapping[str, UUID],
    title: str,
    starts_at: datetime,
    *,
    by: Actor,
) -> TrainingSession:
    row = TrainingSession(
        training_id=training.id, title=title, place="Gigiri, Block N, room 2", local_on=starts_at.date(),
        local_at=starts_at.time().replace(tzinfo=None), zone="UTC", minutes=MINUTES, starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=MINUTES), languages=["en"], seats=20, created_by_id=by.person_id,
    )  # fmt: skip
    session.add(row)
    await session.flush()
    for side, emails in FACILITATORS.items():
        for email in emails:
            session.add(
                SessionFacilitator(
                    session_id=row.id, person_id=people[email], host_id=hosts[side], consented_at=clock.now()
                )
            )
    there = [(side, email) for side, emails in SEATS.items() for email in emails if email in people]
    for number, (side, email) in enumerate(there, 1):
        session.add(
            Booking(
                number=number, session_id=row.id, person_id=people[email], host_id=hosts[side],
                state="seated", booked_by_id=by.person_id, seated_at=clock.now(),
            )
        )  # fmt: skip
    await session.flush()
    return row


async def _mark(
    session: AsyncSession, acting: Actor, people: Mapping[str, UUID], row: Any, *, is_over: bool
) -> None:
    """In the session that is over somebody left early and somebody never came; in the other one most are awaited."""
    minutes = {"learner@demo.example": MINUTES, "h.benali@baobab-solar.example": MINUTES}
    if is_over:
        minutes |= {"supervisor@demo.example": 150, "officer.two@demo.example": 45}
        minutes |= {"volunteer@demo.example": 0, "a.tazi@baobab-solar.example": MINUTES}
    at = row.starts_at + timedelta(minutes=1)
    new = [
        NewMark(f"demo-{number}", people[email], at, each)
        for number, (email, each) in enumerate(minutes.items())
        if email in people
    ]
    await mark(session, acting=acting, session_id=row.id, new=new)


async def _sign(
    session: AsyncSession, actors: Mapping[str, Actor], hosts: Mapping[str, UUID], row: TrainingSession
) -> None:
    """The entity has signed; the partner has still to."""
    held = await queries.find_session(session, row.id)
    reach = await queries.reach_of(session, held, actor=actors[LEADS])
    for sheet in await sheets_of(session, held, reach, of=[hosts["entity"]]):
        if sheet.host.id == hosts["entity"]:
            await sign(
                session, acting=actors[LEADS], session_id=row.id, host_id=sheet.host.id, digest=sheet.digest
            )
