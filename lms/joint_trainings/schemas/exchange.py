"""What goes over the wire about needs, offers and introductions."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lms.joint_trainings.domain.exchange import (
    OFFER_ONLY,
    IntroductionState,
    Notice,
    NoticeState,
    Setting,
    Standing,
    notice_from,
    standing_of,
)
from lms.joint_trainings.domain.exchange_fit import RULE, Fit
from lms.joint_trainings.domain.exchange_terms import seats_for
from lms.joint_trainings.schemas.trainings import Keys
from lms.joint_trainings.service.introductions import state_of
from lms.kernel import clock
from lms.kernel.http import Day
from lms.people.change_schemas import PageLanguage, Text
from lms.people.schemas import Key, PersonRef, Strict

Words = Annotated[str, Field(max_length=2_000)]
Line = Annotated[str, Field(max_length=300)]
Seats = Annotated[int, Field(ge=1, le=10_000)]
Languages = Annotated[list[PageLanguage], Field(max_length=6)]


class _Notice(Strict):
    """What both say; all but the title may wait until it is posted."""

    words: Words = ""
    language: PageLanguage = Field("en", description="Of the words.")
    languages: Languages = Field([], description="It may be held in one of these.")
    skill_areas: Keys = Field([], description="Keys of the taxonomy.", examples=[["legal"]])
    competencies: Keys = Field([], description="Keys of the taxonomy.", examples=[["legal-instruments"]])
    focuses: Keys = Field([], description="None: for every focus.")
    audiences: Keys = Field([], description="`un-personnel`, `partner-personnel`.")
    audience_words: Line = Field("", description="Who they are, in a few words.")
    seats: Seats | None = Field(None, description="How many people it is for.")
    from_on: Day | None = Field(None, description="The earliest day it can be held.")
    until_on: Day | None = Field(None, description="The latest.")
    stands_until: Day | None = Field(None, description="The last day on which it is posted.")
    setting: Setting = Setting.EITHER
    place: Line = ""

    def notice(self) -> Notice:
        """As the rules know it."""
        blank = dict.fromkeys(OFFER_ONLY, "")
        return notice_from(blank | self.model_dump())


class NeedCreate(_Notice):
    """A training need of an entity. It is a draft until it is posted."""

    entity: Key
    title: Text


class OfferCreate(_Notice):
    """An offer of a partner or of an entity. It is a draft until it is posted."""

    entity: Key | None = None
    partner: Key | None = None
    title: Text
    teachers: Line = Field("", description="Who teaches, by what they do, not by name.")
    in_return: Words = Field("", description="What is expected in return; never a promise of business.")


class _Update(Strict):
    title: Text | None = None
    words: Words | None = None
    language: PageLanguage | None = None
    languages: Languages | None = None
    skill_areas: Keys | None = None
    competencies: Keys | None = None
    focuses: Keys | None = None
    audiences: Keys | None = None
    audience_words: Line | None = None
    seats: Seats | None = None
    from_on: Day | None = None
    until_on: Day | None = None
    stands_until: Day | None = None
    setting: Setting | None = None
    place: Line | None = None

    @model_validator(mode="after")
    def _not_null(self) -> "_Update":
        for name in self.model_fields_set - {"seats", "from_on", "until_on", "stands_until"}:
            if getattr(self, name) is None:
                raise ValueError(f"{name} cannot be null")
        return self

    def values(self) -> dict[str, Any]:
        """What changes, as the rules know it."""
        sent = self.model_dump(exclude_unset=True)
        return {name: tuple(value) if isinstance(value, list) else value for name, value in sent.items()}


class NeedUpdate(_Update):
    """What changes; left out stays as it is."""


class OfferUpdate(_Update):
    """What changes; left out stays as it is."""

    teachers: Line | None = None
    in_return: Words | None = None


class _Read(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    state: NoticeState
    standing: Standing = Field(description="The state, or `lapsed` once its last day is past.")
    owner_name: str
    title: str
    words: str
    language: str
    languages: list[str]
    skill_areas: list[str]
    competencies: list[str]
    focuses: list[str]
    audiences: list[str]
    audience_words: str
    seats: int | None
    from_on: date | None
    until_on: date | None
    stands_until: date | None
    setting: Setting
    place: str
    posted_at: datetime | None
    changed_at: datetime
    contact: PersonRef | None = Field(description="Who posted it; for its owner and the coordinator.")


class NeedRead(_Read):
    """A training need of an entity."""

    entity: str


class OfferRead(_Read):
    """An offer; of a partner or of an entity."""

    entity: str | None
    partner: str | None
    teachers: str
    in_return: str


def need_read(row: Any, *, tell_contact: bool = False) -> NeedRead:
    """A need from its row."""
    return NeedRead.model_validate(_told(row, tell_contact))


def offer_read(row: Any, *, tell_contact: bool = False) -> OfferRead:
    """An offer from its row."""
    return OfferRead.model_validate(_told(row, tell_contact))


def _told(row: Any, tell_contact: bool) -> dict[str, Any]:
    contact = PersonRef(id=row.contact_id, name=row.contact_name) if tell_contact else None
    standing = standing_of(NoticeState(row.state), row.stands_until, clock.today())
    return dict(row._mapping) | {"standing": standing, "contact": contact}


class FitRead(BaseModel):
    """What two share, and so why one is proposed for the other; days are those of both that are still to come."""

    model_config = ConfigDict(from_attributes=True)

    rule: str = RULE
    competencies: list[str]
    skill_areas: list[str]
    focuses: list[str]
    every_focus: bool = Field(description="Whether one of them at least is for every focus.")
    languages: list[str]
    same_setting: bool
    seats: int = Field(description="How many people it would reach.")
    from_on: date
    until_on: date


class OfferFit(BaseModel):
    """An offer that fits a need."""

    offer: OfferRead
    fit: FitRead


class NeedFit(BaseModel):
    """A need that an offer fits."""

    need: NeedRead
    fit: FitRead


def fit_read(fit: Fit) -> FitRead:
    """A fit as it goes out."""
    return FitRead.model_validate(fit)


class IntroductionCreate(Strict):
    """A need and an offer to be brought together, with words to both sides."""

    need: UUID
    offer: UUID
    words: Words = ""


class DeclineCreate(Strict):
    """Why nothing will come of it; the other side reads this."""

    words: Annotated[str, Field(min_length=1, max_length=2_000)]


class DraftCreate(Strict):
    """Which entity is asked to host it; needed for a partner's offer, and only there."""

    entity: Key | None = None


