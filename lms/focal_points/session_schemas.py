"""What goes over the wire about topic sessions and working groups."""

from datetime import date, datetime, time
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from lms.focal_points.domain import GroupState, SessionState
from lms.focal_points.sessions import NewSession
from lms.kernel.http import Day
from lms.people.change_schemas import LanguageTag, Text, TimeZone, WebAddress
from lms.people.schemas import Key, PersonRef, Strict

Clock = Annotated[
    str,
    Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["14:30"]),
    AfterValidator(lambda written: time.fromisoformat(written)),
]
Words = Annotated[str, Field(min_length=1, max_length=10_000)]


class SessionCreate(Strict):
    """A topic session, when by the clocks of its zone. A time that they skip or show twice that day is refused."""

    title: Text
    topic: Key = Field(description="A skill area or competency.")
    local_date: Day
    local_time: Clock
    time_zone: TimeZone
    minutes: int = Field(ge=5, le=600)
    language: LanguageTag
    link: WebAddress | None = None
    place: Text | None = None
    group: UUID | None = Field(None, description="The working group whose meeting it is.")

    def new(self) -> NewSession:
        """What the use case takes."""
        given = {name: getattr(self, name) for name in type(self).model_fields if name != "group"}
        return NewSession(**given, group_id=self.group)


class GroupRef(BaseModel):
    """A working group in an answer."""

    id: UUID
    title: str


class SessionRow(BaseModel):
    """A topic session. `starts_at` is the moment that date, time and zone come to; `joined` counts its people."""

    id: UUID
    title: str
    topic: str
    local_date: date
    local_time: str
    time_zone: str
    starts_at: datetime
    minutes: int
    language: str
    link: str | None
    place: str | None
    host: PersonRef
    group: GroupRef | None
    state: SessionState
    joined: int
    am_in: bool


class ParticipantRead(PersonRef):
    """Who joined a session. `came` null: nobody has noted it yet."""

    came: bool | None


class SessionRead(SessionRow):
    """A topic session with who joined, and what came out of it."""

    people: list[ParticipantRead]
    notes: str | None


class Notes(Strict):
    """What came out of a session, and who of those who joined came."""

    notes: Words
    came: list[UUID] = Field(max_length=500)


class GroupCreate(Strict):
    """What a session carries on as."""

    title: Text
    purpose: Words


class GroupRow(BaseModel):
    """A working group; `members` counts them."""

    id: UUID
    title: str
    purpose: str
    state: GroupState
    convener: PersonRef
    members: int
    am_in: bool
    created_at: datetime


class GroupRead(GroupRow):
    """A working group with its members, and what came of it. Its meetings: `/topic-sessions?group=`."""

    people: list[PersonRef]
    outcome: str | None
    closed_at: datetime | None


class GroupClose(Strict):
    """What came of a group."""

    outcome: Words


When = Literal["coming", "past"]


def session_row(row: Any) -> SessionRow:
    """A row of `session_queries.list_sessions` as it goes out."""
    return SessionRow(**_session(row))


def _session(row: Any) -> dict[str, Any]:
    plain = SessionRow.model_fields.keys() - {"local_time", "host", "group"}
    return {
        **{name: getattr(row, name) for name in plain},
        "local_time": row.local_time.strftime("%H:%M"),
        "host": PersonRef(id=row.host_id, name=row.host_name),
        "group": GroupRef(id=row.group_id, title=row.group_title) if row.group_id else None,
    }


def session_read(row: Any, people: Any) -> SessionRead:
    """A session with those who joined it."""
    named = [ParticipantRead(id=each.id, name=each.name, came=each.came) for each in people]
    return SessionRead(**_session(row), people=named, notes=row.notes)


def group_row(row: Any) -> GroupRow:
    """A row of `session_queries.list_groups` as it goes out."""
    return GroupRow(**_group(row))


def _group(row: Any) -> dict[str, Any]:
    plain = {name: getattr(row, name) for name in GroupRow.model_fields.keys() - {"convener"}}
    return {**plain, "convener": PersonRef(id=row.convener_id, name=row.convener_name)}


def group_read(row: Any, people: Any) -> GroupRead:
    """A group with its members."""
    named = [PersonRef(id=each.id, name=each.name) for each in people]
    return GroupRead(**_group(row), people=named, outcome=row.outcome, closed_at=row.closed_at)
