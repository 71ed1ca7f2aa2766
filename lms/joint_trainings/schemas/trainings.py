"""What goes over the wire about joint trainings and their hosts."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lms.joint_trainings.domain.states import TrainingState
from lms.joint_trainings.domain.tracks import Track, Tracked, Why
from lms.joint_trainings.domain.trainings import FIELDS, HostRef, Proposal, Terms, terms_from
from lms.kernel.http import Day
from lms.people.change_schemas import PageLanguage, Text
from lms.people.schemas import Key, Strict

Aim = Annotated[str, Field(max_length=2_000)]
Keys = Annotated[list[Key], Field(max_length=20)]
Minutes = Annotated[int, Field(ge=0, le=100_000)]
Percent = Annotated[int, Field(ge=1, le=100)]


class HostCreate(Strict):
    """A host: an entity (or a unit of one) or a partner, by its key."""

    entity: Key | None = None
    partner: Key | None = None

    def ref(self) -> HostRef:
        """As the rules know it."""
        return HostRef(self.entity, self.partner)


class _Terms(Strict):
    aim: Aim = Field("", description="What it is for, in a few sentences.")
    languages: list[PageLanguage] = Field(
        ["en"], min_length=1, max_length=6, description="In which it is held."
    )
    focuses: Keys = Field([], description="Keys of the taxonomy.")
    competencies: Keys = Field([], description="Keys of the taxonomy.", examples=[["legal-instruments"]])
    course: Key | None = Field(None, description="The course it takes people through; none: sessions only.")
    starts_on: Day | None = None
    ends_on: Day | None = None
    minutes: Minutes = Field(0, description="Of learning, for one participant.")
    every_session: bool = Field(True, description="Whether one attends all of its sessions, or any one.")
    attended_percent: Percent = Field(80, description="Share of the time from which somebody has attended.")
    name_or_emblem: bool = Field(False, description="Whether a name or emblem of the UN side is shown.")
    is_recorded: bool = False
    experts_only: bool = Field(True, description="Whether partners bring their experts and nothing else.")


class TrainingCreate(_Terms):
    """A joint training as it is proposed."""

    title: Text
    language: PageLanguage = Field("en", description="Of title and aim.")
    hosts: list[HostCreate] = Field(min_length=1, max_length=20)
    lead: Key | None = Field(None, description="The entity that leads; left out: the first that is named.")

    def proposal(self) -> Proposal:
        """As the rules know it."""
        return Proposal(terms_from(self.model_dump()), tuple(host.ref() for host in self.hosts), self.lead)


class TrainingUpdate(Strict):
    """What changes; left out stays as it is."""

    title: Text | None = None
    aim: Aim | None = None
    language: PageLanguage | None = None
    languages: Annotated[list[PageLanguage], Field(min_length=1, max_length=6)] | None = None
    focuses: Keys | None = None
    competencies: Keys | None = None
    course: Key | None = Field(None, description="Null: sessions only.")
    starts_on: Day | None = None
    ends_on: Day | None = None
    minutes: Minutes | None = None
    every_session: bool | None = None
    attended_percent: Percent | None = None
    name_or_emblem: bool | None = None
    is_recorded: bool | None = None
    experts_only: bool | None = None

    @model_validator(mode="after")
    def _not_null(self) -> "TrainingUpdate":
        for name in self.model_fields_set - {"course", "starts_on", "ends_on"}:
            if getattr(self, name) is None:
                raise ValueError(f"{name} cannot be null")
        return self

    def onto(self, before: Terms) -> Terms:
        """The terms after this change."""
        kept = {name: getattr(before, name) for name in FIELDS}
        return terms_from(kept | self.model_dump(exclude_unset=True))


class MoveCreate(Strict):
    """Where the training is to go; a reason where it is cancelled or taken back to a draft."""

    to: TrainingState
    reason: Annotated[str, Field(max_length=2_000)] | None = None


class HostRead(BaseModel):
    """A host; `accepted_at` null: it has not said yet that it takes part."""

    id: UUID
    kind: str = Field(description="`entity` or `partner`.")
    key: str
    name: str
    is_lead: bool
    accepted_at: datetime | None


class MoveRead(BaseModel):
    """How it went from one state to another; `by` null: its day came."""

    model_config = ConfigDict(from_attributes=True)

    from_state: TrainingState
    to_state: TrainingState
    by: str | None
    reason: str | None
    track: Track | None = Field(description="As it was then.")
    recorded_at: datetime


class TrainingRow(BaseModel):
    """A joint training in a list."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    title: str
    language: str
    state: TrainingState
    languages: list[str]
    focuses: list[str]
    competencies: list[str]
    course: str | None
    starts_on: date | None
    ends_on: date | None
    minutes: int
    hosts: list[HostRead]


class TrainingRead(TrainingRow):
    """A joint training."""

    aim: str
    every_session: bool
    attended_percent: int
    name_or_emblem: bool
    is_recorded: bool
    experts_only: bool
    track: Track = Field(description="Light or full: how much it must show.")
    track_why: list[Why] = Field(description="What makes it full; nothing: it is light.")
    moves: list[MoveRead]


def host_read(row: Any) -> HostRead:
    """A host from its row."""
    kind = "partner" if row.partner_id else "entity"
    return HostRead(
        id=row.id, kind=kind, key=row.key, name=row.name, is_lead=row.is_lead, accepted_at=row.accepted_at
    )


def training_row(row: Any, hosts: Sequence[Any]) -> TrainingRow:
    """A training of a list from its row and its hosts'."""
    return TrainingRow.model_validate(dict(row._mapping) | {"hosts": [host_read(each) for each in hosts]})


def training_read(
    row: Any, hosts: Sequence[Any], moves: Sequence[Any], tracked: Tracked, *, tell_who: bool
) -> TrainingRead:
    """A training whole. `tell_who`: whether the reader learns who made its moves."""
    told = [MoveRead.model_validate(each) for each in moves]
    if not tell_who:
        told = [each.model_copy(update={"by": None}) for each in told]
    parts = {"hosts": [host_read(each) for each in hosts], "moves": told}
    parts |= {"track": tracked.track, "track_why": list(tracked.why)}
    return TrainingRead.model_validate(dict(row._mapping) | parts)
