"""What goes over the wire when people and entities are read one by one and changed."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from lms.kernel.http import Day
from lms.kernel.i18n import LANGUAGES
from lms.people.domain import GENDERS, EntityKind
from lms.people.imports import cells
from lms.people.schemas import AffiliationRead, Key, Strict


def _page_language(value: str) -> str:
    return str(cells.one_of(tuple(LANGUAGES))(value))


def _gender(value: str) -> str:
    return str(cells.one_of(GENDERS)(value))


Text = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(cells.words(200))]
Email = Annotated[str, Field(max_length=254), AfterValidator(cells.email)]
PageLanguage = Annotated[str, Field(max_length=10, examples=["fr"]), AfterValidator(_page_language)]
LanguageTag = Annotated[str, Field(max_length=35, examples=["sw"]), AfterValidator(cells.language_tag)]
TimeZone = Annotated[str, Field(max_length=64, examples=["Africa/Nairobi"]), AfterValidator(cells.time_zone)]
Gender = Annotated[str, Field(max_length=20, examples=list(GENDERS)), AfterValidator(_gender)]
WebAddress = Annotated[str, Field(max_length=500), AfterValidator(cells.web_address)]


class PersonRead(BaseModel):
    """A person's record with their affiliations, latest first."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    email: str | None
    gender: str | None = Field(description="As held by HR; used in totals only.")
    language: str
    languages: list[str]
    background: list[str]
    modality: str | None
    time_zone: str
    affiliations: list[AffiliationRead] = []


class _NoNulls(Strict):
    """A field that is left out stays as it is; one that cannot be empty may not be null."""

    @model_validator(mode="after")
    def _not_null(self) -> "_NoNulls":
        for name in type(self).model_fields.keys() & self.model_fields_set & _NEVER_NULL:
            if getattr(self, name) is None:
                raise ValueError(f"{name} cannot be null")
        return self


_NEVER_NULL = {"name", "language", "languages", "background", "time_zone", "kind", "focuses"}


class PersonUpdate(_NoNulls):
    """What HR changes of a person; left out stays as it is, null empties."""

    name: Text | None = None
    email: Email | None = None
    gender: Gender | None = None
    language: PageLanguage | None = None
    languages: list[LanguageTag] | None = Field(None, max_length=30)
    background: list[Key] | None = Field(None, max_length=30)
    modality: Key | None = None
    time_zone: TimeZone | None = None


class MeUpdate(_NoNulls):
    """What a person sets for themselves; left out stays as it is."""

    language: PageLanguage | None = None
    languages: list[LanguageTag] | None = Field(None, max_length=30)
    time_zone: TimeZone | None = None


class AbsenceCreate(Strict):
    """Days on which clocks stand still, both included. No reason is kept."""

    from_on: Day
    until_on: Day


class AbsenceUpdate(Strict):
    """The day on which the absence ends, included."""

    until_on: Day


class AbsenceRead(BaseModel):
    """An absence."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    from_on: date
    until_on: date


class EntityUpdate(_NoNulls):
    """What is changed of an entity; `parent` moves it with all below it, null makes it an organisation of its own."""

    name: Text | None = None
    kind: EntityKind | None = None
    parent: Key | None = None
    focuses: list[Key] | None = Field(None, max_length=20)
    modality: Key | None = None
    strategy_title: Text | None = None
    strategy_year: int | None = Field(None, ge=1945, le=2199)
    strategy_url: WebAddress | None = None
    learning_days: int | None = Field(
        None, ge=0, le=60, description="Learning days a year; null: as the entity above, or five."
    )


class EntityCreate(Strict):
    """A new entity or office."""

    key: Key
    name: Text
    kind: EntityKind
    parent: Key | None = Field(None, description="Left out: an organisation of its own.")
    focuses: list[Key] = Field([], max_length=20)
    modality: Key | None = None
    strategy_title: Text | None = None
    strategy_year: int | None = Field(None, ge=1945, le=2199)
    strategy_url: WebAddress | None = None
    learning_days: int | None = Field(
        None, ge=0, le=60, description="Learning days a year; null: as the entity above, or five."
    )
