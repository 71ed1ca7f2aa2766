"""What goes over the wire about sessions, their seats and who leads them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from lms.joint_trainings.domain.bookings import BookingState
from lms.joint_trainings.domain.sessions import SessionTerms
from lms.joint_trainings.domain.states import TrainingState
from lms.kernel.http import Day
from lms.people.change_schemas import PageLanguage, Text
from lms.people.schemas import Strict


def _whole_minute(value: time) -> time:
    if value.tzinfo is not None or value.second or value.microsecond:
        raise ValueError("write a local time without a zone, to the minute: 14:30")
    return value


LocalTime = Annotated[time, AfterValidator(_whole_minute), Field(examples=["14:30"])]
Zone = Annotated[str, Field(max_length=60, examples=["Africa/Nairobi"], description="IANA time zone.")]
Place = Annotated[str, Field(max_length=300)]
Seats = Annotated[int, Field(ge=1, le=10_000)]
Length = Annotated[int, Field(ge=1, le=1440, description="Minutes.")]
Fold = Annotated[
    int,
    Field(ge=0, le=1, description="Where clocks are set back and the time comes twice: 0 first, 1 second."),
]
Languages = Annotated[list[PageLanguage], Field(min_length=1, max_length=6)]


class Quota(Strict):
    """Seats kept for one host until they are released."""

    host: UUID = Field(description="Id of a host of the training.")
    seats: Annotated[int, Field(ge=0, le=10_000)]


Quotas = Annotated[list[Quota], Field(max_length=20)]


def _by_host(quotas: Sequence[Quota]) -> dict[UUID, int]:
    found = {each.host: each.seats for each in quotas}
    if len(found) < len(quotas):
        raise ValueError("a host is named twice")
    return found


class SessionCreate(Strict):
    """A session as it is planned. The moment follows from day, time and zone."""

    title: Text
    place: Place | None = None
    link: Place | None = None
    local_on: Day
    local_at: LocalTime
    zone: Zone
    fold: Fold | None = None
    minutes: Length
    languages: Languages = Field(["en"])
    seats: Seats
    quotas: Quotas = Field([], description="What no quota holds is open to every host.")
    release_on: Day | None = Field(None, description="Local day from which unused seats are everybody's.")

    @model_validator(mode="after")
    def _once_each(self) -> "SessionCreate":
        _by_host(self.quotas)
        return self

    def terms(self) -> SessionTerms:
        """As the rules know it."""
        plain = self.model_dump(exclude={"quotas", "languages"})
        return SessionTerms(**plain, languages=tuple(self.languages), quotas=_by_host(self.quotas))


class SessionUpdate(Strict):
    """What changes; left out stays as it is."""

    title: Text | None = None
    place: Place | None = None
    link: Place | None = None
    local_on: Day | None = None
    local_at: LocalTime | None = None
    zone: Zone | None = None
    fold: Fold | None = None
    minutes: Length | None = None
    languages: Languages | None = None
    seats: Seats | None = None
    quotas: Quotas | None = Field(None, description="All of them, as they are to be.")
    release_on: Day | None = None

    @model_validator(mode="after")
    def _not_null(self) -> "SessionUpdate":
        for name in self.model_fields_set - {"place", "link", "fold", "release_on"}:
            if getattr(self, name) is None:
                raise ValueError(f"{name} cannot be null")
        _by_host(self.quotas or [])
        return self

    def onto(self, before: SessionTerms) -> SessionTerms:
        """The terms after this change. A time that is sent anew says its `fold` anew, where it needs one."""
        kept = {name: getattr(before, name) for name in SessionTerms.__dataclass_fields__}
        if self.model_fields_set & {"local_on", "local_at", "zone"}:
            kept["fold"] = None
        sent: dict[str, Any] = self.model_dump(exclude_unset=True, exclude={"quotas", "languages"})
        if self.languages is not None:
            sent["languages"] = tuple(self.languages)
        if self.quotas is not None:
            sent["quotas"] = _by_host(self.quotas)
        return SessionTerms(**kept | sent)


class CancellationCreate(Strict):
    """Why a session is not held; those who booked read it."""

    reason: Annotated[str, Field(min_length=1, max_length=1_000)]


class FacilitatorCreate(Strict):
    """Who leads a session, by e-mail: somebody of a host for which one acts."""

    person: Annotated[str, Field(max_length=254, examples=["facilitator@example.org"])]


class ConsentUpdate(Strict):
    """Whether those who take part read one's name."""

    may_be_named: bool


