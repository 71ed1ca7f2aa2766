"""What goes over the wire about programmes as they are published."""

from typing import Literal

from pydantic import BaseModel, Field

from lms.catalogue.domain import AnyItem, CourseItem, Programme
from lms.catalogue.domain.programmes import Item


class ItemRead(BaseModel):
    """One course, any `any` of several courses, or all of another programme."""

    kind: Literal["course", "any", "programme"]
    course: str | None = None
    any: int | None = None
    of: list[str] | None = None
    programme: str | None = None


class ProgrammeRead(BaseModel):
    """An ordered set of courses, in the language asked for or the nearest it has."""

    key: str
    name: str
    summary: str
    language: str
    audiences: list[str]
    validity_months: int | None
    items: list[ItemRead]
    courses: list[str] = Field(
        description="Every course that counts for it, also within the programmes it holds."
    )


def programme_read(programme: Programme, courses: frozenset[str], *, language: str) -> ProgrammeRead:
    """A programme in the reader's language where it has it."""
    return ProgrammeRead(
        key=programme.key,
        name=programme.name.for_reader(language),
        summary=programme.summary.for_reader(language),
        language=programme.name.language_for(language),
        audiences=list(programme.audiences),
        validity_months=programme.validity_months,
        items=[_item(each) for each in programme.items],
        courses=sorted(courses),
    )


def _item(item: Item) -> ItemRead:
    if isinstance(item, CourseItem):
        return ItemRead(kind="course", course=item.course)
    if isinstance(item, AnyItem):
        return ItemRead(kind="any", any=item.any, of=list(item.of))
    return ItemRead(kind="programme", programme=item.programme)
