"""Sessions with people in them: a partner's, two entities', and who facilitates for each side."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from lms.joint_trainings.models.sessions import Booking, SessionFacilitator, TrainingSession
from lms.joint_trainings.models.trainings import JointTraining, TrainingHost
from lms.kernel import clock
from lms.kernel.database import Database
from tests.cast import Cast


@dataclass(frozen=True)
class Hosts:
    """Ids of a training and of its hosts, by key."""

    training: UUID
    of: dict[str, UUID]


async def make_training(
    database: Database, cast: Cast, by: str, keys: dict[str, str], course: str | None = None, **values: Any
) -> Hosts:
    """A training that runs; `keys` are its hosts, each "entity" or "partner". The first entity leads."""
    async with database.transaction() as session:
        ids = {}
        for key, kind in keys.items():
            table = "entities" if kind == "entity" else "partners"
            ids[key] = await session.scalar(text(f"SELECT id FROM {table} WHERE key = :key"), {"key": key})
        lead = next(ids[key] for key, kind in keys.items() if kind == "entity")
        row = None
        if course:
            statement = text("SELECT id, current_version_id FROM courses WHERE key = :key")
            row = (await session.execute(statement, {"key": course})).one()
        today = clock.today()
        training = JointTraining(
            title="Reading a memorandum together", aim="", language="en", state="running",
            lead_entity_id=lead, proposed_by_id=cast.ids[by], starts_on=today, ends_on=today, minutes=120,
            competencies=["legal-instruments"], course_id=row[0] if row else None,
            course_version_id=row[1] if row else None, **values,
        )  # fmt: skip
        session.add(training)
        await session.flush()
        made = {}
        for key, kind in keys.items():
            host = TrainingHost(
                training_id=training.id, accepted_by_id=cast.ids[by], accepted_at=clock.now(),
                **{f"{kind}_id": ids[key]},
            )  # fmt: skip
            session.add(host)
            made[key] = host.id
    return Hosts(training.id, made)


async def make_session(
    database: Database,
    cast: Cast,
    hosts: Hosts,
    *,
    starts_at: datetime,
    seats: dict[str, str],
    facilitators: dict[str, str],
    by: str,
    minutes: int = 120,
) -> UUID:
    """A session; `seats` and `facilitators` are e-mails with their host's key."""
    async with database.transaction() as session:
        row = TrainingSession(
            training_id=hosts.training, title="The first morning", place="Room 2", local_on=starts_at.date(),
            local_at=starts_at.time().replace(tzinfo=None), zone="UTC", minutes=minutes, starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=minutes), seats=50, created_by_id=cast.ids[by],
        )  # fmt: skip
        session.add(row)
        await session.flush()
        for number, (email, key) in enumerate(seats.items(), 1):
            session.add(
                Booking(
                    number=number, session_id=row.id, person_id=cast.ids[email], host_id=hosts.of[key],
                    state="seated", seated_at=clock.now(),
                )
            )  # fmt: skip
        for email, key in facilitators.items():
            session.add(
                SessionFacilitator(session_id=row.id, person_id=cast.ids[email], host_id=hosts.of[key])
            )
    return row.id
