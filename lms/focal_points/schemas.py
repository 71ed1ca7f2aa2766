"""What goes over the wire about focal points, their profiles and exchanges."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, model_validator

from lms.focal_points.domain import ExchangeKind
from lms.focal_points.service import NewExchange
from lms.kernel.http import Day
from lms.people.change_schemas import Email, LanguageTag
from lms.people.imports import cells
from lms.people.schemas import Key, PersonRef, Strict

Word = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(cells.words(60))]
Words = Annotated[str, Field(min_length=1, max_length=4_000)]


class EntityRef(BaseModel):
    """An entity in an answer."""

    key: str
    name: str


class ExchangeRead(BaseModel):
    """An exchange with a company: who stayed with whom, when, and what was learned."""

    id: UUID
    kind: ExchangeKind
    partner: str
    partner_name: str
    is_two_sided: bool
    from_on: date
    until_on: date
    learned: str | None


class FocalPointRow(BaseModel):
    """A focal point in the directory, with the entities they are it for."""

    person: PersonRef
    email: str | None
    post_title: str | None
    entities: list[EntityRef]
    background: list[str]
    languages: list[str]
    topics: list[str] = Field(description="Skill areas and competencies.")


class FocalPointRead(FocalPointRow):
    """One focal point. `sponsor` and `exchanges` are not told to partners."""

    sponsor: PersonRef | None
    exchanges: list[ExchangeRead]


class ProfileRead(BaseModel):
    """One's own profile. `sponsor_is_here`: the sponsor still works for an entity."""

    is_focal_point: bool = Field(description="False: the role has ended, and the directory does not show it.")
    share_percent: int | None
    background: list[str]
    sponsor: PersonRef | None
    sponsor_is_here: bool
    head_supports: bool | None
    support_words: str | None
    languages: list[str]
    topics: list[str]
    shown_to_partners: bool
    wants_sessions: bool
    exchanges: list[ExchangeRead]


class ProfileUpdate(Strict):
    """What changes; left out stays as it is, null empties."""

    share_percent: int | None = Field(None, ge=0, le=100, description="Of working time, for partnerships.")
    background: list[Word] = Field([], max_length=20, examples=[["law", "banking"]])
    sponsor: Email | None = Field(None, description="Somebody else who works for an entity today.")
    head_supports: bool | None = Field(
        None, description="Whether the head of office supports it; null: not said."
    )
    support_words: Words | None = Field(None, description="How.")
    languages: list[LanguageTag] = Field([], max_length=30)
    topics: list[Key] = Field([], max_length=40, description="Skill areas and competencies.")
    shown_to_partners: bool = Field(
        False, description="Partners' coordinators may see name, e-mail, post, entities and the lists here."
    )
    wants_sessions: bool = Field(False, description="A mail for each topic session that is announced.")

    @model_validator(mode="after")
    def _each_once(self) -> "ProfileUpdate":
        for name in ("background", "languages", "topics"):
            setattr_once(self, name)
        return self


def setattr_once(given: BaseModel, name: str) -> None:
    """Have each of a list's values stand in it once, and leave a list alone that was not sent."""
    if name in given.model_fields_set:
        given.__dict__[name] = list(dict.fromkeys(getattr(given, name)))


class ExchangeCreate(Strict):
    """An exchange that is over, with a partner of the register."""

    kind: ExchangeKind
    partner: Key
    from_on: Day
    until_on: Day
    learned: Words
    is_two_sided: bool = Field(
        False, description="People of both sides went, or both wrote down what they learned."
    )

    def new(self) -> NewExchange:
        """What the use case takes."""
        return NewExchange(**{name: getattr(self, name) for name in type(self).model_fields})


def row_read(row: Any) -> FocalPointRow:
    """A row of `queries.list_focal_points` as it goes out."""
    return FocalPointRow(**_row(row))


def _row(row: Any) -> dict[str, Any]:
    return {
        "person": PersonRef(id=row.id, name=row.name),
        "email": row.email,
        "post_title": row.post_title,
        "entities": [EntityRef(key=key, name=name) for key, name in row.entities],
        "background": row.background,
        "languages": row.languages,
        "topics": row.topics,
    }


def focal_point_read(row: Any, exchanges: list[ExchangeRead], *, is_inside: bool) -> FocalPointRead:
    """One focal point; partners are told neither who stands behind them nor whom they have been with."""
    sponsor = PersonRef(id=row.sponsor_id, name=row.sponsor) if row.sponsor_id and is_inside else None
    return FocalPointRead(**_row(row), sponsor=sponsor, exchanges=exchanges if is_inside else [])


def exchange_read(row: Any) -> ExchangeRead:
    """A row of `queries.exchanges_of` as it goes out."""
    return ExchangeRead(**{name: getattr(row, name) for name in ExchangeRead.model_fields})


_EMPTY: dict[str, Any] = {
    "share_percent": None, "background": [], "head_supports": None, "support_words": None, "languages": [],
    "topics": [], "shown_to_partners": False, "wants_sessions": False,
}  # fmt: skip


def profile_read(row: Any, exchanges: list[ExchangeRead], *, is_focal_point: bool) -> ProfileRead:
    """One's own profile; an empty one where nothing was written yet."""
    given = _EMPTY if row is None else {name: getattr(row, name) for name in _EMPTY}
    sponsor = PersonRef(id=row.sponsor_id, name=row.sponsor) if row is not None and row.sponsor_id else None
    return ProfileRead(
        **given,
        is_focal_point=is_focal_point,
        sponsor=sponsor,
        sponsor_is_here=bool(sponsor and row.sponsor_is_here),
        exchanges=exchanges,
    )
