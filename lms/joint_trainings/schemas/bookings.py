"""What goes over the wire about bookings."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from lms.joint_trainings.domain.bookings import BookingState
from lms.kernel.access import Actor
from lms.people.change_schemas import PageLanguage
from lms.people.schemas import Strict

Email = Annotated[str, Field(max_length=254, examples=["amina.diallo@baobab.example"])]


class OwnBookingCreate(Strict):
    """A session to book for oneself."""

    session: UUID


class BookingCreate(Strict):
    """Whom to book, by e-mail. An address that a partner's coordinator gives and nobody has yet is invited."""

    person: Email
    name: Annotated[str, Field(max_length=200)] | None = None
    language: PageLanguage = Field("en", description="Of the invitation, if one is sent.")


class PersonRead(BaseModel):
    """Whose booking it is."""

    id: UUID
    name: str


class BookingRead(BaseModel):
    """A booking; `person` null: a seat is held for somebody who was invited and has not answered."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    session_id: UUID
    session_title: str
    training_id: UUID
    training_title: str
    starts_at: datetime
    host: str = Field(description="Key of the host whose person it is.")
    person: PersonRead | None
    state: BookingState
    number: int = Field(description="Order within the session.")
    booked_at: datetime
    seated_at: datetime | None
    held_until: datetime | None
    ended_at: datetime | None
    is_late: bool


class OutcomeRead(BaseModel):
    """What became of one address: `booked`, `waitlisted`, `invited`, `already` or `refused`, and why."""

    model_config = ConfigDict(from_attributes=True)

    line: int
    email: str
    outcome: str
    problem: str | None
    detail: str | None


class BookingImportRead(BaseModel):
    """What became of a list of addresses; with `dry_run` nothing was changed."""

    dry_run: bool
    results: list[OutcomeRead]


def booking_read(row: Any) -> BookingRead:
    """A booking from its row."""
    person = {"id": row.person_id, "name": row.person_name} if row.person_id else None
    return BookingRead.model_validate(dict(row._mapping) | {"person": person, "host": row.host_key})


def made_read(made: Mapping[str, Any], asked: Any, actor: Actor) -> BookingRead:
    """One's own booking just made, of what was known of its session before: nothing is read again under the lock."""
    host = next(each.key for each in asked.hosts if each.id == made["host_id"])
    about = {
        "session_title": asked.session_title,
        "training_id": asked.training_id,
        "training_title": asked.training_title,
        "starts_at": asked.starts_at,
        "host": host,
        "person": {"id": actor.person_id, "name": actor.name},
        "ended_at": None,
    }
    return BookingRead.model_validate(dict(made) | about)
