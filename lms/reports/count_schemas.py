"""What goes over the wire about participation and coverage. A figure that is hidden is null; nobody is named."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from lms.reports.coverage import Cell, CompetencyRow, Coverage, CoverageRow
from lms.reports.participation import LanguageRow, Participation, ParticipationRow
from lms.reports.units import Unit

Hidable = int | None


class UnitRead(BaseModel):
    """An entity, counted with the offices below it."""

    key: str
    name: str


class CoverageCellRead(BaseModel):
    """A skill area: people of the entity who hold a level in it, and people whose target profile asks for it.

    `courses` teach it for this focus or for every one, `minutes` is their length; `empty`: there is none.
    """

    skill_area: str
    people_holding: Hidable
    people_asked: Hidable
    courses: int
    minutes: int
    empty: bool


class CoverageRowRead(BaseModel):
    """An entity (null: all together) and one of its focuses (null: it has none).

    `nothing_suited`: no course is marked for any focus of the entity; such entities come first.
    """

    entity: UnitRead | None
    focus: str | None
    nothing_suited: bool
    cells: list[CoverageCellRead]


class CoverageRead(BaseModel):
    """The coverage report. `small_hidden`: not all of it is one's own entity, so small figures are null."""

    kind: str
    as_at: date | None
    moment: datetime
    small_hidden: bool
    rows: list[CoverageRowRead]


class TaughtCourseRead(BaseModel):
    """A course that teaches a competency."""

    key: str
    title: str
    minutes: int
    focuses: list[str] = Field(description="None: for every focus.")


class CoverageCompetencyRead(BaseModel):
    """One competency of a cell."""

    competency: str
    people_holding: Hidable
    people_asked: Hidable
    courses: list[TaughtCourseRead]


class CoverageOpenedRead(BaseModel):
    """A cell that was opened, with the competencies under it."""

    entity: UnitRead
    focus: str | None
    cell: CoverageCellRead
    competencies: list[CoverageCompetencyRead]
    small_hidden: bool
    moment: datetime


class ParticipationRowRead(BaseModel):
    """A course in an entity, in the month or year that begins on `first_day`.

    `course` null is the sum over all courses, `entity` null all entities together.
    """

    first_day: date
    entity: UnitRead | None
    course: str | None
    people_enrolled: Hidable
    people_completed: Hidable


class ParticipationLanguageRead(BaseModel):
    """Enrolments of a year by the language they were taken in."""

    year: int
    entity: UnitRead | None
    language: str
    people_enrolled: Hidable


class ParticipationRead(BaseModel):
    """A page of the participation report. Languages are those of the whole report, on every page."""

    from_on: date
    until_on: date
    by: Literal["year", "month"]
    kind: str
    moment: datetime
    small_hidden: bool
    languages: list[ParticipationLanguageRead]
    rows: list[ParticipationRowRead]
    next_cursor: str | None


def unit_read(unit: Unit | None) -> UnitRead | None:
    """A unit as it goes over the wire."""
    return None if unit is None else UnitRead(key=unit.key, name=unit.name)


def _cell(cell: Cell) -> CoverageCellRead:
    return CoverageCellRead(
        skill_area=cell.area,
        people_holding=cell.holding,
        people_asked=cell.asked,
        courses=cell.courses,
        minutes=cell.minutes,
        empty=cell.empty,
    )


def coverage_read(found: Coverage) -> CoverageRead:
    """The coverage report as it goes over the wire."""
    frame = found.frame
    return CoverageRead(
        kind=frame.kind,
        as_at=frame.as_at,
        moment=frame.moment,
        small_hidden=frame.reach.outside,
        rows=[
            CoverageRowRead(
                entity=unit_read(row.unit),
                focus=row.focus,
                nothing_suited=row.nothing_suited,
                cells=[_cell(each) for each in row.cells],
            )
            for row in found.rows()
        ],
    )


def competency_read(row: CompetencyRow) -> CoverageCompetencyRead:
    """A competency of an opened cell as it goes over the wire."""
    return CoverageCompetencyRead(
        competency=row.competency,
        people_holding=row.holding,
        people_asked=row.asked,
        courses=[
            TaughtCourseRead(
                key=each.key, title=each.title, minutes=each.minutes, focuses=sorted(each.focuses)
            )
            for each in row.courses
        ],
    )


def opened_read(
    row: CoverageRow, area: str, competencies: list[CompetencyRow], *, moment: datetime, hidden: bool
) -> CoverageOpenedRead:
    """An opened cell as it goes over the wire."""
    entity = unit_read(row.unit)
    assert entity is not None
    return CoverageOpenedRead(
        entity=entity,
        focus=row.focus,
        cell=_cell(next(each for each in row.cells if each.area == area)),
        competencies=[competency_read(each) for each in competencies],
        small_hidden=hidden,
        moment=moment,
    )


def participation_read(
    found: Participation, rows: list[ParticipationRow], next_cursor: str | None
) -> ParticipationRead:
    """A page of the participation report as it goes over the wire."""
    frame = found.frame
    return ParticipationRead(
        from_on=frame.period.from_on,
        until_on=frame.period.until_on,
        by=frame.by,
        kind=frame.kind,
        moment=frame.moment,
        small_hidden=frame.reach.outside,
        languages=[_language(each) for each in found.languages()],
        rows=[
            ParticipationRowRead(
                first_day=row.first_day,
                entity=unit_read(row.unit),
                course=row.course,
                people_enrolled=row.enrolled,
                people_completed=row.completed,
            )
            for row in rows
        ],
        next_cursor=next_cursor,
    )


def _language(row: LanguageRow) -> ParticipationLanguageRead:
    return ParticipationLanguageRead(
        year=row.year, entity=unit_read(row.unit), language=row.language, people_enrolled=row.enrolled
    )
