"""What goes over the wire about partners."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from lms.kernel.http import Day
from lms.partners.domain.register import COUNTRIES, SECTORS, AgreementKind, Participation, PartnerKind
from lms.people.change_schemas import Email, Text, WebAddress
from lms.people.imports import cells
from lms.people.schemas import Key, PersonRef, Strict

ABOUT_MOST = 2_000


def _country(value: str) -> str:
    return str(cells.one_of(sorted(COUNTRIES))(value))


def _sector(value: str) -> str:
    return str(cells.one_of(SECTORS)(value))


Country = Annotated[str, Field(max_length=2, examples=["KE"]), AfterValidator(_country)]
Sector = Annotated[str, Field(max_length=50, examples=["energy"]), AfterValidator(_sector)]
About = Annotated[str, Field(max_length=ABOUT_MOST)]
Number = Annotated[str, Field(min_length=1, max_length=50), AfterValidator(cells.words(50))]


class _Profile(Strict):
    sector: Sector | None = None
    country: Country | None = None
    website: WebAddress | None = None
    about: About | None = None
    parent: Key | None = Field(None, description="Key of the group it belongs to.")
    participation_id: Number | None = Field(None, description="Of the Global Compact.")
    participation_status: Participation | None = None
    participation_since: Day | None = None
    participation_checked_on: Day | None = Field(None, description="When somebody looked it up.")
    committed_on: Day | None = Field(None, description="When it signed the ten principles.")
    commitment_reference: Text | None = Field(None, description="Where the signed commitment is kept.")


class PartnerCreate(_Profile):
    """A new partner; without a key one is made of the name."""

    key: Key | None = None
    name: Text
    kind: PartnerKind


class PartnerUpdate(_Profile):
    """What changes; left out stays as it is, null empties. A partner's own coordinator changes name, sector, country,
    website and about.
    """

    name: Text | None = None
    kind: PartnerKind | None = None

    @model_validator(mode="after")
    def _not_null(self) -> "PartnerUpdate":
        for name in {"name", "kind"} & self.model_fields_set:
            if getattr(self, name) is None:
                raise ValueError(f"{name} cannot be null")
        return self


class PartnerRow(BaseModel):
    """A partner in the register's list."""

    model_config = ConfigDict(from_attributes=True)

    key: str
    name: str
    kind: PartnerKind
    sector: str | None
    country: str | None
    parent: str | None
    participation_id: str | None
    participation_status: Participation | None
    participation_checked_on: date | None
    committed_on: date | None


class ContactCreate(Strict):
    """Whom one speaks to at a partner."""

    name: Text
    post_title: Text | None = None
    email: Email | None = None
    phone: Number | None = None


class ContactUpdate(Strict):
    """What changes of a contact; left out stays as it is, null empties."""

    name: Text | None = None
    post_title: Text | None = None
    email: Email | None = None
    phone: Number | None = None

    @model_validator(mode="after")
    def _named(self) -> "ContactUpdate":
        if "name" in self.model_fields_set and self.name is None:
            raise ValueError("name cannot be null")
        return self


class ContactRead(BaseModel):
    """A contact."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    post_title: str | None
    email: str | None
    phone: str | None


class AgreementUpdate(Strict):
    """The day an agreement ends (null: open), or the e-mail of who manages it from now on."""

    until_on: Day | None = None
    managed_by: Email | None = None


class AgreementRead(BaseModel):
    """An agreement with an entity. `managed_by` is not told to the partner."""

    id: UUID
    entity: str
    kind: AgreementKind
    version: str
    signed_on: date
    until_on: date | None
    managed_by: PersonRef | None
    file_name: str | None
    file_size: int | None


class PartnerRead(PartnerRow):
    """A partner's profile with contacts and agreements."""

    website: str | None
    about: str | None
    participation_since: date | None
    commitment_reference: str | None
    contacts: list[ContactRead] = []
    agreements: list[AgreementRead] = []


class ChangeRead(BaseModel):
    """What changed: the part, its fields before and after, when and by whom (null: the command line)."""

    id: UUID
    part: str
    part_id: UUID | None
    at: datetime
    actor: PersonRef | None
    before: dict[str, Any]
    after: dict[str, Any]


class CoordinatorCreate(Strict):
    """The e-mail of a person of the partner."""

    person: Email


class CoordinatorMade(BaseModel):
    """A person who coordinates a partner's part; `id` is the grant's."""

    id: UUID
    person: UUID


def agreement_read(row: Any, *, tell_manager: bool) -> AgreementRead:
    """A row of `queries.agreements_of` as it goes out."""
    names = AgreementRead.model_fields.keys() - {"managed_by"}
    manager = PersonRef(id=row.managed_by_id, name=row.managed_by) if tell_manager else None
    return AgreementRead(**{name: getattr(row, name) for name in names}, managed_by=manager)


def change_read(row: Any) -> ChangeRead:
    """A row of `queries.changes_of` as it goes out."""
    actor = PersonRef(id=row.actor_id, name=row.actor or "") if row.actor_id else None
    names = ChangeRead.model_fields.keys() - {"actor"}
    return ChangeRead(**{name: getattr(row, name) for name in names}, actor=actor)