class FacilitatorRead(BaseModel):
    """Who leads a session; `person` null: they are not named to this reader."""

    id: UUID | None
    person: str | None
    host_id: UUID
    may_be_named: bool


class SeatsRead(BaseModel):
    """Seats of one host: kept for it, taken or held by its people, and how many of them wait."""

    host_id: UUID
    name: str
    kept: int
    taken: int
    waiting: int


class OwnBooking(BaseModel):
    """One's own booking of a session."""

    id: UUID
    state: BookingState


class SessionRow(BaseModel):
    """A session in a list. `link` is told to those who have a seat, lead it or carry the training on."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    training_id: UUID
    training_title: str
    training_state: TrainingState
    every_session: bool = Field(
        description="Whether it is booked together with the training's other sessions."
    )
    title: str
    place: str | None
    link: str | None
    local_on: date
    local_at: time
    zone: str
    minutes: int
    starts_at: datetime
    ends_at: datetime
    languages: list[str]
    seats: int
    taken: int
    waiting: int
    release_on: date | None
    cancelled_at: datetime | None
    cancelled_reason: str | None
    sequence: int
    booking: OwnBooking | None


class SessionRead(SessionRow):
    """A session; `by_host` is told to those who carry on or follow the training for a host."""

    facilitators: list[FacilitatorRead]
    by_host: list[SeatsRead]


def session_row(row: Any, counts: Mapping[UUID, tuple[int, int]], own: Any, *, tell_link: bool) -> SessionRow:
    """A session of a list. `own`: the reader's booking."""
    return SessionRow.model_validate(_row(row, counts, own, tell_link=tell_link))


def _row(row: Any, counts: Mapping[UUID, tuple[int, int]], own: Any, *, tell_link: bool) -> dict[str, Any]:
    is_told = tell_link or (own is not None and own.state == BookingState.SEATED)
    return dict(row._mapping) | {
        "link": row.link if is_told else None,
        "taken": sum(taken for taken, _ in counts.values()),
        "waiting": sum(waiting for _, waiting in counts.values()),
        "booking": {"id": own.id, "state": own.state} if own is not None else None,
    }


def session_read(
    row: Any,
    hosts: Sequence[Any],
    quotas: Mapping[UUID, int],
    counts: Mapping[UUID, tuple[int, int]],
    own: Any,
    facilitators: Sequence[Any],
    *,
    inside: bool,
    reader: UUID,
) -> SessionRead:
    """A session whole. `inside`: the reader follows the training for one of its hosts."""
    leads = any(each.person_id == reader for each in facilitators)
    told = [
        FacilitatorRead(
            id=each.person_id if inside or each.consented_at else None,
            person=each.name if inside or each.consented_at or each.person_id == reader else None,
            host_id=each.host_id,
            may_be_named=each.consented_at is not None,
        )
        for each in facilitators
    ]
    by_host = [
        SeatsRead(
            host_id=host.id,
            name=host.name,
            kept=quotas.get(host.id, 0),
            taken=counts.get(host.id, (0, 0))[0],
            waiting=counts.get(host.id, (0, 0))[1],
        )
        for host in hosts
    ]
    parts = {"facilitators": told, "by_host": by_host if inside else []}
    return SessionRead.model_validate(_row(row, counts, own, tell_link=inside or leads) | parts)