class Contact(BaseModel):
    """Whom the other side speaks to."""

    name: str
    email: str | None


class SideRead(BaseModel):
    """One side of an introduction."""

    id: UUID
    title: str
    entity: str | None
    partner: str | None
    owner_name: str
    contact: Contact


class IntroductionRead(BaseModel):
    """A need and an offer brought together; with one of them only where it became a training by itself."""

    id: UUID
    state: IntroductionState
    need: SideRead | None
    offer: SideRead | None
    seats: int | None = Field(description="How many people it can be for; sessions share them out.")
    words: str
    recorded_at: datetime
    declined_by: str | None = Field(description="The side: `need` or `offer`.")
    declined_words: str | None
    training_id: UUID | None


def introduction_read(row: Any) -> IntroductionRead:
    """An introduction from its row."""
    return IntroductionRead(
        id=row.id,
        state=state_of(row),
        need=side_read(row, "need"),
        offer=side_read(row, "offer"),
        seats=seats_for(row.need_seats, row.offer_seats),
        words=row.words,
        recorded_at=row.recorded_at,
        declined_by=row.declined_side,
        declined_words=row.declined_words,
        training_id=row.training_id,
    )


def side_read(row: Any, side: str) -> SideRead | None:
    """One side of it; None where it has none."""
    values = row._mapping
    if values[f"{side}_id"] is None:
        return None
    return SideRead(
        id=values[f"{side}_id"],
        title=values[f"{side}_title"],
        entity=values[f"{side}_entity"],
        partner=values.get(f"{side}_partner"),
        owner_name=values[f"{side}_owner_name"],
        contact=Contact(name=values[f"{side}_contact"], email=values[f"{side}_email"]),
    )
