"""What goes over the wire about people."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from lms.people.domain import Role
from lms.people.passwords import LEAST, MOST

Key = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=100)]


class Strict(BaseModel):
    """Base of everything that comes in: an unknown field is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class PersonRef(BaseModel):
    """A person in an answer."""

    id: UUID
    name: str


class GrantRead(BaseModel):
    """A role and where it is held; `entity` null means the whole system."""

    role: str
    entity: str | None


class MeRead(BaseModel):
    """Who is signed in."""

    id: UUID
    name: str
    language: str
    time_zone: str
    entity: str | None
    focuses: list[str]
    supervises: bool
    grants: list[GrantRead]
    permissions: list[str]


class EntityRead(BaseModel):
    """An organisation or office; `path` is the keys from the root."""

    model_config = ConfigDict(from_attributes=True)

    key: str
    name: str
    kind: str
    path: str
    focuses: list[str]
    modality: str | None
    strategy_title: str | None
    strategy_year: int | None
    strategy_url: str | None
    learning_days: int | None


class PersonRow(BaseModel):
    """A person in a list, with the present primary affiliation."""

    id: UUID
    name: str
    email: str | None
    entity: str | None
    post_title: str | None
    grade: str | None
    kind: str | None


class AffiliationRead(BaseModel):
    """A tie to an entity for a time."""

    id: UUID
    entity: str | None
    kind: str
    appointment: str | None
    is_primary: bool
    post_title: str | None
    grade: str | None
    duty_station: str | None
    working_time_percent: int
    from_on: date
    until_on: date | None


class TokenCreate(Strict):
    """A new API token of one's own."""

    name: str = Field(min_length=1, max_length=100, examples=["nightly import"])
    days: int = Field(90, ge=1, le=366)
    scopes: list[str] | None = Field(
        None, description="Permissions it carries; null: all of one's own.", max_length=50
    )


class TokenRead(BaseModel):
    """A token; `token` itself is told once, when it is made."""

    id: UUID
    name: str
    scopes: list[str] | None
    expires_at: datetime
    token: str | None = None


class PasswordChange(Strict):
    """One's present password and a new one; spaces at the ends belong to them."""

    model_config = ConfigDict(str_strip_whitespace=False)

    current: SecretStr = Field(max_length=MOST)
    new: SecretStr = Field(
        min_length=LEAST,
        max_length=MOST,
        description="Neither one's own name or e-mail nor among those that are guessed first.",
    )


class GrantCreate(Strict):
    """A role for a person, for an entity and below."""

    role: Role
    entity: Key | None = Field(None, description="Left out: the whole system.")


class GrantMade(BaseModel):
    """A grant; `entity` and `partner` null mean the whole system."""

    id: UUID
    role: str
    entity: str | None
    partner: str | None = None
